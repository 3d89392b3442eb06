//! The model of the protocol in small worlds, the protocol under chance, and one story over both databases: what a shop wrote is what the office reads.
mod model;
mod protocol;
#[cfg(feature = "system")]
mod story;
#[cfg(feature = "system")]
mod system;
