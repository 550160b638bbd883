//! The `nft!` macro.
