//! What happens in a step: business, machines at work, and trouble.
use super::world::World;
use crate::protocol::{DAY, rng::Rng};

impl World {
    /// One step: time passes, what is due arrives, and one thing happens unless the step is left out.
    pub(crate) async fn advance(&mut self, step: u64, skipped: bool) -> anyhow::Result<()> {
        self.begin_step(step);
        self.rng = Rng::of(self.options.seed, step * 2 + 1);
        let passes = match self.rng.below(100) {
            0 => self.rng.between(DAY / 24, DAY),
            1..5 => self.rng.between(60_000, DAY / 24),
            _ => self.rng.between(10, 20_000),
        };
        self.arrive(self.now + passes).await?;
        self.rng = Rng::of(self.options.seed, step * 2 + 2);
        if !skipped {
            self.act().await?;
        }
        self.check().await
    }

    async fn act(&mut self) -> anyhow::Result<()> {
        let place = self.rng.index(self.options.shops);
        if self.rng.chance(self.options.trouble) {
            return self.trouble(place).await;
        }
        match self.rng.below(100) {
            0..20 => self.shopping(place).await,
            20..24 => self.goods_in(place).await,
            24..28 => self.counting(place).await,
            28..33 => self.giving_back(place).await,
            33..41 => self.picking(place).await,
            41..46 => self.handing_over(place).await,
            46..54 => self.ordering(place).await,
            54..60 => self.paying().await,
            60..63 => self.cancelling().await,
            63..84 => self.drive(self.serves(place)).await,
            84..90 => self.applying().await,
            90..94 => self.jobs().await,
            94..97 => self.office(place).await,
            _ => self.old_machines(place).await,
        }
    }
}
