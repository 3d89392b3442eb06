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
