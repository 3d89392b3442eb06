//! Opening stock of a file: what was on the shelf when the system was taken into use. It is a document at its location,
//! and there is one for each variant there: the same again changes nothing, another number is for people to count.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rust_decimal::{Decimal, prelude::ToPrimitive};
use uuid::Uuid;
use wire::command::Line;

use super::file::number;
use super::kind::Kind;
use super::plan::{Good, Outcome};
use super::row::{Cells, SaleUnit, UNITS, Wrong};
use crate::cloud::Cloud;
use crate::db::{Sql, Tx, sql};
use crate::error::{Error, Result};
use crate::warehouse;

/// Rows in one transaction: a document has at most as many lines.
pub(super) const CHUNK: usize = 500;

/// So many of something somewhere.
pub(super) struct StockRow {
    location: String,
    sku: String,
    quantity: Decimal,
    unit: Option<&'static SaleUnit>,
}

/// By what it is found again, and the stock.
pub(super) fn read(
    cells: &Cells<'_>,
    decimal: char,
) -> std::result::Result<(String, StockRow), Wrong> {
    let text = cells.needed("quantity")?;
    let row = StockRow {
        location: cells.needed("location")?,
        sku: cells.needed("sku")?,
        quantity: number(&text, decimal).ok_or_else(|| cells.wrong("quantity", "import.number"))?,
        unit: cells.unit("unit")?,
    };
    Ok((format!("{}\u{1f}{}", row.sku, row.location), row))
}

/// What the rows name.
struct Around {
    locations: HashMap<String, Uuid>,
    /// By SKU: id, base unit, and the unit that people count it in.
    variants: HashMap<String, (Uuid, String, Option<String>)>,
    /// What was opened, by location and variant.
    opened: HashMap<(Uuid, Uuid), i64>,
    /// What has stock that nobody has opened.
    stocked: BTreeSet<(Uuid, Uuid)>,
}

impl Around {
    async fn of(tx: &Tx, good: &[&Good<StockRow>]) -> Result<Self> {
        const LOCATIONS: Sql = sql!("select code, id from location where code = any ($1) and not closed", ([text]) -> (text, uuid));
        const VARIANTS: Sql = sql!(
            "select sku, id, unit, sold_by from variant where sku = any ($1)",
            ([text]) -> (text, uuid, text, text)
        );
        const OPENED: Sql = sql!(
            "select location_id, variant_id, quantity from opening_stock
              where location_id = any ($1) and variant_id = any ($2)",
            ([uuid], [uuid]) -> (uuid, uuid, bigint)
        );
        const STOCKED: Sql = sql!(
            "select location_id, variant_id from stock_balance where location_id = any ($1) and variant_id = any ($2)",
            ([uuid], [uuid]) -> (uuid, uuid)
        );
        let codes: BTreeSet<&str> = good.iter().map(|row| row.of.location.as_str()).collect();
        let codes: Vec<&str> = codes.into_iter().collect();
        let skus: Vec<&str> = good.iter().map(|row| row.of.sku.as_str()).collect();
        let locations: HashMap<String, Uuid> = tx
            .rows(LOCATIONS, &[&codes])
            .await?
            .iter()
            .map(|row| (row.get(0), row.get(1)))
            .collect();
        let variants: HashMap<String, (Uuid, String, Option<String>)> = tx
            .rows(VARIANTS, &[&skus])
            .await?
            .iter()
            .map(|row| (row.get(0), (row.get(1), row.get(2), row.get(3))))
            .collect();
        let places: Vec<Uuid> = locations.values().copied().collect();
        let ids: Vec<Uuid> = variants.values().map(|one| one.0).collect();
        let opened = tx.rows(OPENED, &[&places, &ids]).await?;
        let stocked = tx.rows(STOCKED, &[&places, &ids]).await?;
        Ok(Self {
            locations,
            variants,
            opened: opened
                .iter()
                .map(|row| ((row.get(0), row.get(1)), row.get(2)))
                .collect(),
            stocked: stocked.iter().map(|row| (row.get(0), row.get(1))).collect(),
        })
    }

