//! What the rows of a file mean: columns by their names in three languages, and cells as typed values or as what is wrong
//! with them. Pure.
use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::{Timestamp, civil, tz::TimeZone};
use retail::catalog::{Barcode, BarcodeError};
use retail::price::Price;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::file::{Line, Table, Told, number};
use super::kind::Kind;
use crate::catalog;

/// Where each of our columns is in the file.
#[derive(Debug, Clone)]
pub(crate) struct Columns(BTreeMap<&'static str, usize>);

/// A header that lacks what is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct WrongHeader {
    /// Columns that are needed and not there.
    pub(crate) missing: Vec<String>,
    /// All that are known.
    pub(crate) expected: Vec<String>,
    /// What came.
    pub(crate) found: Vec<String>,
}

impl Columns {
    /// By the names of the header, or by what is told.
    pub(crate) fn of(kind: Kind, table: &Table, told: &Told) -> Result<Self, WrongHeader> {
        let plain = |text: &str| text.trim().to_lowercase().replace(['_', '-'], " ");
        let header: Vec<String> = table.header.iter().map(|name| plain(name)).collect();
        let mut places = BTreeMap::new();
        for (name, others) in kind.columns() {
            let known = [*name].into_iter().chain(others.iter().copied());
            let mut known: Vec<String> = known.map(plain).collect();
            if let Some(told) = told.columns.get(*name) {
                known = vec![plain(told)];
            }
            if let Some(place) = header.iter().position(|column| known.contains(column)) {
                places.insert(*name, place);
            }
        }
        let needed = kind.columns().iter().take(kind.needed());
        let missing: Vec<String> = needed
            .filter(|(name, _)| !places.contains_key(name))
            .map(|(name, _)| (*name).to_owned())
            .collect();
        if missing.is_empty() {
            return Ok(Self(places));
        }
        Err(WrongHeader {
            missing,
            expected: kind
                .columns()
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect(),
            found: table.header.clone(),
        })
    }
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) line: u64,
    /// Our name of the column; nothing: the whole row.
    pub(crate) field: &'static str,
    pub(crate) code: Cow<'static, str>,
    pub(crate) value: String,
}

/// A variant with its product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProductRow {
    pub(crate) line: u64,
    pub(crate) sku: String,
    pub(crate) name: String,
    /// Rows with the same one are variants of one product; nothing: a product of its own.
    pub(crate) product: String,
    /// A column that is not there leaves what it is about as it is.
    pub(crate) description: Option<String>,
    /// A path from the top.
    pub(crate) category: Option<Vec<String>>,
    pub(crate) brand: Option<String>,
    pub(crate) unit: Option<&'static SaleUnit>,
    /// Basis points.
    pub(crate) tax: Option<i32>,
    pub(crate) barcodes: Vec<(String, i64)>,
    pub(crate) price: Option<(Decimal, i64)>,
    /// Names and choices.
    pub(crate) options: Vec<(String, String)>,
    /// The supplier's code, their code for it, and base units in a pack.
    pub(crate) supplier: Option<(String, String, i64)>,
    pub(crate) active: Option<bool>,
}

/// A unit that people count in; the database has the same.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SaleUnit {
    pub(crate) code: &'static str,
    pub(crate) base: &'static str,
    pub(crate) factor: i64,
}

pub(crate) const UNITS: [SaleUnit; 12] = [
    SaleUnit {
        code: "piece",
        base: "piece",
        factor: 1,
    },
    SaleUnit {
        code: "pair",
        base: "piece",
        factor: 2,
    },
    SaleUnit {
        code: "dozen",
        base: "piece",
        factor: 12,
    },
    SaleUnit {
        code: "hundred",
        base: "piece",
        factor: 100,
    },
    SaleUnit {
        code: "g",
        base: "gram",
        factor: 1,
    },
    SaleUnit {
        code: "100g",
        base: "gram",
        factor: 100,
    },
    SaleUnit {
        code: "kg",
        base: "gram",
        factor: 1_000,
    },
    SaleUnit {
        code: "ml",
        base: "millilitre",
        factor: 1,
    },
    SaleUnit {
        code: "l",
        base: "millilitre",
        factor: 1_000,
    },
    SaleUnit {
        code: "mm",
        base: "millimetre",
        factor: 1,
    },
    SaleUnit {
        code: "cm",
        base: "millimetre",
        factor: 10,
    },
    SaleUnit {
        code: "m",
        base: "millimetre",
        factor: 1_000,
    },
];

fn unit(text: &str) -> Option<&'static SaleUnit> {
    let text = text.to_lowercase();
    let code = match text.as_str() {
        "" | "pcs" | "pc" | "cái" | "chiếc" | "ชิ้น" | "อัน" => "piece",
        "gram" | "กรัม" => "g",
        "kilogram" | "กก" | "กก." | "กิโลกรัม" => "kg",
        "millilitre" => "ml",
        "litre" | "liter" | "lít" | "ลิตร" => "l",
        "millimetre" => "mm",
        "metre" | "meter" | "mét" | "เมตร" => "m",
        other => other,
    };
    UNITS.iter().find(|unit| unit.code == code)
}

