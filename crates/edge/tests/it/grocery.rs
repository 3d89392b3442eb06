//! The real baskets of two shops under promotions by chance: what a till says is what the engine says, when the rules have
//! gone through the feed's JSON and the shop's file, and the goods' facts have come out of its tables.
//!
//! They are read from beside the checkout; without them the test says so and passes. `PROMOTION_SETS` is the number of
//! rule sets.
use std::{collections::BTreeMap, path::Path};

use edge::{
    promotion::Moment,
    sale::{self, BasketLine as TillLine},
    testkit,
};
use retail::{
    catalog::{CategoryId, VariantId},
    currency::Currency,
    price::Price,
    promotion::{
        Promotion, Rules,
        goods::{BasketLine, Context, Goods},
        price,
    },
    sale::Item,
    testkit::{category, grocery},
};
use wire::{
    reason::Reasons,
    reference::{CategoryState, Entity, Feed, PromotionState},
};

use crate::support::TestShop;

fn read(name: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/grocery");
    std::fs::read_to_string(folder.join(name)).ok()
}

/// How many rule sets are tried.
fn sets() -> u64 {
    let asked = std::env::var("PROMOTION_SETS").ok();
    asked.and_then(|sets| sets.parse().ok()).unwrap_or(2)
}

/// The trade of the extract, as a chain keeps it: one list price for each product, and a tree of categories.
struct Trade {
    goods: BTreeMap<VariantId, Goods>,
    list: BTreeMap<VariantId, Price>,
    baskets: Vec<Vec<Item>>,
    shelves: Vec<String>,
    above: BTreeMap<CategoryId, CategoryId>,
}

fn trade() -> Option<Trade> {
    let catalogue = grocery::catalogue(&read("products.csv")?);
    let transactions = read("transactions.csv").expect("transactions beside products");
    let baskets = grocery::baskets(&transactions, &catalogue).expect("rows that say something");
    let mut above = BTreeMap::new();
    let (mut goods, mut list) = (BTreeMap::new(), BTreeMap::new());
    for (item, of) in baskets.values().flatten() {
        list.entry(item.variant).or_insert(item.price);
        goods.entry(item.variant).or_insert_with(|| {
            let mut goods = (*of).clone();
            // A shelf stands in one department, as the office keeps it.
            let (department, shelf) = (goods.categories[0], goods.categories[1]);
            let department = *above.entry(shelf).or_insert(department);
            goods.categories = vec![shelf, department];
            goods.categories.dedup();
            goods
        });
    }
    let priced = |(item, _): &(Item, &Goods)| Item {
        price: list[&item.variant],
        ..*item
    };
    let lines = |lines: &Vec<(Item, &Goods)>| lines.iter().map(priced).collect();
    Some(Trade {
        baskets: baskets.values().map(lines).collect(),
        shelves: grocery::shelves(&catalogue),
        goods,
        list,
        above,
    })
}

impl Trade {
    async fn give_to(&self, shop: &TestShop) {
        let parent = |id: &CategoryId| self.above.get(id).filter(|above| *above != id);
        let ids = self
            .above
            .iter()
            .flat_map(|(shelf, above)| [*shelf, *above]);
        let categories = ids.map(|id| {
            let state = CategoryState {
                name: id.to_string(),
                parent: parent(&id).map(|above| above.as_uuid()),
            };
            testkit::entity(id.as_uuid(), 1, &state)
        });
        let variants = self.goods.values().map(|goods| {
            let list = self.list[&goods.variant];
            let name = goods.variant.to_string();
            let major = list.major().to_string();
            let mut entity = testkit::variant(&name, &name, "piece", &major, list.per(), &[]);
            entity.id = goods.variant.as_uuid();
            let state = entity.state.as_mut().unwrap();
            state["product"] = serde_json::to_value(goods.product).unwrap();
            state["category"] = serde_json::to_value(goods.categories[0]).unwrap();
            state["brand"] = serde_json::to_value(&goods.brand).unwrap();
            state["tags"] = serde_json::to_value(&goods.tags).unwrap();
            state["tax_rate_bps"] = 0.into();
            entity
        });
        for (feed, entities) in [
            (Feed::Category, categories.collect::<Vec<_>>()),
            (Feed::Variant, variants.collect()),
        ] {
            for page in entities.chunks(1_000) {
                let done = testkit::apply(&shop.running.shop, feed, page.to_vec()).await;
                done.unwrap();
            }
        }
    }

