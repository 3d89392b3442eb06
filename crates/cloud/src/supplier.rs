//! Suppliers: from whom we buy.
use httpkit::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::catalog;
use crate::cloud::Cloud;
use crate::db::{Actor, Sql, sql};
use crate::error::Result;

pub mod account;
mod db;
pub(crate) mod http;

/// The longest address, in characters.
const LONGEST_LINE: usize = 500;

/// A supplier as it is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSupplier {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Our short code for it.
    pub code: String,
    /// Bought from still.
    pub active: bool,
}

/// Enters suppliers or changes them, by id. May be repeated.
pub async fn put(cloud: &Cloud, suppliers: &[NewSupplier]) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into supplier (id, name, code, active) select * from unnest($1, $2, $3, $4)
         on conflict (id) do update set name = excluded.name, code = excluded.code, active = excluded.active",
        ([uuid], [text], [text], [boolean]) -> ()
    );
    let ids: Vec<Uuid> = suppliers.iter().map(|one| one.id).collect();
    let names: Vec<&str> = suppliers.iter().map(|one| one.name.as_str()).collect();
    let codes: Vec<&str> = suppliers.iter().map(|one| one.code.as_str()).collect();
    let active: Vec<bool> = suppliers.iter().map(|one| one.active).collect();
    cloud
        .tx("put_suppliers", Actor::Service("admin"), async |tx| {
            Ok(tx.run(PUT, &[&ids, &names, &codes, &active]).await?)
        })
        .await
        .map_err(|error| {
            error.if_duplicate("supplier.code_taken", "Another supplier has this code")
        })
}

/// A supplier, as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SupplierContent {
    /// What people call it.
    pub(crate) name: String,
    /// Our short code for it; unique.
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) phone: String,
    #[serde(default)]
    pub(crate) email: String,
    #[serde(default)]
    pub(crate) address: String,
    /// Bought from still.
    pub(crate) active: bool,
}

/// Enters a supplier, or changes it.
pub(crate) async fn change(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    seen: Option<i64>,
    given: &SupplierContent,
) -> Result<i64> {
    let line = |text: &str| text.trim().to_owned();
    let wanted = SupplierContent {
        name: catalog::name(&given.name, "name")?,
        code: line(&given.code),
        phone: line(&given.phone),
        email: line(&given.email),
        address: line(&given.address),
        active: given.active,
    };
    if !catalog::is_sku(&wanted.code) {
        let message = "A code has 1 to 60 characters, no spaces";
        return Err(Problem::invalid("supplier.code", "code", message).into());
    }
    let longest = [&wanted.phone, &wanted.email, &wanted.address];
    if longest
        .iter()
        .any(|text| text.chars().count() > LONGEST_LINE)
    {
        let message = "At most 500 characters";
        return Err(Problem::invalid("supplier.contact", "address", message).into());
    }
    cloud
        .tx("put_supplier", actor, async |tx| {
            let before = db::get(tx, id).await?;
            let unknown = Problem::not_found("supplier.unknown", "There is no such supplier");
            let Some(version) =
                catalog::next_version(tx, id, before.as_ref(), seen, &wanted, unknown).await?
            else {
                return Ok(before.map_or(1, |before| before.0));
            };
            db::put(tx, id, version, &wanted).await?;
            let before = before.map(|(version, content)| catalog::said(version, &content));
            Entry::new("supplier.changed", id)
                .change(before, Some(catalog::said(version, &wanted)))
                .note(cloud, tx)
                .await?;
            Ok(version)
        })
        .await
        .map_err(|error| {
            error.if_duplicate("supplier.code_taken", "Another supplier has this code")
        })
}
