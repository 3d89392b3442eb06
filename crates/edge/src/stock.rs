//! Stock of the shop: what is on hand and whose it is, and counts of the shelves.
use jiff::Timestamp;
use retail::{
    catalog::VariantId,
    id::Id,
    quantity::Quantity,
    rights::{NodeAccount, RightsError},
    staff::{Permission, StaffId},
};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body;

use crate::{
    Shop, catalog,
    db::{DbError, Snapshot, Tx},
    node::{self, Site, Unenrolled},
    outbox,
    refusal::{self, Attempt, Recorded, Standing, Write},
    replay::Facts,
    rights::Held,
    staff::{self, Actor, Denied},
};

pub(crate) mod db;
pub(crate) mod http;

/// Names a count of stock.
pub type CountId = retail::id::Id<Count>;

/// The most variants of one count.
pub const MAX_COUNT_LINES: usize = 5_000;

/// Why stock is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountReason {
    /// Before the first sale.
    Opening,
    /// A stock-take or a check of some shelves.
    Count,
}

impl CountReason {
    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Count => "count",
        }
    }
}

/// A recorded count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Its id.
    pub id: CountId,
    /// What was counted, by variant.
    pub lines: Vec<CountLine>,
    /// The number of its event.
    pub seq: i64,
}

/// One variant of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountLine {
    /// What was counted.
    pub variant: VariantId,
    /// What the book said at that instant: sellable units and those that the cloud may have promised.
    pub expected: Quantity,
    /// What was there.
    pub counted: Quantity,
}

