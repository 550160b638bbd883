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

use crate::name::DeviceName;
use crate::uapi::nf_tables::{NFTA_DEVICE_NAME, NFTA_DEVICE_PREFIX};
use crate::wire::{Attribute, Error, Reader, Tlvs, Writer, bytes_of_text, push_tlv};

/// Userdata record of the comment in tables, chains, objects and rules.
const COMMENT: u8 = 0;

/// Attributes that are not known, as they were.
fn keep(attributes: &[Attribute<'_>]) -> Vec<u8> {
    if attributes.is_empty() {
        return Vec::new();
    }
    let mut writer = Writer::new();
    attributes.iter().for_each(|attribute| attribute.encode(&mut writer));
    writer.as_bytes().to_vec()
}

/// Userdata that is only a comment.
fn comment_userdata(comment: Option<&str>) -> Result<Vec<u8>, Error> {
    let mut records = Vec::new();
    if let Some(comment) = comment {
        push_text(&mut records, COMMENT, comment)?;
    }
    Ok(records)
}

/// Appends a record of text with its NUL.
fn push_text(records: &mut Vec<u8>, kind: u8, text: &str) -> Result<(), Error> {
    let mut bytes = Vec::with_capacity(text.len() + 1);
    bytes.extend_from_slice(&bytes_of_text(text));
    bytes.push(0);
    push_tlv(records, kind, &bytes)
}

/// The comment of such userdata. Records of other types (nft's own version in tables) say nothing about the ruleset.
fn comment(userdata: Option<&[u8]>) -> Option<Box<str>> {
    Tlvs::new(userdata?).map_while(Result::ok).find(|record| record.kind == COMMENT).map(|record| record.text().into())
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
                NFTA_DEVICE_NAME => Ok(DeviceName::received(device.text()?)),
                NFTA_DEVICE_PREFIX => Ok(DeviceName::received(&format!("{}*", device.text()?))),
                attribute => Err(Error::Unknown { attribute }),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
