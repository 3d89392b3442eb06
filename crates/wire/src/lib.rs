//! What crosses between a shop and the cloud: the event envelope and its hash chain, signed batches, reference
//! data, and the state machines that say what to send next. No I/O, no clock.
//!
//! An event is JSON bytes made once. The hash covers the stored bytes, which are never serialised again
//! (decision 22), so an upgraded binary cannot change what an older one has queued.
#![warn(clippy::missing_errors_doc)]

pub mod accept;
pub mod batch;
pub mod body;
pub mod command;
pub mod enrol;
pub mod event;
pub mod patron;
pub mod push;
pub mod reason;
pub mod recovery;
pub mod reference;
pub mod signature;
