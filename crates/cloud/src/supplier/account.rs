//! Suppliers' accounts: what we owe each of them, and why, down to the document. Purchases come from the shops; payments,
//! credit notes and opening balances are written at the head office, and reversed, never changed.
use httpkit::problem::Problem;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;

pub(crate) mod aging;
mod db;
pub(crate) mod http;

/// Under what the company's own documents stand, which are of no location.
pub const COMPANY: Uuid = Uuid::nil();
/// The largest amount of a document, in minor units, so that no sum wraps.
const MOST_MINOR: i64 = 1_000_000_000_000_000;
/// The longest reference, in characters.
const LONGEST_REFERENCE: usize = 100;
/// The longest note or reason, in characters.
const LONGEST_NOTE: usize = 500;
/// No document is older.
const FIRST_DATE: Date = Date::constant(2000, 1, 1);
/// Where a day begins first: what is of no location has no zone of its own.
const EARLIEST: Offset = Offset::constant(14);

/// What the head office writes into an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SupplierDocumentKind)]
pub enum Kind {
    /// The supplier was paid.
    Payment,
    /// The supplier asks for less than was bought: goods went back, or a price was wrong.
    CreditNote,
    /// What was owed before there was an account here; below zero: paid in advance.
    OpeningBalance,
}

impl Kind {
    const fn code(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::CreditNote => "credit_note",
            Self::OpeningBalance => "opening_balance",
        }
    }
}

/// How a supplier was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SupplierPaymentMethod)]
pub enum Method {
    /// By notes and coins, not from a till's drawer.
    Cash,
    /// By the bank.
    BankTransfer,
    /// By anything else.
    Other,
}

impl Method {
    const fn code(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::BankTransfer => "bank_transfer",
            Self::Other => "other",
        }
    }
}

/// A document as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocument {
    /// Its id.
    pub id: Uuid,
    /// Whose account.
    pub supplier: Uuid,
    /// Of which location; none: of the whole company.
    pub location: Option<Uuid>,
    /// What it is.
    pub kind: Kind,
    /// As it says.
    pub date: Date,
    /// In minor units.
    pub amount_minor: i64,
    /// How it was paid; of payments only.
    pub method: Option<Method>,
    /// The bank's or the supplier's number of it.
    pub reference: Option<String>,
    /// Anything else.
    pub note: Option<String>,
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SupplierDocumentDone)]
pub struct Done {
    /// Of the document, or of the reversal.
    pub id: Uuid,
    /// What is owed there now; below zero: paid in advance.
    pub owed_minor: i64,
    /// `advance`: more was paid than is owed. `repeated`: another document of this kind has the same reference.
    pub warnings: Vec<&'static str>,
}

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row<'a> {
    location: Uuid,
    id: Uuid,
    supplier: Uuid,
    kind: &'a str,
    date: Date,
    amount_minor: i64,
    method: Option<&'a str>,
    reference: Option<String>,
    note: Option<String>,
    reverses: Option<Uuid>,
    staff: Option<Uuid>,
}

