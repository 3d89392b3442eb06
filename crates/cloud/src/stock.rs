//! Stock by product and location: every account of it, how old it is, and where each number comes from.
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) mod db;
mod history;
pub(crate) mod http;

/// The accounts of one variant, in base units: at one location, or summed over several.
///
/// `on_hand` = `node_rights` + `claim_bound` - `debt` + `picked` + `unsellable`, as of the last event of the node;
/// `claim_bound` = `available` + `granting` + `promised`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StockAccounts)]
pub(crate) struct Accounts {
    pub(crate) on_hand: i64,
    /// Sellable in the shop itself, also while it is offline.
    pub(crate) node_rights: i64,
    /// What may at most be promised online from here.
    pub(crate) claim_bound: i64,
    /// Of that, what has no unit behind it: after an override, or a count below the promises.
    pub(crate) debt: i64,
    /// Taken from the shelf for orders.
    pub(crate) picked: i64,
    /// Damaged, or returned and not graded.
    pub(crate) unsellable: i64,
    /// On the way to another location.
    pub(crate) shipped: i64,
    /// May be promised online, or given to the shop.
    pub(crate) available: i64,
    /// Given to the shop, and on the way there.
    pub(crate) granting: i64,
    /// Promised to online orders that are not picked.
    pub(crate) promised: i64,
}

impl std::ops::AddAssign for Accounts {
    fn add_assign(&mut self, other: Self) {
        self.on_hand += other.on_hand;
        self.node_rights += other.node_rights;
        self.claim_bound += other.claim_bound;
        self.debt += other.debt;
        self.picked += other.picked;
        self.unsellable += other.unsellable;
        self.shipped += other.shipped;
        self.available += other.available;
        self.granting += other.granting;
        self.promised += other.promised;
    }
}

/// Why a variant's stock needs somebody's attention; the first one that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StockAttention)]
pub(crate) enum Attention {
    /// Units are promised that are not there.
    Debt,
    /// More was sold than there was.
    Negative,
}

impl Attention {
    const fn of(accounts: &Accounts) -> Option<Self> {
        if accounts.debt != 0 {
            Some(Self::Debt)
        } else if accounts.on_hand < 0 || accounts.node_rights < 0 {
            Some(Self::Negative)
        } else {
            None
        }
    }

    /// In the order of urgency.
    const fn rank(attention: Option<Self>) -> i32 {
        match attention {
            Some(Self::Debt) => 2,
            Some(Self::Negative) => 1,
            None => 0,
        }
    }
}

/// A variant with its stock.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StockItem {
    pub(crate) variant_id: Uuid,
    pub(crate) sku: String,
    pub(crate) name: String,
    /// Of the product; empty when it has none.
    pub(crate) category: String,
    /// `piece`, `gram`, `millilitre` or `millimetre`.
    pub(crate) unit: String,
    /// On hand in base units, over the locations listed.
    pub(crate) total: i64,
    /// All accounts, over the locations listed.
    pub(crate) totals: Accounts,
    /// Why somebody should look at it.
    pub(crate) attention: Option<Attention>,
    /// Where it was ever moved, among the locations asked for.
    pub(crate) locations: Vec<StockAt>,
}

impl StockItem {
    /// Adds up what its locations have.
    fn with(mut self, locations: Vec<StockAt>) -> Self {
        for at in &locations {
            self.totals += at.accounts;
        }
        self.total = self.totals.on_hand;
        self.attention = locations
            .iter()
            .map(|at| Attention::of(&at.accounts))
            .max_by_key(|attention| Attention::rank(*attention))
            .flatten();
        self.locations = locations;
        self
    }
}

/// Stock at a location.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StockAt {
    pub(crate) location_id: Uuid,
    #[serde(flatten)]
    pub(crate) accounts: Accounts,
}

/// How old the figures of a location are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StockLocation {
    pub(crate) location_id: Uuid,
    pub(crate) code: String,
    pub(crate) name: String,
    /// Its stock is what its node says; else it is kept here.
    pub(crate) has_node: bool,
    /// The node's newest event that is in the figures, by its clock.
    pub(crate) as_of: Option<Timestamp>,
    /// Its number.
    pub(crate) seq: Option<i64>,
    /// Everything before this instant is in the figures.
    pub(crate) complete_to: Option<Timestamp>,
    /// Heard of within half a minute.
    pub(crate) connected: bool,
    pub(crate) last_seen: Option<Timestamp>,
    /// `active`, `fenced` or `fenced_fork`.
    pub(crate) status: Option<String>,
    /// Since when nothing is promised or given from here, because the cloud was restored.
    pub(crate) frozen_at: Option<Timestamp>,
    /// Events that the node has and the cloud has not: sales that are not in the figures.
    pub(crate) on_their_way: i64,
}

/// A page of stock.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StockPage {
    pub(crate) items: Vec<StockItem>,
    /// The locations that were asked for, by code.
    pub(crate) locations: Vec<StockLocation>,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}

/// One variant's stock.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StockDetail {
    #[serde(flatten)]
    pub(crate) item: StockItem,
    /// How old the figures are, by location code.
    pub(crate) as_of: Vec<StockLocation>,
}

/// Where a page ended: by urgency when asked for, then by name in lower case, then id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) rank: i32,
    pub(crate) name: String,
    pub(crate) id: Uuid,
}

/// How a list is sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sort {
    /// By name.
    #[default]
    Name,
    /// What needs attention first, then by name.
    Attention,
}

/// One signed change of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StockMove)]
pub(crate) struct Move {
    /// `N`, `C`, `D`, `K`, `U` or `T`.
    pub(crate) bucket: String,
    /// Base units.
    pub(crate) quantity: i64,
}

/// One line of the history of a variant's stock: an event of a node, or a step of the cloud's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StockChange)]
pub(crate) struct Change {
    pub(crate) id: String,
    pub(crate) location_id: Uuid,
    /// By the clock of whoever did it.
    pub(crate) at: Timestamp,
    pub(crate) business_date: Option<Date>,
    /// The event's type, or the step's cause.
    pub(crate) kind: String,
    /// What it changed in the node's accounts; nothing for a step of the cloud's.
    pub(crate) moves: Vec<Move>,
    /// What it changed in the cloud's account, signed.
    pub(crate) available: i64,
    pub(crate) granting: i64,
    pub(crate) promised: i64,
    /// Receipt or ticket, when it has one.
    pub(crate) document: Option<String>,
    pub(crate) epoch: Option<i64>,
    pub(crate) seq: Option<i64>,
    /// The event, reservation or transfer behind a step of the cloud's account.
    pub(crate) subject_id: Option<Uuid>,
    /// Who, as far as the document says.
    pub(crate) staff: Option<String>,
}

/// A page of history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StockHistory {
    /// Newest first.
    pub(crate) items: Vec<Change>,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}