    /// Rules by chance on shelves, every third of them by the category instead of the tag.
    fn promotions(&self, seed: u64) -> Vec<Promotion> {
        let promotions = grocery::promotions(seed, &self.shelves);
        let one = |(place, promotion): (usize, Promotion)| {
            let mut document = serde_json::to_string(&promotion).unwrap();
            if place % 3 == 0 {
                for shelf in &self.shelves {
                    let tag = format!(r#"{{"tags":[{}]}}"#, serde_json::to_string(shelf).unwrap());
                    let instead = format!(r#"{{"categories":["{}"]}}"#, category(shelf));
                    document = document.replace(&tag, &instead);
                }
            }
            serde_json::from_str(&document).unwrap()
        };
        promotions.into_iter().enumerate().map(one).collect()
    }
}

fn state(promotion: &Promotion, version: i64) -> Entity {
    let document = serde_json::to_value(promotion).unwrap();
    let mut draft = document;
    draft["version"] = version.into();
    let state = PromotionState {
        version,
        document: draft.to_string(),
        running: true,
        codes: Vec::new(),
    };
    testkit::entity(promotion.id().as_uuid(), version, &state)
}

#[tokio::test]
async fn a_till_gives_what_the_engine_gives_for_every_real_basket() {
    let Some(trade) = trade() else {
        println!("no real baskets beside the checkout");
        return;
    };
    let shop = TestShop::start().await;
    trade.give_to(&shop).await;
    let actor = testkit::manager(&shop.running.shop).await;
    let usd = Currency::by_code("USD").unwrap();
    // The shop's clock, on a Sunday morning in New York.
    let local = "2026-11-22T09:00:00".parse().unwrap();
    let context = Context::at(usd, testkit::location_id(), local);
    let (mut seen, mut touched) = (0_u32, 0_u32);
    for seed in 0..sets() {
        let version = i64::try_from(seed).unwrap() + 1;
        let sent: Vec<Entity> = trade
            .promotions(seed)
            .iter()
            .map(|promotion| state(promotion, version))
            .collect();
        let rules = Rules::new(sent.iter().map(|entity| {
            let state = entity.state.as_ref().unwrap();
            serde_json::from_str::<Promotion>(state["document"].as_str().unwrap()).unwrap()
        }));
        testkit::apply(&shop.running.shop, Feed::Promotion, sent)
            .await
            .unwrap();
        for basket in &trade.baskets {
            let line = |item: &Item| BasketLine {
                item: *item,
                goods: &trade.goods[&item.variant],
                is_reduced: false,
            };
            let lines: Vec<BasketLine<'_>> = basket.iter().map(line).collect();
            let direct = price(&lines, &rules, &context).unwrap();
            let typed = basket
                .iter()
                .map(|item| TillLine::plain(item.variant, item.quantity));
            let typed = typed.collect();
            let quote = sale::quote(&shop.running.shop, &actor, None, typed, Moment::default());
            let quote = quote.await.unwrap();
            let at_till = quote.lines.iter().map(|line| (line.discount, line.total));
            let in_engine = direct.sale.lines.iter();
            let in_engine = in_engine.map(|line| (line.item.discount, line.total));
            assert!(at_till.eq(in_engine), "{basket:?}");
            let name = |id, version| {
                let draft = rules.version(id, version)?.draft();
                Some((draft.name.clone(), draft.labels.clone()))
            };
            let why = Reasons::of(&direct.trace, name);
            let has_asked = !why.promotions.is_empty();
            assert_eq!(quote.reasons, has_asked.then_some(why), "{basket:?}");
            assert_eq!(quote.total, direct.sale.total);
            seen += 1;
            touched += u32::from(direct.sale.discount > retail::amount::Amount::ZERO);
        }
    }
    println!("{seen} baskets, {touched} with a discount");
    assert!(touched * 2 > seen, "most baskets have a discount");
}