/// Why a count cannot be recorded so. `line` counts from 0.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// Nothing was counted.
    #[error("the count has no lines")]
    NoLines,
    /// More than [`MAX_COUNT_LINES`].
    #[error("a count has at most {max} lines")]
    TooManyLines {
        /// The limit.
        max: usize,
    },
    /// A variant stands in it twice.
    #[error("line {line}: this product is in the count twice")]
    Twice {
        /// The second one.
        line: usize,
    },
    /// No such variant here.
    #[error("line {line}: there is no such product")]
    UnknownVariant {
        /// The line.
        line: usize,
    },
    /// Below zero, or more than a truck carries.
    #[error("line {line}: the count must be between 0 and {max}")]
    QuantityOutOfRange {
        /// The line.
        line: usize,
        /// The most of this unit.
        max: Quantity,
    },
    /// The id stands for another count.
    #[error("the id stands for another count")]
    IdReused,
    /// More than an account can count.
    #[error(transparent)]
    Rights(#[from] RightsError),
    /// A permission is missing.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No company yet.
    #[error(transparent)]
    Unenrolled(#[from] Unenrolled),
    /// The disk's.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Records a count of the shelf, without picked units, whatever the book said at that instant (pitfall 49). What the
/// cloud may have promised comes first; the node's rights are the rest.
///
/// Repeating the same `id` and lines returns the first result.
///
/// # Errors
/// [`CountError`] names the line to put right.
pub async fn count(
    shop: &Shop,
    actor: &Actor,
    id: CountId,
    lines: Vec<(VariantId, Quantity)>,
    reason: CountReason,
) -> Result<Recorded<Count>, CountError> {
    staff::require(actor, Permission::StockCount)?;
    if lines.is_empty() {
        return Err(CountError::NoLines);
    }
    if lines.len() > MAX_COUNT_LINES {
        return Err(CountError::TooManyLines {
            max: MAX_COUNT_LINES,
        });
    }
    let refusal_id = shop.new_id::<()>().as_uuid();
    let actor = actor.clone();
    let attempt = shop
        .write(move |tx, _| count_in(tx, &actor, id, &lines, reason, refusal_id))
        .await?;
    match attempt {
        Attempt::Recorded(count) => Ok(count),
        Attempt::IdReused => Err(CountError::IdReused),
    }
}

/// The same for the opening stock of the past, see [`crate::history`].
pub(crate) fn count_past(
    tx: &Tx<'_>,
    actor: &Actor,
    id: CountId,
    lines: &[(VariantId, Quantity)],
    refusal_id: Uuid,
) -> Result<(), CountError> {
    staff::require(actor, Permission::StockCount)?;
    match count_in(tx, actor, id, lines, CountReason::Opening, refusal_id)? {
        Attempt::Recorded(_) => Ok(()),
        Attempt::IdReused => Err(CountError::IdReused),
    }
}

fn count_in(
    tx: &Tx<'_>,
    actor: &Actor,
    id: CountId,
    lines: &[(VariantId, Quantity)],
    reason: CountReason,
    refusal_id: Uuid,
) -> Result<Attempt<Count>, CountError> {
    let mut site = node::site(tx)??;
    let business_date = site.open_business_date(tx.now);
    let content = content(lines, reason);
    let write = Write {
        noun: "count",
        id: id.as_uuid(),
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    let (before, seq) = db::recorded(tx, id)?.unzip();
    let hash = match refusal::standing(tx, &mut site, &write, before, refusal_id)? {
        Standing::Fresh(hash) => hash,
        Standing::Same => {
            let seq = seq.expect("the same content was recorded before");
            let lines = db::count_lines(tx, id)?;
            return Ok(Attempt::Recorded(Recorded::Repeated(Count {
                id,
                lines,
                seq,
            })));
        }
        Standing::Other => return Ok(Attempt::IdReused),
    };
    let (lines, mut accounts) = take_in(tx, lines)?;
    let seq = outbox::append(
        tx,
        &mut site,
        outbox::Event {
            register: Some(actor.register),
            staff: Some(actor.staff),
            accounts: &mut accounts,
            ..outbox::Event::of(
                id.as_uuid(),
                business_date,
                &body::StockCounted {
                    to_count: Vec::new(),
                    reason: reason.code().to_owned(),
                    sale: None,
                    lines: lines.iter().map(CountLine::on_the_wire).collect(),
                },
            )
        },
    )?;
    db::insert_count(tx, id, reason, actor.staff, &hash, seq)?;
    for line in &lines {
        db::insert_count_line(tx, id, line)?;
    }
    Ok(Attempt::Recorded(Recorded::First(Count { id, lines, seq })))
}

fn content(lines: &[(VariantId, Quantity)], reason: CountReason) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(variant, counted)| json!({ "variant_id": variant.as_uuid(), "counted": counted.base_units() }))
        .collect();
    json!({ "lines": lines, "reason": reason.code() })
}

/// Counts what is to be picked, in an event of its own before it (sync.md 2.9).
pub(crate) fn count_for_a_pick(
    tx: &Tx<'_>,
    site: &mut Site,
    actor: &Actor,
    event: Uuid,
    counted: &[(VariantId, Quantity)],
) -> Result<(), CountError> {
    let (lines, mut accounts) = take_in(tx, counted)?;
    let body = body::StockCounted {
        reason: CountReason::Count.code().to_owned(),
        sale: None,
        lines: lines.iter().map(CountLine::on_the_wire).collect(),
        to_count: Vec::new(),
    };
    let event = outbox::Event {
        register: Some(actor.register),
        staff: Some(actor.staff),
        accounts: &mut accounts,
        ..outbox::Event::of(event, site.open_business_date(tx.now), &body)
    };
    let id = Id::from_uuid(event.id);
    let seq = outbox::append(tx, site, event)?;
    keep(tx, id, CountReason::Count, actor.staff, seq, &lines)?;
    Ok(())
}

/// Keeps a count that no client sends again.
fn keep(
    tx: &Tx<'_>,
    id: CountId,
    reason: CountReason,
    staff: StaffId,
    seq: i64,
    lines: &[CountLine],
) -> Result<(), DbError> {
    db::insert_count(tx, id, reason, staff, &refusal::REPLAYED, seq)?;
    lines
        .iter()
        .try_for_each(|line| db::insert_count_line(tx, id, line))
}

/// Keeps a count that a replayed event says. What tills and the office had counted has no row of its own.
pub(crate) fn replay(
    tx: &Tx<'_>,
    facts: &Facts,
    count: &body::StockCounted,
) -> Result<(), DbError> {
    let reason = match count.reason.as_str() {
        "opening" => CountReason::Opening,
        "count" => CountReason::Count,
        _ => return Ok(()),
    };
    let Some(staff) = facts.staff.filter(|_| !facts.is_command) else {
        return Ok(());
    };
    let lines: Vec<CountLine> = count
        .lines
        .iter()
        .map(|line| CountLine {
            variant: VariantId::from_uuid(line.variant),
            expected: Quantity::new(line.expected),
            counted: Quantity::new(line.counted),
        })
        .collect();
    keep(
        tx,
        Id::from_uuid(facts.id),
        reason,
        staff,
        facts.seq,
        &lines,
    )
}

/// The lines sorted by variant with what the book says now, and the accounts with what was counted.
fn take_in(
    tx: &Tx<'_>,
    counted: &[(VariantId, Quantity)],
) -> Result<(Vec<CountLine>, Vec<Held>), CountError> {
    let mut sorted: Vec<_> = counted.iter().copied().enumerate().collect();
    sorted.sort_by_key(|(_, (variant, _))| *variant);
    let is_twice = |pair: &&[(usize, (VariantId, Quantity))]| pair[0].1.0 == pair[1].1.0;
    if let Some(pair) = sorted.windows(2).find(is_twice) {
        return Err(CountError::Twice {
            line: pair[0].0.max(pair[1].0),
        });
    }
    let mut lines = Vec::with_capacity(counted.len());
    let mut accounts = Vec::with_capacity(counted.len());
    for (line, (variant, counted)) in sorted {
        let offer = catalog::db::offer(tx, variant)?.ok_or(CountError::UnknownVariant { line })?;
        let max = offer.unit.most_on_a_purchase_line();
        if counted < Quantity::ZERO || counted > max {
            return Err(CountError::QuantityOutOfRange { line, max });
        }
        let mut held = Held::load(tx, variant)?;
        let expected = held.count(counted)?;
        lines.push(CountLine {
            variant,
            expected,
            counted,
        });
        accounts.push(held);
    }
    Ok((lines, accounts))
}

impl CountLine {
    fn on_the_wire(&self) -> body::CountLine {
        body::CountLine {
            variant: self.variant.as_uuid(),
            expected: self.expected.base_units(),
            counted: self.counted.base_units(),
        }
    }
}

/// The account of one variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VariantStock {
    pub(crate) variant: VariantId,
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) unit: retail::quantity::Unit,
    pub(crate) account: NodeAccount,
    /// Somebody should count it: the shelf has been seen to differ from the book.
    pub(crate) is_doubted: bool,
    /// What the office expects there, when it has asked for a count.
    pub(crate) office_expects: Option<Quantity>,
    /// When it was counted last, by this node's clock.
    pub(crate) counted_at: Option<Timestamp>,
    /// Where the next page goes on.
    pub(crate) folded: String,
}

/// The stock of the shop by name, after a position, narrowed by words and to what should be counted.
pub(crate) fn list(
    at: &Snapshot<'_>,
    words: &str,
    is_to_count: bool,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> Result<Vec<VariantStock>, DbError> {
    db::list(at, &catalog::fold(words), is_to_count, after, limit)
}
