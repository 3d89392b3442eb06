//! What must be true of every basket under every set of promotions.
use std::collections::BTreeMap;

use jiff::civil::DateTime;
use retail::{
    amount::Amount,
    catalog::VariantId,
    currency::Currency,
    location::LocationId,
    price::Price,
    promotion::{
        Combination, Draft, Format, Limits, Mode, Priced, Promotion, PromotionId, Rules, Short,
        claim::Counter,
        condition::{Base, Condition, Measure},
        effect::{
            BasisPoints, Effect, Off, Part, Pick, Points, Reward, Rewarded, Target, Tier,
            TierMeasure,
        },
        goods::{BasketLine, Context, GiftOffer, Goods, ShippingCharge},
        price,
        selector::Selector,
    },
    quantity::{Quantity, Unit},
    returns::{self, Back, Policy, Sold, SoldLine},
    sale::Item,
    tax::{TaxIn, TaxRate, TaxRounding, TaxRule},
};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::bench::{category, id, product};
use crate::chance::{Chance, baskets};

const NAMES: [&str; 9] = [
    "tea", "cola", "rice", "soap", "shirt", "belt", "mug", "cap", "nuts",
];
const TAGS: [&str; 3] = ["x", "y", "z"];

/// A shop, a basket in it, and promotions.
struct World {
    goods: Vec<Goods>,
    /// Of which goods, and the line.
    lines: Vec<(usize, Item, bool)>,
    promotions: Vec<Promotion>,
    available: BTreeMap<(PromotionId, Counter), i64>,
    shipping: Vec<ShippingCharge>,
    tax: TaxRule,
}

fn minor(chance: &mut Chance, low: i64, high: i64) -> Amount {
    Amount::from_minor(chance.between(low, high))
}

impl World {
    fn new(seed: u64) -> Self {
        let chance = &mut Chance::new(seed);
        let goods: Vec<Goods> = NAMES.iter().map(|name| goods(chance, name)).collect();
        let lines = (0..chance.between(1, 8))
            .map(|_| line(chance, &goods))
            .collect();
        let promotions: Vec<Promotion> = (1..=chance.between(1, 8))
            .map(|place| promotion(chance, place))
            .collect();
        let mut available = BTreeMap::new();
        for promotion in &promotions {
            for counter in [Counter::Uses, Counter::Day, Counter::Units, Counter::Budget] {
                available.insert((promotion.id(), counter), chance.between(0, 3).pow(6));
            }
        }
        let shipping = if chance.once_in(3) {
            let amount = minor(chance, 0, 2_000);
            vec![ShippingCharge {
                method: "post".to_owned(),
                amount,
            }]
        } else {
            Vec::new()
        };
        let tax = TaxRule {
            prices: *chance.one_of(&[TaxIn::Included, TaxIn::Excluded]),
            rounding: *chance.one_of(&[TaxRounding::PerDocument, TaxRounding::PerLine]),
        };
        Self {
            goods,
            lines,
            promotions,
            available,
            shipping,
            tax,
        }
    }

    fn basket(&self) -> Vec<BasketLine<'_>> {
        let lines = self.lines.iter();
        lines
            .map(|&(of, item, is_reduced)| BasketLine {
                item,
                goods: &self.goods[of],
                is_reduced,
            })
            .collect()
    }

    fn rules(&self) -> Rules {
        Rules::new(self.promotions.iter().cloned())
    }

    fn gifts(&self) -> BTreeMap<VariantId, GiftOffer<'_>> {
        let of = |goods| GiftOffer {
            item: item(goods, Unit::Piece, 1, 250, 1),
            goods,
            available: Quantity::new(2),
        };
        self.goods
            .iter()
            .filter(|goods| goods.product == product("cap"))
            .map(|goods| (goods.variant, of(goods)))
            .collect()
    }

    fn price(&self, lines: &[BasketLine<'_>], rules: &Rules) -> Priced {
        let gifts = self.gifts();
        price(lines, rules, &self.context(&gifts)).expect("a basket that can be priced")
    }

    fn context<'a>(&'a self, gifts: &'a BTreeMap<VariantId, GiftOffer<'a>>) -> Context<'a> {
        let usd = Currency::by_code("USD").expect("a currency");
        let noon: DateTime = "2026-11-23T12:00:00".parse().expect("a time");
        Context {
            tax: self.tax,
            available: &self.available,
            shipping: &self.shipping,
            gifts,
            ..Context::at(usd, LocationId::from_uuid(id("here")), noon)
        }
    }
}

