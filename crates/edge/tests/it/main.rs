//! The edge over real HTTP and real files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod authz;
mod basket;
mod cash;
mod catalog;
mod clock;
mod cloud;
mod command;
mod company;
mod container;
mod disk;
mod door;
mod grocery;
mod live;
mod order;
mod patron;
mod print;
mod promotion;
mod purchase;
mod recovery;
mod replay;
mod returns;
mod reversal;
mod rights;
mod sale;
mod salvage;
mod session;
mod shape;
mod shift;
mod staff;
mod statement;
mod stock;
mod support;
mod voucher;
