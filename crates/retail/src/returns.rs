//! What a customer gets back: promotion-aware, and the same at till, web and office (pitfalls 11-14, 16, 18).
//!
//! A sale is priced again without what comes back, under the promotions and versions that were applicable then. Whoever
//! returns one of "3 for 2" has two left, and pays for two.
use std::collections::BTreeMap;

use crate::{
    amount::Amount,
    catalog::VariantId,
    currency::Currency,
    id::Id,
    promotion::{
        self, Priced, PromotionId, Rules,
        claim::{Claim, Counter},
        goods::{BasketLine, Context, GiftOffer},
        trace::Trace,
    },
    quantity::Quantity,
    sale::{Item, PriceBasketError},
    tax::{TaxLine, TaxRate},
};

mod tender;
#[cfg(test)]
mod tests;

pub use tender::{PaidBack, RefundError, pay_back, suggested};

/// Names a [`Return`].
pub type ReturnId = Id<Return>;

/// Goods that came back for money: a document of its own.
#[derive(Debug)]
pub struct Return;

/// The most different things that one return may bring back.
pub const MAX_LINES: usize = 1_000;
/// Letters of a note at the most.
pub const MAX_NOTE: usize = 200;
/// The reason that says nothing by itself: a note has to.
pub const OTHER: &str = "other";
/// Why goods come back, as a till offers it; the last one is for everything else.
pub const REASONS: [&str; 6] = [
    "unwanted",
    "size",
    "defective",
    "wrong_item",
    "price",
    OTHER,
];

/// What state goods are in that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// They stand on the shelf again.
    Sellable,
    /// They are put aside.
    Damaged,
}

impl Condition {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Sellable, Self::Damaged];

    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sellable => "sellable",
            Self::Damaged => "damaged",
        }
    }

    /// The condition of that name.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// Why nobody can tell why goods come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    /// Not one of [`REASONS`].
    #[error("this is no reason that goods come back for")]
    Unknown,
    /// The reason is [`OTHER`], and nobody says which.
    #[error("the reason has to be said in words")]
    NoteMissing,
    /// More letters than fit on a receipt, or letters that are none.
    #[error("a note has at most {max} letters, on one line")]
    NoteUnfit {
        /// Letters.
        max: usize,
    },
}

/// A reason and its note as they are kept.
///
/// # Errors
/// [`ReasonError`] when they say nothing.
pub fn reason<'a>(
    code: &str,
    note: Option<&'a str>,
) -> Result<(&'static str, Option<&'a str>), ReasonError> {
    let known = REASONS.iter().find(|known| **known == code);
    let reason = known.copied().ok_or(ReasonError::Unknown)?;
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    let is_fit =
        |note: &str| note.chars().count() <= MAX_NOTE && !note.chars().any(char::is_control);
    match note {
        Some(note) if !is_fit(note) => Err(ReasonError::NoteUnfit { max: MAX_NOTE }),
        None if reason == OTHER => Err(ReasonError::NoteMissing),
        note => Ok((reason, note)),
    }
}

/// How a refund is worked out; chosen by the company and printed on the receipt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Policy {
    /// What was paid, less what the goods that are kept would have cost.
    #[default]
    Reprice,
    /// The share that was paid for what comes back, whatever the rest would have cost.
    ProRata,
}

impl Policy {
    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Reprice => "reprice",
            Self::ProRata => "pro_rata",
        }
    }
}

/// One line of a sale, and what has come back of it before.
#[derive(Debug, Clone, Copy)]
pub struct SoldLine<'a> {
    /// As it was priced: with the discount that a person gave, without those of promotions.
    pub line: BasketLine<'a>,
    /// What was paid for it, tax included.
    pub total: Amount,
    /// Was it a gift of a promotion?
    pub is_gift: bool,
    /// Base units that have come back before.
    pub returned: Quantity,
    /// Money that has been given back for it before.
    pub refunded: Amount,
}

/// A sale that goods come back from.
#[derive(Debug, Clone, Copy)]
pub struct Sold<'a> {
    /// Its lines, gifts too.
    pub lines: &'a [SoldLine<'a>],
    /// Its taxes.
    pub taxes: &'a [TaxLine],
    /// What was refunded before, by rate.
    pub refunded_taxes: &'a [TaxLine],
    /// Why it cost what it cost.
    pub trace: &'a Trace,
}

