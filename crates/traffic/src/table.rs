//! Reads the embedded tables.
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};

/// The rows of an embedded CSV file.
///
/// # Panics
/// When the file does not have the columns of `T`; a test reads every file.
pub(crate) fn rows<T: DeserializeOwned>(text: &str) -> Vec<T> {
    csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .collect::<Result<_, _>>()
        .expect("the embedded tables are read by a test")
}

/// Dollars with two decimals as cents; an empty cell is zero.
pub(crate) fn cents<'de, D: Deserializer<'de>>(cell: D) -> Result<i64, D::Error> {
    let text = String::deserialize(cell)?;
    parse_cents(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no amount")))
}

/// A column that says `y` or nothing.
pub(crate) fn yes<'de, D: Deserializer<'de>>(cell: D) -> Result<bool, D::Error> {
    String::deserialize(cell).map(|text| text == "y")
}

fn parse_cents(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let (major, minor) = text.split_once('.')?;
    if minor.len() != 2 {
        return None;
    }
    Some(major.parse::<i64>().ok()? * 100 + minor.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::parse_cents;

    #[test]
    fn an_amount_has_two_decimals_or_is_empty() {
        for (text, cents) in [
            ("", Some(0)),
            ("1.88", Some(188)),
            ("0.05", Some(5)),
            ("12.5", None),
            ("x", None),
        ] {
            assert_eq!(parse_cents(text), cents, "{text:?}");
        }
    }
}
