//! Rules that can be broken on purpose from outside the product: what people, tills and tables around it do wrong. The
//! simulation must find each of them.
use super::world::World;
use crate::protocol::fault::list;

list! {
    /// One broken rule.
    Mutant {
        /// An old copy of a disk goes on: nothing marks it, and the tills have forgotten what they had seen.
        RestoredNodeContinues => "restored-node-continues",
        /// A grant is taken back when the node does not answer.
        GrantCancelledOnTimeout => "grant-cancelled-on-timeout",
        /// The rights of a silent node are taken back.
        LeaseReclaim => "lease-reclaim",
        /// A paid order that is cancelled gives its right back at once.
        CancelAtOnce => "cancel-at-once",
        /// The customer leaves before the sale is on disk.
        HandOverBeforeSync => "hand-over-before-sync",
        /// A promise that an override has broken is not settled.
        DebtForgotten => "debt-forgotten",
        /// A node reads its commands from the beginning again.
        NoCursorOnGrants => "no-cursor-on-grants",
    }
}

impl World {
    pub(crate) fn is(&self, mutant: Mutant) -> bool {
        self.options.mutant == Some(mutant)
    }

    /// A node forgets how far it has read the stream of commands.
    pub(crate) fn forget_place(&mut self, machine: usize) -> anyhow::Result<()> {
        if self.is(Mutant::NoCursorOnGrants) && !self.quiet && self.rng.chance(100) {
            let file = rusqlite::Connection::open(self.machines[machine].folder.join("shop.db"))?;
            file.execute("update node_state set r_cursor = 0", [])?;
            file.execute("delete from command", []).ok();
        }
        Ok(())
    }

    /// What a broken cloud does by itself.
    pub(crate) async fn meddle(&mut self) -> anyhow::Result<()> {
        if self.quiet {
            return Ok(());
        }
        let statement = if self.is(Mutant::GrantCancelledOnTimeout) {
            "update cloud_rights set available = available + granting, granting = 0 where granting > 0"
        } else if self.is(Mutant::LeaseReclaim) {
            "update cloud_rights r set available = r.available + b.node_rights
               from stock_balance b
              where b.location_id = r.location_id and b.variant_id = r.resource_id and b.node_rights > 0"
        } else if self.is(Mutant::CancelAtOnce) {
            "update cloud_rights r set promised = r.promised - c.units, available = r.available + c.units
               from (select location_id, variant_id, sum(quantity) as units
                       from reservation where state = 'cancelling' group by 1, 2) c
              where c.location_id = r.location_id and c.variant_id = r.resource_id;
             update reservation set state = 'cancelled' where state = 'cancelling'"
        } else {
            return Ok(());
        };
        self.head.meddle(statement).await
    }
}
