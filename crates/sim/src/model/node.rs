//! The account of a shop: a pure fold of the events in its log.

use super::few::Few;
use super::rules::{Flaw, Rules};

/// Online orders that a configuration can have.
pub const ORDERS: usize = 2;

/// In an event: the unit that came pays a claim which had none, instead of becoming the node's.
pub const PAYS_DEBT: u8 = 1;

/// In an event about an order: the picked unit that should go back on the shelf was not where it should be.
pub const NOT_THERE: u8 = 2;

/// In an event about an order: the unit that goes back on the shelf pays a claim which had none.
pub const PUT_BACK_PAYS: u8 = 4;

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A unit sold for which the node had the right.
    Sale,
    /// A unit came in from a supplier.
    Receipt,
    /// A right goes back to the cloud.
    Return,
    /// A grant was credited.
    GrantCredited,
    /// The node follows the cloud into a new incarnation.
    Rebase,
    /// A pick task for an order was taken from the stream.
    TaskTaken,
    /// The unit of an order was set aside.
    Pick,
    /// The customer took the unit of an order.
    HandOver,
    /// The cancellation of an order was taken: its task ends, a picked unit goes back on the shelf.
    CancelTaken,
    /// The cloud asked to give up an order; a picked one stands.
    BreakTaken,
    /// The unit of an order was not found.
    ShortPick,
    /// So many units were counted on the shelf, without the picked ones.
    Count,
    /// A unit was found at the till and sold.
    Found,
    /// A unit was sold although the cloud may have promised it.
    Override,
    /// A customer brought a unit back, not yet graded.
    CustomerReturn,
    /// An ungraded unit is sellable.
    Graded,
    /// A unit left for the other location.
    TransferOut,
    /// A unit came from the other location.
    TransferIn,
}

impl Kind {
    const ALL: [Self; 18] = [
        Self::Sale,
        Self::Receipt,
        Self::Return,
        Self::GrantCredited,
        Self::Rebase,
        Self::TaskTaken,
        Self::Pick,
        Self::HandOver,
        Self::CancelTaken,
        Self::BreakTaken,
        Self::ShortPick,
        Self::Count,
        Self::Found,
        Self::Override,
        Self::CustomerReturn,
        Self::Graded,
        Self::TransferOut,
        Self::TransferIn,
    ];
}

/// An event: its epoch (3 bits), what it is about (3 bits: an order, a counted number), its id (5) and kind (5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Event(u16);

impl Event {
    /// An event of a node's `epoch` with an id that this location never gave before.
    pub fn new(kind: Kind, id: u8, epoch: u8, about: u8) -> Self {
        assert!(
            id < 32 && epoch < 8 && about < 8,
            "the bounds are too wide for an event"
        );
        Self(
            u16::from(epoch) << 13
                | u16::from(about) << 10
                | u16::from(id) << 5
                | u16::from(kind as u8),
        )
    }

    /// What it says.
    pub fn kind(self) -> Kind {
        Kind::ALL[usize::from(self.0 & 31)]
    }

    /// Its identity, for ever and in every epoch.
    pub const fn id(self) -> u8 {
        (self.0 >> 5 & 31) as u8
    }

    /// The order that it is about, or the number that was counted.
    pub const fn about(self) -> u8 {
        (self.0 >> 10 & 7) as u8
    }

    /// The epoch in which it was recorded.
    pub const fn epoch(self) -> u8 {
        (self.0 >> 13) as u8
    }
}

/// The events of one epoch, or a beginning of them.
pub type Log = Few<Event, 14>;

/// What the node of a location has to do for an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Task {
    /// It knows of no order.
    #[default]
    None,
    /// To be picked.
    Asked,
    /// Set aside.
    Picked,
    /// The customer has it.
    HandedOver,
    /// Given up before it was picked: the unit is the cloud's, which does not know yet.
    Released,
    /// Not found, or put back on the shelf.
    Closed,
}

impl Task {
    /// Whether the unit of a promised order is among the claims of the cloud.
    pub const fn is_promised(self) -> bool {
        matches!(self, Self::None | Self::Asked | Self::Released)
    }
}

