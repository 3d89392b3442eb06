//! Taxes: rates that are in prices, or come on top of them.
use httpkit::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::catalog;
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;

pub(crate) mod db;
pub(crate) mod http;

/// A tax, as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct TaxContent {
    /// What people call it.
    pub(crate) name: String,
    /// Basis points: 700 is 7 %; unique. Another rate counts for every variant with this tax, from now on.
    pub(crate) rate_bps: i32,
}

/// Enters a tax, or changes it.
pub(crate) async fn put(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    seen: Option<i64>,
    given: &TaxContent,
) -> Result<i64> {
    cloud
        .tx("put_tax", actor, async |tx| {
            change(cloud, tx, id, seen, given).await
        })
        .await
        .map_err(|error| error.if_duplicate("tax.rate_taken", "Another tax has this rate"))
}

/// The same in a transaction that is under way.
pub(crate) async fn change(
    cloud: &Cloud,
    tx: &Tx,
    id: Uuid,
    seen: Option<i64>,
    given: &TaxContent,
) -> Result<i64> {
    let name = catalog::name(&given.name, "name")?;
    if !(0..=10_000).contains(&given.rate_bps) {
        let message = "A rate is 0 to 10,000 basis points";
        return Err(Problem::invalid("tax.rate", "rate_bps", message).into());
    }
    let wanted = TaxContent {
        name,
        rate_bps: given.rate_bps,
    };
    let before = db::get(tx, id).await?;
    let unknown = Problem::not_found("tax.unknown", "There is no such tax");
    let Some(version) =
        catalog::next_version(tx, id, before.as_ref(), seen, &wanted, unknown).await?
    else {
        return Ok(before.map_or(1, |before| before.0));
    };
    db::put(tx, id, version, &wanted).await?;
    let before = before.map(|(version, content)| catalog::said(version, &content));
    Entry::new("tax.changed", id)
        .change(before, Some(catalog::said(version, &wanted)))
        .note(cloud, tx)
        .await?;
    Ok(version)
}
