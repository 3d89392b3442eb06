//! Recorded visits as sales: price, discounts and tenders of every line, and what is left aside.
use std::collections::BTreeMap;

use retail::{
    amount::Amount,
    currency::Currency,
    price::Price,
    quantity::Quantity,
    sale::{Tender, TenderKind},
};

use super::{
    catalog::{Description, currency, name_of, unit_price, variant_id},
    source::{LineRow, Visit},
};
use crate::{
    chain::{Basket, Line, Rejected, Rejection},
    company::{BUSY_REGISTERS, location_id},
    id::{dated, pick},
    rota::Rota,
};

/// The price for holders of the loyalty card.
const LOYALTY: &str = "loyalty price";
/// The shop matches a manufacturer's coupon.
const COUPON_MATCH: &str = "coupon match";
/// Both on one line.
const LOYALTY_AND_MATCH: &str = "loyalty price, coupon match";
/// Of ten baskets this many are paid in cash. Authored: the source does not say how people paid.
const CASH_IN_TEN: usize = 3;

/// The line as it is sold; the list price is left unsaid where it gives the recorded value.
pub(super) fn line(row: &LineRow, list: Option<Price>) -> Line {
    let shelf = Amount::from_minor(row.shelf_value());
    let quantity = Quantity::new(row.quantity);
    let by_list = list.and_then(|price| price.extend(quantity, currency()));
    Line {
        variant: variant_id(row.product_id),
        quantity,
        price: (by_list != Some(shelf)).then(|| unit_price(shelf, row.quantity)),
        discount: Amount::from_minor(row.retail_disc + row.coupon_match_disc),
        discount_reason: match (row.retail_disc > 0, row.coupon_match_disc > 0) {
            (true, true) => Some(LOYALTY_AND_MATCH),
            (true, false) => Some(LOYALTY),
            (false, true) => Some(COUPON_MATCH),
            (false, false) => None,
        },
    }
}

/// The sale of a visit, if anything was sold.
pub(super) fn basket(
    visit: &Visit,
    prices: &BTreeMap<u64, Price>,
    rota: &mut Rota,
) -> Option<Basket> {
    let sellable = || visit.lines.iter().filter(|row| row.is_sellable());
    let lines: Vec<Line> = sellable()
        .map(|row| line(row, prices.get(&row.product_id).copied()))
        .collect();
    if lines.is_empty() {
        return None;
    }
    let name = visit.basket_id.to_string();
    let total: Amount = sellable()
        .map(|row| Amount::from_minor(row.sales_value))
        .sum();
    let (tenders, cash) = tenders(&name, total, coupons(visit), currency());
    let register = pick("register", &name, BUSY_REGISTERS);
    Some(Basket {
        id: dated(visit.at, "sale", &name),
        shift: rota.record(register, visit.business_date, visit.at, cash),
        location: location_id(&visit.shop),
        at: visit.at,
        business_date: visit.business_date,
        source: visit.basket_id,
        lines,
        tenders,
        total,
    })
}

/// The manufacturers' coupons of a visit; also those recorded on a line of quantity 0.
fn coupons(visit: &Visit) -> Amount {
    visit
        .lines
        .iter()
        .map(|row| Amount::from_minor(row.coupon_disc))
        .sum()
}

/// How a basket is paid, and the cash that stays in the drawer: coupons first, the rest in cash or by card.
pub(super) fn tenders(
    basket: &str,
    total: Amount,
    coupons: Amount,
    currency: Currency,
) -> (Vec<Tender>, Amount) {
    let coupon = coupons.min(total);
    let due = total - coupon;
    let in_cash = pick("payment", basket, 10) < CASH_IN_TEN;
    let handed_over = if in_cash {
        let likely = currency.suggested_cash(due);
        Tender {
            kind: TenderKind::Cash,
            amount: likely[pick("cash", basket, likely.len())],
        }
    } else {
        Tender {
            kind: TenderKind::Card,
            amount: due,
        }
    };
    let mut tenders = Vec::new();
    if coupon > Amount::ZERO {
        tenders.push(Tender {
            kind: TenderKind::Coupon,
            amount: coupon,
        });
    }
    if due > Amount::ZERO {
        tenders.push(handed_over);
    }
    (tenders, if in_cash { due } else { Amount::ZERO })
}

/// What of a visit cannot be sold, each with its figures.
pub(super) fn rejected(visit: &Visit, descriptions: &BTreeMap<u64, Description>) -> Vec<Rejected> {
    let reject = |row: &LineRow, reason| Rejected {
        location: location_id(&visit.shop),
        at: visit.at,
        basket: visit.basket_id,
        product: row.product_id,
        name: name_of(descriptions, row.product_id),
        sales_value: Amount::from_minor(row.sales_value),
        loyalty: Amount::from_minor(row.retail_disc),
        coupon_match: Amount::from_minor(row.coupon_match_disc),
        coupon: Amount::from_minor(row.coupon_disc),
        reason,
    };
    let empty = visit.lines.iter().filter(|row| !row.is_sellable());
    let mut rejected: Vec<Rejected> = empty
        .map(|row| reject(row, Rejection::NothingSold))
        .collect();
    let sold = visit.lines.iter().filter(|row| row.is_sellable());
    let total: Amount = sold.map(|row| Amount::from_minor(row.sales_value)).sum();
    let left_over = coupons(visit) - total;
    if left_over > Amount::ZERO {
        let with_coupon = visit.lines.iter().find(|row| row.coupon_disc > 0);
        rejected
            .extend(with_coupon.map(|row| reject(row, Rejection::CouponLeftOver { left_over })));
    }
    rejected
}
