//! The stream of rights and commands from the cloud to one node (sync.md 2.2, stream R): dense within an epoch and an
//! incarnation, credited once by the node's place in it.
use jiff::Timestamp;
use retail::promotion::{
    PromotionId,
    claim::{Counter, Subject},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The most messages in one page.
pub const MAX_COMMANDS: usize = 200;

/// A page of the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commands {
    /// The epoch that they are for.
    pub epoch: i64,
    /// The cloud's incarnation that they were made in.
    pub incarnation: i64,
    /// Messages in the order of their index, from the one after the node's place.
    pub messages: Vec<Message>,
    /// More are there now.
    pub more: bool,
    /// What the cloud would like to have back; advice without memory, so it has no place in the stream.
    #[serde(default)]
    pub recalls: Vec<Recall>,
}

/// One message. What cannot be understood is not skipped: the node stops there and asks for an upgrade (sync.md 2.13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Dense, from 1.
    pub idx: i64,
    /// Names the transfer or the task for ever.
    pub id: Uuid,
    /// `grant`, `pick`, `cancel_pick`, `count`, `allow`.
    pub kind: String,
    /// By kind.
    pub body: Value,
}

/// What a message asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Rights for the node.
    Grant(Grant),
    /// Take promised units from the shelf.
    Pick(Pick),
    /// Do not pick, or put back what was picked.
    CancelPick(CancelPick),
    /// Stock that the head office has set, to become a count at the node (decision 8).
    Count(SetStock),
    /// Parts of limits of promotions and vouchers for the node.
    Allow(Allow),
}

/// Body of `allow`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allow {
    /// Sorted by kind and key, each once.
    pub lines: Vec<Allowance>,
    /// Why: `start`, `borrow`.
    pub reason: String,
}

/// So much of an allowance ([`retail::promotion::claim::ALLOWANCES`]).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Allowance {
    /// What sort.
    pub kind: String,
    /// Which one.
    pub key: Uuid,
    /// Uses, units or minor units; positive.
    pub quantity: i64,
}

/// Body of `grant`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Sorted by variant, each once.
    pub lines: Vec<Line>,
    /// Why: `borrow`, `settle`, `manual`.
    pub reason: String,
}

/// So many of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What.
    pub variant: Uuid,
    /// Base units, positive.
    pub quantity: i64,
}

/// Body of `pick`: the reservations of one order at this location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    /// The order.
    pub order: Uuid,
    /// What people call it.
    pub order_number: String,
    /// Who it is for, as it is called out at the counter.
    #[serde(default)]
    pub customer: String,
    /// One for each reservation.
    pub lines: Vec<PickLine>,
}

/// One reservation to be picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickLine {
    /// The reservation.
    pub reservation: Uuid,
    /// What.
    pub variant: Uuid,
    /// Base units.
    pub quantity: i64,
}

/// Body of `cancel_pick`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelPick {
    /// The reservations; those that the node has picked go back to its shelf.
    pub reservations: Vec<Uuid>,
    /// Why, for people: `cancelled`, `broken`.
    pub reason: String,
}

/// Body of `count`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetStock {
    /// `opening` or `count`.
    pub reason: String,
    /// On the shelf, without picked units; zero is a number too.
    pub lines: Vec<Line>,
}

/// The cloud would like to have rights back, to promise them online.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recall {
    /// What.
    pub variant: Uuid,
    /// How many, at most.
    pub quantity: i64,
}

/// What a till lacks and the cloud may have unsold: asked for with the request's own id, so that a repeat borrows once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Borrow {
    /// Becomes the id of the grant.
    pub id: Uuid,
    /// The node's epoch.
    pub epoch: i64,
    /// Its place in the stream: the answer goes on from there.
    pub r_cursor: i64,
    /// What is missing.
    pub lines: Vec<Line>,
    /// What is missing of limits of promotions and vouchers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowances: Vec<Ask>,
}

/// What a basket could use at most of a limit, beyond what the node has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Whose limit.
    pub promotion: PromotionId,
    /// Which.
    pub counter: Counter,
    /// For whom and which day.
    pub subject: Subject,
    /// How much; positive.
    pub quantity: i64,
}

/// A voucher code that a till has been shown and that the shop does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolveVoucher {
    /// In its one form ([`retail::promotion::voucher::VoucherCode`]).
    pub code: String,
    /// Who buys, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patron: Option<Uuid>,
}

/// What a voucher code stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedVoucher {
    /// The voucher.
    pub voucher: Uuid,
    /// The promotion that it opens.
    pub promotion: Uuid,
    /// Its uses are counted: a till needs the right to one of them.
    pub limited: bool,
    /// It is only for this customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patron: Option<Uuid>,
    /// It is only for customers of this segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// It counts no more from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What a node does with the next message of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It was taken before: nothing to do.
    Repeated,
    /// Take it: the effect and the new place in one transaction.
    Take(Command),
    /// Of another epoch or incarnation: the page is worth nothing.
    Foreign,
    /// Messages are missing before it: ask again from the node's place.
    Gap,
    /// It cannot be understood: stop here and ask for an upgrade.
    Unknown,
}

/// Where a node stands in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The node's epoch.
    pub epoch: i64,
    /// The incarnation that it has adopted.
    pub incarnation: i64,
    /// The newest message that it has taken.
    pub idx: i64,
}

impl Cursor {
    /// Decides about one message of a page of `epoch` and `incarnation`. The check and the effect must share a
    /// transaction: a grant is credited once because of this alone.
    #[must_use]
    pub fn admit(&self, epoch: i64, incarnation: i64, message: &Message) -> Admission {
        if (epoch, incarnation) != (self.epoch, self.incarnation) {
            return Admission::Foreign;
        }
        if message.idx <= self.idx {
            return Admission::Repeated;
        }
        if message.idx > self.idx + 1 {
            return Admission::Gap;
        }
        message.read().map_or(Admission::Unknown, Admission::Take)
    }
}

impl Message {
    /// What it asks for, if this version understands it.
    #[must_use]
    pub fn read(&self) -> Option<Command> {
        fn body<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
            T::deserialize(value).ok()
        }
        match self.kind.as_str() {
            "grant" => body(&self.body).map(Command::Grant),
            "pick" => body(&self.body).map(Command::Pick),
            "cancel_pick" => body(&self.body).map(Command::CancelPick),
            "count" => body(&self.body).map(Command::Count),
            "allow" => body(&self.body).map(Command::Allow),
            _ => None,
        }
    }
}

impl Command {
    /// The kind and the body of its message.
    ///
    /// # Panics
    /// Never: a body is plain data.
    #[must_use]
    pub fn write(&self) -> (&'static str, Value) {
        fn body(of: &impl Serialize) -> Value {
            serde_json::to_value(of).expect("a body is plain data")
        }
        match self {
            Self::Grant(grant) => ("grant", body(grant)),
            Self::Pick(pick) => ("pick", body(pick)),
            Self::CancelPick(cancel) => ("cancel_pick", body(cancel)),
            Self::Count(count) => ("count", body(count)),
            Self::Allow(allow) => ("allow", body(allow)),
        }
    }
}

#[cfg(test)]
mod tests;
