use super::{TaxRate, per_document};
use crate::amount::Amount;

#[track_caller]
fn check(lines: &[(i64, i64)], expected: &[(i64, i64, i64)]) {
    let taxes = per_document(lines.iter().map(|&(rate, gross)| {
        (
            TaxRate::from_basis_points(rate).unwrap(),
            Amount::from_minor(gross),
        )
    }));
    let taxes: Vec<_> = taxes
        .iter()
        .map(|t| (t.rate.basis_points(), t.gross.minor(), t.tax.minor()))
        .collect();
    assert_eq!(taxes, expected);
}

#[test]
fn tax_is_taken_out_of_the_document_not_of_each_line() {
    // Three times 0.05 at 10 %: 0.0045 each would round to 0 three times; together it is 0.0136.
    check(&[(1_000, 5), (1_000, 5), (1_000, 5)], &[(1_000, 15, 1)]);
    check(
        &[(700, 10_700), (0, 500)],
        &[(0, 500, 0), (700, 10_700, 700)],
    );
    check(&[(800, -10_800)], &[(800, -10_800, -800)]);
    check(&[], &[]);
}

#[test]
fn more_than_all_of_it_is_no_rate() {
    assert_eq!(TaxRate::from_basis_points(10_001), None);
    assert_eq!(TaxRate::from_basis_points(-1), None);
}
