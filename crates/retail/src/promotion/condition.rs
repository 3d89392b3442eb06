//! What must hold before a promotion applies: facts about the moment, and facts about the basket.
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

use super::{
    PromotionId,
    goods::Context,
    selector::{MAX_DEPTH, Selector, check_list, check_range},
};
use crate::{amount::Amount, location::LocationId, quantity::Unit, sale::TenderKind};

/// The highest number that a purchase can be asked for: shops are told the purchases of a customer up to here, and no more of
/// what somebody has bought.
pub const MAX_PURCHASE: u32 = 20;

/// One condition; all conditions of a promotion must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// So much of some goods is in the basket.
    Quantity {
        /// Which goods.
        #[serde(default)]
        of: Selector,
        /// At least so many.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<i64>,
        /// At most so many.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<i64>,
        /// Counted how.
        #[serde(default)]
        measure: Measure,
    },
    /// So many different variants of some goods are in the basket.
    Distinct {
        /// Which goods.
        #[serde(default)]
        of: Selector,
        /// At least so many.
        at_least: i64,
    },
    /// Some goods of the basket come to so much.
    Amount {
        /// Which goods.
        #[serde(default)]
        of: Selector,
        /// At least so much.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<Amount>,
        /// At most so much.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<Amount>,
        /// Of which price.
        #[serde(default)]
        base: Base,
    },
    /// It is paid by one of these and nothing else.
    Tender(Vec<TenderCode>),
    /// The customer is in one of these segments.
    Segment(Vec<String>),
    /// The customer is known.
    Member,
    /// It is the customer's purchase of this number: 1 for the first.
    Purchase(u32),
    /// The customer's birthday is so near.
    Birthday {
        /// It is at most so many days ahead.
        before: u16,
        /// It is at most so many days past.
        after: u16,
    },
    /// It is sold through one of these channels.
    Channel(Vec<String>),
    /// It is sold at one of these places.
    Location(Vec<LocationId>),
    /// It is this time of the day on one of these days of the week (1 is Monday), by the branch's clock.
    Hours {
        /// None given: every day.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        weekdays: Vec<u8>,
        /// From, included.
        from: Time,
        /// Until, excluded. Not after `from`: it ends on the next day.
        until: Time,
    },
    /// It is within these dates, by the branch's clock.
    Dates {
        /// From, included.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<DateTime>,
        /// Until, excluded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime>,
        /// A basket begun before the end keeps the promotion for so many minutes after it.
        #[serde(default)]
        grace_minutes: u16,
    },
    /// A voucher of this promotion was shown.
    Voucher,
    /// One of these holds.
    Any(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
}

/// A way of paying, by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenderCode(pub TenderKind);

impl Serialize for TenderCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.code())
    }
}

impl<'de> Deserialize<'de> for TenderCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        TenderKind::by_code(&code)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom(format!("there is no tender {code:?}")))
    }
}

/// How goods are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Pieces; what is weighed or measured is one, whatever it weighs.
    #[default]
    Pieces,
    /// Grams of what is weighed.
    Grams,
    /// Millilitres of what is poured.
    Millilitres,
    /// Millimetres of what is cut.
    Millimetres,
}

impl Measure {
    /// How many a line of so much counts for.
    pub(super) const fn count(self, unit: Unit, base_units: i64) -> i64 {
        match (self, unit) {
            (Self::Pieces, Unit::Piece)
            | (Self::Grams, Unit::Gram)
            | (Self::Millilitres, Unit::Millilitre)
            | (Self::Millimetres, Unit::Millimetre) => base_units,
            (Self::Pieces, Unit::Gram | Unit::Millilitre | Unit::Millimetre) => 1,
            (Self::Grams | Self::Millilitres | Self::Millimetres, _) => 0,
        }
    }
}

/// Which price an amount or a percent is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// What is left after the promotions before.
    #[default]
    Remaining,
    /// The price before any promotion.
    List,
}

impl Condition {
    /// Whether it holds at this moment; conditions on the basket hold for now.
    pub(super) fn holds(&self, promotion: PromotionId, at: &Context<'_>) -> bool {
        match self {
            Self::Quantity { .. } | Self::Distinct { .. } | Self::Amount { .. } => true,
            Self::Tender(kinds) => {
                !at.tenders.is_empty()
                    && at
                        .tenders
                        .iter()
                        .all(|kind| kinds.contains(&TenderCode(*kind)))
            }
            Self::Segment(names) => at.customer.is_some_and(|customer| {
                customer
                    .segments
                    .iter()
                    .any(|segment| names.binary_search(segment).is_ok())
            }),
            Self::Member => at.customer.is_some(),
            Self::Purchase(number) => at
                .customer
                .is_some_and(|customer| customer.purchases.checked_add(1) == Some(*number)),
            Self::Birthday { before, after } => at
                .customer
                .and_then(|customer| customer.birthday)
                .is_some_and(|birthday| is_near(birthday, at.local.date(), *before, *after)),
            Self::Channel(names) => names.iter().any(|name| name == at.channel),
            Self::Location(ids) => ids.binary_search(&at.location).is_ok(),
            Self::Hours {
                weekdays,
                from,
                until,
            } => in_hours(weekdays, *from, *until, at.local),
            Self::Dates {
                from,
                until,
                grace_minutes,
            } => in_dates(*from, *until, *grace_minutes, at),
            Self::Voucher => at.vouchers.iter().any(|(of, _)| *of == promotion),
            Self::Any(parts) => parts.iter().any(|part| part.holds(promotion, at)),
            Self::Not(part) => !part.holds(promotion, at),
        }
    }

