//! The same world over the real edges on real SQLite files and the real cloud on a real PostgreSQL, driven step by step
//! by a seeded scheduler: people act through the routers of both, requests of a shop travel through a network that
//! loses and repeats them, and every rule is read from the tables (docs/design/simulation.md).
mod audit;
mod check;
mod cloud;
mod copy;
mod damage;
mod heal;
mod ids;
mod machine;
pub mod mutant;
mod network;
mod office;
pub mod options;
mod order;
mod proxy;
mod recovery;
pub mod report;
pub mod run;
mod sale;
mod staff;
mod step;
mod template;
mod till;
mod trouble;
mod world;
