//! Customers whom the chain knows: found by phone at any shop, one person under one id, and forgotten when they ask for it.
//! Accounts of the online shop are another realm (`customer`).
use httpkit::problem::Problem;
use jiff::Timestamp;
use jiff::civil::Date;
use retail::patron::{self, Country, LONGEST_NOTE, Phone, PhoneError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use wire::patron::{KEY_BYTES, hex, key_of, phone_key};

use crate::audit::Entry;
use crate::catalog;
use crate::cloud::Cloud;
use crate::customer::is_email;
use crate::db::{Actor, Tx};
use crate::error::Result;

pub(crate) mod db;
pub(crate) mod http;
pub(crate) mod letter;

/// Letters of why somebody is forgotten: it stays in the audit, where nothing of them should.
const LONGEST_REASON: usize = 200;
/// The most segments of a customer.
const MOST_SEGMENTS: usize = 50;
/// The longest name of a segment, in letters.
const LONGEST_SEGMENT: usize = 60;

/// A customer, as they shall be. Has no `Debug`: no log shows who somebody is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct PatronContent {
    /// In full, 1 to 80 letters.
    pub(crate) name: String,
    /// E.164; typed without a country, that of the chain's shops. Null: none is known.
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
    /// At most 500 letters.
    #[serde(default)]
    pub(crate) note: String,
    /// Wants advertising; null: never asked.
    pub(crate) marketing: Option<bool>,
    /// What they belong to, for promotions: at most 50, each of 1 to 60 letters.
    #[serde(default)]
    pub(crate) segments: Vec<String>,
    /// For promotions; null: not known. The year is nobody's business.
    #[serde(default)]
    pub(crate) birthday: Option<Birthday>,
}

/// The day of a birthday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Birthday {
    /// 1 to 12.
    pub(crate) month: i8,
    /// 1 to 31, as the month has them; 29 February is one.
    pub(crate) day: i8,
}

/// What a phone number is found by, under the chain's key.
pub(super) async fn found_by(cloud: &Cloud, tx: &Tx, phone: &str) -> Result<String> {
    let key = key(cloud, tx).await?;
    Ok(phone_key(&key, phone))
}

/// The chain's key; made by whoever asks first.
pub(crate) async fn key(cloud: &Cloud, tx: &Tx) -> Result<[u8; KEY_BYTES]> {
    if let Some(kept) = db::key(tx).await? {
        return key_of(&kept)
            .ok_or_else(|| Problem::internal(&"the key of patrons is none").into());
    }
    let mut key = [0; KEY_BYTES];
    cloud.parts().random.fill(&mut key);
    db::insert_key(tx, &hex(&key)).await?;
    // Another may have been faster.
    let kept = db::key(tx).await?;
    Ok(kept.as_deref().and_then(key_of).unwrap_or(key))
}

/// Enters a customer, or changes one.
pub(crate) async fn put(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    seen: Option<i64>,
    given: &PatronContent,
) -> Result<i64> {
    cloud
        .tx("put_patron", actor, async |tx| {
            change(cloud, tx, actor, id, seen, given).await
        })
        .await
        .map_err(|error| {
            error.if_duplicate("patron.known", "Another customer has this phone number")
        })
}

async fn change(
    cloud: &Cloud,
    tx: &Tx,
    actor: Actor,
    id: Uuid,
    seen: Option<i64>,
    given: &PatronContent,
) -> Result<i64> {
    let wanted = checked(tx, given).await?;
    if let Some(phone) = &wanted.phone {
        db::lock_phone(tx, phone).await?;
    }
    let before = db::content(tx, id).await?;
    if before.as_ref().is_some_and(|before| before.is_gone) {
        return Err(unknown().into());
    }
    let current = before.map(|before| (before.version, before.content));
    let Some(version) =
        catalog::next_version(tx, id, current.as_ref(), seen, &wanted, unknown()).await?
    else {
        return Ok(current.map_or(1, |current| current.0));
    };
    if let Some(phone) = &wanted.phone
        && let Some(other) = db::by_phone(tx, phone).await?
        && other != id
    {
        let title = "Another customer has this phone number";
        return Err(Problem::conflict("patron.known", title)
            .figure("patron_id", other.to_string())
            .into());
    }
    let found_by = match &wanted.phone {
        Some(phone) => Some(found_by(cloud, tx, phone).await?),
        None => None,
    };
    let row = db::Row {
        id,
        version,
        content: &wanted,
        found_by: found_by.as_deref(),
        shown: patron::shown(&wanted.name),
        by: actor.person(),
    };
    db::put(tx, &row).await?;
    let said_before = current.as_ref().and_then(|current| current.1.marketing);
    if let Some(granted) = wanted.marketing.filter(|said| said_before != Some(*said)) {
        db::consent(tx, cloud.id(), id, granted, actor.person()).await?;
    }
    note_change(cloud, tx, id, current.as_ref(), (version, &wanted)).await?;
    Ok(version)
}

