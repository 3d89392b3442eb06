//! Purchases that are taken back: voided, or replaced by another. Each is a document with a number and an event of its
//! own; goods, cost and money go back as exactly as they came, the goods as far as they are the shop's own still.
use jiff::Timestamp;
use retail::{
    amount::Amount,
    catalog::VariantId,
    purchasing::{
        Item, PaymentKind, Purchase, PurchaseId,
        reversal::{self as rule, Change, MAX_REASON},
    },
    quantity::{Quantity, Unit},
    shift::ShiftId,
    staff::{Permission, StaffId},
};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body::{self, PurchaseCorrected, PurchaseVoided, ReversedLine, Units};

use super::{Draft, Line, NewPurchase, RecordError, Ticket};
use crate::{
    Shop, cash,
    db::{DbError, Snapshot, Tx},
    node::{self, Site},
    outbox, print,
    refusal::{self, Attempt, Recorded, Standing, Write},
    replay::Facts,
    rights::Held,
    shift::{self, db::Current},
    staff::{self, Actor, SecondPerson},
};

pub(crate) mod db;
pub(crate) mod http;

/// Where a purchase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It counts.
    Recorded,
    /// It was taken back whole.
    Voided,
    /// Another one stands in its place.
    Replaced,
}

impl State {
    pub(super) const fn of(is_reversed: bool, is_replaced: bool) -> Self {
        match (is_reversed, is_replaced) {
            (false, _) => Self::Recorded,
            (true, false) => Self::Voided,
            (true, true) => Self::Replaced,
        }
    }
}

/// How a purchase was taken back, as it is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reversal {
    /// Of the void, or of the purchase that stands in its place.
    pub(crate) id: Uuid,
    /// Of this document.
    pub(crate) number: String,
    /// What was taken back.
    pub(crate) purchase: PurchaseId,
    /// Its number.
    pub(crate) purchase_number: String,
    /// None: a void.
    pub(crate) replacement: Option<PurchaseId>,
    pub(crate) staff_name: String,
    pub(crate) approved_by: Option<String>,
    pub(crate) reason: String,
    pub(crate) at: Timestamp,
    /// What the purchase cost, and how it was paid.
    pub(crate) total: Amount,
    pub(crate) payment: PaymentKind,
}

/// A purchase that is to be taken back.
#[derive(Debug, Clone)]
pub(crate) struct NewReversal {
    /// Made by the station; repeating it returns the first answer.
    pub(crate) id: Uuid,
    pub(crate) purchase: PurchaseId,
    /// The open shift of the register.
    pub(crate) shift: ShiftId,
    pub(crate) reason: String,
    /// What should have been recorded, under the same id; none: nothing.
    pub(crate) replacement: Option<NewPurchase>,
    /// Somebody else's word, when the buyer may not, or not so far, alone.
    pub(crate) approval: Option<SecondPerson>,
}

/// Why a purchase cannot be taken back so.
#[derive(Debug, thiserror::Error)]
pub enum ReversalError {
    /// Nobody says why, or in too many words.
    #[error("a reason has 1 to {MAX_REASON} letters, on one line")]
    Reason,
    /// Once is enough.
    #[error("{number} has taken it back already")]
    Already {
        /// The document that did it.
        number: String,
    },
    /// The correction says what the purchase says.
    #[error("nothing is different from what was recorded")]
    NothingChanges,
    /// What it brought is sold, or promised online.
    #[error("{needed} of {name} would have to be on the shelf and free, {free} are")]
    NotFree {
        /// What.
        variant: VariantId,
        /// What it is called.
        name: String,
        /// What it is counted in.
        unit: Unit,
        /// Base units that would go out.
        needed: Quantity,
        /// Base units that are the shop's own still.
        free: Quantity,
    },
}

