use expect_test::{Expect, expect};
use proptest::prelude::*;
use uuid::Uuid;

use super::{changes, money, reason};
use crate::{
    amount::Amount,
    catalog::VariantId,
    currency::Currency,
    price::Price,
    purchasing::{Item, Measure, PaymentKind, Purchase, Tare, Weight, WeightSource, record},
    quantity::{Quantity, Unit},
    rights::NodeAccount,
};

const fn q(units: i64) -> Quantity {
    Quantity::new(units)
}

/// Grams of a variant, and whether a scale has said so.
type Lines = Vec<(u128, i64, bool)>;

fn purchase(lines: &Lines) -> Purchase {
    let item = |&(variant, grams, by_scale): &(u128, i64, bool)| Item {
        variant: VariantId::from_uuid(Uuid::from_u128(variant)),
        unit: Unit::Gram,
        measure: Measure::Weighed(Weight {
            gross: q(grams),
            tare: Tare::Typed(Quantity::ZERO),
            source: if by_scale {
                WeightSource::Scale
            } else {
                WeightSource::Manual
            },
        }),
        cost: Price::new(1.into(), 1_000).unwrap(),
    };
    let items = lines.iter().map(item).collect();
    record(items, Currency::by_code("THB").unwrap()).unwrap()
}

#[track_caller]
fn check(original: &[(u128, i64, bool)], replacement: &[(u128, i64, bool)], expected: &Expect) {
    let replacement = (!replacement.is_empty()).then(|| purchase(&replacement.to_vec()));
    let told: Vec<String> = changes(&purchase(&original.to_vec()), replacement.as_ref())
        .into_iter()
        .map(|(variant, change)| {
            format!(
                "{}: {:+} weighed {:+} stated, needs {}, weakens {}",
                variant.as_uuid().as_u128(),
                change.weighed.base_units(),
                change.stated.base_units(),
                change.needed(),
                change.weakened()
            )
        })
        .collect();
    expected.assert_eq(&told.join("\n"));
}

#[test]
fn what_goes_back() {
    check(
        &[(1, 500, true), (1, 20, false), (2, 7, false)],
        &[],
        &expect![[r"
            1: -500 weighed -20 stated, needs 520, weakens 500
            2: +0 weighed -7 stated, needs 7, weakens 0"]],
    );
    check(&[(1, 500, true)], &[(1, 500, true)], &expect![""]);
    check(
        &[(1, 500, true)],
        &[(1, 480, true), (3, 4, false)],
        &expect![[r"
            1: -20 weighed +0 stated, needs 20, weakens 20
            3: +0 weighed +4 stated, needs 0, weakens 0"]],
    );
    check(
        &[(1, 500, true)],
        &[(1, 600, false)],
        &expect!["1: -500 weighed +600 stated, needs 0, weakens 500"],
    );
}

#[test]
fn what_is_paid_back() {
    let say = |was, then| {
        money(was, then)
            .into_iter()
            .map(|(kind, amount)| format!("{} {amount}", kind.code()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (cash, account) = (PaymentKind::Cash, PaymentKind::Account);
    let minor = Amount::from_minor;
    assert_eq!(say((cash, minor(500)), None), "cash 5.00");
    assert_eq!(
        say((cash, minor(500)), Some((cash, minor(700)))),
        "cash -2.00"
    );
    assert_eq!(say((cash, minor(500)), Some((cash, minor(500)))), "");
    assert_eq!(
        say((cash, minor(500)), Some((account, minor(700)))),
        "cash 5.00, account -7.00"
    );
}

#[test]
fn a_reason_says_something() {
    assert_eq!(reason("  typed twice "), Some("typed twice"));
    assert_eq!(reason("   "), None);
    assert_eq!(reason("a\nb"), None);
    assert_eq!(reason(&"x".repeat(201)), None);
}

fn lines() -> impl Strategy<Value = Lines> {
    prop::collection::vec((1_u128..4, 1_i64..1_000, any::<bool>()), 1..6)
}

/// Takes a purchase into the accounts of the variants 1 to 3.
fn receive(accounts: &mut [NodeAccount; 3], purchase: &Purchase) {
    for (variant, received) in purchase.received() {
        let account = &mut accounts[usize::try_from(variant.as_uuid().as_u128() - 1).unwrap()];
        for (quantity, is_weak) in [(received.weighed, false), (received.stated, true)] {
            if quantity > Quantity::ZERO {
                account.receive(quantity, is_weak).unwrap();
            }
        }
    }
}

proptest! {
    /// A correction leaves what buying right at once would have left, and never more that may be promised elsewhere.
    #[test]
    fn a_correction_is_as_if_it_had_been_bought_so(
        stock in lines(),
        original in lines(),
        replacement in prop::option::of(lines()),
    ) {
        let (stock, original) = (purchase(&stock), purchase(&original));
        let replacement = replacement.map(|lines| purchase(&lines));
        let mut accounts = [NodeAccount::default(); 3];
        receive(&mut accounts, &stock);
        let mut right = accounts;
        if let Some(replacement) = &replacement {
            receive(&mut right, replacement);
        }
        receive(&mut accounts, &original);
        let before = accounts;
        for (variant, change) in changes(&original, replacement.as_ref()) {
            let at = usize::try_from(variant.as_uuid().as_u128() - 1).unwrap();
            let mut followed = before[at];
            let moves = accounts[at].amend(change.weighed, change.stated).unwrap();
            accounts[at].weaken(change.weakened());
            // The log's fold comes to the same.
            followed.apply(&moves).unwrap();
            followed.weaken(change.weakened());
            prop_assert_eq!(followed, accounts[at]);
        }
        for (account, right) in accounts.iter().zip(right) {
            prop_assert_eq!(account.rights, right.rights);
            prop_assert!(account.exportable <= right.exportable);
        }
    }

    /// What was sold meanwhile cannot be taken back, and a refusal changes nothing.
    #[test]
    fn what_is_sold_stays_sold(bought in 1_i64..1_000, sold in 1_i64..1_000, by_scale in any::<bool>()) {
        let mut account = NodeAccount::default();
        account.receive(q(bought), !by_scale).unwrap();
        let sold = sold.min(bought);
        account.sell(q(sold)).unwrap();
        let before = account;
        let (weighed, stated) = if by_scale { (-bought, 0) } else { (0, -bought) };
        prop_assert!(account.amend(q(weighed), q(stated)).is_err());
        prop_assert_eq!(account, before);
    }
}
