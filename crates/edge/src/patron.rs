//! Customers at the till: found by phone without asking anybody, entered while the shop is on its own, and shown by as
//! little as tells one from another.
use retail::{
    patron::{self, Country, LONGEST_NAME, LONGEST_NOTE, PatronId, Phone, PhoneError},
    shift::ShiftId,
    staff::Permission,
};
use wire::{
    body::PatronRegistered,
    patron::{Letter, phone_key},
};

use crate::{
    Shop,
    db::{DbError, Snapshot, Tx},
    node::{self, Unenrolled},
    outbox,
    refusal::Recorded,
    replay::Facts,
    shift::{self, ShiftError},
    staff::{self, Actor, Denied},
};

pub(crate) mod db;
pub(crate) mod http;

/// The longest e-mail address (RFC 5321).
const LONGEST_EMAIL: usize = 254;

/// A customer as a till, a receipt and a list show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub(crate) id: PatronId,
    /// Short; empty when it is not here yet.
    pub(crate) name: String,
    /// The last digits of the number.
    pub(crate) tail: String,
}

/// A customer that a cashier enters. Has no `Debug`: no log shows who somebody is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NewPatron {
    /// Made by the till; repeating it returns the same.
    pub(crate) id: PatronId,
    /// The open shift of the register.
    pub(crate) shift: ShiftId,
    /// As it was typed.
    pub(crate) phone: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) note: String,
    /// Whether they want advertising; none: nobody has asked.
    pub(crate) marketing: Option<bool>,
}

/// Why a customer cannot be found or entered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PatronError {
    #[error("{error}")]
    Phone {
        error: PhoneError,
        /// Whose plan the number was read by.
        country: Option<Country>,
    },
    #[error("a name has 1 to {LONGEST_NAME} letters")]
    Name,
    #[error("this is no e-mail address")]
    Email,
    #[error("a note has at most {LONGEST_NOTE} letters")]
    Note,
    #[error("the head office has not said yet how customers are found")]
    NoKey,
    #[error("a customer with this number is known already")]
    Known { patron: PatronId },
    #[error("the id stands for another customer")]
    IdReused,
    #[error(transparent)]
    Shift(#[from] ShiftError),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Unenrolled(#[from] Unenrolled),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The customer with a number, if this shop knows one. Nobody else is asked.
///
/// # Errors
/// [`PatronError::Phone`] says what is wrong with the number.
pub(crate) async fn find(
    shop: &Shop,
    actor: &Actor,
    typed: String,
) -> Result<Option<Shown>, PatronError> {
    staff::require(actor, Permission::SaleCreate)?;
    shop.read(move |at| {
        let (_, key) = read(at, &typed)?;
        Ok(db::by_phone(at, &key)?)
    })
    .await
}

/// The number as everybody keeps it, and what it is found by.
fn read(at: &Snapshot<'_>, typed: &str) -> Result<(Phone, String), PatronError> {
    let zone = node::db::state(at)?.time_zone;
    let country = zone.as_deref().and_then(Country::of_zone);
    let phone =
        Phone::parse(typed, country).map_err(|error| PatronError::Phone { error, country })?;
    let key = db::key_of_chain(at)?.ok_or(PatronError::NoKey)?;
    let found_by = phone_key(&key, phone.as_str());
    Ok((phone, found_by))
}

/// Enters a customer. On disk when this returns; the cloud learns of it when it can.
///
/// # Errors
/// [`PatronError::Known`] names the one who has the number.
pub(crate) async fn register(
    shop: &Shop,
    actor: &Actor,
    new: NewPatron,
) -> Result<Recorded<Shown>, PatronError> {
    staff::require(actor, Permission::SaleCreate)?;
    let event = shop.new_id::<()>().as_uuid();
    let actor = actor.clone();
    let recorded = shop
        .write(move |tx, _| register_in(tx, &actor, &new, event))
        .await?;
    shop.signals.letters();
    Ok(recorded)
}

fn register_in(
    tx: &Tx<'_>,
    actor: &Actor,
    new: &NewPatron,
    event: uuid::Uuid,
) -> Result<Recorded<Shown>, PatronError> {
    let mut site = node::site(tx)??;
    let (phone, key) = read(tx, &new.phone)?;
    let name = patron::name(&new.name).ok_or(PatronError::Name)?;
    let shown = Shown {
        id: new.id,
        name: patron::shown(&name),
        tail: phone.tail().to_owned(),
    };
    match db::phone_of(tx, new.id)? {
        // Under another id by now, when the cloud has found that it is somebody known.
        Some(kept) if kept == key => {
            let known = db::shown(tx, new.id)?.unwrap_or(shown);
            return Ok(Recorded::Repeated(known));
        }
        Some(_) => return Err(PatronError::IdReused),
        None => {}
    }
    let letter = letter(new, &phone, name)?;
    let shift = shift::current(tx, actor, new.shift)?;
    if let Some(known) = db::by_phone(tx, &key)? {
        return Err(PatronError::Known { patron: known.id });
    }
    let body = PatronRegistered {
        patron: new.id.as_uuid(),
        shift: new.shift.as_uuid(),
        marketing: new.marketing,
    };
    outbox::append(
        tx,
        &mut site,
        outbox::Event {
            register: Some(actor.register),
            staff: Some(actor.staff),
            ..outbox::Event::of(event, shift.business_date, &body)
        },
    )?;
    db::insert(tx, &shown, Some(&key))?;
    db::insert_letter(tx, &letter)?;
    Ok(Recorded::First(shown))
}

fn letter(new: &NewPatron, phone: &Phone, name: String) -> Result<Letter, PatronError> {
    let note = new.note.trim();
    if note.chars().count() > LONGEST_NOTE || note.contains('\0') {
        return Err(PatronError::Note);
    }
    let email = new.email.as_deref().map(str::trim);
    let email = email.filter(|email| !email.is_empty());
    if email.is_some_and(|email| !is_email(email)) {
        return Err(PatronError::Email);
    }
    Ok(Letter {
        patron: new.id.as_uuid(),
        phone: phone.as_str().to_owned(),
        name,
        email: email.map(str::to_lowercase),
        note: note.to_owned(),
    })
}

/// Whether a text looks like an address: the cloud, which sends mail, looks closer.
fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    text.len() <= LONGEST_EMAIL
        && !text
            .chars()
            .any(|letter| letter.is_whitespace() || letter.is_control())
        && parts.is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.contains('@')
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        })
}

/// The customer that a basket names, as they are known now: under the id that is theirs. One who is not known any more,
/// because they asked to be forgotten, never stops a sale: it goes on without.
pub(crate) fn resolve(
    at: &Snapshot<'_>,
    asked: Option<PatronId>,
) -> Result<Option<Shown>, DbError> {
    asked.map_or(Ok(None), |id| db::shown(at, id))
}

/// Keeps a customer that a replayed event says; who they are comes back with the cloud's copy.
pub(crate) fn replay(tx: &Tx<'_>, _: &Facts, body: &PatronRegistered) -> Result<(), DbError> {
    let shown = Shown {
        id: PatronId::from_uuid(body.patron),
        name: String::new(),
        tail: String::new(),
    };
    db::insert(tx, &shown, None)
}
