//! SQL of stock.
use std::collections::HashMap;

use jiff::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Accounts, Attention, Position, Sort, StockAt, StockItem, StockLocation};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::overview::is_connected;
use crate::session::{Allowed, StockRead};

/// Variants that were ever moved at the locations, by name. `$7`: without those that need attention.
const BY_NAME: Sql = sql!(
    "select v.id, v.sku, v.name, coalesce(c.name, ''), v.unit, lower(v.name), 0
       from variant v
       join product p on p.id = v.product_id
       left join category c on c.id = p.category_id
      where exists (select 1 from stock_balance b where b.variant_id = v.id and b.location_id = any ($1))
        and (lower(v.name), v.id) > ($2, $3)
        and (v.sku = $4 or v.id in (select variant_id from barcode where code = $4)
             or (select bool_and(strpos(lower(v.name), word) > 0) from unnest($5) word) is not false)
        and not ($7 and exists (
              select 1 from stock_balance b where b.variant_id = v.id and b.location_id = any ($1)
                 and (b.debt <> 0 or b.is_odd and (b.on_hand < 0 or b.node_rights < 0))))
      order by lower(v.name), v.id limit $6",
    ([uuid], text, uuid, text, [text], bigint, boolean) -> (uuid, text, text, text, text, text, integer)
);
/// Those that need attention, the most urgent first.
const BY_ATTENTION: Sql = sql!(
    "with flagged as (
       select variant_id, max(case when debt <> 0 then 2 else 1 end) as rank
         from stock_balance
        where location_id = any ($1) and (debt <> 0 or is_odd and (on_hand < 0 or node_rights < 0))
        group by variant_id
     )
     select v.id, v.sku, v.name, coalesce(c.name, ''), v.unit, lower(v.name), f.rank
       from flagged f
       join variant v on v.id = f.variant_id
       join product p on p.id = v.product_id
       left join category c on c.id = p.category_id
      where (-f.rank, lower(v.name), v.id) > (-$7, $2, $3)
        and (v.sku = $4 or v.id in (select variant_id from barcode where code = $4)
             or (select bool_and(strpos(lower(v.name), word) > 0) from unnest($5) word) is not false)
      order by f.rank desc, lower(v.name), v.id limit $6",
    ([uuid], text, uuid, text, [text], bigint, integer) -> (uuid, text, text, text, text, text, integer)
);
const BALANCES: Sql = sql!(
    "select b.variant_id, b.location_id, b.on_hand, b.node_rights, b.claim_bound, b.debt, b.picked, b.unsellable,
            b.shipped, coalesce(r.available, 0), coalesce(r.granting, 0), coalesce(r.promised, 0)
       from stock_balance b
       left join cloud_rights r on r.resource_id = b.variant_id and r.location_id = b.location_id
      where b.variant_id = any ($2) and b.location_id = any ($1) order by b.variant_id, b.location_id",
    ([uuid], [uuid])
      -> (uuid, uuid, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint)
);
const ONE: Sql = sql!(
    "select v.id, v.sku, v.name, coalesce(c.name, ''), v.unit, lower(v.name), 0
       from variant v join product p on p.id = v.product_id left join category c on c.id = p.category_id
      where v.id = $1",
    (uuid) -> (uuid, text, text, text, text, text, integer)
);
/// More urgent than anything.
const FIRST_RANK: i32 = i32::MAX;

/// What is listed.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Words of the name, an SKU or a barcode.
    pub(super) q: String,
    pub(super) sort: Sort,
    /// Only what needs attention.
    pub(super) only_attention: bool,
    pub(super) after: Option<Position>,
    pub(super) limit: i64,
}

