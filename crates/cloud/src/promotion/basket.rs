//! What pricing needs besides a basket: the promotions that run, and what is known of goods and branches.
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use httpkit::problem::Problem;
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use retail::amount::Amount;
use retail::catalog::{CategoryId, ProductId, VariantId};
use retail::location::LocationId;
use retail::promotion::conflict::Categories;
use retail::promotion::{
    Promotion, PromotionId, Rules, claim::Counter, effect::Effect, goods::Context, goods::Goods,
    trace::Trace,
};
use tokio_postgres::Row;
use uuid::Uuid;
use wire::reason::Reasons;

use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// How long what was read counts: a promotion that is started or stopped counts for the web shop at the latest then.
const KEPT_FOR: SignedDuration = SignedDuration::from_secs(3);
/// Variants in memory at most; then it begins anew.
const MOST_KEPT: usize = 200_000;

/// The versions that run, byte for byte.
const RUNNING: Sql = sql!(
    "select p.id, v.document from promotion p
       join promotion_version v on v.promotion_id = p.id and v.version = p.running_version
      where p.running_version is not null order by p.id",
    () -> (uuid, text)
);
const TREE: Sql = sql!(
    "select id, parent from category where parent is not null", () -> (uuid, uuid)
);
const ZONES: Sql = sql!("select id, time_zone from location", () -> (uuid, text));
const GOODS: Sql = sql!(
    "select v.id, v.product_id, p.category_id, b.name, p.tags, v.minimum_millionths, v.cost_millionths, p.discountable,
            v.name
       from variant v join product p on p.id = v.product_id left join brand b on b.id = p.brand_id
      where v.id = any ($1)",
    ([uuid]) -> (uuid, uuid, uuid, text, [text], bigint, bigint, boolean, text)
);

/// What is known of a variant.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) goods: Goods,
    pub(crate) name: String,
}

/// What counts in the whole chain at one moment.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    pub(crate) rules: Rules,
    pub(crate) categories: Categories,
    /// Some of them have limits.
    pub(crate) is_limited: bool,
    zones: BTreeMap<LocationId, TimeZone>,
    usual: Option<TimeZone>,
}

impl Standing {
    fn of(running: &[Row], tree: &[Row], zones: &[Row]) -> Self {
        let zones: BTreeMap<LocationId, TimeZone> = zones
            .iter()
            .filter_map(|row| {
                let zone = TimeZone::get(row.get(1)).ok()?;
                Some((LocationId::from_uuid(row.get(0)), zone))
            })
            .collect();
        let rules = Rules::new(running.iter().filter_map(promotion));
        Self {
            is_limited: rules.are_limited(),
            rules,
            categories: Categories::new(tree.iter().map(branch)),
            usual: usual(&zones),
            zones,
        }
    }

    /// Reads it.
    pub(crate) async fn load(tx: &Tx) -> Result<Self> {
        let calls = [call(RUNNING, &[]), call(TREE, &[]), call(ZONES, &[])];
        let answers = tx.all(&calls).await?;
        Ok(Self::of(&answers[0], &answers[1], &answers[2]))
    }

    /// The time of day at a location; at none, where most locations are.
    pub(crate) fn local(&self, location: Option<LocationId>, at: Timestamp) -> DateTime {
        let there = location.and_then(|location| self.zones.get(&location));
        let zone = there.or(self.usual.as_ref()).cloned();
        retail::promotion::goods::local_time(at, &zone.unwrap_or(TimeZone::UTC))
    }
}

/// A version that runs. What this program cannot read counts for nothing, and says so.
fn promotion(row: &Row) -> Option<Promotion> {
    let (id, document): (Uuid, &str) = (row.get(0), row.get(1));
    serde_json::from_str(document)
        .inspect_err(|error| {
            tracing::error!(promotion.id = %id, %error, "Promotion {id} cannot be read and is left out: {error}");
        })
        .ok()
}

