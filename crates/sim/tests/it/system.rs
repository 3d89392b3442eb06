//! The real edges and the real cloud: the same seed is the same life, and every rule holds in it.
use std::collections::BTreeSet;

use sim::system::{
    options::Options,
    run::{Prepared, runtime},
};

#[test]
fn a_seed_repeats_and_holds() {
    let runtime = runtime().unwrap();
    runtime.block_on(async {
        let prepared = Prepared::new().await.unwrap();
        for options in [Options::calm(1), Options::of(2, None)] {
            let first = prepared.run(0, &options, &BTreeSet::new(), false).await;
            let again = prepared.run(0, &options, &BTreeSet::new(), false).await;
            assert_eq!(first.violation, None, "{options}");
            assert_eq!(first.hash, again.hash, "{options}");
        }
    });
}
