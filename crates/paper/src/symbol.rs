//! Symbols that the printer draws itself: sharper than dots that we would send, and a fraction of the bytes.

/// Bytes that a QR code carries at most: a module is then still four dots wide on the narrowest paper.
pub const MAX_QR_BYTES: usize = 200;
/// Letters of the longest Code 128 that fits 58 mm with bars of one dot.
const MAX_CODE128: usize = 26;

/// A barcode that can be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Barcode {
    /// What goods carry: 13 digits, the last one checked.
    Ean13(String),
    /// Any printable ASCII.
    Code128(String),
}

impl Barcode {
    /// 13 digits of which the last is right.
    #[must_use]
    pub fn ean13(digits: &str) -> Option<Self> {
        let bytes = digits.as_bytes();
        if bytes.len() != 13 || !bytes.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let weighted: u32 = bytes
            .iter()
            .zip([1, 3].into_iter().cycle())
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        weighted
            .is_multiple_of(10)
            .then(|| Self::Ean13(digits.to_owned()))
    }

    /// One to 26 printable ASCII letters.
    #[must_use]
    pub fn code128(text: &str) -> Option<Self> {
        let fits = (1..=MAX_CODE128).contains(&text.len());
        (fits && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)))
            .then(|| Self::Code128(text.to_owned()))
    }

    /// The best one for what a product is scanned by: an EAN-13 as such, anything else as Code 128.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ean13(code).or_else(|| Self::code128(code))
    }

    /// What is read from it.
    #[must_use]
    pub fn text(&self) -> &str {
        let (Self::Ean13(text) | Self::Code128(text)) = self;
        text
    }

    /// How many of the narrowest bars it is wide, with the white that scanners want beside it.
    pub(crate) fn modules(&self) -> usize {
        match self {
            Self::Ean13(_) => 95 + 18,
            // Start, letters, check and stop.
            Self::Code128(text) => 11 * (text.len() + 2) + 13 + 20,
        }
    }
}

/// A QR code that can be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr(String);

impl Qr {
    /// One to 200 bytes.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (1..=MAX_QR_BYTES)
            .contains(&text.len())
            .then(|| Self(text.to_owned()))
    }

    /// What is read from it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}
