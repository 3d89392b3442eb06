//! The rules from outside, as till, web and office call them.

mod examples;
