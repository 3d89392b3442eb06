//! Guessing of voucher codes gets slow: the tries of a person are counted before a code is looked up, so that codes that
//! are sent at the same time count too. What was no guess is taken back. A restart gives no new tries.
use jiff::{SignedDuration, Timestamp};
use wire::body::VoucherLocked;

use super::{db, voucher::VoucherError};
use crate::{
    Shop,
    db::DbError,
    node,
    outbox::{self, Event},
    staff::Actor,
};

/// Wrong codes that may come at once: slips of a queue of customers.
const FREE: i32 = 10;
/// How long until another one may.
const EACH: SignedDuration = SignedDuration::from_mins(1);

/// Counts a try, for now as a wrong one.
///
/// # Errors
/// [`VoucherError::Locked`] while the person has to wait.
pub(super) async fn begin(shop: &Shop, actor: &Actor) -> Result<(), VoucherError> {
    let (staff, now) = (actor.staff, shop.parts.security_clock.now());
    shop.write(move |tx, _| {
        let until = owed(db::forgiven_at(tx, staff)?, now);
        if let Some(retry_after_s) = wait_s(until, now) {
            return Err(VoucherError::Locked { retry_after_s });
        }
        db::put_forgiven_at(tx, staff, later(until, EACH))?;
        Ok(())
    })
    .await
}

/// Takes a try back: it was no guess.
pub(super) async fn forgive(shop: &Shop, actor: &Actor) -> Result<(), DbError> {
    let (staff, now) = (actor.staff, shop.parts.security_clock.now());
    shop.write(move |tx, _| {
        let until = owed(db::forgiven_at(tx, staff)?, now);
        db::put_forgiven_at(tx, staff, later(until, -EACH))
    })
    .await
}

/// It was wrong. When the person has to wait now, the head office hears of it.
pub(super) async fn wrong(shop: &Shop, actor: &Actor) -> Result<(), DbError> {
    metrics::counter!("edge_voucher_codes_wrong_total").increment(1);
    let now = shop.parts.security_clock.now();
    let (id, actor) = (shop.new_id::<()>().as_uuid(), actor.clone());
    shop.write(move |tx, _| {
        let until = owed(db::forgiven_at(tx, actor.staff)?, now);
        let (Some(wait_s), Ok(mut site)) = (wait_s(until, now), node::site(tx)?) else {
            return Ok(());
        };
        let ahead = now.duration_until(until).as_secs();
        let body = VoucherLocked {
            wrong: (ahead + EACH.as_secs() - 1).div_euclid(EACH.as_secs()),
            wait_s,
        };
        let event = Event {
            register: Some(actor.register),
            staff: Some(actor.staff),
            ..Event::of(id, site.open_business_date(tx.now), &body)
        };
        outbox::append(tx, &mut site, event).map(drop)
    })
    .await
}

/// By when all is forgiven; a clock that was put back makes nobody wait for longer than all of it.
fn owed(forgiven_at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let most = later(now, EACH * FREE);
    forgiven_at.map_or(now, |until| until.clamp(now, most))
}

/// Seconds until another wrong one may come.
fn wait_s(until: Timestamp, now: Timestamp) -> Option<i64> {
    let wait = now.duration_until(until) - EACH * (FREE - 1);
    let seconds = (wait.as_millis() + 999).div_euclid(1_000);
    i64::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}

fn later(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.saturating_add(by).unwrap_or(instant)
}
