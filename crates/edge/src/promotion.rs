//! Promotions at the till: the rules that the shop keeps, and the one way in which a basket is priced by them, for a quote
//! and for a sale (ADR 24).
//!
//! A shop prices with the versions that it has, asks nobody, and says with the sale which they were.
use std::collections::BTreeMap;

use jiff::{Timestamp, civil::DateTime};
use retail::{
    amount::Amount,
    catalog::VariantId,
    patron::PatronId,
    promotion::{
        self, Priced, PromotionId, Rules,
        claim::{Claim, Counter, Subject},
        goods::{BasketLine, Buyer, Context, Goods},
        voucher::VoucherId,
    },
    quantity::{Quantity, Unit},
    sale::{self, Item, PriceBasketError, TenderKind},
};
use wire::{
    body::{Promoted, Shown},
    command::Ask,
    reason::Reasons,
};

use crate::{
    allowance,
    catalog::Offer,
    db::{DbError, Snapshot},
    node::Site,
};

mod ask;
pub(crate) mod db;
mod goods;
mod guess;
pub(crate) mod http;
mod kept;
pub(crate) mod reasons;
mod voucher;

use goods::{Facts, Gifts};
pub(crate) use kept::Kept;
use kept::Running;
use voucher::Vouchers;
pub(crate) use voucher::{Opened, Useless, opened};

/// Where goods are sold from here: what promotions call this channel.
const CHANNEL: &str = "till";

/// What promotions ask about a basket beside its lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moment {
    /// Who buys, when the till knows them.
    pub patron: Option<PatronId>,
    /// How it is or will be paid, as far as that is known.
    pub tenders: Vec<TenderKind>,
    /// The vouchers that were shown. One that opens nothing any more never stops a sale.
    pub vouchers: Vec<VoucherId>,
    /// When the basket was begun, by the till's clock: a promotion that has ended since may have a time of grace.
    pub begun: Option<Timestamp>,
}

/// A line that is to be priced.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// What the cashier put in, with the discount that a person gave.
    pub(crate) item: Item,
    /// A person has set a lower price than the list's.
    pub(crate) is_reduced: bool,
}

/// A basket that is priced.
#[derive(Debug)]
pub(crate) struct Pricing {
    /// The lines in the order of scanning, then the gifts.
    pub(crate) sale: sale::Priced,
    /// By line: the part of its discount that promotions gave.
    pub(crate) promoted: Vec<Amount>,
    /// What the gifts are, which are the last lines.
    pub(crate) gifts: Vec<Offer>,
    /// What is kept with the sale; none: there was nothing to ask.
    pub(crate) told: Option<Box<Promoted>>,
    /// The same for people.
    pub(crate) reasons: Option<Reasons>,
    /// Vouchers that were shown and give nothing, and why.
    pub(crate) useless: Vec<(VoucherId, Useless)>,
    /// What the sale takes of limits that are counted, and for whom and which day.
    pub(crate) claims: Vec<Claim>,
    pub(crate) subject: Subject,
    /// What it could use of them beyond what the shop has.
    pub(crate) wants: Vec<Ask>,
}

impl Pricing {
    /// All that promotions gave.
    pub(crate) fn promoted(&self) -> Amount {
        self.promoted.iter().copied().sum()
    }

    fn plain(site: &Site, now: Timestamp, sale: sale::Priced) -> Self {
        Self {
            promoted: vec![Amount::ZERO; sale.lines.len()],
            sale,
            gifts: Vec::new(),
            told: None,
            reasons: None,
            useless: Vec::new(),
            claims: Vec::new(),
            subject: Subject {
                customer: None,
                date: site.open_business_date(now),
            },
            wants: Vec::new(),
        }
    }
}

