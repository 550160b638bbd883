//! Address translation.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_NAT_DNAT, NFT_NAT_SNAT, NFTA_MASQ_FLAGS, NFTA_MASQ_REG_PROTO_MAX, NFTA_MASQ_REG_PROTO_MIN, NFTA_NAT_FAMILY,
    NFTA_NAT_FLAGS, NFTA_NAT_REG_ADDR_MAX, NFTA_NAT_REG_ADDR_MIN, NFTA_NAT_REG_PROTO_MAX, NFTA_NAT_REG_PROTO_MIN,
    NFTA_NAT_TYPE, NFTA_REDIR_FLAGS, NFTA_REDIR_REG_PROTO_MAX, NFTA_REDIR_REG_PROTO_MIN,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// Which address is translated.
    pub struct NatType(u32) {
        SNAT = NFT_NAT_SNAT, "snat";
        DNAT = NFT_NAT_DNAT, "dnat";
    }
}

attributes! {
    /// Translates addresses and ports.
    pub struct Nat {
        /// Source or destination.
        NFTA_NAT_TYPE => ty: NatType,
        /// Family of the address.
        NFTA_NAT_FAMILY => family: u32,
        /// Lowest address.
        NFTA_NAT_REG_ADDR_MIN => addr_min: Option<Register>,
        /// Highest address.
        NFTA_NAT_REG_ADDR_MAX => addr_max: Option<Register>,
        /// Lowest port.
        NFTA_NAT_REG_PROTO_MIN => proto_min: Option<Register>,
        /// Highest port.
        NFTA_NAT_REG_PROTO_MAX => proto_max: Option<Register>,
        /// `NF_NAT_RANGE_*`.
        NFTA_NAT_FLAGS => flags: Option<u32>,
    }
}

attributes! {
    /// Translates the source to the address of the interface.
    pub struct Masq {
        /// `NF_NAT_RANGE_*`.
        NFTA_MASQ_FLAGS => flags: Option<u32>,
        /// Lowest port.
        NFTA_MASQ_REG_PROTO_MIN => proto_min: Option<Register>,
        /// Highest port.
        NFTA_MASQ_REG_PROTO_MAX => proto_max: Option<Register>,
    }
}

attributes! {
    /// Translates the destination to this host.
    pub struct Redir {
        /// Lowest port.
        NFTA_REDIR_REG_PROTO_MIN => proto_min: Option<Register>,
        /// Highest port.
        NFTA_REDIR_REG_PROTO_MAX => proto_max: Option<Register>,
        /// `NF_NAT_RANGE_*`.
        NFTA_REDIR_FLAGS => flags: Option<u32>,
    }
}
