//! A file as it came: which letters it is written in, what stands between its columns, and its rows as text. Pure.
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_874, WINDOWS_1258};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is told about a file; what is not told is guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// `utf-8`, `utf-16le`, `utf-16be`, `windows-1258` or `windows-874`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// `,`, `;` or a tab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// What stands before decimals: `.` or `,`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal: Option<char>,
    /// In which zone days and times are meant, an IANA name; nothing: where most locations are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// By our name of a column the one of the file, where that is not known.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub columns: std::collections::BTreeMap<String, String>,
}

/// A row with where it begins in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// From 1.
    pub(crate) line: u64,
    pub(crate) cells: Vec<String>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) encoding: &'static str,
    pub(crate) delimiter: char,
    pub(crate) decimal: char,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Line>,
    /// The line of a row with a quote that is never closed: what comes after it is swallowed.
    pub(crate) open_quote: Option<u64>,
}

/// Reads a file. None: nobody could have told how it is written, or it has no header.
pub(crate) fn read(bytes: &[u8], told: &Told) -> Option<Table> {
    let encoding = match &told.encoding {
        Some(label) => Encoding::for_label(label.as_bytes())?,
        None => guess(bytes),
    };
    // A byte order mark is taken away, whatever was told.
    let (text, encoding, _) = encoding.decode(bytes);
    let text: String = if encoding == WINDOWS_1258 {
        // Marks of tones stand behind their letter there.
        unicode_normalization::UnicodeNormalization::nfc(&*text).collect()
    } else {
        text.into_owned()
    };
    let delimiter = told.delimiter.unwrap_or_else(|| delimiter(&text));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(delimiter).ok()?)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut places = Places::of(&text);
    let mut last = (0, 1);
    let mut lines = reader.records().map_while(Result::ok).map(|record| {
        let byte = record.position().map_or(0, csv::Position::byte);
        let line = places.line(byte);
        last = (byte, line);
        Line {
            line,
            cells: record.iter().map(cell).collect(),
        }
    });
    let header = lines.next()?.cells;
    let is_empty = |line: &Line| line.cells.iter().all(String::is_empty);
    let rows = lines.filter(|line| !is_empty(line)).collect();
    let rest = usize::try_from(last.0)
        .ok()
        .and_then(|byte| text.get(byte..));
    let is_open = rest.is_some_and(|rest| is_open(rest, delimiter));
    Some(Table {
        encoding: encoding.name(),
        delimiter,
        decimal: told
            .decimal
            .unwrap_or(if delimiter == ';' { ',' } else { '.' }),
        header,
        rows,
        open_quote: is_open.then_some(last.1),
    })
}

/// Whether a row, the last one, has a quote that opens a cell and is never closed.
fn is_open(row: &str, delimiter: char) -> bool {
    let (mut is_open, mut begins) = (false, true);
    for letter in row.chars() {
        let is_quote = letter == '"' && (is_open || begins);
        if is_quote {
            is_open = !is_open;
        }
        // A second quote within a cell opens it again: it stands for itself.
        let may_open = is_quote || letter == delimiter || matches!(letter, '\n' | '\r');
        begins = !is_open && may_open;
    }
    is_open
}

/// Where rows stand in a text, asked for one after the other. The reader's own count is that of the blank lines before a
/// row, which it passes over while it reads it.
struct Places<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Places<'a> {
    const fn of(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            line: 1,
        }
    }

    /// The line of the first cell of the row that was read from `byte` on, from 1.
    fn line(&mut self, byte: u64) -> u64 {
        let is_break = |at: usize| matches!(self.text.get(at), Some(b'\r' | b'\n'));
        let mut begins = usize::try_from(byte).unwrap_or(usize::MAX).max(self.at);
        while is_break(begins) {
            begins += 1;
        }
        for at in self.at..begins.min(self.text.len()) {
            // A carriage return and a line feed end one line together.
            let ends = self.text[at] == b'\n'
                || self.text[at] == b'\r' && self.text.get(at + 1) != Some(&b'\n');
            self.line += u64::from(ends);
        }
        self.at = begins;
        self.line
    }
}

/// A cell as text: a formula is what somebody typed, and the apostrophe with which one was made harmless is not.
fn cell(text: &str) -> String {
    let text = text.trim();
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t']) => rest.to_owned(),
        _ => text.replace('\0', "\u{fffd}"),
    }
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    // UTF-16 without a mark: every other byte of ASCII is zero.
    let head = &bytes[..bytes.len().min(2_000)];
    let zeros = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    if zeros(1) * 4 > head.len() {
        return UTF_16LE;
    }
    if zeros(0) * 4 > head.len() {
        return UTF_16BE;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    // Thai is written in high bytes one after the other; Vietnamese has them between plain letters.
    let is_high = |byte: &u8| *byte >= 0xa1;
    let high = bytes.iter().filter(|byte| is_high(byte)).count();
    let pairs = bytes
        .windows(2)
        .filter(|pair| pair.iter().all(is_high))
        .count();
    if pairs * 2 > high {
        WINDOWS_874
    } else {
        WINDOWS_1258
    }
}

