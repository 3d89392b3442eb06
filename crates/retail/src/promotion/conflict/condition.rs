//! Whether the conditions about the moment of two promotions could hold in one basket.
use jiff::civil::{DateTime, Time};

use super::{Case, Formula, Shape, all};
use crate::promotion::condition::{Condition, TenderCode};

/// Nanoseconds of a day.
const DAY: i64 = 86_400 * 1_000_000_000;
/// Nanoseconds of a week.
const WEEK: i64 = 7 * DAY;

impl Formula for Condition {
    fn shape(&self) -> Shape<'_, Self> {
        match self {
            // What the basket holds is not looked at.
            Self::Quantity { .. } | Self::Distinct { .. } | Self::Amount { .. } => Shape::Always,
            Self::Any(parts) => Shape::Any(parts),
            Self::Not(part) => Shape::Not(part),
            Self::Tender(_)
            | Self::Segment(_)
            | Self::Member
            | Self::Purchase(_)
            | Self::Birthday { .. }
            | Self::Channel(_)
            | Self::Location(_)
            | Self::Hours { .. }
            | Self::Dates { .. }
            | Self::Voucher => Shape::Leaf,
        }
    }
}

/// A span of time by the branch's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    /// From, included; none: always.
    pub(super) from: Option<DateTime>,
    /// Until, excluded; none: for ever.
    pub(super) until: Option<DateTime>,
}

/// The span in which the conditions of two promotions may hold for one basket; none: never.
pub(super) fn shared(one: &[Condition], other: &[Condition]) -> Option<Span> {
    let (Some(one), Some(other)) = (all(one, true), all(other, true)) else {
        return Some(Span::default());
    };
    let pairs = one
        .iter()
        .flat_map(|one| other.iter().map(move |other| together(one, other)));
    pairs.flatten().reduce(|one, other| Span {
        from: one.from.zip(other.from).map(|(one, other)| one.min(other)),
        until: one
            .until
            .zip(other.until)
            .map(|(one, other)| one.max(other)),
    })
}

/// The span in which one case of each holds.
fn together(one: &Case<'_, Condition>, other: &Case<'_, Condition>) -> Option<Span> {
    // A voucher is of one promotion: that another has none says nothing.
    if contradicts(one, true) || contradicts(other, true) {
        return None;
    }
    let case = [&one[..], other].concat();
    if contradicts(&case, false) || !has_customer(&case) || !has_place(&case) {
        return None;
    }
    let span = span(&case)?;
    has_hours(&case, span).then_some(span)
}

/// Whether the same fact holds and does not.
fn contradicts(case: &Case<'_, Condition>, with_voucher: bool) -> bool {
    case.iter().any(|(one, holds)| {
        let counts = with_voucher || **one != Condition::Voucher;
        counts && *holds && case.iter().any(|(other, holds)| !holds && one == other)
    })
}

/// Whether somebody, or nobody known, could be who is asked for.
fn has_customer(case: &Case<'_, Condition>) -> bool {
    let (mut is_known, mut is_unknown) = (false, false);
    let mut number = None;
    let (mut wanted, mut unwanted): (Vec<&[String]>, Vec<&[String]>) = (Vec::new(), Vec::new());
    for (condition, holds) in case {
        match (condition, holds) {
            (Condition::Member, false) => is_unknown = true,
            (Condition::Member | Condition::Birthday { .. }, true) => is_known = true,
            (Condition::Purchase(asked), true) => {
                is_known = true;
                if *number.get_or_insert(*asked) != *asked {
                    return false;
                }
            }
            (Condition::Segment(names), true) => {
                is_known = true;
                wanted.push(names);
            }
            (Condition::Segment(names), false) => unwanted.push(names),
            _ => {}
        }
    }
    let is_in = |name: &String| unwanted.iter().any(|names| names.contains(name));
    let has_segments = wanted
        .iter()
        .all(|names| names.iter().any(|name| !is_in(name)));
    !(is_known && is_unknown) && has_segments
}

/// Whether a place, a channel and a way of paying could be those that are asked for.
fn has_place(case: &Case<'_, Condition>) -> bool {
    macro_rules! entry {
        ($kind:path) => {
            has_entry(case.iter().filter_map(|(condition, holds)| {
                if let $kind(list) = condition {
                    Some((&list[..], *holds))
                } else {
                    None
                }
            }))
        };
    }
    let tenders = case.iter().filter_map(|(condition, holds)| {
        if let Condition::Tender(kinds) = condition {
            Some((&kinds[..], *holds))
        } else {
            None
        }
    });
    entry!(Condition::Location) && entry!(Condition::Channel) && has_tender(tenders)
}

