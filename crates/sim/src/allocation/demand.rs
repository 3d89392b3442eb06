//! What a policy does for a customer.

use super::Policy;
use super::branch::{Branch, most};
use super::fortnight::Fortnight;
use super::tally::Tally;

/// Puts connected branches before all others.
const CONNECTED: f64 = 1e9;

impl Fortnight {
    /// A customer wants a unit in a branch.
    pub(super) fn walk_in(&mut self, at: usize, tally: &mut Tally) {
        tally.wanted += 1;
        let branch = &mut self.branches[at];
        let free = branch.free() > 0;
        match self.policy {
            Policy::Naive => sell_unasked(branch, tally),
            Policy::Central if !branch.up => tally.offline_lost += u64::from(free),
            Policy::Central if free => {
                branch.shelf -= 1;
                branch.node_rights -= 1;
                tally.sold += 1;
                tally.round_trips += 1;
            }
            Policy::Central => tally.stockout += 1,
            Policy::Static | Policy::OnDemand | Policy::Pool | Policy::Adaptive => {
                if branch.node_rights > 0 {
                    branch.node_rights -= 1;
                    branch.shelf -= 1;
                    tally.sold += 1;
                } else if branch.cloud_rights > 0 && branch.up && self.policy != Policy::Static {
                    branch.cloud_rights -= 1;
                    branch.shelf -= 1;
                    tally.sold += 1;
                    tally.round_trips += 1;
                    tally.moves += 1;
                } else if free {
                    tally.misplaced_branch += 1;
                } else {
                    tally.stockout += 1;
                }
            }
        }
    }

    /// A customer wants a unit online.
    pub(super) fn order_online(&mut self, tally: &mut Tally) {
        tally.wanted += 1;
        let free_and_connected = self
            .branches
            .iter()
            .any(|branch| branch.free() > 0 && branch.up);
        let free = self.branches.iter().any(|branch| branch.free() > 0);
        match self.source(tally) {
            Some(at) => {
                tally.sold += 1;
                self.to_pick.push(at);
                tally.late_picks += u64::from(!self.branches[at].up);
            }
            None if free_and_connected => tally.misplaced_online += 1,
            None if free => tally.unreachable += 1,
            None => tally.stockout += 1,
        }
    }

    /// The branch that an online order is promised from, and the promise.
    fn source(&mut self, tally: &mut Tally) -> Option<usize> {
        match self.policy {
            Policy::Naive => {
                let at = most(&self.branches, 0.0, |branch| {
                    (branch.seen > 0).then(|| branch.hours_of(branch.seen))
                })?;
                let branch = &mut self.branches[at];
                branch.seen -= 1;
                branch.promised += 1;
                if branch.free() < 0 {
                    tally.oversold += 1;
                    branch.promised -= 1;
                }
                Some(at)
            }
            Policy::Central => {
                let at = most(&self.branches, 0.0, |branch| {
                    (branch.free() > 0).then(|| reachable_hours(branch))
                })?;
                let branch = &mut self.branches[at];
                branch.promised += 1;
                branch.node_rights -= 1;
                Some(at)
            }
            Policy::Static | Policy::OnDemand | Policy::Pool | Policy::Adaptive => {
                let held = most(&self.branches, 0.0, |branch| {
                    (branch.cloud_rights > 0).then(|| reachable_hours(branch))
                });
                let at = held.or_else(|| self.borrow_one(tally))?;
                let branch = &mut self.branches[at];
                branch.cloud_rights -= 1;
                branch.promised += 1;
                Some(at)
            }
        }
    }

    /// One right from the connected branch whose rights last longest.
    fn borrow_one(&mut self, tally: &mut Tally) -> Option<usize> {
        if self.policy == Policy::Static {
            return None;
        }
        let at = most(&self.branches, -1.0, |branch| {
            (branch.up && branch.node_rights > 0).then(|| branch.hours_of(branch.node_rights))
        })?;
        tally.round_trips += 1;
        tally.moves += 1;
        self.branches[at].node_rights -= 1;
        self.branches[at].cloud_rights += 1;
        Some(at)
    }
}

/// A sale without rights: the shelf decides, and a promise may have been made meanwhile.
const fn sell_unasked(branch: &mut Branch, tally: &mut Tally) {
    if branch.shelf == 0 {
        tally.stockout += 1;
        return;
    }
    branch.shelf -= 1;
    tally.sold += 1;
    if branch.free() < 0 {
        tally.oversold += 1;
        branch.promised -= 1;
    }
}

/// How long the free units last, connected branches first.
fn reachable_hours(branch: &Branch) -> f64 {
    branch.hours_of(branch.free()) + if branch.up { CONNECTED } else { 0.0 }
}
