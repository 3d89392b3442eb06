//! What promotions ask about the goods of a basket, and what they may add to it.
use std::collections::{BTreeMap, HashMap, hash_map::Entry};

use retail::{
    catalog::{CategoryId, VariantId},
    promotion::goods::{GiftOffer, Goods},
    quantity::Quantity,
    sale::Item,
};

use super::db;
use crate::{
    catalog::{self, Offer},
    db::{DbError, Snapshot},
    node::Site,
    rights::Held,
};

/// Facts of goods, each read once for a basket.
#[derive(Default)]
pub(super) struct Facts {
    goods: HashMap<VariantId, Goods>,
    above: HashMap<CategoryId, Vec<CategoryId>>,
}

impl Facts {
    /// Reads what is asked about some goods. What the catalogue does not have is nothing but itself.
    pub(super) fn read(&mut self, at: &Snapshot<'_>, variant: VariantId) -> Result<(), DbError> {
        if self.goods.contains_key(&variant) {
            return Ok(());
        }
        let Some(mut goods) = db::goods(at, variant)? else {
            return Ok(());
        };
        if let Some(&category) = goods.categories.first() {
            let above = match self.above.entry(category) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(db::categories(at, category)?),
            };
            goods.categories.clone_from(above);
        }
        self.goods.insert(variant, goods);
        Ok(())
    }

    /// The facts of goods that were read.
    pub(super) fn of(&self, variant: VariantId) -> Option<&Goods> {
        self.goods.get(&variant)
    }
}

/// Something that may be given here.
pub(super) struct Gift {
    pub(super) offer: Offer,
    item: Item,
    available: Quantity,
}

/// What may be given here, as far as promotions have asked for it.
#[derive(Default)]
pub(super) struct Gifts(BTreeMap<VariantId, Option<Gift>>);

impl Gifts {
    /// Looks for something to give: it must be for sale here, and this shop must have the right to it beside what the basket
    /// has of it. False: it was looked for before.
    pub(super) fn look(
        &mut self,
        at: &Snapshot<'_>,
        site: &Site,
        variant: VariantId,
        bought: Quantity,
    ) -> Result<bool, DbError> {
        if self.0.contains_key(&variant) {
            return Ok(false);
        }
        let offer = catalog::db::offer(at, variant)?.filter(|offer| offer.active);
        let found = match offer.and_then(|offer| offer.price.map(|price| (offer, price))) {
            None => None,
            Some((offer, price)) => Some(Gift {
                item: Item {
                    variant,
                    unit: offer.unit,
                    quantity: Quantity::new(1),
                    price,
                    discount: retail::amount::Amount::ZERO,
                    tax: offer.tax,
                },
                available: left(at, site, variant, bought)?,
                offer,
            }),
        };
        self.0.insert(variant, found);
        Ok(true)
    }

    pub(super) fn get(&self, variant: VariantId) -> Option<&Gift> {
        self.0.get(&variant)?.as_ref()
    }

    /// As the engine asks for it.
    pub(super) fn offers<'a>(&self, facts: &'a Facts) -> BTreeMap<VariantId, GiftOffer<'a>> {
        let there = self.0.iter().filter_map(|(variant, gift)| {
            let (gift, goods) = (gift.as_ref()?, facts.of(*variant)?);
            let offer = GiftOffer {
                item: gift.item,
                goods,
                available: gift.available,
            };
            Some((*variant, offer))
        });
        there.collect()
    }
}

/// What this shop may sell without asking anybody once the basket has its own.
fn left(
    at: &Snapshot<'_>,
    site: &Site,
    variant: VariantId,
    bought: Quantity,
) -> Result<Quantity, DbError> {
    let held = Held::load(at, variant)?;
    let all = held.account.rights;
    // Where not even the rights are believed, nothing is given away.
    if all <= bought || held.shortage(site, all).is_some() {
        return Ok(Quantity::ZERO);
    }
    Ok(all - bought)
}
