//! A company that exists only to be measured: one register and one person per location, some variants.
use cloud::{
    Actor, Cloud, catalog, company, enrolment, location,
    staff::{self, NewGrant, NewRole, NewStaff},
};
use retail::{catalog::Barcode, quantity::Unit, staff::Permission};
use rust_decimal::Decimal;
use uuid::Uuid;

/// Variants when nothing is said.
const VARIANTS: u128 = 2_000;

/// What was made.
pub struct Seeded {
    pub places: Vec<Place>,
    pub staff: Uuid,
    pub variants: Vec<Uuid>,
}

/// A location with its register.
pub struct Place {
    pub location: Uuid,
    pub register: Uuid,
}

/// Makes the company with that many locations.
pub async fn seed(cloud: &Cloud, locations: usize) -> anyhow::Result<Seeded> {
    seed_with(cloud, locations, VARIANTS).await
}

/// The same with that many variants.
pub async fn seed_with(cloud: &Cloud, locations: usize, variants: u128) -> anyhow::Result<Seeded> {
    company::put(cloud, id(1, 0), "Benchmark", "USD").await?;
    let places: Vec<Place> = (0..locations as u128)
        .map(|n| Place {
            location: id(2, n),
            register: id(3, n),
        })
        .collect();
    for (n, place) in places.iter().enumerate() {
        let register = location::NewRegister {
            id: place.register,
            name: "Till 1".to_owned(),
            prefix: format!("B{n}"),
        };
        let location = location::NewLocation {
            id: place.location,
            code: format!("B{n}"),
            name: format!("Branch {n}"),
            kind: location::Kind::Shop,
            time_zone: "Etc/UTC".to_owned(),
            address: String::new(),
            registers: vec![register],
        };
        location::put(cloud, &location).await?;
    }
    let role = NewRole {
        id: id(4, 0),
        code: "cashier".to_owned(),
        name: "Cashier".to_owned(),
        permissions: Permission::ALL.to_vec(),
    };
    staff::put_roles(cloud, &[role]).await?;
    let cashier = NewStaff {
        id: id(5, 0),
        name: "Bench Cashier".to_owned(),
        email: None,
        password: None,
        pin: Some("4711".to_owned()),
        grants: vec![NewGrant::new("cashier", None)],
    };
    staff::put(cloud, &cashier).await?;
    let variants: Vec<catalog::NewVariant> = (0..variants).map(variant).collect();
    catalog::put_variants(cloud, &variants).await?;
    Ok(Seeded {
        places,
        staff: cashier.id,
        variants: variants.iter().map(|variant| variant.id).collect(),
    })
}

/// A fresh code for a node of that location.
pub async fn enrolment_code(cloud: &Cloud, location: Uuid) -> anyhow::Result<String> {
    Ok(enrolment::issue(cloud, Actor::Service("bench"), location)
        .await?
        .code)
}

fn variant(n: u128) -> catalog::NewVariant {
    catalog::NewVariant {
        id: id(6, n),
        product: id(7, n),
        sku: format!("SKU-{n:05}"),
        name: format!("Product {n}"),
        category: None,
        unit: Unit::Piece,
        tax_rate_bps: 0,
        barcodes: Barcode::in_house(u64::try_from(n).unwrap_or(0))
            .map(|code| (code.as_str().to_owned(), 1))
            .into_iter()
            .collect(),
        unit_price: Some(Decimal::new(150, 2)),
        price_quantity: 1,
        active: true,
    }
}

/// Fixed ids, so that a run repeats.
const fn id(kind: u128, n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | (kind << 32) | n)
}
