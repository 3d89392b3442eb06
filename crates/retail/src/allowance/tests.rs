//! One pool, two shops, and everything that can happen between them: messages that are late, lost or come twice, a node
//! that is declared lost while it sells, a cloud that is restored from a backup. Every state is looked at.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Pool, Share, Short, Told};

/// The place whose node may be replaced.
const HERE: usize = 0;

#[test]
fn a_pool_gives_what_it_has_and_no_more() {
    let (mut pool, mut share) = (Pool::default(), Share::default());
    pool.wanted = 10;
    assert_eq!(pool.grant(&mut share, 4), 4);
    assert_eq!(pool.take(3), Ok(()));
    assert_eq!(
        pool.take(4),
        Err(Short {
            needed: 4,
            available: 3
        })
    );
    assert_eq!(pool.grant(&mut share, 9), 3);
    assert_eq!((pool.available(), pool.total()), (0, 10));
    pool.give_back(3);
    assert_eq!(pool.available(), 3);
    // A lower limit takes nothing back from anybody: what comes back is gone then.
    pool.wanted = 5;
    assert_eq!((pool.available(), pool.total()), (0, 7));
    pool.follow(&mut share, Told::Credited(7));
    pool.follow(&mut share, Told::Returned(4));
    assert_eq!((pool.available(), pool.total(), share.held), (2, 5, 3));
    assert_eq!(
        pool.take(-1),
        Err(Short {
            needed: -1,
            available: 2
        })
    );
}

#[test]
fn a_share_follows_its_node_whatever_that_says() {
    let (mut pool, mut share) = (Pool::default(), Share::default());
    pool.wanted = 5;
    pool.grant(&mut share, 3);
    // More than was sent: a restored cloud has forgotten the rest.
    pool.follow(&mut share, Told::Credited(4));
    assert_eq!((share.granting, share.held, pool.available()), (0, 4, 1));
    // More than it had: counted, and out of the pool all the same.
    pool.follow(&mut share, Told::Used(5));
    assert_eq!(
        (share.held, share.used, share.beyond, pool.available()),
        (0, 5, 1, 0)
    );
    pool.grant(&mut share, 1);
    pool.follow(&mut share, Told::Returned(3));
    assert_eq!((pool.shared, share.out()), (5, 5));
    let mut late = Share {
        granting: 2,
        held: 1,
        ..Share::default()
    };
    late.follow(Told::Salvaged(2));
    assert_eq!(
        (late.granting, late.held, late.used, late.beyond),
        (1, 0, 2, 0)
    );
    assert_eq!(late.end(), -1);
    assert_eq!(late.out(), late.used);
}

/// A rule that somebody leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mutant {
    /// A message that comes twice is credited twice.
    DoubleCredit,
    /// What was not credited in time goes back to the pool.
    TimeOut,
    /// What a lost node had is given to others at once.
    GrantAfterFence,
    /// What a lost node had is given to others before its whole log is here.
    EndTooEarly,
    /// A node that is told that its epoch is over goes on with what it has.
    SellsWhenOver,
    /// A restored cloud grants before the shops have told what they have got.
    NoFreeze,
    /// A restored cloud takes back what is on its way before the node has followed.
    VoidTooEarly,
    /// A node that follows a restored cloud still takes grants of the time before.
    OldGrants,
    /// What came back is counted each time that it is heard of.
    DoubleReturn,
}

const MUTANTS: [Mutant; 9] = [
    Mutant::DoubleCredit,
    Mutant::TimeOut,
    Mutant::GrantAfterFence,
    Mutant::EndTooEarly,
    Mutant::SellsWhenOver,
    Mutant::NoFreeze,
    Mutant::VoidTooEarly,
    Mutant::OldGrants,
    Mutant::DoubleReturn,
];

/// A fact in the log of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Credited,
    Used,
    Returned,
    /// It follows a restored cloud.
    Rebased,
    /// It has heard that its epoch is over.
    Ended,
}

/// One life of the node of a place: its file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct File {
    place: usize,
    epoch: u8,
    incarnation: u8,
    cursor: usize,
    /// Messages of an epoch or incarnation that is over at the cloud, which may still arrive.
    late: usize,
    held: i64,
    log: Vec<Event>,
    is_over: bool,
}

