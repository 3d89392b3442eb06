//! Containers of a file: found again by their code.
use std::collections::BTreeMap;

use super::file::number;
use super::kind::Kind;
use super::plan::{Good, Outcome};
use super::row::{Cells, Wrong};
use crate::cloud::Cloud;
use crate::container::{self, ContainerContent};
use crate::db::Tx;
use crate::error::Result;

/// A container as a file has it.
pub(super) struct ContainerRow {
    name: String,
    code: String,
    tare: i64,
    /// A file without the column leaves it as it is.
    active: Option<bool>,
}

/// By what it is found again, and the container.
pub(super) fn read(
    cells: &Cells<'_>,
    decimal: char,
) -> std::result::Result<(String, ContainerRow), Wrong> {
    let code = cells.needed("code")?;
    let tare = cells.needed("tare")?;
    let tare = number(&tare, decimal).ok_or_else(|| cells.wrong("tare", "import.number"))?;
    let grams = Some(tare).filter(rust_decimal::Decimal::is_integer);
    let grams = grams.and_then(|tare| i64::try_from(tare).ok());
    let row = ContainerRow {
        name: cells.needed("name")?,
        code: code.clone(),
        tare: grams.ok_or_else(|| cells.wrong("tare", "container.tare"))?,
        active: cells.flag("active")?,
    };
    Ok((code, row))
}

pub(super) async fn apply(
    cloud: &Cloud,
    tx: &Tx,
    good: Vec<&Good<ContainerRow>>,
    outcome: &mut Outcome,
) -> Result<()> {
    let listed = container::db::list(tx).await?;
    let known: BTreeMap<&str, _> = listed
        .iter()
        .map(|one| (one.content.code.as_str(), one))
        .collect();
    for row in good {
        let before = known.get(row.of.code.as_str());
        let kept = before.map(|before| before.content.active);
        let content = ContainerContent {
            name: row.of.name.clone(),
            code: row.of.code.clone(),
            tare: row.of.tare,
            active: row.of.active.or(kept).unwrap_or(true),
        };
        if before.is_some_and(|before| before.content == content) {
            outcome.unchanged += 1;
            continue;
        }
        let id = before.map_or_else(|| cloud.id(), |before| before.id);
        let seen = before.map(|before| before.version);
        let done = container::change_in(cloud, tx, id, seen, &content).await;
        outcome.count(Kind::Containers, row, before.is_none(), done.map(drop))?;
    }
    Ok(())
}
