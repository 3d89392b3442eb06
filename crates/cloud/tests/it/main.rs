//! The cloud on a real PostgreSQL, through its operations and over HTTP.
mod accept;
mod apply;
mod world;