/// What the cloud knows of a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Place {
    epoch: u8,
    /// Messages to this epoch in this incarnation: one unit each.
    stream: usize,
    is_frozen: bool,
    has_followed: bool,
}

/// One epoch of one place, as the cloud has heard of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Life {
    share: Share,
    /// Events that are held without a gap.
    heard: usize,
    /// Later ones, of an epoch that is over.
    salvaged: BTreeSet<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Cloud {
    pool: Pool,
    incarnation: u8,
    places: [Place; 2],
    lives: BTreeMap<(usize, u8), Life>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct World {
    cloud: Cloud,
    backup: Option<Box<Cloud>>,
    /// The cloud was restored: once.
    is_restored: bool,
    files: Vec<File>,
    online: i64,
    used: i64,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// The cloud grants a unit to the node of a place; the answer may be lost.
    Grant(usize),
    /// The web shop uses a unit.
    Online,
    /// A file takes the next message, or the newest one once more.
    Take(usize),
    Again(usize),
    Sell(usize),
    Return(usize),
    /// The cloud hears the next event of a file; of one whose epoch is over, any event.
    Push(usize),
    Salvage(usize, usize),
    /// The same event once more.
    PushAgain(usize),
    /// A file hears that its epoch is over; the cloud sees that its log is whole.
    Hear(usize),
    End(usize),
    /// The node of the first place is declared lost.
    Fence,
    Backup,
    Restore,
    /// A file follows the restored cloud; the cloud goes on with an epoch that it had forgotten; a person opens a place.
    Rebase(usize),
    Adopt,
    Unfreeze(usize),
    TimeOut(usize),
}

impl World {
    fn new(limit: i64) -> Self {
        let place = || Place {
            epoch: 1,
            ..Place::default()
        };
        let file = |place| File {
            place,
            epoch: 1,
            incarnation: 1,
            cursor: 0,
            late: 0,
            held: 0,
            log: Vec::new(),
            is_over: false,
        };
        let cloud = Cloud {
            pool: Pool {
                wanted: limit,
                ..Pool::default()
            },
            incarnation: 1,
            places: [place(), place()],
            lives: BTreeMap::new(),
        };
        Self {
            cloud,
            backup: None,
            is_restored: false,
            files: vec![file(0), file(1)],
            online: 0,
            used: 0,
        }
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = vec![
            Step::Online,
            Step::Fence,
            Step::Backup,
            Step::Restore,
            Step::Adopt,
        ];
        for place in 0..2 {
            steps.extend([
                Step::Grant(place),
                Step::Unfreeze(place),
                Step::TimeOut(place),
            ]);
        }
        for (at, file) in self.files.iter().enumerate() {
            let both = [
                Step::Take(at),
                Step::Again(at),
                Step::Sell(at),
                Step::Return(at),
            ];
            steps.extend(both);
            steps.extend([Step::Push(at), Step::PushAgain(at), Step::Hear(at)]);
            steps.extend([Step::End(at), Step::Rebase(at)]);
            steps.extend((0..file.log.len()).map(|event| Step::Salvage(at, event)));
        }
        steps
    }

    fn is_closed(&self) -> bool {
        self.cloud.places.iter().any(|place| place.is_frozen)
    }

    /// Whether the epoch of a file may have effects at the cloud.
    fn is_alive(&self, at: usize) -> bool {
        let file = &self.files[at];
        self.cloud.places[file.place].epoch == file.epoch
    }

    fn life(&mut self, at: usize) -> &mut Life {
        let file = &self.files[at];
        self.cloud
            .lives
            .entry((file.place, file.epoch))
            .or_default()
    }

    /// Takes a step; false when it cannot be taken, or changes nothing.
    /// Here what a node does by itself; the rest is the cloud's.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other steps are another function's"
    )]
    fn step(&mut self, step: Step, mutant: Option<Mutant>) -> bool {
        let is = |one: Mutant| mutant == Some(one);
        match step {
            Step::Take(at) => {
                let file = &self.files[at];
                let is_ours = self.is_alive(at) && file.incarnation == self.cloud.incarnation;
                let sent = match is_ours {
                    // It has followed, and refuses what is of the time before.
                    true if is(Mutant::OldGrants) => file.late,
                    true => self.cloud.places[file.place].stream,
                    false => file.late,
                };
                if file.cursor >= sent || file.is_over {
                    return false;
                }
                let file = &mut self.files[at];
                (file.cursor, file.held) = (file.cursor + 1, file.held + 1);
                file.log.push(Event::Credited);
                true
            }
            Step::Again(at) => {
                let file = &mut self.files[at];
                // Its place in the stream says that it was taken.
                if !is(Mutant::DoubleCredit) || file.cursor == 0 || file.log.len() > 3 {
                    return false;
                }
                file.held += 1;
                file.log.push(Event::Credited);
                true
            }
            Step::Sell(at) => {
                let file = &mut self.files[at];
                if file.held == 0 || (file.is_over && !is(Mutant::SellsWhenOver)) {
                    return false;
                }
                (file.held, self.used) = (file.held - 1, self.used + 1);
                file.log.push(Event::Used);
                true
            }
            Step::Return(at) => {
                let file = &mut self.files[at];
                let had = file.log.contains(&Event::Returned);
                if file.held == 0 || file.is_over || had {
                    return false;
                }
                file.held -= 1;
                file.log.push(Event::Returned);
                true
            }
            Step::Rebase(at) => {
                let incarnation = self.cloud.incarnation;
                let file = &mut self.files[at];
                if file.incarnation == incarnation || file.is_over {
                    return false;
                }
                file.incarnation = incarnation;
                if !is(Mutant::OldGrants) {
                    (file.cursor, file.late) = (0, 0);
                }
                file.log.push(Event::Rebased);
                true
            }
            other => self.step_of_the_cloud(other, mutant),
        }
    }

    /// What the cloud grants, hears and ends; the rest befalls it.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other steps are another function's"
    )]
    fn step_of_the_cloud(&mut self, step: Step, mutant: Option<Mutant>) -> bool {
        let is = |one: Mutant| mutant == Some(one);
        match step {
            Step::Grant(place) => {
                if self.is_closed() && !is(Mutant::NoFreeze) {
                    return false;
                }
                let at = &mut self.cloud.places[place];
                let life = self.cloud.lives.entry((place, at.epoch)).or_default();
                let granted = self.cloud.pool.grant(&mut life.share, 1) == 1;
                at.stream += usize::from(granted);
                granted
            }
            Step::Online => {
                let is_open = !self.is_closed() || is(Mutant::NoFreeze);
                let took = is_open && self.online == 0 && self.cloud.pool.take(1).is_ok();
                self.online += i64::from(took);
                took
            }
            Step::Push(at) => self.push(at),
            Step::PushAgain(at) => {
                let heard = self
                    .cloud
                    .lives
                    .get(&(self.files[at].place, self.files[at].epoch));
                let newest = heard.and_then(|life| life.heard.checked_sub(1));
                let event = newest.and_then(|newest| self.files[at].log.get(newest).copied());
                if !is(Mutant::DoubleReturn) || event != Some(Event::Returned) {
                    return false;
                }
                self.life(at).heard -= 1;
                let before = self.cloud.pool.shared;
                let pushed = self.push(at);
                // Beyond what the node has: the mutant believes the event, not the balance.
                self.cloud.pool.shared = self.cloud.pool.shared.min(before - 1);
                pushed && before > 0
            }
            Step::Salvage(at, event) => self.salvage(at, event),
            Step::End(at) => self.end(at, is(Mutant::EndTooEarly)),
            Step::TimeOut(place) => {
                let epoch = self.cloud.places[place].epoch;
                let life = self.cloud.lives.get_mut(&(place, epoch));
                let Some(life) = life.filter(|life| is(Mutant::TimeOut) && life.share.granting > 0)
                else {
                    return false;
                };
                self.cloud.pool.shared += life.share.void_grants();
                true
            }
            other => self.step_of_fate(other, mutant),
        }
    }

    /// Fences, backups and what follows them.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other steps are another function's"
    )]
    fn step_of_fate(&mut self, step: Step, mutant: Option<Mutant>) -> bool {
        let is = |one: Mutant| mutant == Some(one);
        match step {
            Step::Fence => {
                let epoch = self.cloud.places[HERE].epoch;
                if self.files.len() > 2 || epoch > 1 {
                    return false;
                }
                self.begin(2, is(Mutant::GrantAfterFence));
                self.files.push(File {
                    place: HERE,
                    epoch: 2,
                    incarnation: self.cloud.incarnation,
                    cursor: 0,
                    late: 0,
                    held: 0,
                    log: Vec::new(),
                    is_over: false,
                });
                true
            }
            Step::Backup => {
                let is_first = self.backup.is_none() && !self.is_restored;
                if is_first {
                    self.backup = Some(Box::new(self.cloud.clone()));
                }
                is_first
            }
            Step::Restore => self.restore(is(Mutant::VoidTooEarly)),
            Step::Adopt => {
                let is_forgotten = self.files.len() > 2 && self.cloud.places[HERE].epoch == 1;
                if is_forgotten {
                    self.begin(2, false);
                }
                is_forgotten
            }
            Step::Unfreeze(place) => self.unfreeze(place),
            Step::Hear(at) => {
                if self.is_alive(at) || self.files[at].is_over {
                    return false;
                }
                let file = &mut self.files[at];
                file.is_over = true;
                file.log.push(Event::Ended);
                true
            }
            _ => false,
        }
    }

    /// The cloud hears the next event of an epoch that is alive.
    fn push(&mut self, at: usize) -> bool {
        let file = &self.files[at];
        // A node that has not followed the restored cloud is asked to, first.
        if !self.is_alive(at) || file.incarnation != self.cloud.incarnation {
            return false;
        }
        let (place, log) = (file.place, file.log.clone());
        let life = self
            .cloud
            .lives
            .entry((file.place, file.epoch))
            .or_default();
        let Some(event) = log.get(life.heard) else {
            return false;
        };
        life.heard += 1;
        let shared = match event {
            Event::Credited => life.share.follow(Told::Credited(1)),
            Event::Used => life.share.follow(Told::Used(1)),
            Event::Returned => life.share.follow(Told::Returned(1)),
            Event::Rebased => {
                self.cloud.places[place].has_followed = true;
                life.share.void_grants()
            }
            Event::Ended => 0,
        };
        self.cloud.pool.shared += shared;
        true
    }

    /// The cloud keeps an event of an epoch that is over, in whatever order they come.
    fn salvage(&mut self, at: usize, event: usize) -> bool {
        if self.is_alive(at) || self.files[at].epoch > self.cloud.places[self.files[at].place].epoch
        {
            return false;
        }
        let said = self.files[at].log[event];
        let life = self.life(at);
        if event < life.heard || !life.salvaged.insert(event) {
            return false;
        }
        let shared = match said {
            Event::Credited => life.share.follow(Told::Credited(1)),
            Event::Used => life.share.follow(Told::Salvaged(1)),
            Event::Returned | Event::Rebased | Event::Ended => 0,
        };
        self.cloud.pool.shared += shared;
        true
    }

    /// The rest of a share goes back once the whole log is here.
    fn end(&mut self, at: usize, too_early: bool) -> bool {
        let file = &self.files[at];
        let (head, is_of_now) = (file.log.len(), file.incarnation == self.cloud.incarnation);
        let is_ended = file.log.last() == Some(&Event::Ended);
        if self.is_alive(at) || file.epoch > self.cloud.places[file.place].epoch {
            return false;
        }
        let life = self.life(at);
        let is_whole = (life.heard..head).all(|event| life.salvaged.contains(&event));
        if !(too_early || is_ended && is_whole && is_of_now) {
            return false;
        }
        let shared = life.share.end();
        self.cloud.pool.shared += shared;
        shared != 0
    }

    fn begin(&mut self, epoch: u8, gives_back: bool) {
        let place = &mut self.cloud.places[HERE];
        let files = self.files.iter_mut().filter(|file| file.place == HERE);
        for file in files
            .filter(|file| (file.epoch, file.incarnation) == (place.epoch, self.cloud.incarnation))
        {
            file.late = place.stream;
        }
        if gives_back && let Some(life) = self.cloud.lives.get_mut(&(HERE, place.epoch)) {
            self.cloud.pool.shared += life.share.end();
        }
        place.epoch = epoch;
        place.stream = 0;
        // A node that is new after the restore has nothing to tell of the time before.
        place.has_followed = self.files.len() <= 2 && place.is_frozen;
    }

    fn restore(&mut self, voids: bool) -> bool {
        let Some(backup) = self.backup.take() else {
            return false;
        };
        let incarnation = self.cloud.incarnation + 1;
        for file in &mut self.files {
            let place = &self.cloud.places[file.place];
            if file.epoch == place.epoch {
                file.late = place.stream;
            }
        }
        self.cloud = *backup;
        self.cloud.incarnation = incarnation;
        self.is_restored = true;
        for place in &mut self.cloud.places {
            (place.is_frozen, place.has_followed, place.stream) = (true, false, 0);
        }
        if voids {
            for life in self.cloud.lives.values_mut() {
                self.cloud.pool.shared += life.share.void_grants();
            }
            for place in &mut self.cloud.places {
                place.is_frozen = false;
            }
        }
        true
    }

    /// A person opens a place: its node has followed, orders of the lost time are in again, and what a node that was
    /// replaced meanwhile has done is known.
    fn unfreeze(&mut self, place: usize) -> bool {
        let at = &self.cloud.places[place];
        if !at.is_frozen || !at.has_followed {
            return false;
        }
        let files = self.files.iter().filter(|file| file.place == place);
        let is_known = files.filter(|file| file.epoch < at.epoch).all(|file| {
            let life = self
                .cloud
                .lives
                .get(&(place, file.epoch))
                .cloned()
                .unwrap_or_default();
            (life.heard..file.log.len()).all(|event| life.salvaged.contains(&event)) && file.is_over
        });
        // The one that is to be adopted still comes.
        if !is_known
            || self
                .files
                .iter()
                .any(|file| file.place == place && file.epoch > at.epoch)
        {
            return false;
        }
        self.cloud.places[place].is_frozen = false;
        self.cloud.pool.online = self.online;
        true
    }

    /// What must hold in every state.
    fn check(&self) -> Result<(), &'static str> {
        if self.used + self.online > self.cloud.pool.wanted {
            return Err("the limit is exceeded");
        }
        let shared: i64 = self.cloud.lives.values().map(|life| life.share.out()).sum();
        if shared != self.cloud.pool.shared {
            return Err("the pool is not the sum of its shares");
        }
        let is_beyond = self.cloud.lives.values().any(|life| life.share.beyond > 0);
        // Salvage of lost times may come in any order.
        if is_beyond && !self.is_restored && self.files.len() == 2 {
            return Err("a node has used what it did not have");
        }
        Ok(())
    }
}

