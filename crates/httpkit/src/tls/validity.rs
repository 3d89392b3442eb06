//! From when until when a certificate is good: the one thing in it that nothing else here tells.
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// A sequence.
const SEQUENCE: u8 = 0x30;
/// The version, which may be left out.
const VERSION: u8 = 0xa0;
/// A time with two digits for the year.
const UTC_TIME: u8 = 0x17;
/// A time with four digits for the year.
const GENERALIZED_TIME: u8 = 0x18;

/// From when until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// Not before that.
    pub from: Timestamp,
    /// Not after that.
    pub until: Timestamp,
}

impl Validity {
    /// Of an X.509 certificate (RFC 5280, 4.1).
    #[must_use]
    pub fn of(der: &[u8]) -> Option<Self> {
        let (SEQUENCE, certificate, _) = element(der)? else {
            return None;
        };
        let (SEQUENCE, mut rest, _) = element(certificate)? else {
            return None;
        };
        if rest.first() == Some(&VERSION) {
            rest = element(rest)?.2;
        }
        // Serial number, algorithm of the signature, issuer.
        for _ in 0..3 {
            rest = element(rest)?.2;
        }
        let (SEQUENCE, validity, _) = element(rest)? else {
            return None;
        };
        let (tag, from, rest) = element(validity)?;
        let from = time(tag, from)?;
        let (tag, until, _) = element(rest)?;
        Some(Self {
            from,
            until: time(tag, until)?,
        })
    }
}

/// The first element: its tag, what is in it, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let digits = usize::from(first & 0x7f);
        if !(1..=4).contains(&digits) {
            return None;
        }
        let (length, rest) = rest.split_at_checked(digits)?;
        let length = length
            .iter()
            .fold(0_usize, |length, digit| (length << 8) | usize::from(*digit));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

fn time(tag: u8, text: &[u8]) -> Option<Timestamp> {
    let text = str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let text = match tag {
        // Until 2049 (RFC 5280, 4.1.2.5.1).
        UTC_TIME => {
            let century = if text.get(..2)? < "50" { "20" } else { "19" };
            format!("{century}{text}")
        }
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let time = DateTime::strptime("%Y%m%d%H%M%S", &text).ok()?;
    time.to_zoned(TimeZone::UTC)
        .ok()
        .map(|time| time.timestamp())
}

/// An instant as metrics tell it.
#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of this millennium are exact in a double"
)]
pub(super) fn gauge(at: Timestamp) -> f64 {
    at.as_second() as f64
}
