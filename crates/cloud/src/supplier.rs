//! Suppliers: from whom we buy.
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::{Actor, Sql, sql};
use crate::error::Result;

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
