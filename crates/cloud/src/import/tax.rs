//! Taxes of a file: found again by their rate.
use std::collections::BTreeMap;

use super::kind::Kind;
use super::plan::{Good, Outcome};
use super::row::{self, Cells, Wrong};
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;
use crate::tax::{self, TaxContent};

/// By what it is found again, and the tax.
pub(super) fn read(
    cells: &Cells<'_>,
    decimal: char,
) -> std::result::Result<(String, TaxContent), Wrong> {
    let rate = row::rate(cells, "rate", decimal)?;
    let rate_bps = rate.ok_or_else(|| cells.wrong("rate", "import.required"))?;
    let name = cells.needed("name")?;
    Ok((rate_bps.to_string(), TaxContent { name, rate_bps }))
}

pub(super) async fn apply(
    cloud: &Cloud,
    tx: &Tx,
    good: Vec<&Good<TaxContent>>,
    outcome: &mut Outcome,
) -> Result<()> {
    let listed = tax::db::list(tx).await?;
    let known: BTreeMap<i32, _> = listed
        .iter()
        .map(|one| (one.content.rate_bps, one))
        .collect();
    for row in good {
        let before = known.get(&row.of.rate_bps);
        if before.is_some_and(|before| before.content == row.of) {
            outcome.unchanged += 1;
            continue;
        }
        let id = before.map_or_else(|| cloud.id(), |before| before.id);
        let seen = before.map(|before| before.version);
        let done = tax::change(cloud, tx, id, seen, &row.of).await;
        outcome.count(Kind::Taxes, row, before.is_none(), done.map(drop))?;
    }
    Ok(())
}
