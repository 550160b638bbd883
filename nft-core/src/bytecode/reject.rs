//! Refusals.

use crate::uapi::nf_tables::{
    NFT_REJECT_ICMP_UNREACH, NFT_REJECT_ICMPX_UNREACH, NFT_REJECT_TCP_RST, NFTA_REJECT_ICMP_CODE, NFTA_REJECT_TYPE,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// With what to refuse.
    pub struct RejectType(u32) {
        ICMP_UNREACH = NFT_REJECT_ICMP_UNREACH, "icmp";
        TCP_RST = NFT_REJECT_TCP_RST, "tcp reset";
        ICMPX_UNREACH = NFT_REJECT_ICMPX_UNREACH, "icmpx";
    }
}

attributes! {
    /// Refuses the packet with an answer.
    pub struct Reject {
        /// With what.
        NFTA_REJECT_TYPE => ty: RejectType,
        /// Code of the ICMP message.
        NFTA_REJECT_ICMP_CODE => icmp_code: Option<u8>,
    }
}
