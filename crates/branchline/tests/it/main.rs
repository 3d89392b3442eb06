//! The binary, run as an operator runs it.
mod demo;
