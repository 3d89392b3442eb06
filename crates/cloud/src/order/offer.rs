//! What the catalogue and the standard price list say about variants, kept in memory for a few seconds: a changed
//! price counts for new orders at the latest then, and a price never counts outside its own validity.
use std::collections::{BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use retail::catalog::VariantId;
use retail::order::Offer;
use retail::price::Price;
use retail::quantity::Unit;
use retail::tax::TaxRate;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::db::{Sql, sql};

/// How long an answer of the database counts.
const KEPT_FOR: SignedDuration = SignedDuration::from_secs(5);
/// Variants in memory at most; then it begins anew.
const MOST_KEPT: usize = 200_000;

/// Variants with the price that counts at `$2`.
pub(crate) const OFFERS: Sql = sql!(
    "select v.id, v.unit, v.active, coalesce(t.rate_bps, 0), p.version, p.amount, p.per_quantity, p.valid_from,
            p.valid_until
       from variant v
       left join tax t on t.id = v.tax_id
       left join lateral (
         select price.version, price.amount, price.per_quantity, price.valid_from, price.valid_until
           from price join price_list l on l.id = price.price_list_id
          where l.code = 'standard' and price.variant_id = v.id and price.valid_from <= $2
            and (price.valid_until is null or price.valid_until > $2)
          order by price.version desc limit 1) p on true
      where v.id = any ($1)",
    ([uuid], timestamptz)
      -> (uuid, text, boolean, integer, bigint, numeric, bigint, timestamptz, timestamptz)
);

/// An offer as it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fresh {
    pub(crate) variant: VariantId,
    pub(crate) offer: Offer,
    /// Business time before which it does not count.
    from: Option<Timestamp>,
    /// Business time from which on it counts no more.
    until: Option<Timestamp>,
}

/// Reads the rows of [`OFFERS`].
pub(crate) fn offers(rows: &[Row]) -> Vec<Fresh> {
    rows.iter()
        .filter_map(|row| {
            let version: Option<i64> = row.get(4);
            let price = version.and_then(|version| {
                let price = Price::new(row.get(5), row.get(6)).ok()?;
                Some((price, version))
            });
            // `-infinity` is no instant: a price from the beginning on has no lower bound.
            let from: Option<Timestamp> = row.try_get(7).ok().flatten();
            Some(Fresh {
                variant: VariantId::from_uuid(row.get(0)),
                offer: Offer {
                    unit: Unit::by_code(row.get(1))?,
                    price,
                    tax: TaxRate::from_basis_points(i64::from(row.get::<_, i32>(3)))?,
                    is_active: row.get(2),
                },
                from,
                until: row.try_get(8).ok().flatten(),
            })
        })
        .collect()
}

/// Offers by variant, with the system's time at which they were read.
#[derive(Default)]
pub(super) struct Offers(RwLock<HashMap<VariantId, (Fresh, Timestamp)>>);

impl Offers {
    /// Those of the variants that are known well enough.
    pub(super) fn get(
        &self,
        variants: &BTreeSet<Uuid>,
        business_now: Timestamp,
        now: Timestamp,
    ) -> HashMap<VariantId, Offer> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        variants
            .iter()
            .filter_map(|variant| {
                let (fresh, read_at) = kept.get(&VariantId::from_uuid(*variant))?;
                let counts = now >= *read_at
                    && now.duration_since(*read_at) <= KEPT_FOR
                    && fresh.from.is_none_or(|from| from <= business_now)
                    && fresh.until.is_none_or(|until| business_now < until);
                counts.then_some((fresh.variant, fresh.offer))
            })
            .collect()
    }

    pub(super) fn put(&self, fresh: &[Fresh], now: Timestamp) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() + fresh.len() > MOST_KEPT {
            kept.clear();
        }
        kept.extend(fresh.iter().map(|one| (one.variant, (*one, now))));
    }
}
