//! Whether another body may take the place of one that could not be applied. What the header says of stock and money
//! took effect when the event was accepted, and stays: a body that says something else is refused, with the figures.
use std::collections::BTreeMap;

use uuid::Uuid;
use wire::body::{
    Body, BodyError, CashDropped, CashPaidIn, CashPaidOut, PurchaseRecorded, PurchaseReversal,
    ReturnRecorded, SaleClosed, Units,
};
use wire::event::{Bucket, Header};

/// The largest body that a person may give, in bytes.
pub(super) const MOST_BYTES: usize = 256 << 10;

/// Why a body is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the body is too large")]
    TooLarge,
    /// Not what its type says.
    #[error("{0}")]
    Unreadable(String),
    /// This build does not know the type or version, so it cannot be checked.
    #[error("{0}")]
    Unknown(String),
    /// It belongs to another shift than the event.
    #[error("the event is of {expected}, the body of {found}")]
    Shift { expected: Uuid, found: Uuid },
    /// Its own parts do not add up.
    #[error("the lines come to {lines}, the payments to {paid}, the total is {total}")]
    Total { total: i64, lines: i64, paid: i64 },
    /// The header moved other money.
    #[error("{tender}: the event has {expected}, the body {found}")]
    Money {
        tender: String,
        expected: i64,
        found: i64,
    },
    /// The header moved other units.
    #[error("{variant}: the event has {expected}, the body {found}")]
    Stock {
        variant: Uuid,
        expected: i64,
        found: i64,
    },
}

/// Reads a body that is to be applied with a header, and checks it against what the header has done.
pub(super) fn check(header: &Header, text: &str) -> Result<Body, Refusal> {
    if text.len() > MOST_BYTES {
        return Err(Refusal::TooLarge);
    }
    let body = Body::read(&header.kind, header.ver, text).map_err(|error| match error {
        BodyError::Unknown { .. } => Refusal::Unknown(error.to_string()),
        BodyError::Unreadable { .. } => Refusal::Unreadable(error.to_string()),
    })?;
    shift(header, &body)?;
    totals(&body)?;
    money(header, &body)?;
    stock(header, &body)?;
    Ok(body)
}

fn shift(header: &Header, body: &Body) -> Result<(), Refusal> {
    let found = match body {
        Body::ShiftOpened(shift) => shift.shift,
        Body::ShiftClosed(shift) => shift.shift,
        Body::ShiftCounted(count) => count.shift,
        Body::ZReportMade(z) => z.shift,
        Body::CashPaidIn(CashPaidIn(moved))
        | Body::CashPaidOut(CashPaidOut(moved))
        | Body::CashDropped(CashDropped(moved)) => moved.shift,
        Body::SaleClosed(sale) => sale.shift,
        Body::ReturnRecorded(returned) => returned.shift,
        Body::PurchaseRecorded(purchase) => purchase.shift,
        Body::PurchaseVoided(voided) => voided.shift,
        Body::PurchaseCorrected(corrected) => corrected.purchase.shift,
        _ => return Ok(()),
    };
    if found == header.aggregate {
        return Ok(());
    }
    Err(Refusal::Shift {
        expected: header.aggregate,
        found,
    })
}

fn totals(body: &Body) -> Result<(), Refusal> {
    let (total, lines, paid) = match body {
        Body::SaleClosed(sale) => (
            sale.total_minor,
            sum(sale.lines.iter().map(|line| line.total_minor)),
            sum(sale
                .tenders
                .iter()
                .map(|tender| tender.amount_minor)
                .chain([sale.change_minor.saturating_neg()])),
        ),
        Body::ReturnRecorded(returned) => (
            returned.total_minor,
            sum(returned.lines.iter().map(|line| line.total_minor)),
            sum(returned.tenders.iter().map(|tender| tender.amount_minor)),
        ),
        Body::PurchaseRecorded(purchase) => (
            purchase.total_minor,
            sum(purchase.lines.iter().map(|line| line.cost_minor)),
            purchase.total_minor,
        ),
        Body::PurchaseVoided(voided) => of_reversal(&voided.reversal),
        Body::PurchaseCorrected(corrected) => {
            let purchase = &corrected.purchase;
            let (total, lines, _) = of_reversal(&corrected.reversal);
            let costs = sum(purchase.lines.iter().map(|line| line.cost_minor));
            let total = total.saturating_add(purchase.total_minor);
            (total, lines.saturating_add(costs), total)
        }
        _ => return Ok(()),
    };
    if total == lines && total == paid {
        return Ok(());
    }
    Err(Refusal::Total { total, lines, paid })
}

