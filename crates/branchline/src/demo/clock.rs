//! Business time of the demo: it stands, runs days in minutes, or goes with the machine's clock.
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use httpkit::clock::{Clock, Stopwatch, SystemClock};
use jiff::{SignedDuration, Timestamp};

/// Minutes in a day: a day a minute is this much faster than life.
const MINUTES_OF_A_DAY: u32 = 1_440;

/// The clock that the office and all shops share.
pub(super) struct DemoClock(Mutex<Pace>);

enum Pace {
    /// Time stands until the shops may begin.
    Standing(Timestamp),
    /// From a point in the past, `factor` times as fast as life, until it meets the present.
    Running {
        from: Timestamp,
        since: Stopwatch,
        factor: u32,
    },
    /// The present.
    Present,
}

impl DemoClock {
    /// A clock that stands at `at`.
    pub(super) const fn standing(at: Timestamp) -> Self {
        Self(Mutex::new(Pace::Standing(at)))
    }

    /// Lets it run on from where it is, at `days` a minute.
    pub(super) fn run(&self, days: u32) {
        let from = self.now();
        *self.locked() = Pace::Running {
            from,
            since: Stopwatch::start(),
            factor: days.saturating_mul(MINUTES_OF_A_DAY),
        };
    }

    /// Sets it to the present.
    pub(super) fn join_present(&self) {
        *self.locked() = Pace::Present;
    }

    /// Whether it goes with the machine's clock.
    pub(super) fn is_present(&self) -> bool {
        matches!(*self.locked(), Pace::Present)
    }

    /// Puts a standing clock elsewhere.
    pub(super) fn stand_at(&self, at: Timestamp) {
        *self.locked() = Pace::Standing(at);
    }

    /// How long to wait in real time until the clock shows `at`; `None` while it stands.
    pub(super) fn until(&self, at: Timestamp) -> Option<Duration> {
        let left = at.duration_since(self.now()).max(SignedDuration::ZERO);
        let left = Duration::try_from(left).unwrap_or_default();
        match *self.locked() {
            Pace::Standing(_) => None,
            Pace::Running { factor, .. } => Some(left / factor.max(1)),
            Pace::Present => Some(left),
        }
    }

    fn locked(&self) -> MutexGuard<'_, Pace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        let present = SystemClock.now();
        let mut pace = self.locked();
        match *pace {
            Pace::Standing(at) => at,
            Pace::Present => present,
            Pace::Running {
                from,
                since,
                factor,
            } => {
                let now = from.saturating_add(since.elapsed().saturating_mul(factor));
                match now {
                    Ok(now) if now < present => now,
                    Ok(_) | Err(_) => {
                        *pace = Pace::Present;
                        present
                    }
                }
            }
        }
    }
}

/// A shop's clock: its own while its history is written, the shared one otherwise.
pub(super) struct ShopClock {
    shared: Arc<DemoClock>,
    own: Mutex<Option<Timestamp>>,
}

impl ShopClock {
    /// A clock that shows the shared time.
    pub(super) const fn new(shared: Arc<DemoClock>) -> Self {
        Self {
            shared,
            own: Mutex::new(None),
        }
    }

    /// Takes the shop to `at`, whatever time it is elsewhere; it must be cut off from the office then.
    pub(super) fn travel(&self, at: Timestamp) {
        *self.locked() = Some(at);
    }

    /// Brings the shop back to the shared time.
    pub(super) fn come_back(&self) {
        *self.locked() = None;
    }

    fn locked(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ShopClock {
    fn now(&self) -> Timestamp {
        let own = *self.locked();
        own.unwrap_or_else(|| self.shared.now())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use httpkit::clock::{Clock, SystemClock};
    use jiff::{Timestamp, ToSpan};

    use super::{DemoClock, ShopClock};

    #[test]
    fn it_stands_then_runs_then_meets_the_present() {
        let begin: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        let clock = DemoClock::standing(begin);
        assert_eq!((clock.now(), clock.until(begin + 1.hour())), (begin, None));
        clock.run(1);
        let wait = clock.until(begin + 24.hours()).unwrap();
        assert!((59..=60).contains(&wait.as_secs()), "{wait:?}");
        assert!(clock.now() < begin + 1.hour());

        let nearly = DemoClock::standing(SystemClock.now() - 1.second());
        nearly.run(1_000);
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(SystemClock.now().duration_since(nearly.now()).as_secs() == 0);
    }

    #[test]
    fn a_shop_travels_alone_and_comes_back() {
        let begin: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        let shop = ShopClock::new(Arc::new(DemoClock::standing(begin)));
        shop.travel(begin - 1.hour());
        assert_eq!(shop.now(), begin - 1.hour());
        shop.come_back();
        assert_eq!(shop.now(), begin);
    }
}
