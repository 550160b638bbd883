//! `linux/netlink.h`: message framing, flags, control messages and attribute headers.

use super::nf_tables::constants;

/// Bytes of a `nlmsghdr`.
pub const NLMSG_HDRLEN: usize = 16;
/// Bytes of a `nlattr`.
pub const NLA_HDRLEN: usize = 4;

#[rustfmt::skip]
constants! {
    enum nla_type: u16 {
        NLA_F_NESTED = 0x8000,
        NLA_F_NET_BYTEORDER = 0x4000,
        NLA_TYPE_MASK = 0x3fff,
    }
    enum nlmsg_types: u16 {
        NLMSG_NOOP = 1,
        NLMSG_ERROR = 2,
        NLMSG_DONE = 3,
        NLMSG_OVERRUN = 4,
    }
    enum nlmsg_flags: u16 {
        NLM_F_REQUEST = 0x1,
        NLM_F_MULTI = 0x2,
        NLM_F_ACK = 0x4,
        NLM_F_ECHO = 0x8,
        NLM_F_DUMP_INTR = 0x10,
        NLM_F_DUMP_FILTERED = 0x20,
        NLM_F_ROOT = 0x100,
        NLM_F_MATCH = 0x200,
        NLM_F_DUMP = 0x300,
        NLM_F_REPLACE = 0x100,
        NLM_F_EXCL = 0x200,
        NLM_F_CREATE = 0x400,
        NLM_F_APPEND = 0x800,
        NLM_F_CAPPED = 0x100,
        NLM_F_ACK_TLVS = 0x200,
    }
    enum nlmsgerr_attrs: u16 {
        NLMSGERR_ATTR_MSG = 1,
        NLMSGERR_ATTR_OFFS = 2,
    }
}
