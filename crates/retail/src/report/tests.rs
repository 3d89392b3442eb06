use proptest::prelude::*;
use uuid::Uuid;

use super::{Document, Line, Sums};
use crate::{
    amount::Amount,
    id::Id,
    sale::TenderKind,
    tax::{self, TaxLine, TaxRate},
};

const RATES: [i64; 4] = [0, 500, 700, 1_000];

fn line() -> impl Strategy<Value = Line> {
    (
        0_u8..4,
        0..RATES.len(),
        0_i64..500_000,
        0_i64..100,
        any::<bool>(),
    )
        .prop_map(|(category, rate, gross, off, has_other_price)| {
            let discount = gross * off / 100;
            Line {
                category: (category > 0)
                    .then(|| Id::from_uuid(Uuid::from_u128(u128::from(category)))),
                tax: TaxRate::from_basis_points(RATES[rate]).unwrap(),
                gross: Amount::from_minor(gross),
                discount: Amount::from_minor(discount),
                total: Amount::from_minor(gross - discount),
                has_other_price,
            }
        })
}

/// A sale that is paid: part by card, the rest in cash with change.
fn sale() -> impl Strategy<Value = Document> {
    (
        prop::collection::vec(line(), 1..8),
        0_i64..=100,
        0_i64..5_000,
    )
        .prop_map(|(lines, by_card, change)| {
            let total: i64 = lines.iter().map(|line| line.total.minor()).sum();
            let card = total * by_card / 100;
            Document {
                lines,
                tenders: vec![
                    (TenderKind::Card, Amount::from_minor(card)),
                    (TenderKind::Cash, Amount::from_minor(total - card + change)),
                ],
                change: Amount::from_minor(change),
                ..Document::default()
            }
        })
}

proptest! {
    #[test]
    fn a_report_is_the_sum_of_its_ledger(sales in prop::collection::vec(sale(), 0..30)) {
        let mut sums = Sums::default();
        for sale in &sales {
            sums.add(sale);
        }
        let lines = || sales.iter().flat_map(|sale| &sale.lines);
        let total: Amount = lines().map(|line| line.total).sum();
        let gross: Amount = lines().map(|line| line.gross).sum();
        prop_assert_eq!(sums.sales, i64::try_from(sales.len()).unwrap());
        prop_assert_eq!(sums.total, total);
        prop_assert_eq!(sums.gross, gross);
        prop_assert_eq!(sums.gross - sums.discounts.amount, sums.total);
        // Whichever way it is cut, it is the same money.
        prop_assert_eq!(sums.tenders.values().map(|figure| figure.amount).sum::<Amount>(), total);
        prop_assert_eq!(sums.categories.values().map(|figure| figure.amount).sum::<Amount>(), total);
        prop_assert_eq!(sums.taxes.iter().map(|line| line.gross).sum::<Amount>(), total);
        let of_receipts = sales.iter().flat_map(|sale| {
            tax::per_document(sale.lines.iter().map(|line| (line.tax, line.total)))
        });
        prop_assert_eq!(sums.tax(), of_receipts.map(|line| line.tax).sum::<Amount>());
        prop_assert!(sums.taxes.windows(2).all(|pair| pair[0].rate < pair[1].rate));
        let cash = sales.iter().flat_map(|sale| {
            let paid = sale.tenders.iter().filter(|tender| tender.0 == TenderKind::Cash);
            paid.map(|tender| tender.1).chain([-sale.change])
        });
        prop_assert_eq!(sums.cash(), cash.sum::<Amount>());
    }
}

#[test]
fn goods_that_came_back_are_told_apart() {
    let mut sums = Sums::default();
    let rate = TaxRate::from_basis_points(700).unwrap();
    sums.add(&Document {
        is_return: true,
        // A cent more than 7 % of this alone: what was left of the sale's.
        taxes: vec![TaxLine {
            rate,
            gross: Amount::from_minor(-1_070),
            tax: Amount::from_minor(-71),
        }],
        lines: vec![Line {
            category: None,
            tax: rate,
            gross: Amount::from_minor(-1_070),
            discount: Amount::ZERO,
            total: Amount::from_minor(-1_070),
            has_other_price: false,
        }],
        tenders: vec![(TenderKind::Cash, Amount::from_minor(-1_070))],
        change: Amount::ZERO,
    });
    assert_eq!(
        (sums.returns.count, sums.returns.amount.minor()),
        (1, 1_070)
    );
    assert_eq!((sums.tax().minor(), sums.cash().minor()), (-71, -1_070));
    assert_eq!(sums.sales, 0, "a return is no sale");
}