fn goods(chance: &mut Chance, name: &str) -> Goods {
    let tags = TAGS
        .into_iter()
        .filter(|_| chance.once_in(2))
        .map(str::to_owned)
        .collect();
    Goods {
        categories: vec![category(chance.one_of::<&str>(&["food", "wear"]))],
        brand: chance.once_in(2).then(|| "own".to_owned()),
        tags,
        minimum: chance
            .once_in(6)
            .then(|| chance.between(1, 500) * 1_000_000),
        cost: chance.once_in(3).then(|| chance.between(1, 300_000_000)),
        is_discountable: !chance.once_in(8),
        ..Goods::new(VariantId::from_uuid(id(name)), product(name))
    }
}

fn item(goods: &Goods, unit: Unit, quantity: i64, cents: i64, per: i64) -> Item {
    Item {
        variant: goods.variant,
        unit,
        quantity: Quantity::new(quantity),
        price: Price::new(Decimal::new(cents, 2), per).expect("a price"),
        discount: Amount::ZERO,
        tax: TaxRate::from_basis_points(if goods.brand.is_some() { 700 } else { 1_000 })
            .expect("a rate"),
    }
}

fn line(chance: &mut Chance, goods: &[Goods]) -> (usize, Item, bool) {
    let place = usize::try_from(chance.between(0, 8)).expect("a place");
    // Nuts are weighed; their price is for 1,000 grams. Some prices are for three.
    let mut item = match NAMES[place] {
        "nuts" => item(
            &goods[place],
            Unit::Gram,
            chance.between(1, 3_000),
            1_499,
            1_000,
        ),
        "mug" => item(&goods[place], Unit::Piece, chance.between(1, 7), 1_000, 3),
        _ => item(
            &goods[place],
            Unit::Piece,
            chance.between(1, 6),
            chance.between(0, 40) * 37,
            1,
        ),
    };
    if chance.once_in(6) {
        let gross = item
            .price
            .extend(item.quantity, Currency::by_code("USD").expect("a currency"));
        item.discount = minor(chance, 0, gross.expect("a sum").minor());
    }
    (place, item, chance.once_in(10))
}

fn selector(chance: &mut Chance) -> Selector {
    match chance.between(0, 7) {
        0 => Selector::Tags(vec![(*chance.one_of::<&str>(&TAGS)).to_owned()]),
        1 => Selector::Categories(vec![category(chance.one_of::<&str>(&["food", "wear"]))]),
        2 => Selector::Products(
            NAMES
                .into_iter()
                .filter(|_| chance.once_in(2))
                .chain(["tea"])
                .map(product)
                .collect(),
        ),
        3 => Selector::Brands(vec!["own".to_owned()]),
        4 => Selector::ListPrice {
            at_least: Some(minor(chance, 0, 800)),
            at_most: None,
        },
        5 => Selector::Except(Box::new(Selector::Tags(vec!["x".to_owned()]))),
        _ => Selector::All,
    }
}

fn target(chance: &mut Chance) -> Target {
    Target {
        of: selector(chance),
        most: chance.once_in(5).then(|| chance.count(1, 4)),
        most_per_line: chance.once_in(6).then(|| chance.count(1, 3)),
        pick: *chance.one_of(&[Pick::Best, Pick::Cheapest, Pick::Dearest]),
    }
}

fn percent(chance: &mut Chance) -> BasisPoints {
    BasisPoints(u16::try_from(chance.between(1, 10_000)).expect("a percent"))
}

fn off(chance: &mut Chance) -> Off {
    match chance.between(0, 2) {
        0 => Off::Percent(percent(chance)),
        1 => Off::Amount(minor(chance, 1, 1_500)),
        _ => Off::Price(minor(chance, 0, 1_500)),
    }
}