/// Takes a purchase back: as one event, on disk when this returns. Repeating the same id and content gives the first
/// answer: the ticket of what was voided, or of what stands in its place.
///
/// # Errors
/// [`RecordError`] says what stands in the way; nothing is kept then, save a content under a used id.
pub(crate) async fn reverse(
    shop: &Shop,
    actor: &Actor,
    new: NewReversal,
) -> Result<Recorded<Ticket>, RecordError> {
    staff::require(actor, Permission::PurchaseCreate)?;
    if let Some(replacement) = &new.replacement {
        super::check_document(replacement)?;
    }
    let (id, purchase) = (PurchaseId::from_uuid(new.id), new.purchase);
    let (known, found) = shop
        .read(move |at| {
            let known = super::db::request_hash(at, id)?;
            Ok::<_, DbError>((known, super::db::ticket(at, purchase)?))
        })
        .await?;
    // A repeat needs no second PIN: whether it is one is decided below, by its content.
    let approved_by = match (known, found) {
        (None, Some(found)) => {
            let paid = new.replacement.as_ref().map(|it| it.paid);
            let amount = rule::at_stake(found.total, paid);
            let word = new.approval.as_ref();
            cash::own_or_anothers(shop, actor, Permission::PurchaseVoid, amount, word).await?
        }
        // It may be on its way: recorded meanwhile, it would be taken back without anybody's word.
        (None, None) => return Err(RecordError::Unknown),
        (Some(_), _) => None,
    };
    let ids = [print::new_uuid(shop), print::new_uuid(shop)];
    let actor = actor.clone();
    let attempt = shop
        .write(move |tx, _| reverse_in(tx, &actor, &new, approved_by, ids))
        .await?;
    match attempt {
        Attempt::Recorded(ticket) => Ok(ticket),
        Attempt::IdReused => Err(RecordError::IdReused),
    }
}

fn reverse_in(
    tx: &Tx<'_>,
    actor: &Actor,
    new: &NewReversal,
    approved_by: Option<StaffId>,
    [refusal_id, print_id]: [Uuid; 2],
) -> Result<Attempt<Ticket>, RecordError> {
    let mut site = node::site(tx)??;
    let content = content(new);
    let write = Write {
        noun: "purchase",
        id: new.id,
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    let before = super::db::request_hash(tx, PurchaseId::from_uuid(new.id))?;
    let hash = match refusal::standing(tx, &mut site, &write, before, refusal_id)? {
        Standing::Fresh(hash) => hash,
        Standing::Same => return Ok(Attempt::Recorded(Recorded::Repeated(answer(tx, new)?))),
        Standing::Other => return Ok(Attempt::IdReused),
    };
    let taking = Taking::check(tx, &site, actor, new)?;
    let has_cash = taking.keep(tx, &mut site, actor, approved_by, hash)?;
    let what = match new.replacement {
        None => print::What::PurchaseVoid(new.id),
        Some(_) => print::What::Purchase(PurchaseId::from_uuid(new.id)),
    };
    print::reversal(tx, actor, what, print_id, has_cash)?;
    Ok(Attempt::Recorded(Recorded::First(answer(tx, new)?)))
}

fn answer(at: &Snapshot<'_>, new: &NewReversal) -> Result<Ticket, RecordError> {
    let id = match new.replacement {
        None => new.purchase,
        Some(_) => PurchaseId::from_uuid(new.id),
    };
    super::db::ticket(at, id)?.ok_or(RecordError::Unknown)
}

/// A purchase that may be taken back, before anything has moved.
struct Taking<'a> {
    new: &'a NewReversal,
    reason: &'a str,
    original: Ticket,
    shift: Current,
    draft: Option<Draft>,
    changes: Vec<(VariantId, Change)>,
}

impl<'a> Taking<'a> {
    fn check(
        at: &Snapshot<'_>,
        site: &Site,
        actor: &Actor,
        new: &'a NewReversal,
    ) -> Result<Self, RecordError> {
        let original = super::db::ticket(at, new.purchase)?.ok_or(RecordError::Unknown)?;
        if let Some(before) = &original.reversal {
            let number = before.number.clone();
            return Err(ReversalError::Already { number }.into());
        }
        let shift = shift::current(at, actor, new.shift)?;
        let reason = rule::reason(&new.reason).ok_or(ReversalError::Reason)?;
        let draft = match &new.replacement {
            Some(replacement) => Some(super::draft(at, site, actor, replacement, &original.lines)?),
            None => None,
        };
        if let Some((replacement, draft)) = new.replacement.as_ref().zip(draft.as_ref())
            && says_the_same(&original, replacement, draft)
        {
            return Err(ReversalError::NothingChanges.into());
        }
        let priced = draft.as_ref().map(|draft| &draft.priced);
        let changes = rule::changes(&recorded(&original), priced);
        Ok(Self {
            new,
            reason,
            original,
            shift,
            draft,
            changes,
        })
    }

