//! Where a number comes from: the events and the steps of the cloud's account that made it, newest first.
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Change, Move};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::session::{Allowed, StockRead};

/// How far back is looked, in days, step by step until a page is full: what sells all day fills it from the last days,
/// and its older movements are not even sorted.
const WINDOWS: [i64; 4] = [3, 14, 62, 366];

/// Where a page ended, in the events and in the cloud's account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Position {
    event: (Date, Timestamp, Uuid),
    step: i64,
}

impl Position {
    /// Before everything. `today`: no event of a node is of a later business date than tomorrow.
    pub(super) fn newest(today: Date) -> Self {
        Self {
            event: (
                today.saturating_add(2.days()),
                Timestamp::UNIX_EPOCH,
                Uuid::nil(),
            ),
            step: i64::MAX,
        }
    }
}

/// A change with where a page that ends with it goes on.
#[derive(Debug, Clone)]
enum Found {
    Event((Date, Timestamp, Uuid), Change),
    Step(i64, Change),
}

impl Found {
    const fn change(&self) -> &Change {
        match self {
            Self::Event(_, change) | Self::Step(_, change) => change,
        }
    }
}

/// A page, and where it ended when there is more.
pub(super) async fn page(
    tx: &Tx,
    allowed: &Allowed<StockRead>,
    variant: Uuid,
    after: Position,
    rows: usize,
) -> Result<(Vec<Change>, Option<Position>)> {
    let limit = i64::try_from(rows).unwrap_or(i64::MAX).saturating_add(1);
    let mut events = Vec::new();
    let mut to = after.event.0;
    for back in WINDOWS {
        let from = after.event.0.saturating_sub(back.days());
        let missing = limit - i64::try_from(events.len()).unwrap_or(limit);
        if missing <= 0 {
            break;
        }
        events.extend(window(tx, allowed, variant, (from, to), &after, missing).await?);
        to = from.saturating_sub(1.day());
    }
    let steps = steps(tx, allowed, variant, after.step, limit).await?;
    Ok(cut(merged(events, steps), rows, after))
}

/// Both kinds by time, newest first; each kind stays in its own order.
fn merged(events: Vec<Found>, steps: Vec<Found>) -> Vec<Found> {
    let mut all = Vec::with_capacity(events.len() + steps.len());
    let (mut events, mut steps) = (events.into_iter().peekable(), steps.into_iter().peekable());
    loop {
        let is_event = match (events.peek(), steps.peek()) {
            (Some(event), Some(step)) => event.change().at > step.change().at,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return all,
        };
        all.extend(if is_event {
            events.next()
        } else {
            steps.next()
        });
    }
}

fn cut(found: Vec<Found>, rows: usize, after: Position) -> (Vec<Change>, Option<Position>) {
    let has_more = found.len() > rows;
    let mut end = after;
    let mut items = Vec::with_capacity(rows.min(found.len()));
    for one in found.into_iter().take(rows) {
        match one {
            Found::Event(position, change) => {
                end.event = position;
                items.push(change);
            }
            Found::Step(id, change) => {
                end.step = id;
                items.push(change);
            }
        }
    }
    (items, has_more.then_some(end))
}

async fn window(
    tx: &Tx,
    allowed: &Allowed<StockRead>,
    variant: Uuid,
    (from, to): (Date, Date),
    after: &Position,
    limit: i64,
) -> Result<Vec<Found>> {
    const EVENTS: Sql = sql!(
        "select m.location_id, m.business_date, m.event_id, m.at, m.kind, m.buckets, m.quantities,
                coalesce(s.receipt_number, p.ticket_number, r.ticket_number, b.receipt_number),
                coalesce(s.epoch, p.epoch, r.epoch, b.epoch), coalesce(s.seq, p.seq, r.seq, b.seq), staff.name
           from (select location_id, business_date, event_id, min(occurred_at) as at, min(reason) as kind,
                        array_agg(bucket order by line) as buckets, array_agg(quantity order by line) as quantities
                   from stock_movement
                  where location_id = any ($1) and variant_id = $2 and business_date between $3 and $4
                  group by location_id, business_date, event_id having (business_date, min(occurred_at), event_id) < ($5, $6, $7)
                  order by business_date desc, min(occurred_at) desc, event_id desc limit $8) m
           left join sale s on s.location_id = m.location_id and s.business_date = m.business_date and s.id = m.event_id
           left join purchase p on p.location_id = m.location_id and p.business_date = m.business_date and p.id = m.event_id
           left join purchase_reversal r on r.location_id = m.location_id and r.id = m.event_id
           left join sale_return b on b.location_id = m.location_id and b.business_date = m.business_date and b.id = m.event_id
           left join staff on staff.id = coalesce(s.staff_id, p.staff_id, r.staff_id, b.staff_id)
          order by m.business_date desc, m.at desc, m.event_id desc",
        ([uuid], uuid, date, date, date, timestamptz, uuid, bigint)
          -> (uuid, date, uuid, timestamptz, text, [text], [bigint], text, bigint, bigint, text)
    );
    let (places, (date, at, id)) = (allowed.locations(), after.event);
    let rows = tx
        .rows(
            EVENTS,
            &[&places, &variant, &from, &to, &date, &at, &id, &limit],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let (date, event, at): (Date, Uuid, Timestamp) = (row.get(1), row.get(2), row.get(3));
            let (buckets, quantities): (Vec<String>, Vec<i64>) = (row.get(5), row.get(6));
            let moves = buckets.into_iter().zip(quantities);
            let change = Change {
                id: event.to_string(),
                location_id: row.get(0),
                at,
                business_date: Some(date),
                kind: row.get(4),
                moves: moves
                    .map(|(bucket, quantity)| Move { bucket, quantity })
                    .collect(),
                available: 0,
                granting: 0,
                promised: 0,
                document: row.get(7),
                epoch: row.get(8),
                seq: row.get(9),
                subject_id: Some(event),
                staff: row.get(10),
            };
            Found::Event((date, at, event), change)
        })
        .collect())
}

async fn steps(
    tx: &Tx,
    allowed: &Allowed<StockRead>,
    variant: Uuid,
    before: i64,
    limit: i64,
) -> Result<Vec<Found>> {
    const STEPS: Sql = sql!(
        "select e.location_id, e.id, e.at, e.cause, e.available, e.granting, e.promised, e.subject_id
           from unnest($1) as place (id)
           cross join lateral (
             select * from cloud_rights_entry
              where location_id = place.id and resource_id = $2 and id < $3 order by id desc limit $4) e
          order by e.id desc limit $4",
        ([uuid], uuid, bigint, bigint) -> (uuid, bigint, timestamptz, text, bigint, bigint, bigint, uuid)
    );
    let rows = tx
        .rows(STEPS, &[&allowed.locations(), &variant, &before, &limit])
        .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let id: i64 = row.get(1);
            let change = Change {
                id: id.to_string(),
                location_id: row.get(0),
                at: row.get(2),
                business_date: None,
                kind: row.get(3),
                moves: Vec::new(),
                available: row.get(4),
                granting: row.get(5),
                promised: row.get(6),
                document: None,
                epoch: None,
                seq: None,
                subject_id: row.get(7),
                staff: None,
            };
            Found::Step(id, change)
        })
        .collect())
}
