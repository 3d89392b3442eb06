use expect_test::{Expect, expect};
use uuid::Uuid;

use super::{
    Item, Measure, Tare, Weight, WeightSource,
    container::{ContainerId, Containers},
    record,
};
use crate::{
    catalog::VariantId,
    currency::Currency,
    price::Price,
    quantity::{Quantity, Unit},
};

/// Reads `"gram 12500-500 at 32.50/1000, gram 12500-2x250 at 1/1000, piece 40 at 0.9/1"` and says what the buyer is told. Thai baht.
#[track_caller]
fn check(lines: &str, expected: &Expect) {
    let items = lines
        .split(", ")
        .filter(|line| !line.is_empty())
        .map(item)
        .collect();
    let outcome = match record(items, Currency::by_code("THB").unwrap()) {
        Ok(purchase) => format!(
            "{} in, {} to pay",
            purchase
                .lines
                .iter()
                .map(|line| line.quantity.to_string())
                .collect::<Vec<_>>()
                .join(" + "),
            purchase.total
        ),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&outcome);
}

#[test]
fn buying() {
    check(
        "gram 12500-500 at 32.50/1000",
        &expect!["12000 in, 390.00 to pay"],
    );
    check(
        "gram 1001-0 at 0.5/1000, piece 3 at 1.335/1",
        &expect!["1001 + 3 in, 4.51 to pay"],
    );
    check(
        "gram 500-500 at 32.50/1000",
        &expect!["line 0: gross 500 g less tare 500 g leaves nothing"],
    );
    check(
        "gram 500--1 at 32.50/1000",
        &expect!["line 0: gross 500 g less tare -1 g leaves nothing"],
    );
    check(
        "piece 500-1 at 3/1",
        &expect!["line 0: this product is bought by piece, not by weight"],
    );
    check(
        "piece 0 at 3/1",
        &expect!["line 0: the quantity must be between 1 and 1000000"],
    );
    check(
        "piece 8930000000001 at 3/1",
        &expect!["line 0: the quantity must be between 1 and 1000000"],
    );
    check(
        "piece 1000000 at 1000000000/1",
        &expect!["line 0: the cost is too large"],
    );
    check("", &expect!["the purchase has no lines"]);
}

#[test]
fn net_is_gross_less_the_containers() {
    check(
        "gram 52000-20x1800 at 32.50/1000",
        &expect!["16000 in, 520.00 to pay"],
    );
    // Each line has one kind; the other kind is another line.
    check(
        "gram 25000-1x1800 at 10/1000, gram 9000-3x120 at 10/1000",
        &expect!["23200 + 8640 in, 318.40 to pay"],
    );
    check(
        "gram 1801-1x1800 at 32.50/1000",
        &expect!["1 in, 0.03 to pay"],
    );
    check(
        "gram 3600-2x1800 at 32.50/1000",
        &expect!["line 0: gross 3600 g less tare 3600 g leaves nothing"],
    );
    check(
        "gram 3599-2x1800 at 32.50/1000",
        &expect!["line 0: gross 3599 g less tare 3600 g leaves nothing"],
    );
    check(
        "gram 0-1x1 at 1/1000",
        &expect!["line 0: gross 0 g less tare 1 g leaves nothing"],
    );
    check(
        "piece 500-2x100 at 3/1",
        &expect!["line 0: this product is bought by piece, not by weight"],
    );
    check(
        "gram 100000000-1x1 at 0.01/1000",
        &expect!["99999999 in, 1000.00 to pay"],
    );
    for too_much in ["100000001-1x1", "9223372036854775807-9223372036854775800"] {
        check(
            &format!("gram {too_much} at 0.01/1000"),
            &expect!["line 0: the gross weight is at most 100000000 g"],
        );
    }
    check(
        "gram -9223372036854775808-1 at 1/1000",
        &expect!["line 0: gross -9223372036854775808 g less tare 1 g leaves nothing"],
    );
}

#[test]
fn a_typed_tare_is_flagged_and_none_is_not() {
    let typed = |grams| Tare::Typed(Quantity::new(grams)).is_typed();
    assert!(typed(500) && typed(-1) && !typed(0));
    let Measure::Weighed(weight) = measure("500-2x100") else {
        panic!("it is weighed")
    };
    assert!(!weight.tare.is_typed());
    assert_eq!(weight.tare.grams(), Quantity::new(200));
}

fn item(line: &str) -> Item {
    let words: Vec<&str> = line.split_whitespace().collect();
    let measure = measure(words[1]);
    let (cost, per) = words[3].split_once('/').unwrap();
    Item {
        variant: VariantId::from_uuid(Uuid::nil()),
        unit: Unit::by_code(words[0]).unwrap(),
        measure,
        cost: Price::new(cost.parse().unwrap(), per.parse().unwrap()).unwrap(),
    }
}

/// `12500-500`: gross and tare; `12500-2x250`: gross and containers; `40`: counted.
fn measure(text: &str) -> Measure {
    let grams = |text: &str| Quantity::new(text.parse().unwrap());
    // The first sign may be one of the gross weight.
    let Some(dash) = text[1..].find('-').map(|place| place + 1) else {
        return Measure::Counted(grams(text));
    };
    let (gross, tare) = (&text[..dash], &text[dash + 1..]);
    Measure::Weighed(Weight {
        gross: grams(gross),
        tare: match tare.split_once('x') {
            None => Tare::Typed(grams(tare)),
            Some((count, each)) => {
                let id = ContainerId::from_uuid(Uuid::nil());
                let count = count.parse().unwrap();
                Tare::Containers(Containers::new(id, grams(each), count).unwrap())
            }
        },
        source: WeightSource::Manual,
    })
}