    /// Takes the goods out of the accounts, writes the event and the rows; gives whether cash went in or out.
    fn keep(
        &self,
        tx: &Tx<'_>,
        site: &mut Site,
        actor: &Actor,
        approved_by: Option<StaffId>,
        hash: [u8; 32],
    ) -> Result<bool, RecordError> {
        let (mut accounts, to_count) = self.amend(tx, site)?;
        let number = super::number(tx, site, &self.shift)?;
        let reversal = self.on_the_wire(approved_by, to_count);
        let paid = self
            .new
            .replacement
            .as_ref()
            .map(|it| (it.payment, it.paid));
        let money = rule::money((self.original.payment, self.original.total), paid);
        let has_cash = money.iter().any(|(kind, _)| *kind == PaymentKind::Cash);
        let event = Sending {
            taking: self,
            actor,
            accounts: &mut accounts,
            money,
        };
        let seq = match self.new.replacement.as_ref().zip(self.draft.as_ref()) {
            None => {
                let body = PurchaseVoided {
                    shift: self.new.shift.as_uuid(),
                    ticket_number: number.clone(),
                    reversal,
                };
                event.send(tx, site, &body)?
            }
            Some((purchase, draft)) => {
                let total = draft.priced.total;
                let body = PurchaseCorrected {
                    reversal,
                    purchase: super::event::body(purchase, &draft.lines, total, &number),
                };
                let seq = event.send(tx, site, &body)?;
                draft.keep(tx, actor, purchase, (seq, &number), hash)?;
                seq
            }
        };
        let row = db::NewRow {
            id: self.new.id,
            seq,
            purchase: self.new.purchase,
            is_void: self.new.replacement.is_none(),
            number: &number,
            shift: &self.shift,
            staff: actor.staff,
            approved_by,
            reason: self.reason,
            payment: self.original.payment,
            total: self.original.total,
            hash,
        };
        db::insert(tx, &row)?;
        Ok(has_cash)
    }

    /// The accounts after it, and what was counted since the purchase: only another count says whether those goods
    /// were there then.
    fn amend(
        &self,
        at: &Snapshot<'_>,
        site: &Site,
    ) -> Result<(Vec<Held>, Vec<VariantId>), RecordError> {
        let (mut accounts, mut to_count) = (Vec::new(), Vec::new());
        for &(variant, change) in &self.changes {
            let mut held = Held::load(at, variant)?;
            if let Some(shortage) = held.shortage(site, change.needed()) {
                let lines = self.original.lines.iter();
                let mut named = lines.filter(|line| line.variant == variant);
                let named = named.next();
                return Err(ReversalError::NotFree {
                    variant,
                    name: named.map(|line| line.name.clone()).unwrap_or_default(),
                    unit: named.map_or(Unit::Piece, |line| line.unit),
                    needed: shortage.needed,
                    free: shortage.rights,
                }
                .into());
            }
            held.apply(|account| account.amend(change.weighed, change.stated))?;
            held.weaken(change.weakened());
            if held.counted_seq > self.original.seq {
                held.doubt();
                to_count.push(variant);
            }
            accounts.push(held);
        }
        Ok((accounts, to_count))
    }

    fn on_the_wire(
        &self,
        approved_by: Option<StaffId>,
        to_count: Vec<VariantId>,
    ) -> body::PurchaseReversal {
        let weakened = self.changes.iter().map(|(variant, change)| Units {
            variant: variant.as_uuid(),
            quantity: change.weakened().base_units(),
        });
        let lines = self.original.lines.iter().map(|line| ReversedLine {
            variant: line.variant.as_uuid(),
            quantity: line.quantity.base_units(),
            cost_minor: line.total.minor(),
        });
        body::PurchaseReversal {
            purchase: self.original.id.as_uuid(),
            ticket_number: self.original.number.clone(),
            business_date: self.original.business_date,
            supplier: self.original.supplier.as_uuid(),
            payment_kind: self.original.payment.code().to_owned(),
            total_minor: self.original.total.minor(),
            lines: lines.collect(),
            reason: self.reason.to_owned(),
            approved_by: approved_by.map(StaffId::as_uuid),
            weakened: weakened.filter(|one| one.quantity > 0).collect(),
            to_count: to_count.into_iter().map(VariantId::as_uuid).collect(),
        }
    }
}

