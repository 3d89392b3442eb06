//! The rules from outside, as till, web and office call them.

mod bench;
mod chance;
mod conflict;
mod examples;
mod grocery;
mod oracle;
mod properties;

use retail::testkit::world;
