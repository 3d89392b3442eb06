//! The cloud: its rows, and the streams that nodes read. A backup is a copy of this value.
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use retail::{
    quantity::Quantity,
    rights::{CloudAccount, NodeAccount, ReservationState},
};
use uuid::Uuid;
use wire::{
    accept::{Place, Status},
    command::{Command, Commands, Line, Message},
    event::{Hash, Header, Record},
};

use super::{fault::Coverage, ids::variant_id, mutant::Mutant};

/// Where a node stands.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    pub epoch: i64,
    pub status: Status,
    pub last_seq: i64,
    pub last_hash: Hash,
    /// The cloud was restored, and nothing is promised or granted here.
    pub frozen: bool,
    /// The node has followed.
    pub rebased: bool,
    /// Somebody must look at this node.
    pub suspect: bool,
    /// The keys of its epochs.
    pub keys: BTreeMap<i64, u64>,
    /// What the node had still to pick when it followed a restored cloud.
    pub open: BTreeSet<Uuid>,
    /// The incarnation at its newest enrolment.
    pub enrolled_in: i64,
}

/// An event in the inbox.
#[derive(Debug)]
pub(crate) struct Held {
    /// As it is read; the mistake of an unreadable one is put right by a newer program.
    pub header: Option<Header>,
    pub record: Record,
    /// Its fact was booked by it.
    pub counts: bool,
}

/// Where the second stage stands with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Queued,
    Waiting,
    Quarantined,
}

/// An online promise.
#[derive(Debug, Clone)]
pub(crate) struct Reservation {
    pub order: Uuid,
    pub place: usize,
    pub variant: usize,
    pub quantity: i64,
    pub state: ReservationState,
    /// Hold until, by the cloud's clock.
    pub until: i64,
    /// What a cancellation ends in.
    pub broken: bool,
}

/// A sale that the second stage has booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sale {
    pub place: usize,
    pub number: String,
    pub total: i64,
    /// How many events have said so.
    pub times: i64,
}

/// The rows of the cloud.
#[derive(Debug, Clone)]
pub(crate) struct Cloud {
    pub incarnation: i64,
    pub spots: Vec<Spot>,
    pub inbox: BTreeMap<(usize, i64), Vec<Rc<Held>>>,
    /// Events that the second stage has not applied.
    pub stages: BTreeMap<(usize, i64, i64), Stage>,
    pub applied: BTreeMap<(usize, i64), i64>,
    pub booked: BTreeSet<Uuid>,
    pub mirror: Vec<Vec<NodeAccount>>,
    pub rights: Vec<Vec<CloudAccount>>,
    /// The streams by location, epoch and incarnation.
    pub streams: BTreeMap<(usize, i64, i64), Vec<Message>>,
    /// Ids of messages.
    pub sent: BTreeSet<Uuid>,
    pub reservations: BTreeMap<Uuid, Reservation>,
    pub sales: BTreeMap<Uuid, Sale>,
    /// Money by location, from headers.
    pub cash: Vec<i64>,
    /// Records of dead epochs.
    pub salvage: BTreeMap<(usize, i64, i64, [u8; 32]), Rc<Held>>,
    /// Picks of reservations that a restored cloud does not know.
    pub strange: BTreeSet<Uuid>,
    /// This program understands what older ones let wait.
    pub newer: bool,
    pub mutant: Option<Mutant>,
    /// Not a row: what was seen.
    pub seen: Vec<String>,
}

impl Cloud {
    /// A company whose shops have just been enrolled, with nothing in them.
    pub(crate) fn new(shops: usize, variants: usize, mutant: Option<Mutant>) -> Self {
        let spot = |place: usize| Spot {
            epoch: 1,
            status: Status::Active,
            last_seq: 0,
            last_hash: Hash::GENESIS,
            frozen: false,
            rebased: false,
            suspect: false,
            keys: BTreeMap::from([(1, key_of(place, 1))]),
            open: BTreeSet::new(),
            enrolled_in: 1,
        };
        Self {
            incarnation: 1,
            spots: (0..shops).map(spot).collect(),
            inbox: BTreeMap::new(),
            stages: BTreeMap::new(),
            applied: BTreeMap::new(),
            booked: BTreeSet::new(),
            mirror: vec![vec![NodeAccount::default(); variants]; shops],
            rights: vec![vec![CloudAccount::default(); variants]; shops],
            streams: BTreeMap::new(),
            sent: BTreeSet::new(),
            reservations: BTreeMap::new(),
            sales: BTreeMap::new(),
            cash: vec![0; shops],
            salvage: BTreeMap::new(),
            strange: BTreeSet::new(),
            newer: false,
            mutant,
            seen: Vec::new(),
        }
    }

