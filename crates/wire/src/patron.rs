//! What a shop tells the cloud of the customers that it has entered: letters. They stand beside the log of events, because
//! a person may ask to be forgotten, and an event cannot be. The shop keeps a letter until the cloud has it.
use std::fmt::{self, Write as _};

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

/// Bytes of the chain's key.
pub const KEY_BYTES: usize = 32;
/// Letters in one request at most.
pub const MAX_LETTERS: usize = 50;
/// Bytes of the keyed hash that are kept: enough that two numbers of one chain never meet.
const KEPT_BYTES: usize = 16;

/// What a phone number is found by where it is not kept: HMAC-SHA-256 of its E.164 form under the chain's key, in hex.
/// Whoever has the hashes alone cannot try all numbers. The key is on the shop's disk too, because a till looks up
/// without the internet: whoever takes the whole disk can, unless it is encrypted.
#[must_use]
pub fn phone_key(key: &[u8; KEY_BYTES], e164: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(e164.as_bytes());
    hex(&mac.finalize().into_bytes()[..KEPT_BYTES])
}

/// A key as the feed says it.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

/// The key that the feed says; none when it is none.
#[must_use]
pub fn key_of(hex: &str) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    if hex.len() != 2 * KEY_BYTES || !hex.is_ascii() {
        return None;
    }
    for (byte, digits) in key.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(key)
}

/// Who a customer is that a till has entered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// As in [`crate::body::PatronRegistered`], which may come before or after it.
    pub patron: Uuid,
    /// E.164.
    pub phone: String,
    /// In full.
    pub name: String,
    /// Where they get mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What the shop should know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// No log shows who somebody is.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("patron", &self.patron)
            .finish_non_exhaustive()
    }
}

/// Letters of a node; sending one again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letters {
    /// At most [`MAX_LETTERS`].
    pub letters: Vec<Letter>,
}

/// All of them are taken: the node forgets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LettersTaken {
    /// How many.
    pub taken: usize,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Letter, hex, key_of, phone_key};

    #[test]
    fn a_letter_in_a_log_says_nothing_of_anybody() {
        let letter = Letter {
            patron: Uuid::nil(),
            phone: "+84901234567".to_owned(),
            name: "Lan".to_owned(),
            email: Some("lan@example.org".to_owned()),
            note: "likes red".to_owned(),
        };
        assert_eq!(
            format!("{letter:?}"),
            "Letter { patron: 00000000-0000-0000-0000-000000000000, .. }"
        );
    }

    #[test]
    fn a_number_is_found_under_the_key_of_its_chain_alone() {
        let (one, other) = ([7; 32], [8; 32]);
        assert_eq!(
            phone_key(&one, "+84901234567"),
            phone_key(&one, "+84901234567")
        );
        assert_ne!(
            phone_key(&one, "+84901234567"),
            phone_key(&one, "+84901234568")
        );
        assert_ne!(
            phone_key(&one, "+84901234567"),
            phone_key(&other, "+84901234567")
        );
        assert_eq!(phone_key(&one, "+84901234567").len(), 32);
    }

    #[test]
    fn a_key_stays_what_it_is_on_its_way() {
        let key: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 7).unwrap());
        assert_eq!(key_of(&hex(&key)), Some(key));
        assert_eq!(key_of("00"), None);
        assert_eq!(key_of(&"zz".repeat(32)), None);
    }
}
