//! What becomes of each event of a batch: applied, waiting, or put aside. Pure, so that it can be tried with a table.
use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};
use retail::quantity::Unit;
use uuid::Uuid;
use wire::body::{Body, BodyError};
use wire::event::Header;

use super::figures::nonsense;
use super::known::Missing;
use super::returns::sold_by;
use super::reversal::{Objection, Purchases, taken_back};
use super::{Applied, Queue, TRIES, retry_at};
use crate::sync::accept::doubt;

/// What the types of events about purchases begin with.
const PURCHASES: &str = "purchase.";
/// The type of events about sales.
const SALE: &str = "sale.closed";

/// An accepted event as it is read from the inbox.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) seq: i64,
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) ver: u16,
    pub(super) header: Vec<u8>,
    pub(super) body: Vec<u8>,
    /// False: the fact was booked before, under another number.
    pub(super) booked: bool,
    pub(super) received_at: Timestamp,
    /// It was held before.
    pub(super) was_held: bool,
    /// Tries so far.
    pub(super) attempts: i32,
}

/// A header that can be read, and its body or why not.
pub(super) type Read = Result<(Header, Result<Body, BodyError>), String>;

impl Event {
    pub(super) fn read(&self) -> Read {
        let header: Header =
            serde_json::from_slice(&self.header).map_err(|error| error.to_string())?;
        let body = String::from_utf8_lossy(&self.body);
        let body = Body::read(&self.kind, self.ver, &body);
        Ok((header, body))
    }
}

/// What becomes of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It becomes rows.
    Applied,
    /// It waits.
    Waiting {
        reason: &'static str,
        detail: String,
        depends_on: Option<Uuid>,
    },
    /// Somebody has to look at it.
    Quarantined {
        reason: &'static str,
        detail: String,
    },
}

/// An event ready to become rows.
pub(super) struct Readable<'a> {
    pub(super) header: Header,
    pub(super) body: Body,
    /// The hour of the location's clock.
    pub(super) hour: i16,
    pub(super) units: &'a std::collections::HashMap<Uuid, Unit>,
}

/// The state of a batch while it is planned.
pub(super) struct Plan {
    queue: Queue,
    zone: TimeZone,
    /// Waiting events by aggregate: what comes later in the same one parks behind them.
    waiting: BTreeMap<Uuid, BTreeSet<i64>>,
    outcomes: BTreeMap<i64, (Option<Uuid>, Outcome)>,
    /// Purchases of this batch.
    purchases: Purchases,
    /// Sales of this batch.
    sales: BTreeSet<Uuid>,
    pub(super) applied: Applied,
}

impl Plan {
    /// A plan that knows what waits already. An unknown zone counts as UTC: the figure is off by hours, not lost.
    pub(super) fn new(queue: Queue, zone: &str, waiting: Vec<(Uuid, i64)>) -> Self {
        let mut by_aggregate = BTreeMap::<Uuid, BTreeSet<i64>>::new();
        for (aggregate, seq) in waiting {
            by_aggregate.entry(aggregate).or_default().insert(seq);
        }
        Self {
            queue,
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
            waiting: by_aggregate,
            outcomes: BTreeMap::new(),
            purchases: Purchases::default(),
            sales: BTreeSet::new(),
            applied: Applied::default(),
        }
    }

