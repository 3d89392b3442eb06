//! The cloud's side of the wire.

/// What the sync keeps in memory; never needed for correctness.
#[derive(Default)]
pub(crate) struct Sync {}
