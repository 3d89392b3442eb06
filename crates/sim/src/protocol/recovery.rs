//! What brings a node back: the fold of its log, a replay, a new epoch, following a restored cloud.
use std::rc::Rc;

use retail::{
    quantity::Quantity,
    rights::{NodeAccount, RightsError},
};
use uuid::Uuid;
use wire::{
    body::{Body, CloudRebased, Document as _, EpochOpened, NodeRestricted, OpenPick, Units},
    command::Line,
    event::{Header, Record},
};

use super::{
    counter::receipt,
    ids::variant_id,
    mutant::Mutant,
    node::{Disk, Draft, Entry, PickState, Sold, UNKNOWN, moves_of, variant_of},
};

impl Disk {
    /// The file that the log says: every row again, from the bytes of the records.
    ///
    /// Only an event whose bytes cannot be read is taken as it was meant, and not for a replay.
    pub(crate) fn fold(&self, is_replay: bool, mutant: Option<Mutant>) -> Result<Self, String> {
        let mut disk = Self::new(
            self.place,
            self.machine,
            self.epoch(),
            1,
            self.accounts.len(),
        );
        disk.cursor.incarnation = self
            .log
            .first()
            .map_or(self.cursor.incarnation, |_| self.first_incarnation());
        (disk.acked, disk.restricted, disk.restricted_seq) =
            (self.acked, self.restricted, self.restricted_seq);
        for entry in &self.log {
            let header = match entry.record.open() {
                Ok(header) => header,
                Err(error) if is_replay => return Err(error.to_string()),
                Err(_) => entry.header.clone(),
            };
            let is_read = disk.follow(&header, &entry.record)?;
            if is_replay && !is_read && mutant != Some(Mutant::ReplayWithoutBody) {
                return Err(format!("the body of event {} cannot be read", header.seq));
            }
            disk.log.push(Rc::clone(entry));
        }
        Ok(disk)
    }

    /// The incarnation that the epoch was opened in, from its first event.
    fn first_incarnation(&self) -> i64 {
        let first = self.log.first().and_then(|entry| entry.header.incarnation);
        first.unwrap_or(1)
    }

    /// One event's rows; false when its body cannot be read, and it has only what the header says.
    fn follow(&mut self, header: &Header, record: &Record) -> Result<bool, String> {
        if header.seq != self.last_seq() + 1 || header.prev != self.head().hash {
            return Err(format!("event {} does not follow", header.seq));
        }
        for variant in 0..self.accounts.len() {
            let moves = moves_of(header, variant);
            self.accounts[variant]
                .apply(&moves)
                .map_err(|error| format!("event {}: {error}", header.seq))?;
        }
        self.hlc = header.hlc;
        if let Some(incarnation) = header.incarnation {
            self.rebased(incarnation);
        }
        if let Some(idx) = header.command {
            self.cursor.idx = idx;
        }
        // A node reads the versions that it has written, also those that the cloud does not know yet.
        let known = if header.ver == UNKNOWN { 1 } else { header.ver };
        let body = Body::read(&header.kind, known, &record.body);
        let is_sale = header.kind == "sale.closed";
        match &body {
            Ok(body) => self.rows(header, body),
            Err(_) if is_sale => self.sold_by_header(header),
            Err(_) => {}
        }
        Ok(body.is_ok() || !is_sale)
    }

    fn rows(&mut self, header: &Header, body: &Body) {
        match body {
            Body::SaleClosed(sale) => {
                let lines = sale.lines.iter();
                let lines = lines
                    .map(|line| (variant_of(line.variant), line.quantity))
                    .collect();
                let total = sale.total_minor;
                self.sales.insert(header.id, Sold { lines, total });
                for register in 0..self.receipts.len() {
                    let next = self.receipts[register] + 1;
                    if receipt(self.place, register, self.epoch(), next) == sale.receipt_number {
                        self.receipts[register] = next;
                    }
                }
            }
            Body::StockCounted(count) => {
                for line in &count.lines {
                    let variant = variant_of(line.variant);
                    self.accounts[variant].verify();
                    self.counted[variant] = header.seq;
                }
            }
            Body::PickReceived(pick) => self.note_picks(pick),
            Body::OrderPicked(order) => {
                for line in &order.lines {
                    if let Some(pick) = self.picks.get_mut(&line.reservation) {
                        (pick.state, pick.picked) = (PickState::Picked, line.picked);
                    }
                }
            }
            Body::PickCancelled(cancelled) => {
                for id in &cancelled.reservations {
                    let Some(pick) = self.picks.get_mut(id) else {
                        continue;
                    };
                    let stands = pick.state == PickState::HandedOver
                        || (pick.state == PickState::Picked && cancelled.reason == "broken");
                    if !stands {
                        pick.state = PickState::Cancelled;
                    }
                }
            }
            Body::OrderHandedOver(order) => {
                for id in &order.reservations {
                    if let Some(pick) = self.picks.get_mut(id) {
                        pick.state = PickState::HandedOver;
                    }
                }
            }
            _ => {}
        }
    }

    /// What the header of an unreadable sale still says.
    fn sold_by_header(&mut self, header: &Header) {
        let moved = header.moves.iter().filter(|one| one.quantity < 0);
        let lines = moved
            .map(|one| (variant_of(one.variant), -one.quantity))
            .collect();
        let total = header.money.iter().map(|one| one.minor).sum();
        self.sales.insert(header.id, Sold { lines, total });
    }