/// What a row says of something that may be nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell<T> {
    /// There is no such column: it stays as it is.
    Absent,
    /// It shall be nothing.
    Empty,
    Says(T),
}

impl<T> Cell<T> {
    /// What it shall be, where it was `kept`.
    pub(super) fn or(self, kept: Option<T>) -> Option<T> {
        match self {
            Self::Absent => kept,
            Self::Empty => None,
            Self::Says(value) => Some(value),
        }
    }
}

/// A row's cells by our names.
pub(super) struct Cells<'a> {
    pub(super) columns: &'a Columns,
    pub(super) line: &'a Line,
}

impl Cells<'_> {
    /// None: the file has no such column.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let place = self.columns.0.get(name)?;
        Some(self.line.cells.get(*place).map_or("", String::as_str))
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    pub(super) fn wrong(&self, field: &'static str, code: &'static str) -> Wrong {
        Wrong {
            line: self.line.line,
            field,
            code: code.into(),
            value: self.text(field).chars().take(200).collect(),
        }
    }

    pub(super) fn needed(&self, name: &'static str) -> Result<String, Wrong> {
        let text = self.text(name);
        if text.is_empty() {
            return Err(self.wrong(name, "import.required"));
        }
        catalog::name(text, name).map_err(|_| self.wrong(name, "catalog.name"))
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, Wrong> {
        match self.get(name).map(str::to_lowercase).as_deref() {
            None => Ok(None),
            Some("" | "1" | "yes" | "true" | "y" | "x" | "có" | "ใช่") => Ok(Some(true)),
            Some("0" | "no" | "false" | "n" | "không" | "ไม่") => Ok(Some(false)),
            Some(_) => Err(self.wrong(name, "import.flag")),
        }
    }

    /// What is there, if anything is.
    pub(super) fn said(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|text| !text.is_empty())
    }

    /// A unit that people count in.
    pub(super) fn unit(&self, name: &'static str) -> Result<Option<&'static SaleUnit>, Wrong> {
        let known = |text| unit(text).ok_or_else(|| self.wrong(name, "variant.unit"));
        self.said(name).map(known).transpose()
    }

    /// An instant, or a day or a time of the zone: `2026-12-01`, `2026-12-01 08:00`, `01/12/2026`.
    pub(super) fn when(
        &self,
        name: &'static str,
        zone: &TimeZone,
    ) -> Result<Cell<Timestamp>, Wrong> {
        match self.get(name) {
            None => Ok(Cell::Absent),
            Some("") => Ok(Cell::Empty),
            Some(text) => {
                let at = instant(text, zone);
                at.map(Cell::Says)
                    .ok_or_else(|| self.wrong(name, "import.time"))
            }
        }
    }

    /// Refuses a row with more than its columns: a comma in a text that was not quoted moves everything behind it.
    pub(super) fn check_width(&self, table: &Table) -> Result<(), Wrong> {
        let mut beyond = self.line.cells.iter().skip(table.header.len());
        if beyond.any(|cell| !cell.is_empty()) {
            return Err(self.wrong("", "import.columns"));
        }
        Ok(())
    }
}

fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let local = text.parse::<civil::DateTime>().ok();
    let local = local.or_else(|| {
        let day = civil::Date::strptime("%d/%m/%Y", text).ok()?;
        Some(day.at(0, 0, 0, 0))
    })?;
    Some(
        zone.to_ambiguous_zoned(local)
            .compatible()
            .ok()?
            .timestamp(),
    )
}

