//! Voucher codes at the till: what was typed or scanned becomes the voucher that a basket shows.
use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::DateTime};
use retail::{
    patron::PatronId,
    promotion::{
        Promotion, PromotionId,
        claim::{Counter, Subject},
        condition::Condition,
        goods::{Buyer, local_time},
        voucher::{VoucherCode, VoucherCodeError, VoucherId},
    },
    sale::SaleId,
    staff::Permission,
};
use wire::command::{Ask, ResolveVoucher};

use super::{Kept, Moment, db, guess, kept::Running};
use crate::{
    Shop, allowance,
    db::{DbError, Snapshot},
    node::{self, Site, Unenrolled},
    sale,
    staff::{self, Actor, Denied},
    sync::{self, Trouble},
};

/// How long what the cloud has said of a voucher stands: then it is asked again, as the voucher may have been stopped.
const STANDS: SignedDuration = SignedDuration::from_hours(24);

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

/// Why a voucher that a basket has shown gives it nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Useless {
    /// Its time, or that of its promotion, is over.
    Ended,
    /// It is for somebody else.
    NotYours,
    /// Its promotion does not run in this shop: not yet, or no more.
    NotHere,
    /// What is known of it is too old, or nothing: its code has to be shown again.
    Unknown,
}

impl Useless {
    /// As pages are told.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::NotYours => "not_yours",
            Self::NotHere => "not_here",
            Self::Unknown => "unknown",
        }
    }
}

impl From<Useless> for VoucherError {
    fn from(useless: Useless) -> Self {
        match useless {
            // A code that was looked up just now is known; one of the feed is not, when its promotion was stopped.
            Useless::Ended | Useless::Unknown => Self::Ended,
            Useless::NotYours => Self::NotYours,
            Useless::NotHere => Self::NotHere,
        }
    }
}

/// To whom and when a voucher is shown.
pub(super) struct ShownTo {
    pub(super) buyer: Option<Buyer>,
    now: Timestamp,
    /// Now and the begin of the basket, by the clock at the branch.
    pub(super) local: DateTime,
    pub(super) begun: DateTime,
}

impl Moment {
    /// To whom and when this basket shows its vouchers.
    pub(super) fn shown(&self, at: &Snapshot<'_>, site: &Site) -> Result<ShownTo, DbError> {
        let buyer = self.patron.map(|patron| db::buyer(at, patron));
        let zone = site.zone();
        let now = site.trusted(at.now);
        let begun = self.begun.map_or(now, |begun| begun.min(now));
        Ok(ShownTo {
            buyer: buyer.transpose()?.flatten(),
            now,
            local: local_time(now, &zone),
            begun: local_time(begun, &zone),
        })
    }
}

/// The vouchers of a basket.
pub(super) struct Vouchers {
    /// Those that open something, with what.
    pub(super) opening: Vec<(PromotionId, VoucherId)>,
    /// Those of them whose uses nobody counts.
    pub(super) free: BTreeSet<VoucherId>,
    pub(super) useless: Vec<(VoucherId, Useless)>,
}

impl Vouchers {
    pub(super) fn of(
        at: &Snapshot<'_>,
        running: &Running,
        vouchers: &[VoucherId],
        shown: &ShownTo,
    ) -> Result<Self, DbError> {
        let mut found = Self {
            opening: Vec::new(),
            free: BTreeSet::new(),
            useless: Vec::new(),
        };
        for &voucher in vouchers {
            match running.opening(at, voucher, shown)? {
                Ok((promotion, is_free)) => {
                    found.opening.push((promotion, voucher));
                    found.free.extend(is_free.then_some(voucher));
                }
                Err(useless) => found.useless.push((voucher, useless)),
            }
        }
        Ok(found)
    }
}

/// Why a code opens nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VoucherError {
    #[error(transparent)]
    Code(#[from] VoucherCodeError),
    #[error("what this code was for is over")]
    Ended,
    #[error("what this code is for does not run in this shop")]
    NotHere,
    #[error("too many wrong codes; try again in {retry_after_s} s")]
    Locked {
        /// Seconds until the next code is looked up.
        retry_after_s: i64,
    },
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
    moment: Moment,
    typed: &str,
) -> Result<Opened, VoucherError> {
    staff::require(actor, Permission::SaleCreate)?;
    let code = VoucherCode::parse(typed)?;
    guess::begin(shop, actor).await?;
    let found = look_up(shop, sale, moment, code).await;
    if matches!(found, Err(VoucherError::Unknown | VoucherError::NotYours)) {
        guess::wrong(shop, actor).await?;
    } else {
        guess::forgive(shop, actor).await?;
    }
    found
}

async fn look_up(
    shop: &Shop,
    sale: SaleId,
    moment: Moment,
    code: VoucherCode,
) -> Result<Opened, VoucherError> {
    let (kept, local, of) = (shop.promotions.clone(), code.clone(), moment.clone());
    let known = shop.read(move |at| known(at, &kept, (sale, &of), &local));
    match known.await? {
        Some(opened) => Ok(opened),
        None => resolve(shop, &code, moment).await,
    }
}

/// What a code of the feed opens; none: it is not one of the feed.
fn known(
    at: &Snapshot<'_>,
    kept: &Kept,
    (sale, moment): (SaleId, &Moment),
    code: &VoucherCode,
) -> Result<Option<Opened>, VoucherError> {
    if sale::db::request_hash(at, sale)?.is_some() {
        return Err(VoucherError::AlreadySold);
    }
    let Some(found) = db::voucher(at, code.as_str())? else {
        node::site(at)??;
        return Ok(None);
    };
    opens(at, kept, found, moment).map(Some)
}

