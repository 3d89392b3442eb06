//! SQL of completeness.
use std::collections::HashMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Day, DayFacts, NodeCompleteness, NodeFacts, blockers, over_at, silence};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::session::{Allowed, NodeRead};

/// Events at the head of a queue whose dates are looked at; what is beyond counts for every date.
const MOST_LOOKED_AT: i64 = 1_000;

/// Where the node of each location stands. One row by location; the node is null where there is none.
const NODES: Sql = sql!(
    "select l.id, l.code, l.name, l.time_zone, s.node_id, s.status, s.epoch, s.last_seq,
            greatest(s.head_seq, s.last_seq), s.missing_from, s.missing_to,
            s.last_seq - coalesce(a.frontier, 0), coalesce(h.waiting, 0), coalesce(h.quarantined, 0), s.complete_to,
            s.last_event_at, s.last_seen, s.restricted_cause, s.frozen_at, s.rebased_at, s.fenced_at, s.fenced_reason,
            s.suspect, (select max(business_date) from shift where location_id = l.id and opened_at is not null)
       from location l
       left join lateral (select * from node_stream where location_id = l.id and status <> 'retired'
                           order by node_id limit 1) s on true
       left join node_apply a on a.node_id = s.node_id and a.epoch = s.epoch
       left join (select location_id, count(*) filter (where state = 'waiting') as waiting,
                         count(*) filter (where state = 'quarantined') as quarantined
                    from held_event where location_id = any ($1) group by location_id) h on h.location_id = l.id
      where l.id = any ($1) order by l.code",
    ([uuid]) -> (
        uuid, text, text, text, uuid, text, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint,
        timestamptz, timestamptz, timestamptz, text, timestamptz, timestamptz, timestamptz, text, text, date
    )
);
/// The dates on which something happened, with what is known of them.
const DAYS: Sql = sql!(
    "select d.location_id, d.business_date, coalesce(s.sales, 0), coalesce(p.purchases, 0),
            coalesce(t.shifts, 0), coalesce(t.open, 0), b.completed_at, staff.name, b.reopened_at
       from (select location_id, business_date from shift
              where location_id = any ($1) and business_date between $2 and $3
             union select location_id, business_date from daily_sales
              where location_id = any ($1) and business_date between $2 and $3
             union select location_id, business_date from daily_purchase
              where location_id = any ($1) and business_date between $2 and $3
             union select location_id, business_date from business_day
              where location_id = any ($1) and business_date between $2 and $3
             union select unnest($4), unnest($5)) d
       left join daily_sales s on s.location_id = d.location_id and s.business_date = d.business_date
       left join daily_purchase p on p.location_id = d.location_id and p.business_date = d.business_date
       left join (select t.location_id, t.business_date, count(*) as shifts,
                         count(*) filter (where t.closed_at is null and t.epoch >= n.epoch) as open
                    from shift t join node_stream n on n.node_id = t.node_id
                   where t.location_id = any ($1) and t.business_date between $2 and $3
                   group by t.location_id, t.business_date) t
         on t.location_id = d.location_id and t.business_date = d.business_date
       left join business_day b on b.location_id = d.location_id and b.business_date = d.business_date
       left join staff on staff.id = b.completed_by
      order by d.business_date desc, d.location_id",
    ([uuid], date, date, [uuid], [date])
      -> (uuid, date, bigint, bigint, bigint, bigint, timestamptz, text, timestamptz)
);
/// What is here and not in the figures, by date; null: nobody knows whose date it is.
const PENDING: Sql = sql!(
    "select h.location_id, header_date(i.header), h.state, count(*)
       from held_event h
       join inbox i on i.location_id = h.location_id and i.node_id = h.node_id and i.epoch = h.epoch and i.seq = h.seq
      where h.location_id = any ($1) group by 1, 2, 3
     union all
     select location_id, header_date(header), 'salvage', count(*)
       from salvage where location_id = any ($1) and state in ('queued', 'quarantined') group by 1, 2
     union all
     select q.location_id, q.date, 'queued', count(*)
       from (with queue as (
               select a.location_id, a.node_id, a.epoch, a.frontier,
                      case when a.epoch = s.epoch then s.last_seq else coalesce(a.last_seq, a.frontier) end as accepted
                 from node_apply a join node_stream s on s.node_id = a.node_id where a.location_id = any ($1))
             select queue.location_id, header_date(i.header) as date
               from queue
               cross join lateral (select header from inbox i
                 where i.location_id = queue.location_id and i.node_id = queue.node_id and i.epoch = queue.epoch
                   and i.seq > queue.frontier order by i.seq limit $2) i
              where queue.accepted > queue.frontier
             union all
             select location_id, null from queue where accepted > frontier + $2) q
      group by 1, 2",
    ([uuid], bigint) -> (uuid, date, text, bigint)
);

