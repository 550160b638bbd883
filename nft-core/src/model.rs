//! The ruleset as a value.

pub mod value;

pub use value::{Repr, Value};
