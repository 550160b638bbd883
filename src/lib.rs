//! nftables in Rust: rulesets as values, in nft's own syntax, over netlink.

pub use nft_core::*;
#[doc(inline)]
pub use nft_syntax as syntax;
