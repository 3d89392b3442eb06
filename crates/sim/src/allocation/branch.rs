//! One branch: its shelf, its rights and its link.

/// A branch with one item.
pub struct Branch {
    /// Units that customers want here in a day, in the mean.
    pub daily: f64,
    /// Units on the shelf.
    pub shelf: i64,
    /// Units of them promised online and not picked.
    pub promised: i64,
    /// Rights held by the node.
    pub node_rights: i64,
    /// Rights held by the cloud for this branch.
    pub cloud_rights: i64,
    /// Whether it is connected.
    pub up: bool,
    /// Whether it goes dark on the third day.
    pub goes_dark: bool,
    /// Free units as the cloud last saw them.
    pub seen: i64,
}

impl Branch {
    /// Units that nobody was promised.
    pub const fn free(&self) -> i64 {
        self.shelf - self.promised
    }

    /// How many hours `units` last.
    pub fn hours_of(&self, units: i64) -> f64 {
        units as f64 / (self.hourly() + 1e-6)
    }

    /// Units wanted in an hour, in the mean over day and night.
    pub fn hourly(&self) -> f64 {
        self.daily / 24.0
    }
}

/// The branch with the most of something, the first of them on a tie. `None` without any above `floor`.
pub fn most(branches: &[Branch], floor: f64, of: impl Fn(&Branch) -> Option<f64>) -> Option<usize> {
    let mut best = (None, floor);
    for (index, branch) in branches.iter().enumerate() {
        if let Some(amount) = of(branch).filter(|amount| *amount > best.1) {
            best = (Some(index), amount);
        }
    }
    best.0
}
