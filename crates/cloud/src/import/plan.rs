//! What the rows of a file shall become, by kind, and what became of them.
use std::collections::BTreeSet;
use std::ops::Range;

use httpkit::problem::Problem;
use uuid::Uuid;

use super::file::Table;
use super::kind::Kind;
use super::row::{Cells, Columns, Wrong};
use super::{CHUNK, Import, MOST_ROWS};
use super::{brand, container, location, plain, price, product, staff, stock, tax};
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::{Error, Result};

/// Rows in one transaction, where each is an operation of its own.
const FEW: usize = 100;

/// A row that can be read.
pub(super) struct Good<T> {
    pub(super) line: u64,
    /// What it is found again by.
    pub(super) key: String,
    pub(super) of: T,
}

impl<T> Good<T> {
    /// The first part of what it is found again by.
    fn shown(&self) -> &str {
        self.key.split('\u{1f}').next().unwrap_or_default()
    }
}

/// The rows of a file.
pub(super) struct Rows<T>(Vec<std::result::Result<Good<T>, Wrong>>);

impl<T> Rows<T> {
    /// Reads each with `one`, which says what the row is found again by, as people write it: `field` is refused when
    /// another row has the same.
    fn read(
        columns: &Columns,
        table: &Table,
        field: &'static str,
        one: impl Fn(&Cells<'_>) -> std::result::Result<(String, T), Wrong>,
    ) -> Self {
        let mut keys = BTreeSet::new();
        let rows = table.rows.iter().map(|line| {
            let cells = Cells { columns, line };
            cells.check_width(table)?;
            let (key, of) = one(&cells)?;
            if !keys.insert(key.clone()) {
                return Err(cells.wrong(field, "import.repeated"));
            }
            Ok(Good {
                line: line.line,
                key,
                of,
            })
        });
        Self(rows.collect())
    }

    /// Those that can be read; the others are wrong.
    fn good(&self, rows: Range<usize>, outcome: &mut Outcome) -> Vec<&Good<T>> {
        let mut good = Vec::new();
        for row in &self.0[rows] {
            match row {
                Ok(row) => good.push(row),
                Err(wrong) => outcome.wrong.push(wrong.clone()),
            }
        }
        good
    }

    fn named(&self, row: usize) -> (u64, String) {
        self.0[row]
            .as_ref()
            .map_or((0, String::new()), |row| (row.line, row.shown().to_owned()))
    }
}

/// What every row says.
pub(super) enum Plan {
    Products(Box<product::Products>),
    Plain(Kind, plain::Plain),
    Brands(Rows<String>),
    Taxes(Rows<crate::tax::TaxContent>),
    PriceLists(Rows<price::ListRow>),
    Prices(Rows<price::PriceRow>),
    Stock(Uuid, Rows<stock::StockRow>),
    Staff(Option<Uuid>, Rows<staff::StaffRow>),
    Locations(Rows<location::LocationRow>),
    Containers(Rows<container::ContainerRow>),
}

impl Plan {
    pub(super) async fn of(
        cloud: &Cloud,
        import: &Import,
        kind: Kind,
        columns: &Columns,
        table: &Table,
        zone: &jiff::tz::TimeZone,
    ) -> Result<Self> {
        Ok(match kind {
            Kind::Products => {
                let products = product::Products::of(cloud, columns, table).await?;
                Self::Products(Box::new(products))
            }
            Kind::Categories | Kind::Suppliers => {
                Self::Plain(kind, plain::Plain::of(columns, table))
            }
            Kind::Brands => Self::Brands(Rows::read(columns, table, "name", brand::read)),
            Kind::Taxes => Self::Taxes(Rows::read(columns, table, "rate", |cells| {
                tax::read(cells, table.decimal)
            })),
            Kind::PriceLists => Self::PriceLists(Rows::read(columns, table, "code", |cells| {
                price::read_list(cells, zone)
            })),
            Kind::Prices => Self::Prices(Rows::read(columns, table, "sku", |cells| {
                price::read(cells, table.decimal, zone)
            })),
            Kind::Stock => {
                let rows = Rows::read(columns, table, "sku", |cells| {
                    stock::read(cells, table.decimal)
                });
                Self::Stock(import.id, rows)
            }
            Kind::Staff => Self::Staff(
                import.staff,
                Rows::read(columns, table, "name", staff::read),
            ),
            Kind::Locations => Self::Locations(Rows::read(columns, table, "code", location::read)),
            Kind::Containers => Self::Containers(Rows::read(columns, table, "code", |cells| {
                container::read(cells, table.decimal)
            })),
        })
    }

    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Products(plan) => plan.rows.len(),
            Self::Plain(_, plan) => plan.rows.len(),
            Self::Brands(rows) => rows.0.len(),
            Self::Taxes(rows) => rows.0.len(),
            Self::PriceLists(rows) => rows.0.len(),
            Self::Prices(rows) => rows.0.len(),
            Self::Stock(_, rows) => rows.0.len(),
            Self::Staff(_, rows) => rows.0.len(),
            Self::Locations(rows) => rows.0.len(),
            Self::Containers(rows) => rows.0.len(),
        }
    }

    /// Rows in one transaction. Categories name each other, so they go together.
    pub(super) const fn chunk(&self) -> usize {
        match self {
            Self::Products(_)
            | Self::Plain(Kind::Suppliers, _)
            | Self::Brands(_)
            | Self::Prices(_) => CHUNK,
            Self::Plain(..) => MOST_ROWS,
            Self::Stock(..) => stock::CHUNK,
            Self::Taxes(_)
            | Self::PriceLists(_)
            | Self::Staff(..)
            | Self::Locations(_)
            | Self::Containers(_) => FEW,
        }
    }

    pub(super) async fn apply(
        &self,
        cloud: &Cloud,
        tx: &Tx,
        rows: Range<usize>,
    ) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let out = &mut outcome;
        match self {
            Self::Products(plan) => return plan.apply(cloud, tx, rows).await,
            Self::Plain(Kind::Categories, plan) => {
                return plan.apply_categories(cloud, tx, rows).await;
            }
            Self::Plain(_, plan) => return plan.apply_suppliers(cloud, tx, rows).await,
            Self::Brands(all) => brand::apply(cloud, tx, all.good(rows, out), out).await?,
            Self::Taxes(all) => tax::apply(cloud, tx, all.good(rows, out), out).await?,
            Self::PriceLists(all) => {
                price::apply_lists(cloud, tx, all.good(rows, out), out).await?;
            }
            Self::Prices(all) => price::apply(cloud, tx, all.good(rows, out), out).await?,
            Self::Stock(import, all) => {
                stock::apply(cloud, tx, *import, all.good(rows, out), out).await?;
            }
            Self::Staff(by, all) => {
                staff::apply(cloud, tx, *by, all.good(rows, out), out).await?;
            }
            Self::Locations(all) => location::apply(cloud, tx, all.good(rows, out), out).await?,
            Self::Containers(all) => {
                container::apply(cloud, tx, all.good(rows, out), out).await?;
            }
        }
        Ok(outcome)
    }

    /// What a row that the database refuses is said to be wrong with.
    pub(super) fn refused(&self, row: usize, error: &Error) -> Wrong {
        let (line, value) = match self {
            Self::Products(plan) => plan.rows[row]
                .as_ref()
                .map_or((0, String::new()), |row| (row.line, row.sku.clone())),
            Self::Plain(_, plan) => plan.rows[row]
                .as_ref()
                .map_or((0, String::new()), |row| (row.line, row.code.clone())),
            Self::Brands(rows) => rows.named(row),
            Self::Taxes(rows) => rows.named(row),
            Self::PriceLists(rows) => rows.named(row),
            Self::Prices(rows) => rows.named(row),
            Self::Stock(_, rows) => rows.named(row),
            Self::Staff(_, rows) => rows.named(row),
            Self::Locations(rows) => rows.named(row),
            Self::Containers(rows) => rows.named(row),
        };
        let code = match error.constraint() {
            Some("variant_choice") => "variant.choice",
            Some("variant_options") => "variant.options_taken",
            Some("variant_unit_frozen") => "variant.unit_frozen",
            Some("variant_sku_key") => "variant.sku_taken",
            Some("barcode_pkey") => "barcode.taken",
            Some("category_loop") => "category.loop",
            Some("category_name") => "category.name_taken",
            Some("staff_email_key") => "staff.email_taken",
            Some("register_location_id_prefix_key") => "location.code_taken",
            _ => "import.refused",
        };
        Wrong {
            line,
            field: "",
            code: code.into(),
            value,
        }
    }
}

