//! Locations: shops, buying stations and warehouses, with their registers.
use httpkit::problem::Problem;
use jiff::tz::TimeZone;
use retail::location::LocationId;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
