//! The rules of the shop, with no I/O: values in, decisions out.
//!
//! No clock, no SQL. The till, the cloud and the simulation call the same functions. Only what is itself a document has a
//! form for the wire: promotions, and the reasons they leave on a sale.
#![warn(clippy::missing_errors_doc)]
#![deny(clippy::wildcard_enum_match_arm)]

pub mod allowance;
pub mod amount;
pub mod basket;
pub mod cash;
pub mod catalog;
pub mod currency;
pub mod id;
pub mod location;
pub mod order;
pub mod patron;
pub mod price;
pub mod promotion;
pub mod purchasing;
pub mod quantity;
pub mod receipt;
pub mod report;
pub mod returns;
pub mod rights;
pub mod sale;
pub mod shift;
pub mod staff;
pub mod stock;
pub mod tax;
pub mod testkit;
