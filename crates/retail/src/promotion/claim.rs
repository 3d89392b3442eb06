//! What limited promotions take: counters that the caller debits in the transaction of the sale.
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Draft, Promotion, PromotionId,
    goods::{Context, CustomerId},
    voucher::VoucherId,
};

/// Something of which a promotion has only so much. It is a right or a guarded row at the caller's (ADR 24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counter {
    /// Sales that use it.
    Uses,
    /// Sales of this business date that use it.
    Day,
    /// Sales to this customer that use it.
    Customer,
    /// Units that it reduces.
    Units,
    /// Minor units of money that it gives.
    Budget,
    /// Uses of this voucher.
    Voucher(VoucherId),
}

/// Whose sale it is, and of which day: what counters of a customer and of a day are kept apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Who buys, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// The business date.
    pub date: Date,
}

/// The kinds of allowances, as events and databases name them (ADR 25).
pub const ALLOWANCES: [&str; 6] = [
    "promotion.uses",
    "promotion.day",
    "promotion.customer",
    "promotion.units",
    "promotion.budget",
    "voucher",
];

/// Whether claims of this kind are about an allowance.
#[must_use]
pub fn is_allowance(kind: &str) -> bool {
    ALLOWANCES.contains(&kind)
}

impl Counter {
    /// The kind of its allowance.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Uses => "promotion.uses",
            Self::Day => "promotion.day",
            Self::Customer => "promotion.customer",
            Self::Units => "promotion.units",
            Self::Budget => "promotion.budget",
            Self::Voucher(_) => "voucher",
        }
    }

    /// The kind and the key of its allowance; none for that of a customer when nobody is known.
    #[must_use]
    pub fn allowance(
        self,
        promotion: PromotionId,
        subject: &Subject,
    ) -> Option<(&'static str, Uuid)> {
        let promotion = promotion.as_uuid();
        let key = match self {
            Self::Uses | Self::Units | Self::Budget => promotion,
            Self::Day => Uuid::new_v5(&promotion, subject.date.to_string().as_bytes()),
            Self::Customer => {
                let customer = subject.customer?.as_uuid();
                Uuid::new_v5(&promotion, customer.as_bytes())
            }
            Self::Voucher(voucher) => voucher.as_uuid(),
        };
        Some((self.kind(), key))
    }
}

/// So much of a counter, to be taken with the sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    /// Whose counter.
    pub promotion: PromotionId,
    /// Which.
    pub counter: Counter,
    /// How much; above zero.
    pub quantity: i64,
}

impl Promotion {
    /// The counters that a sale would need of it, so that a caller can look them up before it prices.
    #[must_use]
    pub fn counters(&self, at: &Context<'_>) -> Vec<Counter> {
        counters(self.draft(), at)
    }
}

pub(super) fn counters(draft: &Draft, at: &Context<'_>) -> Vec<Counter> {
    let limits = &draft.limits;
    let mut counters = Vec::new();
    let mut limited = |is_limited: bool, counter| {
        if is_limited {
            counters.push(counter);
        }
    };
    limited(limits.uses.is_some(), Counter::Uses);
    limited(limits.uses_per_day.is_some(), Counter::Day);
    limited(limits.uses_per_customer.is_some(), Counter::Customer);
    limited(limits.units.is_some(), Counter::Units);
    limited(limits.budget.is_some(), Counter::Budget);
    if let Some(voucher) = voucher(draft, at) {
        counters.push(Counter::Voucher(voucher));
    }
    counters
}

/// The voucher that a sale would use: of those shown the first by id with uses left, or the first whose uses nobody has
/// looked up.
fn voucher(draft: &Draft, at: &Context<'_>) -> Option<VoucherId> {
    let shown = at.vouchers.iter().filter(|(of, _)| *of == draft.id);
    let is_used_up = |voucher: VoucherId| {
        let counter = Counter::Voucher(voucher);
        let left = at.available.get(&(draft.id, counter));
        left.is_some_and(|&left| left < 1)
    };
    shown
        .map(|&(_, voucher)| (is_used_up(voucher), voucher))
        .min()
        .map(|(_, voucher)| voucher)
}

/// What is left of the counters that are needed whole: `None` if one of them has nothing.
pub(super) fn left(
    draft: &Draft,
    at: &Context<'_>,
    available: impl Fn(Counter) -> i64,
) -> Option<Left> {
    let mut left = Left {
        units: i64::MAX,
        money: i64::MAX,
    };
    for counter in counters(draft, at) {
        let has = available(counter);
        if has < 1 {
            return None;
        }
        match counter {
            Counter::Uses | Counter::Day | Counter::Customer | Counter::Voucher(_) => {}
            Counter::Units => left.units = has,
            Counter::Budget => left.money = has,
        }
    }
    Some(left)
}

/// What a promotion may still give.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    pub(super) units: i64,
    pub(super) money: i64,
}

/// What a promotion that has reduced `units` by `money` takes.
pub(super) fn claims(draft: &Draft, at: &Context<'_>, units: i64, money: i64) -> Vec<Claim> {
    let claim = |counter| {
        let quantity = match counter {
            Counter::Uses | Counter::Day | Counter::Customer | Counter::Voucher(_) => 1,
            Counter::Units => units,
            Counter::Budget => money,
        };
        Claim {
            promotion: draft.id,
            counter,
            quantity,
        }
    };
    let claims = counters(draft, at).into_iter().map(claim);
    claims.filter(|claim| claim.quantity > 0).collect()
}
