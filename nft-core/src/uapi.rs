//! Numbers that the kernel's headers fix, in C spelling.

pub mod netfilter;
pub mod netlink;
pub mod nf_tables;
pub mod nfnetlink;
