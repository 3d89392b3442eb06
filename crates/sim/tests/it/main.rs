//! The model of the protocol in small worlds, and one story over both databases: what a shop wrote is what the office reads.
mod model;
#[cfg(feature = "system")]
mod story;
