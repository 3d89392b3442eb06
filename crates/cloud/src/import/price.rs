//! Price lists of a file, found again by their code, and prices: of a variant, in a list, from an instant on.
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use retail::price::Price;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::file::number;
use super::kind::Kind;
use super::plan::{Good, Outcome};
use super::row::{Cell, Cells, SaleUnit, UNITS, Wrong};
use super::variant;
use crate::cloud::Cloud;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::price::{self, NewPrice, PriceListContent, db::Known};

/// The priority of a new list whose file has no such column.
const PRIORITY: i32 = 10;
/// The list of a price whose file names none.
const STANDARD: &str = "standard";

/// A price list; a column that is not there leaves what it is about as it is.
pub(super) struct ListRow {
    code: String,
    name: String,
    tax_included: Option<bool>,
    currency: Cell<String>,
    priority: Option<i32>,
    valid_from: Cell<Timestamp>,
    valid_until: Cell<Timestamp>,
}

/// By what it is found again, and the list.
pub(super) fn read_list(
    cells: &Cells<'_>,
    zone: &TimeZone,
) -> std::result::Result<(String, ListRow), Wrong> {
    let code = cells.needed("code")?;
    let priority = cells.said("priority").map(str::parse).transpose();
    let currency = match cells.get("currency") {
        None => Cell::Absent,
        Some("") => Cell::Empty,
        Some(code) => Cell::Says(code.to_uppercase()),
    };
    let row = ListRow {
        name: cells.needed("name")?,
        tax_included: cells.flag("tax_included")?,
        currency,
        priority: priority.map_err(|_| cells.wrong("priority", "import.number"))?,
        valid_from: cells.when("valid_from", zone)?,
        valid_until: cells.when("valid_until", zone)?,
        code: code.clone(),
    };
    Ok((code, row))
}

impl ListRow {
    fn content(&self, before: Option<&PriceListContent>) -> PriceListContent {
        let from = before.and_then(|before| before.valid_from);
        let until = before.and_then(|before| before.valid_until);
        let currency = before.and_then(|before| before.currency.clone());
        PriceListContent {
            code: self.code.clone(),
            name: self.name.clone(),
            tax_included: self
                .tax_included
                .or(before.map(|before| before.tax_included))
                .unwrap_or(true),
            currency: self.currency.clone().or(currency),
            priority: self
                .priority
                .or(before.map(|before| before.priority))
                .unwrap_or(PRIORITY),
            valid_from: self.valid_from.clone().or(from),
            valid_until: self.valid_until.clone().or(until),
        }
    }
}

pub(super) async fn apply_lists(
    cloud: &Cloud,
    tx: &Tx,
    good: Vec<&Good<ListRow>>,
    outcome: &mut Outcome,
) -> Result<()> {
    let listed = price::db::lists(tx).await?;
    let known: BTreeMap<&str, _> = listed
        .iter()
        .map(|one| (one.content.code.as_str(), one))
        .collect();
    for row in good {
        let before = known.get(row.of.code.as_str());
        let content = row.of.content(before.map(|before| &before.content));
        if before.is_some_and(|before| before.content == content) {
            outcome.unchanged += 1;
            continue;
        }
        let id = before.map_or_else(|| cloud.id(), |before| before.id);
        let seen = before.map(|before| before.version);
        let done = price::change_list(cloud, tx, id, seen, &content).await;
        outcome.count(Kind::PriceLists, row, before.is_none(), done.map(drop))?;
    }
    Ok(())
}

/// A price.
pub(super) struct PriceRow {
    sku: String,
    list: String,
    amount: Decimal,
    /// Base units; nothing: those of the unit, or of the one that the variant is sold by.
    per: Option<i64>,
    unit: Option<&'static SaleUnit>,
    /// Nothing: from now on.
    from: Option<Timestamp>,
}

/// By what it is found again, and the price.
pub(super) fn read(
    cells: &Cells<'_>,
    decimal: char,
    zone: &TimeZone,
) -> std::result::Result<(String, PriceRow), Wrong> {
    let sku = cells.needed("sku")?;
    let text = cells.needed("price")?;
    let amount = number(&text, decimal).ok_or_else(|| cells.wrong("price", "import.number"))?;
    let per = cells.said("price_per").map(str::parse).transpose();
    let row = PriceRow {
        list: cells.said("price_list").unwrap_or(STANDARD).to_lowercase(),
        amount,
        per: per.map_err(|_| cells.wrong("price_per", "variant.price"))?,
        unit: cells.unit("unit")?,
        from: cells.when("valid_from", zone)?.or(None),
        sku: sku.clone(),
    };
    let key = format!("{sku}\u{1f}{}\u{1f}{:?}", row.list, row.from);
    Ok((key, row))
}

/// A variant as its prices are about it.
struct Priced {
    id: Uuid,
    unit: String,
    sold_by: Option<String>,
}

impl PriceRow {
    fn per(&self, variant: &Priced) -> i64 {
        let sold_by = variant.sold_by.as_deref();
        let usual = || UNITS.iter().find(|unit| Some(unit.code) == sold_by);
        let unit = self.unit.or_else(usual);
        self.per.or(unit.map(|unit| unit.factor)).unwrap_or(1)
    }
}