/// Says which fields have changed, and not what they say: an entry of the audit can never be forgotten.
async fn note_change(
    cloud: &Cloud,
    tx: &Tx,
    id: Uuid,
    before: Option<&(i64, PatronContent)>,
    (version, after): (i64, &PatronContent),
) -> Result<()> {
    let fields: Vec<&str> = before.map_or_else(Vec::new, |(_, before)| {
        let changed = [
            ("name", before.name != after.name),
            ("phone", before.phone != after.phone),
            ("email", before.email != after.email),
            ("note", before.note != after.note),
            ("marketing", before.marketing != after.marketing),
            ("segments", before.segments != after.segments),
            ("birthday", before.birthday != after.birthday),
        ];
        changed
            .iter()
            .filter(|(_, is_changed)| *is_changed)
            .map(|(field, _)| *field)
            .collect()
    });
    let entry = if before.is_some() {
        Entry::new("patron.changed", id)
    } else {
        Entry::new("patron.created", id)
    };
    entry
        .with("version", version)
        .with("fields", fields)
        .note(cloud, tx)
        .await
}

async fn checked(tx: &Tx, given: &PatronContent) -> Result<PatronContent> {
    let name = patron::name(&given.name).ok_or_else(|| {
        Problem::invalid("patron.name", "name", "A name has 1 to 80 letters")
            .figure("max", patron::LONGEST_NAME)
    })?;
    let phone = given.phone.as_deref().map(str::trim);
    let phone = match phone.filter(|phone| !phone.is_empty()) {
        Some(typed) => {
            let country = country(tx).await?;
            let read = Phone::parse(typed, country).map_err(|error| no_phone(error, country))?;
            Some(read.as_str().to_owned())
        }
        None => None,
    };
    let email = given
        .email
        .as_deref()
        .map(|email| email.trim().to_lowercase());
    let email = email.filter(|email| !email.is_empty());
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        return Err(Problem::invalid("patron.email", "email", "This is no e-mail address").into());
    }
    let note = given.note.trim().to_owned();
    if note.chars().count() > LONGEST_NOTE || note.contains('\0') {
        let title = "A note has at most 500 letters";
        return Err(Problem::invalid("patron.note", "note", title)
            .figure("max", LONGEST_NOTE)
            .into());
    }
    Ok(PatronContent {
        name,
        phone,
        email,
        note,
        marketing: given.marketing,
        segments: segments(&given.segments)?,
        birthday: given.birthday.map(birthday).transpose()?,
    })
}

/// In order, each once.
fn segments(given: &[String]) -> std::result::Result<Vec<String>, Problem> {
    let mut segments: Vec<String> = given.iter().map(|one| one.trim().to_owned()).collect();
    segments.sort();
    segments.dedup();
    let is_wrong = |one: &String| {
        one.is_empty() || one.chars().count() > LONGEST_SEGMENT || one.chars().any(char::is_control)
    };
    if segments.len() > MOST_SEGMENTS || segments.iter().any(is_wrong) {
        let message = "At most 50 segments of 1 to 60 letters";
        return Err(Problem::invalid("patron.segments", "segments", message));
    }
    Ok(segments)
}

fn birthday(given: Birthday) -> std::result::Result<Birthday, Problem> {
    // The year 2000 has every day that there is.
    Date::new(2000, given.month, given.day)
        .map(|_| given)
        .map_err(|_| Problem::invalid("patron.birthday", "birthday", "There is no such day"))
}

fn no_phone(error: PhoneError, country: Option<Country>) -> Problem {
    Problem::invalid("patron.phone", "phone", error.to_string())
        .figure("reason", error.code())
        .figure("country", country.map_or("", Country::code))
}

/// The country that all shops of the chain are in; none when they are in several.
async fn country(tx: &Tx) -> Result<Option<Country>> {
    let zones = db::zones(tx).await?;
    let mut countries = zones.iter().map(|zone| Country::of_zone(zone));
    let first = countries.next().flatten();
    Ok(first.filter(|_| countries.all(|other| other == first)))
}

fn unknown() -> Problem {
    Problem::not_found("patron.unknown", "There is no such customer")
}

/// Forgets a customer: nothing says any more who they are, here and, after their next pull, in the shops. Their sales stay,
/// as documents of nobody. May be repeated.
pub(crate) async fn erase(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    reason: &str,
) -> Result<Timestamp> {
    let reason = reason.trim();
    if reason.chars().count() > LONGEST_REASON {
        let message = "A reason has at most 200 characters";
        return Err(Problem::invalid("patron.reason", "reason", message).into());
    }
    cloud
        .tx("erase_patron", actor, async |tx| {
            let before = db::content(tx, id).await?.ok_or_else(unknown)?;
            if let Some(at) = before.erased_at {
                return Ok(at);
            }
            if before.is_gone {
                return Err(unknown().into());
            }
            let at = db::erase(tx, id).await?;
            Entry::new("patron.erased", id)
                .because(reason)
                .note(cloud, tx)
                .await?;
            Ok(at)
        })
        .await
}
