//! What travels between shops and cloud, and everything that happens to it on the way.
use wire::{
    batch::{Batch, PROTOCOL},
    command::{Admission, Commands},
    push::{Outcome, Step, Stop},
};

use super::{
    accept::Answer,
    fault::Fault,
    mutant::Mutant,
    node::Cause,
    till::Fate,
    world::{DAY, Flight, Load, Violation, World},
};

/// A node that hears nothing asks again after so many milliseconds.
const PATIENCE: i64 = 30_000;
/// The most messages on their way.
const MOST_FLIGHTS: usize = 400;

impl World {
    /// Puts a message on its way, or not.
    fn fly(&mut self, device: usize, load: Load) {
        let place = self.devices[device].disk.place;
        let (link, up) = (
            self.sites[place].link,
            matches!(load, Load::Push(..) | Load::Pull(_)),
        );
        if link.cut > self.now || (!up && link.half_open > self.now) {
            return;
        }
        let rate = self.options.network;
        if self.strikes(Fault::Loss, rate) || self.flights.len() > MOST_FLIGHTS {
            return;
        }
        let mut delay = self.rng.between(20, 400);
        if self.strikes(Fault::Reorder, rate) {
            delay += self.rng.between(1_000, 60_000);
        }
        if self.strikes(Fault::LongDelay, rate / 8) {
            delay += self.rng.between(DAY / 24, 4 * DAY);
        }
        if self.strikes(Fault::Duplicate, rate) {
            let again = delay + self.rng.between(100, DAY / 12);
            self.launch(device, again, load.clone());
        }
        self.launch(device, delay, load);
    }

    fn launch(&mut self, device: usize, delay: i64, load: Load) {
        self.requests += 1;
        self.flights.push(Flight {
            due: self.now + delay,
            number: self.requests,
            device,
            load,
        });
    }

    /// Lets everything arrive whose time has come, in the order of its time.
    pub(crate) fn arrive(&mut self) -> Result<(), Violation> {
        while let Some(next) = self.next_due() {
            let flight = self.flights.swap_remove(next);
            self.land(flight)?;
        }
        Ok(())
    }

    fn next_due(&self) -> Option<usize> {
        let due = self.flights.iter().enumerate();
        due.filter(|(_, flight)| flight.due <= self.now)
            .min_by_key(|(_, flight)| (flight.due, flight.number))
            .map(|(index, _)| index)
    }

    fn land(&mut self, flight: Flight) -> Result<(), Violation> {
        let Flight { device, load, .. } = flight;
        let place = self.devices[device].disk.place;
        self.dirty[place] = true;
        match load {
            Load::Push(request, batch) => self.pushed(place, device, request, *batch),
            Load::Pull(after) => {
                let spot = &self.cloud.spots[place];
                let own = spot.epoch == self.devices[device].disk.epoch();
                let limit = self.rng.index(4) + 1;
                if own || self.rng.chance(100) {
                    let page = self.cloud.page(place, after, limit);
                    self.fly(device, Load::Page(page));
                }
                Ok(())
            }
            Load::Answer(request, answer) => self.heard(place, device, request, &answer),
            Load::Page(page) => self.read(place, device, &page),
            Load::Garbage(request) => {
                self.no_answer(device, request);
                Ok(())
            }
        }
    }

    /// A push arrives at the cloud.
    fn pushed(
        &mut self,
        place: usize,
        device: usize,
        request: u64,
        batch: Batch,
    ) -> Result<(), Violation> {
        let rate = self.options.cloud;
        if self.strikes(Fault::CloudCrashBefore, rate) {
            return Ok(());
        }
        let damaged = if self.strikes(Fault::Corruption, self.options.network / 2) {
            Some(damage(&batch, request, false))
        } else if self.strikes(Fault::Truncation, self.options.network / 2) {
            Some(damage(&batch, request, true))
        } else {
            None
        };
        if let Some(bytes) = damaged {
            // The signature is over the bytes: none of this is taken, and reading it must not end the process.
            if let Ok(batch) = serde_json::from_slice::<Batch>(&bytes) {
                drop(batch.open());
            }
            self.fly(device, Load::Answer(request, Answer::Unknown));
            return Ok(());
        }
        let key = self.devices[device].key;
        let loses = self.is(Mutant::AckBeforeCommit) && self.rng.chance(20);
        let before = loses.then(|| self.cloud.clone());
        let answer = match self.cloud.accept(place, batch, key) {
            Ok(answer) => answer,
            Err(error) => return self.broken("accept", error),
        };
        self.note_text(&format!("{answer:?}"));
        if !(self.quiet && matches!(answer, Answer::Reply(wire::batch::Reply::Ack { .. }))) {
            self.say(|| format!("  cloud answers machine {device}: {}", brief(&answer)));
        }
        if let Some(before) = before {
            self.cloud = before;
        }
        let mut seen = std::mem::take(&mut self.coverage);
        self.cloud.told(&mut seen);
        self.coverage = seen;
        if self.strikes(Fault::CloudCrashAfter, rate) {
            return Ok(());
        }
        if self.sites[place].link.captive > self.now {
            self.fly(device, Load::Garbage(request));
        } else {
            self.fly(device, Load::Answer(request, answer));
        }
        Ok(())
    }

