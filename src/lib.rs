//! nftables in Rust: rulesets as values, in nft's own syntax, over netlink.