fn of_reversal(reversal: &PurchaseReversal) -> (i64, i64, i64) {
    let lines = sum(reversal.lines.iter().map(|line| line.cost_minor));
    (reversal.total_minor, lines, reversal.total_minor)
}

/// Sums that nonsense cannot make wrap.
fn sum(amounts: impl IntoIterator<Item = i64>) -> i64 {
    amounts.into_iter().fold(0, i64::saturating_add)
}

fn money(header: &Header, body: &Body) -> Result<(), Refusal> {
    if header.money.is_empty() {
        return Ok(());
    }
    let found = match body {
        Body::SaleClosed(sale) => paid(sale),
        Body::ReturnRecorded(returned) => given_back(returned),
        Body::PurchaseRecorded(purchase) => BTreeMap::from([(
            purchase.payment_kind.clone(),
            purchase.total_minor.saturating_neg(),
        )]),
        Body::PurchaseVoided(voided) => paid_back(&voided.reversal, None),
        Body::PurchaseCorrected(corrected) => {
            paid_back(&corrected.reversal, Some(&corrected.purchase))
        }
        Body::CashPaidIn(CashPaidIn(moved)) => {
            BTreeMap::from([("cash".to_owned(), moved.amount_minor)])
        }
        Body::CashPaidOut(CashPaidOut(moved)) | Body::CashDropped(CashDropped(moved)) => {
            BTreeMap::from([("cash".to_owned(), moved.amount_minor.saturating_neg())])
        }
        _ => return Ok(()),
    };
    let mut expected = BTreeMap::<String, i64>::new();
    for money in &header.money {
        let sum = expected.entry(money.tender.clone()).or_default();
        *sum = sum.saturating_add(money.minor);
    }
    match first_difference(&expected, &found) {
        None => Ok(()),
        Some((tender, expected, found)) => Err(Refusal::Money {
            tender,
            expected,
            found,
        }),
    }
}

/// What comes back for a purchase, less what is paid for the one in its place.
fn paid_back(
    reversal: &PurchaseReversal,
    instead: Option<&PurchaseRecorded>,
) -> BTreeMap<String, i64> {
    let back = (reversal.payment_kind.clone(), reversal.total_minor);
    let paid = instead.map(|it| (it.payment_kind.clone(), it.total_minor.saturating_neg()));
    let mut by_kind = BTreeMap::<String, i64>::new();
    for (kind, minor) in [back].into_iter().chain(paid) {
        let sum = by_kind.entry(kind).or_default();
        *sum = sum.saturating_add(minor);
    }
    by_kind.retain(|_, minor| *minor != 0);
    by_kind
}

/// What left by each tender.
fn given_back(returned: &ReturnRecorded) -> BTreeMap<String, i64> {
    let mut by_kind = BTreeMap::<String, i64>::new();
    for tender in &returned.tenders {
        let sum = by_kind.entry(tender.kind.clone()).or_default();
        *sum = sum.saturating_sub(tender.amount_minor);
    }
    by_kind
}

/// What each tender brought; change is given in cash.
fn paid(sale: &SaleClosed) -> BTreeMap<String, i64> {
    let change = ("cash".to_owned(), sale.change_minor.saturating_neg());
    let tenders = sale
        .tenders
        .iter()
        .map(|tender| (tender.kind.clone(), tender.amount_minor));
    let mut by_kind = BTreeMap::<String, i64>::new();
    for (kind, minor) in tenders.chain([change]) {
        let sum = by_kind.entry(kind).or_default();
        *sum = sum.saturating_add(minor);
    }
    by_kind
}

