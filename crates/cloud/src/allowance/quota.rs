//! What is left of the limits of a promotion, and where: for the office.
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// What is left of one limit of a promotion: of all its uses, units or money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PromotionQuota)]
pub(crate) struct Quota {
    /// `uses`, `units` or `budget`.
    pub(crate) limit: String,
    /// What may be used in all: what the version that was started last allows, and never less than what is out.
    pub(crate) total: i64,
    /// What nobody has: shops get it when they ask.
    pub(crate) available: i64,
    /// Used by online orders.
    pub(crate) online: i64,
    /// On its way to shops.
    pub(crate) on_its_way: i64,
    /// Held by shops, to be used there.
    pub(crate) held: i64,
    /// Used in shops, as far as their events have come.
    pub(crate) used: i64,
    /// The same for each shop that the caller sees, by name.
    pub(crate) shops: Vec<QuotaShop>,
}

/// What one shop has of a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PromotionQuotaShop)]
pub(crate) struct QuotaShop {
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    pub(crate) on_its_way: i64,
    pub(crate) held: i64,
    pub(crate) used: i64,
}

/// What is left of the limits of a promotion. The sums are those of the chain, whoever asks.
pub(crate) async fn of(tx: &Tx, promotion: Uuid) -> Result<Vec<Quota>> {
    const POOLS: Sql = sql!(
        "select p.kind, p.total, p.available, p.online, p.shared
           from allowance_pool p
          where p.key = $1 and p.promotion_id = $1
            and p.kind in ('promotion.uses', 'promotion.units', 'promotion.budget') order by p.kind desc",
        (uuid) -> (text, bigint, bigint, bigint, bigint)
    );
    const SUMS: Sql = sql!(
        "select kind, on_its_way, held, used from allowance_sums($1)",
        (uuid) -> (text, bigint, bigint, bigint)
    );
    const SHOPS: Sql = sql!(
        "select s.kind, s.location_id, l.name, sum(s.granting)::bigint, sum(s.held)::bigint, sum(s.used)::bigint
           from allowance_share s join location l on l.id = s.location_id
          where s.key = $1 group by s.kind, s.location_id, l.name order by l.name, s.location_id",
        (uuid) -> (text, uuid, text, bigint, bigint, bigint)
    );
    let answers = tx
        .all(&[
            call(POOLS, &[&promotion]),
            call(SUMS, &[&promotion]),
            call(SHOPS, &[&promotion]),
        ])
        .await?;
    let pools = answers[0].iter().map(|row| {
        let kind: String = row.get(0);
        let sum = answers[1].iter().find(|sum| sum.get::<_, &str>(0) == kind);
        let number = |place: usize| sum.map_or(0, |sum| sum.get(place));
        let shops = answers[2]
            .iter()
            .filter(|shop| shop.get::<_, &str>(0) == kind);
        Quota {
            limit: kind.trim_start_matches("promotion.").to_owned(),
            total: row.get(1),
            available: row.get(2),
            online: row.get(3),
            on_its_way: number(1),
            held: number(2),
            used: number(3),
            shops: shops
                .map(|shop| QuotaShop {
                    location_id: shop.get(1),
                    location_name: shop.get(2),
                    on_its_way: shop.get(3),
                    held: shop.get(4),
                    used: shop.get(5),
                })
                .collect(),
        }
    });
    Ok(pools.collect())
}