/// A location, with its node if it has one.
struct Place {
    name: String,
    zone: TimeZone,
    node: Option<NodeFacts>,
}

/// What is pending, by location and date; what has no date counts for every date of its location.
#[derive(Default)]
struct Pending(HashMap<(Uuid, Option<Date>), DayFacts>);

impl Pending {
    fn of(rows: &[Row]) -> Self {
        let mut pending = Self::default();
        for row in rows {
            let (location, date, state, count): (Uuid, Option<Date>, String, i64) =
                (row.get(0), row.get(1), row.get(2), row.get(3));
            let facts = pending.0.entry((location, date)).or_default();
            match state.as_str() {
                "waiting" => facts.waiting += count,
                "quarantined" => facts.quarantined += count,
                "queued" => facts.queued += count,
                _ => facts.salvage += count,
            }
        }
        pending
    }

    fn add_to(&self, facts: &mut DayFacts, location: Uuid, date: Date) {
        let of_date = self.0.get(&(location, Some(date)));
        for pending in of_date.into_iter().chain(self.0.get(&(location, None))) {
            facts.waiting += pending.waiting;
            facts.quarantined += pending.quarantined;
            facts.queued += pending.queued;
            facts.salvage += pending.salvage;
        }
    }

    /// Dates of which nothing else may be known.
    fn dates(&self, from: Date, to: Date) -> (Vec<Uuid>, Vec<Date>) {
        self.0
            .keys()
            .filter_map(|&(location, date)| Some((location, date?)))
            .filter(|&(_, date)| (from..=to).contains(&date))
            .unzip()
    }
}

/// The nodes of the locations, and their business days between two dates, newest first.
pub(super) async fn overview(
    tx: &Tx,
    allowed: &Allowed<NodeRead>,
    (from, to): (Date, Date),
    (now, system_now): (Timestamp, Timestamp),
) -> Result<(Vec<NodeCompleteness>, Vec<Day>)> {
    let locations = allowed.locations();
    let rows = tx.rows(NODES, &[&locations]).await?;
    let nodes = rows
        .iter()
        .filter_map(|row| node(row, system_now))
        .collect();
    let days = days(tx, locations, &rows, (from, to), now).await?;
    Ok((nodes, days))
}

/// One business day, whatever is known of it.
pub(super) async fn day(tx: &Tx, location: Uuid, date: Date, now: Timestamp) -> Result<Day> {
    let locations = [location];
    let rows = tx.rows(NODES, &[&locations.as_slice()]).await?;
    let mut days = days(tx, &locations, &rows, (date, date), now).await?;
    if let Some(day) = days.pop() {
        return Ok(day);
    }
    // Nothing has happened on it: it can be over all the same.
    let places = places(&rows);
    let facts = DayFacts::default();
    Ok(judged(&places, (location, date), facts, None, now))
}

async fn days(
    tx: &Tx,
    locations: &[Uuid],
    nodes: &[Row],
    (from, to): (Date, Date),
    now: Timestamp,
) -> Result<Vec<Day>> {
    let pending = Pending::of(&tx.rows(PENDING, &[&locations, &MOST_LOOKED_AT]).await?);
    let (known, dates) = pending.dates(from, to);
    let answers = tx
        .all(&[call(DAYS, &[&locations, &from, &to, &known, &dates])])
        .await?;
    let places = places(nodes);
    Ok(answers[0]
        .iter()
        .map(|row| {
            let (location, date): (Uuid, Date) = (row.get(0), row.get(1));
            let mut facts = DayFacts {
                sales: row.get(2),
                purchases: row.get(3),
                shifts: row.get(4),
                open_shifts: row.get(5),
                ..DayFacts::default()
            };
            pending.add_to(&mut facts, location, date);
            judged(&places, (location, date), facts, Some(row), now)
        })
        .collect())
}

fn places(rows: &[Row]) -> HashMap<Uuid, Place> {
    rows.iter()
        .map(|row| {
            let zone: String = row.get(3);
            let place = Place {
                name: row.get(2),
                zone: TimeZone::get(&zone).unwrap_or(TimeZone::UTC),
                node: node_facts(row),
            };
            (row.get(0), place)
        })
        .collect()
}