fn has_entry<'a, T: PartialEq + 'a>(lists: impl Iterator<Item = (&'a [T], bool)>) -> bool {
    let (wanted, unwanted): (Vec<_>, Vec<_>) = lists.partition(|list| list.1);
    let Some(((first, _), others)) = wanted.split_first() else {
        return true;
    };
    first.iter().any(|entry| {
        others.iter().all(|list| list.0.contains(entry))
            && !unwanted.iter().any(|list| list.0.contains(entry))
    })
}

/// Several ways of paying may be used at once: what is not wanted is that all of them are of a list.
fn has_tender<'a>(lists: impl Iterator<Item = (&'a [TenderCode], bool)>) -> bool {
    let (wanted, unwanted): (Vec<_>, Vec<_>) = lists.partition(|list| list.1);
    let Some(((first, _), others)) = wanted.split_first() else {
        return true;
    };
    let both: Vec<&TenderCode> = first
        .iter()
        .filter(|kind| others.iter().all(|list| list.0.contains(kind)))
        .collect();
    !both.is_empty()
        && unwanted
            .iter()
            .all(|list| both.iter().any(|kind| !list.0.contains(kind)))
}

/// The dates in which a case may hold; none: it never does.
fn span(case: &Case<'_, Condition>) -> Option<Span> {
    let mut span = Span::default();
    for (condition, holds) in case {
        if let Condition::Dates {
            from,
            until,
            grace_minutes,
        } = condition
            && *holds
        {
            let grace = jiff::SignedDuration::from_mins(i64::from(*grace_minutes));
            // An end that cannot be written down is none.
            let until = until.and_then(|until| until.checked_add(grace).ok());
            span.from = span.from.max(*from);
            span.until = match (span.until, until) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
    }
    // Where another's dates do not hold: what they cut off one end, or all of it.
    for (condition, holds) in case {
        if let Condition::Dates { from, until, .. } = condition
            && !*holds
        {
            let cuts_start = from.is_none_or(|from| span.from.is_some_and(|own| from <= own));
            let cuts_end = until.is_none_or(|until| span.until.is_some_and(|own| until >= own));
            match (cuts_start, cuts_end) {
                (true, true) => return None,
                (true, false) => span.from = span.from.max(*until),
                (false, true) => {
                    span.until = span.until.min(*from).or(span.until).or(*from);
                }
                (false, false) => {}
            }
        }
    }
    let is_empty = span
        .from
        .zip(span.until)
        .is_some_and(|(from, until)| from >= until);
    (!is_empty).then_some(span)
}

/// Parts of a week, in nanoseconds from Monday's midnight; from included, until excluded.
type Week = Vec<(i64, i64)>;

/// Whether some moment of the span is in all hours that are asked for.
fn has_hours(case: &Case<'_, Condition>, span: Span) -> bool {
    let mut week = window(span);
    for (condition, holds) in case {
        if let Condition::Hours {
            weekdays,
            from,
            until,
        } = condition
        {
            let hours = hours(weekdays, *from, *until);
            let hours = if *holds { hours } else { outside(hours) };
            week = meet(&week, &hours);
        }
    }
    !week.is_empty()
}

/// The parts of a week that a span has; all if it is a week or longer.
fn window(span: Span) -> Week {
    let whole = vec![(0, WEEK)];
    let (Some(from), Some(until)) = (span.from, span.until) else {
        return whole;
    };
    let length = from.duration_until(until).as_nanos();
    match i64::try_from(length) {
        Ok(length) if length < WEEK => {
            let days = i64::from(from.date().weekday().to_monday_zero_offset());
            wrapped(days * DAY + nanosecond(from.time()), length)
        }
        _ => whole,
    }
}

fn nanosecond(time: Time) -> i64 {
    let seconds =
        i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    seconds * 1_000_000_000 + i64::from(time.subsec_nanosecond())
}

/// A part that begins at `start` of the week, cut where the week ends.
fn wrapped(start: i64, length: i64) -> Week {
    let end = start + length;
    if end <= WEEK {
        vec![(start, end)]
    } else {
        vec![(start, WEEK), (0, end - WEEK)]
    }
}

/// Hours of some days of the week. Those that do not end after they begin end on the next day.
fn hours(weekdays: &[u8], from: Time, until: Time) -> Week {
    let (from, until) = (nanosecond(from), nanosecond(until));
    let length = if from < until {
        until - from
    } else {
        DAY + until - from
    };
    let on = |day: &u8| weekdays.is_empty() || weekdays.contains(day);
    (1..=7)
        .filter(on)
        .flat_map(|day| wrapped(i64::from(day - 1) * DAY + from, length))
        .collect()
}

/// The rest of the week.
fn outside(mut hours: Week) -> Week {
    hours.sort_unstable();
    let mut rest = Week::new();
    let mut reached = 0;
    for (from, until) in hours {
        if from > reached {
            rest.push((reached, from));
        }
        reached = reached.max(until);
    }
    if reached < WEEK {
        rest.push((reached, WEEK));
    }
    rest
}

fn meet(one: &Week, other: &Week) -> Week {
    let pairs = one
        .iter()
        .flat_map(|one| other.iter().map(move |other| (one, other)));
    pairs
        .map(|(one, other)| (one.0.max(other.0), one.1.min(other.1)))
        .filter(|(from, until)| from < until)
        .collect()
}