/// What a node knows: a fold of its events over what its enrolment gave it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Account {
    /// Rights held by the node.
    pub node_rights: i8,
    /// What the cloud side may at most claim here.
    pub claim_bound: i8,
    /// The part of `claim_bound` that has no unit behind it; the cloud pays it back by grants.
    pub debt: i8,
    /// Messages of the cloud taken so far.
    pub cursor: u8,
    /// The life of the cloud that it follows.
    pub incarnation: u8,
    /// Units that are not sellable until graded.
    pub unsellable: i8,
    /// Whether the shelf was counted in this epoch; before that, nothing that an earlier epoch was asked to pick goes
    /// back to the cloud.
    pub counted: bool,
    /// What is to be done for online orders.
    pub tasks: [Task; ORDERS],
}

impl Account {
    /// Units that should be on the shelf: the node's, and those behind the claims of the cloud.
    pub const fn on_shelf(&self) -> i8 {
        self.node_rights + self.claim_bound - self.debt
    }

    /// Whether a promised unit that is not picked goes back to the cloud when its order ends.
    pub const fn releases(&self, rules: Rules) -> bool {
        self.counted || rules.have(Flaw::ReleaseUncounted)
    }

    /// How many orders are picked and not yet handed over.
    pub fn picked(&self) -> i8 {
        self.tasks
            .iter()
            .map(|task| i8::from(*task == Task::Picked))
            .sum()
    }

    /// A right more, or less debt.
    const fn credit(&mut self, pays_debt: bool) {
        if self.debt > 0 && pays_debt {
            self.debt -= 1;
        } else {
            self.node_rights += 1;
        }
    }

    /// Takes one event into account.
    pub fn apply(&mut self, event: Event, rules: Rules) {
        match event.kind() {
            Kind::Sale | Kind::TransferOut => {
                let debited = event.kind() == Kind::Sale || !rules.have(Flaw::ShippedWithoutDebit);
                self.node_rights -= i8::from(debited);
            }
            Kind::Receipt | Kind::TransferIn => self.credit(event.about() == PAYS_DEBT),
            Kind::Return => {
                self.node_rights -= i8::from(!rules.have(Flaw::ReturnWithoutDebit));
                self.claim_bound += i8::from(!rules.have(Flaw::ReturnKeepsClaimBound));
            }
            Kind::GrantCredited => {
                self.cursor += 1;
                self.claim_bound -= 1;
                self.credit(!rules.have(Flaw::CreditIgnoresDebt));
            }
            Kind::Rebase => self.incarnation += 1,
            Kind::Count => self.count(event.about(), rules),
            Kind::Found => {}
            Kind::Override => {
                let backed = self.claim_bound > self.debt;
                self.debt += i8::from(backed && !rules.have(Flaw::OverrideUncounted));
                self.claim_bound -= i8::from(rules.have(Flaw::OverrideLowersClaimBound));
            }
            Kind::CustomerReturn => self.unsellable += 1,
            Kind::Graded => {
                self.unsellable -= 1;
                self.credit(event.about() == PAYS_DEBT);
            }
            Kind::TaskTaken
            | Kind::Pick
            | Kind::HandOver
            | Kind::CancelTaken
            | Kind::BreakTaken
            | Kind::ShortPick => self.apply_to_order(event, rules),
        }
    }

    /// The shelf is what was counted: what the cloud may claim of it is the cloud's, the rest the node's. Claims beyond
    /// it are debt.
    fn count(&mut self, counted: u8, rules: Rules) {
        let claims = if rules.have(Flaw::CountIgnoresClaims) {
            0
        } else {
            self.claim_bound
        };
        let free = counted.cast_signed() - claims;
        self.counted = true;
        self.node_rights = free.max(0);
        self.debt = if rules.have(Flaw::ShortageForgotten) {
            0
        } else {
            (-free).max(0)
        };
    }

