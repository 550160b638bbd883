//! Acknowledgements and errors: `nlmsgerr` and the extended acknowledgement behind it.

use std::borrow::Cow;

use crate::uapi::netlink::{NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSG_HDRLEN, NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS};
use crate::wire::{Error, Message, Reader};

/// What the kernel says of a message.
#[doc(alias = "nlmsgerr")]
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Acknowledgement<'a> {
    /// Error number; 0 if it went well.
    pub errno: i32,
    /// `NLMSGERR_ATTR_MSG`: what is wrong, in words.
    pub text: Option<Cow<'a, str>>,
    /// `NLMSGERR_ATTR_OFFS`: where in the message, counted from its head.
    pub offset: Option<usize>,
}

/// Reads a message of type `NLMSG_ERROR`.
///
/// # Errors
///
/// If it is too short.
pub fn decode<'a>(message: &Message<'a>) -> Result<Acknowledgement<'a>, Error> {
    const HEAD: usize = 4 + NLMSG_HDRLEN;
    let found = message.body.len();
    let (number, original) = split_number(message.body).ok_or(Error::Truncated { found, wanted: HEAD })?;
    let mut acknowledgement = Acknowledgement { errno: number.saturating_neg(), text: None, offset: None };
    if message.header.flags & NLM_F_ACK_TLVS == 0 {
        return Ok(acknowledgement);
    }
    // Without `NLM_F_CAPPED` the whole refused message stands before the attributes.
    let skipped = match original.first_chunk::<4>() {
        Some(length) if message.header.flags & NLM_F_CAPPED == 0 && number != 0 => {
            usize::try_from(u32::from_ne_bytes(*length)).unwrap_or(usize::MAX).max(NLMSG_HDRLEN).next_multiple_of(4)
        }
        _ => NLMSG_HDRLEN,
    };
    for attribute in Reader::new(original.get(skipped..).unwrap_or_default()) {
        let attribute = attribute?;
        match attribute.kind {
            NLMSGERR_ATTR_MSG => acknowledgement.text = Some(attribute.text()),
            NLMSGERR_ATTR_OFFS => {
                acknowledgement.offset = usize::try_from(u32::from_ne_bytes(attribute.array()?)).ok();
            }
            _ => {}
        }
    }
    Ok(acknowledgement)
}

/// The error number of the end of a dump; 0 if it went well.
#[must_use]
pub fn done(message: &Message<'_>) -> i32 {
    split_number(message.body).map_or(0, |(number, _)| number.saturating_neg())
}

fn split_number(body: &[u8]) -> Option<(i32, &[u8])> {
    body.split_first_chunk::<4>().map(|(number, rest)| (i32::from_ne_bytes(*number), rest))
}
