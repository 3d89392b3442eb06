//! What is known of a sale that goods come back from: it has to be there.
use std::collections::{BTreeSet, HashSet};

use jiff::civil::Date;
use uuid::Uuid;
use wire::body::Body;

use super::plan::Read;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// The sale that goods come back from: its business date and its id.
pub(super) fn sold_by(body: &Body) -> Option<(Date, Uuid)> {
    match body {
        Body::ReturnRecorded(returned) => Some((returned.sale_date, returned.sale)),
        _ => None,
    }
}

/// The sales that goods of a batch come back from, as far as the database has them.
pub(super) async fn look_up(tx: &Tx, location: Uuid, batch: &[Read]) -> Result<HashSet<Uuid>> {
    const SALES: Sql = sql!(
        "select s.id from unnest($2, $3) as given (business_date, id)
           join sale s on s.location_id = $1 and s.business_date = given.business_date and s.id = given.id",
        (uuid, [date], [uuid]) -> (uuid)
    );
    let bodies = batch
        .iter()
        .filter_map(|read| read.as_ref().ok()?.1.as_ref().ok());
    let wanted: BTreeSet<(Date, Uuid)> = bodies.filter_map(sold_by).collect();
    if wanted.is_empty() {
        return Ok(HashSet::new());
    }
    let (dates, ids): (Vec<Date>, Vec<Uuid>) = wanted.into_iter().unzip();
    let rows = tx.rows(SALES, &[&location, &dates, &ids]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