    /// A promised unit left the shelf. No more of the claims that stay can lack a unit than there are; a pick that takes
    /// a unit for a claim that had none takes it from the node's own.
    fn pick(&mut self, rules: Rules) {
        if rules.have(Flaw::PickKeepsClaimBound) || rules.have(Flaw::TaskLowersClaimBound) {
            return;
        }
        self.claim_bound -= 1;
        let debt = self.debt.min(self.claim_bound);
        self.node_rights = (self.node_rights - (self.debt - debt)).max(0);
        self.debt = debt;
    }

    /// A promised unit was not there: neither is any other.
    const fn short(&mut self) {
        self.claim_bound -= 1;
        self.debt = self.claim_bound;
        self.node_rights = 0;
        self.counted = true;
    }

    /// A promised unit that an earlier epoch may have picked is claimed by nobody; the count will tell where it is.
    fn void(&mut self) {
        self.claim_bound -= 1;
        self.debt = self.debt.min(self.claim_bound);
    }

    fn apply_to_order(&mut self, event: Event, rules: Rules) {
        let order = usize::from(event.about() % NOT_THERE);
        let before = self.tasks[order];
        let given_up = if self.releases(rules) {
            Task::Released
        } else {
            Task::Closed
        };
        self.tasks[order] = match (event.kind(), before) {
            (Kind::TaskTaken, Task::None) => Task::Asked,
            (Kind::TaskTaken, _) if rules.have(Flaw::TaskTakenAgain) => Task::Asked,
            (Kind::Pick, _) => Task::Picked,
            (Kind::HandOver, _) => Task::HandedOver,
            (Kind::CancelTaken | Kind::BreakTaken, Task::None | Task::Asked) => given_up,
            (Kind::CancelTaken, Task::Picked) | (Kind::ShortPick, _) => Task::Closed,
            (_, unchanged) => unchanged,
        };
        match event.kind() {
            Kind::TaskTaken => {
                self.cursor += 1;
                self.claim_bound -= i8::from(rules.have(Flaw::TaskLowersClaimBound));
            }
            Kind::Pick => self.pick(rules),
            Kind::ShortPick => self.short(),
            Kind::BreakTaken => {
                self.cursor += 1;
                if self.tasks[order] == Task::Closed && before != Task::Closed {
                    self.void();
                }
            }
            Kind::CancelTaken => {
                self.cursor += 1;
                match (before, self.tasks[order]) {
                    (Task::Picked, _) if event.about() & NOT_THERE == 0 => {
                        self.credit(event.about() & PUT_BACK_PAYS != 0);
                    }
                    (Task::None | Task::Asked, Task::Closed) => self.void(),
                    _ => {}
                }
                let lowered = rules.have(Flaw::CancelLowersClaimBound) && before == Task::Asked
                    || rules.have(Flaw::ExpiryLowersClaimBound) && before == Task::None;
                self.claim_bound -= i8::from(lowered);
            }
            _ => {}
        }
    }
}

/// What a node has on its disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Node {
    /// The life of its data.
    pub epoch: u8,
    /// Restored from a backup: it does nothing until its log is complete or it is replaced.
    pub restricted: bool,
    /// What its enrolment gave it.
    pub enrolled: Account,
    /// Where it stands now.
    pub account: Account,
    /// What happened in this epoch.
    pub log: Log,
}

impl Node {
    /// A new life of a node.
    pub fn enrol(epoch: u8, enrolled: Account) -> Self {
        Self {
            epoch,
            restricted: false,
            enrolled,
            account: enrolled,
            log: Log::default(),
        }
    }

    /// Appends an event and takes it into account.
    pub fn record(&mut self, event: Event, rules: Rules) {
        self.log.push(event);
        self.account.apply(event, rules);
    }

    /// The account that follows from the log alone.
    pub fn folded(&self, rules: Rules) -> Account {
        fold(self.enrolled, &self.log, rules)
    }
}

/// Where `account` stands after `events`.
pub fn fold(mut account: Account, events: &[Event], rules: Rules) -> Account {
    for event in events {
        account.apply(*event, rules);
    }
    account
}