fn effect(chance: &mut Chance) -> Effect {
    match chance.between(0, 11) {
        0 => Effect::Percent {
            off: percent(chance),
            of: *chance.one_of(&[Base::Remaining, Base::List]),
            target: target(chance),
        },
        1 => Effect::Amount {
            off: minor(chance, 1, 500),
            per: chance.between(1, 2).pow(9),
            target: target(chance),
        },
        2 => Effect::Price {
            price: minor(chance, 0, 900),
            per: 1,
            target: target(chance),
        },
        3 => Effect::Tiers {
            by: *chance.one_of(&[
                TierMeasure::Quantity(Measure::Pieces),
                TierMeasure::Quantity(Measure::Grams),
                TierMeasure::Amount(Base::Remaining),
            ]),
            steps: vec![
                Tier {
                    from: chance.between(1, 5),
                    off: off(chance),
                },
                Tier {
                    from: 1_000,
                    off: off(chance),
                },
            ],
            target: target(chance),
        },
        4..=7 => bundle(chance),
        8 | 9 => Effect::Spread {
            off: off(chance),
            target: target(chance),
        },
        10 => Effect::Shipping {
            off: off(chance),
            methods: Vec::new(),
            is_shared: chance.once_in(2),
        },
        _ => Effect::Points {
            earn: Points::PerAmount {
                points: 2,
                each: Amount::from_minor(100),
            },
            of: selector(chance),
        },
    }
}

fn bundle(chance: &mut Chance) -> Effect {
    let part = |chance: &mut Chance| Part {
        of: selector(chance),
        count: chance.count(1, 3),
        pick: *chance.one_of(&[Pick::Best, Pick::Best, Pick::Cheapest, Pick::Dearest]),
        is_distinct: chance.once_in(8),
    };
    let parts: Vec<Part> = (0..chance.between(1, 2)).map(|_| part(chance)).collect();
    let on = match chance.between(0, 2) {
        0 => Rewarded::All,
        1 => Rewarded::Part(u16::try_from(parts.len() - 1).expect("a part")),
        _ => Rewarded::Cheapest(1),
    };
    let times = chance.once_in(4).then(|| chance.count(1, 2));
    Effect::Bundle {
        parts,
        reward: Reward {
            on,
            off: off(chance),
        },
        times,
    }
}

fn promotion(chance: &mut Chance, place: i64) -> Promotion {
    let mode = match chance.between(0, 6) {
        0 => Mode::Exclusive,
        1..=3 => Mode::Compounding,
        _ => Mode::BestOf((*chance.one_of::<&str>(&["g", "h"])).to_owned()),
    };
    let mut effects = vec![effect(chance)];
    if chance.once_in(8) {
        let cap = VariantId::from_uuid(id("cap"));
        effects.push(Effect::Gift {
            variant: cap,
            quantity: chance.between(1, 3),
        });
    }
    let mut when = Vec::new();
    if chance.once_in(4) {
        let base = *chance.one_of(&[Base::Remaining, Base::List]);
        when.push(Condition::Amount {
            of: selector(chance),
            at_least: Some(minor(chance, 1, 4_000)),
            at_most: None,
            base,
        });
    }
    if chance.once_in(6) {
        when.push(Condition::Quantity {
            of: selector(chance),
            at_least: None,
            at_most: Some(chance.between(1, 9)),
            measure: Measure::Pieces,
        });
    }
    let draft = Draft {
        format: Format,
        id: PromotionId::from_uuid(Uuid::from_u128(u128::try_from(place).expect("positive"))),
        version: 1,
        name: format!("promotion {place}"),
        labels: BTreeMap::new(),
        when,
        effects,
        combination: Combination {
            mode,
            priority: i32::try_from(chance.between(0, 2)).expect("small"),
            only_unreduced: chance.once_in(6),
            below_cost: chance.once_in(2),
            cap: chance.once_in(5).then(|| minor(chance, 1, 2_000)),
        },
        limits: Limits {
            uses: chance.once_in(8).then_some(10),
            units: chance.once_in(6).then_some(100),
            budget: chance.once_in(6).then(|| Amount::from_minor(1_000)),
            short: *chance.one_of(&[Short::Rest, Short::Nothing]),
            ..Limits::default()
        },
    };
    Promotion::new(draft).expect("a promotion")
}

