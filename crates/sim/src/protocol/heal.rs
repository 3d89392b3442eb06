//! The faults end: within bounded time everything arrives, is applied and agrees.
use wire::accept::Status;

use super::{
    node::Cause,
    rng::Rng,
    world::{Link, Violation, World},
};

/// Rounds within which everything must have come to rest.
const ROUNDS: u64 = 400;
/// Milliseconds of a round.
const ROUND: i64 = 10 * 60_000;

impl World {
    /// Ends the faults, and lets the world come to rest.
    pub(crate) fn heal(&mut self) -> Result<(), Violation> {
        self.quiet = true;
        self.say(|| "the faults end".to_owned());
        // What was delayed for days has arrived by now.
        self.now += 70 * super::world::DAY;
        for site in &mut self.sites {
            site.link = Link::default();
            site.given_up |= site.forked;
        }
        if self.silent {
            let beyond = self.cloud.incarnation;
            self.cloud.went_back(beyond);
            self.silent = false;
        }
        for device in 0..self.devices.len() {
            let place = self.devices[device].disk.place;
            self.devices[device].clock = super::world::DeviceClock::default();
            self.devices[device].newer = true;
            if self.sites[place].device == device {
                self.boot(place, device);
            }
        }
        for round in 0..ROUNDS {
            self.rng = Rng::of(self.seed, (1 << 40) + round);
            self.step += 1;
            self.made = 0;
            self.now += ROUND;
            for _ in 0..4 {
                self.now += 1_000;
                self.arrive()?;
            }
            for place in 0..self.sites.len() {
                self.round(place)?;
            }
            self.check()?;
            if round % 8 == 7 && self.is_at_rest() {
                break;
            }
        }
        self.arrive()?;
        self.check()?;
        self.check_rest()
    }

    fn round(&mut self, place: usize) -> Result<(), Violation> {
        let device = self.sites[place].device;
        self.dirty[place] = true;
        if self.devices[device].destroyed || self.is_hopeless(place) {
            self.sites[place].given_up = true;
        } else if !self.devices[device].up || self.devices[device].read_only {
            self.boot(place, device);
        }
        self.devices[device].pause = 0;
        self.push(device)?;
        self.pull(device);
        for old in self.sites[place].old.clone() {
            self.salvage(old);
        }
        if self.sites[place]
            .tills
            .iter()
            .any(|till| till.pending.is_some())
        {
            self.shopping(place)?;
        }
        self.picking(place)?;
        self.handing_over(place)?;
        self.cloud.expire(self.now);
        self.repair()?;
        self.cloud.retry();
        self.applying();
        // One shop after the other, each variant in its turn.
        for _ in 0..self.options.variants {
            self.office(place)?;
        }
        Ok(())
    }

    /// A node that nothing but a new epoch helps.
    fn is_hopeless(&self, place: usize) -> bool {
        let disk = &self.devices[self.sites[place].device].disk;
        let spot = &self.cloud.spots[place];
        let over = spot.status != Status::Active || spot.epoch > disk.epoch();
        let lost = matches!(
            disk.restricted,
            Some(Cause::Fork | Cause::Machine | Cause::Damaged | Cause::Fenced)
        );
        over || lost
    }

    /// A newer program reads headers that could not be read.
    fn repair(&mut self) -> Result<(), Violation> {
        let keys: Vec<(usize, i64, i64)> = self.cloud.stages.keys().copied().collect();
        for key in keys {
            let held = self.cloud.held(key.0, key.1, key.2);
            let hash = held
                .filter(|held| held.header.is_none())
                .map(|held| held.record.hash);
            let header = hash.and_then(|hash| self.garbled.get(&hash.0).cloned());
            if let Some(header) = header
                && let Err(error) = self.cloud.repair(key, &header)
            {
                return self.broken("repair", error);
            }
        }
        let held: Vec<_> = self
            .cloud
            .salvage
            .iter()
            .map(|(key, held)| (*key, held.clone()))
            .collect();
        for (key, held) in held {
            let header = self.garbled.get(&held.record.hash.0).cloned();
            if let (None, Some(header)) = (&held.header, header) {
                self.cloud.repair_salvaged(key, &header);
            }
        }
        Ok(())
    }

    fn is_at_rest(&self) -> bool {
        self.cloud.stages.is_empty() && self.check_rest().is_ok()
    }
}
