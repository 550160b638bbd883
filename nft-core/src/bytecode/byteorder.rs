//! Byte order conversions.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_BYTEORDER_HTON, NFT_BYTEORDER_NTOH, NFTA_BYTEORDER_DREG, NFTA_BYTEORDER_LEN, NFTA_BYTEORDER_OP, NFTA_BYTEORDER_SIZE,
    NFTA_BYTEORDER_SREG,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// Direction.
    pub struct ByteorderOp(u32) {
        NTOH = NFT_BYTEORDER_NTOH, "ntoh";
        HTON = NFT_BYTEORDER_HTON, "hton";
    }
}

attributes! {
    /// Converts between network and host order.
    pub struct Byteorder {
        /// Source.
        NFTA_BYTEORDER_SREG => sreg: Register,
        /// Destination.
        NFTA_BYTEORDER_DREG => dreg: Register,
        /// Direction.
        NFTA_BYTEORDER_OP => op: ByteorderOp,
        /// Bytes in all.
        NFTA_BYTEORDER_LEN => len: u32,
        /// Bytes of one unit: 2, 4 or 8.
        NFTA_BYTEORDER_SIZE => size: u32,
    }
}