    pub(crate) fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// What [`wire::accept::decide`] is told.
    pub(crate) fn place(&self, place: usize) -> Place {
        let spot = &self.spots[place];
        Place {
            epoch: spot.epoch,
            status: spot.status,
            last_seq: spot.last_seq,
            last_hash: spot.last_hash,
            incarnation: self.incarnation,
            frozen: spot.frozen,
        }
    }

    /// Whether promises and grants may be made from a location.
    pub(crate) fn is_open(&self, place: usize) -> bool {
        !self.spots[place].frozen
    }

    /// Whether somebody there hears what it is told.
    pub(crate) fn is_heard(&self, place: usize) -> bool {
        self.is_open(place) && self.spots[place].status == Status::Active
    }

    /// The messages to a node, in the epoch and the incarnation that now are.
    pub(crate) fn stream(&self, place: usize) -> &[Message] {
        let key = (place, self.spots[place].epoch, self.incarnation);
        self.streams.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Numbers a message and keeps it, in the transaction of what it tells.
    pub(crate) fn send(&mut self, place: usize, id: Uuid, kind: &str, body: serde_json::Value) {
        let key = (place, self.spots[place].epoch, self.incarnation);
        let stream = self.streams.entry(key).or_default();
        let idx = i64::try_from(stream.len()).unwrap_or(0) + 1;
        stream.push(Message {
            idx,
            id,
            kind: kind.to_owned(),
            body,
        });
        self.sent.insert(id);
    }

    /// [`Cloud::send`] of a command of this version.
    pub(crate) fn command(&mut self, place: usize, id: Uuid, command: &Command) {
        let (kind, body) = command.write();
        self.send(place, id, kind, body);
    }

    /// A page for a node, from the message after its place.
    pub(crate) fn page(&self, place: usize, after: i64, limit: usize) -> Commands {
        let from = usize::try_from(after.max(0)).unwrap_or(0);
        let messages: Vec<Message> = self
            .stream(place)
            .iter()
            .skip(from)
            .take(limit)
            .cloned()
            .collect();
        Commands {
            epoch: self.spots[place].epoch,
            incarnation: self.incarnation,
            more: from + messages.len() < self.stream(place).len(),
            messages,
            recalls: Vec::new(),
        }
    }

    /// Sends rights to a node. A repeat of the id sends nothing more; so does what is not available.
    pub(crate) fn grant(&mut self, place: usize, id: Uuid, lines: &[(usize, i64)], reason: &str) {
        let id = if self.is(Mutant::BorrowTwice) && self.sent.contains(&id) {
            super::ids::derived(id, u8::try_from(self.sent.len() % 13 + 2).unwrap_or(2))
        } else {
            id
        };
        if self.sent.contains(&id) || !self.is_heard(place) {
            return;
        }
        let mut granted = Vec::new();
        for (variant, quantity) in lines {
            let account = &mut self.rights[place][*variant];
            let some = Quantity::new(*quantity).min(account.available);
            if account.grant(some).is_ok() {
                granted.push(Line {
                    variant: variant_id(*variant),
                    quantity: some.base_units(),
                });
            }
        }
        if granted.is_empty() {
            return;
        }
        let grant = wire::command::Grant {
            lines: granted,
            reason: reason.to_owned(),
        };
        self.command(place, id, &Command::Grant(grant));
    }

    /// Takes a step of a promise's life; the caller has the row's lock.
    pub(crate) fn becomes(
        &mut self,
        id: Uuid,
        next: ReservationState,
        follows: bool,
    ) -> Result<(), String> {
        let Some(reservation) = self.reservations.get_mut(&id) else {
            return Err(format!("no reservation {id}"));
        };
        let from = reservation.state;
        if !from.may_become(next) && !follows {
            return Err(format!(
                "a reservation went from {} to {}",
                from.code(),
                next.code()
            ));
        }
        if from.may_become(next) {
            self.seen
                .push(format!("reservation {} > {}", from.code(), next.code()));
        }
        reservation.state = next;
        Ok(())
    }

    /// Hands what was seen to the figures.
    pub(crate) fn told(&mut self, coverage: &mut Coverage) {
        for edge in self.seen.drain(..) {
            coverage.taken(&edge);
        }
    }
}

/// The key that a node signs with in an epoch.
pub(crate) const fn key_of(place: usize, epoch: i64) -> u64 {
    super::rng::mix((place as u64) << 32 | epoch.unsigned_abs())
}
