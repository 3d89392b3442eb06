//! Locations of a file with their registers: found again by their code. A register is found again by its prefix.
use std::collections::BTreeMap;

use super::kind::Kind as FileKind;
use super::plan::{Good, Outcome};
use super::row::{Cells, Wrong};
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;
use crate::location::{self, Kind, LocationContent, RegisterContent};

/// A location; a column that is not there leaves what it is about as it is.
pub(super) struct LocationRow {
    code: String,
    name: String,
    kind: Option<Kind>,
    time_zone: Option<String>,
    address: Option<String>,
    /// Names and prefixes.
    registers: Vec<(String, String)>,
}

/// By what it is found again, and the location.
pub(super) fn read(cells: &Cells<'_>) -> std::result::Result<(String, LocationRow), Wrong> {
    let code = cells.needed("code")?;
    let kind = match cells.text("kind").to_lowercase().as_str() {
        "" => None,
        "shop" | "store" | "cửa hàng" | "ร้าน" | "ร้านค้า" => {
            Some(Kind::Shop)
        }
        "buying_station" | "buying station" | "trạm thu mua" | "จุดรับซื้อ" => {
            Some(Kind::BuyingStation)
        }
        "warehouse" | "kho" | "คลัง" | "คลังสินค้า" => {
            Some(Kind::Warehouse)
        }
        _ => return Err(cells.wrong("kind", "location.kind")),
    };
    let mut registers = Vec::new();
    let parts = cells.text("registers").split('|').map(str::trim);
    for part in parts.filter(|part| !part.is_empty()) {
        let (name, prefix) = part.rsplit_once('=').unwrap_or((part, part));
        registers.push((name.trim().to_owned(), prefix.trim().to_owned()));
    }
    let row = LocationRow {
        name: cells.needed("name")?,
        kind,
        time_zone: cells.said("time_zone").map(str::to_owned),
        address: cells.get("address").map(str::to_owned),
        registers,
        code: code.clone(),
    };
    Ok((code, row))
}

impl LocationRow {
    /// What the file says, and for what it does not say what is there.
    fn content(&self, cloud: &Cloud, before: Option<&LocationContent>) -> Option<LocationContent> {
        let mut registers = before.map_or_else(Vec::new, |before| before.registers.clone());
        for (name, prefix) in &self.registers {
            match registers.iter_mut().find(|one| one.prefix == *prefix) {
                Some(known) => known.name.clone_from(name),
                None => registers.push(RegisterContent {
                    id: cloud.id(),
                    name: name.clone(),
                    prefix: prefix.clone(),
                    active: true,
                }),
            }
        }
        let address = self.address.clone();
        let address = address.or_else(|| Some(before?.address.clone()));
        let zone = self.time_zone.clone();
        Some(LocationContent {
            code: self.code.clone(),
            name: self.name.clone(),
            kind: self
                .kind
                .or_else(|| Some(before?.kind))
                .unwrap_or(Kind::Shop),
            time_zone: zone.or_else(|| Some(before?.time_zone.clone()))?,
            address: address.unwrap_or_default(),
            closed: before.is_some_and(|before| before.closed),
            registers,
        })
    }
}

pub(super) async fn apply(
    cloud: &Cloud,
    tx: &Tx,
    good: Vec<&Good<LocationRow>>,
    outcome: &mut Outcome,
) -> Result<()> {
    let listed = location::db::records(tx, None).await?;
    let known: BTreeMap<&str, _> = listed
        .iter()
        .map(|one| (one.content.code.as_str(), one))
        .collect();
    for row in good {
        let before = known.get(row.of.code.as_str());
        let Some(content) = row.of.content(cloud, before.map(|before| &before.content)) else {
            outcome.refuse(row, "time_zone", "import.required", "");
            continue;
        };
        if before.is_some_and(|before| before.content == content) {
            outcome.unchanged += 1;
            continue;
        }
        let id = before.map_or_else(|| cloud.id(), |before| before.id);
        let seen = before.map(|before| before.version);
        let done = location::change(cloud, tx, id, seen, &content).await;
        outcome.count(FileKind::Locations, row, before.is_none(), done.map(drop))?;
    }
    Ok(())
}
