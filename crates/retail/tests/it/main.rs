//! The rules from outside, as till, web and office call them.

mod bench;
mod chance;
mod examples;
mod oracle;
mod properties;
mod world;
