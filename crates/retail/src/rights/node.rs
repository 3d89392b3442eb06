//! The node's account of one resource: a pure fold of the moves in its own events.
use super::{Bucket, Move, RightsError, add, positive, take};
use crate::quantity::Quantity;

/// What the node of a location holds of one resource, in base units.
///
/// Every operation answers the moves that its event says; [`NodeAccount::apply`] of the same moves on another copy of
/// the account gives the same account, which is how a replay of the log and the cloud's mirror follow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeAccount {
    /// Rights of the node (`node_rights`): what tills may sell.
    pub rights: Quantity,
    /// The part of `rights` with strong evidence: what may be returned to the cloud.
    pub exportable: Quantity,
    /// What the cloud side may at most claim here: its own rights, what is on its way in both directions, and what
    /// it has promised and nobody has picked. Rises by the node's own returns, falls by grants credited and by picks.
    pub claim_bound: Quantity,
    /// The part of `claim_bound` that has no unit behind it. The cloud pays it back by grants.
    pub debt: Quantity,
    /// Picked for orders, not handed over.
    pub picked: Quantity,
    /// Not sellable.
    pub unsellable: Quantity,
    /// Shipped to another location.
    pub shipped: Quantity,
}

/// How far an account may be believed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trust {
    /// As it stands.
    #[default]
    Full,
    /// The rights may be too many, the claims of the cloud are bounded: nothing is free before it was counted.
    Claims,
    /// A part of the log may be lost, so that the cloud may claim more than the account says: nothing proves that a
    /// unit is free, only a supervisor may sell it.
    Nothing,
}

/// What a till lacks, and what can be done about it (sync.md 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// How far the account is believed.
    pub trust: Trust,
    /// What the basket takes.
    pub needed: Quantity,
    /// What the node may sell.
    pub rights: Quantity,
    /// Units here that the cloud may have promised.
    pub claim_bound: Quantity,
    /// Units that it could be instead: picked, returned and not graded, shipped.
    pub elsewhere: Quantity,
}

impl Shortage {
    /// Nobody else can own the unit in the customer's hand: it is found.
    #[must_use]
    pub fn may_be_found(self) -> bool {
        self.trust != Trust::Nothing
            && self.claim_bound == Quantity::ZERO
            && self.elsewhere == Quantity::ZERO
    }

    /// The smallest count of the shelf that proves that enough is free; `None` when no count does.
    #[must_use]
    pub fn proof(self) -> Option<Quantity> {
        (self.trust != Trust::Nothing).then(|| self.claim_bound + self.needed)
    }

    /// Whether a count of the shelf proves that enough is free, whatever the cloud has promised.
    #[must_use]
    pub fn is_proven_by(self, counted: Quantity) -> bool {
        self.proof().is_some_and(|proof| counted >= proof)
    }
}

/// What a till answers to a shortage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The unit is in the customer's hand and nobody else's.
    Found,
    /// So many are on the shelf, with those in the customer's hand and without picked ones.
    Counted(Quantity),
    /// A supervisor sells what the cloud may have promised.
    Override,
}

/// What a count did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// What changed; empty when the book was right.
    pub moves: Vec<Move>,
    /// Sellable units that the book had said: what was expected on the shelf.
    pub expected: Quantity,
}

impl NodeAccount {
    /// Units of the location: sellable, claimed, picked and unsellable.
    #[must_use]
    pub fn on_hand(self) -> Quantity {
        self.shelf() + self.picked + self.unsellable
    }

    /// Units that should stand on the shelf: the node's and those behind the cloud's claims.
    #[must_use]
    pub fn shelf(self) -> Quantity {
        self.rights + self.claim_bound - self.debt
    }

    /// Claims of the cloud that have a unit on the shelf behind them.
    #[must_use]
    pub fn backed_claims(self) -> Quantity {
        self.claim_bound - self.debt
    }

    /// What is missing to sell `needed`, if anything.
    #[must_use]
    pub fn shortage(self, needed: Quantity) -> Option<Shortage> {
        self.shortage_by(needed, Trust::Full)
    }

    /// The same for an account that is believed only so far: rights that are not believed are not there.
    #[must_use]
    pub fn shortage_by(self, needed: Quantity, trust: Trust) -> Option<Shortage> {
        let rights = match trust {
            Trust::Full => self.rights,
            Trust::Claims | Trust::Nothing => Quantity::ZERO,
        };
        (rights < needed).then_some(Shortage {
            trust,
            needed,
            rights,
            claim_bound: self.claim_bound,
            elsewhere: self.picked + self.unsellable + self.shipped,
        })
    }

