//! The protocol of rights, checked in every state that it can reach within bounds (docs/design/sync-model.md).
//!
//! The world is one variant at one or two locations with their nodes and one cloud. Every interleaving of what people,
//! machines and the network can do is looked at; a message once sent can arrive at any time, again and again, or never.

pub mod bounds;
pub mod check;
mod cloud;
pub mod configuration;
pub mod explore;
mod fault;
mod few;
mod fingerprint;
mod link;
pub mod mutant;
mod node;
mod order;
mod recovery;
pub mod report;
pub mod rules;
mod settle;
pub mod step;
mod till;
mod world;
