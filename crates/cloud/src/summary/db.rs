//! SQL of the comparison.
use jiff::{civil::Date, tz::TimeZone};
use serde_json::{Value, json};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::supplier::account::COMPANY;

/// The table of balances.
pub(super) const BALANCE: &str = "stock_balance";

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

/// All locations, and what stands under none.
pub(super) async fn locations(tx: &Tx) -> Result<Vec<Uuid>> {
    const LOCATIONS: Sql = sql!("select id from location order by id", () -> (uuid));
    let rows = tx.rows(LOCATIONS, &[]).await?;
    let company = std::iter::once(COMPANY);
    Ok(company.chain(rows.iter().map(|row| row.get(0))).collect())
}

/// Figures and balances of a location that differ from the raw rows.
pub(super) async fn differences(
    tx: &Tx,
    location: Uuid,
    from: Date,
    to: Date,
) -> Result<Vec<Difference>> {
    const FIGURES: Sql = sql!(
        "select business_date, summary, coalesce(kept, 'null'::jsonb), coalesce(raw, 'null'::jsonb)
           from summary_differences(array[$1], $2, $3)",
        (uuid, date, date) -> (date, text, jsonb, jsonb)
    );
    const BALANCES: Sql = sql!(
        "select variant_id, kept, raw from balance_differences(array[$1])",
        (uuid) -> (uuid, bigint, bigint)
    );
    const SUPPLIERS: Sql = sql!(
        "select case summary when 'supplier_balance' then $4 else business_date end, summary,
                coalesce(kept, 'null'::jsonb), coalesce(raw, 'null'::jsonb)
           from supplier_differences(array[$1], $2, $3)",
        (uuid, date, date, date) -> (date, text, jsonb, jsonb)
    );
    let today = tx.now().to_zoned(TimeZone::UTC).date();
    let answers = tx
        .all(&[
            call(FIGURES, &[&location, &from, &to]),
            call(BALANCES, &[&location]),
            call(SUPPLIERS, &[&location, &from, &to, &today]),
        ])
        .await?;
    let figures = answers[0].iter().chain(&answers[2]).map(|row| Difference {
        location,
        business_date: row.get(0),
        summary: row.get(1),
        kept: row.get(2),
        raw: row.get(3),
    });
    let balance = |row: &Row, place: usize| json!({ "variant_id": row.get::<_, Uuid>(0), "on_hand": row.get::<_, i64>(place) });
    let balances = answers[1].iter().map(|row| Difference {
        location,
        business_date: today,
        summary: BALANCE.to_owned(),
        kept: balance(row, 1),
        raw: balance(row, 2),
    });
    Ok(figures.chain(balances).collect())
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
        .run(
            NOTE,
            &[&tx.now(), &locations, &dates, &summaries, &kept, &raw],
        )
        .await?)
}

pub(super) async fn rebuild(tx: &Tx, location: Uuid, from: Date, to: Date) -> Result<()> {
    const REBUILD: Sql =
        sql!("select rebuild_summaries($1, $2, $3)::text", (uuid, date, date) -> (text));
    Ok(tx.run(REBUILD, &[&location, &from, &to]).await?)
}

pub(super) async fn rebuild_balances(tx: &Tx, location: Uuid) -> Result<()> {
    const REBUILD: Sql = sql!("select rebuild_balances($1)::text", (uuid) -> (text));
    Ok(tx.run(REBUILD, &[&location]).await?)
}
