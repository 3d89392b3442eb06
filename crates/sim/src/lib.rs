//! The world: a real cloud on a real PostgreSQL and real edges on real files, in one process, so that a test can cut
//! them apart and compare what each of them reads back.
pub mod shop;
pub mod world;
