//! Properties of the route.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_RT_CLASSID, NFT_RT_NEXTHOP4, NFT_RT_NEXTHOP6, NFT_RT_TCPMSS, NFT_RT_XFRM, NFTA_RT_DREG, NFTA_RT_KEY,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// Which property.
    pub struct RtKey(u32) {
        CLASSID = NFT_RT_CLASSID, "classid";
        NEXTHOP4 = NFT_RT_NEXTHOP4, "nexthop4";
        NEXTHOP6 = NFT_RT_NEXTHOP6, "nexthop6";
        TCPMSS = NFT_RT_TCPMSS, "tcpmss";
        XFRM = NFT_RT_XFRM, "ipsec";
    }
}

attributes! {
    /// Loads a property of the route.
    pub struct Rt {
        /// Which one.
        NFTA_RT_KEY => key: RtKey,
        /// Destination.
        NFTA_RT_DREG => dreg: Register,
    }
}
