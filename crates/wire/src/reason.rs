//! Why a basket costs what it costs, as pages read it: the engine's trace with names beside it. Edge and cloud say it in the
//! same words.
use std::collections::BTreeMap;

use retail::promotion::{
    PromotionId,
    claim::Counter,
    trace::{Lack, Search, Trace},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The reasons of one pricing. `promotion` and `by` are places in `promotions`, `line` is a place in the basket's lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reasons {
    /// `exact`: there is no better price; `bounded`: there were too many choices to look at all of them.
    pub search: String,
    /// The promotions that could apply at this moment.
    pub promotions: Vec<PromotionName>,
    /// What each took off which line.
    pub fired: Vec<FiredReason>,
    /// Lines that promotions have added, and what they lacked for it.
    pub gifts: Vec<GiftReason>,
    /// What came off shipping.
    pub shipping: Vec<ShippingReason>,
    /// Points beside the ordinary ones.
    pub points: Vec<PointsReason>,
    /// What could have applied and did not.
    pub beaten: Vec<BeatenReason>,
    /// What nearly applied.
    pub near: Vec<NearReason>,
    /// What has run out.
    pub exhausted: Vec<ExhaustedReason>,
}

/// A promotion and how it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PromotionName {
    /// Which.
    pub id: Uuid,
    /// The version that counted.
    pub version: i64,
    /// What the office calls it; empty when it is not known here.
    pub name: String,
    /// What receipts call it, by language.
    pub labels: BTreeMap<String, String>,
}

/// A promotion on a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FiredReason {
    /// Which promotion.
    pub promotion: u16,
    /// On which line.
    pub line: u16,
    /// Units of the line that it used, as bought or as reduced; what is weighed is one.
    pub units: i64,
    /// What it took off.
    pub gave_minor: i64,
}

/// A line that a promotion has added, or should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GiftReason {
    /// Which promotion.
    pub promotion: u16,
    /// Which line; none: there is nothing to give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u16>,
    /// What.
    pub variant_id: Uuid,
    /// Base units that should be given and are not there.
    pub missing: i64,
}

/// A promotion on a charge for shipping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShippingReason {
    /// Which promotion.
    pub promotion: u16,
    /// Which charge, by its place.
    pub charge: u16,
    /// What it took off.
    pub gave_minor: i64,
}

/// Points of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PointsReason {
    /// Which promotion.
    pub promotion: u16,
    /// How many.
    pub points: i64,
}

/// A promotion that would have reduced a line and did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BeatenReason {
    /// Which promotion.
    pub promotion: u16,
    /// On which line.
    pub line: u16,
    /// By which.
    pub by: u16,
    /// What it would have taken off the line alone.
    pub would_minor: i64,
}

/// A promotion that lacks something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NearReason {
    /// Which promotion.
    pub promotion: u16,
    /// What it lacks: `part` (units of a bundle's part), `quantity`, `amount` or `tier` (`units` until the next one: units,
    /// or minor units).
    pub kind: String,
    /// Which part or condition, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<u16>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<i64>,
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_minor: Option<i64>,
}

/// A limit that a promotion has met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExhaustedReason {
    /// Which promotion.
    pub promotion: u16,
    /// `uses`, `day`, `customer`, `units`, `budget` or `voucher`.
    pub counter: String,
}

impl Reasons {
    /// The reasons of a trace, with names and labels looked up by promotion and version.
    pub fn of(
        trace: &Trace,
        mut name: impl FnMut(PromotionId, i64) -> Option<(String, BTreeMap<String, String>)>,
    ) -> Self {
        let promotions = trace.promotions.iter().map(|one| {
            let (name, labels) = name(one.id, one.version).unwrap_or_default();
            PromotionName {
                id: one.id.as_uuid(),
                version: one.version,
                name,
                labels,
            }
        });
        Self {
            search: match trace.search {
                Search::Exact => "exact",
                Search::Bounded => "bounded",
            }
            .to_owned(),
            promotions: promotions.collect(),
            fired: fired(trace),
            gifts: gifts(trace),
            shipping: shipping(trace),
            points: points(trace),
            beaten: beaten(trace),
            near: trace.near.iter().map(near).collect(),
            exhausted: exhausted(trace),
        }
    }
}

fn fired(trace: &Trace) -> Vec<FiredReason> {
    let all = trace.fired.iter().map(|one| FiredReason {
        promotion: one.promotion,
        line: one.line,
        units: one.units,
        gave_minor: one.gave.minor(),
    });
    all.collect()
}

fn gifts(trace: &Trace) -> Vec<GiftReason> {
    let all = trace.gifts.iter().map(|one| GiftReason {
        promotion: one.promotion,
        line: one.line,
        variant_id: one.variant.as_uuid(),
        missing: one.missing,
    });
    all.collect()
}

fn shipping(trace: &Trace) -> Vec<ShippingReason> {
    let all = trace.shipping.iter().map(|one| ShippingReason {
        promotion: one.promotion,
        charge: one.charge,
        gave_minor: one.gave.minor(),
    });
    all.collect()
}

fn points(trace: &Trace) -> Vec<PointsReason> {
    let all = trace.points.iter().map(|one| PointsReason {
        promotion: one.promotion,
        points: one.points,
    });
    all.collect()
}

fn beaten(trace: &Trace) -> Vec<BeatenReason> {
    let all = trace.beaten.iter().map(|one| BeatenReason {
        promotion: one.promotion,
        line: one.line,
        by: one.by,
        would_minor: one.would.minor(),
    });
    all.collect()
}

fn exhausted(trace: &Trace) -> Vec<ExhaustedReason> {
    let all = trace.exhausted.iter().map(|one| ExhaustedReason {
        promotion: one.promotion,
        counter: code(one.counter).to_owned(),
    });
    all.collect()
}

fn near(one: &retail::promotion::trace::Near) -> NearReason {
    let (kind, part, units, amount_minor) = match one.lacks {
        Lack::Part { part, units } => ("part", Some(part), Some(units), None),
        Lack::Quantity { condition, units } => ("quantity", Some(condition), Some(units), None),
        Lack::Amount { condition, amount } => {
            ("amount", Some(condition), None, Some(amount.minor()))
        }
        Lack::Tier { more } => ("tier", None, Some(more), None),
    };
    NearReason {
        promotion: one.promotion,
        kind: kind.to_owned(),
        part,
        units,
        amount_minor,
    }
}

const fn code(counter: Counter) -> &'static str {
    match counter {
        Counter::Uses => "uses",
        Counter::Day => "day",
        Counter::Customer => "customer",
        Counter::Units => "units",
        Counter::Budget => "budget",
        Counter::Voucher(_) => "voucher",
    }
}
