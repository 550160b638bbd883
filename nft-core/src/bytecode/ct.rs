//! Properties of the connection.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_CT_AVGPKT, NFT_CT_BYTES, NFT_CT_DIRECTION, NFT_CT_DST, NFT_CT_DST_IP, NFT_CT_DST_IP6, NFT_CT_EVENTMASK,
    NFT_CT_EXPIRATION, NFT_CT_HELPER, NFT_CT_ID, NFT_CT_L3PROTOCOL, NFT_CT_LABELS, NFT_CT_MARK, NFT_CT_PKTS, NFT_CT_PROTO_DST,
    NFT_CT_PROTO_SRC, NFT_CT_PROTOCOL, NFT_CT_SECMARK, NFT_CT_SRC, NFT_CT_SRC_IP, NFT_CT_SRC_IP6, NFT_CT_STATE, NFT_CT_STATUS,
    NFT_CT_ZONE, NFTA_CT_DIRECTION, NFTA_CT_DREG, NFTA_CT_KEY, NFTA_CT_SREG,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// Which property.
    pub struct CtKey(u32) {
        STATE = NFT_CT_STATE, "state";
        DIRECTION = NFT_CT_DIRECTION, "direction";
        STATUS = NFT_CT_STATUS, "status";
        MARK = NFT_CT_MARK, "mark";
        SECMARK = NFT_CT_SECMARK, "secmark";
        EXPIRATION = NFT_CT_EXPIRATION, "expiration";
        HELPER = NFT_CT_HELPER, "helper";
        L3PROTOCOL = NFT_CT_L3PROTOCOL, "l3protocol";
        SRC = NFT_CT_SRC, "src";
        DST = NFT_CT_DST, "dst";
        PROTOCOL = NFT_CT_PROTOCOL, "protocol";
        PROTO_SRC = NFT_CT_PROTO_SRC, "proto_src";
        PROTO_DST = NFT_CT_PROTO_DST, "proto_dst";
        LABELS = NFT_CT_LABELS, "label";
        PKTS = NFT_CT_PKTS, "packets";
        BYTES = NFT_CT_BYTES, "bytes";
        AVGPKT = NFT_CT_AVGPKT, "avgpkt";
        ZONE = NFT_CT_ZONE, "zone";
        EVENTMASK = NFT_CT_EVENTMASK, "event";
        SRC_IP = NFT_CT_SRC_IP, "src_ip";
        DST_IP = NFT_CT_DST_IP, "dst_ip";
        SRC_IP6 = NFT_CT_SRC_IP6, "src_ip6";
        DST_IP6 = NFT_CT_DST_IP6, "dst_ip6";
        ID = NFT_CT_ID, "id";
    }
}

attributes! {
    /// Loads a property of the connection.
    pub struct CtLoad {
        /// Which one.
        NFTA_CT_KEY => key: CtKey,
        /// Destination.
        NFTA_CT_DREG => dreg: Register,
        /// 0 original, 1 reply.
        NFTA_CT_DIRECTION => direction: Option<u8>,
    }
}

attributes! {
    /// Sets a property of the connection.
    pub struct CtSet {
        /// Which one.
        NFTA_CT_KEY => key: CtKey,
        /// 0 original, 1 reply.
        NFTA_CT_DIRECTION => direction: Option<u8>,
        /// Source.
        NFTA_CT_SREG => sreg: Register,
    }
}