/// Reads a row of products.
pub(crate) fn product(columns: &Columns, line: &Line, table: &Table) -> Result<ProductRow, Wrong> {
    let cells = Cells { columns, line };
    let sku = cells.needed("sku")?;
    if !catalog::is_sku(&sku) {
        return Err(cells.wrong("sku", "variant.sku"));
    }
    cells.check_width(table)?;
    let unit = match cells.get("unit") {
        None => None,
        Some(text) => Some(unit(text).ok_or_else(|| cells.wrong("unit", "variant.unit"))?),
    };
    let path = |text: &str| -> Vec<String> {
        let parts = text
            .split('>')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    Ok(ProductRow {
        line: line.line,
        name: cells.needed("name")?,
        product: cells.text("product").to_owned(),
        description: cells.get("description").map(str::to_owned),
        category: cells
            .get("category")
            .map(path)
            .filter(|path| !path.is_empty()),
        brand: cells
            .get("brand")
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        tax: rate(&cells, "tax", table.decimal)?,
        barcodes: barcodes(&cells)?,
        price: price(&cells, table.decimal, unit)?,
        options: options(&cells)?,
        supplier: supplier(&cells)?,
        active: cells.flag("active")?,
        unit,
        sku,
    })
}

/// Percent, as basis points.
pub(super) fn rate(
    cells: &Cells<'_>,
    field: &'static str,
    decimal: char,
) -> Result<Option<i32>, Wrong> {
    let Some(text) = cells.said(field) else {
        return Ok(None);
    };
    let rate = number(text.trim_end_matches('%'), decimal).map(|rate| rate * Decimal::ONE_HUNDRED);
    let rate = rate.filter(|rate| rate.is_integer() && *rate <= Decimal::from(10_000));
    let rate = rate.and_then(|rate| i32::try_from(rate).ok());
    rate.map(Some).ok_or_else(|| cells.wrong(field, "tax.rate"))
}

/// `4006381333931` or `4006381333931*12`, several with `|` between them.
fn barcodes(cells: &Cells<'_>) -> Result<Vec<(String, i64)>, Wrong> {
    let mut found = Vec::new();
    for part in cells
        .text("barcode")
        .split('|')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let (code, quantity) = part.split_once('*').unwrap_or((part, "1"));
        let quantity: Option<i64> = quantity.trim().parse().ok();
        let quantity = quantity.filter(|units| (1..=100_000_000).contains(units));
        let quantity = quantity.ok_or_else(|| cells.wrong("barcode", "variant.quantity"))?;
        let code = Barcode::parse(code).map_err(|error| match error {
            BarcodeError::Empty | BarcodeError::Unreadable => {
                cells.wrong("barcode", "barcode.unreadable")
            }
            BarcodeError::CheckDigit { .. } => cells.wrong("barcode", "barcode.check_digit"),
        })?;
        found.push((code.as_str().to_owned(), quantity));
    }
    Ok(found)
}

fn price(
    cells: &Cells<'_>,
    decimal: char,
    unit: Option<&SaleUnit>,
) -> Result<Option<(Decimal, i64)>, Wrong> {
    let Some(text) = cells.get("price").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let per = match cells.text("price_per") {
        "" => unit.map_or(1, |unit| unit.factor),
        text => text
            .parse()
            .map_err(|_| cells.wrong("price_per", "variant.price"))?,
    };
    let amount = number(text, decimal).ok_or_else(|| cells.wrong("price", "import.number"))?;
    let made = Price::new(amount, per).map_err(|_| cells.wrong("price", "variant.price"))?;
    Ok(Some((made.major(), made.per())))
}

fn options(cells: &Cells<'_>) -> Result<Vec<(String, String)>, Wrong> {
    let mut found = Vec::new();
    for (name, field, default) in [
        ("option1_name", "option1", "Size"),
        ("option2_name", "option2", "Colour"),
        ("option3_name", "option3", "Option 3"),
    ] {
        let choice = cells.text(field);
        if choice.is_empty() {
            continue;
        }
        if choice.chars().count() > 60 || choice.chars().any(char::is_control) {
            return Err(cells.wrong(field, "catalog.name"));
        }
        let name = cells
            .get(name)
            .filter(|name| !name.is_empty())
            .unwrap_or(default);
        found.push((name.to_owned(), choice.to_owned()));
    }
    Ok(found)
}

fn supplier(cells: &Cells<'_>) -> Result<Option<(String, String, i64)>, Wrong> {
    let Some(code) = cells.get("supplier").filter(|code| !code.is_empty()) else {
        return Ok(None);
    };
    let pack = match cells.text("pack_size") {
        "" => 1,
        text => text
            .parse()
            .map_err(|_| cells.wrong("pack_size", "import.number"))?,
    };
    if !(1..=100_000_000).contains(&pack) {
        return Err(cells.wrong("pack_size", "variant.quantity"));
    }
    Ok(Some((
        code.to_owned(),
        cells.text("supplier_sku").to_owned(),
        pack,
    )))
}

/// A category, or a supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlainRow {
    pub(crate) line: u64,
    pub(crate) code: String,
    pub(crate) name: String,
    /// Of a category: the code above.
    pub(crate) parent: Option<String>,
    /// Of a supplier: phone, e-mail and address.
    pub(crate) contact: [Option<String>; 3],
    pub(crate) active: Option<bool>,
}

/// Reads a row of categories or suppliers.
pub(crate) fn plain(columns: &Columns, line: &Line) -> Result<PlainRow, Wrong> {
    let cells = Cells { columns, line };
    let code = cells.needed("code")?;
    if !catalog::is_sku(&code) {
        return Err(cells.wrong("code", "import.code"));
    }
    let contact = ["phone", "email", "address"].map(|name| cells.get(name).map(str::to_owned));
    Ok(PlainRow {
        line: line.line,
        name: cells.needed("name")?,
        parent: cells
            .get("parent")
            .filter(|code| !code.is_empty())
            .map(str::to_owned),
        contact,
        active: cells.flag("active")?,
        code,
    })
}