    /// Goods are sold and handed over.
    ///
    /// # Errors
    /// [`RightsError::Short`] when the node may not sell so many.
    pub fn sell(&mut self, quantity: Quantity) -> Result<Vec<Move>, RightsError> {
        self.commit(vec![Move::new(Bucket::Node, -positive(quantity)?)])
    }

    /// Goods have come in; debt is paid from them first, unless their evidence is weak. `is_weak` until a scale, a second person or a count has confirmed them (decision 10).
    ///
    /// # Errors
    /// A quantity that is not positive or too large.
    pub fn receive(&mut self, quantity: Quantity, is_weak: bool) -> Result<Vec<Move>, RightsError> {
        let moves = self.add(positive(quantity)?, is_weak);
        self.commit(moves)
    }

    /// Goods that this shop has sold come back over the counter. What can be sold again stands on the shelf, with weak
    /// evidence: one person alone says what it is, so it is promised to nobody far away before it was counted. What cannot
    /// is put aside.
    ///
    /// # Errors
    /// A quantity that is too large, or nothing at all.
    pub fn take_back(
        &mut self,
        sellable: Quantity,
        damaged: Quantity,
    ) -> Result<Vec<Move>, RightsError> {
        if sellable < Quantity::ZERO || damaged < Quantity::ZERO {
            return Err(RightsError::NotPositive(sellable.min(damaged)));
        }
        positive(sellable + damaged)?;
        let mut moves = self.add(sellable, true);
        moves.push(Move::new(Bucket::Unsellable, damaged));
        self.commit(moves.into_iter().filter(is_some).collect())
    }

    /// A document that brought goods is taken back or replaced: `weighed` and `stated` are what the new one brings with
    /// strong and with weak evidence, less what the old one brought. What goes out is the node's own or stays: what is
    /// sold, given to the cloud or has paid debt is not there any more. [`NodeAccount::weaken`] follows.
    ///
    /// # Errors
    /// [`RightsError::Short`] when the node has too little of its own.
    pub fn amend(&mut self, weighed: Quantity, stated: Quantity) -> Result<Vec<Move>, RightsError> {
        let (zero, weak_in) = (Quantity::ZERO, stated.max(Quantity::ZERO));
        let own = weighed + stated.min(zero);
        let mut moves = self.add(weak_in, true);
        if own > zero {
            moves.append(&mut self.add(own, false));
        } else {
            moves.push(Move::new(Bucket::Node, own));
        }
        self.commit(moves.into_iter().filter(is_some).collect())
    }

    /// So many units with strong evidence have gone: what stays is no better proven than without them. Evidence is not
    /// a right and has no move, so a replay does it too, after the moves of the event.
    pub fn weaken(&mut self, quantity: Quantity) {
        self.exportable = (self.exportable - quantity).max(Quantity::ZERO);
    }

    /// A shelf was counted, without picked units. What the cloud may have promised comes first; the node keeps the
    /// rest. When there is less than that, the node keeps nothing and the difference becomes debt.
    ///
    /// # Errors
    /// A count below zero, or too large.
    pub fn count(&mut self, counted: Quantity) -> Result<Count, RightsError> {
        if counted < Quantity::ZERO {
            return Err(RightsError::NotPositive(counted));
        }
        let expected = self.shelf();
        let free = counted - self.claim_bound;
        let (rights, debt) = if free >= Quantity::ZERO {
            (free, Quantity::ZERO)
        } else {
            (Quantity::ZERO, -free)
        };
        let moves = [
            Move::new(Bucket::Node, rights - self.rights),
            Move::new(Bucket::Debt, debt - self.debt),
        ];
        let moves = self.commit(moves.into_iter().filter(is_some).collect())?;
        self.verify();
        Ok(Count { moves, expected })
    }

