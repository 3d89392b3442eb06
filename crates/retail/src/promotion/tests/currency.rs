//! Money without decimals.
use serde_json::json;

use super::{Shop, three_for_two};
use crate::{currency::Currency, promotion::goods::Context};

#[test]
fn a_currency_without_decimals_is_reduced_in_whole_units() {
    for currency in ["VND", "JPY"] {
        let whole = |at: &mut Context<'_>| at.currency = Currency::by_code(currency).unwrap();
        // 12.5 % of 25,900 is 3,237.5; the third of three is free; 100 off three is 34 + 33 + 33.
        let shop = Shop::with(&[("P", json!({ "effects": [{ "percent": { "off": 1_250 } }] }))]);
        let percent = shop.price("TEA 1 x 25900", whole);
        assert_eq!(percent.sale.total.minor(), 25_900 - 3_238);
        let shop = Shop::with(&[("321", json!({ "effects": [three_for_two()] }))]);
        assert_eq!(shop.price("TEA 3 x 900", whole).sale.total.minor(), 1_800);
        let spread = json!({ "effects": [{ "spread": { "off": { "amount": 100 } } }] });
        let shop = Shop::with(&[("S", spread)]);
        let priced = shop.price("A 1 x 500, B 1 x 500, C 1 x 500", whole);
        let off: Vec<i64> = priced
            .sale
            .lines
            .iter()
            .map(|line| line.item.discount.minor())
            .collect();
        assert_eq!((off.iter().sum::<i64>(), off), (100, vec![34, 33, 33]));
        // 180 for a kilogram: half a kilogram is 90.
        let shop = Shop::with(&[(
            "K",
            json!({ "effects": [{ "price": { "price": 180, "per": 1000 } }] }),
        )]);
        assert_eq!(
            shop.price("NUTS 500 g x 240/1000", whole)
                .sale
                .total
                .minor(),
            90
        );
    }
}
