//! The protocol of rights under chance and faults: what the product runs without input and output (`retail::rights`,
//! `wire`), of several shops and one cloud, with simulated disks, network, clocks and people (docs/design/simulation.md).
//!
//! What SQL does in the product (a transaction: all or nothing) is here a plain change of a value, as thin as it can be,
//! so that what is tested is the shared core. The same seed gives the same run.
mod accept;
mod check;
mod cloud;
mod counter;
pub mod fault;
mod heal;
mod ids;
mod machine;
pub mod mutant;
mod network;
mod node;
mod office;
pub mod options;
mod order;
mod pick;
mod recovery;
pub mod report;
pub mod rng;
pub mod run;
pub mod shrink;
mod staff;
mod till;
mod trouble;
mod world;

pub use world::Violation;
pub(crate) use world::{DAY, DeviceClock, Link};
