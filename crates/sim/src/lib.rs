//! The world, at three sizes: the protocol of rights in every state within bounds (`model`), the protocol of many shops
//! under chance and faults (`protocol`), and a real cloud on a real PostgreSQL with real edges on real files (`world`).
pub mod allocation;
pub mod model;
pub mod protocol;
#[cfg(feature = "system")]
pub mod shop;
#[cfg(feature = "system")]
pub mod system;
#[cfg(feature = "system")]
pub mod world;
