//! Allowances: so many uses, units or minor units of money that nobody exceeds, also while shops and cloud cannot talk
//! (ADR 25).
//!
//! An allowance has one *pool* at the cloud and, for each epoch of a node, a *share* of it. What is granted leaves the pool
//! and is on its way until the node's own log says that it was credited; what a node holds is used by its sales or given
//! back by its own events, and by nothing else: no time-out, lease or cancellation takes a share back. The node's side is a
//! number that its events move; here is the cloud's.
#[cfg(test)]
mod tests;

/// What the cloud knows of one allowance in the whole chain. `total = available + shared + online`, always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pool {
    /// What the newest version of the promotion allows.
    pub wanted: i64,
    /// What the shares come to: on its way, held and used.
    pub shared: i64,
    /// Used online, without a shop.
    pub online: i64,
}

/// What one epoch of a node has of an allowance, as the cloud knows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share {
    /// Granted, and not known to be credited.
    pub granting: i64,
    /// May be used there.
    pub held: i64,
    /// Was used there.
    pub used: i64,
    /// The part of `used` that the node did not have: 0, or a file went back, was copied, or was written by others.
    pub beyond: i64,
}

/// What the log of a node says about an allowance; the numbers are positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// A grant was credited.
    Credited(i64),
    /// A sale has used it.
    Used(i64),
    /// A sale has used it that was booked before, by another epoch: the use counts there.
    Repeated(i64),
    /// The node gave it back.
    Returned(i64),
    /// A sale of an epoch that is over has used it; its log may not be complete.
    Salvaged(i64),
}

/// Less is available than is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{needed} are needed, {available} are available")]
pub struct Short {
    /// What was wanted.
    pub needed: i64,
    /// What there is.
    pub available: i64,
}

impl Pool {
    /// What may be granted or used online.
    #[must_use]
    pub fn available(self) -> i64 {
        (self.wanted - self.out()).max(0)
    }

    /// What the chain may use in all: what the newest version allows, and never less than what is out already.
    #[must_use]
    pub fn total(self) -> i64 {
        self.wanted.max(self.out())
    }

    fn out(self) -> i64 {
        self.shared.saturating_add(self.online)
    }

    /// Sends a part to a node, as much as there is; says how much.
    pub fn grant(&mut self, share: &mut Share, asked: i64) -> i64 {
        let quantity = asked.clamp(0, self.available());
        self.shared += quantity;
        share.granting += quantity;
        quantity
    }

    /// Uses it online.
    ///
    /// # Errors
    /// [`Short`]: nothing has changed then.
    pub fn take(&mut self, needed: i64) -> Result<(), Short> {
        let available = self.available();
        if needed > available || needed < 0 {
            return Err(Short { needed, available });
        }
        self.online += needed;
        Ok(())
    }

    /// An order that has used it ends without a payment.
    pub fn give_back(&mut self, quantity: i64) {
        self.online -= quantity.clamp(0, self.online);
    }

    /// Follows the log of a node.
    pub fn follow(&mut self, share: &mut Share, told: Told) {
        self.shared = self.shared.saturating_add(share.follow(told));
    }
}

impl Share {
    /// What of the pool it has.
    #[must_use]
    pub fn out(self) -> i64 {
        self.granting + self.held + self.used
    }

    /// Follows the log of its node; gives what the pool's `shared` changes by. Never fails: what cannot be is counted in
    /// `beyond`, and what a cloud that was restored has forgotten to have granted was granted all the same.
    pub fn follow(&mut self, told: Told) -> i64 {
        let before = self.out();
        match told {
            Told::Credited(quantity) => {
                self.granting -= quantity.min(self.granting);
                self.held = self.held.saturating_add(quantity);
            }
            Told::Used(quantity) => self.use_up(quantity, 0),
            Told::Salvaged(quantity) => {
                let on_its_way = (quantity - self.held).clamp(0, self.granting);
                self.use_up(quantity, on_its_way);
            }
            Told::Repeated(quantity) | Told::Returned(quantity) => {
                self.held -= quantity.min(self.held);
            }
        }
        self.out() - before
    }

    fn use_up(&mut self, quantity: i64, on_its_way: i64) {
        let held = quantity.min(self.held);
        self.held -= held;
        self.granting -= on_its_way;
        self.used = self.used.saturating_add(quantity);
        self.beyond = self.beyond.saturating_add(quantity - held - on_its_way);
    }

    /// The node follows a restored cloud and takes no grant of the time before: what is on its way never arrives. Gives
    /// what the pool's `shared` changes by.
    pub fn void_grants(&mut self) -> i64 {
        -std::mem::take(&mut self.granting)
    }

    /// The log of an epoch that is over is complete, to the event that says so: nothing of this is used any more. Gives
    /// what the pool's `shared` changes by.
    pub fn end(&mut self) -> i64 {
        -std::mem::take(&mut self.granting) - std::mem::take(&mut self.held)
    }
}
