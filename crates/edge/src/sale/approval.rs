//! A word for a line: who lets it be cheaper, how much, and why. It stays with the basket, whichever till recalls it.
use retail::{
    quantity::Quantity,
    sale::SaleId,
    staff::{Permission, StaffId},
};
use serde_json::json;
use uuid::Uuid;

use super::{BasketLine, SaleError, basket};
use crate::{
    Shop,
    db::{Snapshot, Tx},
    promotion::Moment,
    refusal::{self, Recorded},
    staff::{self, Actor, SecondPerson},
};

mod db;
pub(crate) mod http;

/// A line that somebody is asked to let be cheaper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Made by the till; repeating it returns the first answer.
    pub(crate) id: Uuid,
    /// The sale that the basket becomes.
    pub(crate) sale: SaleId,
    /// With its price or discount and the reason.
    pub(crate) line: BasketLine,
}

/// A word that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) sale: SaleId,
    /// The line as it may be, up to this quantity.
    pub(crate) line: BasketLine,
    pub(crate) approver: StaffId,
    request_hash: [u8; 32],
}

/// Who answers for something: the person at the till, or the supervisor who shows their PIN.
///
/// # Errors
/// [`SaleError::Approval`] when the PIN does not say so.
pub(super) async fn answerable(
    shop: &Shop,
    actor: &Actor,
    supervisor: Option<&SecondPerson>,
) -> Result<Actor, SaleError> {
    match supervisor {
        None => Ok(actor.clone()),
        Some(by) => Ok(by.confirm(shop, actor.register).await?),
    }
}

/// Lets a line be cheaper, by the word of whoever may do that: the person at the till, or a supervisor with a PIN.
///
/// # Errors
/// [`SaleError`]: above all [`SaleError::Denied`] and [`SaleError::BeyondLimit`], after which a supervisor is asked.
pub(crate) async fn approve(
    shop: &Shop,
    actor: &Actor,
    asked: Asked,
    supervisor: Option<SecondPerson>,
) -> Result<Recorded<Word>, SaleError> {
    staff::require(actor, Permission::SaleCreate)?;
    let by = answerable(shop, actor, supervisor.as_ref()).await?;
    let till = actor.register;
    shop.write(move |tx, _| approve_in(tx, &by, till, &asked))
        .await
}

fn approve_in(
    tx: &Tx<'_>,
    by: &Actor,
    till: retail::location::RegisterId,
    asked: &Asked,
) -> Result<Recorded<Word>, SaleError> {
    let content = json!({
        "sale_id": asked.sale.as_uuid(),
        "line": basket::line_content(&asked.line),
        "by": by.staff.as_uuid(),
    });
    let request_hash = refusal::content_hash(&content);
    if let Some(word) = db::find(tx, asked.id)? {
        return if word.request_hash == request_hash {
            Ok(Recorded::Repeated(word))
        } else {
            Err(SaleError::IdReused)
        };
    }
    let line = &asked.line;
    if !line.is_reduced() || line.approval.is_some() {
        return Err(SaleError::NothingToApprove);
    }
    let line_alone = std::slice::from_ref(line);
    let sale = Some(asked.sale);
    // What a person lets be is a matter of the list's price; what promotions take off comes on top.
    basket::quote_in(tx, None, by, sale, line_alone, &Moment::default())?;
    let word = Word {
        sale: asked.sale,
        line: line.clone(),
        approver: by.staff,
        request_hash,
    };
    db::insert(tx, asked.id, till, &word)?;
    Ok(Recorded::First(word))
}

/// The word that a line calls upon: of the same basket and product, for no more than was asked, and alone.
pub(super) fn of(
    at: &Snapshot<'_>,
    sale: Option<SaleId>,
    index: usize,
    line: &BasketLine,
) -> Result<Option<Word>, SaleError> {
    let Some(id) = line.approval else {
        return Ok(None);
    };
    let counts = |word: &Word| {
        Some(word.sale) == sale
            && word.line.variant == line.variant
            && (Quantity::ZERO..=word.line.quantity).contains(&line.quantity)
            && !line.is_reduced()
    };
    let word = db::find(at, id)?.filter(counts);
    word.map(Some)
        .ok_or(SaleError::ApprovalMismatch { line: index })
}

/// Whether a sale's id stands for a basket still: nothing was sold under it.
pub(super) fn refuse_if_sold(at: &Snapshot<'_>, sale: SaleId) -> Result<(), SaleError> {
    match super::db::request_hash(at, sale)? {
        None => Ok(()),
        Some(_) => Err(SaleError::AlreadySold),
    }
}