fn node_facts(row: &Row) -> Option<NodeFacts> {
    let _: Uuid = row.get::<_, Option<Uuid>>(4)?;
    let (frozen, rebased): (Option<Timestamp>, Option<Timestamp>) = (row.get(18), row.get(19));
    Some(NodeFacts {
        is_active: row.get::<_, String>(5) == "active",
        is_frozen: frozen.is_some() && rebased.is_none(),
        last_seq: row.get(7),
        head_seq: row.get(8),
        missing_from: row.get(9),
        missing_to: row.get(10),
        complete_to: row.get(14),
        newest_date: row.get(23),
    })
}

fn judged(
    places: &HashMap<Uuid, Place>,
    (location, date): (Uuid, Date),
    facts: DayFacts,
    row: Option<&Row>,
    now: Timestamp,
) -> Day {
    let place = places.get(&location);
    let zone = place.map_or(TimeZone::UTC, |place| place.zone.clone());
    let node = place.and_then(|place| place.node.as_ref());
    let completed_at: Option<Timestamp> = row.and_then(|row| row.get(6));
    let reopened_at: Option<Timestamp> = row.and_then(|row| row.get(8));
    let blockers = blockers(date, over_at(date, &zone), now, node, &facts);
    let is_complete = completed_at.is_some() && reopened_at.is_none();
    let state = match (is_complete, reopened_at, blockers.is_empty()) {
        (true, ..) => "complete",
        (false, Some(_), _) => "reopened",
        (false, None, true) => "ready",
        (false, None, false) => "open",
    };
    Day {
        location_id: location,
        location_name: place.map_or_else(String::new, |place| place.name.clone()),
        business_date: date,
        sales: facts.sales,
        purchases: facts.purchases,
        shifts: facts.shifts,
        open_shifts: facts.open_shifts,
        held: facts.queued + facts.waiting + facts.quarantined + facts.salvage,
        state,
        complete: is_complete,
        completed_at,
        completed_by: row.and_then(|row| row.get(7)),
        reopened_at,
        blockers,
    }
}

fn node(row: &Row, now: Timestamp) -> Option<NodeCompleteness> {
    let node_id: Uuid = row.get::<_, Option<Uuid>>(4)?;
    let (last_seq, head_seq): (i64, i64) = (row.get(7), row.get(8));
    let last_seen = row.get(16);
    let (silent_s, connected) = silence(last_seen, now);
    Some(NodeCompleteness {
        node_id,
        location_id: row.get(0),
        location_code: row.get(1),
        location_name: row.get(2),
        status: row.get(5),
        epoch: row.get(6),
        last_seq,
        head_seq,
        on_their_way: head_seq - last_seq,
        missing_from: row.get(9),
        missing_to: row.get(10),
        queued: row.get(11),
        waiting: row.get(12),
        quarantined: row.get(13),
        complete_to: row.get(14),
        last_event_at: row.get(15),
        last_seen,
        silent_s,
        connected,
        restricted: row.get(17),
        frozen_at: row.get(18),
        fenced_at: row.get(20),
        fenced_reason: row.get(21),
        suspect_reason: row.get(22),
    })
}

/// Locks the place of the location's node, as accepting does.
pub(super) async fn lock_nodes(tx: &Tx, location: Uuid) -> Result<()> {
    const LOCK: Sql = sql!(
        "select node_id from node_stream where location_id = $1 order by node_id for update",
        (uuid) -> (uuid)
    );
    Ok(tx.run(LOCK, &[&location]).await?)
}

/// Signs a day off, again if it was reopened.
pub(super) async fn complete(tx: &Tx, location: Uuid, date: Date) -> Result<()> {
    const COMPLETE: Sql = sql!(
        "insert into business_day as kept
           (location_id, business_date, completed_at, completed_by, node_id, epoch, last_seq)
         select l.id, $2, $3, split_part(actor(), ':', 2)::uuid,
                coalesce(s.node_id, '00000000-0000-0000-0000-000000000000'), coalesce(s.epoch, 0),
                coalesce(s.last_seq, 0)
           from location l
           left join lateral (select * from node_stream where location_id = l.id and status <> 'retired'
                               order by node_id limit 1) s on true
          where l.id = $1
         on conflict (location_id, business_date) do update
           set completed_at = excluded.completed_at, completed_by = excluded.completed_by, node_id = excluded.node_id,
               epoch = excluded.epoch, last_seq = excluded.last_seq, reopened_at = null",
        (uuid, date, timestamptz) -> ()
    );
    Ok(tx.run(COMPLETE, &[&location, &date, &tx.now()]).await?)
}