/// Something that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back {
    /// Of which line of the sale.
    pub line: usize,
    /// How many base units.
    pub quantity: Quantity,
}

/// What a return comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What the customer gets.
    pub refund: Amount,
    /// The refund by line of the sale. A line that came back earlier may get more now.
    pub lines: Vec<(usize, Amount)>,
    /// The refund by tax rate.
    pub taxes: Vec<TaxLine>,
    /// What is kept, as it would have been priced.
    pub kept: Priced,
    /// Gifts that are kept without their cause, by line, with what they cost.
    pub charged: Vec<(usize, Amount)>,
    /// Discounts that the kept goods lose: promotion, and how much more they cost without it.
    pub lost: Vec<(PromotionId, Amount)>,
    /// What the sale had taken of counters and does not need any more: a voucher to be given back, by policy.
    pub released: Vec<Claim>,
    /// Points of promotions to be taken back.
    pub points: i64,
}

/// Goods that come back for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What the customer pays; below zero: gets.
    pub due: Amount,
    /// What is kept and what is new, priced together.
    pub after: Priced,
}

/// Why goods cannot come back. `line` counts from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReturnError {
    /// There is no such line.
    #[error("the sale has no line {line}")]
    NoLine {
        /// The line.
        line: usize,
    },
    /// Nothing, or more than there is.
    #[error("line {line}: between 1 and {most} may come back")]
    QuantityOutOfRange {
        /// The line.
        line: usize,
        /// What has not come back yet.
        most: Quantity,
    },
    /// The rules lack a promotion that has reduced the sale, in the version that counted.
    #[error("version {version} of promotion {promotion} is not among the rules")]
    NoVersion {
        /// The promotion.
        promotion: PromotionId,
        /// Its version.
        version: i64,
    },
    /// It cannot be priced.
    #[error(transparent)]
    Price(#[from] PriceBasketError),
}