/// What a voucher opens for a basket now.
fn opens(
    at: &Snapshot<'_>,
    kept: &Kept,
    voucher: VoucherId,
    moment: &Moment,
) -> Result<Opened, VoucherError> {
    let site = node::site(at)??;
    let running = kept.at(at)?;
    let (promotion, _) = running.opening(at, voucher, &moment.shown(at, &site)?)??;
    running
        .shown(voucher, promotion)
        .ok_or(VoucherError::NotHere)
}

/// What the vouchers of a basket open; those that give it nothing are left out.
pub(crate) fn opened(
    at: &Snapshot<'_>,
    kept: &Kept,
    moment: &Moment,
) -> Result<Vec<Opened>, DbError> {
    let Ok(site) = node::site(at)? else {
        return Ok(Vec::new());
    };
    let running = kept.at(at)?;
    let shown = moment.shown(at, &site)?;
    let vouchers = Vouchers::of(at, &running, &moment.vouchers, &shown)?;
    let opened = vouchers.opening.into_iter();
    Ok(opened
        .filter_map(|(promotion, voucher)| running.shown(voucher, promotion))
        .collect())
}

/// What the cloud says of a code, and the right to one use of it.
async fn resolve(shop: &Shop, code: &VoucherCode, moment: Moment) -> Result<Opened, VoucherError> {
    let asked = ResolveVoucher {
        code: code.as_str().to_owned(),
        patron: moment.patron.map(PatronId::as_uuid),
    };
    let found = sync::resolve_voucher(shop, &asked).await.map_err(refused)?;
    let (voucher, promotion) = (
        VoucherId::from_uuid(found.voucher),
        PromotionId::from_uuid(found.promotion),
    );
    let kept = shop.promotions.clone();
    let is_limited = found.limited;
    let (opened, right) = shop
        .write(move |tx, _| {
            let site = node::site(tx)??;
            db::put_resolved(tx, &found, site.trusted(tx.now))?;
            let opened = opens(tx, &kept, voucher, &moment)?;
            Ok::<_, VoucherError>((opened, right(tx, promotion, voucher)?))
        })
        .await?;
    let (ask, is_held) = right;
    if is_limited && !is_held {
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
    let code = match trouble {
        Trouble::Refused { code, .. } => code,
        Trouble::Later { code, seconds, .. } if code == "voucher.locked" => {
            return VoucherError::Locked {
                retry_after_s: seconds,
            };
        }
        Trouble::Later { .. } | Trouble::Silent(_) | Trouble::Failing(_) => {
            return VoucherError::Offline;
        }
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
    /// The promotion that a voucher opens for this basket, and whether its uses are counted by nobody: one of the feed, or one
    /// that the cloud has resolved for this shop. Whose it is and until when is asked each time.
    fn opening(
        &self,
        at: &Snapshot<'_>,
        voucher: VoucherId,
        shown: &ShownTo,
    ) -> Result<Result<(PromotionId, bool), Useless>, DbError> {
        let (promotion, is_free) = match self.opened_by(voucher) {
            Some(promotion) => (promotion, true),
            None => match db::resolved(at, voucher)? {
                None => return Ok(Err(Useless::Unknown)),
                Some(said) => match said.useless(at, shown)? {
                    Some(useless) => return Ok(Err(useless)),
                    None => (said.promotion, said.is_free),
                },
            },
        };
        Ok(match self.rules.get(promotion) {
            None => Err(Useless::NotHere),
            Some(rule) if has_ended(rule, shown) => Err(Useless::Ended),
            Some(_) => Ok((promotion, is_free)),
        })
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

impl db::Resolved {
    /// Why it gives this basket nothing.
    fn useless(&self, at: &Snapshot<'_>, shown: &ShownTo) -> Result<Option<Useless>, DbError> {
        if self.until.is_some_and(|until| until <= shown.now) {
            return Ok(Some(Useless::Ended));
        }
        if self.said.duration_until(shown.now) >= STANDS {
            return Ok(Some(Useless::Unknown));
        }
        let buyer = shown.buyer.as_ref();
        let is_theirs = match self.patron {
            None => true,
            // Under the id that is theirs now: two customers may have become one.
            Some(patron) => {
                let theirs = db::buyer(at, patron)?;
                theirs.is_some_and(|theirs| buyer.is_some_and(|buyer| buyer.id == theirs.id))
            }
        };
        let is_in = self
            .segment
            .as_ref()
            .is_none_or(|segment| buyer.is_some_and(|buyer| buyer.segments.contains(segment)));
        Ok((!(is_theirs && is_in)).then_some(Useless::NotYours))
    }
}

/// Whether a promotion's dates are over for a basket, by the clock at the branch: one that was begun before the end has the
/// time of grace.
fn has_ended(promotion: &Promotion, shown: &ShownTo) -> bool {
    promotion.draft().when.iter().any(|condition| {
        let Condition::Dates {
            until: Some(until),
            grace_minutes,
            ..
        } = condition
        else {
            return false;
        };
        let grace = SignedDuration::from_mins(i64::from(*grace_minutes));
        let end = if shown.begun < *until {
            until.checked_add(grace).unwrap_or(*until)
        } else {
            *until
        };
        end <= shown.local
    })
}
