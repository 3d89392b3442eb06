//! What a cart costs: its list prices less what promotions take off, by the function that prices sales in shops.
//!
//! Limited promotions and gifts are not counted on here: an order has no rights to them.
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use retail::catalog::VariantId;
use retail::currency::Currency;
use retail::location::LocationId;
use retail::order::{Cart, Offer, PlaceError};
use retail::promotion;
use retail::promotion::goods::{BasketLine, Context};
use retail::sale::Priced;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::offer::{OFFERS, offers};
use super::{CHANNEL, Memory};
use crate::db::{Call, call};
use crate::promotion::basket::{FACTS, Fact, Standing, facts};

/// A cart with its price.
pub(super) struct Quoted {
    pub(super) priced: Priced,
    /// Why, as JSON; none: no promotion could have to do with it.
    pub(super) trace: Option<String>,
}

/// What prices are made of.
pub(super) struct Prices {
    pub(super) offers: HashMap<VariantId, Offer>,
    pub(super) facts: HashMap<VariantId, Arc<Fact>>,
    pub(super) standing: Arc<Standing>,
    pub(super) currency: Currency,
}

impl Prices {
    /// Prices a cart at an instant. Without promotions that run it costs what its lines cost.
    pub(super) fn quote(&self, cart: &Cart, at: Timestamp) -> Result<Quoted, PlaceError> {
        let offer = |variant| self.offers.get(&variant).copied();
        if self.standing.rules.promotions().is_empty() {
            let priced = retail::order::price(cart, offer, self.currency)?;
            return Ok(Quoted {
                priced,
                trace: None,
            });
        }
        let items = retail::order::items(cart, offer)?;
        let lines = items.iter().enumerate().map(|(line, item)| {
            let fact = self.facts.get(&item.variant);
            let fact = fact.ok_or(PlaceError::UnknownVariant { line })?;
            Ok(BasketLine {
                item: *item,
                goods: &fact.goods,
                is_reduced: false,
            })
        });
        let lines = lines.collect::<Result<Vec<_>, PlaceError>>()?;
        let location = cart.location.unwrap_or(LocationId::from_uuid(Uuid::nil()));
        let context = Context {
            channel: CHANNEL,
            ..Context::at(
                self.currency,
                location,
                self.standing.local(cart.location, at),
            )
        };
        let priced = promotion::price(&lines, &self.standing.rules, &context)?;
        let had_to_do = !priced.trace.promotions.is_empty();
        let trace = had_to_do
            .then(|| serde_json::to_string(&priced.trace).ok())
            .flatten();
        Ok(Quoted {
            priced: priced.sale,
            trace,
        })
    }
}

/// What prices are made of as far as it was read a moment ago, and what has to be read.
pub(super) struct Known {
    offers: HashMap<VariantId, Offer>,
    /// Variants whose offer has to be read.
    pub(super) without_offer: Vec<Uuid>,
    standing: Option<Arc<Standing>>,
    facts: HashMap<VariantId, Arc<Fact>>,
    /// Variants of which what promotions ask has to be read; none where no promotion runs.
    pub(super) without_fact: Vec<Uuid>,
}

impl Known {
    pub(super) fn of(
        memory: &Memory,
        variants: &BTreeSet<Uuid>,
        business_now: Timestamp,
        now: Timestamp,
    ) -> Self {
        let without = |is_known: &dyn Fn(VariantId) -> bool| -> Vec<Uuid> {
            let all = variants.iter().copied();
            all.filter(|variant| !is_known(VariantId::from_uuid(*variant)))
                .collect()
        };
        let offers = memory.offers.get(variants, business_now, now);
        let standing = memory.promotions.standing(now);
        let is_plain = standing
            .as_ref()
            .is_some_and(|known| known.rules.promotions().is_empty());
        let facts = if is_plain {
            HashMap::new()
        } else {
            memory.promotions.facts(variants.iter().copied(), now)
        };
        Self {
            without_offer: without(&|variant| offers.contains_key(&variant)),
            without_fact: without(&|variant| is_plain || facts.contains_key(&variant)),
            offers,
            standing,
            facts,
        }
    }

    /// Adds the statements that read the rest: offers by `wanted`, facts by `asked`.
    pub(super) fn ask<'a>(
        &self,
        calls: &mut Vec<Call<'a>>,
        wanted: &'a [&'a (dyn ToSql + Sync)],
        asked: &'a [&'a (dyn ToSql + Sync)],
    ) {
        if !self.without_offer.is_empty() {
            calls.push(call(OFFERS, wanted));
        }
        if self.standing.is_none() {
            calls.extend(Standing::calls());
        }
        if !self.without_fact.is_empty() {
            calls.push(call(FACTS, asked));
        }
    }

    /// Takes the answers of [`Known::ask`], in its order, and keeps them for the next.
    pub(super) fn complete(
        mut self,
        memory: &Memory,
        currency: Currency,
        now: Timestamp,
        next: &mut impl FnMut() -> Vec<Row>,
    ) -> Prices {
        if !self.without_offer.is_empty() {
            let fresh = offers(&next());
            memory.offers.put(&fresh, now);
            let read = fresh.iter().map(|one| (one.variant, one.offer));
            self.offers.extend(read);
        }
        let standing = self.standing.take().unwrap_or_else(|| {
            let read = Standing::of(&next(), &next(), &next());
            memory.promotions.keep_standing(read, now)
        });
        if !self.without_fact.is_empty() {
            let read = facts(&next(), &standing.categories);
            self.facts.extend(memory.promotions.keep_facts(read, now));
        }
        Prices {
            offers: self.offers,
            facts: self.facts,
            standing,
            currency,
        }
    }
}
