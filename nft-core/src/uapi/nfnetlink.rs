//! `linux/netfilter/nfnetlink.h`: the subsystem's framing, batches and multicast groups.

use super::nf_tables::constants;

/// Subsystem of nf_tables: the high byte of every message type.
pub const NFNL_SUBSYS_NFTABLES: u8 = 10;
/// Subsystem of packet logging (`nfnetlink_log`).
pub const NFNL_SUBSYS_ULOG: u8 = 4;
/// Version in every [`nfgenmsg`](crate::wire::Header).
pub const NFNETLINK_V0: u8 = 0;

#[rustfmt::skip]
constants! {
    enum nfnl_batch_messages: u16 {
        NFNL_MSG_BATCH_BEGIN = 0x10,
        NFNL_MSG_BATCH_END = 0x11,
    }
    enum nfnl_batch_attributes: u16 {
        NFNL_BATCH_GENID = 1,
    }
    enum nfnetlink_groups: u32 {
        NFNLGRP_NFTABLES = 7,
        NFNLGRP_NFTRACE = 9,
    }
}
