//! nftables rulesets as values, and their netlink form.

pub mod model;
pub mod schema;

mod span;

pub use span::{Span, Spanned};
