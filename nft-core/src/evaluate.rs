//! Evaluate: what the model leaves open is decided, for one table, one machine and one set of declarations.

pub mod constant;

mod clock;
