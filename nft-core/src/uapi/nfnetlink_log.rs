//! `linux/netfilter/nfnetlink_log.h`: packets for listeners.

use super::nf_tables::constants;

#[rustfmt::skip]
constants! {
    enum nfulnl_msg_types: u8 {
        NFULNL_MSG_PACKET = 0,
        NFULNL_MSG_CONFIG = 1,
    }
    enum nfulnl_attr_type: u16 {
        NFULA_PACKET_HDR = 1,
        NFULA_MARK = 2,
        NFULA_TIMESTAMP = 3,
        NFULA_IFINDEX_INDEV = 4,
        NFULA_IFINDEX_OUTDEV = 5,
        NFULA_IFINDEX_PHYSINDEV = 6,
        NFULA_IFINDEX_PHYSOUTDEV = 7,
        NFULA_HWADDR = 8,
        NFULA_PAYLOAD = 9,
        NFULA_PREFIX = 10,
        NFULA_UID = 11,
        NFULA_SEQ = 12,
        NFULA_SEQ_GLOBAL = 13,
        NFULA_GID = 14,
        NFULA_HWTYPE = 15,
        NFULA_HWHEADER = 16,
        NFULA_HWLEN = 17,
        NFULA_CT = 18,
        NFULA_CT_INFO = 19,
        NFULA_VLAN = 20,
        NFULA_L2HDR = 21,
    }
    enum nfulnl_vlan_attr: u16 {
        NFULA_VLAN_PROTO = 1,
        NFULA_VLAN_TCI = 2,
    }
    enum nfulnl_attr_config: u16 {
        NFULA_CFG_CMD = 1,
        NFULA_CFG_MODE = 2,
        NFULA_CFG_NLBUFSIZ = 3,
        NFULA_CFG_TIMEOUT = 4,
        NFULA_CFG_QTHRESH = 5,
        NFULA_CFG_FLAGS = 6,
    }
    enum nfulnl_msg_config_cmds: u8 {
        NFULNL_CFG_CMD_BIND = 1,
        NFULNL_CFG_CMD_UNBIND = 2,
        NFULNL_CFG_CMD_PF_BIND = 3,
        NFULNL_CFG_CMD_PF_UNBIND = 4,
    }
    enum nfulnl_copy_mode: u8 {
        NFULNL_COPY_NONE = 0,
        NFULNL_COPY_META = 1,
        NFULNL_COPY_PACKET = 2,
    }
    enum nfulnl_flags: u16 {
        NFULNL_CFG_F_SEQ = 1,
        NFULNL_CFG_F_SEQ_GLOBAL = 2,
        NFULNL_CFG_F_CONNTRACK = 4,
    }
}
