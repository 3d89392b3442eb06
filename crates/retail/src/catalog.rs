//! What can be sold: products, their variants, and the barcodes that find them.
use std::fmt;

use crate::id::Id;

pub mod matrix;

/// Names a [`Variant`].
pub type VariantId = Id<Variant>;
/// Names a [`Product`].
pub type ProductId = Id<Product>;
/// Names a [`Category`].
pub type CategoryId = Id<Category>;

/// What is described: "T-shirt".
#[derive(Debug)]
pub struct Product;

/// What is sold, priced and counted: "T-shirt, red, M". Every product has at least one.
#[derive(Debug)]
pub struct Variant;

/// A shelf of the catalogue.
#[derive(Debug)]
pub struct Category;

/// Our own code for a variant, as printed on its label.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sku(String);

impl Sku {
    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Sku {
    fn from(code: &str) -> Self {
        Self(code.to_owned())
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The longest barcode we take: a GS1-128 label.
pub const MAX_BARCODE: usize = 48;

/// What a scanner reads. A number of 8, 12, 13 or 14 digits is a GTIN and has a right check digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Barcode(String);

/// Why a text is not a barcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BarcodeError {
    /// Nothing was read.
    #[error("the barcode is empty")]
    Empty,
    /// Longer than [`MAX_BARCODE`], or with characters that no label carries.
    #[error("a barcode has at most {MAX_BARCODE} printable characters")]
    Unreadable,
    /// A digit was misread or mistyped.
    #[error("the check digit should be {expected}")]
    CheckDigit {
        /// The digit that would be right.
        expected: u8,
    },
}

impl Barcode {
    /// Reads what a scanner or a hand has typed. Leading zeros are kept: a barcode is text (pitfall 21).
    ///
    /// # Errors
    /// Each [`BarcodeError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, BarcodeError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BarcodeError::Empty);
        }
        if text.len() > MAX_BARCODE || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BarcodeError::Unreadable);
        }
        let is_gtin =
            matches!(text.len(), 8 | 12..=14) && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_gtin {
            let (payload, check) = text.split_at(text.len() - 1);
            let expected = gtin_check_digit(payload);
            if check.as_bytes() != [b'0' + expected] {
                return Err(BarcodeError::CheckDigit { expected });
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The code as it is printed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An EAN-13 for use inside the company (GS1 General Specifications 2.1.11: restricted circulation, prefixes 20-29).
    ///
    /// `None` when `number` has more than ten digits.
    #[must_use]
    pub fn in_house(number: u64) -> Option<Self> {
        let payload = format!("20{number:010}");
        (payload.len() == 12).then(|| Self(format!("{payload}{}", gtin_check_digit(&payload))))
    }

    /// The forms under which the same GTIN may be registered: a UPC-A is an EAN-13 with a leading zero, and so on.
    #[must_use]
    pub fn equivalents(&self) -> Vec<String> {
        let code = self.as_str();
        let numeric = code.bytes().all(|byte| byte.is_ascii_digit());
        if !numeric || !matches!(code.len(), 8 | 12..=14) {
            return vec![code.to_owned()];
        }
        let padded = format!("{code:0>14}");
        let significant = padded.trim_start_matches('0').len();
        [8, 12, 13, 14]
            .into_iter()
            .filter(|&length| length >= significant)
            .map(|length| padded[14 - length..].to_owned())
            .collect()
    }
}

/// The check digit of a GTIN without it: weights 3 and 1 from the right (GS1 General Specifications 7.9.1).
#[must_use]
pub fn gtin_check_digit(payload: &str) -> u8 {
    let sum: u32 = payload
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| u32::from(byte - b'0') * if place % 2 == 0 { 3 } else { 1 })
        .sum();
    u8::try_from((10 - sum % 10) % 10).expect("below ten")
}

#[cfg(test)]
mod tests;
