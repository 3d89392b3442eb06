//! What the demo's head office offers. Authored: no source says what was on offer. The replayed trade was paid without these,
//! and stays as it is: an offer is for customers who are known, or on a shelf of which nobody in it takes enough.
use std::collections::BTreeMap;

use anyhow::Context;
use cloud::promotion::{self, Author};
use cloud::{Actor, Cloud};
use retail::catalog::{CategoryId, VariantId};
use serde_json::{Value, json};
use traffic::chain::{Category, Chain};
use uuid::Uuid;

/// Units that a "3 for 2" needs.
const BUNDLE: i64 = 3;
/// Variants of a shelf below which nobody would offer anything on it.
const FEW: usize = 8;

/// Composes the chain's promotions and starts them.
pub(super) async fn offer(cloud: &Cloud, chain: &Chain) -> anyhow::Result<()> {
    let author = Author {
        actor: Actor::Service("demo"),
        may_sell_below_cost: false,
    };
    for (code, draft) in drafts(chain) {
        let id = Uuid::new_v5(&chain.id, format!("promotion/{code}").as_bytes());
        let Value::Object(composed) = draft else {
            continue;
        };
        let version = promotion::put(cloud, author, id, None, &composed)
            .await
            .context(code)?;
        promotion::start(cloud, author.actor, id, version)
            .await
            .context(code)?;
    }
    Ok(())
}

fn drafts(chain: &Chain) -> Vec<(&'static str, Value)> {
    let three_for_two = quiet_shelf(chain).map(|shelf| ("3-for-2", three_for_two(shelf)));
    let member = match chain.currency {
        "VND" => member_offer(1_000, 200_000),
        "THB" => return Vec::new(),
        _ => weekend(500, 500),
    };
    three_for_two.into_iter().chain([member]).collect()
}

/// The shelf with the most to choose from of which no basket of the trade takes three: the offer on it is true for visitors,
/// and changes nothing that was paid.
fn quiet_shelf(chain: &Chain) -> Option<&Category> {
    let shelf_of: BTreeMap<VariantId, CategoryId> = chain
        .products
        .iter()
        .flat_map(|product| {
            product
                .variants
                .iter()
                .map(|one| (one.id, product.category))
        })
        .collect();
    let mut variants = BTreeMap::<CategoryId, usize>::new();
    for shelf in shelf_of.values() {
        *variants.entry(*shelf).or_default() += 1;
    }
    for basket in &chain.baskets {
        let mut taken = BTreeMap::<CategoryId, i64>::new();
        for line in &basket.lines {
            if let Some(shelf) = shelf_of.get(&line.variant) {
                *taken.entry(*shelf).or_default() += line.quantity.base_units();
            }
        }
        for (shelf, units) in taken {
            if units >= BUNDLE {
                variants.remove(&shelf);
            }
        }
    }
    let (shelf, _) = variants
        .into_iter()
        .filter(|(_, variants)| *variants >= FEW)
        .max_by_key(|&(shelf, variants)| (variants, shelf))?;
    chain.categories.iter().find(|one| one.id == shelf)
}

fn three_for_two(shelf: &Category) -> Value {
    let name = &shelf.name;
    json!({
        "name": format!("3 for 2: {name}"),
        "labels": { "en": "3 for 2", "vi": "Mua 3 tính 2", "th": "ซื้อ 3 จ่าย 2" },
        "effects": [{ "bundle": {
            "parts": [{ "of": { "categories": [shelf.id.as_uuid()] }, "count": BUNDLE }],
            "reward": { "on": { "cheapest": 1 }, "off": { "percent": 10_000 } },
        } }],
        "combination": { "mode": { "best_of": "shelves" }, "priority": 10 },
    })
}

/// So many basis points off everything at weekends, up to so much, for customers whom the chain knows.
fn weekend(off: u16, cap: i64) -> (&'static str, Value) {
    let draft = json!({
        "name": "Weekend club",
        "labels": { "en": "Weekend club", "vi": "Ưu đãi cuối tuần", "th": "ส่วนลดสุดสัปดาห์" },
        "when": ["member", { "hours": { "weekdays": [6, 7], "from": "00:00:00", "until": "00:00:00" } }],
        "effects": [{ "spread": { "off": { "percent": off } } }],
        "combination": { "cap": cap },
    });
    ("weekend", draft)
}

/// So many basis points off everything, up to so much, for customers whom the chain knows.
fn member_offer(off: u16, cap: i64) -> (&'static str, Value) {
    let draft = json!({
        "name": "Ưu đãi thành viên",
        "labels": { "en": "Member offer", "vi": "Ưu đãi thành viên", "th": "สิทธิพิเศษสมาชิก" },
        "when": ["member"],
        "effects": [{ "spread": { "off": { "percent": off } } }],
        "combination": { "cap": cap },
    });
    ("member", draft)
}
