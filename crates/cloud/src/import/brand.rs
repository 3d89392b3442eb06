//! Brands of a file: found again by their name.
use std::collections::BTreeMap;

use super::kind::Kind;
use super::plan::{Good, Outcome};
use super::row::{Cells, Wrong};
use crate::brand::{self, BrandContent};
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;

/// By what it is found again, and the name.
pub(super) fn read(cells: &Cells<'_>) -> std::result::Result<(String, String), Wrong> {
    let name = cells.needed("name")?;
    Ok((name.to_lowercase(), name))
}

pub(super) async fn apply(
    cloud: &Cloud,
    tx: &Tx,
    good: Vec<&Good<String>>,
    outcome: &mut Outcome,
) -> Result<()> {
    let listed = brand::db::list(tx).await?;
    // In small letters as we make them: those of the database may know ASCII only.
    let known: BTreeMap<String, _> = listed
        .iter()
        .map(|one| (one.content.name.to_lowercase(), one))
        .collect();
    for row in good {
        let before = known.get(&row.of.to_lowercase());
        if before.is_some_and(|before| before.content.name == row.of) {
            outcome.unchanged += 1;
            continue;
        }
        let content = BrandContent {
            name: row.of.clone(),
        };
        let id = before.map_or_else(|| cloud.id(), |before| before.id);
        let seen = before.map(|before| before.version);
        let done = brand::change(cloud, tx, id, seen, &content).await;
        outcome.count(Kind::Brands, row, before.is_none(), done.map(drop))?;
    }
    Ok(())
}
