//! nftables rulesets as values, and their netlink form.

pub mod bytecode;
pub mod model;
pub mod schema;
pub mod uapi;
pub mod wire;

mod span;

pub use span::{Span, Spanned};
