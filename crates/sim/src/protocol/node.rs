//! A shop's node: the rows of its file, and the transactions that write them. A file is copied by a copy of this value.
//!
//! Each function that writes is one transaction of the product: it works out everything first and changes nothing when
//! it refuses.
use std::{collections::BTreeMap, rc::Rc};

use jiff::{Timestamp, civil::Date};
use retail::{
    quantity::Quantity,
    rights::{Bucket, Move, NodeAccount, Shortage, Trust},
};
use serde_json::value::RawValue;
use uuid::Uuid;
use wire::{
    command::Cursor,
    event::{Claim, Hash, Header, Hlc, Money, Record},
};

use super::{
    ids::{location_id, node_id, variant_id},
    mutant::Mutant,
};

/// The version of a body that the cloud does not know yet.
pub(crate) const UNKNOWN: u16 = 99;

/// An event on a disk.
#[derive(Debug)]
pub(crate) struct Entry {
    /// As it was meant.
    pub header: Header,
    /// As it is stored.
    pub record: Record,
}

/// What a till has closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sold {
    /// Variant and quantity.
    pub lines: Vec<(usize, i64)>,
    /// Minor units.
    pub total: i64,
}

/// Where a pick stands at the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PickState {
    /// To be picked.
    Open,
    /// Picked; fewer than promised are short.
    Picked,
    /// Will not happen.
    Cancelled,
    /// With the customer.
    HandedOver,
}

/// A reservation that is to be picked here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pick {
    pub order: Uuid,
    pub variant: usize,
    pub promised: i64,
    pub picked: i64,
    pub state: PickState,
}

/// Why a node may not trust its own rights. Kept beside the log: an event would take the number of a lost one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// On another machine than it was enrolled on.
    Machine,
    /// It went back; the log is known to have gone this far.
    Rollback(i64),
    /// Two histories under its numbers.
    Fork,
    /// Its epoch is over.
    Fenced,
    /// A record on the disk does not fit its hash.
    Damaged,
}

impl Cause {
    /// Whether the claims in the file still bound what the cloud may claim.
    pub(crate) const fn keeps_bound(self) -> bool {
        matches!(self, Self::Fenced)
    }
}

/// How an event comes out wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Garble {
    #[default]
    None,
    Body,
    Version,
    Header,
}

/// An event before it has its number.
pub(crate) struct Draft {
    pub id: Uuid,
    pub kind: &'static str,
    pub ver: u16,
    pub aggregate: Uuid,
    pub moves: Vec<wire::event::Move>,
    pub claims: Vec<Claim>,
    pub money: Vec<Money>,
    pub command: Option<i64>,
    pub incarnation: Option<i64>,
    pub body: Box<RawValue>,
    pub garble: Garble,
    pub register: Option<usize>,
}

impl Draft {
    /// An event with a body and nothing else.
    pub(crate) fn of(
        id: Uuid,
        (kind, ver): (&'static str, u16),
        body: &impl serde::Serialize,
    ) -> Self {
        Self {
            id,
            kind,
            ver,
            aggregate: id,
            moves: Vec::new(),
            claims: Vec::new(),
            money: Vec::new(),
            command: None,
            incarnation: None,
            body: serde_json::value::to_raw_value(body).expect("a body is plain data"),
            garble: Garble::None,
            register: None,
        }
    }

    /// Adds the moves of one variant.
    pub(crate) fn moved(&mut self, variant: usize, moves: &[Move]) {
        let id = retail::catalog::VariantId::from_uuid(variant_id(variant));
        let moves = moves.iter().map(|one| wire::event::Move::of(id, *one));
        self.moves.extend(moves);
    }
}

/// The file of a node.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    /// Which shop.
    pub place: usize,
    /// What ties it to its machine.
    pub machine: u64,
    pub cursor: Cursor,
    pub log: Vec<Rc<Entry>>,
    pub accounts: Vec<NodeAccount>,
    /// The newest count of each variant.
    pub counted: Vec<i64>,
    pub sales: BTreeMap<Uuid, Sold>,
    pub picks: BTreeMap<Uuid, Pick>,
    /// The newest receipt of each register.
    pub receipts: [i64; 2],
    /// The newest event that the cloud has ever confirmed.
    pub acked: i64,
    pub hlc: Hlc,
    pub restricted: Option<Cause>,
    pub restricted_seq: i64,
}

impl Disk {
    /// A file of a new epoch, with nothing in it.
    pub(crate) fn new(
        place: usize,
        machine: u64,
        epoch: i64,
        incarnation: i64,
        variants: usize,
    ) -> Self {
        Self {
            place,
            machine,
            cursor: Cursor {
                epoch,
                incarnation,
                idx: 0,
            },
            log: Vec::new(),
            accounts: vec![NodeAccount::default(); variants],
            counted: vec![0; variants],
            sales: BTreeMap::new(),
            picks: BTreeMap::new(),
            receipts: [0; 2],
            acked: 0,
            hlc: Hlc::default(),
            restricted: None,
            restricted_seq: 0,
        }
    }

    pub(crate) const fn epoch(&self) -> i64 {
        self.cursor.epoch
    }

