//! The same kinds as files: what is exported is taken in again as unchanged.
use jiff::Timestamp;
use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

use super::kind::Kind;
use super::row::UNITS;
use super::sheet::Table;
use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, sql};
use crate::error::Result;
use crate::{brand, container, location, price, tax};

/// Rows in one statement.
const PAGE: i64 = 5_000;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With commas, UTF-8 with a mark.
    Csv,
    /// A workbook.
    Xlsx,
}

/// A kind as a file.
pub async fn table(cloud: &Cloud, actor: Actor, kind: Kind, form: Form) -> Result<Vec<u8>> {
    cloud
        .read("export_catalog", actor, async |tx| {
            let mut table = Table::new(kind, form)?;
            match kind {
                Kind::Products => products(tx, &mut table).await?,
                Kind::Categories => categories(tx, &mut table).await?,
                Kind::Suppliers => suppliers(tx, &mut table).await?,
                Kind::Brands => {
                    for one in brand::db::list(tx).await? {
                        table.row([one.content.name.as_str()])?;
                    }
                }
                Kind::Taxes => {
                    for one in tax::db::list(tx).await? {
                        let rate = percent(one.content.rate_bps);
                        table.row([rate.as_str(), &one.content.name])?;
                    }
                }
                Kind::PriceLists => price_lists(tx, &mut table).await?,
                Kind::Prices => prices(tx, &mut table).await?,
                Kind::Stock => stock(tx, &mut table).await?,
                Kind::Staff => staff(tx, &mut table).await?,
                Kind::Locations => locations(tx, &mut table).await?,
                Kind::Containers => containers(tx, &mut table).await?,
            }
            table.finish()
        })
        .await
}

fn percent(bps: i32) -> String {
    Decimal::new(i64::from(bps), 2).normalize().to_string()
}

fn instant(at: Option<Timestamp>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}

/// A unit as it is written: one without a name of its own by that of its base.
fn unit_name(unit: &str) -> &str {
    UNITS
        .iter()
        .find(|one| one.factor == 1 && one.base == unit)
        .map_or(unit, |one| one.code)
}

async fn categories(tx: &Tx, table: &mut Table) -> Result<()> {
    const CATEGORIES: Sql = sql!(
        "select c.code, c.name, coalesce(above.code, '') from category c left join category above on above.id = c.parent
          where c.code is not null order by c.code",
        () -> (text, text, text)
    );
    for row in tx.rows(CATEGORIES, &[]).await? {
        table.row([row.get(0), row.get(1), row.get(2)])?;
    }
    Ok(())
}

async fn suppliers(tx: &Tx, table: &mut Table) -> Result<()> {
    const SUPPLIERS: Sql = sql!(
        "select code, name, phone, email, address, active from supplier order by code",
        () -> (text, text, text, text, text, boolean)
    );
    for row in tx.rows(SUPPLIERS, &[]).await? {
        let cells = [row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)];
        table.row(cells.into_iter().chain([flag(row.get(5))]))?;
    }
    Ok(())
}

async fn containers(tx: &Tx, table: &mut Table) -> Result<()> {
    for one in container::db::list(tx).await? {
        let (of, tare) = (&one.content, one.content.tare.to_string());
        table.row([of.code.as_str(), &of.name, &tare, flag(of.active)])?;
    }
    Ok(())
}

const fn flag(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

async fn price_lists(tx: &Tx, table: &mut Table) -> Result<()> {
    for one in price::db::lists(tx).await? {
        let list = one.content;
        table.row([
            list.code.as_str(),
            &list.name,
            flag(list.tax_included),
            list.currency.as_deref().unwrap_or_default(),
            &list.priority.to_string(),
            &instant(list.valid_from),
            &instant(list.valid_until),
        ])?;
    }
    Ok(())
}

/// Those that count, and those that will.
async fn prices(tx: &Tx, table: &mut Table) -> Result<()> {
    const PRICES: Sql = sql!(
        "select v.sku, p.amount, p.per_quantity, l.code, nullif(p.valid_from, '-infinity'), v.id, p.version
           from (select * from variant where variant.id > $1 order by variant.id limit $2) v
           left join price p on p.variant_id = v.id and (p.valid_until is null or p.valid_until > $3)
           left join price_list l on l.id = p.price_list_id
          order by v.id, l.code, p.valid_from",
        (uuid, bigint, timestamptz) -> (text, numeric, bigint, text, timestamptz, uuid, bigint)
    );
    let mut after = Uuid::nil();
    loop {
        let rows = tx.rows(PRICES, &[&after, &PAGE, &tx.now()]).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.get(5);
        for row in &rows {
            let Some(amount) = row.get::<_, Option<Decimal>>(1) else {
                continue;
            };
            let per: i64 = row.get(2);
            table.row([
                row.get(0),
                amount.to_string().as_str(),
                &per.to_string(),
                "",
                row.get(3),
                &instant(row.get(4)),
            ])?;
        }
    }
}

/// What was opened.
async fn stock(tx: &Tx, table: &mut Table) -> Result<()> {
    const STOCK: Sql = sql!(
        "select l.code, v.sku, o.quantity, v.unit
           from opening_stock o join location l on l.id = o.location_id join variant v on v.id = o.variant_id
          order by l.code, v.sku",
        () -> (text, text, bigint, text)
    );
    for row in tx.rows(STOCK, &[]).await? {
        let quantity: i64 = row.get(2);
        let unit = unit_name(row.get(3));
        table.row([row.get(0), row.get(1), quantity.to_string().as_str(), unit])?;
    }
    Ok(())
}

/// Who works here, with each role that they have for good in the whole chain or at a location.
async fn staff(tx: &Tx, table: &mut Table) -> Result<()> {
    const STAFF: Sql = sql!(
        "select s.name, coalesce(s.email, ''), coalesce(r.code, ''), coalesce(l.code, '')
           from staff s
           left join staff_grant g on g.staff_id = s.id and g.region_id is null
            and g.valid_from <= moment() and (g.valid_until is null or g.valid_until > moment())
           left join role r on r.id = g.role_id
           left join location l on l.id = g.location_id
          where s.active order by s.name, s.id, r.code, l.code",
        () -> (text, text, text, text)
    );
    tx.widen("people");
    for row in tx.rows(STAFF, &[]).await? {
        table.row([row.get(0), row.get(1), row.get(2), row.get(3)])?;
    }
    tx.narrow();
    Ok(())
}

async fn locations(tx: &Tx, table: &mut Table) -> Result<()> {
    for one in location::db::records(tx, None).await? {
        let of = one.content;
        let registers: Vec<String> = of
            .registers
            .iter()
            .map(|one| format!("{}={}", one.name, one.prefix))
            .collect();
        table.row([
            of.code.as_str(),
            &of.name,
            of.kind.code(),
            &of.time_zone,
            &of.address,
            &registers.join("|"),
        ])?;
    }
    Ok(())
}

async fn products(tx: &Tx, table: &mut Table) -> Result<()> {
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
            product(table, row)?;
        }
    }
}

/// In the order of [`Kind::columns`].
fn product(table: &mut Table, row: &Row) -> Result<()> {
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
    let unit = unit_name(&unit);
    let tax: Option<i32> = row.get(7);
    let tax = tax.map(percent);
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
    table.row(cells.iter().map(String::as_str))
}
