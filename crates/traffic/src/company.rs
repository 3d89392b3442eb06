//! The authored frame around the recorded trade: locations, registers, staff and suppliers.
use retail::location::LocationId;

use crate::{
    chain::{Location, LocationKind, Register, Role, Staff, Supplier},
    id::named,
};

/// The name of the company.
pub(crate) const NAME: &str = "Journey Market";
/// ISO 4217 code of all amounts.
pub(crate) const CURRENCY: &str = "USD";
/// Where the grocery shops are taken to be: their busiest hours, read as UTC, are then 16 to 18 o'clock.
pub(crate) const SHOP_ZONE: &str = "America/New_York";
/// Where the buying station is taken to be: California grows most of the avocados of the United States.
pub(crate) const STATION_ZONE: &str = "America/Los_Angeles";
/// The code of the buying station.
pub(crate) const STATION: &str = "AVO";
/// Registers of a shop that the replay uses; the next one is the visitor's.
pub(crate) const BUSY_REGISTERS: usize = 2;

/// The id of the location with that code.
pub(crate) fn location_id(code: &str) -> LocationId {
    named("location", code)
}

/// Two shops and a buying station.
pub(crate) fn locations() -> Vec<Location> {
    vec![
        location("292", "Shop 292", "A", LocationKind::Shop),
        location("381", "Shop 381", "B", LocationKind::Shop),
        location(STATION, "Avocado station", "C", LocationKind::BuyingStation),
    ]
}

fn location(code: &'static str, name: &'static str, letter: &str, kind: LocationKind) -> Location {
    let (zone, word, count) = match kind {
        LocationKind::Shop => (SHOP_ZONE, "Till", BUSY_REGISTERS + 1),
        LocationKind::BuyingStation => (STATION_ZONE, "Scale", 2),
    };
    let registers = (1..=count).map(|number| Register {
        id: named("register", &format!("{code}/{number}")),
        name: format!("{word} {number}"),
        prefix: format!("{letter}{number}"),
    });
    Location {
        id: location_id(code),
        code,
        name,
        address: "",
        kind,
        time_zone: zone,
        registers: registers.collect(),
    }
}

type Person = (
    &'static str,
    Role,
    &'static str,
    Option<&'static str>,
    Option<(&'static str, &'static str)>,
);

/// Name, role, location code (empty: everywhere), PIN, office login.
const PEOPLE: &[Person] = &[
    ("Ana Costa", Role::Cashier, "292", Some("2921"), None),
    ("Ben Okafor", Role::Cashier, "292", Some("2922"), None),
    ("Chloe Martin", Role::Cashier, "292", Some("2923"), None),
    ("Dinh Thi Lan", Role::Cashier, "292", Some("2924"), None),
    (
        "Grace Miller",
        Role::BranchManager,
        "292",
        Some("2929"),
        Some(("grace@journey.example", "melon-basket-292")),
    ),
    ("Emil Novak", Role::Cashier, "381", Some("3811"), None),
    ("Fatima Rahman", Role::Cashier, "381", Some("3812"), None),
    ("Hugo Silva", Role::Cashier, "381", Some("3813"), None),
    ("Ines Weber", Role::Cashier, "381", Some("3814"), None),
    (
        "Jonas Berg",
        Role::BranchManager,
        "381",
        Some("3819"),
        Some(("jonas@journey.example", "melon-basket-381")),
    ),
    ("Kamala Nair", Role::Buyer, STATION, Some("7001"), None),
    ("Luis Ortega", Role::Buyer, STATION, Some("7002"), None),
    (
        "Maria Lopez",
        Role::BranchManager,
        STATION,
        Some("7009"),
        Some(("maria@journey.example", "melon-basket-avo")),
    ),
    (
        "Nora Adams",
        Role::Administrator,
        "",
        None,
        Some(("admin@journey.example", "melon-basket-hq")),
    ),
];

/// Everybody who logs in.
pub(crate) fn staff() -> Vec<Staff> {
    PEOPLE
        .iter()
        .map(|&(name, role, code, pin, login)| Staff {
            id: named("staff", name),
            name,
            role,
            location: (!code.is_empty()).then(|| location_id(code)),
            pin,
            login,
        })
        .collect()
}

const SUPPLIERS: &[(&str, &str)] = &[
    ("G01", "Canyon Ridge Growers (demo)"),
    ("G02", "El Cielo Orchards (demo)"),
    ("G03", "Fallbrook Family Farm (demo)"),
    ("G04", "Old Mill Cooperative (demo)"),
    ("G05", "Santa Lucia Avocados (demo)"),
    ("G06", "Twin Oaks Packing (demo)"),
];

/// From whom the station buys.
pub(crate) fn suppliers() -> Vec<Supplier> {
    SUPPLIERS
        .iter()
        .map(|&(code, name)| Supplier {
            id: named("supplier", code),
            code,
            name,
        })
        .collect()
}
