//! One story over both databases: what a shop wrote is what the office reads.
mod story;