/// The event of a purchase that is taken back, before its body.
struct Sending<'a> {
    taking: &'a Taking<'a>,
    actor: &'a Actor,
    accounts: &'a mut [Held],
    money: Vec<(PaymentKind, Amount)>,
}

impl Sending<'_> {
    fn send<B: body::Document>(
        self,
        tx: &Tx<'_>,
        site: &mut Site,
        body: &B,
    ) -> Result<i64, DbError> {
        let (new, shift) = (self.taking.new, &self.taking.shift);
        let money = self.money.into_iter();
        outbox::append(
            tx,
            site,
            outbox::Event {
                register: Some(shift.register),
                staff: Some(self.actor.staff),
                aggregate: new.shift.as_uuid(),
                accounts: self.accounts,
                money: money.map(|(kind, amount)| (kind.code(), amount)).collect(),
                ..outbox::Event::of(new.id, shift.business_date, body)
            },
        )
    }
}

/// A purchase as the rules have it.
fn recorded(ticket: &Ticket) -> Purchase {
    let line = |line: &Line| retail::purchasing::Line {
        item: Item {
            variant: line.variant,
            unit: line.unit,
            measure: line.measure,
            cost: line.cost,
        },
        quantity: line.quantity,
        cost: line.total,
    };
    Purchase {
        lines: ticket.lines.iter().map(line).collect(),
        total: ticket.total,
    }
}

fn says_the_same(original: &Ticket, replacement: &NewPurchase, draft: &Draft) -> bool {
    let same = |(one, other): (&Line, &Line)| {
        (one.variant, one.measure, one.quantity, one.total)
            == (other.variant, other.measure, other.quantity, other.total)
            && one.cost == other.cost
    };
    original.supplier == replacement.supplier
        && original.document == replacement.document
        && original.payment == replacement.payment
        && original.lines.len() == draft.lines.len()
        && original.lines.iter().zip(&draft.lines).all(same)
}

/// What a reversal says, whoever sends it.
fn content(new: &NewReversal) -> Value {
    json!({
        "purchase_id": new.purchase.as_uuid(),
        "shift_id": new.shift.as_uuid(),
        "reason": new.reason,
        "correction": new.replacement.as_ref().map(super::event::content),
    })
}

/// Keeps a void that a replayed event says, with the next number of its series.
pub(crate) fn replay_void(
    tx: &Tx<'_>,
    site: &Site,
    facts: &Facts,
    voided: &PurchaseVoided,
) -> Result<(), DbError> {
    let shift = ShiftId::from_uuid(voided.shift);
    if let Some(shift) = shift::db::current(tx, shift)? {
        shift::db::next_number(tx, shift.register, site.epoch, shift::db::Series::Ticket)?;
    }
    let of = (shift, voided.ticket_number.as_str());
    keep_again(tx, facts, of, &voided.reversal, true)
}

/// Keeps a correction that a replayed event says.
pub(crate) fn replay_correction(
    tx: &Tx<'_>,
    site: &Site,
    facts: &Facts,
    corrected: PurchaseCorrected,
) -> Result<(), DbError> {
    let number = corrected.purchase.ticket_number.clone();
    let shift = ShiftId::from_uuid(corrected.purchase.shift);
    super::replay(tx, site, facts, corrected.purchase)?;
    keep_again(tx, facts, (shift, &number), &corrected.reversal, false)
}

fn keep_again(
    tx: &Tx<'_>,
    facts: &Facts,
    (shift, number): (ShiftId, &str),
    reversal: &body::PurchaseReversal,
    is_void: bool,
) -> Result<(), DbError> {
    let Some((shift, staff)) = shift::db::current(tx, shift)?.zip(facts.staff) else {
        return Ok(());
    };
    let row = db::NewRow {
        id: facts.id,
        seq: facts.seq,
        purchase: PurchaseId::from_uuid(reversal.purchase),
        is_void,
        number,
        shift: &shift,
        staff,
        approved_by: reversal.approved_by.map(StaffId::from_uuid),
        reason: &reversal.reason,
        payment: PaymentKind::by_code(&reversal.payment_kind).unwrap_or(PaymentKind::Account),
        total: Amount::from_minor(reversal.total_minor),
        hash: refusal::REPLAYED,
    };
    db::insert(tx, &row)
}
