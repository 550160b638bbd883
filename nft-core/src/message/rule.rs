//! Rules.

use std::borrow::Cow;

use super::{COMMENT, push_text};
use crate::bytecode::{ChainRef, Program};
use crate::model::Rule;
use crate::uapi::nf_tables::{
    NFTA_RULE_CHAIN, NFTA_RULE_CHAIN_ID, NFTA_RULE_COMPAT, NFTA_RULE_EXPRESSIONS, NFTA_RULE_HANDLE, NFTA_RULE_ID,
    NFTA_RULE_PAD, NFTA_RULE_POSITION, NFTA_RULE_POSITION_ID, NFTA_RULE_TABLE, NFTA_RULE_USERDATA,
};
use crate::wire::{Error, Tlvs, Writer, attributes, bytes_of_text, push_tlv};

/// Userdata record of the tag. nft knows records 0 and 1 and passes over others.
const TAG: u8 = 16;

/// `NFT_USERDATA_MAXLEN`.
const USERDATA_LIMIT: usize = 256;

attributes! {
    /// Attributes of a rule.
    pub struct RuleMessage<'a> {
        /// Name of the table.
        NFTA_RULE_TABLE => table: Cow<'a, str>,
        /// Name of the chain.
        NFTA_RULE_CHAIN => chain: Option<Cow<'a, str>>,
        /// The chain's number in the batch.
        NFTA_RULE_CHAIN_ID => chain_id: Option<u32>,
        /// The kernel's number.
        NFTA_RULE_HANDLE => handle: Option<u64>,
        /// What it does.
        NFTA_RULE_EXPRESSIONS => program: Option<Program>,
        /// For the extensions of the xtables.
        NFTA_RULE_COMPAT => compat: Option<&'a [u8]>,
        /// Userdata records: comment, tag.
        NFTA_RULE_USERDATA => userdata: Option<&'a [u8]>,
        /// In replies, number of the rule before it; in requests, of the rule behind or before which it goes.
        NFTA_RULE_POSITION => position: Option<u64>,
        /// Number in the batch.
        NFTA_RULE_ID => id: Option<u32>,
        /// Number in the batch of the rule behind or before which it goes.
        NFTA_RULE_POSITION_ID => position_id: Option<u32>,
    }
    pad NFTA_RULE_PAD
    rest unknown
}

/// What of a rule its instructions do not say.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct RuleHead<'a> {
    /// Number of the rule that it replaces.
    pub replaced: Option<u64>,
    /// Number of the rule behind or before which it goes.
    pub position: Option<u64>,
    /// Number in the batch.
    pub id: Option<u32>,
    /// Number in the batch of the rule behind or before which it goes.
    pub position_id: Option<u32>,
    /// Userdata records.
    pub userdata: &'a [u8],
    /// For the extensions of the xtables.
    pub compat: Option<&'a [u8]>,
    /// Attributes that are not known, encoded.
    pub unknown: &'a [u8],
}

/// Appends the attributes of a rule; `program` appends its instructions.
pub fn encode(table: &str, chain: &ChainRef, head: &RuleHead<'_>, writer: &mut Writer, program: impl FnOnce(&mut Writer)) {
    writer.text(NFTA_RULE_TABLE, table);
    match chain {
        ChainRef::Name(name) => writer.text(NFTA_RULE_CHAIN, name),
        ChainRef::Id(id) => writer.u32(NFTA_RULE_CHAIN_ID, *id),
    }
    if let Some(handle) = head.replaced {
        writer.u64(NFTA_RULE_HANDLE, handle);
    }
    writer.nest(NFTA_RULE_EXPRESSIONS, program);
    if let Some(compat) = head.compat {
        writer.nest(NFTA_RULE_COMPAT, |writer| writer.raw(compat));
    }
    if !head.userdata.is_empty() {
        writer.bytes(NFTA_RULE_USERDATA, head.userdata);
    }
    if let Some(position) = head.position {
        writer.u64(NFTA_RULE_POSITION, position);
    }
    if let Some(id) = head.id {
        writer.u32(NFTA_RULE_ID, id);
    }
    if let Some(id) = head.position_id {
        writer.u32(NFTA_RULE_POSITION_ID, id);
    }
    writer.raw(head.unknown);
}

