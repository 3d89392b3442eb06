//! The edge over real HTTP and real files.
mod sale;
mod support;
