//! Rules that say everything that can be said go through the database and the feed and come out byte for byte: a shop prices
//! as the office does.
use std::collections::BTreeMap;

use cloud::catalog::{self, NewCategory, NewVariant};
use cloud::promotion::{self, Author, Composed};
use cloud::{Actor, Cloud};
use futures_util::future::try_join_all;
use retail::promotion::{Promotion, PromotionId, Rules};
use retail::quantity::Unit;
use retail::testkit;
use retail::testkit::world::World as Shop;
use serde_json::Value;
use uuid::Uuid;
use wire::reference::PromotionState;

use crate::reference::Copy;
use crate::world::World;

/// Sets of rules; `PROMOTION_SETS` says how many others.
const SETS: u64 = 300;
/// Promotions that are saved at a time.
const AT_ONCE: usize = 8;

const AUTHOR: Author = Author {
    actor: Actor::Service("test"),
    may_sell_below_cost: true,
};

/// The goods that the shops by chance speak of.
async fn enter_goods(cloud: &Cloud, shop: &Shop) {
    let category = |name: &str| NewCategory {
        id: testkit::category(name).as_uuid(),
        name: name.to_owned(),
        parent: None,
    };
    catalog::put_categories(cloud, &[category("food"), category("wear")])
        .await
        .unwrap();
    let variant = |(number, goods): (usize, &retail::promotion::goods::Goods)| NewVariant {
        id: goods.variant.as_uuid(),
        product: goods.product.as_uuid(),
        sku: format!("CHANCE-{number}"),
        name: format!("Chance {number}"),
        category: None,
        unit: Unit::Piece,
        tax_rate_bps: 700,
        barcodes: Vec::new(),
        unit_price: None,
        price_quantity: 1,
        active: true,
    };
    let variants: Vec<NewVariant> = shop.goods.iter().enumerate().map(variant).collect();
    catalog::put_variants(cloud, &variants).await.unwrap();
}

/// The brand and the tags of their rules. Nothing has a price here, so that no fixed price is in vain.
const NAMED: &str = "
    select set_config('branchline.now', '2026-03-02T13:00:00Z', true);
    insert into brand (id, name) values ('0190a000-0000-7000-8000-000000000001', 'own');
    update product set tags = '{x,y,z}';
    update variant set active = false";

/// The rules of a shop, each under an id of its own.
fn renamed(seed: u64, shop: &mut Shop) {
    let mut ids = BTreeMap::new();
    for (place, promotion) in (1..).zip(&mut shop.promotions) {
        let mut draft = promotion.draft().clone();
        let id = PromotionId::from_uuid(Uuid::from_u64_pair(seed + 1, place));
        ids.insert(std::mem::replace(&mut draft.id, id), id);
        *promotion = Promotion::new(draft).unwrap();
    }
    let left = std::mem::take(&mut shop.available).into_iter();
    shop.available = left
        .map(|((before, counter), left)| ((ids[&before], counter), left))
        .collect();
}

async fn save_and_start(cloud: &Cloud, promotion: &Promotion) -> cloud::Result<()> {
    let Value::Object(mut composed) = serde_json::to_value(promotion).unwrap() else {
        panic!("a promotion is an object");
    };
    for name in ["format", "id", "version"] {
        composed.remove(name);
    }
    let composed: Composed = composed;
    let id = promotion.id().as_uuid();
    promotion::put(cloud, AUTHOR, id, None, &composed).await?;
    promotion::start(cloud, AUTHOR.actor, id, 1).await
}

#[tokio::test]
async fn what_can_be_said_comes_out_of_the_feed_byte_for_byte() {
    let world = World::serving().await;
    let node = world.node(0).await;
    let sets = std::env::var("PROMOTION_SETS");
    let sets = sets.ok().and_then(|sets| sets.parse().ok()).unwrap_or(SETS);
    let mut shops: Vec<Shop> = (0..sets).map(Shop::new).collect();
    enter_goods(&world.cloud, &shops[0]).await;
    world.meddle(NAMED).await;
    for (seed, shop) in (0..).zip(&mut shops) {
        renamed(seed, shop);
    }
    let all: Vec<&Promotion> = shops.iter().flat_map(|shop| &shop.promotions).collect();
    for some in all.chunks(AT_ONCE) {
        let saved = some.iter().map(|one| save_and_start(&world.cloud, one));
        try_join_all(saved).await.unwrap();
    }
    let mut copy = Copy::default();
    copy.pull_until(&world, &node, |copy| {
        copy.of("promotion").count() == all.len()
    })
    .await;
    let told = |promotion: &Promotion| -> String {
        let state = copy.state("promotion", promotion.id().as_uuid());
        let state: PromotionState = serde_json::from_value(state).unwrap();
        assert!(state.running && state.version == 1);
        state.document
    };
    for (seed, shop) in shops.iter().enumerate() {
        let documents = shop.promotions.iter().map(|promotion| {
            let document = told(promotion);
            assert_eq!(document, serde_json::to_string(promotion).unwrap());
            serde_json::from_str::<Promotion>(&document).unwrap()
        });
        let there = Rules::new(documents);
        let lines = shop.basket();
        let (here, there) = (
            shop.price(&lines, &shop.rules()),
            shop.price(&lines, &there),
        );
        assert_eq!(here.sale, there.sale, "seed {seed}");
        assert_eq!(
            serde_json::to_string(&here.trace).unwrap(),
            serde_json::to_string(&there.trace).unwrap(),
            "seed {seed}"
        );
    }
}