/// Replaces `records` by those of a rule: by what the kernel gave, where comment and tag are still those.
pub(crate) fn userdata_of(rule: &Rule, records: &mut Vec<u8>) -> Result<(), Error> {
    let Some(received) = rule.opaque.as_deref() else {
        return write_userdata(rule.comment.as_deref(), rule.tag.as_deref(), records);
    };
    let found = read_userdata(&received.userdata);
    if found.comment == rule.comment && found.tag == rule.tag {
        records.clear();
        records.extend_from_slice(&received.userdata);
        return Ok(());
    }
    write_userdata(rule.comment.as_deref(), rule.tag.as_deref(), records)?;
    append_unknown(&received.userdata, records)
}

/// Replaces `records` by those of a rule.
///
/// # Errors
///
/// If they are longer than the kernel takes.
pub fn write_userdata(comment: Option<&str>, tag: Option<&str>, records: &mut Vec<u8>) -> Result<(), Error> {
    records.clear();
    if let Some(comment) = comment {
        push_text(records, COMMENT, comment)?;
    }
    if let Some(tag) = tag {
        push_tlv(records, TAG, &bytes_of_text(tag))?;
    }
    if records.len() > USERDATA_LIMIT {
        return Err(Error::TooLong { attribute: NFTA_RULE_USERDATA, length: records.len() });
    }
    Ok(())
}

/// Appends those of a rule's records that are not known, so that they outlive a new comment or tag.
///
/// # Errors
///
/// If the records are then longer than the kernel takes.
pub fn append_unknown(userdata: &[u8], records: &mut Vec<u8>) -> Result<(), Error> {
    for record in Tlvs::new(userdata).map_while(Result::ok) {
        if !matches!(record.kind, COMMENT | TAG) {
            push_tlv(records, record.kind, record.payload)?;
        }
    }
    if records.len() > USERDATA_LIMIT {
        return Err(Error::TooLong { attribute: NFTA_RULE_USERDATA, length: records.len() });
    }
    Ok(())
}

/// What a rule's userdata says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Userdata {
    /// The comment.
    pub comment: Option<Box<str>>,
    /// The tag.
    pub tag: Option<Box<str>>,
    /// Whether there are records that are not known, or broken ones.
    pub unknown: bool,
}

/// Reads a rule's userdata.
#[must_use]
pub fn read_userdata(userdata: &[u8]) -> Userdata {
    let mut found = Userdata::default();
    for record in Tlvs::new(userdata) {
        match record.map(|record| (record.kind, record.text())) {
            Ok((COMMENT, text)) => found.comment = Some(text.into()),
            Ok((TAG, text)) => found.tag = Some(text.into()),
            Ok(_) | Err(_) => found.unknown = true,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn userdata() {
        let mut records = Vec::new();
        write_userdata(Some("hi"), Some("ssh"), &mut records).unwrap();
        assert_eq!(records, b"\x00\x03hi\x00\x10\x03ssh");
        let read = read_userdata(&records);
        assert_eq!((read.comment.as_deref(), read.tag.as_deref(), read.unknown), (Some("hi"), Some("ssh"), false));
        assert!(read_userdata(b"\x05\x01x").unknown);
        append_unknown(b"\x00\x01a\x05\x01x\x10\x01b", &mut records).unwrap();
        assert_eq!(records, b"\x00\x03hi\x00\x10\x03ssh\x05\x01x");
        assert!(write_userdata(Some(&"x".repeat(255)), None, &mut records).is_err());
        assert!(write_userdata(Some(&"x".repeat(200)), Some(&"y".repeat(60)), &mut records).is_err());
    }
}
