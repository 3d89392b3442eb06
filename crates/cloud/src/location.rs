//! Locations: shops, buying stations and warehouses, with their registers.
use httpkit::problem::Problem;
use jiff::tz::TimeZone;
use retail::location::LocationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::catalog;
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::{Error, Result};

pub(crate) mod db;
pub(crate) mod http;

/// A location as it is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLocation {
    /// Its id.
    pub id: Uuid,
    /// Short code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// IANA name of its zone.
    pub time_zone: String,
    /// Printed on receipts.
    pub address: String,
    /// Its registers. One that is left out stays.
    pub registers: Vec<NewRegister>,
}

/// A register as it is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRegister {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Begins its receipt numbers; unique at the location.
    pub prefix: String,
}

/// What a location is, and by that who writes its stock (decision 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LocationKind)]
pub enum Kind {
    /// Sells.
    Shop,
    /// Buys.
    BuyingStation,
    /// Holds stock and has no node.
    Warehouse,
}

impl Kind {
    /// The name in messages and databases.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::BuyingStation => "buying_station",
            Self::Warehouse => "warehouse",
        }
    }

    pub(crate) fn by_code(code: &str) -> Option<Self> {
        [Self::Shop, Self::BuyingStation, Self::Warehouse]
            .into_iter()
            .find(|kind| kind.code() == code)
    }

    pub(crate) const fn home(self) -> &'static str {
        match self {
            Self::Shop | Self::BuyingStation => "edge",
            Self::Warehouse => "cloud",
        }
    }
}

/// The location of that code.
pub async fn by_code(cloud: &Cloud, code: &str) -> Result<Option<LocationId>> {
    cloud
        .tx("location_by_code", Actor::Service("admin"), async |tx| {
            db::by_code(tx, code).await
        })
        .await
}

/// Enters a location with its registers, or changes it, by id. May be repeated.
pub async fn put(cloud: &Cloud, location: &NewLocation) -> Result<()> {
    if TimeZone::get(&location.time_zone).is_err() {
        return Err(Problem::invalid(
            "location.time_zone",
            "time_zone",
            "This is no IANA time zone",
        )
        .into());
    }
    cloud
        .tx("put_location", Actor::Service("admin"), async |tx| {
            db::put(tx, location).await?;
            db::put_registers(tx, location.id, &location.registers).await
        })
        .await
        .map_err(|error| {
            error.if_duplicate(
                "location.code_taken",
                "Another location has this code, or another register this prefix",
            )
        })
}

/// The longest code of a location, and the longest prefix of a register.
const LONGEST_CODE: usize = 20;
const LONGEST_PREFIX: usize = 10;
/// The longest address, in characters.
const LONGEST_ADDRESS: usize = 500;
/// The most registers of a location.
const MOST_REGISTERS: usize = 200;

/// A location, as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LocationContent {
    /// Short code; unique.
    pub(crate) code: String,
    /// What people call it.
    pub(crate) name: String,
    /// Never changes.
    pub(crate) kind: Kind,
    /// IANA name of its zone: where its business dates begin.
    pub(crate) time_zone: String,
    /// Printed on receipts.
    #[serde(default)]
    pub(crate) address: String,
    /// Trades no more; its figures stay.
    #[serde(default)]
    pub(crate) closed: bool,
    /// Its registers, by prefix. One that is left out stays as it is.
    pub(crate) registers: Vec<RegisterContent>,
}

/// A register, as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RegisterContent {
    /// Made by the client.
    pub(crate) id: Uuid,
    /// What people call it.
    pub(crate) name: String,
    /// Begins its receipt numbers; unique at the location. Never changes: receipts have it.
    pub(crate) prefix: String,
    /// In use.
    pub(crate) active: bool,
}

/// Enters a location with its registers, or changes it.
pub(crate) async fn put_content(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    seen: Option<i64>,
    given: &LocationContent,
) -> Result<i64> {
    let version = cloud
        .tx("change_location", actor, async |tx| {
            change(cloud, tx, id, seen, given).await
        })
        .await
        .map_err(taken)?;
    cloud.office().wake();
    Ok(version)
}

fn taken(error: Error) -> Error {
    error.if_duplicate(
        "location.code_taken",
        "Another location has this code, or another register this prefix",
    )
}

