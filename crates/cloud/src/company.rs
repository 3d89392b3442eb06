//! The company: its name and its base currency, one for the whole database (decision 6).
use axum::http::StatusCode;
use httpkit::problem::Problem;
use retail::currency::Currency;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, sql};
use crate::error::Result;

/// The company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// What people call it.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// Grows when the cloud was restored from a backup.
    pub incarnation: i64,
}

impl Company {
    /// Decimals of the currency's minor unit.
    pub fn currency_exponent(&self) -> u32 {
        Currency::by_code(&self.currency).map_or(2, |known| known.exponent)
    }
}

/// Names the company. May be repeated; the currency can never change.
pub async fn put(cloud: &Cloud, id: Uuid, name: &str, currency: &str) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into company (id, name, currency, created_at) values ($1, $2, $3, $4)
         on conflict (one) do update set name = excluded.name returning currency",
        (uuid, text, text, timestamptz) -> (text)
    );
    if Currency::by_code(currency).is_none() {
        return Err(
            Problem::invalid("company.currency", "currency", "This currency is not known").into(),
        );
    }
    cloud
        .tx("put_company", Actor::Service("admin"), async |tx| {
            let row = tx.row(PUT, &[&id, &name, &currency, &tx.now()]).await?;
            match row.map(|row| row.get::<_, String>(0)) {
                Some(kept) if kept != currency => Err(Problem::conflict(
                    "company.currency_fixed",
                    "The currency of a company cannot change",
                )
                .into()),
                // Shops find customers by it from their first day on.
                _ => crate::patron::key(cloud, tx).await.map(drop),
            }
        })
        .await
}

/// What people call it, if there is one yet.
pub(crate) async fn name(tx: &Tx) -> Result<Option<String>> {
    const NAME: Sql = sql!("select name from company", () -> (text));
    Ok(tx.row(NAME, &[]).await?.map(|row| row.get(0)))
}

/// The company.
pub(crate) async fn get(tx: &Tx) -> Result<Company> {
    const GET: Sql = sql!(
        "select name, currency, incarnation from company",
        () -> (text, text, bigint)
    );
    let row = tx.row(GET, &[]).await?.ok_or_else(|| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "company.missing",
            "This database has no company yet",
        )
    })?;
    Ok(Company {
        name: row.get(0),
        currency: row.get(1),
        incarnation: row.get(2),
    })
}
