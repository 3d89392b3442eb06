//! SQL of stock.
use uuid::Uuid;

use super::{Position, StockAt, StockItem};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::session::{Allowed, StockRead};

const LIST: Sql = sql!(
    "select v.id, v.sku, v.name, coalesce(c.name, ''), v.unit, lower(v.name),
            held.total::bigint, held.locations, held.on_hand
       from variant v
       join product p on p.id = v.product_id
       left join category c on c.id = p.category_id
       cross join lateral (
         select sum(b.on_hand) as total, array_agg(b.location_id order by b.location_id) as locations,
                array_agg(b.on_hand order by b.location_id) as on_hand
           from stock_balance b where b.variant_id = v.id and b.location_id = any ($1)) held
      where held.locations is not null
        and (lower(v.name), v.id) > ($2, $3)
        and (v.sku = $4 or v.id in (select variant_id from barcode where code = $4)
             or (select bool_and(strpos(lower(v.name), word) > 0) from unnest($5) word) is not false)
      order by lower(v.name), v.id limit $6",
    ([uuid], text, uuid, text, [text], bigint)
      -> (uuid, text, text, text, text, text, bigint, [uuid], [bigint])
);

/// Variants that were ever moved at the locations, by name, each with where a page could end. `q`: words of the
/// name, an SKU or a barcode.
pub(crate) async fn list(
    tx: &Tx,
    allowed: &Allowed<StockRead>,
    q: &str,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<(StockItem, Position)>> {
    let Position(name, id) = after.unwrap_or_else(|| Position(String::new(), Uuid::nil()));
    let words: Vec<String> = q.split_whitespace().map(str::to_lowercase).collect();
    let rows = tx
        .rows(
            LIST,
            &[&allowed.locations(), &name, &id, &q.trim(), &words, &limit],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let locations: Vec<Uuid> = row.get(7);
            let on_hand: Vec<i64> = row.get(8);
            let item = StockItem {
                variant_id: row.get(0),
                sku: row.get(1),
                name: row.get(2),
                category: row.get(3),
                unit: row.get(4),
                total: row.get(6),
                locations: locations
                    .into_iter()
                    .zip(on_hand)
                    .map(|(location_id, on_hand)| StockAt {
                        location_id,
                        on_hand,
                    })
                    .collect(),
            };
            (item, Position(row.get(5), row.get(0)))
        })
        .collect())
}
