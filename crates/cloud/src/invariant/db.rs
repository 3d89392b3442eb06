//! SQL of what must hold.
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{Audit, Broken, NodeEvents, Tally};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::overview::is_connected;
use crate::session::{Allowed, NodeRead};

/// Where the events of each node are, each part counted where it lies.
pub(super) async fn nodes(
    tx: &Tx,
    allowed: &Allowed<NodeRead>,
    now: Timestamp,
) -> Result<Vec<NodeEvents>> {
    const NODES: Sql = sql!(
        "select s.node_id, s.location_id, l.name, sum(a.accepted)::bigint, sum(a.applied)::bigint,
                coalesce(h.waiting, 0), coalesce(h.quarantined, 0), sum(a.accepted - a.frontier)::bigint,
                greatest(s.head_seq - s.last_seq, 0), coalesce(s.missing_to - s.missing_from + 1, 0), s.complete_to,
                s.last_seen
           from node_stream s
           join location l on l.id = s.location_id
           join (select a.node_id, a.applied, a.frontier,
                        case when a.epoch = n.epoch then n.last_seq else coalesce(a.last_seq, a.frontier) end as accepted
                   from node_apply a join node_stream n on n.node_id = a.node_id
                  where a.location_id = any ($1)) a on a.node_id = s.node_id
           left join (select node_id, count(*) filter (where state = 'waiting') as waiting,
                             count(*) filter (where state = 'quarantined') as quarantined
                        from held_event where location_id = any ($1) group by node_id) h on h.node_id = s.node_id
          where s.location_id = any ($1)
          group by s.node_id, l.id, h.waiting, h.quarantined order by l.code, s.node_id",
        ([uuid])
          -> (uuid, uuid, text, bigint, bigint, bigint, bigint, bigint, bigint, bigint, timestamptz, timestamptz)
    );
    let rows = tx.rows(NODES, &[&allowed.locations()]).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let (accepted, applied): (i64, i64) = (row.get(3), row.get(4));
            let (waiting, quarantined, queued): (i64, i64, i64) =
                (row.get(5), row.get(6), row.get(7));
            NodeEvents {
                node_id: row.get(0),
                location_id: row.get(1),
                location_name: row.get(2),
                accepted,
                applied,
                waiting,
                quarantined,
                queued,
                holds: accepted == applied + waiting + quarantined + queued,
                on_their_way: row.get(8),
                missing: row.get(9),
                complete_to: row.get(10),
                connected: is_connected(row.get(11), now),
            }
        })
        .collect())
}

/// What was found when it was last checked, over the locations.
pub(super) async fn audits(tx: &Tx, allowed: &Allowed<NodeRead>) -> Result<Vec<Audit>> {
    const AUDITS: Sql = sql!(
        "select c.name, sum(c.checked)::bigint, sum(c.wrong)::bigint, min(c.at),
                (select coalesce(jsonb_agg(one.example), '[]')
                   from (select e.example || jsonb_build_object('location_id', w.location_id, 'name', v.name) as example
                           from invariant_check w
                           cross join lateral jsonb_array_elements(w.examples) as each (value)
                           cross join lateral (select case when jsonb_typeof(each.value) = 'object' then each.value
                                                else jsonb_build_object('variant_id', each.value) end as example) e
                           left join variant v on v.id::text = e.example ->> 'variant_id'
                          where w.name = c.name and w.location_id = any ($1) and w.wrong > 0
                          order by w.location_id limit 20) one)
           from invariant_check c where c.location_id = any ($1) group by c.name order by c.name",
        ([uuid]) -> (text, bigint, bigint, timestamptz, jsonb)
    );
    let rows = tx.rows(AUDITS, &[&allowed.locations()]).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let examples: serde_json::Value = row.get(4);
            Audit {
                name: row.get(0),
                checked: row.get(1),
                wrong: row.get(2),
                as_of: row.get(3),
                examples: examples.as_array().cloned().unwrap_or_default(),
            }
        })
        .collect())
}

/// Units in cases, by what happened.
pub(super) async fn cases(tx: &Tx, allowed: &Allowed<NodeRead>) -> Result<Tally> {
    const CASES: Sql = sql!(
        "select kind, coalesce(reason, ''), count(*) from stock_case where location_id = any ($1) group by 1, 2",
        ([uuid]) -> (text, text, bigint)
    );
    let mut tally = Tally::default();
    for row in tx.rows(CASES, &[&allowed.locations()]).await? {
        let (kind, reason, cases): (String, String, i64) = (row.get(0), row.get(1), row.get(2));
        let Broken {
            r#override,
            count,
            short,
        } = &mut tally.broken;
        match (kind.as_str(), reason.as_str()) {
            ("promise_broken", "count") => *count += cases,
            ("promise_broken", _) => *r#override += cases,
            ("short_pick", _) => *short += cases,
            ("override", _) => tally.overrides += cases,
            ("found", _) => tally.found += cases,
            ("counted", _) => tally.counted += cases,
            _ => {}
        }
    }
    Ok(tally)
}

/// Every location.
pub(super) async fn locations(tx: &Tx) -> Result<Vec<Uuid>> {
    const LOCATIONS: Sql = sql!("select id from location order by id", () -> (uuid));
    let rows = tx.rows(LOCATIONS, &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Checks locations and keeps the findings; how many rows are wrong, by check.
pub(super) async fn check(
    tx: &Tx,
    locations: &[Uuid],
    from: Date,
    ledger: bool,
) -> Result<Vec<(String, i64)>> {
    const CHECK: Sql = sql!(
        "select check_invariants($1, $2, $3)::text",
        ([uuid], date, boolean) -> (text)
    );
    const WRONG: Sql = sql!(
        "select name, sum(wrong)::bigint from invariant_check group by name order by name",
        () -> (text, bigint)
    );
    tx.run(CHECK, &[&locations, &from, &ledger]).await?;
    let rows = tx.rows(WRONG, &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