    /// Takes records of the cloud behind its own, byte for byte.
    pub(crate) fn replayed(
        &self,
        records: Vec<Record>,
        mutant: Option<Mutant>,
    ) -> Result<Self, String> {
        let mut longer = self.clone();
        let skips = mutant == Some(Mutant::ReplaySkips);
        for record in records.into_iter().skip(usize::from(skips)) {
            let header = record.open().map_err(|error| error.to_string())?;
            longer.log.push(Rc::new(Entry { header, record }));
        }
        if skips {
            return Ok(longer.renumbered());
        }
        longer.fold(true, mutant)
    }

    /// What a node makes of a log with a hole that does not look.
    fn renumbered(mut self) -> Self {
        let log = std::mem::take(&mut self.log);
        let mut disk = Self::new(
            self.place,
            self.machine,
            self.epoch(),
            self.cursor.incarnation,
            self.accounts.len(),
        );
        for entry in log {
            let mut header = entry.header.clone();
            (header.seq, header.prev) = (disk.last_seq() + 1, disk.head().hash);
            if disk.follow(&header, &entry.record).is_ok() {
                disk.log.push(entry);
            }
        }
        disk
    }

    /// The place in the stream after the incarnation changed.
    const fn rebased(&mut self, incarnation: i64) {
        (self.cursor.incarnation, self.cursor.idx) = (incarnation, 0);
    }

    /// What is still to be picked: the cloud has promised it, whether it remembers or not.
    fn open_picks(&self) -> Vec<OpenPick> {
        let open = self.picks.iter();
        open.filter(|(_, pick)| pick.state == PickState::Open)
            .map(|(id, pick)| OpenPick {
                order: pick.order,
                order_number: String::new(),
                customer: String::new(),
                reservation: *id,
                variant: variant_id(pick.variant),
                quantity: pick.promised,
            })
            .collect()
    }

    /// Follows a restored cloud.
    pub(crate) fn rebase(
        &mut self,
        at: i64,
        id: Uuid,
        incarnation: i64,
        last_seq: i64,
        mutant: Option<Mutant>,
    ) {
        let open_picks = if mutant == Some(Mutant::OpenPicksForgotten) {
            Vec::new()
        } else {
            self.open_picks()
        };
        let body = CloudRebased {
            incarnation,
            last_seq,
            open_picks,
        };
        let mut draft = Draft::of(id, (CloudRebased::KIND, CloudRebased::VERSION), &body);
        draft.incarnation = Some(incarnation);
        if mutant == Some(Mutant::RebaseNotLogged) {
            draft.incarnation = None;
        }
        self.append(at, draft);
        self.rebased(incarnation);
        self.acked = last_seq;
    }

    /// Begins an epoch: nothing is the node's, and the cloud may claim what it says.
    pub(crate) fn open_epoch(
        &mut self,
        at: i64,
        id: Uuid,
        claims: &[Line],
    ) -> Result<(), RightsError> {
        let units = claims.iter().map(|line| Units {
            variant: line.variant,
            quantity: line.quantity,
        });
        let body = EpochOpened {
            claims: units.collect(),
        };
        let mut draft = Draft::of(id, (EpochOpened::KIND, EpochOpened::VERSION), &body);
        draft.incarnation = Some(self.cursor.incarnation);
        for line in claims {
            let (account, moves) = NodeAccount::open(Quantity::new(line.quantity))?;
            self.accounts[variant_of(line.variant)] = account;
            draft.moved(variant_of(line.variant), &moves);
        }
        self.append(at, draft);
        Ok(())
    }

    /// The doubt about its rights is over.
    pub(crate) fn trusted(&mut self, at: i64, id: Uuid) {
        let body = NodeRestricted {
            cause: "trusted".to_owned(),
            detail: String::new(),
        };
        self.restricted = None;
        self.append(
            at,
            Draft::of(id, (NodeRestricted::KIND, NodeRestricted::VERSION), &body),
        );
    }

    /// What differs between the rows and the fold of the log.
    pub(crate) fn differs_from_its_log(&self) -> Option<String> {
        let folded = match self.fold(false, None) {
            Ok(folded) => folded,
            Err(error) => return Some(error),
        };
        for variant in 0..self.accounts.len() {
            if folded.accounts[variant] != self.accounts[variant] {
                return Some(format!(
                    "variant {variant}: the file says {:?}, the log {:?}",
                    self.accounts[variant], folded.accounts[variant]
                ));
            }
        }
        if folded.cursor != self.cursor {
            return Some(format!(
                "the file is at {:?}, the log at {:?}",
                self.cursor, folded.cursor
            ));
        }
        if folded.picks != self.picks {
            return Some(format!(
                "the file picks {:?}, the log {:?}",
                self.picks, folded.picks
            ));
        }
        (folded.counted != self.counted).then(|| "the counts differ".to_owned())
    }
}

/// Claims as a node hears them at its enrolment.
pub(crate) fn lines(claims: &[i64]) -> Vec<Line> {
    let some = claims.iter().enumerate().filter(|(_, claim)| **claim > 0);
    some.map(|(variant, claim)| Line {
        variant: variant_id(variant),
        quantity: *claim,
    })
    .collect()
}
