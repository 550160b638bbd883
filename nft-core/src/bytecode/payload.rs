//! Packet bytes.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_PAYLOAD_INNER_HEADER, NFT_PAYLOAD_LL_HEADER, NFT_PAYLOAD_NETWORK_HEADER, NFT_PAYLOAD_TRANSPORT_HEADER,
    NFT_PAYLOAD_TUN_HEADER, NFTA_PAYLOAD_BASE, NFTA_PAYLOAD_CSUM_FLAGS, NFTA_PAYLOAD_CSUM_OFFSET, NFTA_PAYLOAD_CSUM_TYPE,
    NFTA_PAYLOAD_DREG, NFTA_PAYLOAD_LEN, NFTA_PAYLOAD_OFFSET, NFTA_PAYLOAD_SREG,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// From where an offset counts.
    pub struct PayloadBase(u32) {
        LINK = NFT_PAYLOAD_LL_HEADER, "link";
        NETWORK = NFT_PAYLOAD_NETWORK_HEADER, "network";
        TRANSPORT = NFT_PAYLOAD_TRANSPORT_HEADER, "transport";
        INNER = NFT_PAYLOAD_INNER_HEADER, "inner";
        TUNNEL = NFT_PAYLOAD_TUN_HEADER, "tunnel";
    }
}

attributes! {
    /// Loads packet bytes into a register.
    pub struct PayloadLoad {
        /// Destination.
        NFTA_PAYLOAD_DREG => dreg: Register,
        /// Header from which the offset counts.
        NFTA_PAYLOAD_BASE => base: PayloadBase,
        /// Offset in bytes.
        NFTA_PAYLOAD_OFFSET => offset: u32,
        /// Bytes.
        NFTA_PAYLOAD_LEN => len: u32,
    }
}

attributes! {
    /// Writes packet bytes from a register, and mends checksums.
    pub struct PayloadSet {
        /// Source.
        NFTA_PAYLOAD_SREG => sreg: Register,
        /// Header from which the offset counts.
        NFTA_PAYLOAD_BASE => base: PayloadBase,
        /// Offset in bytes.
        NFTA_PAYLOAD_OFFSET => offset: u32,
        /// Bytes.
        NFTA_PAYLOAD_LEN => len: u32,
        /// `NFT_PAYLOAD_CSUM_*`: which checksum to mend.
        NFTA_PAYLOAD_CSUM_TYPE => csum_type: Option<u32>,
        /// Where that checksum is.
        NFTA_PAYLOAD_CSUM_OFFSET => csum_offset: Option<u32>,
        /// `NFT_PAYLOAD_L4CSUM_PSEUDOHDR`.
        NFTA_PAYLOAD_CSUM_FLAGS => csum_flags: Option<u32>,
    }
}
