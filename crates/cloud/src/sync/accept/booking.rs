//! What of the fresh events takes effect, as columns, and why some of it does not.
use std::collections::HashSet;

use jiff::Timestamp;
use uuid::Uuid;
use wire::batch::Opened;
use wire::event::{Bucket, Header};

use super::printable;

/// The most base units that a movement may be about; a header that says more is kept, but not believed.
const MAX_MOVE: i64 = 1_000_000_000_000;
/// The most uses, units or minor units that a claim may be about.
const MAX_CLAIM: i64 = 1_000_000_000_000_000;

/// What of the fresh events takes effect in the ledger, as columns.
#[derive(Default)]
pub(in crate::sync) struct Booking<'a> {
    /// By event: not the second copy of a fact within this batch, and believable.
    pub(in crate::sync) counts: Vec<bool>,
    /// Headers that are believed.
    pub(super) headers: Vec<&'a Header>,
    /// The fact, when this is its first copy in the batch.
    pub(super) firsts: Vec<Option<Uuid>>,
    pub(super) copies: Vec<Uuid>,
    pub(super) lines: Vec<i32>,
    pub(super) variants: Vec<Uuid>,
    pub(super) buckets: Vec<&'static str>,
    pub(super) quantities: Vec<i64>,
    pub(super) dates: Vec<jiff::civil::Date>,
    pub(super) reasons: Vec<String>,
    pub(super) at: Vec<Timestamp>,
    pub(super) last_at: Option<Timestamp>,
    pub(super) suspect: Option<String>,
}

impl<'a> Booking<'a> {
    /// What these events, in their order, book at a location.
    pub(in crate::sync) fn of(location: Uuid, fresh: &'a [Opened]) -> Self {
        let mut booking = Self::default();
        let mut seen = HashSet::new();
        for event in fresh {
            let believed = match &event.header {
                Ok(header) => match doubt(location, header) {
                    None => Ok(header),
                    Some(doubt) => Err(doubt.to_owned()),
                },
                // Kept as it is, without effect (sync.md 2.6).
                Err(error) => Err(error.to_string()),
            };
            let header = match believed {
                Ok(header) => header,
                Err(doubt) => {
                    booking.counts.push(false);
                    booking.suspect = Some(format!("event {}: {doubt}", event.seq));
                    continue;
                }
            };
            let counts = seen.insert(header.id);
            booking.counts.push(counts);
            booking.last_at = Some(header.at);
            booking.add(event, header, counts);
        }
        booking
    }

    /// Whether any of it leaves claims of the cloud without a unit: somebody has to settle that.
    pub(super) fn has_debt(&self) -> bool {
        let mut moves = self.buckets.iter().zip(&self.quantities);
        moves.any(|(bucket, quantity)| *bucket == "D" && *quantity > 0)
    }

    /// Stock follows the log: a fact that was booked before under another number moves no money, but its node has
    /// moved the stock again. In the ledger such a copy has the name of its record.
    fn add(&mut self, event: &Opened, header: &'a Header, counts: bool) {
        self.headers.push(header);
        let copy = event.record_id();
        for (line, moved) in (0..).zip(&header.moves) {
            self.firsts.push(counts.then_some(header.id));
            self.copies.push(copy);
            self.lines.push(line);
            self.variants.push(moved.variant);
            self.buckets.push(code(moved.bucket));
            self.quantities.push(moved.quantity);
            self.dates.push(header.business_date);
            self.reasons.push(printable(&header.kind));
            self.at.push(header.at);
        }
    }
}

/// Why a header's effects are not believed. The event is kept all the same: accepting never depends on content.
pub(in crate::sync) fn doubt(location: Uuid, header: &Header) -> Option<&'static str> {
    if header.location != location {
        return Some("it is of another location");
    }
    if !is_storable(header.business_date.year()) || !is_storable(zoned_year(header.at)) {
        return Some("its date is out of range");
    }
    let is_claim = |quantity: &i64| (-MAX_CLAIM..=MAX_CLAIM).contains(quantity);
    if !header.claims.iter().all(|claim| is_claim(&claim.quantity)) {
        return Some("it claims more than there can be");
    }
    header
        .moves
        .iter()
        .any(|moved| !(-MAX_MOVE..=MAX_MOVE).contains(&moved.quantity))
        .then_some("it moves more units than there can be")
}

pub(super) const fn is_storable(year: i16) -> bool {
    year >= 1 && year <= 9_998
}

pub(super) fn zoned_year(at: Timestamp) -> i16 {
    at.to_zoned(jiff::tz::TimeZone::UTC).year()
}

/// The bucket's letter in the ledger.
fn code(bucket: Bucket) -> &'static str {
    retail::rights::Bucket::from(bucket).code()
}
