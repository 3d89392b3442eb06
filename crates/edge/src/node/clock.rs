//! What this node knows about the time beside its own clock: what it has recorded, and what the cloud has said
//! (sync.md 2.11). A wrong clock never stops selling; it asks a person.
use httpkit::clock::Stopwatch;
use jiff::{Timestamp, civil::Date};
use retail::staff::Permission;
use wire::body::ClockConfirmed;

use super::{SKEW_MS, Site, State, Unenrolled};
use crate::{
    Shop,
    db::DbError,
    outbox::{self, Event},
    staff::{self, Actor, Denied},
};

/// A clock that is further ahead of what is known asks for a confirmation; a confirmation holds as long.
const AHEAD_MS: i64 = 48 * 3_600_000;
/// The logical clock does not follow a clock further than this, unless the cloud or a person vouches for it.
const DRAG_MS: i64 = 24 * 3_600_000;
/// A new shift further ahead of the newest business date than this asks for a confirmation: days.
const JUMP_DAYS: i64 = 2;

/// What the cloud said that the time was, and how long ago that is by a clock that nobody sets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CloudTime {
    pub(crate) at: Timestamp,
    pub(crate) since: Stopwatch,
}

/// The latest instant that is known to have passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    ms: i64,
    confirmed_ms: Option<i64>,
}

impl Known {
    /// What the file and the cloud's last word say.
    pub(crate) fn of(shop: &Shop, state: &State) -> Self {
        let cloud = shop.memory.cloud_time().map_or(0, |cloud| {
            let elapsed = i64::try_from(cloud.since.elapsed_ms()).unwrap_or(0);
            cloud.at.as_millisecond().saturating_add(elapsed)
        });
        Self {
            ms: on_disk(state).max(cloud),
            confirmed_ms: state.clock_confirmed.map(Timestamp::as_millisecond),
        }
    }

    /// How far a clock is ahead of it; negative when it is behind.
    fn ahead_ms(self, now: Timestamp) -> i64 {
        now.as_millisecond() - self.ms
    }

    /// Whether a person should confirm the date.
    pub(crate) fn asks(self, now: Timestamp) -> bool {
        let ahead = self.ahead_ms(now);
        let is_odd = self.ms > 0 && !(-SKEW_MS..=AHEAD_MS).contains(&ahead);
        is_odd && !is_confirmed(self.confirmed_ms, now)
    }
}

fn is_confirmed(confirmed_ms: Option<i64>, now: Timestamp) -> bool {
    confirmed_ms.is_some_and(|at| (now.as_millisecond() - at).abs() < AHEAD_MS)
}

fn on_disk(state: &State) -> i64 {
    let cloud = state.last_contact.map_or(0, |contact| {
        let offset = state.clock_offset_ms.unwrap_or(0);
        contact.as_millisecond().saturating_add(offset)
    });
    state.hlc.ms.max(cloud)
}

/// How far the logical clock may be moved by the machine's own.
pub(super) fn drag_limit(state: &State, now: Timestamp) -> i64 {
    let known = on_disk(state);
    if known == 0 || is_confirmed(state.clock_confirmed.map(Timestamp::as_millisecond), now) {
        return i64::MAX;
    }
    known.saturating_add(DRAG_MS)
}

/// Whether the cloud vouches for the clock now.
pub(crate) fn is_vouched(shop: &Shop) -> bool {
    let link = shop.link.borrow();
    link.connected
        && link
            .clock_offset_ms
            .is_some_and(|offset| offset.abs() <= SKEW_MS)
}

/// The business date of a new shift is further ahead than a shop is closed, and nobody vouches for the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the business date would jump from {newest} to {date}")]
pub struct DateJumps {
    /// What the clock makes of it.
    pub date: Date,
    /// The newest that there was.
    pub newest: Date,
}

impl Site {
    /// The business date of a new shift, unless a clock that nobody vouches for would set it far ahead for good.
    pub(crate) fn date_of_a_new_shift(
        &self,
        now: Timestamp,
        is_vouched: bool,
    ) -> Result<Date, DateJumps> {
        let date = self.business_date_of_a_new_shift(now);
        let Some(newest) = self.newest_business_date else {
            return Ok(date);
        };
        let days = i64::from(date.since(newest).map_or(0, |span| span.get_days()));
        if days > JUMP_DAYS && !is_vouched && !is_confirmed(self.confirmed_ms, now) {
            return Err(DateJumps { date, newest });
        }
        Ok(date)
    }
}

/// Why a clock cannot be confirmed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfirmError {
    /// A permission is missing.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No company yet.
    #[error(transparent)]
    Unenrolled(#[from] Unenrolled),
    /// The disk's.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Somebody says that the date is right although the clock looks wrong (decision 21).
pub(crate) async fn confirm(shop: &Shop, actor: &Actor) -> Result<(), ConfirmError> {
    staff::require(actor, Permission::ShiftClose)?;
    let id = shop.new_id::<()>().as_uuid();
    let (shop_of, actor) = (shop.clone(), actor.clone());
    shop.write(move |tx, now| {
        let mut site = super::site(tx)??;
        let known = Known::of(&shop_of, &super::db::state(tx)?);
        let body = ClockConfirmed {
            at: now,
            offset_ms: if known.ms > 0 { known.ahead_ms(now) } else { 0 },
        };
        let date = site.open_business_date(now);
        let mut event = Event::of(id, date, &body);
        (event.staff, event.register) = (Some(actor.staff), Some(actor.register));
        // First, so that the event itself may carry the time that was confirmed.
        super::db::set_clock_confirmed(tx, now)?;
        site.confirmed_ms = Some(now.as_millisecond());
        site.drag_limit_ms = i64::MAX;
        outbox::append(tx, &mut site, event)?;
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::Known;

    #[test]
    fn a_clock_that_is_odd_asks_until_somebody_has_confirmed_it() {
        let hour = 3_600_000;
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let known = |ms, confirmed_ms| Known { ms, confirmed_ms };
        let base = 1_000 * hour;
        for (known, now, expected) in [
            (known(0, None), base, false),
            (known(base, None), base + hour, false),
            (known(base, None), base - 60_000, false),
            (known(base, None), base - 121_000, true),
            (known(base, None), base + 49 * hour, true),
            (known(base, Some(base + 49 * hour)), base + 50 * hour, false),
            (known(base, Some(base + 49 * hour)), base + 98 * hour, true),
            (known(base, Some(base - hour)), base - hour, false),
        ] {
            assert_eq!(known.asks(at(now)), expected, "{known:?} {now}");
        }
    }
}
