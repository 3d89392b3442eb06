use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{Debug, Write as _},
    path::Path,
};

use expect_test::{Expect, expect};
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use retail::{
    amount::Amount,
    catalog::{Barcode, VariantId},
    price::Price,
    quantity::Quantity,
    sale::{self, Item, TenderKind},
    tax::TaxRate,
};

use super::{basket, catalog, chain, source};
use crate::{
    chain::{Chain, Line, LocationKind, PRICE_REASON, Rejection},
    figures::Figures,
    window::Window,
};

const ANCHOR: Date = date(2026, 11, 22);

fn whole_chain() -> Chain {
    chain(Window::all(ANCHOR))
}

fn list(chain: &Chain) -> BTreeMap<VariantId, Price> {
    let variants = chain.products.iter().flat_map(|product| &product.variants);
    variants
        .map(|variant| (variant.id, variant.price))
        .collect()
}

/// The gross value of a line as the till will work it out.
fn gross(line: &Line, list: &BTreeMap<VariantId, Price>) -> Amount {
    let price = line.price.unwrap_or(list[&line.variant]);
    price.extend(line.quantity, catalog::currency()).unwrap()
}

#[test]
fn a_chain_in_figures() {
    let chain = whole_chain();
    let mut text = String::new();
    for location in &chain.locations {
        let baskets: Vec<_> = chain
            .baskets
            .iter()
            .filter(|basket| basket.location == location.id)
            .collect();
        let purchases: Vec<_> = chain
            .purchases
            .iter()
            .filter(|purchase| purchase.location == location.id)
            .collect();
        let dates = baskets
            .iter()
            .map(|basket| basket.business_date)
            .chain(purchases.iter().map(|purchase| purchase.business_date));
        writeln!(
            text,
            "{}: {} to {}, {} baskets {}, {} purchases {}",
            location.name,
            dates.clone().min().unwrap(),
            dates.max().unwrap(),
            baskets.len(),
            baskets.iter().map(|basket| basket.total).sum::<Amount>(),
            purchases.len(),
            purchases
                .iter()
                .map(|purchase| purchase.total)
                .sum::<Amount>(),
        )
        .unwrap();
    }
    let lines = || chain.baskets.iter().flat_map(|basket| &basket.lines);
    let live = || {
        chain
            .baskets
            .iter()
            .filter(|basket| basket.business_date >= chain.live_from)
    };
    writeln!(
        text,
        "{} lines, {} with {PRICE_REASON}, {} with a discount; live {} lines, {} with {PRICE_REASON}",
        lines().count(),
        lines().filter(|line| line.price.is_some()).count(),
        lines().filter(|line| line.discount > Amount::ZERO).count(),
        live().flat_map(|basket| &basket.lines).count(),
        live().flat_map(|basket| &basket.lines).filter(|line| line.price.is_some()).count(),
    )
    .unwrap();
    writeln!(
        text,
        "{} products on {} shelves, {} shifts, {} rejected, {} opening counts",
        chain.products.len(),
        chain.categories.len(),
        chain.shifts.len(),
        chain.rejected.len(),
        chain.openings.len(),
    )
    .unwrap();
    expect![[r"
        Shop 292: 2025-11-23 to 2026-11-22, 2356 baskets 76774.76, 0 purchases 0.00
        Shop 381: 2026-05-31 to 2026-11-22, 1447 baskets 40230.89, 0 purchases 0.00
        Avocado station: 2025-11-25 to 2026-11-22, 0 baskets 0.00, 3153 purchases 271838.74
        39929 lines, 8020 with recorded price, 20161 with a discount; live 1692 lines, 303 with recorded price
        12079 products on 320 shelves, 2031 shifts, 284 rejected, 32 opening counts
    "]].assert_eq(&text);
}

#[test]
fn every_line_comes_to_what_was_recorded() {
    let chain = whole_chain();
    let (list, mut recorded) = (list(&chain), BTreeMap::new());
    for visit in source::visits(Window::all(ANCHOR)) {
        for row in visit.lines.iter().filter(|row| row.is_sellable()) {
            recorded.insert(
                (visit.basket_id, catalog::variant_id(row.product_id)),
                row.clone(),
            );
        }
    }
    for basket in &chain.baskets {
        for line in &basket.lines {
            let row = &recorded[&(basket.source, line.variant)];
            let gross = gross(line, &list);
            assert_eq!(
                gross.minor(),
                row.shelf_value(),
                "basket {} {row:?}",
                basket.source
            );
            assert_eq!(
                (gross - line.discount).minor(),
                row.sales_value,
                "basket {}",
                basket.source
            );
        }
    }
}

#[test]
fn every_basket_closes_at_the_till() {
    let chain = whole_chain();
    let list = list(&chain);
    let units: BTreeMap<_, _> = chain
        .products
        .iter()
        .flat_map(|p| &p.variants)
        .map(|v| (v.id, v.unit))
        .collect();
    for basket in &chain.baskets {
        let items = basket.lines.iter().map(|line| Item {
            variant: line.variant,
            unit: units[&line.variant],
            quantity: line.quantity,
            price: line.price.unwrap_or(list[&line.variant]),
            discount: line.discount,
            tax: TaxRate::ZERO,
        });
        let priced = sale::price(items.collect(), catalog::currency()).unwrap();
        assert_eq!(priced.total, basket.total, "basket {}", basket.source);
        sale::close(priced, basket.tenders.clone()).unwrap();
    }
}

#[test]
fn the_raw_rows_say_the_same_as_the_baskets_and_purchases() {
    for window in [Window::all(ANCHOR), Window::last(ANCHOR, 20)] {
        let chain = chain(window);
        for until in [Timestamp::MAX, "2026-11-21T20:00:00Z".parse().unwrap()] {
            let (rows, replay) = (Figures::expected(window, until), sums(&chain, until));
            assert_eq!(
                differences(&rows.revenue, &replay.revenue),
                Vec::<String>::new()
            );
            assert_eq!(differences(&rows.sold, &replay.sold), Vec::<String>::new());
            assert_eq!(
                differences(&rows.spent, &replay.spent),
                Vec::<String>::new()
            );
            assert_eq!(
                differences(&rows.bought, &replay.bought),
                Vec::<String>::new()
            );
            assert!(rows.revenue.len() > 20 && rows.bought.len() > 8);
        }
    }
}

fn differences<K: Ord + Debug, V: PartialEq + Debug>(
    rows: &BTreeMap<K, V>,
    replay: &BTreeMap<K, V>,
) -> Vec<String> {
    let keys: BTreeSet<_> = rows.keys().chain(replay.keys()).collect();
    keys.into_iter()
        .filter(|key| rows.get(key) != replay.get(key))
        .map(|key| format!("{key:?}: {:?}, not {:?}", rows.get(key), replay.get(key)))
        .collect()
}

fn sums(chain: &Chain, until: Timestamp) -> Figures {
    let mut figures = Figures::default();
    for basket in chain.baskets.iter().filter(|basket| basket.at <= until) {
        *figures
            .revenue
            .entry((basket.location, basket.business_date))
            .or_default() += basket.total;
        for line in &basket.lines {
            let sold = figures.sold.entry(line.variant).or_default();
            *sold = *sold + line.quantity;
        }
    }
    for purchase in chain
        .purchases
        .iter()
        .filter(|purchase| purchase.at <= until)
    {
        *figures
            .spent
            .entry((purchase.location, purchase.business_date))
            .or_default() += purchase.total;
        for line in &purchase.lines {
            let bought = figures.bought.entry(line.variant).or_default();
            *bought = *bought + line.quantity;
        }
    }
    figures
}

#[test]
fn nothing_goes_below_zero() {
    let chain = whole_chain();
    let mut on_hand = BTreeMap::<_, Quantity>::new();
    for opening in &chain.openings {
        for (variant, counted) in &opening.lines {
            on_hand.insert((opening.location, *variant), *counted);
        }
    }
    for basket in &chain.baskets {
        for line in &basket.lines {
            let left = on_hand.get_mut(&(basket.location, line.variant)).unwrap();
            *left = *left - line.quantity;
        }
    }
    assert!(on_hand.values().all(|left| *left >= Quantity::new(2)));
}

#[test]
fn a_shift_spans_its_trade_and_its_drawer_agrees() {
    let chain = whole_chain();
    let shifts: BTreeMap<_, _> = chain.shifts.iter().map(|shift| (shift.id, shift)).collect();
    assert_eq!(shifts.len(), chain.shifts.len());
    let mut drawers: BTreeMap<_, Amount> = chain
        .shifts
        .iter()
        .map(|shift| (shift.id, shift.float))
        .collect();
    for basket in &chain.baskets {
        let shift = shifts[&basket.shift];
        assert!((shift.opens_at..=shift.closes_at).contains(&basket.at));
        assert_eq!(
            (shift.location, shift.business_date),
            (basket.location, basket.business_date)
        );
        let others: Amount = basket
            .tenders
            .iter()
            .filter(|t| t.kind != TenderKind::Cash)
            .map(|t| t.amount)
            .sum();
        *drawers.get_mut(&basket.shift).unwrap() += basket.total - others;
    }
    for purchase in &chain.purchases {
        assert!(
            (shifts[&purchase.shift].opens_at..=shifts[&purchase.shift].closes_at)
                .contains(&purchase.at)
        );
    }
    for location in chain
        .locations
        .iter()
        .filter(|location| location.kind == LocationKind::Shop)
    {
        for shift in chain
            .shifts
            .iter()
            .filter(|shift| shift.location == location.id)
        {
            assert_eq!(drawers[&shift.id], shift.counted);
        }
    }
    assert!(
        chain
            .shifts
            .iter()
            .all(|shift| shift.counted >= Amount::ZERO)
    );
}

#[test]
fn no_register_has_two_shifts_at_once() {
    let chain = whole_chain();
    let mut closed = BTreeMap::new();
    for shift in &chain.shifts {
        let before = closed.insert(shift.register, shift.closes_at);
        assert!(
            before.is_none_or(|before| before < shift.opens_at),
            "{shift:?}"
        );
        let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
        if chain.locations[..2]
            .iter()
            .any(|location| location.id == shift.location)
        {
            assert_eq!(
                retail::location::calendar_business_date(shift.opens_at, &zone),
                shift.business_date
            );
        }
    }
}

#[test]
fn names_and_barcodes_are_unique() {
    let chain = whole_chain();
    let variants = || chain.products.iter().flat_map(|product| &product.variants);
    let names: BTreeSet<_> = variants().map(|variant| &variant.name).collect();
    let codes: BTreeSet<_> = variants().map(|variant| variant.barcode.as_str()).collect();
    assert_eq!(
        (names.len(), codes.len()),
        (variants().count(), variants().count())
    );
    assert!(variants().all(|variant| Barcode::parse(variant.barcode.as_str()).is_ok()));
}

#[test]
fn a_replay_is_the_same_at_every_start() {
    let (once, again) = (whole_chain(), whole_chain());
    assert_eq!(format!("{once:?}"), format!("{again:?}"));
}

#[test]
fn the_unit_price_gives_back_the_value() {
    check_price("1.88 / 1", &expect!["1.88"]);
    check_price("5.00 / 3", &expect!["1.667"]);
    check_price("0.99 / 48", &expect!["0.0206"]);
    check_price("0.00 / 2", &expect!["0"]);
}

#[track_caller]
fn check_price(case: &str, expected: &Expect) {
    let (value, quantity) = case.split_once(" / ").unwrap();
    let value: i64 = value.replace('.', "").parse().unwrap();
    let price = catalog::unit_price(Amount::from_minor(value), quantity.parse().unwrap());
    expected.assert_eq(&price.major().to_string());
}

#[test]
fn coupons_are_tendered_up_to_the_total() {
    check_tenders(
        "10.00 coupons 0.00",
        &expect!["card 10.00 | cash kept 0.00"],
    );
    check_tenders(
        "10.00 coupons 2.50",
        &expect!["coupon 2.50, card 7.50 | cash kept 0.00"],
    );
    check_tenders(
        "10.00 coupons 10.00",
        &expect!["coupon 10.00 | cash kept 0.00"],
    );
    check_tenders(
        "10.00 coupons 12.00",
        &expect!["coupon 10.00 | cash kept 0.00"],
    );
    check_tenders("0.00 coupons 0.00", &expect![" | cash kept 0.00"]);
}

#[track_caller]
fn check_tenders(case: &str, expected: &Expect) {
    let amount = |text: &str| Amount::from_minor(text.replace('.', "").parse().unwrap());
    let (total, coupons) = case.split_once(" coupons ").unwrap();
    let (tenders, kept) = basket::tenders("1", amount(total), amount(coupons), catalog::currency());
    let tenders: Vec<String> = tenders
        .iter()
        .map(|t| format!("{} {}", t.kind.code(), t.amount))
        .collect();
    expected.assert_eq(&format!("{} | cash kept {kept}", tenders.join(", ")));
}

#[test]
fn what_cannot_be_sold_is_listed() {
    let chain = whole_chain();
    let rejected = || chain.rejected.iter();
    assert!(rejected().all(|row| row.reason == Rejection::NothingSold));
    let with_value: Vec<_> = rejected()
        .filter(|row| row.sales_value > Amount::ZERO)
        .collect();
    let coupons: Amount = rejected().map(|row| row.coupon).sum();
    let undescribed = rejected()
        .filter(|row| row.name.contains("not described"))
        .count();
    expect!["284 rows, 1 with a value: Onions Sweet 40 lb, no. 3 0.01, coupons 105.41, 102 not described"].assert_eq(&format!(
        "{} rows, {} with a value: {} {}, coupons {coupons}, {undescribed} not described",
        rejected().count(),
        with_value.len(),
        with_value[0].name,
        with_value[0].sales_value,
    ));
}

#[test]
fn some_names() {
    let chain = whole_chain();
    let names: Vec<&str> = chain
        .products
        .iter()
        .step_by(1_100)
        .map(|product| product.name.as_str())
        .collect();
    expect![[r"
        Prepared Beans, Baked with Pork 15.75 oz
        Own Brand Fruit Snacks 5.4 oz, no. 3
        Own Brand Frozen Ground Beef Patties 3 lb, no. 1
        Chilled Juice Drink 64 oz, no. 3
        Conventional Litter 20 lb
        Own Brand Non Dairy Creamer, Dry 8 oz, no. 4
        Chicken Breast Bone in, no. 5
        Own Brand Mayonnaise and Salad Dressing 32 oz, no. 5
        Own Brand Paper Towels and Holders 107.4 sq ft
        Nuts Other 10 oz
        Charcoal, no. 5"]]
    .assert_eq(&names.join("\n"));
}

/// The full data is not part of the repository: a checkout beside it compares, any other says that it skips.
#[test]
fn the_extract_is_the_source() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/grocery/transactions.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not here", path.display());
        return;
    };
    let mut columns = BTreeMap::<usize, i64>::new();
    let mut rows = 0;
    for line in text.lines().skip(1) {
        rows += 1;
        for (column, cell) in line.split(',').enumerate().skip(4).take(5) {
            *columns.entry(column).or_default() += thousandths(cell);
        }
    }
    let visits = source::visits(Window::all(ANCHOR));
    let lines = || visits.iter().flat_map(|visit| &visit.lines);
    let extract = [
        lines().map(|row| row.quantity).sum::<i64>() * 1_000,
        lines().map(|row| row.sales_value).sum::<i64>() * 10,
        lines().map(|row| row.retail_disc).sum::<i64>() * 10,
        lines().map(|row| row.coupon_disc).sum::<i64>() * 10,
        lines().map(|row| row.coupon_match_disc).sum::<i64>() * 10,
    ];
    assert_eq!(rows, lines().count());
    assert_eq!(columns.into_values().collect::<Vec<_>>(), extract);
}

/// `1.5` as 1500, `3` as 3000.
fn thousandths(cell: &str) -> i64 {
    let (whole, part) = cell.split_once('.').unwrap_or((cell, ""));
    whole.parse::<i64>().unwrap() * 1_000 + format!("{part:0<3}").parse::<i64>().unwrap()
}
