//! Voucher codes as people type them.
use std::fmt;

use crate::id::Id;

/// Names a [`Voucher`].
pub type VoucherId = Id<Voucher>;

/// What unlocks a promotion: a code that many share, or one of a person's own.
#[derive(Debug)]
pub struct Voucher;

/// The longest code.
pub const MAX_CODE: usize = 40;

/// A code in its one form: capital letters and digits. Spaces, dashes and small letters say nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoucherCode(String);

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VoucherCodeError {
    /// Nothing but spaces and dashes.
    #[error("the code is empty")]
    Empty,
    /// Longer than [`MAX_CODE`].
    #[error("a code has at most {MAX_CODE} letters and digits")]
    TooLong,
    /// Neither a letter nor a digit.
    #[error("{0:?} is neither a letter nor a digit")]
    Character(char),
}

impl VoucherCode {
    /// Reads what was typed or scanned.
    ///
    /// # Errors
    /// Each [`VoucherCodeError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, VoucherCodeError> {
        let mut code = String::new();
        for letter in text.chars() {
            if letter.is_whitespace() || matches!(letter, '-' | '_' | '.' | '\u{2013}' | '\u{2014}')
            {
                continue;
            }
            if !letter.is_alphanumeric() {
                return Err(VoucherCodeError::Character(letter));
            }
            code.extend(letter.to_uppercase());
        }
        match code.chars().count() {
            0 => Err(VoucherCodeError::Empty),
            length if length > MAX_CODE => Err(VoucherCodeError::TooLong),
            _ => Ok(Self(code)),
        }
    }

    /// The code in its one form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VoucherCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
