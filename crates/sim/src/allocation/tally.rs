//! What a policy sold, lost and asked for.

use super::Policy;

/// Counts over many items.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Customers who wanted a unit, in branches and online.
    pub wanted: u64,
    /// Units sold, in branches and online.
    pub sold: u64,
    /// Branch customers sent away while a free unit was there.
    pub misplaced_branch: u64,
    /// Online customers sent away while a connected branch had a free unit.
    pub misplaced_online: u64,
    /// Customers sent away because there was nothing left.
    pub stockout: u64,
    /// Units promised twice.
    pub oversold: u64,
    /// Sales that waited for an answer from the other side.
    pub round_trips: u64,
    /// Transfers of rights.
    pub moves: u64,
    /// Online orders whose branch was not connected.
    pub late_picks: u64,
    /// Branch customers sent away because the centre could not be asked.
    pub offline_lost: u64,
    /// Online customers sent away while only branches without a link had free units.
    pub unreachable: u64,
}

impl Tally {
    /// The names of the columns.
    pub const HEADING: &'static str = "policy       fill% oversell misp.walk  misp.onl offl.lost  unreach.  stockout   \
        RTT/1000 moves/1000  latepick";

    /// The row of a policy: per 1000 customers, round trips and moves per 1000 sales.
    pub fn row(&self, policy: Policy) -> String {
        let (wanted, sold) = (self.wanted as f64, self.sold as f64);
        let per_wanted = |count: u64| count as f64 * (1000.0 / wanted);
        let per_sold = |count: u64| count as f64 * 1000.0 / sold;
        let name = format!("{policy:?}");
        format!(
            "{name:9} {:>8.2} {:>8.2} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>10.1} {:>10.1} {:>9.2}",
            100.0 * sold / wanted,
            per_wanted(self.oversold),
            per_wanted(self.misplaced_branch),
            per_wanted(self.misplaced_online),
            per_wanted(self.offline_lost),
            per_wanted(self.unreachable),
            per_wanted(self.stockout),
            per_sold(self.round_trips),
            per_sold(self.moves),
            per_wanted(self.late_picks),
        )
    }
}
