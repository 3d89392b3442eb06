//! Tables as CSV that a spreadsheet opens without running anything that somebody has put into a cell.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

use crate::problem::Problem;

/// What makes Excel read UTF-8.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Whether a list is asked for as a file: `format=csv` instead of `json` or nothing.
///
/// # Errors
/// 422 `audit.format`.
pub fn is_asked_for(format: Option<&str>) -> Result<bool, Problem> {
    match format {
        None | Some("json") => Ok(false),
        Some("csv") => Ok(true),
        Some(_) => {
            let message = "The formats are json and csv";
            Err(Problem::invalid("audit.format", "format", message))
        }
    }
}

/// A table as a file of that name, which nobody on the way keeps.
pub fn file(name: &str, table: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, table).into_response()
}

/// Adds a row (RFC 4180). A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV
/// injection).
pub fn row<'a>(out: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push(out, cell);
    }
    out.push_str("\r\n");
}

fn push(out: &mut String, cell: &str) {
    let is_formula =
        cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_below_zero(cell);
    let needs_quotes = is_formula || cell.contains([',', ';', '"', '\n', '\r']);
    if !needs_quotes {
        out.push_str(cell);
        return;
    }
    out.push('"');
    if is_formula {
        out.push('\'');
    }
    out.push_str(&cell.replace('"', "\"\""));
    out.push('"');
}

/// A number below zero is one, or a column of differences could not be summed.
fn is_below_zero(cell: &str) -> bool {
    let Some(number) = cell.strip_prefix('-') else {
        return false;
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    [whole, fraction]
        .iter()
        .all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, expected) in [
            ("Lan", "Lan"),
            ("", ""),
            ("=1+1", "\"'=1+1\""),
            ("+49", "\"'+49\""),
            ("-2", "-2"),
            ("-3.50", "-3.50"),
            ("-2+3", "\"'-2+3\""),
            ("-1.", "\"'-1.\""),
            ("-", "\"'-\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            let mut out = String::new();
            row(&mut out, [cell, "z"]);
            assert_eq!(out, format!("{expected},z\r\n"), "{cell:?}");
        }
    }
}
