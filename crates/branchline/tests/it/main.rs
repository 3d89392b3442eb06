//! The binary, run as an operator runs it.
#![expect(clippy::unwrap_used, reason = "a test may fail")]
mod demo;
mod drill;
mod flash;
mod fleet;
mod kill;
mod network;
mod rush;
mod storm;