/// Variants that were ever moved at the locations, each with where a page could end.
pub(super) async fn list(
    tx: &Tx,
    allowed: &Allowed<StockRead>,
    asked: &Asked,
) -> Result<Vec<(StockItem, Position)>> {
    let words: Vec<String> = asked.q.split_whitespace().map(str::to_lowercase).collect();
    let (locations, code) = (allowed.locations(), asked.q.trim());
    let start = |rank| Position {
        rank,
        name: String::new(),
        id: Uuid::nil(),
    };
    let is_urgent_first = asked.only_attention || asked.sort == Sort::Attention;
    let mut rows = Vec::new();
    let flagged_from = asked.after.clone().unwrap_or_else(|| start(FIRST_RANK));
    if is_urgent_first && flagged_from.rank > 0 {
        let Position { rank, name, id } = &flagged_from;
        rows = tx
            .rows(
                BY_ATTENTION,
                &[&locations, name, id, &code, &words, &asked.limit, rank],
            )
            .await?;
    }
    let left = asked.limit - i64::try_from(rows.len()).unwrap_or(asked.limit);
    if !asked.only_attention && left > 0 {
        let from = asked.after.clone().filter(|after| after.rank == 0);
        let Position { name, id, .. } = from.unwrap_or_else(|| start(0));
        rows.extend(
            tx.rows(
                BY_NAME,
                &[
                    &locations,
                    &name,
                    &id,
                    &code,
                    &words,
                    &left,
                    &is_urgent_first,
                ],
            )
            .await?,
        );
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    let mut stock = at(tx, allowed, &ids).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let (item, position) = item(row);
            let locations = stock.remove(&item.variant_id).unwrap_or_default();
            (item.with(locations), position)
        })
        .collect())
}

/// One variant; none when it is not in the catalogue.
pub(super) async fn one(
    tx: &Tx,
    allowed: &Allowed<StockRead>,
    variant: Uuid,
) -> Result<Option<StockItem>> {
    let Some(row) = tx.row(ONE, &[&variant]).await? else {
        return Ok(None);
    };
    let mut stock = at(tx, allowed, &[variant]).await?;
    let (item, _) = item(&row);
    Ok(Some(item.with(stock.remove(&variant).unwrap_or_default())))
}

fn item(row: &Row) -> (StockItem, Position) {
    let item = StockItem {
        variant_id: row.get(0),
        sku: row.get(1),
        name: row.get(2),
        category: row.get(3),
        unit: row.get(4),
        total: 0,
        totals: Accounts::default(),
        attention: None::<Attention>,
        locations: Vec::new(),
    };
    let position = Position {
        rank: row.get(6),
        name: row.get(5),
        id: row.get(0),
    };
    (item, position)
}

/// The accounts of variants at the locations.
async fn at(
    tx: &Tx,
    allowed: &Allowed<StockRead>,
    variants: &[Uuid],
) -> Result<HashMap<Uuid, Vec<StockAt>>> {
    let mut found = HashMap::<Uuid, Vec<StockAt>>::new();
    for row in tx
        .rows(BALANCES, &[&allowed.locations(), &variants])
        .await?
    {
        found.entry(row.get(0)).or_default().push(StockAt {
            location_id: row.get(1),
            accounts: Accounts {
                on_hand: row.get(2),
                node_rights: row.get(3),
                claim_bound: row.get(4),
                debt: row.get(5),
                picked: row.get(6),
                unsellable: row.get(7),
                shipped: row.get(8),
                available: row.get(9),
                granting: row.get(10),
                promised: row.get(11),
            },
        });
    }
    Ok(found)
}

/// How old the figures of the locations are, by code.
pub(super) async fn as_of(
    tx: &Tx,
    allowed: &Allowed<StockRead>,
    now: Timestamp,
) -> Result<Vec<StockLocation>> {
    const AS_OF: Sql = sql!(
        "select l.id, l.code, l.name, s.node_id is not null, s.last_event_at, s.last_seq, s.complete_to, s.last_seen,
                s.status, s.frozen_at, greatest(coalesce(s.head_seq - s.last_seq, 0), 0)
           from location l
           left join lateral (select * from node_stream where location_id = l.id and status <> 'retired'
                               order by node_id limit 1) s on true
          where l.id = any ($1) order by l.code",
        ([uuid]) -> (uuid, text, text, boolean, timestamptz, bigint, timestamptz, timestamptz, text, timestamptz, bigint)
    );
    let rows = tx.rows(AS_OF, &[&allowed.locations()]).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let last_seen = row.get(7);
            StockLocation {
                location_id: row.get(0),
                code: row.get(1),
                name: row.get(2),
                has_node: row.get(3),
                as_of: row.get(4),
                seq: row.get(5),
                complete_to: row.get(6),
                connected: is_connected(last_seen, now),
                last_seen,
                status: row.get(8),
                frozen_at: row.get(9),
                on_their_way: row.get(10),
            }
        })
        .collect())
}
