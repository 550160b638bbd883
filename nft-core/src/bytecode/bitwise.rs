//! Masks, shifts, and bit operations of two registers.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_BITWISE_AND, NFT_BITWISE_LSHIFT, NFT_BITWISE_MASK_XOR, NFT_BITWISE_OR, NFT_BITWISE_RSHIFT, NFT_BITWISE_XOR,
    NFTA_BITWISE_DATA, NFTA_BITWISE_DREG, NFTA_BITWISE_LEN, NFTA_BITWISE_MASK, NFTA_BITWISE_OP, NFTA_BITWISE_SREG,
    NFTA_BITWISE_SREG2, NFTA_BITWISE_XOR,
};
use crate::wire::{Data, attributes, wire_enum};

wire_enum! {
    /// What to do with the bits.
    pub struct BitwiseOp(u32) {
        MASK_XOR = NFT_BITWISE_MASK_XOR, "mask_xor";
        LSHIFT = NFT_BITWISE_LSHIFT, "<<";
        RSHIFT = NFT_BITWISE_RSHIFT, ">>";
        AND = NFT_BITWISE_AND, "&";
        OR = NFT_BITWISE_OR, "|";
        XOR = NFT_BITWISE_XOR, "^";
    }
}

attributes! {
    /// `dreg = sreg & mask ^ xor`, or a shift, or an operation of two registers.
    pub struct Bitwise {
        /// First operand.
        NFTA_BITWISE_SREG => sreg: Register,
        /// Second operand of and, or, xor.
        NFTA_BITWISE_SREG2 => sreg2: Option<Register>,
        /// Destination.
        NFTA_BITWISE_DREG => dreg: Register,
        /// Operation; without one it is mask and xor: so nft writes flag tests and prefixes.
        NFTA_BITWISE_OP => op: Option<BitwiseOp>,
        /// Bytes to work on.
        NFTA_BITWISE_LEN => len: u32,
        /// Mask.
        NFTA_BITWISE_MASK => mask: Option<Data>,
        /// Bits to flip.
        NFTA_BITWISE_XOR => xor: Option<Data>,
        /// Bits to shift by: 4 bytes in the host's order.
        NFTA_BITWISE_DATA => data: Option<Data>,
    }
}
