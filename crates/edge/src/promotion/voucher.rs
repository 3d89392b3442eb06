//! Voucher codes at the till: what was typed or scanned becomes the voucher that a basket shows.
use retail::{
    patron::PatronId,
    promotion::{
        Promotion, PromotionId,
        claim::{Counter, Subject},
        condition::Condition,
        goods::local_time,
        voucher::{VoucherCode, VoucherCodeError, VoucherId},
    },
    sale::SaleId,
    staff::Permission,
};
use wire::command::{Ask, ResolveVoucher};

use super::{Kept, db, kept::Running};
use crate::{
    Shop, allowance,
    db::{DbError, Snapshot},
    node::{self, Unenrolled},
    sale,
    staff::{self, Actor, Denied},
    sync::{self, Trouble},
};

/// A voucher that opens a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) voucher: VoucherId,
    pub(crate) promotion: PromotionId,
    /// What the office calls the promotion.
    pub(crate) name: String,
    /// What receipts call it, by language.
    pub(crate) labels: std::collections::BTreeMap<String, String>,
}

/// Why a code opens nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VoucherError {
    #[error(transparent)]
    Code(#[from] VoucherCodeError),
    #[error("what this code was for is over")]
    Ended,
    #[error("this shop does not know the code, and nobody else can be asked")]
    Offline,
    #[error("nobody has made such a code")]
    Unknown,
    #[error("this code has been used")]
    Used,
    #[error("this code is for somebody else")]
    NotYours,
    #[error("this basket is sold")]
    AlreadySold,
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Unenrolled(#[from] Unenrolled),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a code opens, for a basket that is not sold yet: codes of the feed at once, all others by asking the cloud, which
/// also gives the right to one use where uses are counted. Asking again is harmless.
///
/// # Errors
/// [`VoucherError`] says why it opens nothing.
pub(crate) async fn show(
    shop: &Shop,
    actor: &Actor,
    sale: SaleId,
    patron: Option<PatronId>,
    typed: &str,
) -> Result<Opened, VoucherError> {
    staff::require(actor, Permission::SaleCreate)?;
    let code = VoucherCode::parse(typed)?;
    let (kept, local) = (shop.promotions.clone(), code.clone());
    let known = shop.read(move |at| known(at, &kept, sale, &local)).await?;
    match known {
        Some(opened) => Ok(opened),
        None => resolve(shop, &code, patron).await,
    }
}

/// What a code of the feed opens; none: it is not one of the feed.
fn known(
    at: &Snapshot<'_>,
    kept: &Kept,
    sale: SaleId,
    code: &VoucherCode,
) -> Result<Option<Opened>, VoucherError> {
    if sale::db::request_hash(at, sale)?.is_some() {
        return Err(VoucherError::AlreadySold);
    }
    let Some(found) = db::voucher(at, code.as_str())? else {
        node::site(at)??;
        return Ok(None);
    };
    opens(at, kept, found).map(Some)
}

/// What a voucher opens now.
fn opens(at: &Snapshot<'_>, kept: &Kept, voucher: VoucherId) -> Result<Opened, VoucherError> {
    let site = node::site(at)??;
    let local = local_time(site.trusted(at.now), &site.zone());
    let running = kept.at(at)?;
    let opened = running
        .opening(at, voucher)?
        .and_then(|(promotion, _)| running.shown(voucher, promotion));
    let is_over = |opened: &Opened| {
        let promotion = running.rules.get(opened.promotion);
        promotion.is_none_or(|promotion| has_ended(promotion, local))
    };
    opened
        .filter(|opened| !is_over(opened))
        .ok_or(VoucherError::Ended)
}

/// What the cloud says of a code, and the right to one use of it.
async fn resolve(
    shop: &Shop,
    code: &VoucherCode,
    patron: Option<PatronId>,
) -> Result<Opened, VoucherError> {
    let asked = ResolveVoucher {
        code: code.as_str().to_owned(),
        patron: patron.map(PatronId::as_uuid),
    };
    let found = sync::resolve_voucher(shop, &asked).await.map_err(refused)?;
    let (voucher, promotion) = (
        VoucherId::from_uuid(found.voucher),
        PromotionId::from_uuid(found.promotion),
    );
    let kept = shop.promotions.clone();
    let (opened, right) = shop
        .write(move |tx, _| {
            db::put_resolved(tx, voucher, promotion, found.limited)?;
            let opened = opens(tx, &kept, voucher)?;
            Ok::<_, VoucherError>((opened, right(tx, promotion, voucher)?))
        })
        .await?;
    let (ask, is_held) = right;
    if found.limited && !is_held {
        allowance::ask(shop, vec![ask]).await;
        let is_held =
            shop.read(move |at| Ok::<_, VoucherError>(self::right(at, promotion, voucher)?.1));
        if !is_held.await? {
            return Err(VoucherError::Used);
        }
    }
    Ok(opened)
}

/// The request for one use of a voucher, and whether the shop has one.
fn right(
    at: &Snapshot<'_>,
    promotion: PromotionId,
    voucher: VoucherId,
) -> Result<(Ask, bool), VoucherError> {
    let site = node::site(at)??;
    let counter = Counter::Voucher(voucher);
    let subject = Subject {
        customer: None,
        date: site.open_business_date(at.now),
    };
    let left = allowance::available(at, &site, &[(promotion, counter)], &subject)?;
    let ask = Ask {
        promotion,
        counter,
        subject,
        quantity: 1,
    };
    Ok((ask, left.values().any(|left| *left > 0)))
}

fn refused(trouble: Trouble) -> VoucherError {
    let Trouble::Refused { code, .. } = trouble else {
        return VoucherError::Offline;
    };
    match code.as_str() {
        "voucher.unknown" => VoucherError::Unknown,
        "voucher.used" => VoucherError::Used,
        "voucher.ended" => VoucherError::Ended,
        "voucher.not_yours" => VoucherError::NotYours,
        _ => VoucherError::Offline,
    }
}

impl Running {
    /// What vouchers open of what runs; those that open nothing are left out.
    pub(crate) fn opened(&self, vouchers: &[VoucherId]) -> Vec<Opened> {
        let opened = vouchers
            .iter()
            .filter_map(|&voucher| self.shown(voucher, self.opened_by(voucher)?));
        opened.collect()
    }

    /// A voucher of a promotion that runs.
    fn shown(&self, voucher: VoucherId, promotion: PromotionId) -> Option<Opened> {
        let promotion = self.rules.get(promotion)?;
        let draft = promotion.draft();
        Some(Opened {
            voucher,
            promotion: promotion.id(),
            name: draft.name.clone(),
            labels: draft.labels.clone(),
        })
    }
}

/// Whether a promotion's dates are over, by the clock at the branch. Its time of grace is for baskets that were begun.
fn has_ended(promotion: &Promotion, local: jiff::civil::DateTime) -> bool {
    promotion.draft().when.iter().any(|condition| {
        let Condition::Dates { until, .. } = condition else {
            return false;
        };
        until.is_some_and(|until| until <= local)
    })
}
