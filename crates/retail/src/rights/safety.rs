//! The safety equation (sync.md 2.1) as something that can be checked.
use super::{CloudAccount, NodeAccount};
use crate::quantity::Quantity;

/// Both accounts of one resource at one location and what travels between them: what a simulation or an auditor sees
/// who can look everywhere at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ledgers {
    /// The node's.
    pub node: NodeAccount,
    /// The cloud's.
    pub cloud: CloudAccount,
    /// Rights that the node gave back and the cloud has not accepted yet.
    pub returning: Quantity,
    /// Grants that the node has credited and the cloud does not know of yet.
    pub credited: Quantity,
    /// Promised units that the node has picked, or found missing, and the cloud does not know of yet.
    pub picked: Quantity,
    /// Sellable units that are really there (`P`), where somebody can know it: a simulation, or a count just now.
    pub shelf: Option<Quantity>,
}

/// What is wrong. Only a bug can cause any of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsafe {
    /// An account is below zero.
    #[error("an account is below zero")]
    Negative,
    /// The cloud's own view and the node's bound on it differ.
    #[error("the node bounds the claims of the cloud by {bound}, they come to {claims}")]
    Claims {
        /// The node's `claim_bound`.
        bound: Quantity,
        /// What the cloud holds, and what is on its way.
        claims: Quantity,
    },
    /// More debt than claims.
    #[error("{debt} of {claim_bound} claims are said to have no unit")]
    Debt {
        /// Claims without a unit.
        debt: Quantity,
        /// All claims.
        claim_bound: Quantity,
    },
    /// More rights than units: something was promised twice.
    #[error("{rights} rights over {shelf} units")]
    Oversold {
        /// `n + c + g + r + O - debt`.
        rights: Quantity,
        /// `P`.
        shelf: Quantity,
    },
}

impl Ledgers {
    /// Checks the equation: no account is below zero, the node's bound is exact, and there are no more rights than
    /// units (`n + c + g + r + O - debt <= P`, where the shelf is known).
    ///
    /// # Errors
    /// [`Unsafe`] names the part that does not hold.
    pub fn check(self) -> Result<(), Unsafe> {
        let (node, cloud) = (self.node, self.cloud);
        let balances = [
            node.rights,
            node.exportable,
            node.claim_bound,
            node.debt,
            node.picked,
            node.unsellable,
            node.shipped,
            cloud.available,
            cloud.granting,
            cloud.promised,
            self.returning,
        ];
        if balances.iter().any(|balance| *balance < Quantity::ZERO) || node.exportable > node.rights
        {
            return Err(Unsafe::Negative);
        }
        let claims = cloud.claims() + self.returning - self.credited - self.picked;
        if node.claim_bound != claims {
            return Err(Unsafe::Claims {
                bound: node.claim_bound,
                claims,
            });
        }
        if node.debt > node.claim_bound {
            return Err(Unsafe::Debt {
                debt: node.debt,
                claim_bound: node.claim_bound,
            });
        }
        match self.shelf {
            Some(units) if node.shelf() > units => Err(Unsafe::Oversold {
                rights: node.shelf(),
                shelf: units,
            }),
            _ => Ok(()),
        }
    }
}
