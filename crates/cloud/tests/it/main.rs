//! The cloud on a real PostgreSQL, through its operations and over HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]
mod accept;
mod apply;
mod backup;
mod browser;
mod case;
mod completeness;
mod enrolment;
mod held;
mod invariant;
mod isolation;
mod job;
mod live;
mod office;
mod order;
mod outage;
mod overview;
mod pooler;
mod push;
mod recovery;
mod reference;
mod rights;
mod session;
mod statement;
mod stock;
mod summary;
mod world;