    /// An answer arrives at a node.
    fn heard(
        &mut self,
        place: usize,
        device: usize,
        request: u64,
        answer: &Answer,
    ) -> Result<(), Violation> {
        let machine = &mut self.devices[device];
        if machine.sent.map(|(sent, _)| sent) != Some(request) || !machine.up || machine.destroyed {
            return Ok(());
        }
        machine.sent = None;
        let reply = match answer {
            Answer::Reply(reply) => reply,
            Answer::Unknown => {
                self.no_answer(device, request);
                self.rejoin(place, device);
                return Ok(());
            }
            Answer::Refused(why) => return self.broken("batch", why.clone()),
        };
        let last_seq = machine.disk.last_seq();
        let outcome = machine.push.on_reply(reply, last_seq);
        self.coverage.taken(match outcome {
            Outcome::Acked { .. } => "outcome acked",
            Outcome::Rewound => "outcome rewound",
            Outcome::Pause(_) => "outcome pause",
            Outcome::Stopped => "outcome stopped",
        });
        if let Outcome::Acked { seq, .. } = outcome {
            // What is confirmed is written down now and then: the cloud knows it anyway.
            let is_kept = self.quiet || self.rng.chance(500);
            let machine = &mut self.devices[device];
            machine.greeted = true;
            if is_kept {
                machine.disk.acked = machine.disk.acked.max(seq);
            }
        }
        Ok(())
    }

    /// A node that a restored cloud has forgotten names itself again, with a code from the office.
    fn rejoin(&mut self, place: usize, device: usize) {
        let epoch = self.devices[device].disk.epoch();
        let key = self.devices[device].key;
        if self.cloud.spots[place].keys.get(&epoch) != Some(&key) {
            self.coverage.taken("rejoin");
            self.cloud.spots[place].keys.insert(epoch, key);
        }
    }

    fn no_answer(&mut self, device: usize, request: u64) {
        let random = self.rng.number();
        let machine = &mut self.devices[device];
        if machine.sent.is_none_or(|(sent, _)| sent == request) {
            machine.sent = None;
            if let Outcome::Pause(ms) = machine.push.on_failure(random) {
                machine.pause = self.now + ms;
            }
        }
    }

    /// A node pushes what it has, when nothing is outstanding.
    pub(crate) fn push(&mut self, device: usize) -> Result<(), Violation> {
        let machine = &self.devices[device];
        if !machine.up || machine.destroyed || machine.read_only || machine.pause > self.now {
            return Ok(());
        }
        if let Some((request, since)) = machine.sent {
            if self.now - since > PATIENCE {
                self.no_answer(device, request);
            }
            return Ok(());
        }
        let bound = machine.disk.restricted.is_none_or(Cause::keeps_bound);
        let whole = machine.disk.machine == machine.machine;
        let pushes = bound || whole && self.is(Mutant::RestrictedPushes);
        if !pushes {
            return self.recover(device);
        }
        let place = machine.disk.place;
        let (from, most) = match machine.push.next(machine.disk.last_seq()) {
            Step::Send { from, credit } => (from, credit.max_events),
            Step::Idle => (machine.disk.last_seq() + 1, 0),
            Step::Stopped(stop) => return self.stopped(place, device, stop),
        };
        let most = most.min(self.rng.index(12) + 1);
        let Some(batch) = self.batch(device, from, most) else {
            self.restrict(device, Cause::Damaged);
            return Ok(());
        };
        self.requests += 1;
        let request = self.requests;
        self.devices[device].sent = Some((request, self.now));
        self.fly(device, Load::Push(request, Box::new(batch)));
        Ok(())
    }

    /// A push of stored records; `None` when one of them does not fit its hash any more.
    fn batch(&self, device: usize, from: i64, most: usize) -> Option<Batch> {
        let disk = &self.devices[device].disk;
        let mut events = Vec::new();
        for seq in (from..=disk.last_seq()).take(most) {
            let record = &disk.entry(seq)?.record;
            let fits = wire::event::hash(&record.header, &record.body) == record.hash;
            if !fits && !self.is(Mutant::RotNotSeen) {
                return None;
            }
            events.push(record.clone());
        }
        let head = disk.head();
        Some(Batch {
            proto: PROTOCOL,
            node: head.node,
            epoch: head.epoch,
            boot: uuid::Uuid::nil(),
            first_seq: from,
            events,
            prev: disk.hash_at(from - 1),
            head_seq: head.seq,
            acked_seq: disk.acked,
            incarnation: disk.cursor.incarnation,
            r_cursor: disk.cursor.idx,
            clock: jiff::Timestamp::from_millisecond(self.clock(device)).unwrap_or_default(),
            version: "1".to_owned(),
        })
    }

