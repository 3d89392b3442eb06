//! Containers: what goods are weighed in at a buying station, and what an empty one weighs.
use httpkit::problem::Problem;
use retail::purchasing::container;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::catalog;
use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, sql};
use crate::error::Result;

pub(crate) mod db;
pub(crate) mod http;

/// A container as it is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewContainer {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Our short code for it.
    pub code: String,
    /// Grams of an empty one: 1 to 1,000,000.
    pub tare: i64,
    /// Used for new purchases still.
    pub active: bool,
}

/// Enters containers or changes them, by id. May be repeated.
pub async fn put(cloud: &Cloud, containers: &[NewContainer]) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into container (id, name, code, tare, active) select * from unnest($1, $2, $3, $4, $5)
         on conflict (id) do update set name = excluded.name, code = excluded.code, tare = excluded.tare,
           active = excluded.active",
        ([uuid], [text], [text], [bigint], [boolean]) -> ()
    );
    let ids: Vec<Uuid> = containers.iter().map(|one| one.id).collect();
    let names: Vec<&str> = containers.iter().map(|one| one.name.as_str()).collect();
    let codes: Vec<&str> = containers.iter().map(|one| one.code.as_str()).collect();
    let tares: Vec<i64> = containers.iter().map(|one| one.tare).collect();
    let active: Vec<bool> = containers.iter().map(|one| one.active).collect();
    cloud
        .tx("put_containers", Actor::Service("admin"), async |tx| {
            Ok(tx
                .run(PUT, &[&ids, &names, &codes, &tares, &active])
                .await?)
        })
        .await
        .map_err(taken)
}

/// A container, as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ContainerContent {
    /// What people call it.
    pub(crate) name: String,
    /// Our short code for it; unique.
    pub(crate) code: String,
    /// Grams of an empty one: 1 to 1,000,000.
    pub(crate) tare: i64,
    /// Used for new purchases still.
    pub(crate) active: bool,
}

/// Enters a container, or changes it. Purchases of the past keep the tare of then.
pub(crate) async fn change(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    seen: Option<i64>,
    given: &ContainerContent,
) -> Result<i64> {
    cloud
        .tx("put_container", actor, async |tx| {
            change_in(cloud, tx, id, seen, given).await
        })
        .await
        .map_err(taken)
}

fn taken(error: crate::error::Error) -> crate::error::Error {
    error.if_duplicate("container.code_taken", "Another container has this code")
}

/// The same in a transaction that is under way.
pub(crate) async fn change_in(
    cloud: &Cloud,
    tx: &Tx,
    id: Uuid,
    seen: Option<i64>,
    given: &ContainerContent,
) -> Result<i64> {
    let wanted = ContainerContent {
        name: catalog::name(&given.name, "name")?,
        code: given.code.trim().to_owned(),
        ..*given
    };
    if !catalog::is_sku(&wanted.code) {
        let message = "A code has 1 to 60 characters, no spaces";
        return Err(Problem::invalid("container.code", "code", message).into());
    }
    if !container::is_tare(wanted.tare) {
        let max = container::MAX_TARE.base_units();
        let message = format!("An empty container weighs 1 g to {max} g");
        let problem = Problem::invalid("container.tare", "tare", message);
        return Err(problem.figure("max", max).into());
    }
    let before = db::get(tx, id).await?;
    let unknown = Problem::not_found("container.unknown", "There is no such container");
    let Some(version) =
        catalog::next_version(tx, id, before.as_ref(), seen, &wanted, unknown).await?
    else {
        return Ok(before.map_or(1, |before| before.0));
    };
    db::put(tx, id, version, &wanted).await?;
    let before = before.map(|(version, content)| catalog::said(version, &content));
    Entry::new("container.changed", id)
        .change(before, Some(catalog::said(version, &wanted)))
        .note(cloud, tx)
        .await?;
    Ok(version)
}
