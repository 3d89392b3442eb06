use expect_test::{Expect, expect};
use uuid::Uuid;

use super::{Item, Measure, Weight, WeightSource, record};
use crate::{
    catalog::VariantId,
    currency::Currency,
    price::Price,
    quantity::{Quantity, Unit},
};

/// Reads `"gram 12500-500 at 32.50/1000, piece 40 at 0.9/1"` and says what the buyer is told. Thai baht.
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

fn item(line: &str) -> Item {
    let words: Vec<&str> = line.split_whitespace().collect();
    let measure = match words[1].split_once('-') {
        Some((gross, tare)) => Measure::Weighed(Weight {
            gross: Quantity::new(gross.parse().unwrap()),
            tare: Quantity::new(tare.parse().unwrap()),
            source: WeightSource::Manual,
        }),
        None => Measure::Counted(Quantity::new(words[1].parse().unwrap())),
    };
    let (cost, per) = words[3].split_once('/').unwrap();
    Item {
        variant: VariantId::from_uuid(Uuid::nil()),
        unit: Unit::by_code(words[0]).unwrap(),
        measure,
        cost: Price::new(cost.parse().unwrap(), per.parse().unwrap()).unwrap(),
    }
}
