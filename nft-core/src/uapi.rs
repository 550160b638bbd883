//! Numbers that the kernel's headers fix, in C spelling.

pub mod netfilter;
pub mod netlink;
pub mod nf_tables;
pub mod nfnetlink;
pub mod nfnetlink_conntrack;
pub mod nfnetlink_log;