    /// Makes good what a till lacks, by its answer; the sale itself follows in the same transaction.
    ///
    /// # Errors
    /// [`RightsError::Short`] when the answer does not prove that the units are free, with what may still belong to
    /// somebody else as `needed` and what is free as `held`.
    pub fn settle(&mut self, shortage: Shortage, answer: Answer) -> Result<Vec<Move>, RightsError> {
        let found = |quantity: Quantity| Move {
            bucket: Bucket::Node,
            quantity: quantity.max(Quantity::ZERO),
            is_weak: true,
        };
        positive(shortage.needed - shortage.rights)?;
        match answer {
            // Rights that are not believed are used up first, so that the book does not grow by what it has.
            Answer::Found if shortage.may_be_found() => {
                let moves = [found(shortage.needed - self.rights)];
                self.commit(moves.into_iter().filter(is_some).collect())
            }
            Answer::Found => Err(RightsError::Short {
                needed: shortage.claim_bound + shortage.elsewhere,
                held: Quantity::ZERO,
            }),
            Answer::Counted(counted) if shortage.is_proven_by(counted) => {
                Ok(self.count(counted)?.moves)
            }
            Answer::Counted(counted) => Err(RightsError::Short {
                needed: shortage.needed + shortage.claim_bound,
                held: counted,
            }),
            Answer::Override => {
                // What is beyond the claims belongs to nobody: it is found. The rest is the cloud's: debt.
                let lacking = shortage.needed - shortage.rights;
                let debt = lacking.min(self.backed_claims());
                let beyond = (shortage.needed - debt - self.rights).max(Quantity::ZERO);
                let moves = [found(debt + beyond), Move::new(Bucket::Debt, debt)];
                self.commit(moves.into_iter().filter(is_some).collect())
            }
        }
    }

    /// Gives rights back to the cloud: a pure transfer, on its way until the cloud accepts the event.
    ///
    /// # Errors
    /// [`RightsError::Short`] beyond what is exportable.
    pub fn give_back(&mut self, quantity: Quantity) -> Result<Vec<Move>, RightsError> {
        let quantity = positive(quantity)?;
        if self.exportable < quantity {
            return Err(RightsError::Short {
                needed: quantity,
                held: self.exportable,
            });
        }
        self.commit(vec![
            Move::new(Bucket::Node, -quantity),
            Move::new(Bucket::Cloud, quantity),
        ])
    }

    /// Credits a grant of the cloud, after debt is paid. The caller has checked that it is the next message
    /// of the stream, of this epoch and this incarnation.
    ///
    /// # Errors
    /// [`RightsError::Short`] when the cloud grants more than it can ever have had here.
    pub fn credit(&mut self, quantity: Quantity) -> Result<Vec<Move>, RightsError> {
        let quantity = positive(quantity)?;
        let mut moves = vec![Move::new(Bucket::Cloud, -quantity)];
        moves.append(&mut self.add(quantity, false));
        self.commit(moves)
    }

    /// Takes promised units from the shelf for an order. `found` of `promised` were there; when fewer were found than
    /// promised the shelf is empty, so the node's own rights are void as well (sync.md 5.2).
    ///
    /// # Errors
    /// [`RightsError::Short`] when more is picked than the cloud can have promised.
    pub fn pick(&mut self, promised: Quantity, found: Quantity) -> Result<Vec<Move>, RightsError> {
        let promised = positive(promised)?;
        if found < Quantity::ZERO || found > promised {
            return Err(RightsError::NotPositive(found));
        }
        // No more of the claims that stay can lack a unit than there are; a pick that takes a unit for a claim that
        // had none takes it from the node's own.
        let claims = self.claim_bound - promised;
        let (debt, rights) = if found < promised {
            (claims, Quantity::ZERO)
        } else {
            let debt = self.debt.min(claims);
            let rights = self.rights - (self.debt - debt);
            (debt, rights.max(Quantity::ZERO))
        };
        let moves = [
            Move::new(Bucket::Cloud, -promised),
            Move::new(Bucket::Picked, found),
            Move::new(Bucket::Debt, debt - self.debt),
            Move::new(Bucket::Node, rights - self.rights),
        ];
        self.commit(moves.into_iter().filter(is_some).collect())
    }

    /// Puts picked units of a cancelled order back on the shelf: they are the node's now, after debt is paid.
    ///
    /// # Errors
    /// [`RightsError::Short`] beyond what is picked.
    pub fn unpick(&mut self, quantity: Quantity) -> Result<Vec<Move>, RightsError> {
        let quantity = positive(quantity)?;
        let mut moves = vec![Move::new(Bucket::Picked, -quantity)];
        moves.append(&mut self.add(quantity, false));
        self.commit(moves)
    }