fn stock(header: &Header, body: &Body) -> Result<(), Refusal> {
    let (counts, found): (fn(Bucket) -> i64, _) = match body {
        Body::SaleClosed(sale) => (on_hand, sold(sale)),
        Body::ReturnRecorded(returned) => {
            let lines = returned.lines.iter();
            let came = lines.map(|line| (line.variant, line.quantity));
            (on_hand, by_variant(came))
        }
        Body::PurchaseRecorded(purchase) => (on_hand, bought(purchase)),
        Body::PurchaseVoided(voided) => (on_hand, by_variant(gone(&voided.reversal))),
        Body::PurchaseCorrected(corrected) => {
            let came = bought(&corrected.purchase).into_iter();
            (on_hand, by_variant(gone(&corrected.reversal).chain(came)))
        }
        Body::StockCounted(count) => {
            let lines = count.lines.iter();
            let changes =
                lines.map(|line| (line.variant, line.counted.saturating_sub(line.expected)));
            (on_hand, by_variant(changes))
        }
        Body::StockFound(found) => (in_node, units(&found.lines, 1)),
        Body::SaleOverridden(sale) => (in_node, units(&sale.lines, 1)),
        Body::GrantCredited(grant) => (in_cloud, units(&grant.lines, -1)),
        Body::RightsReturned(rights) => (in_cloud, units(&rights.lines, 1)),
        Body::EpochOpened(epoch) => (in_cloud, units(&epoch.claims, 1)),
        _ => return Ok(()),
    };
    let moves = header.moves.iter().map(|moved| {
        (
            moved.variant,
            moved.quantity.saturating_mul(counts(moved.bucket)),
        )
    });
    match first_difference(&by_variant(moves), &found) {
        None => Ok(()),
        Some((variant, expected, found)) => Err(Refusal::Stock {
            variant,
            expected,
            found,
        }),
    }
}

fn on_hand(bucket: Bucket) -> i64 {
    retail::rights::Bucket::from(bucket).on_hand()
}

fn in_node(bucket: Bucket) -> i64 {
    i64::from(bucket == Bucket::N)
}

fn in_cloud(bucket: Bucket) -> i64 {
    i64::from(bucket == Bucket::C)
}

fn sold(sale: &SaleClosed) -> BTreeMap<Uuid, i64> {
    let lines = sale.lines.iter();
    by_variant(lines.map(|line| (line.variant, line.quantity.saturating_neg())))
}

fn bought(purchase: &PurchaseRecorded) -> BTreeMap<Uuid, i64> {
    let lines = purchase.lines.iter();
    by_variant(lines.map(|line| (line.variant, line.quantity)))
}

fn gone(reversal: &PurchaseReversal) -> impl Iterator<Item = (Uuid, i64)> {
    let lines = reversal.lines.iter();
    lines.map(|line| (line.variant, line.quantity.saturating_neg()))
}

fn units(lines: &[Units], sign: i64) -> BTreeMap<Uuid, i64> {
    by_variant(
        lines
            .iter()
            .map(|line| (line.variant, line.quantity.saturating_mul(sign))),
    )
}

fn by_variant(changes: impl IntoIterator<Item = (Uuid, i64)>) -> BTreeMap<Uuid, i64> {
    let mut sums = BTreeMap::<Uuid, i64>::new();
    for (variant, quantity) in changes {
        let sum = sums.entry(variant).or_default();
        *sum = sum.saturating_add(quantity);
    }
    sums
}