/// Why a basket cannot be priced.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PriceError {
    #[error(transparent)]
    Basket(#[from] PriceBasketError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Prices a basket by the list, and by what people gave.
///
/// # Errors
/// [`PriceBasketError`] names the line to put right.
pub(crate) fn plain(
    at: &Snapshot<'_>,
    site: &Site,
    rows: &[Row],
) -> Result<Pricing, PriceBasketError> {
    let items = rows.iter().map(|row| row.item).collect();
    sale::price(items, site.currency).map(|sale| Pricing::plain(site, at.now, sale))
}

/// Prices a basket by the list, by what people gave, and by the promotions of this view.
///
/// # Errors
/// [`PriceError::Basket`] names the line to put right.
pub(crate) fn price(
    at: &Snapshot<'_>,
    site: &Site,
    kept: &Kept,
    rows: &[Row],
    moment: &Moment,
) -> Result<Pricing, PriceError> {
    let running = kept.at(at)?;
    if rows.is_empty() || (running.is_empty() && moment.vouchers.is_empty()) {
        return Ok(plain(at, site, rows)?);
    }
    let asked = Asked::of(at, site, &running, rows, moment)?;
    let (priced, mut gifts, counters) = asked.price(at)?;
    let is_counted = |claim: &&Claim| !asked.is_free(claim.promotion, claim.counter);
    let claims = priced.claims().iter().filter(is_counted).copied().collect();
    let wants = asked.wants(at, &priced, &counters, &mut gifts)?;
    let people = rows.iter().map(|row| row.item.discount);
    let people = people.chain(std::iter::repeat(Amount::ZERO));
    let lines = priced.sale.lines.iter().zip(people);
    let promoted = lines.map(|(line, person)| line.item.discount - person);
    let given = priced.sale.lines.iter().skip(rows.len());
    let gifts = given.filter_map(|line| Some(gifts.get(line.item.variant)?.offer.clone()));
    let reasons = reasons::of_now(&running, &priced.trace);
    let has_asked = !priced.trace.promotions.is_empty() || !asked.vouchers.opening.is_empty();
    Ok(Pricing {
        promoted: promoted.collect(),
        gifts: gifts.collect(),
        reasons: has_asked.then_some(reasons),
        sale: priced.sale,
        told: has_asked.then(|| Box::new(asked.told(priced.trace))),
        useless: asked.vouchers.useless,
        claims,
        subject: asked.subject,
        wants,
    })
}

/// What promotions ask about some goods, in their order; what the catalogue does not have is nothing but itself.
///
/// # Errors
/// The disk's.
pub(crate) fn goods_of(
    at: &Snapshot<'_>,
    variants: impl Iterator<Item = VariantId>,
) -> Result<Vec<Goods>, DbError> {
    let mut facts = Facts::default();
    let mut goods = Vec::new();
    for variant in variants {
        facts.read(at, variant)?;
        let known = facts.of(variant).cloned();
        goods.push(
            known.unwrap_or_else(|| {
                Goods::new(variant, retail::id::Id::from_uuid(variant.as_uuid()))
            }),
        );
    }
    Ok(goods)
}

/// The promotions of a sale in the versions that counted, as far as this shop has them and can read them.
///
/// # Errors
/// The disk's.
pub(crate) fn rules_of(
    at: &Snapshot<'_>,
    trace: &promotion::trace::Trace,
) -> Result<Rules, DbError> {
    let mut found = Vec::new();
    for one in &trace.promotions {
        let document = db::document(at, one.id, one.version)?;
        found.extend(document.and_then(|text| kept::read(one.id, one.version, &text).ok()));
    }
    Ok(Rules::new(found))
}

/// Everything that is known when a basket is priced.
struct Asked<'a> {
    site: &'a Site,
    running: &'a Running,
    rows: &'a [Row],
    facts: Facts,
    buyer: Option<Buyer>,
    tenders: &'a [TenderKind],
    vouchers: Vouchers,
    subject: Subject,
    local: DateTime,
    begun: DateTime,
}

impl<'a> Asked<'a> {
    fn of(
        at: &Snapshot<'_>,
        site: &'a Site,
        running: &'a Running,
        rows: &'a [Row],
        moment: &'a Moment,
    ) -> Result<Self, DbError> {
        let mut facts = Facts::default();
        for row in rows {
            facts.read(at, row.item.variant)?;
        }
        let shown = moment.shown(at, site)?;
        let vouchers = Vouchers::of(at, running, &moment.vouchers, &shown)?;
        let buyer = shown.buyer;
        Ok(Self {
            site,
            running,
            rows,
            facts,
            subject: Subject {
                customer: buyer.as_ref().map(|buyer| buyer.id),
                date: site.open_business_date(at.now),
            },
            buyer,
            tenders: &moment.tenders,
            vouchers,
            local: shown.local,
            begun: shown.begun,
        })
    }

