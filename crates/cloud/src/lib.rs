//! All shops: PostgreSQL, office, reports, jobs.
//!
//! Every noun has a module with its operations, its SQL (`db`) and its endpoints (`http`). [`start`] migrates the
//! database, then serves and works until it is told to stop. Nothing here assumes that it is the only instance.

mod access;
pub mod allowance;
mod approval;
mod audit;
pub mod backup;
mod brand;
mod cache;
mod case;
mod cash;
pub mod catalog;
mod category;
pub mod channel;
mod cloud;
pub mod cluster;
pub mod company;
mod completeness;
pub mod container;
mod customer;
pub mod db;
pub mod doctor;
pub mod enrolment;
mod error;
mod held;
pub mod import;
mod invariant;
mod invitation;
pub mod job;
mod live;
pub mod location;
pub mod mail;
pub mod node;
pub mod office;
pub mod order;
mod overview;
mod partition;
mod patron;
mod picture;
mod price;
mod product;
pub mod promotion;
mod provider;
mod purchasing;
mod region;
mod returns;
mod rights;
mod role;
mod sale;
pub mod seal;
mod server;
mod session;
pub mod staff;
mod stock;
pub mod summary;
pub mod supplier;
pub mod sync;
mod tax;
mod token;
mod voucher;
mod warehouse;

pub use cloud::Cloud;
pub use db::{Actor, Database, Pooler, Tx};
pub use error::{Error, Result};
pub use office::Options as OfficeOptions;
pub use server::{Config, Running, openapi, router, start};
pub use session::factor::reset as reset_second_factor;
pub use session::signed_in;

/// Brings a database up to this build, as [`start`] does first.
pub use db::migrate::{fingerprint as schema_fingerprint, migrate};
