//! Objects of connection tracking: helpers, time-outs, expectations.

use std::borrow::Cow;

use crate::model::{CtExpectation, CtHelper, CtTimeout};
use crate::schema::words::{self, TCP_TIMEOUTS, UDP_TIMEOUTS};
use crate::uapi::nf_tables::{
    NFTA_CT_EXPECT_DPORT, NFTA_CT_EXPECT_L3PROTO, NFTA_CT_EXPECT_L4PROTO, NFTA_CT_EXPECT_SIZE, NFTA_CT_EXPECT_TIMEOUT,
    NFTA_CT_HELPER_L3PROTO, NFTA_CT_HELPER_L4PROTO, NFTA_CT_HELPER_NAME, NFTA_CT_TIMEOUT_DATA, NFTA_CT_TIMEOUT_L3PROTO,
    NFTA_CT_TIMEOUT_L4PROTO,
};
use crate::wire::{Attributes, Bare, Error, NativeEndian, Reader, Writer, attributes};

attributes! {
    /// Attributes of a helper.
    struct HelperMessage<'a> {
        /// The kernel's helper.
        NFTA_CT_HELPER_NAME => helper: Cow<'a, str> as Bare,
        /// Network protocol; nothing for that of the table.
        NFTA_CT_HELPER_L3PROTO => l3proto: Option<u16>,
        /// Transport protocol.
        NFTA_CT_HELPER_L4PROTO => l4proto: u8,
    }
}

attributes! {
    /// Attributes of time-outs.
    struct TimeoutMessage<'a> {
        /// Network protocol; nothing for that of the table.
        NFTA_CT_TIMEOUT_L3PROTO => l3proto: Option<u16>,
        /// Transport protocol.
        NFTA_CT_TIMEOUT_L4PROTO => l4proto: u8,
        /// Seconds by state.
        NFTA_CT_TIMEOUT_DATA => data: Option<&'a [u8]>,
    }
}

attributes! {
    /// Attributes of an expectation.
    struct ExpectationMessage {
        /// Network protocol; nothing for that of the table.
        NFTA_CT_EXPECT_L3PROTO => l3proto: Option<u16>,
        /// Transport protocol.
        NFTA_CT_EXPECT_L4PROTO => l4proto: u8,
        /// Destination port.
        NFTA_CT_EXPECT_DPORT => dport: u16,
        /// Milliseconds; the one number of nf_tables in the host's order.
        NFTA_CT_EXPECT_TIMEOUT => timeout: u32 as NativeEndian,
        /// How many connections.
        NFTA_CT_EXPECT_SIZE => size: u8,
    }
}

/// `IPPROTO_TCP`.
const TCP: u8 = 6;
/// `IPPROTO_UDP`.
const UDP: u8 = 17;

/// The states that time out.
const fn states(l4proto: u8) -> &'static [words::CtTimeout] {
    match l4proto {
        TCP => TCP_TIMEOUTS,
        UDP => UDP_TIMEOUTS,
        _ => &[],
    }
}

fn optional(l3proto: u16) -> Option<u16> {
    (l3proto != 0).then_some(l3proto)
}

pub(super) fn encode_helper(helper: &CtHelper, writer: &mut Writer) {
    HelperMessage { helper: Cow::Borrowed(&helper.helper), l3proto: optional(helper.l3proto), l4proto: helper.l4proto }
        .encode(writer);
}

pub(super) fn decode_helper(reader: Reader<'_>) -> Result<CtHelper, Error> {
    let message = HelperMessage::decode(reader)?;
    let mut helper = CtHelper::new(message.helper, message.l4proto);
    helper.l3proto = message.l3proto.unwrap_or_default();
    Ok(helper)
}

/// Every state is sent, since those left out would be zero.
pub(super) fn encode_timeout(timeout: &CtTimeout, writer: &mut Writer) {
    if let Some(l3proto) = optional(timeout.l3proto) {
        writer.u16(NFTA_CT_TIMEOUT_L3PROTO, l3proto);
    }
    writer.u8(NFTA_CT_TIMEOUT_L4PROTO, timeout.l4proto);
    writer.nest(NFTA_CT_TIMEOUT_DATA, |writer| {
        for state in states(timeout.l4proto) {
            let written = timeout.policy.iter().rev().find(|(attribute, _)| *attribute == state.attribute);
            writer.u32(state.attribute, written.map_or(state.default, |(_, seconds)| *seconds));
        }
    });
}

pub(super) fn decode_timeout(reader: Reader<'_>) -> Result<CtTimeout, Error> {
    let message = TimeoutMessage::decode(reader)?;
    let mut policy = Vec::new();
    for attribute in Reader::new(message.data.unwrap_or_default()) {
        let attribute = attribute?;
        let kind = attribute.kind;
        let state = states(message.l4proto).iter().find(|state| state.attribute == kind);
        let state = state.ok_or(Error::Unknown { attribute: kind })?;
        let seconds = u32::from_be_bytes(attribute.array()?);
        if seconds != state.default {
            policy.push((kind, seconds));
        }
    }
    let mut timeout = CtTimeout::new(message.l4proto, policy);
    timeout.l3proto = message.l3proto.unwrap_or_default();
    Ok(timeout)
}

pub(super) fn encode_expectation(expectation: &CtExpectation, writer: &mut Writer) {
    ExpectationMessage {
        l3proto: optional(expectation.l3proto),
        l4proto: expectation.l4proto,
        dport: expectation.dport,
        timeout: expectation.timeout,
        size: expectation.size,
    }
    .encode(writer);
}

pub(super) fn decode_expectation(reader: Reader<'_>) -> Result<CtExpectation, Error> {
    let message = ExpectationMessage::decode(reader)?;
    let mut expectation = CtExpectation::new(message.l4proto, message.dport, message.timeout, message.size);
    expectation.l3proto = message.l3proto.unwrap_or_default();
    Ok(expectation)
}
