//! The database: a pool, transactions with a name and an actor, and statements that are constants.
//!
//! Every statement goes through [`Tx`]. It works directly and behind a pooler that hands every transaction to
//! another server connection: nothing named, no session state.

mod error;
pub(crate) mod migrate;
mod pool;
mod role;
mod statement;
mod tx;

pub use error::DbError;
pub use pool::{Database, Pooler};
pub use statement::{Call, Kind, Sql};
pub use tx::{Actor, Tx};

pub(crate) use error::patiently;
pub(crate) use pool::Pool;
pub(crate) use role::check_role;
pub(crate) use statement::{call, kind, sql};
pub(crate) use tx::Access;
