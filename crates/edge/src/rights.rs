//! Rights of this shop: the account of every variant, changed by its rules alone and written with the event that says so.
use retail::{
    catalog::VariantId,
    quantity::Quantity,
    rights::{Move, NodeAccount, RightsError, Shortage, Trust},
};

use crate::{
    db::{Change, DbError, Snapshot, Tx},
    node::Site,
};

mod audit;
pub(crate) mod command;
pub(crate) mod db;
pub(crate) mod http;
mod transfer;

pub(crate) use audit::{Audit, counted, moves_of, weakened, whole};
pub use audit::{Finding, audit};
pub(crate) use command::{Accounts, ask_for_counts, take_command};
pub use transfer::{GivenBack, MAX_RETURN_LINES, ReturnError, give};
pub(crate) use transfer::{give_back, open_epoch};

/// The account of a variant, as it stands in a transaction: loaded once, changed by its rules, written by
/// [`record`] with each event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) variant: VariantId,
    /// With every change so far.
    pub(crate) account: NodeAccount,
    /// The newest count of it.
    pub(crate) counted_seq: i64,
    /// As the row has it.
    written: NodeAccount,
    /// What the next event says.
    moves: Vec<Move>,
    is_counted: bool,
    is_doubted: bool,
}

impl Held {
    /// Loads the account; an empty one when nothing has ever moved.
    pub(crate) fn load(at: &Snapshot<'_>, variant: VariantId) -> Result<Self, DbError> {
        let (account, counted_seq) = db::account(at, variant)?.unwrap_or_default();
        Ok(Self {
            variant,
            account,
            counted_seq,
            written: account,
            moves: Vec::new(),
            is_counted: false,
            is_doubted: false,
        })
    }

    /// Changes the account by one of its rules; the next event says it.
    pub(crate) fn apply(
        &mut self,
        rule: impl FnOnce(&mut NodeAccount) -> Result<Vec<Move>, RightsError>,
    ) -> Result<(), RightsError> {
        let moves = rule(&mut self.account)?;
        for one in moves {
            merge(&mut self.moves, one);
        }
        Ok(())
    }

    /// What is missing to sell so much, by what this node may believe of the account.
    pub(crate) fn shortage(&self, site: &Site, needed: Quantity) -> Option<Shortage> {
        // A count that is being recorded is newer than any restriction.
        let counted_seq = if self.is_counted {
            i64::MAX
        } else {
            self.counted_seq
        };
        self.account.shortage_by(needed, site.trust(counted_seq))
    }

    /// Whether somebody has counted it since this epoch, or this node's restriction, began: before that a promise may
    /// have been kept by an earlier epoch unseen.
    pub(crate) fn is_counted_here(&self, site: &Site) -> bool {
        site.trust(self.counted_seq) == Trust::Full && (site.epoch == 1 || self.counted_seq > 0)
    }

    /// Takes a count of the shelf in; gives what the book had expected there.
    pub(crate) fn count(&mut self, counted: Quantity) -> Result<Quantity, RightsError> {
        let mut expected = Quantity::ZERO;
        self.apply(|account| {
            let count = account.count(counted)?;
            expected = count.expected;
            Ok(count.moves)
        })?;
        self.is_counted = true;
        Ok(expected)
    }

    /// A replayed count has counted it.
    pub(crate) fn verify(&mut self) {
        self.account.verify();
        self.is_counted = true;
    }

    /// Units with strong evidence have gone; the body of the next event says so.
    pub(crate) fn weaken(&mut self, quantity: Quantity) {
        self.account.weaken(quantity);
    }

    /// Asks for a count: the book and the shelf have been seen to differ.
    pub(crate) fn doubt(&mut self) {
        self.is_doubted = true;
    }

    /// What the next event says about it.
    pub(crate) fn moves(&self) -> &[Move] {
        &self.moves
    }

    fn is_touched(&self) -> bool {
        self.is_counted || self.is_doubted || !self.moves.is_empty()
    }
}

/// One event says each change of a bucket once.
fn merge(moves: &mut Vec<Move>, one: Move) {
    let same = |known: &&mut Move| known.bucket == one.bucket && known.is_weak == one.is_weak;
    match moves.iter_mut().find(same) {
        Some(known) => known.quantity = known.quantity + one.quantity,
        None => moves.push(one),
    }
    moves.retain(|known| known.quantity != Quantity::ZERO);
}

/// Writes the accounts that an event has changed, in its transaction; the triggers compare them with what it says.
pub(crate) fn record(
    tx: &Tx<'_>,
    seq: i64,
    kind: &str,
    accounts: &mut [Held],
) -> Result<(), DbError> {
    let mut now = Vec::new();
    for held in accounts.iter_mut().filter(|held| held.is_touched()) {
        for one in &held.moves {
            db::insert_movement(tx, seq, kind, held.variant, *one)?;
        }
        let row = db::Row {
            variant: held.variant,
            before: held.written,
            after: held.account,
            seq,
            is_counted: held.is_counted,
            is_doubted: held.is_doubted,
            is_trade: matches!(kind, "sale.closed" | "purchase.recorded"),
        };
        db::put(tx, &row)?;
        if held.is_counted {
            held.counted_seq = seq;
        }
        held.written = held.account;
        held.moves.clear();
        (held.is_counted, held.is_doubted) = (false, false);
        now.push((held.variant, held.account));
    }
    if !now.is_empty() {
        tx.announce(Change::Stock(now));
    }
    Ok(())
}