/// The zone of most of them.
fn usual(zones: &BTreeMap<LocationId, TimeZone>) -> Option<TimeZone> {
    let mut counts = BTreeMap::<&str, (usize, &TimeZone)>::new();
    for zone in zones.values() {
        counts
            .entry(zone.iana_name().unwrap_or("UTC"))
            .or_insert((0, zone))
            .0 += 1;
    }
    let most = counts.values().max_by_key(|(count, _)| *count);
    most.map(|(_, zone)| (*zone).clone())
}

/// Which category is below which.
pub(crate) async fn categories(tx: &Tx) -> Result<Categories> {
    let rows = tx.rows(TREE, &[]).await?;
    Ok(Categories::new(rows.iter().map(branch)))
}

fn branch(row: &Row) -> (CategoryId, CategoryId) {
    let (below, above): (Uuid, Uuid) = (row.get(0), row.get(1));
    (CategoryId::from_uuid(below), CategoryId::from_uuid(above))
}

/// The statement that reads what is known of variants, and its answer.
pub(crate) const FACTS: Sql = GOODS;

/// Of the answer to [`FACTS`].
pub(crate) fn facts(rows: &[Row], categories: &Categories) -> HashMap<VariantId, Fact> {
    rows.iter()
        .map(|row| {
            let variant = VariantId::from_uuid(row.get(0));
            let category: Option<Uuid> = row.get(2);
            let chain = category
                .map(|category| categories.chain(CategoryId::from_uuid(category)).collect());
            let fact = Fact {
                goods: Goods {
                    categories: chain.unwrap_or_default(),
                    brand: row.get(3),
                    tags: row.get(4),
                    minimum: row.get(5),
                    cost: row.get(6),
                    is_discountable: row.get(7),
                    ..Goods::new(variant, ProductId::from_uuid(row.get(1)))
                },
                name: row.get(8),
            };
            (variant, fact)
        })
        .collect()
}

/// What is known of some variants.
pub(crate) async fn load_facts(
    tx: &Tx,
    variants: &[Uuid],
    categories: &Categories,
) -> Result<HashMap<VariantId, Fact>> {
    Ok(facts(&tx.rows(GOODS, &[&variants]).await?, categories))
}

/// What is given away by some promotions.
pub(crate) fn gifts<'a>(promotions: impl IntoIterator<Item = &'a Promotion>) -> Vec<Uuid> {
    let effects = promotions
        .into_iter()
        .flat_map(|promotion| &promotion.draft().effects);
    effects
        .filter_map(|effect| match effect {
            Effect::Gift { variant, .. } => Some(variant.as_uuid()),
            Effect::Percent { .. }
            | Effect::Amount { .. }
            | Effect::Price { .. }
            | Effect::Tiers { .. }
            | Effect::Bundle { .. }
            | Effect::Spread { .. }
            | Effect::Shipping { .. }
            | Effect::Points { .. } => None,
        })
        .collect()
}

