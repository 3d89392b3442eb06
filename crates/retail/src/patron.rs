//! A customer whom the chain knows: found by a phone number, and shown by as little as tells one from another.
use std::{fmt, ops::RangeInclusive};

use crate::id::Id;

/// Names a patron.
pub type PatronId = Id<Patron>;

/// A customer whom the chain knows.
#[derive(Debug)]
pub struct Patron;

/// The longest name that is kept, in letters.
pub const LONGEST_NAME: usize = 80;
/// The longest note that is kept, in letters.
pub const LONGEST_NOTE: usize = 500;
/// Digits of a number that a till shows.
const SHOWN_DIGITS: usize = 3;
/// Digits of an international number without its `+`; at most 15 by ITU-T E.164.
const INTERNATIONAL: RangeInclusive<usize> = 8..=15;
/// The longest thing that is read as a phone number.
const LONGEST_TYPED: usize = 40;

/// How a country writes its numbers. The digits are those after the trunk prefix, mobile and fixed, by the national
/// numbering plans that ITU-T publishes for E.164.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// ISO 3166-1.
    country: &'static str,
    calling: &'static str,
    /// Stands before a number inside the country only.
    trunk: &'static str,
    digits: RangeInclusive<usize>,
    /// Time zones of its places, by the IANA table `zone1970.tab`.
    zones: &'static [&'static str],
}

const PLANS: [Plan; 10] = [
    plan(
        "VN",
        "84",
        "0",
        9..=10,
        &["Asia/Ho_Chi_Minh", "Asia/Saigon"],
    ),
    plan("TH", "66", "0", 8..=9, &["Asia/Bangkok"]),
    plan("KH", "855", "0", 8..=9, &["Asia/Phnom_Penh"]),
    plan("LA", "856", "0", 8..=10, &["Asia/Vientiane"]),
    plan("SG", "65", "", 8..=8, &["Asia/Singapore"]),
    plan(
        "MY",
        "60",
        "0",
        8..=10,
        &["Asia/Kuala_Lumpur", "Asia/Kuching"],
    ),
    plan(
        "ID",
        "62",
        "0",
        7..=12,
        &["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"],
    ),
    plan("PH", "63", "0", 8..=10, &["Asia/Manila"]),
    plan("GB", "44", "0", 9..=10, &["Europe/London"]),
    plan(
        "US",
        "1",
        "1",
        10..=10,
        &[
            "America/New_York",
            "America/Detroit",
            "America/Chicago",
            "America/Denver",
            "America/Boise",
            "America/Phoenix",
            "America/Los_Angeles",
            "America/Anchorage",
            "Pacific/Honolulu",
            "America/Toronto",
            "America/Halifax",
            "America/Winnipeg",
            "America/Edmonton",
            "America/Vancouver",
        ],
    ),
];

const fn plan(
    country: &'static str,
    calling: &'static str,
    trunk: &'static str,
    digits: RangeInclusive<usize>,
    zones: &'static [&'static str],
) -> Plan {
    Plan {
        country,
        calling,
        trunk,
        digits,
        zones,
    }
}

/// Where numbers are typed without their country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(&'static Plan);

impl Country {
    /// The country that a shop's time zone lies in; none when its numbering plan is not known here.
    #[must_use]
    pub fn of_zone(zone: &str) -> Option<Self> {
        PLANS
            .iter()
            .find(|plan| plan.zones.contains(&zone))
            .map(Self)
    }

    /// ISO 3166-1. Canada shares the plan of the United States.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.0.country
    }
}

/// Why something typed is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Letters, or signs that stand in no number.
    #[error("a phone number has digits only")]
    NotDigits,
    /// Without `+` and country, where the country is not known.
    #[error("the number has to begin with + and its country")]
    NoCountry,
    /// Digits are missing.
    #[error("the number is too short")]
    TooShort,
    /// There are too many digits.
    #[error("the number is too long")]
    TooLong,
}

impl PhoneError {
    /// The name in messages.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotDigits => "not_digits",
            Self::NoCountry => "no_country",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
        }
    }
}