    /// Prices until promotions ask for nothing that was not looked for: what they would give away, and what their limits
    /// have left. Most ask for neither, and are priced once.
    fn price(&self, at: &Snapshot<'_>) -> Result<(Priced, Gifts, Counters), PriceError> {
        let mut gifts = Gifts::default();
        let mut facts = Facts::default();
        let mut counters = BTreeMap::new();
        loop {
            let priced = self.once(&gifts, &facts, &counters)?;
            let mut is_news = false;
            for &gift in &priced.unknown_gifts {
                is_news |= gifts.look(at, self.site, gift, self.bought(gift))?;
                facts.read(at, gift)?;
            }
            let wanted: Vec<(PromotionId, Counter)> = priced
                .trace
                .exhausted
                .iter()
                .filter_map(|one| {
                    let promotion = priced.trace.promotions.get(usize::from(one.promotion))?;
                    Some((promotion.id, one.counter))
                })
                .filter(|counter| !counters.contains_key(counter))
                .collect();
            if !wanted.is_empty() {
                // Asked for once, whatever the answer was.
                counters.extend(self.available(at, &wanted)?);
                is_news = true;
            }
            if !is_news {
                return Ok((priced, gifts, counters));
            }
        }
    }

    fn once(
        &self,
        gifts: &Gifts,
        facts: &Facts,
        counters: &Counters,
    ) -> Result<Priced, PriceBasketError> {
        let unknown: Vec<Goods> = self.rows.iter().map(nothing_known).collect();
        let lines = self
            .rows
            .iter()
            .zip(&unknown)
            .map(|(row, unknown)| BasketLine {
                item: row.item,
                goods: self.facts.of(row.item.variant).unwrap_or(unknown),
                is_reduced: row.is_reduced,
            });
        let lines: Vec<BasketLine<'_>> = lines.collect();
        let context = Context {
            begun: self.begun,
            channel: CHANNEL,
            customer: self.buyer.as_ref(),
            tenders: self.tenders,
            vouchers: &self.vouchers.opening,
            gifts: &gifts.offers(facts),
            available: counters,
            ..Context::at(self.site.currency, self.site.location, self.local)
        };
        promotion::price(&lines, &self.running.rules, &context)
    }

    /// What the counters of limited promotions have left for this sale: what the shop holds a right to.
    fn available(
        &self,
        at: &Snapshot<'_>,
        wanted: &[(PromotionId, Counter)],
    ) -> Result<Counters, DbError> {
        let mut left = allowance::available(at, self.site, wanted, &self.subject)?;
        for ((promotion, counter), left) in &mut left {
            if self.is_free(*promotion, *counter) {
                *left = i64::MAX;
            }
        }
        Ok(left)
    }

    /// Whether nobody counts it: a voucher that may be used any number of times.
    fn is_free(&self, _: PromotionId, counter: Counter) -> bool {
        match counter {
            Counter::Voucher(voucher) => self.vouchers.free.contains(&voucher),
            Counter::Uses | Counter::Day | Counter::Customer | Counter::Units | Counter::Budget => {
                false
            }
        }
    }

    fn bought(&self, variant: retail::catalog::VariantId) -> Quantity {
        let rows = self.rows.iter().filter(|row| row.item.variant == variant);
        rows.map(|row| row.item.quantity).sum()
    }

    fn told(&self, trace: promotion::trace::Trace) -> Promoted {
        let vouchers = self
            .vouchers
            .opening
            .iter()
            .map(|(promotion, voucher)| Shown {
                promotion: promotion.as_uuid(),
                voucher: voucher.as_uuid(),
            });
        Promoted {
            trace,
            vouchers: vouchers.collect(),
            begun: self.begun,
            priced: self.local,
        }
    }
}

/// Goods of which the catalogue says nothing. A line of such goods is refused before it is priced.
fn nothing_known(row: &Row) -> Goods {
    let variant = row.item.variant;
    Goods::new(variant, retail::id::Id::from_uuid(variant.as_uuid()))
}

/// Units of a line, as promotions count them: pieces, or one of goods by weight.
fn units(item: &Item) -> i64 {
    match item.unit {
        Unit::Piece => item.quantity.base_units(),
        Unit::Gram | Unit::Millilitre | Unit::Millimetre => 1,
    }
}

/// What counters have left.
type Counters = BTreeMap<(PromotionId, Counter), i64>;
