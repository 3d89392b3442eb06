//! What a cart costs: its list prices less what promotions take off, by the function that prices sales in shops.
//!
//! Limited promotions and gifts are not counted on here: an order has no rights to them.
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use retail::catalog::VariantId;
use retail::currency::Currency;
use retail::location::LocationId;
use retail::order::{Cart, Offer, PlaceError};
use retail::promotion;
use retail::promotion::goods::{BasketLine, Context};
use retail::sale::Priced;
use uuid::Uuid;

use super::CHANNEL;
use crate::promotion::basket::{Fact, Standing};

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
