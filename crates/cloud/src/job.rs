//! Work in the background: a table, claimed with SKIP LOCKED.