/// What stands most often between the columns of the first line.
fn delimiter(text: &str) -> char {
    let mut quoted = false;
    let mut counts = [(',', 0), (';', 0), ('\t', 0)];
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            '\n' if !quoted => break,
            _ if !quoted => {
                if let Some(count) = counts.iter_mut().find(|count| count.0 == letter) {
                    count.1 += 1;
                }
            }
            _ => {}
        }
    }
    counts
        .into_iter()
        .rev()
        .max_by_key(|count| count.1)
        .map_or(',', |count| count.0)
}

/// A number as people write it: `129.000` or `1,299.50`, by what stands before its decimals.
pub(crate) fn number(text: &str, decimal: char) -> Option<rust_decimal::Decimal> {
    let between = if decimal == ',' { '.' } else { ',' };
    let text: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    let (whole, part) = text.split_once(decimal).unwrap_or((&text, ""));
    let groups: Vec<&str> = whole.split(between).collect();
    let is_grouped = groups.len() == 1
        || (1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3);
    let digits = groups.concat();
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_grouped || digits.is_empty() || !is_number(&digits) || !is_number(part) {
        return None;
    }
    format!("{digits}.{}", if part.is_empty() { "0" } else { part })
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{Told, number, read};

    #[test]
    fn letters_and_what_stands_between_columns_are_guessed() {
        let utf16: Vec<u8> = "\u{feff}sku;name\nA;Trà đá"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for (bytes, expected) in [
            (
                b"\xef\xbb\xbfsku,name\r\nA,\"Tea, \"\"hot\"\"\"".to_vec(),
                "UTF-8 , A|Tea, \"hot\"",
            ),
            (
                "sku\tname\nA\tชาเย็น".as_bytes().to_vec(),
                "UTF-8 \t A|ชาเย็น",
            ),
            (utf16, "UTF-16LE ; A|Trà đá"),
            // "Trà đá" with the marks behind the letters, as Windows writes it.
            (
                b"sku,name\nA,Tra\xcc \xf0a\xec qu\xfd".to_vec(),
                "windows-1258 , A|Trà đá quư",
            ),
            (
                b"sku,name\nA,\xaa\xd2\xe0\xc2\xe7\xb9".to_vec(),
                "windows-874 , A|ชาเย็น",
            ),
            (
                b"sku,name\n=1+1,'=SUM(A1)".to_vec(),
                "UTF-8 , =1+1|=SUM(A1)",
            ),
        ] {
            let table = read(&bytes, &Told::default()).unwrap();
            assert_eq!(table.header, ["sku", "name"]);
            let said = format!(
                "{} {} {}",
                table.encoding,
                table.delimiter,
                table.rows[0].cells.join("|")
            );
            assert_eq!(said, expected);
        }
        assert_eq!(read(b"", &Told::default()), None);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_found() {
        for (file, expected) in [
            ("a,b\n1,\"x\"\n2,\"y\nz", Some(3)),
            ("a,b\n1,\"x\"\"\n2,y\n", Some(2)),
            ("a,\"b\n", Some(1)),
            ("a,b\n1,\"say \"\"hi\"\"\"", None),
            ("a,b\n1,5\" pipe\n", None),
            ("a,b\n1,5\"\" pipe\n", None),
            ("a,b\n1,\"\"\n", None),
        ] {
            let table = read(file.as_bytes(), &Told::default()).unwrap();
            assert_eq!(table.open_quote, expected, "{file:?}");
        }
    }

    #[test]
    fn a_line_is_where_it_begins_in_the_file() {
        for file in [
            "a,b\n\"1\n2\",x\n\n3,y",
            "a,b\r\n\"1\r\n2\",x\r\n\r\n3,y\r\n",
        ] {
            let table = read(file.as_bytes(), &Told::default()).unwrap();
            let lines: Vec<u64> = table.rows.iter().map(|row| row.line).collect();
            assert_eq!(lines, [2, 5], "{file:?}");
        }
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for (text, decimal, expected) in [
            ("1.99", '.', Some("1.99")),
            ("1,299.50", '.', Some("1299.50")),
            ("129.000", ',', Some("129000.0")),
            ("1 299,5", ',', Some("1299.5")),
            ("1,5", '.', None),
            ("-1", '.', None),
            ("1e5", '.', None),
            ("", '.', None),
        ] {
            let found = number(text, decimal).map(|number| number.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