/// The first key with another number on the other side; what is missing is zero.
fn first_difference<K: Ord + Clone>(
    expected: &BTreeMap<K, i64>,
    found: &BTreeMap<K, i64>,
) -> Option<(K, i64, i64)> {
    expected
        .keys()
        .chain(found.keys())
        .map(|key| {
            let of = |map: &BTreeMap<K, i64>| map.get(key).copied().unwrap_or_default();
            (key.clone(), of(expected), of(found))
        })
        .find(|(_, expected, found)| expected != found)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use uuid::Uuid;
    use wire::event::{Hash, Header, Hlc, Money, Move};

    use super::{Bucket, check};

    /// A sale of 2 units for 5.00 in cash, or a count from 3 to 5.
    fn header(kind: &str) -> Header {
        Header {
            v: 1,
            node: Uuid::nil(),
            epoch: 1,
            seq: 1,
            id: Uuid::nil(),
            kind: kind.to_owned(),
            ver: 1,
            hlc: Hlc::default(),
            at: jiff::Timestamp::UNIX_EPOCH,
            clock_behind_ms: 0,
            business_date: jiff::civil::Date::constant(2026, 3, 2),
            location: Uuid::nil(),
            register: None,
            staff: None,
            aggregate: Uuid::nil(),
            moves: vec![Move {
                variant: Uuid::nil(),
                bucket: Bucket::N,
                quantity: if kind == "sale.closed" { -2 } else { 2 },
                weak: false,
            }],
            claims: Vec::new(),
            money: if kind == "sale.closed" {
                vec![Money {
                    tender: "cash".to_owned(),
                    minor: 500,
                }]
            } else {
                Vec::new()
            },
            command: None,
            incarnation: None,
            prev: Hash::GENESIS,
        }
    }

    /// `units cash change total` of a sale.
    fn sale(figures: [i64; 4], shift: &str, expected: &Expect) {
        let [units, cash, change, total] = figures;
        let nil = Uuid::nil();
        let body = serde_json::json!({
            "shift": shift, "receipt_number": "A1-1-000001", "subtotal_minor": total, "discount_minor": 0, "taxes": [],
            "lines": [{ "variant": nil, "quantity": units, "unit_price": "2.50", "price_quantity": 1,
                        "price_version": 1, "gross_minor": 500, "tax_rate_bps": 0, "total_minor": 500 }],
            "tenders": [{ "kind": "cash", "amount_minor": cash }], "total_minor": total, "change_minor": change
        });
        told(&header("sale.closed"), &body.to_string(), expected);
    }

    fn told(header: &Header, body: &str, expected: &Expect) {
        let told = match check(header, body) {
            Ok(_) => "taken".to_owned(),
            Err(refusal) => refusal.to_string(),
        };
        expected.assert_eq(&told.replace(&Uuid::nil().to_string(), "nil"));
    }

    #[test]
    fn a_sale_is_taken_when_it_says_what_its_header_has_done() {
        let nil = Uuid::nil().to_string();
        sale([2, 600, 100, 500], &nil, &expect!["taken"]);
        sale(
            [3, 500, 0, 500],
            &nil,
            &expect!["nil: the event has -2, the body -3"],
        );
        sale(
            [2, 600, 0, 500],
            &nil,
            &expect!["the lines come to 500, the payments to 600, the total is 500"],
        );
        sale(
            [2, 400, 0, 400],
            &nil,
            &expect!["the lines come to 500, the payments to 400, the total is 400"],
        );
        sale(
            [2, 500, 0, 500],
            "00000000-0000-0000-0000-000000000001",
            &expect!["the event is of nil, the body of 00000000-0000-0000-0000-000000000001"],
        );
        let mut more = header("sale.closed");
        more.money[0].minor = 700;
        let body = serde_json::json!({
            "shift": nil, "receipt_number": "1", "subtotal_minor": 0, "discount_minor": 0, "taxes": [], "lines": [],
            "tenders": [], "total_minor": 0, "change_minor": 0
        });
        told(
            &more,
            &body.to_string(),
            &expect!["cash: the event has 700, the body 0"],
        );
    }

    #[test]
    fn a_count_is_taken_when_it_changes_what_its_header_has_changed() {
        for (counted, expected) in [
            (5, expect!["taken"]),
            (6, expect!["nil: the event has 2, the body 3"]),
        ] {
            let body = serde_json::json!({
                "reason": "count", "lines": [{ "variant": Uuid::nil(), "expected": 3, "counted": counted }]
            });
            told(&header("stock.counted"), &body.to_string(), &expected);
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_what_the_parser_says() {
        let cases = [
            (
                "sale.closed",
                "{}",
                expect![
                    "sale.closed version 1 cannot be read: missing field `shift` at line 1 column 2"
                ],
            ),
            (
                "sale.dreamt",
                "{}",
                expect!["sale.dreamt version 1 is not known here"],
            ),
        ];
        for (kind, body, expected) in cases {
            told(&header(kind), body, &expected);
        }
        let large = " ".repeat(super::MOST_BYTES + 1);
        told(
            &header("sale.closed"),
            &large,
            &expect!["the body is too large"],
        );
    }

    #[test]
    fn figures_that_wrap_are_a_difference_and_no_panic() {
        sale(
            [i64::MIN, i64::MAX, i64::MIN, i64::MIN],
            &Uuid::nil().to_string(),
            &expect![
                "the lines come to 500, the payments to 9223372036854775807, the total is -9223372036854775808"
            ],
        );
    }
}
