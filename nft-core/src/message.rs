//! Messages of nf_tables ⇄ model: tables, chains, rules, objects, flowtables, generations, errors.
//!
//! Each file holds one kind of message: its attributes as rows, in the order in which `nft` sends them, and both directions. Decoding takes
//! them in any order and keeps what it does not know.
//!
//! **Invariant:** nothing here opens a socket or compiles a rule; a message is a function of its arguments.

pub mod chain;
pub mod element;
pub mod error;
pub mod flowtable;
pub mod generation;
pub mod object;
pub mod packet;
pub mod rule;
pub mod set;
pub mod table;
pub mod trace;

use std::borrow::Cow;

use crate::name::DeviceName;
use crate::uapi::nf_tables::{NFTA_DEVICE_NAME, NFTA_DEVICE_PREFIX};
use crate::wire::{Attribute, Error, Reader, Tlvs, Writer, bytes_of_text, push_tlv};

/// Userdata record of the comment in tables, chains, objects and rules.
const COMMENT: u8 = 0;

/// Attributes that are not known, as they were.
pub(crate) fn keep(attributes: &[Attribute<'_>]) -> Vec<u8> {
    if attributes.is_empty() {
        return Vec::new();
    }
    let mut writer = Writer::new();
    attributes.iter().for_each(|attribute| attribute.encode(&mut writer));
    writer.as_bytes().to_vec()
}

/// Attributes that are not known, and with the number of the userdata the records of it that are not.
pub(crate) fn keep_with_records(attributes: &[Attribute<'_>], kind: u16, records: &[u8]) -> Vec<u8> {
    let mut kept = keep(attributes);
    if !records.is_empty() {
        let mut writer = Writer::from_vec(kept);
        writer.bytes(kind, records);
        kept = writer.as_bytes().to_vec();
    }
    kept
}

/// Appends kept records to the userdata, where there can be one attribute only, and gives the attributes that were kept besides.
pub(crate) fn restore_records<'a>(unknown: &'a [u8], kind: u16, userdata: &mut Vec<u8>) -> Cow<'a, [u8]> {
    let attributes = || Reader::new(unknown).map_while(Result::ok);
    if attributes().all(|attribute| attribute.kind != kind) {
        return Cow::Borrowed(unknown);
    }
    let mut others = Writer::new();
    for attribute in attributes() {
        if attribute.kind == kind {
            userdata.extend_from_slice(attribute.payload);
        } else {
            attribute.encode(&mut others);
        }
    }
    Cow::Owned(others.as_bytes().to_vec())
}

/// Userdata of a comment and records that are not known, which `unknown` may hold; and the attributes that it holds besides.
fn comment_userdata<'a>(comment: Option<&str>, unknown: &'a [u8], kind: u16) -> Result<(Vec<u8>, Cow<'a, [u8]>), Error> {
    let mut records = Vec::new();
    if let Some(comment) = comment {
        push_text(&mut records, COMMENT, comment)?;
    }
    let others = restore_records(unknown, kind, &mut records);
    Ok((records, others))
}

/// Appends a record of text with its NUL.
fn push_text(records: &mut Vec<u8>, kind: u8, text: &str) -> Result<(), Error> {
    let mut bytes = Vec::with_capacity(text.len() + 1);
    bytes.extend_from_slice(&bytes_of_text(text));
    bytes.push(0);
    push_tlv(records, kind, &bytes)
}

/// The comment of such userdata, and the records that are neither it nor of one of the types in `passed`.
fn read_comment(userdata: Option<&[u8]>, passed: &[u8]) -> (Option<Box<str>>, Vec<u8>) {
    let (mut comment, mut unknown) = (None, Vec::new());
    for record in Tlvs::new(userdata.unwrap_or_default()).map_while(Result::ok) {
        match record.kind {
            COMMENT => comment = Some(record.text().into()),
            kind if passed.contains(&kind) => {}
            // It was a record before, so it fits into one.
            kind => push_tlv(&mut unknown, kind, record.payload).unwrap_or_default(),
        }
    }
    (comment, unknown)
}

/// Appends devices, sorted as nft sorts them; a name with a star behind is a prefix.
fn write_devices(devices: &[DeviceName], writer: &mut Writer) {
    let mut sorted: Vec<&DeviceName> = devices.iter().collect();
    sorted.sort_unstable();
    for device in sorted {
        match device.strip_suffix('*') {
            Some(prefix) => writer.text(NFTA_DEVICE_PREFIX, prefix),
            None => writer.text(NFTA_DEVICE_NAME, device),
        }
    }
}

/// Reads devices.
pub(crate) fn read_devices(reader: Reader<'_>) -> Result<Vec<DeviceName>, Error> {
    reader
        .map(|device| {
            let device = device?;
            match device.kind {
                NFTA_DEVICE_NAME => Ok(DeviceName::received(&device.text())),
                NFTA_DEVICE_PREFIX => Ok(DeviceName::received(&format!("{}*", device.text()))),
                attribute => Err(Error::Unknown { attribute }),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
