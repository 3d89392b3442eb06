//! Shoppers, baskets and demo chains: what drives the demo, load and the simulation. Values only, no I/O.
//!
//! Real trade is replayed, shifted so that it ends today; what had to be authored says so. `data/README.md` names the
//! sources.
pub mod avocado;
pub mod buying;
pub mod chain;
pub mod fashion;
pub mod figures;
pub mod grocery;
pub mod kind;
pub mod window;

mod company;
mod dice;
mod id;
mod rota;
mod table;