    /// Decides about the next event, in the order of numbers, and hands it on when it becomes rows.
    pub(super) fn step(
        &mut self,
        event: &Event,
        read: Read,
        missing: &Missing,
        add: impl FnOnce(Readable<'_>) -> Result<(), String>,
    ) {
        let aggregate = read.as_ref().ok().map(|(header, _)| header.aggregate);
        let outcome = match self.objection(&read, missing) {
            Some(objection) if event.booked => objection,
            _ => self.decide(event, read, missing, add),
        };
        if outcome == Outcome::Applied && event.kind == SALE {
            self.sales.insert(event.id);
        }
        if outcome == Outcome::Applied
            && event.kind.starts_with(PURCHASES)
            && let Ok((_, Ok(body))) = event.read()
        {
            self.purchases.note(event.id, &body);
        }
        self.note(event.seq, aggregate, outcome);
    }

    /// An event breaks when it is applied: it is tried again a few times, and then put aside.
    pub(super) fn refused(&mut self, event: &Event, reason: &'static str, why: &str) {
        let read = event.read().ok();
        if let Some((_, Ok(body))) = &read {
            self.purchases.forget(event.id, body);
            self.sales.remove(&event.id);
        }
        let aggregate = read.map(|(header, _)| header.aggregate);
        let outcome = if event.attempts + 1 >= TRIES {
            Outcome::Quarantined {
                reason,
                detail: why.to_owned(),
            }
        } else {
            Outcome::Waiting {
                reason,
                detail: why.to_owned(),
                depends_on: None,
            }
        };
        self.note(event.seq, aggregate, outcome);
    }

    fn note(&mut self, seq: i64, aggregate: Option<Uuid>, outcome: Outcome) {
        if let Some(aggregate) = aggregate {
            let waits = self.waiting.entry(aggregate).or_default();
            if matches!(outcome, Outcome::Waiting { .. }) {
                waits.insert(seq);
            } else {
                waits.remove(&seq);
            }
        }
        self.outcomes.insert(seq, (aggregate, outcome));
    }

    /// What speaks against an event that takes a purchase, or goods of a sale, back.
    fn objection(&self, read: &Read, missing: &Missing) -> Option<Outcome> {
        let (_, body) = read.as_ref().ok()?;
        let body = body.as_ref().ok()?;
        if let Some((_, sale)) = sold_by(body)
            && !missing.sales.contains(&sale)
            && !self.sales.contains(&sale)
        {
            let detail = format!("sale {sale} is not known here");
            return Some(waiting("reference.missing", detail, Some(sale)));
        }
        let reversal = taken_back(body)?;
        let (id, number) = (reversal.purchase, &reversal.ticket_number);
        let objection = self.purchases.objection(&missing.purchases, reversal)?;
        Some(match objection {
            Objection::Missing => waiting(
                "reference.missing",
                format!("purchase {id} is not known here"),
                Some(id),
            ),
            Objection::Reversed => quarantined(
                "purchase.reversed",
                format!("purchase {number} was taken back before"),
            ),
            Objection::Differs => quarantined(
                "purchase.differs",
                format!("purchase {number} says something else"),
            ),
        })
    }

    fn decide(
        &self,
        event: &Event,
        read: Read,
        missing: &Missing,
        add: impl FnOnce(Readable<'_>) -> Result<(), String>,
    ) -> Outcome {
        if !event.booked {
            return self.unbooked(event, read);
        }
        let missing_reference = missing.of(&read);
        let (header, body) = match read {
            Ok(read) => read,
            Err(error) => return quarantined("header.unreadable", error),
        };
        let before = self
            .waiting
            .get(&header.aggregate)
            .and_then(|waits| waits.first());
        if let Some(before) = before.filter(|&&before| before < event.seq) {
            return waiting(
                "aggregate.waiting",
                format!("event {before} of the same aggregate waits"),
                None,
            );
        }
        let body = match body {
            Ok(body) => body,
            Err(error @ BodyError::Unknown { .. }) => {
                return waiting("body.version_unknown", error.to_string(), None);
            }
            Err(error @ BodyError::Unreadable { .. }) => {
                return quarantined("body.unreadable", error);
            }
        };
        if let Some((what, id)) = missing_reference {
            return waiting(
                "reference.missing",
                format!("{what} {id} is not known here"),
                Some(id),
            );
        }
        if let Some(nonsense) = nonsense(&body) {
            return quarantined("body.out_of_range", nonsense);
        }
        let hour = i16::from(self.zone.to_datetime(header.at).hour());
        let readable = Readable {
            header,
            body,
            hour,
            units: &missing.units,
        };
        match add(readable) {
            Ok(()) => Outcome::Applied,
            Err(error) => quarantined("body.unreadable", error),
        }
    }

    /// The fact has its rows already, or nobody believes this header: nothing follows from this copy.
    fn unbooked(&self, event: &Event, read: Read) -> Outcome {
        if event.kind.is_empty() {
            let why = read.err();
            let why = why.unwrap_or_else(|| "the hash does not fit the record".to_owned());
            return quarantined("header.unreadable", why);
        }
        match read.map(|(header, _)| doubt(self.queue.location, &header)) {
            Ok(None) => Outcome::Applied,
            Ok(Some(doubt)) => quarantined("header.doubtful", doubt),
            Err(error) => quarantined("header.unreadable", error),
        }
    }

    /// What was decided about an event.
    pub(super) fn outcome(&self, seq: i64) -> Option<Outcome> {
        self.outcomes.get(&seq).map(|(_, outcome)| outcome.clone())
    }

    /// What the transaction has to write about the events beside their rows.
    pub(super) fn close(&mut self, events: &[Event], now: Timestamp) -> Closing {
        let mut closing = Closing {
            freed: Vec::new(),
            frontier: events
                .iter()
                .map(|event| event.seq)
                .max()
                .unwrap_or_default(),
            applied: 0,
            done: Vec::new(),
            held: Held::default(),
        };
        self.applied = Applied::default();
        for event in events {
            let Some((aggregate, outcome)) = self.outcomes.get(&event.seq) else {
                continue;
            };
            match outcome {
                Outcome::Applied => {
                    closing.applied += 1;
                    self.applied.applied += 1;
                    if event.was_held {
                        closing.done.push(event.seq);
                        closing.freed.extend(*aggregate);
                    }
                }
                Outcome::Waiting {
                    reason,
                    detail,
                    depends_on,
                } => {
                    self.applied.waiting += 1;
                    let at = Some(retry_at(now, event.attempts + 1));
                    closing.held.push(
                        event,
                        *aggregate,
                        "waiting",
                        reason,
                        detail,
                        *depends_on,
                        at,
                    );
                }
                Outcome::Quarantined { reason, detail } => {
                    self.applied.quarantined += 1;
                    closing
                        .held
                        .push(event, *aggregate, "quarantined", reason, detail, None, None);
                    closing.freed.extend(*aggregate);
                }
            }
        }
        closing
    }
}

fn quarantined(reason: &'static str, detail: impl ToString) -> Outcome {
    Outcome::Quarantined {
        reason,
        detail: detail.to_string(),
    }
}

const fn waiting(reason: &'static str, detail: String, depends_on: Option<Uuid>) -> Outcome {
    Outcome::Waiting {
        reason,
        detail,
        depends_on,
    }
}

/// What the transaction writes about the events beside their rows.
pub(super) struct Closing {
    /// Every event up to here is applied or held.
    pub(super) frontier: i64,
    /// That many were applied.
    pub(super) applied: i64,
    /// Held events that were applied now.
    pub(super) done: Vec<i64>,
    /// Aggregates whose parked events may be tried again.
    pub(super) freed: Vec<Uuid>,
    /// Events that are held from now on, or still.
    pub(super) held: Held,
}

/// Held events as columns.
#[derive(Default)]
pub(super) struct Held {
    pub(super) seqs: Vec<i64>,
    pub(super) ids: Vec<Uuid>,
    pub(super) kinds: Vec<String>,
    pub(super) aggregates: Vec<Option<Uuid>>,
    pub(super) states: Vec<&'static str>,
    pub(super) reasons: Vec<&'static str>,
    pub(super) details: Vec<String>,
    pub(super) depends_on: Vec<Option<Uuid>>,
    pub(super) attempts: Vec<i32>,
    pub(super) received_at: Vec<Timestamp>,
    pub(super) retry_at: Vec<Option<Timestamp>>,
}

impl Held {
    #[expect(clippy::too_many_arguments, reason = "one for each column")]
    fn push(
        &mut self,
        event: &Event,
        aggregate: Option<Uuid>,
        state: &'static str,
        reason: &'static str,
        detail: &str,
        depends_on: Option<Uuid>,
        retry_at: Option<Timestamp>,
    ) {
        self.seqs.push(event.seq);
        self.ids.push(event.id);
        self.kinds.push(event.kind.clone());
        self.aggregates.push(aggregate);
        self.states.push(state);
        self.reasons.push(reason);
        self.details.push(detail.replace('\0', "\u{fffd}"));
        self.depends_on.push(depends_on);
        self.attempts.push(event.attempts.saturating_add(1));
        self.received_at.push(event.received_at);
        self.retry_at.push(retry_at);
    }
}
