//! The same kinds as files: what is exported is taken in again as unchanged.
use httpkit::csv;
use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

use super::row::{Kind, UNITS};
use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, sql};
use crate::error::Result;

/// Variants in one statement.
const PAGE: i64 = 5_000;

/// A kind as CSV.
pub async fn table(cloud: &Cloud, actor: Actor, kind: Kind) -> Result<String> {
    let mut table = csv::BYTE_ORDER_MARK.to_owned();
    csv::row(&mut table, kind.columns().iter().map(|(name, _)| *name));
    cloud
        .read("export_catalog", actor, async |tx| {
            let mut table = table.clone();
            match kind {
                Kind::Products => products(tx, &mut table).await?,
                Kind::Categories => categories(tx, &mut table).await?,
                Kind::Suppliers => suppliers(tx, &mut table).await?,
            }
            Ok(table)
        })
        .await
}

async fn categories(tx: &Tx, table: &mut String) -> Result<()> {
    const CATEGORIES: Sql = sql!(
        "select c.code, c.name, coalesce(above.code, '') from category c left join category above on above.id = c.parent
          where c.code is not null order by c.code",
        () -> (text, text, text)
    );
    for row in tx.rows(CATEGORIES, &[]).await? {
        csv::row(table, [row.get(0), row.get(1), row.get(2)]);
    }
    Ok(())
}

async fn suppliers(tx: &Tx, table: &mut String) -> Result<()> {
    const SUPPLIERS: Sql = sql!(
        "select code, name, phone, email, address, active from supplier order by code",
        () -> (text, text, text, text, text, boolean)
    );
    for row in tx.rows(SUPPLIERS, &[]).await? {
        let cells = [row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)];
        csv::row(table, cells.into_iter().chain([flag(row.get(5))]));
    }
    Ok(())
}

const fn flag(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

async fn products(tx: &Tx, table: &mut String) -> Result<()> {
    const PRODUCTS: Sql = sql!(
        "with recursive path (id, text) as (
           select c.id, c.name from category c where c.parent is null
           union all
           select c.id, path.text || ' > ' || c.name from category c join path on path.id = c.parent
         )
         select v.sku, p.name, p.id, p.description, coalesce(path.text, ''), coalesce(b.name, ''), coalesce(v.sold_by, v.unit),
                t.rate_bps,
                coalesce((select string_agg(c.code || case when c.quantity = 1 then '' else '*' || c.quantity::text end, '|' order by c.code)
                            from barcode c where c.variant_id = v.id), ''),
                priced.amount, priced.per_quantity, v.options,
                array(select o.name from product_option o where o.product_id = p.id order by o.place),
                coalesce(s.code, ''), coalesce(bought.code, ''), bought.pack_size, v.active, v.id
           from variant v
           join product p on p.id = v.product_id
           left join path on path.id = p.category_id
           left join brand b on b.id = p.brand_id
           left join tax t on t.id = v.tax_id
           left join lateral (select s.supplier_id, s.code, s.pack_size from variant_supplier s
                               where s.variant_id = v.id order by s.supplier_id limit 1) bought on true
           left join supplier s on s.id = bought.supplier_id
           left join lateral (
             select price.amount, price.per_quantity from price join price_list l on l.id = price.price_list_id
              where price.variant_id = v.id and l.code = 'standard' and price.valid_from <= $3
                and (price.valid_until is null or price.valid_until > $3)
              order by price.version desc limit 1) priced on true
          where v.id > $1 order by v.id limit $2",
        (uuid, bigint, timestamptz)
          -> (text, text, uuid, text, text, text, text, integer, text, numeric, bigint, [text], [text], text, text, bigint,
              boolean, uuid)
    );
    let mut after = Uuid::nil();
    loop {
        let rows = tx.rows(PRODUCTS, &[&after, &PAGE, &tx.now()]).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.get(17);
        for row in &rows {
            product(table, row);
        }
    }
}

/// In the order of [`Kind::columns`].
fn product(table: &mut String, row: &Row) {
    let said = |value: Option<String>| value.unwrap_or_default();
    let (choices, names): (Vec<String>, Vec<String>) = (row.get(11), row.get(12));
    let option = |place: usize| {
        let choice = choices.get(place).cloned();
        let name = choice
            .is_some()
            .then(|| names.get(place).cloned())
            .flatten();
        [said(name), said(choice)]
    };
    let unit: String = row.get(6);
    let unit = UNITS
        .iter()
        .find(|one| one.factor == 1 && one.base == unit)
        .map_or(unit.as_str(), |one| one.code);
    let tax: Option<i32> = row.get(7);
    let tax = tax.map(|bps| Decimal::new(i64::from(bps), 2).normalize().to_string());
    let price: Option<Decimal> = row.get(9);
    let per: Option<i64> = row.get(10);
    let pack: Option<i64> = row.get(15);
    let product: Uuid = row.get(2);
    let plain = |place: usize| row.get::<_, String>(place);
    let mut cells = vec![
        plain(0),
        plain(1),
        product.to_string(),
        plain(3),
        plain(4),
        plain(5),
        unit.to_owned(),
        said(tax),
        plain(8),
        said(price.map(|price| price.to_string())),
        said(per.map(|per| per.to_string())),
    ];
    cells.extend((0..3).flat_map(option));
    cells.extend([
        plain(13),
        plain(14),
        said(pack.map(|pack| pack.to_string())),
        flag(row.get(16)).to_owned(),
    ]);
    csv::row(table, cells.iter().map(String::as_str));
}
