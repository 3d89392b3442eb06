//! What must be true of every basket under every set of promotions.
use retail::{
    amount::Amount,
    promotion::{Priced, Promotion, goods::BasketLine},
    quantity::Quantity,
    returns::{self, Back, Policy, Sold, SoldLine},
    sale::Item,
    tax::{TaxIn, TaxRounding},
};

use crate::bench::product;
use crate::chance::{Chance, baskets};
use crate::world::World;

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
        piece_by_piece(seed, &world, &priced, &mut sold, policy);
    }
    println!("{cases} baskets");
}

/// Brings everything back in some order, and adds up what is given.
fn piece_by_piece(
    seed: u64,
    world: &World,
    priced: &Priced,
    sold: &mut [SoldLine<'_>],
    policy: Policy,
) {
    let rules = world.rules();
    let gifts = world.gifts();
    let context = world.context(&gifts);
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
        let of = Sold {
            lines: sold,
            taxes: &priced.sale.taxes,
            refunded_taxes: &[],
            trace: &priced.trace,
        };
        let quote = returns::quote(of, &[Back { line, quantity }], &rules, &context, policy)
            .expect("a return");
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
