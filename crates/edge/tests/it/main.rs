//! The edge over real HTTP and real files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod catalog;
mod cloud;
mod disk;
mod live;
mod purchase;
mod sale;
mod session;
mod shape;
mod shift;
mod statement;
mod stock;
mod support;
