//! Figures by day, hour and product, and balances of stock: compared with the raw rows, and made again from them.
use jiff::civil::Date;
use serde_json::Value;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;

mod db;

pub use db::Difference;

const ACTOR: Actor = Actor::Service("summary");
/// Dates that are compared when nothing is said: everything.
const ALWAYS: (Date, Date) = (Date::constant(1, 1, 1), Date::constant(9_998, 12, 31));

/// Compares the figures and balances of all locations with their raw rows. What differs is recorded, told in the log, and made
/// again from the raw rows. Returns what differed.
pub async fn audit(cloud: &Cloud, from: Option<Date>, to: Option<Date>) -> Result<Vec<Difference>> {
    let (from, to) = (from.unwrap_or(ALWAYS.0), to.unwrap_or(ALWAYS.1));
    let locations = cloud
        .tx("audit_locations", ACTOR, async |tx| db::locations(tx).await)
        .await?;
    let mut all = Vec::new();
    for location in locations {
        let found = cloud
            .tx("audit_summaries", ACTOR, async |tx| {
                let found = db::differences(tx, location, from, to).await?;
                db::note(tx, &found).await?;
                Ok(found)
            })
            .await?;
        for one in &found {
            tracing::error!(location.id = %location, date = %one.business_date, summary = one.summary,
                "Figures of {} in {} differ from their raw rows", one.business_date, one.summary);
        }
        metrics::counter!("cloud_summary_differences_total").increment(found.len() as u64);
        let (balances, figures): (Vec<Difference>, Vec<Difference>) = found
            .into_iter()
            .partition(|one| one.summary == db::BALANCE);
        if let Some(first) = figures.iter().map(|one| one.business_date).min() {
            let last = figures
                .iter()
                .map(|one| one.business_date)
                .max()
                .unwrap_or(first);
            rebuild(cloud, location, first, last).await?;
        }
        if !balances.is_empty() {
            cloud
                .tx("rebuild_balances", ACTOR, async |tx| {
                    db::rebuild_balances(tx, location).await
                })
                .await?;
        }
        all.extend(figures);
        all.extend(balances);
    }
    Ok(all)
}

/// Makes the figures of a location again from its raw rows.
pub async fn rebuild(cloud: &Cloud, location: Uuid, from: Date, to: Date) -> Result<()> {
    cloud
        .tx("rebuild_summaries", ACTOR, async |tx| {
            db::rebuild(tx, location, from, to).await
        })
        .await
}

/// [`audit`] with the arguments of a job: `{"from": "2026-01-01", "to": "2026-01-31"}`, both optional.
pub(crate) async fn audit_by(cloud: &Cloud, payload: &Value) -> Result<()> {
    let date = |name: &str| {
        payload
            .get(name)
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok())
    };
    audit(cloud, date("from"), date("to")).await.map(drop)
}
