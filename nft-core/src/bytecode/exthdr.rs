//! Extension headers and options.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_EXTHDR_OP_DCCP, NFT_EXTHDR_OP_IPV4, NFT_EXTHDR_OP_IPV6, NFT_EXTHDR_OP_SCTP, NFT_EXTHDR_OP_TCPOPT, NFTA_EXTHDR_DREG,
    NFTA_EXTHDR_FLAGS, NFTA_EXTHDR_LEN, NFTA_EXTHDR_OFFSET, NFTA_EXTHDR_OP, NFTA_EXTHDR_SREG, NFTA_EXTHDR_TYPE,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// What is searched for the header.
    pub struct ExthdrOp(u32) {
        IPV6 = NFT_EXTHDR_OP_IPV6, "ipv6";
        TCPOPT = NFT_EXTHDR_OP_TCPOPT, "tcpopt";
        IPV4 = NFT_EXTHDR_OP_IPV4, "ipv4";
        SCTP = NFT_EXTHDR_OP_SCTP, "sctp";
        DCCP = NFT_EXTHDR_OP_DCCP, "dccp";
    }
}

attributes! {
    /// Loads bytes of an extension header or option, or whether there is one.
    pub struct ExthdrLoad {
        /// Destination.
        NFTA_EXTHDR_DREG => dreg: Register,
        /// Number of the header or option.
        NFTA_EXTHDR_TYPE => ty: u8,
        /// Offset in bytes.
        NFTA_EXTHDR_OFFSET => offset: u32,
        /// Bytes.
        NFTA_EXTHDR_LEN => len: u32,
        /// What is searched.
        NFTA_EXTHDR_OP => op: Option<ExthdrOp>,
        /// `NFT_EXTHDR_F_PRESENT`.
        NFTA_EXTHDR_FLAGS => flags: Option<u32>,
    }
}

attributes! {
    /// Writes bytes of an option.
    pub struct ExthdrSet {
        /// Source.
        NFTA_EXTHDR_SREG => sreg: Register,
        /// Number of the option.
        NFTA_EXTHDR_TYPE => ty: u8,
        /// Offset in bytes.
        NFTA_EXTHDR_OFFSET => offset: u32,
        /// Bytes.
        NFTA_EXTHDR_LEN => len: u32,
        /// What is searched.
        NFTA_EXTHDR_OP => op: Option<ExthdrOp>,
        /// `NFT_EXTHDR_F_*`.
        NFTA_EXTHDR_FLAGS => flags: Option<u32>,
    }
}

attributes! {
    /// Overwrites an option with no-operations.
    pub struct ExthdrStrip {
        /// Number of the option.
        NFTA_EXTHDR_TYPE => ty: u8,
        /// What is searched.
        NFTA_EXTHDR_OP => op: Option<ExthdrOp>,
        /// Not used.
        NFTA_EXTHDR_OFFSET => offset: Option<u32>,
        /// Not used.
        NFTA_EXTHDR_LEN => len: Option<u32>,
        /// Not used.
        NFTA_EXTHDR_FLAGS => flags: Option<u32>,
    }
}