fn text(given: Option<&str>, longest: usize, field: &str) -> Result<Option<String>> {
    let text = given.unwrap_or_default().trim();
    if text.chars().count() > longest {
        let message = format!("At most {longest} characters");
        return Err(Problem::invalid("supplier_document.text", field, message).into());
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

impl NewDocument {
    fn checked(&self, staff: Option<Uuid>) -> Result<Row<'static>> {
        let amount = self.amount_minor;
        let is_amount = match self.kind {
            Kind::OpeningBalance => amount != 0,
            Kind::Payment | Kind::CreditNote => amount > 0,
        };
        if !is_amount || !(-MOST_MINOR..=MOST_MINOR).contains(&amount) {
            let message = "More than nothing; only an opening balance may be below it";
            return Err(
                Problem::invalid("supplier_document.amount", "amount_minor", message).into(),
            );
        }
        if self.method.is_some() != (self.kind == Kind::Payment) {
            let message = "A payment says how it was paid, and nothing else does";
            return Err(Problem::invalid("supplier_document.method", "method", message).into());
        }
        Ok(Row {
            location: self.location.unwrap_or(COMPANY),
            id: self.id,
            supplier: self.supplier,
            kind: self.kind.code(),
            date: self.date,
            amount_minor: amount,
            method: self.method.map(Method::code),
            reference: text(self.reference.as_deref(), LONGEST_REFERENCE, "reference")?,
            note: text(self.note.as_deref(), LONGEST_NOTE, "note")?,
            reverses: None,
            staff,
        })
    }
}

/// The date at a place, now.
async fn today(tx: &Tx, location: Uuid, now: Timestamp) -> Result<Date> {
    let zone = db::zone(tx, location).await?;
    let zone = zone.and_then(|zone| TimeZone::get(&zone).ok());
    let zone = zone.unwrap_or_else(|| TimeZone::fixed(EARLIEST));
    Ok(now.to_zoned(zone).date())
}

/// Writes a document into an account. May be repeated.
pub async fn record(cloud: &Cloud, actor: Actor, document: &NewDocument) -> Result<Done> {
    let row = document.checked(actor.person())?;
    cloud
        .tx("record_supplier_document", actor, async |tx| {
            if !db::is_supplier(tx, row.supplier).await? {
                return Err(unknown_supplier());
            }
            let today = today(tx, row.location, cloud.now()).await?;
            if !(FIRST_DATE..=today).contains(&row.date) {
                let message = "Not in the future, and not before 2000";
                return Err(
                    Problem::invalid("supplier_document.date", "business_date", message).into(),
                );
            }
            if db::insert(tx, &row).await? {
                db::enter(tx, &row).await?;
                note_of("supplier_document.recorded", &row)
                    .with("kind", row.kind)
                    .note(cloud, tx)
                    .await?;
            } else if !db::is_as(tx, &row).await? {
                return Err(Problem::conflict("id.reused", "Another document has this id").into());
            }
            done(tx, &row).await
        })
        .await
}

/// Takes a document back by another one of today: both stay. May be repeated.
pub(crate) async fn reverse(
    cloud: &Cloud,
    actor: Actor,
    (supplier, location, document): (Uuid, Uuid, Uuid),
    reason: &str,
) -> Result<Done> {
    let reason = text(Some(reason), LONGEST_NOTE, "reason")?;
    if reason.is_none() {
        let message = "Say why";
        return Err(Problem::invalid("supplier_document.reason", "reason", message).into());
    }
    cloud
        .tx("reverse_supplier_document", actor, async |tx| {
            let found = db::original(tx, location, document, supplier).await?;
            let Some((date, amount_minor)) = found else {
                let message = "There is no such document in this account";
                return Err(Problem::not_found("supplier_document.unknown", message).into());
            };
            let row = Row {
                location,
                id: Uuid::new_v5(&document, b"reversal"),
                supplier,
                kind: "reversal",
                date: today(tx, location, cloud.now()).await?.max(date),
                amount_minor,
                method: None,
                reference: None,
                note: reason.clone(),
                reverses: Some(document),
                staff: actor.person(),
            };
            if db::insert(tx, &row).await? {
                db::enter(tx, &row).await?;
                note_of("supplier_document.reversed", &row)
                    .with("document", document.to_string())
                    .because(reason.as_deref().unwrap_or_default())
                    .note(cloud, tx)
                    .await?;
            } else if db::reason_of(tx, location, document).await? != reason {
                let message = "It was reversed before, for another reason";
                return Err(Problem::conflict("supplier_document.reversed", message).into());
            }
            done(tx, &row).await
        })
        .await
}

fn unknown_supplier() -> crate::error::Error {
    Problem::not_found("supplier.unknown", "There is no such supplier").into()
}

fn note_of(action: &'static str, row: &Row<'_>) -> Entry {
    let place = (row.location != COMPANY).then_some(row.location);
    Entry::new(action, row.id)
        .at(place)
        .with("supplier", row.supplier.to_string())
        .with("date", row.date.to_string())
        .with("amount_minor", row.amount_minor)
}

async fn done(tx: &Tx, row: &Row<'_>) -> Result<Done> {
    let (owed_minor, is_repeated) = db::standing(tx, row).await?;
    let is_advance = row.kind == Kind::Payment.code() && owed_minor < 0;
    let warnings = [(is_advance, "advance"), (is_repeated, "repeated")];
    Ok(Done {
        id: row.id,
        owed_minor,
        warnings: warnings
            .into_iter()
            .filter_map(|(holds, warning)| holds.then_some(warning))
            .collect(),
    })
}

/// What is owed to a supplier, and since when.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SupplierAccount {
    pub(crate) supplier_id: Uuid,
    pub(crate) name: String,
    pub(crate) code: String,
    /// Bought from still.
    pub(crate) active: bool,
    /// What is owed; below zero: paid in advance.
    pub(crate) owed_minor: i64,
    pub(crate) aging: aging::Aging,
    /// The date of the newest document; null: there is none.
    pub(crate) last_date: Option<Date>,
}