/// Works out a refund.
///
/// `context` is the place and currency; the moment, the customer and the limits are those of the sale, out of its trace.
///
/// # Errors
/// Each [`ReturnError`] names the line to put right.
pub fn quote(
    sold: Sold<'_>,
    back: &[Back],
    rules: &Rules,
    context: &Context<'_>,
    policy: Policy,
) -> Result<Quote, ReturnError> {
    let returned = returned(sold, back)?;
    let Kept {
        priced: kept,
        charged,
    } = kept(sold, &returned, &[], rules, context)?;
    let all = |of: fn(&SoldLine<'_>) -> Amount| sold.lines.iter().map(of).sum::<Amount>();
    let open = all(|line| line.total) - all(|line| line.refunded);
    let costs: Amount = kept.sale.total + charged.iter().map(|&(_, amount)| amount).sum();
    // What was paid for the returned share of each line and not given back yet.
    let caps: Vec<i64> = sold
        .lines
        .iter()
        .zip(&returned)
        .map(|(line, returned)| {
            let share = share_of(line.total, *returned, line.line.item.quantity);
            (share - line.refunded).minor().max(0)
        })
        .collect();
    let most: i64 = caps.iter().sum();
    let refund = match policy {
        Policy::Reprice => (open - costs).minor().clamp(0, most),
        Policy::ProRata => {
            let charged: Amount = charged.iter().map(|&(_, amount)| amount).sum();
            (most - charged.minor()).clamp(0, most.min(open.minor().max(0)))
        }
    };
    let shares = promotion::within(refund, &caps, &caps);
    let lines = shares.into_iter().map(Amount::from_minor).enumerate();
    let lines: Vec<(usize, Amount)> = lines.filter(|&(_, share)| share > Amount::ZERO).collect();
    Ok(Quote {
        refund: Amount::from_minor(refund),
        taxes: taxes(sold, &lines),
        lost: lost(sold, &returned, &kept),
        released: released(&sold.trace.claims, kept.claims()),
        points: sold
            .trace
            .points
            .iter()
            .map(|earned| earned.points)
            .sum::<i64>()
            - kept.points,
        lines,
        charged,
        kept,
    })
}

/// Works out what an exchange costs: the kept and the new goods are priced together under the promotions of the sale, so
/// that an even exchange costs nothing. The caller gives new goods the price that counts for them.
///
/// # Errors
/// Each [`ReturnError`] names the line to put right.
pub fn exchange(
    sold: Sold<'_>,
    back: &[Back],
    new: &[BasketLine<'_>],
    rules: &Rules,
    context: &Context<'_>,
) -> Result<Exchange, ReturnError> {
    let returned = returned(sold, back)?;
    let Kept {
        priced: after,
        charged,
    } = kept(sold, &returned, new, rules, context)?;
    let open: Amount = sold
        .lines
        .iter()
        .map(|line| line.total - line.refunded)
        .sum();
    let charged: Amount = charged.iter().map(|&(_, amount)| amount).sum();
    Ok(Exchange {
        due: after.sale.total + charged - open,
        after,
    })
}

/// What has come back of each line, this time included.
fn returned(sold: Sold<'_>, back: &[Back]) -> Result<Vec<Quantity>, ReturnError> {
    let mut returned: Vec<Quantity> = sold.lines.iter().map(|line| line.returned).collect();
    for &Back { line, quantity } in back {
        let sold = sold.lines.get(line).ok_or(ReturnError::NoLine { line })?;
        let most = sold.line.item.quantity - returned[line];
        if quantity <= Quantity::ZERO || quantity > most {
            return Err(ReturnError::QuantityOutOfRange { line, most });
        }
        returned[line] = returned[line] + quantity;
    }
    Ok(returned)
}

struct Kept {
    priced: Priced,
    charged: Vec<(usize, Amount)>,
}

/// Prices what is kept, with new goods beside it.
fn kept(
    sold: Sold<'_>,
    returned: &[Quantity],
    new: &[BasketLine<'_>],
    rules: &Rules,
    context: &Context<'_>,
) -> Result<Kept, ReturnError> {
    let (mut lines, gifts) = kept_lines(sold, returned, context.currency);
    lines.extend_from_slice(new);
    let promotions = sold.trace.promotions.iter();
    let applicable: Vec<PromotionId> = promotions.map(|applied| applied.id).collect();
    let claims = &sold.trace.claims;
    let vouchers: Vec<_> = claims
        .iter()
        .filter_map(|claim| match claim.counter {
            Counter::Voucher(voucher) => Some((claim.promotion, voucher)),
            Counter::Uses | Counter::Day | Counter::Customer | Counter::Units | Counter::Budget => {
                None
            }
        })
        .collect();
    let available = claims.iter();
    let available = available.map(|claim| ((claim.promotion, claim.counter), claim.quantity));
    let context = Context {
        applicable: Some(&applicable),
        available: &available.collect(),
        vouchers: &vouchers,
        gifts: &gifts,
        shipping: &[],
        ..context.clone()
    };
    let rules = rules_of(sold.trace, rules)?;
    let priced = promotion::price(&lines, &rules, &context)?;
    let charged = charged(sold, returned, &priced, context.currency);
    Ok(Kept { priced, charged })
}

/// The lines that are kept, and the gifts among them as what may be given again.
fn kept_lines<'a>(
    sold: Sold<'a>,
    returned: &[Quantity],
    currency: Currency,
) -> (Vec<BasketLine<'a>>, BTreeMap<VariantId, GiftOffer<'a>>) {
    let mut lines = Vec::new();
    let mut gifts: BTreeMap<VariantId, GiftOffer<'_>> = BTreeMap::new();
    for (sold, returned) in sold.lines.iter().zip(returned) {
        let BasketLine {
            item,
            goods,
            is_reduced,
        } = sold.line;
        let quantity = item.quantity - *returned;
        if quantity <= Quantity::ZERO {
            continue;
        }
        if sold.is_gift {
            let none = GiftOffer {
                item: Item {
                    quantity: Quantity::new(1),
                    discount: Amount::ZERO,
                    ..item
                },
                goods,
                available: Quantity::ZERO,
            };
            let offer = gifts.entry(item.variant).or_insert(none);
            offer.available = offer.available + quantity;
        } else {
            // Rounded, the share of the discount may exceed the rounded price by a minor unit.
            let gross = item.price.extend(quantity, currency).unwrap_or_default();
            let discount = share_of(item.discount, quantity, item.quantity).min(gross);
            let item = Item {
                quantity,
                discount,
                ..item
            };
            lines.push(BasketLine {
                item,
                goods,
                is_reduced,
            });
        }
    }
    (lines, gifts)
}

/// The promotions of a sale in the versions that counted. Those that did nothing may be unknown by now.
fn rules_of(trace: &Trace, rules: &Rules) -> Result<Rules, ReturnError> {
    let mut found = Vec::new();
    for (place, applied) in (0_u16..).zip(&trace.promotions) {
        match rules.version(applied.id, applied.version) {
            Some(promotion) => found.push(promotion.clone()),
            None if trace.has_fired(place) => {
                return Err(ReturnError::NoVersion {
                    promotion: applied.id,
                    version: applied.version,
                });
            }
            None => {}
        }
    }
    Ok(Rules::new(found))
}

/// What kept gifts cost that have lost their cause.
fn charged(
    sold: Sold<'_>,
    returned: &[Quantity],
    kept: &Priced,
    currency: Currency,
) -> Vec<(usize, Amount)> {
    let mut free = BTreeMap::<VariantId, i64>::new();
    for line in kept.sale.lines.iter().rev().take(kept.gifts) {
        *free.entry(line.item.variant).or_default() += line.item.quantity.base_units();
    }
    let mut charged = Vec::new();
    for (place, (sold, returned)) in sold.lines.iter().zip(returned).enumerate() {
        let item = sold.line.item;
        let there = (item.quantity - *returned).base_units();
        if !sold.is_gift || there == 0 {
            continue;
        }
        let free = free.entry(item.variant).or_default();
        let given = there.min(*free);
        *free -= given;
        let amount = item.price.extend(Quantity::new(there - given), currency);
        if let Some(amount) = amount.filter(|amount| *amount > Amount::ZERO) {
            charged.push((place, amount));
        }
    }
    charged
}

/// The share of an amount for some of a quantity, half up.
fn share_of(amount: Amount, some: Quantity, all: Quantity) -> Amount {
    Amount::from_minor(promotion::portion(
        amount.minor(),
        some.base_units(),
        all.base_units().max(1),
    ))
}

/// How much more each promotion gave on the kept share of each line than it gives now.
fn lost(sold: Sold<'_>, returned: &[Quantity], kept: &Priced) -> Vec<(PromotionId, Amount)> {
    let mut lost = BTreeMap::<PromotionId, Amount>::new();
    for fired in &sold.trace.fired {
        let line = usize::from(fired.line);
        let applied = sold.trace.promotions.get(usize::from(fired.promotion));
        let (Some(sold), Some(returned), Some(applied)) =
            (sold.lines.get(line), returned.get(line), applied)
        else {
            continue;
        };
        let quantity = sold.line.item.quantity;
        *lost.entry(applied.id).or_default() +=
            share_of(fired.gave, quantity - *returned, quantity);
    }
    let lost = lost
        .into_iter()
        .map(|(id, gave)| (id, gave - kept.trace.by_promotion(id)));
    lost.filter(|&(_, amount)| amount > Amount::ZERO).collect()
}

/// Claims of the sale that a pricing without the returned goods does not make.
fn released(sold: &[Claim], kept: &[Claim]) -> Vec<Claim> {
    let needed = |claim: &Claim| {
        let same = kept
            .iter()
            .find(|other| (other.promotion, other.counter) == (claim.promotion, claim.counter));
        same.map_or(0, |other| other.quantity)
    };
    let released = sold.iter().map(|claim| Claim {
        quantity: claim.quantity - needed(claim),
        ..*claim
    });
    released.filter(|claim| claim.quantity > 0).collect()
}

/// The refund by rate. With the last of a rate, exactly what is left of its tax goes back.
fn taxes(sold: Sold<'_>, lines: &[(usize, Amount)]) -> Vec<TaxLine> {
    let mut by_rate = BTreeMap::<TaxRate, Amount>::new();
    for &(line, refund) in lines {
        *by_rate.entry(sold.lines[line].line.item.tax).or_default() += refund;
    }
    let of = |taxes: &[TaxLine], rate: TaxRate| {
        let line = taxes.iter().find(|line| line.rate == rate);
        line.map_or((Amount::ZERO, Amount::ZERO), |line| (line.gross, line.tax))
    };
    by_rate
        .into_iter()
        .map(|(rate, gross)| {
            let (paid, tax) = of(sold.taxes, rate);
            let (before, tax_before) = of(sold.refunded_taxes, rate);
            let is_last = gross + before == paid;
            let tax = if is_last {
                tax - tax_before
            } else {
                rate.included_in(gross)
            };
            TaxLine { rate, gross, tax }
        })
        .collect()
}
