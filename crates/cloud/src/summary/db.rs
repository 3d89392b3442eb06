//! SQL of the comparison.
use jiff::civil::Date;
use serde_json::Value;
use uuid::Uuid;

use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// A figure that is not what its raw rows add up to.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Whose figure.
    pub location: Uuid,
    /// Of which date. Balances have none: the day of the comparison.
    pub business_date: Date,
    /// The table.
    pub summary: String,
    /// What it said; null when it said nothing.
    pub kept: Value,
    /// What the raw rows say; null when there are none.
    pub raw: Value,
}

pub(super) async fn locations(tx: &Tx) -> Result<Vec<Uuid>> {
    const LOCATIONS: Sql = sql!("select id from location order by id", () -> (uuid));
    let rows = tx.rows(LOCATIONS, &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Figures and balances of a location that differ from the raw rows.
pub(super) async fn differences(tx: &Tx, location: Uuid, from: Date, to: Date) -> Result<Vec<Difference>> {
    const FIGURES: Sql = sql!(
        "select business_date, summary, coalesce(kept, 'null'::jsonb), coalesce(raw, 'null'::jsonb)
           from summary_differences(array[$1], $2, $3)",
        (uuid, date, date) -> (date, text, jsonb, jsonb)
    );
    let rows = tx.rows(FIGURES, &[&location, &from, &to]).await?;
    Ok(rows
        .iter()
        .map(|row| Difference {
            location,
            business_date: row.get(0),
            summary: row.get(1),
            kept: row.get(2),
            raw: row.get(3),
        })
        .collect())
}

pub(super) async fn note(tx: &Tx, found: &[Difference]) -> Result<()> {
    const NOTE: Sql = sql!(
        "insert into summary_difference (found_at, location_id, business_date, summary, kept, raw)
         select $1, location_id, business_date, summary, kept::jsonb, raw::jsonb
           from unnest($2, $3, $4, $5, $6) as given (location_id, business_date, summary, kept, raw)",
        (timestamptz, [uuid], [date], [text], [text], [text]) -> ()
    );
    if found.is_empty() {
        return Ok(());
    }
    let locations: Vec<Uuid> = found.iter().map(|one| one.location).collect();
    let dates: Vec<Date> = found.iter().map(|one| one.business_date).collect();
    let summaries: Vec<&str> = found.iter().map(|one| one.summary.as_str()).collect();
    let kept: Vec<String> = found.iter().map(|one| one.kept.to_string()).collect();
    let raw: Vec<String> = found.iter().map(|one| one.raw.to_string()).collect();
    Ok(tx
        .run(NOTE, &[&tx.now(), &locations, &dates, &summaries, &kept, &raw])
        .await?)
}

pub(super) async fn rebuild(tx: &Tx, location: Uuid, from: Date, to: Date) -> Result<()> {
    const REBUILD: Sql = sql!("select rebuild_summaries($1, $2, $3)::text", (uuid, date, date) -> (text));
    Ok(tx.run(REBUILD, &[&location, &from, &to]).await?)
}