    /// The number of the newest event.
    pub(crate) fn last_seq(&self) -> i64 {
        i64::try_from(self.log.len()).unwrap_or(i64::MAX)
    }

    /// The event of that number.
    pub(crate) fn entry(&self, seq: i64) -> Option<&Rc<Entry>> {
        self.log.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    /// The hash of the event of that number.
    pub(crate) fn hash_at(&self, seq: i64) -> Option<Hash> {
        if seq == 0 {
            return Some(Hash::GENESIS);
        }
        self.entry(seq).map(|entry| entry.record.hash)
    }

    /// Where the log stands.
    pub(crate) fn head(&self) -> wire::recovery::Head {
        let seq = self.last_seq();
        wire::recovery::Head {
            node: node_id(self.place),
            epoch: self.epoch(),
            seq,
            hash: self.hash_at(seq).unwrap_or(Hash::GENESIS),
        }
    }

    /// Whether what the file says about the variant may be relied on: it was counted since there was doubt.
    pub(crate) fn is_counted(&self, variant: usize) -> bool {
        let since = match self.restricted {
            Some(_) => self.restricted_seq,
            None if self.epoch() > 1 => 0,
            None => return true,
        };
        self.counted[variant] > since
    }

    /// How far the account of the variant is believed.
    pub(crate) fn trust(&self, variant: usize, mutant: Option<Mutant>) -> Trust {
        let Some(cause) = self.restricted else {
            return Trust::Full;
        };
        if !cause.keeps_bound() && mutant != Some(Mutant::RestoredClaimsTrusted) {
            return Trust::Nothing;
        }
        if self.is_counted(variant) {
            Trust::Full
        } else {
            Trust::Claims
        }
    }

    /// What a till lacks to sell so many, as the rules of this run see it.
    pub(crate) fn shortage(
        &self,
        variant: usize,
        needed: i64,
        mutant: Option<Mutant>,
    ) -> Option<Shortage> {
        let trust = self.trust(variant, mutant);
        let shortage = self.accounts[variant].shortage_by(Quantity::new(needed), trust);
        shortage.map(|mut shortage| {
            if mutant == Some(Mutant::PickedTakenForFound) {
                shortage.elsewhere = Quantity::ZERO;
            }
            if mutant == Some(Mutant::FoundIgnoresClaims) {
                (shortage.claim_bound, shortage.elsewhere) = (Quantity::ZERO, Quantity::ZERO);
            }
            shortage
        })
    }

    /// Writes an event at the end of the log: chain, clock and number.
    pub(crate) fn append(&mut self, at_ms: i64, draft: Draft) -> Rc<Entry> {
        let seq = self.last_seq() + 1;
        let behind = (self.hlc.ms - at_ms).max(0);
        self.hlc = self.hlc.tick(at_ms);
        let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let header = Header {
            v: wire::event::HEADER_VERSION,
            node: node_id(self.place),
            epoch: self.epoch(),
            seq,
            id: draft.id,
            kind: draft.kind.to_owned(),
            ver: if draft.garble == Garble::Version {
                UNKNOWN
            } else {
                draft.ver
            },
            hlc: self.hlc,
            at,
            clock_behind_ms: behind,
            business_date: Date::constant(2026, 11, 22),
            location: location_id(self.place),
            register: draft.register.map(super::ids::register_id),
            staff: None,
            aggregate: draft.aggregate,
            moves: draft.moves,
            claims: draft.claims,
            money: draft.money,
            command: draft.command,
            incarnation: draft.incarnation,
            prev: self.head().hash,
        };
        let record = sealed(&header, &draft.body, draft.garble);
        let entry = Rc::new(Entry { header, record });
        self.log.push(Rc::clone(&entry));
        entry
    }
}

fn sealed(header: &Header, body: &RawValue, garble: Garble) -> Record {
    let record = Record::seal(header, &body);
    match garble {
        Garble::None | Garble::Version => record,
        Garble::Body => {
            let body = r#"{"poison":true}"#.to_owned();
            let hash = wire::event::hash(&record.header, &body);
            Record {
                body,
                hash,
                ..record
            }
        }
        Garble::Header => {
            let header = record.header.replacen("\"v\":1", "\"w\":1", 1);
            let hash = wire::event::hash(&header, &record.body);
            Record {
                header,
                hash,
                ..record
            }
        }
    }
}

/// The variant of a move.
pub(crate) fn variant_of(id: Uuid) -> usize {
    super::ids::number_of(id)
}

/// The moves of one variant, as the rules have them.
pub(crate) fn moves_of(header: &Header, variant: usize) -> Vec<Move> {
    let id = variant_id(variant);
    let of = header.moves.iter().filter(|one| one.variant == id);
    of.map(|one| one.as_rule()).collect()
}

/// What an event moves of a variant in the bucket of the cloud's claims.
pub(crate) fn claims_moved(header: &Header, variant: usize) -> i64 {
    let moves = moves_of(header, variant);
    let claims = moves.iter().filter(|one| one.bucket == Bucket::Cloud);
    claims.map(|one| one.quantity.base_units()).sum()
}