/// A phone number in the one form of E.164: `+84901234567`. Equal numbers are equal, however they were typed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// Reads what somebody typed at a shop in `country`: with `+` or `00` it names its own country.
    ///
    /// # Errors
    /// [`PhoneError`] says what is wrong with it.
    pub fn parse(typed: &str, country: Option<Country>) -> Result<Self, PhoneError> {
        if typed.len() > LONGEST_TYPED {
            return Err(PhoneError::TooLong);
        }
        let typed = typed.trim();
        if let Some(abroad) = typed.strip_prefix('+') {
            // `+49 (0)30…`: what stands in brackets is for those inside the country.
            return international(&digits(&abroad.replacen("(0)", "", 1))?);
        }
        let digits = digits(typed)?;
        if let Some(abroad) = digits.strip_prefix("00") {
            return international(abroad);
        }
        let Country(plan) = country.ok_or(PhoneError::NoCountry)?;
        let read = national(plan, &digits);
        // `84 901 234 567`: the country is there, its `+` is not. Only what is no number otherwise is read so.
        match (&read, digits.strip_prefix(plan.calling)) {
            (Err(PhoneError::TooLong), Some(rest)) => national(plan, rest),
            _ => read,
        }
    }

    /// The number, beginning with `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last digits, which a till shows.
    #[must_use]
    pub fn tail(&self) -> &str {
        &self.0[self.0.len() - SHOWN_DIGITS..]
    }
}

/// No log shows a number of somebody.
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone(…{})", self.tail())
    }
}

/// The digits, in those of ASCII, of what is typed with signs between; a Thai keyboard has digits of its own.
fn digits(typed: &str) -> Result<String, PhoneError> {
    let mut digits = String::with_capacity(typed.len());
    for sign in typed.chars() {
        match sign {
            '0'..='9' => digits.push(sign),
            '๐'..='๙' => digits.extend(char::from_digit(u32::from(sign) - u32::from('๐'), 10)),
            ' ' | '\u{a0}' | '-' | '.' | '(' | ')' | '/' => {}
            _ => return Err(PhoneError::NotDigits),
        }
    }
    if digits.is_empty() {
        return Err(PhoneError::TooShort);
    }
    Ok(digits)
}

fn international(digits: &str) -> Result<Phone, PhoneError> {
    if digits.starts_with('0') {
        return Err(PhoneError::NoCountry);
    }
    let known = PLANS
        .iter()
        .find(|plan| digits.starts_with(plan.calling))
        .map(|plan| (plan, &digits[plan.calling.len()..]));
    if let Some((plan, rest)) = known {
        return national(plan, rest);
    }
    check(digits.len(), &INTERNATIONAL)?;
    Ok(Phone(format!("+{digits}")))
}

/// A trunk prefix is left out, also where somebody has put it behind the country: `+84 (0)90…`.
fn national(plan: &Plan, digits: &str) -> Result<Phone, PhoneError> {
    let rest = match plan.trunk {
        "" => digits,
        "0" => digits.trim_start_matches('0'),
        trunk if digits.len() > *plan.digits.start() => {
            digits.strip_prefix(trunk).unwrap_or(digits)
        }
        _ => digits,
    };
    check(rest.len(), &plan.digits)?;
    Ok(Phone(format!("+{}{rest}", plan.calling)))
}

fn check(length: usize, allowed: &RangeInclusive<usize>) -> Result<(), PhoneError> {
    if length < *allowed.start() {
        return Err(PhoneError::TooShort);
    }
    if length > *allowed.end() {
        return Err(PhoneError::TooLong);
    }
    Ok(())
}

/// A name as people keep it: without what stands around it. None when there is none, or it is too long.
#[must_use]
pub fn name(typed: &str) -> Option<String> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = !name.is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control);
    fits.then_some(name)
}

/// What a till and a receipt show of a name: one word whole and the others by their first letter. It is the last word,
/// which is how people are called in Vietnam and cited elsewhere; of a Thai name it is the first, as Thais are called.
#[must_use]
pub fn shown(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let whole = if name.contains(is_thai) {
        0
    } else {
        words.len().saturating_sub(1)
    };
    let part = |(at, word): (usize, &&str)| {
        if at == whole {
            return (*word).to_owned();
        }
        // A Thai vowel that is written before its consonant is no letter that somebody is known by.
        let is_before = |letter: &char| ('เ'..='ไ').contains(letter);
        let first = word.chars().find(|letter| !is_before(letter));
        first.map_or_else(String::new, |first| format!("{first}."))
    };
    let parts: Vec<String> = words.iter().enumerate().map(part).collect();
    parts.join(" ")
}

fn is_thai(letter: char) -> bool {
    ('\u{e01}'..='\u{e5b}').contains(&letter)
}

/// Whether advertising may be sent, when somebody says so once more: a no at a till is never undone by a yes at another
/// (sync.md 2.14, row 8). Only the office, asked by the person, turns it into a yes again.
#[must_use]
pub const fn marketing(before: Option<bool>, said: Option<bool>) -> Option<bool> {
    match (before, said) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), _) | (_, Some(true)) => Some(true),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests;
