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

/// What is known of a voucher when its code comes from somebody who is not seen: in a web shop nobody has proven who they
/// are (ADR 27).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// Whether it counts at this moment.
    pub time: Time,
    /// Who may use it.
    pub whose: Whose,
    /// How often it may be used; none: any number of times.
    pub uses: Option<i64>,
    /// How often it may be used still, where that is counted.
    pub left: Option<i64>,
}

/// When a voucher counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// The dates of its promotion have not come.
    Before,
    /// Now.
    Now,
    /// It was stopped, its last day is over, or its promotion does not run any more.
    Over,
}

/// Who may use a voucher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Whoever has it.
    Anybody,
    /// Customers of a segment.
    Segment,
    /// One customer.
    Customer,
}

/// Why a code opens nothing in a web shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VoucherRefusal {
    /// Nobody has made such a code.
    #[error("nobody has made such a code")]
    Unknown,
    /// What it was for is over.
    #[error("what this code was for is over")]
    Ended,
    /// What it is for has not begun.
    #[error("what this code is for has not begun")]
    NotBegun,
    /// It has been used as often as it may be.
    #[error("this code has been used")]
    Used,
    /// Only customers of a segment may use it, and nobody knows who asks.
    #[error("this code is for members, in a shop")]
    ForMembers,
    /// Only one customer may use it, and nobody knows who asks.
    #[error("this code is for one customer, in a shop")]
    NotYours,
    /// The cloud was restored, and does not know yet what the shops have used.
    #[error("limited codes cannot be used online at this moment")]
    Closed,
}

impl VoucherRefusal {
    /// The stable code of a refusal.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "voucher.unknown",
            Self::Ended => "voucher.ended",
            Self::NotBegun => "voucher.not_begun",
            Self::Used => "voucher.used",
            Self::ForMembers => "voucher.for_members",
            Self::NotYours => "voucher.not_yours",
            Self::Closed => "promotion.closed",
        }
    }
}

impl VoucherCode {
    /// Whether whoever has this code may use it in a web shop.
    ///
    /// A code of one customer's own counts as the proof of who they are when it is a secret: made by chance, and good for
    /// one use. One that somebody has thought of, or that may be used again, is not. Of a segment nobody has a proof.
    ///
    /// # Errors
    /// The first [`VoucherRefusal`] that applies; what is over is said before whose it is.
    pub fn opens_online(&self, of: &Presented) -> Result<(), VoucherRefusal> {
        let is_secret = of.uses == Some(1) && self.could_be_made();
        match (of.time, of.whose) {
            (Time::Over, _) => Err(VoucherRefusal::Ended),
            (_, Whose::Segment) => Err(VoucherRefusal::ForMembers),
            (_, Whose::Customer) if !is_secret => Err(VoucherRefusal::NotYours),
            _ if of.left.is_some_and(|left| left < 1) => Err(VoucherRefusal::Used),
            (Time::Before, _) => Err(VoucherRefusal::NotBegun),
            (Time::Now, Whose::Anybody | Whose::Customer) => Ok(()),
        }
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
    use super::{CHANCE, Presented, Time, VoucherCode, VoucherRefusal, Whose};

    #[test]
    fn whoever_has_a_code_may_use_it_online_or_is_told_why_not() {
        use VoucherRefusal::{Ended, ForMembers, NotBegun, NotYours, Used};
        let shared = Presented {
            time: Time::Now,
            whose: Whose::Anybody,
            uses: None,
            left: None,
        };
        let once = Presented {
            uses: Some(1),
            left: Some(1),
            ..shared
        };
        let personal = Presented {
            whose: Whose::Customer,
            ..once
        };
        let secret = VoucherCode::make("KIM", [7, 1, 9, 200, 33, 0, 12, 90, 255]);
        let thought_of = VoucherCode::parse("kim-10").unwrap();
        #[rustfmt::skip]
        let cases = [
            (&thought_of, shared, Ok(())),
            (&thought_of, once, Ok(())),
            (&thought_of, Presented { left: Some(0), ..once }, Err(Used)),
            (&thought_of, Presented { time: Time::Before, ..once }, Err(NotBegun)),
            (&thought_of, Presented { time: Time::Over, left: Some(0), ..once }, Err(Ended)),
            (&thought_of, Presented { whose: Whose::Segment, ..shared }, Err(ForMembers)),
            (&secret, Presented { whose: Whose::Segment, ..once }, Err(ForMembers)),
            (&secret, personal, Ok(())),
            (&secret, Presented { left: Some(0), ..personal }, Err(Used)),
            (&secret, Presented { uses: Some(2), left: Some(2), ..personal }, Err(NotYours)),
            (&secret, Presented { uses: None, left: None, ..personal }, Err(NotYours)),
            (&thought_of, personal, Err(NotYours)),
        ];
        for (code, presented, expected) in cases {
            assert_eq!(
                code.opens_online(&presented),
                expected,
                "{code} {presented:?}"
            );
        }
    }

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
