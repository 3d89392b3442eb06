//! A stocked shop without a cloud, for tests, benches and browser tests. Reference data comes in by the real way.
use std::path::Path;

use argon2::{Argon2, PasswordHasher, password_hash::SaltString};
use httpkit::Parts;
use jiff::Timestamp;
use retail::{
    catalog::{Barcode, VariantId},
    id::Id,
    location::{LocationId, RegisterId},
    purchasing::SupplierId,
    staff::{Permission, StaffId},
};
use serde::Serialize;
use uuid::Uuid;
use wire::{
    enrol::{Enrolled, Location},
    reference::{
        BarcodeState, CategoryState, CodeState, ContainerState, Entity, Feed, FeedPage,
        LocationState, PatronState, PromotionState, RegisterState, StaffState, SupplierState,
        VariantState,
    },
};

use crate::{Config, Running, Shop, db::sql, reference, sync::enrol};

/// The PIN of everybody in a test shop.
pub const PIN: &str = "4711";
/// Entities of one page when a catalogue is loaded.
const PAGE: usize = 1_000;

/// A deterministic id: the same name gives the same id everywhere.
#[must_use]
pub fn id<T>(name: &str) -> Id<T> {
    Id::from_uuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

/// What a test shop has.
#[derive(Debug, Clone)]
pub struct Stock {
    /// Variants as the cloud would send them.
    pub variants: Vec<Entity>,
    /// Number of registers, named `Till 1`, `Till 2`, …
    pub registers: usize,
    /// IANA name.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    /// Counts replacements of the node.
    pub epoch: i64,
    /// What the cloud may claim when the epoch begins, in base units.
    pub claims: Vec<(VariantId, i64)>,
}

impl Default for Stock {
    /// A small grocery shop in New York with two tills.
    fn default() -> Self {
        Self {
            variants: vec![
                variant(
                    "COLA",
                    "Cola 330 ml",
                    "piece",
                    "1.50",
                    1,
                    &[("20000000001", 1), ("20000000002", 6)],
                ),
                variant(
                    "MILK",
                    "Milk 1 l",
                    "piece",
                    "0.99",
                    1,
                    &[("20000000003", 1)],
                ),
                variant(
                    "COFFEE",
                    "Cà phê sữa đá",
                    "piece",
                    "2.25",
                    1,
                    &[("20000000004", 1)],
                ),
                variant(
                    "FISHSAUCE",
                    "น้ำปลา ตราทิพรส",
                    "piece",
                    "3.10",
                    1,
                    &[("20000000005", 1)],
                ),
                variant("APPLES", "Apples, loose", "gram", "3.50", 1_000, &[]),
                variant("AVOCADO", "Avocado, loose", "gram", "6.00", 1_000, &[]),
            ],
            registers: 2,
            time_zone: "America/New_York".to_owned(),
            currency: "USD".to_owned(),
            epoch: 1,
            claims: Vec::new(),
        }
    }
}

/// A variant as the cloud would send it. Barcodes are payloads without check digit, with their quantity.
#[must_use]
pub fn variant(
    sku: &str,
    name: &str,
    unit: &str,
    price: &str,
    price_quantity: i64,
    barcodes: &[(&str, i64)],
) -> Entity {
    let barcodes = barcodes.iter().map(|(payload, quantity)| BarcodeState {
        code: barcode(payload),
        quantity: *quantity,
    });
    entity(
        variant_id(sku).as_uuid(),
        1,
        &VariantState {
            product: id::<()>(&format!("product {sku}")).as_uuid(),
            sku: sku.to_owned(),
            name: name.to_owned(),
            category: Some(id::<()>("category food").as_uuid()),
            unit: unit.to_owned(),
            unit_price: Some(price.to_owned()),
            price_quantity,
            price_version: 1,
            tax_rate_bps: 700,
            barcodes: barcodes.collect(),
            active: true,
            brand: None,
            tags: Vec::new(),
            undiscountable: false,
            minimum: None,
            cost: None,
        },
    )
}

/// A payload of eleven or twelve digits with its check digit.
#[must_use]
pub fn barcode(payload: &str) -> String {
    let code = format!("{payload}{}", retail::catalog::gtin_check_digit(payload));
    Barcode::parse(&code)
        .expect("the check digit was computed")
        .as_str()
        .to_owned()
}

/// The id of the variant of that SKU.
#[must_use]
pub fn variant_id(sku: &str) -> VariantId {
    id(&format!("variant {sku}"))
}

/// The id of the register with that number, from 1.
#[must_use]
pub fn register_id(number: usize) -> RegisterId {
    id(&format!("register {number}"))
}

/// Somebody with every permission.
#[must_use]
pub fn manager_id() -> StaffId {
    id("staff manager")
}

/// The manager at the first register, as somebody who has signed in.
///
/// # Panics
/// In a shop that was not filled.
pub async fn manager(shop: &Shop) -> crate::staff::Actor {
    let actor = crate::staff::actor(shop, manager_id(), register_id(1)).await;
    actor
        .expect("the shop answers")
        .expect("the manager works here")
}

/// Somebody who sells, without discounts and other prices.
#[must_use]
pub fn cashier_id() -> StaffId {
    id("staff cashier")
}

/// The supplier of a test shop.
#[must_use]
pub fn supplier_id() -> SupplierId {
    id("supplier farm")
}

/// The location of a test shop.
#[must_use]
pub fn location_id() -> LocationId {
    id("location")
}

/// An entity with its newest state.
#[must_use]
pub fn entity(id: Uuid, version: i64, state: &impl Serialize) -> Entity {
    Entity {
        id,
        version,
        state: Some(serde_json::to_value(state).expect("a state is plain data")),
    }
}

/// Starts an edge on a stocked shop in `folder`; stocks it when it is new.
///
/// # Errors
/// Those of [`crate::start`] and of the pages.
pub async fn start(folder: &Path, stock: &Stock, parts: Parts) -> anyhow::Result<Running> {
    let running = crate::start(Config::new(folder), parts).await?;
    if running.shop.node_id().is_none() {
        fill(&running.shop, stock).await?;
    }
    Ok(running)
}

/// Makes a fresh shop a node of a test company and takes in its reference data.
///
/// # Errors
/// Those of the enrolment and of the pages.
pub async fn fill(shop: &Shop, stock: &Stock) -> anyhow::Result<()> {
    let claims = stock
        .claims
        .iter()
        .map(|(variant, quantity)| wire::command::Line {
            variant: variant.as_uuid(),
            quantity: *quantity,
        });
    let enrolled = Enrolled {
        node_id: id::<()>("node").as_uuid(),
        epoch: stock.epoch,
        incarnation: 1,
        location: Location {
            id: location_id().as_uuid(),
            code: "T1".to_owned(),
            name: "Test shop".to_owned(),
            kind: "shop".to_owned(),
            time_zone: stock.time_zone.clone(),
        },
        currency: stock.currency.clone(),
        claims: claims.collect(),
    };
    enrol::adopt(shop, enrolled, None).await?;
    for feed in Feed::ALL {
        for page in entities(feed, stock).chunks(PAGE) {
            apply(shop, feed, page.to_vec()).await?;
        }
    }
    Ok(())
}

/// Delivers messages of the cloud as a page of the stream, as the pull does.
///
/// # Errors
/// The disk's.
pub async fn deliver(
    shop: &Shop,
    messages: Vec<wire::command::Message>,
) -> Result<(), crate::DbError> {
    let state = shop.read(crate::node::db::state).await?;
    let page = wire::command::Commands {
        epoch: state.epoch,
        incarnation: state.incarnation,
        messages,
        more: false,
        recalls: Vec::new(),
    };
    crate::sync::command::take(shop, page).await.map(drop)
}

/// What a feed of the test company has.
#[must_use]
pub fn entities(feed: Feed, stock: &Stock) -> Vec<Entity> {
    match feed {
        Feed::Location => vec![location(stock)],
        Feed::Staff => staff(),
        Feed::Category => vec![category()],
        Feed::Variant => stock.variants.clone(),
        Feed::Supplier => vec![supplier()],
        Feed::Patron => vec![patron_key(), patron()],
        Feed::Promotion => Vec::new(),
        Feed::Container => vec![container("CRATE", true), container("BASKET", false)],
    }
}

/// Takes in some entities of a feed, by the way that the cloud's pages take.
///
/// # Errors
/// Those of [`reference::apply`].
pub async fn apply(
    shop: &Shop,
    feed: Feed,
    items: Vec<Entity>,
) -> Result<(), reference::ApplyError> {
    let page = FeedPage {
        items,
        cursor: "test".to_owned(),
        more: false,
    };
    reference::apply(shop, feed, page).await
}

fn location(stock: &Stock) -> Entity {
    let registers = (1..=stock.registers).map(|number| RegisterState {
        id: register_id(number).as_uuid(),
        name: format!("Till {number}"),
        prefix: format!("T1{number:02}"),
        active: true,
    });
    entity(
        location_id().as_uuid(),
        1,
        &LocationState {
            code: "T1".to_owned(),
            name: "Test shop".to_owned(),
            kind: "shop".to_owned(),
            time_zone: stock.time_zone.clone(),
            address: "1 Main Street".to_owned(),
            registers: registers.collect(),
            override_allowance: None,
        },
    )
}

fn staff() -> Vec<Entity> {
    let all: Vec<String> = Permission::ALL
        .iter()
        .map(|it| it.code().to_owned())
        .collect();
    let some = [
        Permission::SaleCreate,
        Permission::SaleRead,
        Permission::ShiftOpen,
        Permission::ShiftClose,
    ];
    let some: Vec<String> = some.iter().map(|it| it.code().to_owned()).collect();
    [
        (manager_id(), "Maria Manager", "branch_manager", all),
        (cashier_id(), "Carl Cashier", "cashier", some),
    ]
    .into_iter()
    .map(|(id, name, role, permissions)| {
        entity(
            id.as_uuid(),
            1,
            &StaffState {
                name: name.to_owned(),
                pin_hash: Some(pin_hash()),
                roles: vec![role.to_owned()],
                permissions,
                grants: Vec::new(),
                active: true,
            },
        )
    })
    .collect()
}

/// An argon2id string of [`PIN`], with parameters that cost a test little.
///
/// # Panics
/// Never: the parameters are allowed ones.
#[must_use]
pub fn pin_hash() -> String {
    let params = argon2::Params::new(64, 1, 1, None).expect("small but allowed");
    let salt = SaltString::encode_b64(b"a test's salt...").expect("sixteen bytes");
    Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password(PIN.as_bytes(), &salt)
        .expect("the parameters were checked")
        .to_string()
}

fn category() -> Entity {
    entity(
        id::<()>("category food").as_uuid(),
        1,
        &CategoryState {
            name: "Food".to_owned(),
            parent: None,
        },
    )
}

fn supplier() -> Entity {
    entity(
        supplier_id().as_uuid(),
        1,
        &SupplierState {
            name: "Green Farm".to_owned(),
            code: "GF".to_owned(),
            active: true,
        },
    )
}

/// A container of the test company: a `CRATE` of 1,800 g, and a `BASKET` that is no longer used.
#[must_use]
pub fn container_id(code: &str) -> retail::purchasing::container::ContainerId {
    id(&format!("container {code}"))
}

/// The container of that code; an empty one weighs 1,800 g.
#[must_use]
pub fn container(code: &str, active: bool) -> Entity {
    let state = ContainerState {
        name: format!("Test {}", code.to_lowercase()),
        code: code.to_owned(),
        tare: 1_800,
        active,
    };
    entity(container_id(code).as_uuid(), 1, &state)
}

/// The key by which the test company finds phone numbers.
pub const PATRON_KEY: [u8; 32] = [7; 32];

fn patron_key() -> Entity {
    let state = PatronState {
        key: Some(wire::patron::hex(&PATRON_KEY)),
        ..PatronState::default()
    };
    entity(wire::reference::PATRON_KEY, 1, &state)
}

/// A customer of the test company, whose number is 212 555 0123.
#[must_use]
pub fn patron_id() -> retail::patron::PatronId {
    id("patron")
}

fn patron() -> Entity {
    let state = PatronState {
        phone_key: Some(wire::patron::phone_key(&PATRON_KEY, "+12125550123")),
        name: "A. Brown".to_owned(),
        tail: "123".to_owned(),
        ..PatronState::default()
    };
    entity(patron_id().as_uuid(), 1, &state)
}

/// The id of the promotion of that name.
#[must_use]
pub fn promotion_id(name: &str) -> retail::promotion::PromotionId {
    id(&format!("promotion {name}"))
}

/// A running promotion as the cloud would send it: `fields` is what its document says beside its name, and `codes` open it.
///
/// # Panics
/// When the document is no promotion.
#[must_use]
pub fn promotion(name: &str, version: i64, fields: &serde_json::Value, codes: &[&str]) -> Entity {
    let promotion = promotion_id(name).as_uuid();
    let mut document =
        serde_json::json!({ "format": 1, "id": promotion, "version": version, "name": name });
    for (field, value) in fields.as_object().into_iter().flatten() {
        document[field] = value.clone();
    }
    let checked: retail::promotion::Promotion =
        serde_json::from_value(document).expect("it is a promotion");
    let codes = codes.iter().map(|code| CodeState {
        voucher: id::<()>(&format!("voucher {code}")).as_uuid(),
        code: (*code).to_owned(),
    });
    let state = PromotionState {
        version,
        document: serde_json::to_string(&checked).expect("a promotion is plain data"),
        running: true,
        codes: codes.collect(),
    };
    entity(promotion, version, &state)
}

/// Lets the file grow to that many pages at the most, or without limit: a full disk that can be emptied again.
///
/// # Errors
/// The disk's.
pub async fn limit_disk(shop: &Shop, pages: Option<i64>) -> Result<(), crate::DbError> {
    shop.write(move |tx, _| tx.limit_pages(pages)).await
}

/// Pages of the file now.
///
/// # Errors
/// The disk's.
pub async fn pages(shop: &Shop) -> Result<i64, crate::DbError> {
    shop.read(|at| at.one(sql!("pragma page_count"), [], |row| row.get(0)))
        .await
        .map(Option::unwrap_or_default)
}

/// The instant of the shop's clock.
#[must_use]
pub fn now(shop: &Shop) -> Timestamp {
    shop.parts.clock.now()
}

/// Lets the shop believe that its disk has so much space, until it looks again.
pub fn set_space(shop: &Shop, free: u64, total: u64) {
    shop.space.send_replace(crate::disk::Space {
        free,
        total,
        plenty: 5 << 30,
        reserve_spent: false,
    });
}