/// The same in a transaction that is under way.
pub(crate) async fn change(
    cloud: &Cloud,
    tx: &Tx,
    id: Uuid,
    seen: Option<i64>,
    given: &LocationContent,
) -> Result<i64> {
    let before = db::content(tx, id).await?;
    let wanted = checked(given, before.as_ref().map(|before| &before.1))?;
    let Some(version) =
        catalog::next_version(tx, id, before.as_ref(), seen, &wanted, unknown()).await?
    else {
        return Ok(before.map_or(1, |before| before.0));
    };
    let is_open = before.as_ref().is_none_or(|before| !before.1.closed);
    if wanted.closed && is_open && db::has_node(tx, id).await? {
        let title = "Its node is in use: end it before the location is closed";
        return Err(Problem::conflict("location.has_node", title)
            .field("closed", "location.has_node", title)
            .into());
    }
    if db::is_taken(tx, id, &wanted.code).await? {
        let title = "Another location has this code";
        return Err(Problem::conflict("location.code_taken", title)
            .field("code", "location.code_taken", title)
            .into());
    }
    db::put_content(tx, id, version, &wanted).await?;
    let before = before.map(|(version, content)| catalog::said(version, &content));
    Entry::new("location.changed", id)
        .at(id)
        .change(before, Some(catalog::said(version, &wanted)))
        .note(cloud, tx)
        .await?;
    Ok(version)
}

pub(crate) fn unknown() -> Problem {
    Problem::not_found("location.unknown", "There is no such location")
}

/// As it is kept, with the registers that were left out; or what is wrong with it.
fn checked(
    given: &LocationContent,
    before: Option<&LocationContent>,
) -> std::result::Result<LocationContent, Problem> {
    let code = given.code.trim();
    let is_plain = |letter: char| !letter.is_whitespace() && !letter.is_control();
    let length = code.chars().count();
    if !(1..=LONGEST_CODE).contains(&length) || !code.chars().all(is_plain) {
        let message = "A code has 1 to 20 characters, no spaces";
        return Err(Problem::invalid("location.code", "code", message));
    }
    if TimeZone::get(&given.time_zone).is_err() {
        let message = "This is no IANA time zone";
        return Err(Problem::invalid("location.time_zone", "time_zone", message));
    }
    if given.address.chars().count() > LONGEST_ADDRESS {
        let message = "At most 500 characters";
        return Err(Problem::invalid("location.address", "address", message));
    }
    if before.is_some_and(|before| before.kind != given.kind) {
        let message = "What a location is never changes: make another one";
        return Err(Problem::invalid("location.kind_frozen", "kind", message));
    }
    Ok(LocationContent {
        code: code.to_owned(),
        name: catalog::name(&given.name, "name")?,
        kind: given.kind,
        time_zone: given.time_zone.clone(),
        address: given.address.trim().to_owned(),
        closed: given.closed,
        registers: checked_registers(&given.registers, before)?,
    })
}

fn checked_registers(
    given: &[RegisterContent],
    before: Option<&LocationContent>,
) -> std::result::Result<Vec<RegisterContent>, Problem> {
    let kept = before.map_or(&[][..], |before| &before.registers);
    let mut registers: Vec<RegisterContent> = kept
        .iter()
        .filter(|kept| given.iter().all(|one| one.id != kept.id))
        .cloned()
        .collect();
    for (place, one) in given.iter().enumerate() {
        let field = |name: &str| format!("registers[{place}].{name}");
        let prefix = one.prefix.trim();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(1..=LONGEST_PREFIX).contains(&prefix.len()) || !prefix.bytes().all(is_plain) {
            let message = "A prefix has 1 to 10 letters, digits and -";
            return Err(Problem::invalid(
                "register.prefix",
                field("prefix"),
                message,
            ));
        }
        let is_other = |kept: &RegisterContent| kept.id == one.id && kept.prefix != prefix;
        if kept.iter().any(is_other) {
            let message = "Receipts begin with it: it never changes";
            return Err(Problem::invalid(
                "register.prefix_frozen",
                field("prefix"),
                message,
            ));
        }
        if registers
            .iter()
            .any(|kept| kept.prefix == prefix || kept.id == one.id)
        {
            let message = "Another register here has this prefix";
            return Err(Problem::invalid(
                "register.prefix_taken",
                field("prefix"),
                message,
            ));
        }
        registers.push(RegisterContent {
            id: one.id,
            name: catalog::name(&one.name, &field("name"))?,
            prefix: prefix.to_owned(),
            active: one.active,
        });
    }
    if registers.len() > MOST_REGISTERS {
        let message = "At most 200 registers";
        return Err(Problem::invalid("location.registers", "registers", message));
    }
    registers.sort_unstable_by(|one, other| one.prefix.cmp(&other.prefix));
    Ok(registers)
}