    /// A promise that an earlier epoch may have kept already is cancelled, and nobody has counted since: the claim ends,
    /// and its unit is nobody's until a count finds it.
    ///
    /// # Errors
    /// [`RightsError::Short`] beyond what the cloud may claim.
    pub fn void_claim(&mut self, quantity: Quantity) -> Result<Vec<Move>, RightsError> {
        let quantity = positive(quantity)?;
        if self.claim_bound < quantity {
            return Err(RightsError::Short {
                needed: quantity,
                held: self.claim_bound,
            });
        }
        let debt = self.debt.min(self.claim_bound - quantity);
        let moves = [
            Move::new(Bucket::Cloud, -quantity),
            Move::new(Bucket::Debt, debt - self.debt),
        ];
        self.commit(moves.into_iter().filter(is_some).collect())
    }

    /// Hands picked units to the customer.
    ///
    /// # Errors
    /// [`RightsError::Short`] beyond what is picked.
    pub fn hand_over(&mut self, quantity: Quantity) -> Result<Vec<Move>, RightsError> {
        self.commit(vec![Move::new(Bucket::Picked, -positive(quantity)?)])
    }

    /// The first event of a new epoch: nothing is the node's before it was counted, and the cloud may claim `claims`.
    ///
    /// # Errors
    /// A quantity that is not positive.
    pub fn open(claims: Quantity) -> Result<(Self, Vec<Move>), RightsError> {
        let mut account = Self::default();
        let moves = account.commit(vec![Move::new(Bucket::Cloud, positive(claims)?)])?;
        Ok((account, moves))
    }

    /// Everything here was verified by a count: it may be exported. [`NodeAccount::count`] does it by itself; a replay
    /// does it after the moves of a count's event, because evidence is not a right and has no move.
    pub fn verify(&mut self) {
        self.exportable = self.rights;
    }

    /// Follows the moves of an event: the fold that rebuilds the account from the log.
    ///
    /// # Errors
    /// When a balance would go below zero or overflow: the moves are not of this account.
    pub fn apply(&mut self, moves: &[Move]) -> Result<(), RightsError> {
        let mut next = *self;
        for one in moves {
            next.step(*one)?;
        }
        // A sale takes units with weak evidence first; a return takes only others.
        let returned: Quantity = moves
            .iter()
            .filter(|one| one.bucket == Bucket::Cloud && one.quantity > Quantity::ZERO)
            .map(|one| one.quantity)
            .sum();
        next.exportable = (next.exportable - returned)
            .max(Quantity::ZERO)
            .min(next.rights);
        *self = next;
        Ok(())
    }

    /// The moves of units that come to the node. They pay debt first, so that a promise is kept by goods that arrive
    /// before it would have to be broken. Weak ones do not: that would export them to the cloud.
    fn add(self, quantity: Quantity, is_weak: bool) -> Vec<Move> {
        let paid = if is_weak {
            Quantity::ZERO
        } else {
            quantity.min(self.debt)
        };
        let rest = Move {
            bucket: Bucket::Node,
            quantity: quantity - paid,
            is_weak,
        };
        let moves = [Move::new(Bucket::Debt, -paid), rest];
        moves.into_iter().filter(is_some).collect()
    }

    fn commit(&mut self, moves: Vec<Move>) -> Result<Vec<Move>, RightsError> {
        self.apply(&moves)?;
        assert!(
            self.debt <= self.claim_bound,
            "debt is a part of the claims"
        );
        Ok(moves)
    }

    fn step(&mut self, one: Move) -> Result<(), RightsError> {
        let balance = match one.bucket {
            Bucket::Node => &mut self.rights,
            Bucket::Cloud => &mut self.claim_bound,
            Bucket::Debt => &mut self.debt,
            Bucket::Picked => &mut self.picked,
            Bucket::Unsellable => &mut self.unsellable,
            Bucket::Shipped => &mut self.shipped,
        };
        if one.quantity < Quantity::ZERO {
            return take(balance, -one.quantity);
        }
        add(balance, one.quantity)?;
        if one.bucket == Bucket::Node && !one.is_weak {
            add(&mut self.exportable, one.quantity)?;
        }
        Ok(())
    }
}

fn is_some(one: &Move) -> bool {
    one.quantity != Quantity::ZERO
}