/// What the exploration has seen.
#[derive(Debug, Default)]
struct Seen {
    states: usize,
    /// Everything was used although a node was lost, or the cloud restored.
    all_used_after_a_fence: bool,
    all_used_after_a_restore: bool,
    wrong: Option<&'static str>,
}

/// Looks at every state that can be reached with so many facts in the logs at the most, the nearest first.
fn explore(mutant: Option<Mutant>, limit: i64, most_events: usize) -> Seen {
    let mut next = VecDeque::from([World::new(limit)]);
    let mut known = BTreeSet::from([World::new(limit)]);
    let mut seen = Seen::default();
    while let Some(world) = next.pop_front() {
        if let Err(wrong) = world.check() {
            seen.wrong = Some(wrong);
            break;
        }
        let is_all = world.used + world.online == limit;
        seen.all_used_after_a_fence |= is_all && world.files.len() > 2;
        seen.all_used_after_a_restore |= is_all && world.is_restored;
        for step in world.steps() {
            let mut after = world.clone();
            if !after.step(step, mutant) {
                continue;
            }
            let events: usize = after.files.iter().map(|file| file.log.len()).sum();
            if events <= most_events && known.insert(after.clone()) {
                next.push_back(after);
            }
        }
    }
    seen.states = known.len();
    seen
}

#[test]
fn a_limit_is_never_exceeded_whatever_is_late_lost_repeated_fenced_or_restored() {
    for (limit, most_events) in [(1, 5), (2, 4)] {
        let seen = explore(None, limit, most_events);
        assert_eq!(seen.wrong, None);
        assert!(seen.states > 10_000, "{} states", seen.states);
        assert!(seen.all_used_after_a_fence && seen.all_used_after_a_restore);
    }
}

#[test]
fn every_rule_is_needed() {
    for mutant in MUTANTS {
        let seen = explore(Some(mutant), 1, 7);
        assert!(
            seen.wrong.is_some(),
            "{mutant:?} was not found in {} states",
            seen.states
        );
    }
}
