//! What the kernel tells of a packet that a rule marked with `meta nftrace set 1`.

use std::borrow::Cow;

use crate::bytecode::Verdict;
use crate::uapi::nf_tables::{
    NFTA_TRACE_CHAIN, NFTA_TRACE_ID, NFTA_TRACE_IIF, NFTA_TRACE_IIFTYPE, NFTA_TRACE_LL_HEADER, NFTA_TRACE_MARK,
    NFTA_TRACE_NETWORK_HEADER, NFTA_TRACE_NFPROTO, NFTA_TRACE_OIF, NFTA_TRACE_OIFTYPE, NFTA_TRACE_PAD, NFTA_TRACE_POLICY,
    NFTA_TRACE_RULE_HANDLE, NFTA_TRACE_TABLE, NFTA_TRACE_TRANSPORT_HEADER, NFTA_TRACE_TYPE, NFTA_TRACE_VERDICT,
};
use crate::wire::attributes;

attributes! {
    /// Attributes of a traced packet.
    pub struct PacketMessage<'a> {
        /// Name of the table.
        NFTA_TRACE_TABLE => table: Option<Cow<'a, str>>,
        /// Name of the chain.
        NFTA_TRACE_CHAIN => chain: Option<Cow<'a, str>>,
        /// Number of the rule.
        NFTA_TRACE_RULE_HANDLE => rule: Option<u64>,
        /// `NFT_TRACETYPE_*`.
        NFTA_TRACE_TYPE => ty: Option<u32>,
        /// What the rule or chain decided.
        NFTA_TRACE_VERDICT => verdict: Option<Verdict>,
        /// The same for all that is told of one packet in one hook.
        NFTA_TRACE_ID => id: Option<u32>,
        /// Bytes of the link layer's header.
        NFTA_TRACE_LL_HEADER => link_header: Option<&'a [u8]>,
        /// Bytes of the network header.
        NFTA_TRACE_NETWORK_HEADER => network_header: Option<&'a [u8]>,
        /// Bytes of the transport header.
        NFTA_TRACE_TRANSPORT_HEADER => transport_header: Option<&'a [u8]>,
        /// Index of the interface of entry.
        NFTA_TRACE_IIF => iif: Option<u32>,
        /// `ARPHRD_*` of it.
        NFTA_TRACE_IIFTYPE => iif_type: Option<u16>,
        /// Index of the interface of exit.
        NFTA_TRACE_OIF => oif: Option<u32>,
        /// `ARPHRD_*` of it.
        NFTA_TRACE_OIFTYPE => oif_type: Option<u16>,
        /// The packet's mark.
        NFTA_TRACE_MARK => mark: Option<u32>,
        /// `NFPROTO_*` of the packet.
        NFTA_TRACE_NFPROTO => protocol: Option<u32>,
        /// The base chain's policy.
        NFTA_TRACE_POLICY => policy: Option<u32>,
    }
    pad NFTA_TRACE_PAD
    rest unknown
}