fn check_sums(world: &World, priced: &Priced) {
    let sale = &priced.sale;
    let discounts: Amount = sale.lines.iter().map(|line| line.item.discount).sum();
    assert_eq!(
        discounts, sale.discount,
        "the lines' discounts are the discount"
    );
    let net: Amount = sale
        .lines
        .iter()
        .map(|line| line.gross - line.item.discount)
        .sum();
    assert_eq!(sale.subtotal - sale.discount, net);
    let added = if world.tax.prices == TaxIn::Excluded {
        sale.tax()
    } else {
        Amount::ZERO
    };
    assert_eq!(
        sale.total,
        net + added,
        "the total is what remains, and the tax that is added"
    );
    assert_eq!(
        sale.taxes.iter().map(|line| line.gross).sum::<Amount>(),
        sale.total,
        "the taxes' sums are the total"
    );
    for (place, line) in sale.lines.iter().enumerate() {
        assert!(
            line.item.discount >= Amount::ZERO && line.total >= Amount::ZERO,
            "nothing is negative"
        );
        if let Some(&(_, item, _)) = world.lines.get(place) {
            assert_eq!(
                line.item.discount,
                item.discount + priced.trace.on_line(place),
                "the trace says it all"
            );
        }
    }
    assert!(
        priced.shipping.iter().all(|charge| !charge.is_negative()),
        "shipping is never negative"
    );
    for claim in priced.claims() {
        let available = world
            .available
            .get(&(claim.promotion, claim.counter))
            .copied()
            .unwrap_or(0);
        assert!(
            (1..=available).contains(&claim.quantity),
            "no more is claimed than there is: {claim:?}"
        );
    }
}

/// No unit below its minimum price, or below cost where no promotion may.
fn check_floors(world: &World, priced: &Priced) {
    let below_cost = world.promotions.iter().any(Promotion::sells_below_cost);
    for (&(of, item, _), line) in world.lines.iter().zip(&priced.sale.lines) {
        let goods = &world.goods[of];
        let floor = goods.minimum.unwrap_or(0).max(if below_cost {
            0
        } else {
            goods.cost.unwrap_or(0)
        });
        let floor = i128::from(floor) * i128::from(item.quantity.base_units()) / 1_000_000;
        let before = (line.gross - item.discount).minor();
        let after = i128::from((line.gross - line.item.discount).minor());
        assert!(
            after >= floor.min(i128::from(before)),
            "{after} is below {floor}"
        );
    }
}

/// What a line is, and what it costs: equal for two baskets that were scanned in different orders.
fn as_a_set(priced: &Priced) -> Vec<String> {
    let mut lines: Vec<String> = priced
        .sale
        .lines
        .iter()
        .map(|line| format!("{line:?}"))
        .collect();
    lines.sort();
    lines
}

#[test]
fn sums_hold_and_no_order_matters() {
    let mut fired = 0;
    let cases = baskets(3_000);
    for seed in 0..cases {
        let mut world = World::new(seed);
        let priced = world.price(&world.basket(), &world.rules());
        check_sums(&world, &priced);
        check_floors(&world, &priced);
        fired += u64::from(!priced.trace.fired.is_empty());
        let json = serde_json::to_string(&priced.trace).expect("a trace");
        assert_eq!(
            serde_json::from_str::<retail::promotion::trace::Trace>(&json).expect("a trace"),
            priced.trace
        );

        let chance = &mut Chance::new(seed);
        chance.shuffle(&mut world.promotions);
        assert_eq!(
            world.price(&world.basket(), &world.rules()),
            priced,
            "seed {seed}: the order of the rules"
        );
        chance.shuffle(&mut world.lines);
        let shuffled = world.price(&world.basket(), &world.rules());
        // Tax that is added to the document goes to the earlier of two lines on a tie.
        if world.tax.prices == TaxIn::Included || world.tax.rounding == TaxRounding::PerLine {
            assert_eq!(
                as_a_set(&shuffled),
                as_a_set(&priced),
                "seed {seed}: the order of scanning"
            );
        }
        assert_eq!(
            (
                shuffled.sale.total,
                shuffled.sale.discount,
                &shuffled.shipping,
                shuffled.points
            ),
            (
                priced.sale.total,
                priced.sale.discount,
                &priced.shipping,
                priced.points
            ),
            "seed {seed}: the order of scanning"
        );
    }
    println!("{cases} baskets, {fired} with a promotion");
    assert!(fired > cases / 2);
}

#[test]
fn what_the_rest_costs_more_is_what_the_trace_has_lost() {
    let mut rises = 0;
    let cases = baskets(3_000);
    for seed in 0..cases {
        let world = World::new(seed);
        let basket = world.basket();
        let all = world.price(&basket, &world.rules());
        let out = usize::try_from(
            Chance::new(seed).between(0, i64::try_from(basket.len()).expect("few") - 1),
        )
        .expect("a place");
        let mut rest = basket.clone();
        rest.remove(out);
        let less = world.price(&rest, &world.rules());
        let net = |priced: &Priced, place: usize| {
            priced.sale.lines[place].gross - priced.sale.lines[place].item.discount
        };
        let mut rise = Amount::ZERO;
        let mut lost = Amount::ZERO;
        for place in 0..rest.len() {
            let before = place + usize::from(place >= out);
            rise += net(&less, place) - net(&all, before);
            lost += all.trace.on_line(before) - less.trace.on_line(place);
        }
        assert_eq!(rise, lost, "seed {seed}");
        rises += u64::from(rise > Amount::ZERO);
    }
    println!("{cases} baskets, {rises} whose rest costs more");
    assert!(rises > cases / 20);
}