/// Those of one list that begin at one instant.
type Together<'a> = BTreeMap<(Uuid, Option<Timestamp>), Vec<(&'a Good<PriceRow>, NewPrice)>>;

pub(super) async fn apply(
    cloud: &Cloud,
    tx: &Tx,
    good: Vec<&Good<PriceRow>>,
    outcome: &mut Outcome,
) -> Result<()> {
    let listed = price::db::lists(tx).await?;
    let codes: BTreeMap<Uuid, &str> = listed
        .iter()
        .map(|one| (one.id, one.content.code.as_str()))
        .collect();
    let lists: BTreeMap<&str, Uuid> = codes.iter().map(|(id, code)| (*code, *id)).collect();
    let together = gather(tx, good, &lists, outcome).await?;
    let variants: Vec<Uuid> = together
        .values()
        .flatten()
        .map(|one| one.1.variant_id)
        .collect();
    let known = price::db::lock_variants(tx, &variants).await?;
    variant::begin_bulk(tx).await?;
    for ((list, from), rows) in together {
        let code = codes.get(&list).copied().unwrap_or_default();
        put(cloud, tx, (list, code), from, rows, &known, outcome).await?;
    }
    variant::publish(tx, &variants, &[]).await
}

/// By list and instant, as far as the variants and lists are there.
async fn gather<'a>(
    tx: &Tx,
    good: Vec<&'a Good<PriceRow>>,
    lists: &BTreeMap<&str, Uuid>,
    outcome: &mut Outcome,
) -> Result<Together<'a>> {
    const VARIANTS: Sql = sql!(
        "select sku, id, unit, sold_by from variant where sku = any ($1)",
        ([text]) -> (text, uuid, text, text)
    );
    let skus: Vec<&str> = good.iter().map(|row| row.of.sku.as_str()).collect();
    let mut variants = HashMap::new();
    for row in tx.rows(VARIANTS, &[&skus]).await? {
        let priced = Priced {
            id: row.get(1),
            unit: row.get(2),
            sold_by: row.get(3),
        };
        variants.insert(row.get::<_, String>(0), priced);
    }
    let mut together = Together::new();
    for row in good {
        let of = &row.of;
        let Some(variant) = variants.get(&of.sku) else {
            outcome.refuse(row, "sku", "variant.unknown", &of.sku);
            continue;
        };
        let Some(list) = lists.get(of.list.as_str()) else {
            outcome.refuse(row, "price_list", "price_list.unknown", &of.list);
            continue;
        };
        if of.unit.is_some_and(|unit| unit.base != variant.unit) {
            outcome.refuse(row, "unit", "variant.unit_frozen", &of.sku);
            continue;
        }
        let Ok(made) = Price::new(of.amount, of.per(variant)) else {
            outcome.refuse(row, "price", "variant.price", &of.amount.to_string());
            continue;
        };
        let price = NewPrice {
            variant_id: variant.id,
            amount: Some(made.major()),
            per_quantity: made.per(),
        };
        together
            .entry((*list, of.from))
            .or_default()
            .push((row, price));
    }
    Ok(together)
}

async fn put(
    cloud: &Cloud,
    tx: &Tx,
    (list, code): (Uuid, &str),
    from: Option<Timestamp>,
    rows: Vec<(&Good<PriceRow>, NewPrice)>,
    known: &BTreeMap<Uuid, Known>,
    outcome: &mut Outcome,
) -> Result<()> {
    if let Some(past) = from.filter(|from| *from < tx.now()) {
        return compare(tx, list, past, rows, outcome).await;
    }
    let prices: Vec<NewPrice> = rows.into_iter().map(|one| one.1).collect();
    let changed = price::db::put(tx, list, from.unwrap_or_else(|| tx.now()), &prices).await?;
    for one in &changed {
        if one.before.is_some() {
            outcome.changed += 1;
        } else {
            outcome.created += 1;
        }
    }
    outcome.unchanged += i64::try_from(prices.len() - changed.len()).unwrap_or(0);
    price::note(cloud, tx, code, from, &changed, known).await
}

/// What was is not changed any more; a file that has it as it was is taken in again all the same.
async fn compare(
    tx: &Tx,
    list: Uuid,
    past: Timestamp,
    rows: Vec<(&Good<PriceRow>, NewPrice)>,
    outcome: &mut Outcome,
) -> Result<()> {
    const WERE: Sql = sql!(
        "select distinct on (variant_id) variant_id, amount, per_quantity from price
          where price_list_id = $1 and variant_id = any ($2) and valid_from <= $3
            and (valid_until is null or valid_until > $3)
          order by variant_id, version desc",
        (uuid, [uuid], timestamptz) -> (uuid, numeric, bigint)
    );
    let ids: Vec<Uuid> = rows.iter().map(|one| one.1.variant_id).collect();
    let were: HashMap<Uuid, (Decimal, i64)> = tx
        .rows(WERE, &[&list, &ids, &past])
        .await?
        .iter()
        .map(|row| (row.get(0), (row.get(1), row.get(2))))
        .collect();
    for (row, price) in rows {
        let was = were.get(&price.variant_id);
        if was.is_some_and(|was| Some(was.0) == price.amount && was.1 == price.per_quantity) {
            outcome.unchanged += 1;
        } else {
            outcome.refuse(row, "valid_from", "price.past", &past.to_string());
        }
    }
    Ok(())
}
