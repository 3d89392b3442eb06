//! A shop, a buying station or a warehouse: a place that holds stock, with its own business day.
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use crate::id::Id;

/// Names a [`Location`].
pub type LocationId = Id<Location>;
/// Names a [`Register`].
pub type RegisterId = Id<Register>;
/// Names the node of a location in the sync protocol.
pub type NodeId = Id<Node>;

/// A place that holds stock.
#[derive(Debug)]
pub struct Location;

/// A selling point with a drawer.
#[derive(Debug)]
pub struct Register;

/// The identity of a shop's edge in the sync protocol.
#[derive(Debug)]
pub struct Node;

/// The hour after midnight at which a new business day may begin: a bar's late sales belong to the evening.
pub const CUT_OFF_HOUR: i8 = 4;

/// The business date that a shift opened at `now` would start: the local calendar date, counted from the cut-off.
#[must_use]
pub fn calendar_business_date(now: Timestamp, zone: &TimeZone) -> Date {
    let local = zone.to_datetime(now);
    if local.hour() < CUT_OFF_HOUR {
        local.date().saturating_sub(1.day())
    } else {
        local.date()
    }
}

/// The business date of a shift that opens at `now`, given the newest date that this location has used.
///
/// The label never goes back (decision 20): with a clock set back a day, the open business day goes on.
#[must_use]
pub fn business_date(now: Timestamp, zone: &TimeZone, newest: Option<Date>) -> Date {
    let today = calendar_business_date(now, zone);
    newest.map_or(today, |newest| newest.max(today))
}

#[cfg(test)]
mod tests;