    /// Is it, or has it inside, a condition on the basket?
    pub(super) fn is_about_basket(&self) -> bool {
        match self {
            Self::Quantity { .. } | Self::Distinct { .. } | Self::Amount { .. } => true,
            Self::Any(parts) => parts.iter().any(Self::is_about_basket),
            Self::Not(part) => part.is_about_basket(),
            Self::Tender(_)
            | Self::Segment(_)
            | Self::Member
            | Self::Purchase(_)
            | Self::Birthday { .. }
            | Self::Channel(_)
            | Self::Location(_)
            | Self::Hours { .. }
            | Self::Dates { .. }
            | Self::Voucher => false,
        }
    }

    /// Puts lists in order; says what is wrong.
    pub(super) fn check(&mut self, depth: usize) -> Result<(), &'static str> {
        if depth > MAX_DEPTH {
            return Err("it is nested too deeply");
        }
        match self {
            Self::Quantity {
                of,
                at_least,
                at_most,
                ..
            } => {
                of.check(depth + 1)?;
                check_range(*at_least, *at_most)
            }
            Self::Amount {
                of,
                at_least,
                at_most,
                ..
            } => {
                of.check(depth + 1)?;
                check_range(*at_least, *at_most)
            }
            Self::Distinct { of, at_least } => {
                of.check(depth + 1)?;
                check_range(Some(*at_least), None)
            }
            Self::Tender(kinds) if kinds.is_empty() => Err("the list is empty"),
            Self::Segment(names) | Self::Channel(names) => check_list(names),
            Self::Location(ids) => check_list(ids),
            Self::Purchase(number) if !(1..=MAX_PURCHASE).contains(number) => {
                Err("purchases are counted from 1 to 20")
            }
            Self::Birthday { before, after } if *before > 183 || *after > 183 => {
                Err("a birthday is at most half a year away")
            }
            Self::Hours { weekdays, .. } => {
                if weekdays.iter().any(|day| !(1..=7).contains(day)) {
                    return Err("days of the week are 1 (Monday) to 7");
                }
                weekdays.sort_unstable();
                weekdays.dedup();
                Ok(())
            }
            Self::Dates { from, until, .. } => check_dates(*from, *until),
            Self::Any(parts) if parts.is_empty() => Err("the list is empty"),
            Self::Any(parts) => {
                if parts.iter().any(Self::is_about_basket) {
                    return Err(
                        "a choice is between conditions about the moment; name the goods in one condition",
                    );
                }
                parts.iter_mut().try_for_each(|part| part.check(depth + 1))
            }
            Self::Not(part) => {
                if part.is_about_basket() {
                    return Err(
                        "for the opposite of a condition on the basket, give its highest value",
                    );
                }
                part.check(depth + 1)
            }
            Self::Tender(_)
            | Self::Member
            | Self::Purchase(_)
            | Self::Birthday { .. }
            | Self::Voucher => Ok(()),
        }
    }
}

fn check_dates(from: Option<DateTime>, until: Option<DateTime>) -> Result<(), &'static str> {
    match (from, until) {
        (None, None) => Err("neither a beginning nor an end is given"),
        (Some(from), Some(until)) if from >= until => Err("the end is not after the beginning"),
        _ => Ok(()),
    }
}

/// Whether `today` is so near to this year's, last year's or next year's birthday. 29 February is 1 March in other years.
fn is_near(birthday: Date, today: Date, before: u16, after: u16) -> bool {
    (-1..=1).any(|years| {
        let year = today.year() + years;
        let day =
            Date::new(year, birthday.month(), birthday.day()).or_else(|_| Date::new(year, 3, 1));
        let away = day
            .and_then(|day| day.since(today))
            .map(|span| span.get_days());
        away.is_ok_and(|days| (-i32::from(after)..=i32::from(before)).contains(&days))
    })
}

fn in_hours(weekdays: &[u8], from: Time, until: Time, local: DateTime) -> bool {
    let on = |date: Date| {
        let day = date.weekday().to_monday_one_offset().unsigned_abs();
        weekdays.is_empty() || weekdays.contains(&day)
    };
    let (date, time) = (local.date(), local.time());
    if from < until {
        return on(date) && time >= from && time < until;
    }
    // Past midnight the hours belong to the day on which they began.
    (time >= from && on(date)) || (time < until && date.yesterday().is_ok_and(on))
}

fn in_dates(from: Option<DateTime>, until: Option<DateTime>, grace: u16, at: &Context<'_>) -> bool {
    if from.is_some_and(|from| at.local < from) {
        return false;
    }
    let Some(until) = until else { return true };
    let grace = jiff::SignedDuration::from_mins(i64::from(grace));
    at.local < until
        || (at.begun < until && until.checked_add(grace).is_ok_and(|end| at.local < end))
}
