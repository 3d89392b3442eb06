//! Brands: who makes what is sold.
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

/// A brand, as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct BrandContent {
    /// What people call it; unique.
    pub(crate) name: String,
}

/// Enters a brand, or changes it.
pub(crate) async fn put(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    seen: Option<i64>,
    given: &BrandContent,
) -> Result<i64> {
    cloud
        .tx("put_brand", actor, async |tx| {
            change(cloud, tx, id, seen, given).await
        })
        .await
        .map_err(|error| error.if_duplicate("brand.name_taken", "Another brand is called so"))
}

/// The same in a transaction that is under way.
pub(crate) async fn change(
    cloud: &Cloud,
    tx: &Tx,
    id: Uuid,
    seen: Option<i64>,
    given: &BrandContent,
) -> Result<i64> {
    let name = catalog::name(&given.name, "name")?;
    let wanted = BrandContent { name };
    let before = db::get(tx, id).await?;
    let unknown = Problem::not_found("brand.unknown", "There is no such brand");
    let Some(version) =
        catalog::next_version(tx, id, before.as_ref(), seen, &wanted, unknown).await?
    else {
        return Ok(before.map_or(1, |before| before.0));
    };
    db::put(tx, id, version, &wanted).await?;
    let before = before.map(|(version, content)| catalog::said(version, &content));
    Entry::new("brand.changed", id)
        .change(before, Some(catalog::said(version, &wanted)))
        .note(cloud, tx)
        .await?;
    Ok(version)
}
