//! The hourly move of rights between branches and the pool of the online shop.

use super::Policy;
use super::branch::{Branch, most};
use super::fortnight::Fortnight;
use super::tally::Tally;

/// The pool lasts so many hours of online demand.
const POOL_HOURS: f64 = 6.0;
/// Standard deviations that the pool and a branch's protection are above the mean.
const POOL_DEVIATIONS: f64 = 1.64;
const PROTECTION_DEVIATIONS: f64 = 1.28;

impl Fortnight {
    /// Brings the pool and the branches to what the policy wants, as far as branches are connected.
    pub(super) fn rebalance(&mut self, tally: &mut Tally) {
        let adaptive = self.policy == Policy::Adaptive;
        if !adaptive && self.policy != Policy::Pool {
            return;
        }
        if adaptive {
            self.give_back(tally);
        }
        let held: i64 = (self.branches.iter())
            .filter(|branch| branch.up)
            .map(|branch| branch.cloud_rights)
            .sum();
        let target = if adaptive && self.slow {
            0
        } else {
            above_mean(self.online_hourly * POOL_HOURS, POOL_DEVIATIONS)
        };
        let mut need = target - held;
        // A little below the target is not worth the transfers.
        if adaptive && need * 2 < target {
            return;
        }
        while need > 0 {
            let Some(at) = self.donor() else { break };
            let floor = self.floor(&self.branches[at]);
            let branch = &mut self.branches[at];
            let given = need
                .min((branch.node_rights + 3) / 4)
                .min(branch.node_rights - floor)
                .max(1);
            branch.node_rights -= given;
            branch.cloud_rights += given;
            need -= given;
            tally.moves += 1;
        }
    }

    /// Rights go back to connected branches that are below what they need through an outage.
    fn give_back(&mut self, tally: &mut Tally) {
        for at in 0..self.branches.len() {
            let missing = self.protection(&self.branches[at]) - self.branches[at].node_rights;
            let branch = &mut self.branches[at];
            if branch.up && branch.cloud_rights > 0 && missing > 0 {
                let given = branch.cloud_rights.min(missing);
                branch.cloud_rights -= given;
                branch.node_rights += given;
                tally.moves += 1;
            }
        }
    }

    /// The connected branch above its floor whose free units last longest.
    fn donor(&self) -> Option<usize> {
        most(&self.branches, 0.0, |branch| {
            (branch.up && branch.node_rights > self.floor(branch))
                .then(|| branch.hours_of(branch.free()))
        })
    }

    /// Rights that a branch does not give away.
    fn floor(&self, branch: &Branch) -> i64 {
        if self.policy == Policy::Adaptive {
            self.protection(branch)
        } else {
            1
        }
    }

    /// Rights that a branch needs through one and a half mean outages.
    fn protection(&self, branch: &Branch) -> i64 {
        let hours = self.link.down * 1.5 + 1.0;
        above_mean(branch.hourly() * hours, PROTECTION_DEVIATIONS).max(1)
    }
}

/// The mean and some standard deviations of a Poisson demand more.
fn above_mean(mean: f64, deviations: f64) -> i64 {
    (mean + deviations * mean.sqrt()).ceil() as i64
}