/// The sale of a pricing, with what has come back.
fn sold<'a>(lines: &'a [BasketLine<'a>], priced: &Priced) -> Vec<SoldLine<'a>> {
    let sold = lines.iter().zip(&priced.sale.lines).enumerate();
    let gifts = lines.len() - priced.gifts;
    sold.map(|(place, (line, priced))| SoldLine {
        line: *line,
        total: priced.total,
        is_gift: place >= gifts,
        returned: Quantity::ZERO,
        refunded: Amount::ZERO,
    })
    .collect()
}

/// The lines as they were priced, gifts at the end.
fn with_gifts<'a>(world: &'a World, priced: &Priced) -> Vec<BasketLine<'a>> {
    let mut lines = world.basket();
    let cap = world
        .goods
        .iter()
        .find(|goods| goods.product == product("cap"))
        .expect("a cap");
    for line in &priced.sale.lines[lines.len()..] {
        lines.push(BasketLine {
            item: Item {
                discount: Amount::ZERO,
                ..line.item
            },
            goods: cap,
            is_reduced: false,
        });
    }
    lines
}

#[test]
fn a_return_of_everything_gives_back_what_was_paid() {
    let cases = baskets(3_000);
    for seed in 0..cases {
        let world = World::new(seed);
        let rules = world.rules();
        let priced = world.price(&world.basket(), &rules);
        let lines = with_gifts(&world, &priced);
        let mut sold = sold(&lines, &priced);
        let gifts = world.gifts();
        let context = world.context(&gifts);
        let policy = *Chance::new(seed).one_of(&[Policy::Reprice, Policy::ProRata]);
        // Everything at once.
        let all: Vec<Back> = sold
            .iter()
            .enumerate()
            .map(|(line, sold)| Back {
                line,
                quantity: sold.line.item.quantity,
            })
            .collect();
        let of = |lines: &[SoldLine<'_>], taxes: &[retail::tax::TaxLine], back: &[Back]| {
            let sold = Sold {
                lines,
                taxes: &priced.sale.taxes,
                refunded_taxes: taxes,
                trace: &priced.trace,
            };
            returns::quote(sold, back, &rules, &context, policy).expect("a return")
        };
        let whole = of(&sold, &[], &all);
        assert_eq!(whole.refund, priced.sale.total, "seed {seed}: at once");
        let tax =
            |taxes: &[retail::tax::TaxLine]| taxes.iter().map(|line| line.tax).sum::<Amount>();
        assert_eq!(
            tax(&whole.taxes),
            priced.sale.tax(),
            "seed {seed}: the tax too"
        );
        assert_eq!(
            (whole.points, whole.released.as_slice()),
            (priced.points, priced.claims())
        );
        // Piece by piece, in any order.
        let chance = &mut Chance::new(seed ^ 1);
        let mut given = Amount::ZERO;
        for _ in 0..200 {
            let open: Vec<usize> = (0..sold.len())
                .filter(|&line| sold[line].returned < sold[line].line.item.quantity)
                .collect();
            if open.is_empty() {
                break;
            }
            let line = *chance.one_of(&open);
            let most = (sold[line].line.item.quantity - sold[line].returned).base_units();
            let quantity = Quantity::new(chance.between(1.max(most / 3), most));
            let quote = of(&sold, &[], &[Back { line, quantity }]);
            assert!(
                !quote.refund.is_negative(),
                "seed {seed}: nobody pays for bringing back"
            );
            assert_eq!(quote.refund, quote.lines.iter().map(|line| line.1).sum());
            sold[line].returned = sold[line].returned + quantity;
            for (line, amount) in quote.lines {
                sold[line].refunded += amount;
                assert!(
                    sold[line].refunded <= sold[line].total,
                    "seed {seed}: no line gives more than was paid for it"
                );
            }
            given += quote.refund;
        }
        assert_eq!(given, priced.sale.total, "seed {seed}: piece by piece");
    }
    println!("{cases} baskets");
}
