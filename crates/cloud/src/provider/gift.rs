//! Roles that a provider's groups or an invitation give: nobody gives what they do not have.
use httpkit::problem::Problem;
use uuid::Uuid;

use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::staff::{effective::Place, person};

/// A role, at a location, in a region or in the whole chain (both none).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gift {
    pub(crate) role: Uuid,
    pub(crate) location: Option<Uuid>,
    pub(crate) region: Option<Uuid>,
}

/// Refuses roles and places that do not exist, and what the giver could not give by hand.
pub(crate) async fn check(tx: &Tx, giver: Uuid, gifts: &[Gift]) -> Result<()> {
    const UNKNOWN: Sql = sql!(
        "select coalesce(bool_or(gift.location is not null and not exists (select from location where id = gift.location)
                  or gift.region is not null and not exists (select from region where id = gift.region)), false)
           from unnest($1, $2) as gift (location, region)",
        ([uuid], [uuid]) -> (boolean)
    );
    let locations: Vec<Option<Uuid>> = gifts.iter().map(|one| one.location).collect();
    let regions: Vec<Option<Uuid>> = gifts.iter().map(|one| one.region).collect();
    let unknown = tx.row(UNKNOWN, &[&locations, &regions]).await?;
    if unknown.is_some_and(|row| row.get(0)) {
        return Err(
            Problem::not_found("location.unknown", "One of these places is not known").into(),
        );
    }
    let gifts: Vec<(Uuid, Place)> = gifts
        .iter()
        .map(|one| (one.role, Place::of(one.location, one.region)))
        .collect();
    person::check_gifts(tx, giver, &gifts).await
}
