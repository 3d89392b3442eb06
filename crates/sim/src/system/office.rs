//! Jobs of the cloud, worked by hand, and people at the head office: they replace nodes, and open locations again after
//! a restore.
use cloud::{Actor, node, order, sync};

use super::{audit, mutant::Mutant, world::World};

/// Who works at the head office.
pub(crate) const OPERATOR: Actor = Actor::Service("operator");

impl World {
    /// Reads what the cloud's tables say.
    pub(crate) async fn look(&mut self) -> anyhow::Result<()> {
        self.spots = audit::spots(self.head.sql()?, self.options.shops).await?;
        if let Some(before) = self.silent {
            let row = self
                .head
                .sql()?
                .query_one("select incarnation from company", &[])
                .await?;
            if row.get::<_, i64>(0) > before {
                self.say(|| "the cloud has found out that it was restored".to_owned());
                self.silent = None;
            }
        }
        Ok(())
    }

    /// The second stage of the cloud.
    pub(crate) async fn applying(&mut self) -> anyhow::Result<()> {
        let cloud = self.head.cloud()?.clone();
        sync::apply_all(&cloud).await?;
        sync::salvage_all(&cloud).await?;
        Ok(())
    }

    /// Jobs that look at promises; a cloud that was restored in silence has not got to them yet.
    pub(crate) async fn jobs(&mut self) -> anyhow::Result<()> {
        if self.silent.is_some() {
            return Ok(());
        }
        self.meddle().await?;
        let cloud = self.head.cloud()?.clone();
        match self.rng.below(3) {
            0 if self.is(Mutant::DebtForgotten) => {}
            0 => sync::settle_all(&cloud).await?,
            1 => {
                order::expire(&cloud).await?;
            }
            _ => {
                order::source_all(&cloud).await?;
            }
        }
        Ok(())
    }

    /// People at the head office.
    pub(crate) async fn office(&mut self, place: usize) -> anyhow::Result<()> {
        if !self.sites[place].given_up && self.is_hopeless(place)? && self.rng.chance(500) {
            self.sites[place].given_up = true;
        }
        if self.sites[place].given_up {
            self.replace(place).await?;
        }
        self.rejoin(place).await?;
        self.unfreezing(place).await
    }

    /// A person opens a location again after a restore: when its own node has followed.
    async fn unfreezing(&mut self, place: usize) -> anyhow::Result<()> {
        self.look().await?;
        let spot = self.spots[place].clone();
        let own = spot.epoch == self.books(self.serves(place))?.epoch;
        if !spot.frozen || !spot.rebased || !own || self.sites[place].forked {
            return Ok(());
        }
        let cloud = self.head.cloud()?.clone();
        let done = node::unfreeze(&cloud, OPERATOR, spot.node).await;
        self.say(|| format!("shop {place} is open for promises again: {done:?}"));
        if let Err(error) = done {
            return self.broken("unfreeze", format!("shop {place}: {error:?}"));
        }
        Ok(())
    }
}