    /// What a node does when it may not push.
    fn stopped(&mut self, place: usize, device: usize, stop: Stop) -> Result<(), Violation> {
        self.coverage.taken(match stop {
            Stop::Behind { .. } => "stop behind",
            Stop::Fork { .. } => "stop fork",
            Stop::Fenced { .. } => "stop fenced",
            Stop::Rebase { .. } => "stop rebase",
            Stop::Upgrade { .. } => "stop upgrade",
        });
        match stop {
            Stop::Behind { seq, .. } => {
                if self.is(Mutant::RestoredNodeContinues) {
                    let acked = self.devices[device].disk.last_seq();
                    self.devices[device].push.resume(acked);
                    return Ok(());
                }
                self.restrict(device, Cause::Rollback(seq));
            }
            Stop::Fork { .. } => {
                self.restrict(device, Cause::Fork);
                self.sites[place].given_up = true;
            }
            Stop::Fenced { .. } => {
                self.restrict(device, Cause::Fenced);
                self.salvage(device);
            }
            Stop::Rebase {
                incarnation,
                last_seq,
            } => self.follow(place, device, incarnation, last_seq),
            Stop::Upgrade { .. } => return self.broken("upgrade", "nobody is too old here"),
        }
        Ok(())
    }

    /// A node follows a restored cloud.
    fn follow(&mut self, place: usize, device: usize, incarnation: i64, last_seq: i64) {
        let (at, id, mutant) = (self.clock(device), self.id(), self.options.mutant);
        if !matches!(self.fate(device), Fate::Done | Fate::Silent) {
            return;
        }
        self.dirty[place] = true;
        let from = self.devices[device].disk.last_seq();
        let disk = &mut self.devices[device].disk;
        if incarnation > disk.cursor.incarnation {
            disk.rebase(at, id, incarnation, last_seq, mutant);
        } else if mutant == Some(Mutant::NoIncarnation) {
            disk.acked = last_seq;
        }
        let acked = last_seq.min(self.devices[device].disk.acked);
        self.devices[device].push.resume(acked);
        self.recorded(device, from);
    }

    /// A node asks for what it has been told.
    pub(crate) fn pull(&mut self, device: usize) {
        let machine = &self.devices[device];
        let untrusted = machine.disk.restricted.is_some();
        let works = machine.up && !machine.destroyed && !machine.read_only;
        if works && machine.greeted && !untrusted {
            let after = machine.disk.cursor.idx;
            self.fly(device, Load::Pull(after));
        }
    }

    /// A page arrives: message by message, each in a transaction of its own.
    pub(crate) fn read(
        &mut self,
        place: usize,
        device: usize,
        page: &Commands,
    ) -> Result<(), Violation> {
        for message in &page.messages {
            let machine = &self.devices[device];
            let works = machine.up && !machine.read_only && !machine.destroyed;
            let serves = works && machine.greeted;
            if !serves || machine.disk.restricted.is_some() {
                return Ok(());
            }
            let (at, mutant, newer) = (self.clock(device), self.options.mutant, machine.newer);
            if !matches!(self.fate(device), Fate::Done | Fate::Silent) {
                return Ok(());
            }
            let from = self.devices[device].disk.last_seq();
            let taken = self.devices[device]
                .disk
                .take(at, page, message, newer, mutant);
            self.recorded(device, from);
            let admission = match taken {
                Ok(admission) => admission,
                Err(error) => {
                    let kind = &message.kind;
                    return self.broken("account", format!("{kind} at {place}: {error}"));
                }
            };
            let name = match admission {
                Admission::Repeated => "admission repeated",
                Admission::Take(_) => "admission take",
                Admission::Foreign => "admission foreign",
                Admission::Gap => "admission gap",
                Admission::Unknown => "admission unknown",
            };
            self.coverage.taken(name);
            self.note_text(name);
            if self.sites[place].device == device {
                self.unpack(place);
            }
            if matches!(
                admission,
                Admission::Foreign | Admission::Gap | Admission::Unknown
            ) {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Some of a push's bytes, or all with one changed.
fn damage(batch: &Batch, request: u64, cut: bool) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(batch).unwrap_or_default();
    let place = usize::try_from(super::rng::mix(request)).unwrap_or(0) % bytes.len().max(1);
    if cut {
        bytes.truncate(place);
    } else if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 1 << (request % 7);
    }
    bytes
}

fn brief(answer: &Answer) -> String {
    match answer {
        Answer::Reply(wire::batch::Reply::Ack { ack_seq, .. }) => format!("ack {ack_seq}"),
        Answer::Reply(reply) => format!("{reply:?}"),
        Answer::Unknown => "unknown".to_owned(),
        Answer::Refused(why) => format!("refused: {why}"),
    }
}
