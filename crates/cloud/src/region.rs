//! Regions: branches that are run together. A grant for a region reaches the locations that it has at the time.
use httpkit::problem::Problem;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;
use crate::staff::person;

mod db;
pub(crate) mod http;

/// The longest code.
const LONGEST_CODE: usize = 20;

/// A region with its branches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Region {
    pub(crate) id: Uuid,
    /// Short code.
    pub(crate) code: String,
    /// What people call it.
    pub(crate) name: String,
    /// The locations that it has, of those that this person may see.
    pub(crate) location_ids: Vec<Uuid>,
}

/// What still uses a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Used {
    locations: i64,
    /// Also those that are over: what was done then is judged by them.
    grants: i64,
    invitations: i64,
    groups: i64,
}

/// Removes a region that nothing uses any more.
pub(crate) async fn remove(cloud: &Cloud, actor: Actor, region: Uuid) -> Result<()> {
    cloud
        .tx("remove_region", actor, async |tx| {
            tx.widen("people");
            person::lock(tx).await?;
            let unknown = || Problem::not_found("region.unknown", "There is no such region");
            let before = db::get(tx, region).await?.ok_or_else(unknown)?;
            let used = db::used(tx, region).await?;
            let Used {
                locations,
                grants,
                invitations,
                groups,
            } = used;
            if locations + grants + invitations + groups > 0 {
                return Err(
                    Problem::conflict("region.in_use", "This region is still used")
                        .figure("locations", locations)
                        .figure("grants", grants)
                        .figure("invitations", invitations)
                        .figure("groups", groups)
                        .into(),
                );
            }
            db::remove(tx, region).await?;
            Entry::new("region.removed", region)
                .change(
                    Some(json!({"code": before.code, "name": before.name})),
                    None,
                )
                .note(cloud, tx)
                .await
        })
        .await?;
    cloud.office().wake();
    Ok(())
}

/// Enters a region, or changes it. Locations that it gets leave the region that they were in.
pub(crate) async fn put(cloud: &Cloud, actor: Actor, region: &Region) -> Result<()> {
    let code = region.code.trim();
    if code.is_empty() || code.chars().count() > LONGEST_CODE || code.chars().any(char::is_control)
    {
        let message = "A code has 1 to 20 characters";
        return Err(Problem::invalid("region.code", "code", message).into());
    }
    person::name(&region.name, "name")?;
    cloud
        .tx("put_region", actor, async |tx| {
            tx.widen("people");
            person::lock(tx).await?;
            let before = db::get(tx, region.id).await?;
            if !db::are_locations(tx, &region.location_ids).await? {
                let title = "There is no such location";
                return Err(Problem::not_found("location.unknown", title).into());
            }
            db::put(tx, region).await?;
            let after = db::get(tx, region.id).await?;
            let said = |region: Option<Region>| {
                region.map(|one| {
                    json!({"code": one.code, "name": one.name, "location_ids": one.location_ids})
                })
            };
            Entry::new("region.changed", region.id)
                .change(said(before), said(after))
                .note(cloud, tx)
                .await
        })
        .await
        .map_err(|error| error.if_duplicate("region.code_taken", "Another region has this code"))?;
    cloud.office().wake();
    Ok(())
}