    /// The location, the variant and the base units of a row; or which column is wrong, and why.
    fn line(
        &self,
        row: &StockRow,
    ) -> std::result::Result<(Uuid, Line), (&'static str, &'static str)> {
        let location = self.locations.get(&row.location);
        let location = *location.ok_or(("location", "location.unknown"))?;
        let variant = self.variants.get(&row.sku);
        let (variant, base, sold_by) = variant.ok_or(("sku", "variant.unknown"))?;
        let usual = || {
            UNITS
                .iter()
                .find(|unit| Some(unit.code) == sold_by.as_deref())
        };
        let unit = row.unit.or_else(usual);
        if unit.is_some_and(|unit| unit.base != base) {
            return Err(("unit", "variant.unit_frozen"));
        }
        let factor = Decimal::from(unit.map_or(1, |unit| unit.factor));
        let exact = row.quantity.checked_mul(factor);
        let exact =
            exact.filter(|exact| exact.is_integer() && *exact <= warehouse::MOST_UNITS.into());
        let quantity = exact.and_then(|exact| exact.to_i64());
        let line = Line {
            variant: *variant,
            quantity: quantity.ok_or(("quantity", "lines.quantity"))?,
        };
        Ok((location, line))
    }
}

pub(super) async fn apply(
    cloud: &Cloud,
    tx: &Tx,
    import: Uuid,
    good: Vec<&Good<StockRow>>,
    outcome: &mut Outcome,
) -> Result<()> {
    let around = Around::of(tx, &good).await?;
    let mut documents = BTreeMap::<Uuid, Vec<(&Good<StockRow>, Line)>>::new();
    for row in good {
        let (location, line) = match around.line(&row.of) {
            Ok(known) => known,
            Err((field, code)) => {
                let value = match field {
                    "location" => row.of.location.clone(),
                    "quantity" => row.of.quantity.to_string(),
                    _ => row.of.sku.clone(),
                };
                outcome.refuse(row, field, code, &value);
                continue;
            }
        };
        let place = (location, line.variant);
        match around.opened.get(&place) {
            Some(opened) if *opened == line.quantity => outcome.unchanged += 1,
            Some(opened) => outcome.refuse(row, "quantity", "stock.opened", &opened.to_string()),
            None if around.stocked.contains(&place) => {
                outcome.refuse(row, "sku", "stock.not_empty", &row.of.sku);
            }
            None => documents.entry(location).or_default().push((row, line)),
        }
    }
    for (location, rows) in documents {
        open(cloud, tx, import, location, &rows, outcome).await?;
    }
    Ok(())
}

/// One document: all of its lines, or none.
async fn open(
    cloud: &Cloud,
    tx: &Tx,
    import: Uuid,
    location: Uuid,
    rows: &[(&Good<StockRow>, Line)],
    outcome: &mut Outcome,
) -> Result<()> {
    const OPEN: Sql = sql!(
        "insert into opening_stock (location_id, variant_id, quantity, document_id, import_id)
         select $1, given.variant_id, given.quantity, $4, $5 from unnest($2, $3) as given (variant_id, quantity)",
        (uuid, [uuid], [bigint], uuid, uuid) -> ()
    );
    let lines: Vec<Line> = rows.iter().map(|one| one.1).collect();
    let document = cloud.id();
    tx.savepoint().await?;
    match warehouse::open_in(cloud, tx, location, document, &lines).await {
        Ok(()) => {
            let variants: Vec<Uuid> = lines.iter().map(|line| line.variant).collect();
            let quantities: Vec<i64> = lines.iter().map(|line| line.quantity).collect();
            tx.run(
                OPEN,
                &[&location, &variants, &quantities, &document, &import],
            )
            .await?;
            tx.keep_savepoint().await?;
            outcome.created += i64::try_from(rows.len()).unwrap_or(0);
            Ok(())
        }
        Err(Error::Problem(problem)) => {
            tx.back_to_savepoint().await?;
            for (row, _) in rows {
                let refusal = Error::Problem(problem.clone());
                outcome.count(Kind::Stock, row, true, Err(refusal))?;
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Where a file has opened stock.
pub(super) async fn places(tx: &Tx, import: Uuid) -> Result<Vec<Uuid>> {
    const PLACES: Sql = sql!(
        "select distinct location_id from opening_stock where import_id = $1",
        (uuid) -> (uuid)
    );
    let rows = tx.rows(PLACES, &[&import]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
