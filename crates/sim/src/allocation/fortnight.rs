//! Fourteen days of one item, hour by hour.

use super::branch::Branch;
use super::chance::Chance;
use super::tally::Tally;
use super::{BRANCHES, Link, Links, ONLINE_SHARE, Pace, Policy};

const DAYS: u32 = 14;
/// From this hour on, some branches are dark.
const DARK_FROM: u32 = 48;
/// The hours of the day in which shops are open.
const OPEN: std::ops::Range<u32> = 9..19;

/// One item in all branches and online.
pub struct Fortnight {
    pub(super) policy: Policy,
    pub(super) link: Link,
    /// Whether the item is so slow that a pool is not worth its rights.
    pub(super) slow: bool,
    pub(super) chance: Chance,
    pub(super) branches: Vec<Branch>,
    /// Units wanted online in an hour, in the mean.
    pub(super) online_hourly: f64,
    /// The branches of the online orders that are not picked yet.
    pub(super) to_pick: Vec<usize>,
}

impl Fortnight {
    /// The first hour.
    pub fn new(policy: Policy, links: &Links, pace: &Pace, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let daily: Vec<f64> = (0..BRANCHES)
            .map(|_| pace.daily * (0.4 + 1.2 * chance.share()))
            .collect();
        let online_daily = daily.iter().sum::<f64>() * ONLINE_SHARE / (1.0 - ONLINE_SHARE);
        let stock: Vec<i64> = (daily.iter())
            .map(|daily| {
                let mean = (daily + online_daily / BRANCHES as f64) * pace.cover;
                let whole = mean.floor();
                whole as i64 + i64::from(chance.share() < mean - whole)
            })
            .collect();
        let branches = (daily.iter().zip(stock))
            .map(|(daily, stock)| {
                let share = if policy == Policy::Static {
                    (stock as f64 * ONLINE_SHARE).round() as i64
                } else {
                    0
                };
                Branch {
                    daily: *daily,
                    shelf: stock,
                    promised: 0,
                    node_rights: stock - share,
                    cloud_rights: share,
                    up: true,
                    goes_dark: chance.share() < links.dark,
                    seen: stock,
                }
            })
            .collect();
        Self {
            policy,
            link: links.link,
            slow: pace.daily < 0.1,
            chance,
            branches,
            online_hourly: online_daily / 24.0,
            to_pick: Vec::new(),
        }
    }

    /// All hours.
    pub fn run(mut self, tally: &mut Tally) {
        for hour in 0..DAYS * 24 {
            let open = OPEN.contains(&(hour % 24));
            self.links(hour);
            self.rebalance(tally);
            for customer in self.customers(open) {
                match customer {
                    Some(branch) => self.walk_in(branch, tally),
                    None => self.order_online(tally),
                }
            }
            self.pick(open);
            self.check();
        }
    }

    /// Links fail and come back; connected branches tell what they have.
    fn links(&mut self, hour: u32) {
        for branch in &mut self.branches {
            let dark = branch.goes_dark && hour >= DARK_FROM;
            branch.up = !dark
                && if branch.up {
                    self.chance.share() >= 1.0 / self.link.up
                } else {
                    self.chance.share() < 1.0 / self.link.down
                };
            if branch.up {
                branch.seen = branch.free();
            }
        }
    }

    /// The customers of an hour in any order: at a branch, or online.
    fn customers(&mut self, open: bool) -> Vec<Option<usize>> {
        let hours_open = f64::from(OPEN.end - OPEN.start);
        let mut customers = Vec::new();
        if open {
            for (index, branch) in self.branches.iter().enumerate() {
                let come = self.chance.poisson(branch.daily / hours_open);
                customers.extend((0..come).map(|_| Some(index)));
            }
        }
        let come = self.chance.poisson(self.online_hourly);
        customers.extend((0..come).map(|_| None));
        self.chance.shuffle(&mut customers);
        customers
    }

    /// Connected branches that are open pick what was ordered.
    fn pick(&mut self, open: bool) {
        let branches = &mut self.branches;
        self.to_pick.retain(|at| {
            let branch = &mut branches[*at];
            let picked = branch.up && open;
            if picked && branch.promised > 0 {
                branch.promised -= 1;
                branch.shelf -= 1;
            }
            !picked
        });
    }

    /// No policy with rights promises a unit twice.
    fn check(&self) {
        let central = self.policy == Policy::Central;
        let safe = |branch: &Branch| {
            branch.free() >= 0 && branch.node_rights >= 0 && (branch.cloud_rights >= 0 || central)
        };
        assert!(
            self.policy == Policy::Naive || self.branches.iter().all(safe),
            "{:?} promised a unit twice",
            self.policy
        );
    }
}
