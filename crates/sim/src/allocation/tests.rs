use super::fortnight::Fortnight;
use super::tally::Tally;
use super::{LINKS, PACES, Policy};

fn tally(policy: Policy) -> Tally {
    let mut tally = Tally::default();
    for seed in 0..40 {
        Fortnight::new(policy, &LINKS[2], &PACES[1], seed).run(&mut tally);
    }
    tally
}

#[test]
fn every_customer_is_counted_once() {
    for policy in Policy::ALL {
        let tally = tally(policy);
        let lost =
            tally.misplaced_branch + tally.misplaced_online + tally.stockout + tally.unreachable;
        // Without a link, the centre counts only those customers as lost for whom a unit was there.
        let all = tally.sold + lost + tally.offline_lost;
        assert!(
            all == tally.wanted || policy == Policy::Central && all < tally.wanted,
            "{policy:?}: {tally:?}"
        );
    }
}

#[test]
fn only_a_count_without_rights_oversells() {
    for policy in Policy::ALL {
        assert_eq!(
            tally(policy).oversold > 0,
            policy == Policy::Naive,
            "{policy:?}"
        );
    }
}

#[test]
fn the_same_seeds_give_the_same_figures() {
    assert_eq!(tally(Policy::Adaptive), tally(Policy::Adaptive));
}

/// The figures with which the policies were chosen.
#[test]
fn a_row_of_the_table_is_what_it_was() {
    let rows = [Policy::Naive, Policy::Adaptive]
        .map(|policy| super::of(policy, &LINKS[2], &PACES[0]).row(policy));
    assert_eq!(
        rows,
        [
            "Naive        97.46    60.50      0.00      0.00      0.00      0.00     25.45        0.0        0.0    109.13",
            "Adaptive     91.44     0.00      0.11      0.00      0.00     16.94     68.54       12.7       66.5      0.89",
        ]
    );
}
