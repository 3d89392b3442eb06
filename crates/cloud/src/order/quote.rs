//! What a cart costs: its list prices less what promotions take off, by the function that prices sales in shops.
//!
//! Limited promotions give what is left in their pools, which are locked by whoever places the order. Gifts are not counted
//! on here: an order has no rights to them.
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use retail::amount::Amount;
use retail::catalog::VariantId;
use retail::currency::Currency;
use retail::id::Id;
use retail::order::{Cart, Offer, PlaceError};
use retail::promotion::claim::Claim;
use retail::promotion::goods::{BasketLine, Context, ShippingCharge};
use retail::promotion::voucher::VoucherId;
use retail::promotion::{self, PromotionId};
use retail::sale::{Item, Priced};
use uuid::Uuid;

use super::CHANNEL;
use crate::allowance::order::{Left, Needs};
use crate::allowance::voucher::Opened;
use crate::promotion::basket::{Fact, Standing};

/// A cart with its price.
pub(super) struct Quoted {
    pub(super) priced: Priced,
    /// What bringing it costs now; nothing for one that is picked up.
    pub(super) shipping: Amount,
    /// Why, as JSON; none: no promotion could have to do with it.
    pub(super) trace: Option<String>,
    /// What it takes of limits.
    pub(super) claims: Vec<Claim>,
}

impl Quoted {
    /// To pay.
    pub(super) fn total(&self) -> Amount {
        self.priced.total + self.shipping
    }
}

/// What is priced: a cart, how it is brought, and what its codes open.
pub(super) struct Wanted<'a> {
    pub(super) cart: &'a Cart,
    pub(super) shipping: &'a [ShippingCharge],
    pub(super) opened: &'a [Opened],
}

/// What prices are made of.
pub(super) struct Prices {
    pub(super) offers: HashMap<VariantId, Offer>,
    pub(super) facts: HashMap<VariantId, Arc<Fact>>,
    pub(super) standing: Arc<Standing>,
    pub(super) currency: Currency,
}

impl Prices {
    /// The day of which an order is, where its uses are counted by days.
    pub(super) fn date(&self, cart: &Cart, at: Timestamp) -> Date {
        self.standing.local(cart.location, at).date()
    }

    /// What of limits a cart may need. Nothing for one that cannot be priced.
    pub(super) fn needs(&self, wanted: &Wanted<'_>, at: Timestamp) -> Needs {
        let Wanted { cart, opened, .. } = *wanted;
        let rules = &self.standing.rules;
        if opened.is_empty() && !self.standing.is_limited {
            return Needs::default();
        }
        let facts = cart
            .lines
            .iter()
            .map(|line| self.facts.get(&line.variant).map(|fact| &fact.goods));
        let Some(goods) = facts.collect::<Option<Vec<_>>>() else {
            return Needs::default();
        };
        let vouchers = shown(opened);
        Needs::of(rules, &goods, &self.context(wanted, &vouchers, at), opened)
    }

    /// Prices a cart at an instant, with what is left. Without promotions that run it costs what its lines cost.
    pub(super) fn quote(
        &self,
        wanted: &Wanted<'_>,
        left: &Left,
        at: Timestamp,
    ) -> Result<Quoted, PlaceError> {
        let Wanted {
            cart,
            shipping,
            opened,
        } = *wanted;
        let offer = |variant| self.offers.get(&variant).copied();
        if self.standing.rules.promotions().is_empty() {
            let priced = retail::order::price(cart, offer, self.currency)?;
            return Ok(Quoted {
                priced,
                shipping: shipping.iter().map(|charge| charge.amount).sum(),
                trace: None,
                claims: Vec::new(),
            });
        }
        let items = retail::order::items(cart, offer)?;
        let lines = items.iter().enumerate().map(|(line, item)| {
            let fact = self.facts.get(&item.variant);
            let fact = fact.ok_or(PlaceError::UnknownVariant { line })?;
            Ok(basket_line(item, fact))
        });
        let lines = lines.collect::<Result<Vec<_>, PlaceError>>()?;
        let vouchers = shown(opened);
        let available = left.available(&self.needs(wanted, at));
        let context = Context {
            available: &available,
            ..self.context(wanted, &vouchers, at)
        };
        let priced = promotion::price(&lines, &self.standing.rules, &context)?;
        let had_to_do = !priced.trace.promotions.is_empty();
        let trace = had_to_do
            .then(|| serde_json::to_string(&priced.trace).ok())
            .flatten();
        Ok(Quoted {
            trace,
            claims: priced.claims().to_vec(),
            shipping: priced.shipping.iter().copied().sum(),
            priced: priced.sale,
        })
    }

    fn context<'a>(
        &self,
        wanted: &Wanted<'a>,
        vouchers: &'a [(PromotionId, VoucherId)],
        at: Timestamp,
    ) -> Context<'a> {
        let cart = wanted.cart;
        let location = cart.location.unwrap_or(Id::from_uuid(Uuid::nil()));
        Context {
            channel: CHANNEL,
            shipping: wanted.shipping,
            vouchers,
            ..Context::at(
                self.currency,
                location,
                self.standing.local(cart.location, at),
            )
        }
    }
}

fn basket_line<'a>(item: &Item, fact: &'a Fact) -> BasketLine<'a> {
    BasketLine {
        item: *item,
        goods: &fact.goods,
        is_reduced: false,
    }
}

/// Vouchers as the engine takes them.
pub(crate) fn shown(opened: &[Opened]) -> Vec<(PromotionId, VoucherId)> {
    let shown = opened.iter().map(|one| (one.promotion, one.voucher));
    shown.collect()
}