/// The whole of every limit: for whoever wants to know what promotions would give.
pub(crate) fn untouched<'a>(
    promotions: impl IntoIterator<Item = &'a Promotion>,
    at: &Context<'_>,
) -> BTreeMap<(PromotionId, Counter), i64> {
    let mut available = BTreeMap::new();
    for promotion in promotions {
        let limits = &promotion.draft().limits;
        for counter in promotion.counters(at) {
            let count = |limit: Option<u64>| {
                limit.map_or(i64::MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
            };
            let whole = match counter {
                Counter::Uses => count(limits.uses),
                Counter::Day => count(limits.uses_per_day),
                Counter::Customer => count(limits.uses_per_customer),
                Counter::Units => count(limits.units),
                Counter::Budget => limits.budget.map_or(i64::MAX, Amount::minor),
                Counter::Voucher(_) => 1,
            };
            available.insert((promotion.id(), counter), whole);
        }
    }
    available
}

/// The reasons of a trace with the names that the promotions have in these rules.
pub(crate) fn reasons(trace: &Trace, rules: &Rules) -> Reasons {
    Reasons::of(trace, |id, version| {
        let draft = rules.version(id, version)?.draft();
        Some((draft.name.clone(), draft.labels.clone()))
    })
}

/// The reasons of a trace that was kept, with the names that its versions have.
pub(crate) async fn explained(tx: &Tx, trace: &str) -> Result<Reasons> {
    let trace: Trace = serde_json::from_str(trace).map_err(|error| Problem::internal(&error))?;
    let of = trace.promotions.iter().map(|one| (one.id, one.version));
    let names = super::db::names(tx, &of.collect::<Vec<_>>()).await?;
    Ok(Reasons::of(&trace, |id, version| {
        names.get(&(id, version)).cloned()
    }))
}

/// What was read a moment ago; never needed for correctness.
#[derive(Default)]
pub(crate) struct Memory {
    standing: RwLock<Option<(Arc<Standing>, Timestamp)>>,
    /// Whoever reads it; the others wait for what comes of that.
    reading: tokio::sync::Mutex<()>,
    facts: RwLock<HashMap<VariantId, (Arc<Fact>, Timestamp)>>,
}

impl Memory {
    /// What counts: as it was read lately, or is read now, by one at a time. For whoever sees all locations, and holds no
    /// rows that others wait for.
    pub(crate) async fn fresh(&self, tx: &Tx, now: Timestamp) -> Result<Arc<Standing>> {
        if let Some(known) = self.standing(now) {
            return Ok(known);
        }
        let _reading = self.reading.lock().await;
        if let Some(known) = self.standing(now) {
            return Ok(known);
        }
        Ok(self.keep_standing(Standing::load(tx).await?, now))
    }

    /// Something was started or stopped here: what runs is read again.
    pub(crate) fn forget_standing(&self) {
        *self
            .standing
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What counts, if it was read lately.
    fn standing(&self, now: Timestamp) -> Option<Arc<Standing>> {
        let kept = self.standing.read().unwrap_or_else(PoisonError::into_inner);
        let (standing, read_at) = kept.as_ref()?;
        is_fresh(*read_at, now).then(|| Arc::clone(standing))
    }

    fn keep_standing(&self, standing: Standing, now: Timestamp) -> Arc<Standing> {
        let standing = Arc::new(standing);
        let mut kept = self
            .standing
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *kept = Some((Arc::clone(&standing), now));
        standing
    }

    /// What is known of those variants of which something was read lately.
    pub(crate) fn facts(
        &self,
        variants: impl IntoIterator<Item = Uuid>,
        now: Timestamp,
    ) -> HashMap<VariantId, Arc<Fact>> {
        let kept = self.facts.read().unwrap_or_else(PoisonError::into_inner);
        variants
            .into_iter()
            .filter_map(|variant| {
                let variant = VariantId::from_uuid(variant);
                let (fact, read_at) = kept.get(&variant)?;
                is_fresh(*read_at, now).then(|| (variant, Arc::clone(fact)))
            })
            .collect()
    }

    pub(crate) fn keep_facts(
        &self,
        facts: HashMap<VariantId, Fact>,
        now: Timestamp,
    ) -> HashMap<VariantId, Arc<Fact>> {
        let facts: HashMap<VariantId, Arc<Fact>> = facts
            .into_iter()
            .map(|(variant, fact)| (variant, Arc::new(fact)))
            .collect();
        let mut kept = self.facts.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() + facts.len() > MOST_KEPT {
            kept.clear();
        }
        kept.extend(
            facts
                .iter()
                .map(|(variant, fact)| (*variant, (Arc::clone(fact), now))),
        );
        facts
    }
}

/// Whoever has waited for the reader has an older instant than what was read; a clock that was set back makes all stale.
fn is_fresh(read_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(read_at).abs() <= KEPT_FOR
}

/// A basket that the engine cannot price.
pub(crate) fn unpriceable(refusal: &retail::sale::PriceBasketError) -> Problem {
    use retail::sale::PriceBasketError as Refusal;
    let (line, code) = match refusal {
        Refusal::TooManyLines { .. } => (None, "order.too_many_lines"),
        Refusal::QuantityOutOfRange { line, .. } | Refusal::DiscountOutOfRange { line, .. } => {
            (Some(*line), "order.quantity")
        }
        Refusal::SumTooLarge { line } => (Some(*line), "order.sum_too_large"),
    };
    let field = line.map_or_else(|| "lines".to_owned(), |line| format!("lines[{line}]"));
    Problem::invalid(code, field, refusal.to_string())
}
