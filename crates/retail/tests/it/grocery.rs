//! Real baskets of two shops under promotions by chance: sums, and how long it takes.
//!
//! They are read from beside the checkout; without them the test says so and passes.
use std::path::Path;
use std::time::Instant;

use retail::{
    amount::Amount,
    currency::Currency,
    location::LocationId,
    promotion::{
        Rules,
        goods::{BasketLine, Context},
        price,
        trace::Search,
    },
    testkit::grocery,
};

use crate::bench::id;
use crate::chance::sets;

fn read(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/grocery")
        .join(name);
    std::fs::read_to_string(path).ok()
}

#[test]
fn real_baskets_are_priced_in_no_time() {
    let Some(products) = read("products.csv") else {
        println!("no real baskets beside the checkout");
        return;
    };
    let catalogue = grocery::catalogue(&products);
    let sets = sets(2);
    let transactions = read("transactions.csv").expect("transactions beside products");
    let baskets = grocery::baskets(&transactions, &catalogue).expect("rows that say something");
    let shelves = grocery::shelves(&catalogue);
    let usd = Currency::by_code("USD").expect("a currency");
    let local = "2017-06-01T12:00:00".parse().expect("a time");
    let context = Context::at(usd, LocationId::from_uuid(id("here")), local);
    let (mut micros, mut touched, mut exact) = (Vec::new(), 0, 0);
    for seed in 0..sets {
        let rules = Rules::new(grocery::promotions(seed, &shelves));
        for lines in baskets.values() {
            let lines: Vec<BasketLine<'_>> = lines
                .iter()
                .map(|&(item, goods)| BasketLine {
                    item,
                    goods,
                    is_reduced: false,
                })
                .collect();
            #[expect(
                clippy::disallowed_methods,
                reason = "this measures, and decides nothing"
            )]
            let begun = Instant::now();
            let priced = price(&lines, &rules, &context).expect("a real basket");
            micros.push(begun.elapsed().as_micros());
            let off: Amount = (0..lines.len())
                .map(|line| priced.trace.on_line(line))
                .sum();
            assert_eq!(
                (off, priced.sale.subtotal - off),
                (priced.sale.discount, priced.sale.total)
            );
            assert!(
                priced
                    .sale
                    .lines
                    .iter()
                    .all(|line| !line.total.is_negative())
            );
            touched += u64::from(off > Amount::ZERO);
            exact += u64::from(priced.trace.search == Search::Exact);
        }
    }
    micros.sort_unstable();
    let at = |percent: usize| micros[(micros.len() - 1) * percent / 100];
    println!(
        "{} baskets x {sets} sets of {} promotions: {touched} with a discount, {exact} exact; p50 {} µs, p99 {} µs, most {} µs",
        baskets.len(),
        grocery::PROMOTIONS,
        at(50),
        at(99),
        at(100)
    );
    assert!(
        touched * 2 > micros.len() as u64,
        "most baskets have a discount"
    );
}
