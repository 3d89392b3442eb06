//! Stock of the shop: a ledger of movements, on hand beside it, and counts.
use jiff::civil::Date;
use retail::{
    catalog::VariantId,
    quantity::Quantity,
    staff::Permission,
    stock::{Movement, Reason},
};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body;

use crate::{
    Shop, catalog,
    db::{Change, DbError, Snapshot, Tx},
    node::{self, Site, Unenrolled},
    outbox,
    refusal::{self, Attempt, Recorded, Standing, Write},
    shift,
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
    /// What the book said at that instant.
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

/// Records a count: on hand becomes what was counted, whatever the book said at that instant (pitfall 49).
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

fn count_in(
    tx: &Tx<'_>,
    actor: &Actor,
    id: CountId,
    lines: &[(VariantId, Quantity)],
    reason: CountReason,
    refusal_id: Uuid,
) -> Result<Attempt<Count>, CountError> {
    let mut site = node::site(tx)??;
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
    let lines = expected(tx, lines)?;
    let event = CountEvent {
        id: id.as_uuid(),
        aggregate: id.as_uuid(),
        business_date: site.open_business_date(tx.now),
        reason: reason.code(),
        movement: Reason::Count,
        lines: &lines,
    };
    let seq = append_count(tx, &mut site, actor, &event)?;
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

/// The lines sorted by variant, with what the book says now.
fn expected(tx: &Tx<'_>, counted: &[(VariantId, Quantity)]) -> Result<Vec<CountLine>, CountError> {
    let mut lines = Vec::with_capacity(counted.len());
    for (line, &(id, counted)) in counted.iter().enumerate() {
        let variant = catalog::db::by_id(tx, id)?.ok_or(CountError::UnknownVariant { line })?;
        let max = variant.unit.most_on_a_purchase_line();
        if counted < Quantity::ZERO || counted > max {
            return Err(CountError::QuantityOutOfRange { line, max });
        }
        lines.push((
            line,
            CountLine {
                variant: id,
                expected: variant.on_hand,
                counted,
            },
        ));
    }
    lines.sort_by_key(|(_, line)| line.variant);
    if let Some(pair) = lines
        .windows(2)
        .find(|pair| pair[0].1.variant == pair[1].1.variant)
    {
        return Err(CountError::Twice {
            line: pair[0].0.max(pair[1].0),
        });
    }
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// What makes a count an event.
struct CountEvent<'a> {
    id: Uuid,
    aggregate: Uuid,
    business_date: Date,
    reason: &'static str,
    movement: Reason,
    lines: &'a [CountLine],
}

fn append_count(
    tx: &Tx<'_>,
    site: &mut Site,
    actor: &Actor,
    count: &CountEvent<'_>,
) -> Result<i64, DbError> {
    let moves: Vec<Movement> = count
        .lines
        .iter()
        .filter_map(|line| {
            retail::stock::count_difference(line.variant, line.expected, line.counted)
        })
        .collect();
    outbox::append(
        tx,
        site,
        &outbox::Event {
            id: count.id,
            kind: body::StockCounted::KIND,
            ver: body::StockCounted::VERSION,
            business_date: count.business_date,
            register: Some(actor.register),
            staff: Some(actor.staff),
            aggregate: count.aggregate,
            moves: Some((count.movement, &moves)),
            money: Vec::new(),
            body: &body::StockCounted {
                reason: count.reason.to_owned(),
                sale: None,
                lines: count.lines.iter().map(on_the_wire).collect(),
            },
        },
    )
}

fn on_the_wire(line: &CountLine) -> body::CountLine {
    body::CountLine {
        variant: line.variant.as_uuid(),
        expected: line.expected.base_units(),
        counted: line.counted.base_units(),
    }
}

/// Books what the customer holds although the book has none: found, in an event of its own before the sale (decision 9).
///
/// The till never blocks, and on hand never goes below zero. Does nothing while there is enough.
pub(crate) fn find_missing(
    tx: &Tx<'_>,
    site: &mut Site,
    actor: &Actor,
    shift: &shift::db::Current,
    leaving: &[Movement],
    event: Uuid,
) -> Result<(), DbError> {
    let mut found = Vec::new();
    for movement in leaving {
        let (expected, needed) = (db::on_hand(tx, movement.variant)?, -movement.quantity);
        if expected < needed {
            found.push(CountLine {
                variant: movement.variant,
                expected,
                counted: needed,
            });
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    tracing::info!(
        variants = found.len(),
        "Sold more than the book had of {} products; the difference is booked as found",
        found.len()
    );
    let event = CountEvent {
        id: event,
        aggregate: shift.id.as_uuid(),
        business_date: shift.business_date,
        reason: "found",
        movement: Reason::Found,
        lines: &found,
    };
    append_count(tx, site, actor, &event).map(drop)
}

/// Writes movements into the ledger; on hand follows.
pub(crate) fn move_units(
    tx: &Tx<'_>,
    seq: i64,
    reason: Reason,
    moves: &[Movement],
) -> Result<(), DbError> {
    for movement in moves {
        db::insert_movement(tx, seq, reason, *movement)?;
    }
    let now: Vec<_> = moves
        .iter()
        .map(|movement| Ok((movement.variant, db::on_hand(tx, movement.variant)?)))
        .collect::<Result<_, DbError>>()?;
    if !now.is_empty() {
        tx.announce(Change::Stock(now));
    }
    Ok(())
}

/// On hand of one variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VariantStock {
    pub(crate) variant: VariantId,
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) unit: retail::quantity::Unit,
    pub(crate) on_hand: Quantity,
    /// Where the next page goes on.
    pub(crate) folded: String,
}

/// The stock of the shop by name, after a position, narrowed by words.
pub(crate) fn list(
    at: &Snapshot<'_>,
    words: &str,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> Result<Vec<VariantStock>, DbError> {
    db::list(at, &catalog::fold(words), after, limit)
}
