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

/// What made codes consist of: letters and digits that nobody takes for another one.
const ALPHABET: &[u8; 24] = b"ACDEFGHJKMNPQRTVWXY34679";
/// Letters and digits by chance in a made code.
pub const CHANCE: usize = 9;
/// The longest beginning of made codes: the rest is [`CHANCE`] and a check character.
pub const MAX_PREFIX: usize = 12;

impl VoucherCode {
    /// Makes a code that begins with `prefix`, of random bytes, with a check character at its end: one character that was
    /// mistyped, and almost always two neighbours in the wrong order, make it a code that is never made.
    #[must_use]
    pub fn make(prefix: &str, chance: [u8; CHANCE]) -> Self {
        let mut own: Vec<usize> = chance
            .iter()
            .map(|byte| usize::from(*byte) % ALPHABET.len())
            .collect();
        own.push(check(&own));
        let letters = own.iter().map(|place| char::from(ALPHABET[*place]));
        Self(prefix.chars().chain(letters).collect())
    }

    /// Whether its last characters could have been made by [`VoucherCode::make`].
    #[must_use]
    pub fn could_be_made(&self) -> bool {
        let places: Option<Vec<usize>> = self
            .0
            .bytes()
            .rev()
            .take(CHANCE + 1)
            .map(|letter| ALPHABET.iter().position(|one| *one == letter))
            .collect();
        places.is_some_and(|mut places| {
            places.reverse();
            let own = places.split_last();
            own.is_some_and(|(last, own)| own.len() == CHANCE && check(own) == *last)
        })
    }
}

/// The check character of a code (Luhn's algorithm, modulo the letters that there are).
fn check(places: &[usize]) -> usize {
    let sum: usize = places
        .iter()
        .rev()
        .enumerate()
        .map(|(nth, place)| {
            let weighted = if nth % 2 == 0 { place * 2 } else { *place };
            weighted / ALPHABET.len() + weighted % ALPHABET.len()
        })
        .sum();
    (ALPHABET.len() - sum % ALPHABET.len()) % ALPHABET.len()
}

#[cfg(test)]
mod tests {
    use super::{CHANCE, VoucherCode};

    #[test]
    fn a_slip_makes_no_code_that_was_made() {
        let code = VoucherCode::make("SUMMER", [7, 1, 9, 200, 33, 0, 12, 90, 255]);
        assert_eq!(code.as_str().len(), "SUMMER".len() + CHANCE + 1);
        assert!(code.could_be_made());
        assert_eq!(VoucherCode::parse(code.as_str()), Ok(code.clone()));
        let letters: Vec<char> = code.as_str().chars().collect();
        let begin = "SUMMER".len();
        let mut slips = 0;
        for place in begin..letters.len() {
            for other in "ACDEFGHJKMNPQRTVWXY34679".chars() {
                let mut typed = letters.clone();
                typed[place] = other;
                let typed = VoucherCode(typed.into_iter().collect());
                assert_eq!(typed.could_be_made(), typed == code, "{typed}");
                slips += 1;
            }
            if place > begin && letters[place] != letters[place - 1] {
                let mut typed = letters.clone();
                typed.swap(place, place - 1);
                assert!(!VoucherCode(typed.into_iter().collect()).could_be_made());
            }
        }
        assert_eq!(slips, 24 * (CHANCE + 1));
        assert!(!VoucherCode("SUMMER".to_owned()).could_be_made());
    }
}