/// Suppliers' accounts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SupplierAccountPage {
    pub(crate) items: Vec<SupplierAccount>,
    /// What is owed to all of them together.
    pub(crate) owed_minor: i64,
    /// What was paid in advance to all of them together.
    pub(crate) advance_minor: i64,
    /// Ages are counted to this date.
    pub(crate) as_of: Date,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}

/// What is owed to a supplier at one place.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SupplierAccountPlace {
    /// Null: of the whole company.
    pub(crate) location_id: Option<Uuid>,
    pub(crate) location_name: Option<String>,
    pub(crate) owed_minor: i64,
}

/// The account of a supplier.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SupplierAccountDetail {
    #[serde(flatten)]
    pub(crate) account: SupplierAccount,
    pub(crate) phone: String,
    pub(crate) email: String,
    /// Where something happened with it, by name.
    pub(crate) places: Vec<SupplierAccountPlace>,
    /// Ages are counted to this date.
    pub(crate) as_of: Date,
}

/// Something that happened with a supplier.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SupplierEntry {
    /// Of the document.
    pub(crate) id: Uuid,
    /// `purchase`, `purchase_reversal`, `payment`, `credit_note`, `opening_balance` or `reversal`.
    pub(crate) kind: String,
    /// Null: of the whole company.
    pub(crate) location_id: Option<Uuid>,
    pub(crate) location_name: Option<String>,
    pub(crate) business_date: Date,
    /// When it was bought or recorded.
    pub(crate) at: Timestamp,
    /// Of our ticket.
    pub(crate) number: Option<String>,
    /// The supplier's or the bank's own number.
    pub(crate) reference: Option<String>,
    /// `cash` or `account` of a purchase; `cash`, `bank_transfer` or `other` of a payment.
    pub(crate) payment: Option<String>,
    /// What it says.
    pub(crate) amount_minor: i64,
    /// What it adds to what is owed.
    pub(crate) owed_minor: i64,
    /// What is owed after it, over the places that were asked for.
    pub(crate) balance_minor: i64,
    /// Of a reversal: why.
    pub(crate) note: Option<String>,
    /// Who did it; empty when unknown.
    pub(crate) staff: String,
    /// The document that it takes back, and the date of that.
    pub(crate) reverses: Option<Uuid>,
    pub(crate) reverses_date: Option<Date>,
    /// It was taken back.
    pub(crate) is_reversed: bool,
    /// Another one of the same kind at the same place has the same reference, and both count.
    pub(crate) is_repeated: bool,
}

/// A page of an account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SupplierEntryPage {
    /// The newest first.
    pub(crate) items: Vec<SupplierEntry>,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}