/// What became of rows.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) created: i64,
    pub(crate) changed: i64,
    pub(crate) unchanged: i64,
    pub(crate) wrong: Vec<Wrong>,
}

impl Outcome {
    /// A row is wrong.
    pub(super) fn refuse<T>(
        &mut self,
        row: &Good<T>,
        field: &'static str,
        code: &'static str,
        value: &str,
    ) {
        self.wrong.push(Wrong {
            line: row.line,
            field,
            code: code.into(),
            value: value.to_owned(),
        });
    }

    /// Counts a row that was written by an operation, and says what is wrong with one that was refused by it.
    pub(super) fn count<T>(
        &mut self,
        kind: Kind,
        row: &Good<T>,
        is_new: bool,
        done: Result<()>,
    ) -> Result<()> {
        match done {
            Ok(()) if is_new => self.created += 1,
            Ok(()) => self.changed += 1,
            Err(Error::Problem(problem)) => self.wrong.push(said(kind, row, *problem)),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

fn said<T>(kind: Kind, row: &Good<T>, problem: Problem) -> Wrong {
    let field = problem.errors.first().map_or("", |one| one.field.as_str());
    Wrong {
        line: row.line,
        field: kind.column(field),
        code: problem.code.into(),
        value: row.shown().to_owned(),
    }
}
