//! A table as a file: as CSV, or as a workbook whose figures are figures and whose texts are never formulas.
use httpkit::csv;
use httpkit::problem::Problem;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::export::Form;
use super::kind::Kind;
use crate::error::Result;

/// Columns of figures: whoever opens the workbook reckons with them.
const FIGURES: [&str; 8] = [
    "price",
    "price_per",
    "pack_size",
    "priority",
    "quantity",
    "rate",
    "tare",
    "tax",
];
/// The most rows of a sheet, with the header.
const MOST_ROWS: u32 = 1_048_576;
/// The most characters of a cell.
const LONGEST_CELL: usize = 32_767;

/// A file that is being written.
pub(super) enum Table {
    Csv(String),
    Xlsx(Box<Sheet>),
}

pub(super) struct Sheet {
    page: Worksheet,
    /// Which columns are figures.
    figures: Vec<bool>,
    next: u32,
}

impl Table {
    /// With the names of the columns.
    pub(super) fn new(kind: Kind, form: Form) -> Result<Self> {
        let names: Vec<&str> = kind.columns().iter().map(|column| column.0).collect();
        match form {
            Form::Csv => {
                let mut table = csv::BYTE_ORDER_MARK.to_owned();
                csv::row(&mut table, names);
                Ok(Self::Csv(table))
            }
            Form::Xlsx => Ok(Self::Xlsx(Box::new(
                Sheet::new(kind, &names).map_err(|error| unwritten(&error))?,
            ))),
        }
    }

    /// Adds a row.
    pub(super) fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<()> {
        match self {
            Self::Csv(table) => {
                csv::row(table, cells);
                Ok(())
            }
            Self::Xlsx(sheet) if sheet.next >= MOST_ROWS => {
                let message = "A sheet has at most 1,048,575 rows: take the CSV";
                Err(Problem::invalid("export.too_large", "form", message).into())
            }
            Self::Xlsx(sheet) => sheet.row(cells).map_err(|error| unwritten(&error)),
        }
    }

    /// The whole file.
    pub(super) fn finish(self) -> Result<Vec<u8>> {
        match self {
            Self::Csv(table) => Ok(table.into_bytes()),
            Self::Xlsx(sheet) => {
                let mut book = Workbook::new();
                book.push_worksheet(sheet.page);
                book.save_to_buffer().map_err(|error| unwritten(&error))
            }
        }
    }
}

fn unwritten(error: &XlsxError) -> crate::error::Error {
    Problem::internal(error).into()
}

impl Sheet {
    fn new(kind: Kind, names: &[&str]) -> std::result::Result<Self, XlsxError> {
        let mut page = Worksheet::new();
        page.set_name(kind.code())?;
        page.set_freeze_panes(1, 0)?;
        let bold = Format::new().set_bold();
        for (place, name) in (0_u16..).zip(names) {
            page.write_string_with_format(0, place, *name, &bold)?;
            page.set_column_width(place, if *name == "name" { 36 } else { 16 })?;
        }
        Ok(Self {
            page,
            figures: names.iter().map(|name| FIGURES.contains(name)).collect(),
            next: 1,
        })
    }

    fn row<'a>(
        &mut self,
        cells: impl IntoIterator<Item = &'a str>,
    ) -> std::result::Result<(), XlsxError> {
        for (place, cell) in (0_u16..).zip(cells) {
            let is_figure = self.figures.get(usize::from(place)) == Some(&true);
            match cell.parse::<f64>() {
                Ok(figure) if is_figure => {
                    self.page.write_number(self.next, place, figure)?;
                }
                _ if cell.is_empty() => {}
                _ => {
                    let text: String = cell.chars().take(LONGEST_CELL).collect();
                    self.page.write_string(self.next, place, text)?;
                }
            }
        }
        self.next += 1;
        Ok(())
    }
}
