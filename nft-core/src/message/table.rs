//! Tables.

use std::borrow::Cow;

use super::{comment_userdata, keep_with_records, read_comment};
use crate::model::{Table, TableFlags, UnreadableTable};
use crate::name::TableName;
use crate::schema::Family;
use crate::uapi::nf_tables::{
    NFTA_TABLE_FLAGS, NFTA_TABLE_HANDLE, NFTA_TABLE_NAME, NFTA_TABLE_OWNER, NFTA_TABLE_PAD, NFTA_TABLE_USE, NFTA_TABLE_USERDATA,
};
use crate::wire::{Attributes, Error, Reader, Writer, attributes};

/// Userdata record of the version of nft that made the table: it says nothing about the ruleset.
const VERSION: u8 = 1;
/// Userdata record of when that nft was built.
const BUILD: u8 = 2;

attributes! {
    /// Attributes of a table.
    pub struct TableMessage<'a> {
        /// Name; nothing stands for all tables.
        NFTA_TABLE_NAME => name: Option<Cow<'a, str>>,
        /// `NFT_TABLE_F_*`.
        NFTA_TABLE_FLAGS => flags: Option<u32>,
        /// Userdata records: comment.
        NFTA_TABLE_USERDATA => userdata: Option<&'a [u8]>,
        /// The kernel's number.
        NFTA_TABLE_HANDLE => handle: Option<u64>,
        /// How many things there are in it.
        NFTA_TABLE_USE => uses: Option<u32>,
        /// Port of the socket that owns it.
        NFTA_TABLE_OWNER => owner: Option<u32>,
    }
    pad NFTA_TABLE_PAD
    rest unknown
}

/// Appends the attributes of a table, without its content.
///
/// # Errors
///
/// If the comment is too long.
pub fn encode(table: &Table, writer: &mut Writer) -> Result<(), Error> {
    let (userdata, unknown) = comment_userdata(table.comment.as_deref(), &table.unknown, NFTA_TABLE_USERDATA)?;
    writer.text(NFTA_TABLE_NAME, &table.name);
    writer.u32(NFTA_TABLE_FLAGS, table.flags.bits());
    if !userdata.is_empty() {
        writer.bytes(NFTA_TABLE_USERDATA, &userdata);
    }
    writer.raw(&unknown);
    Ok(())
}

/// Reads the head of a table of a family that is not known.
///
/// # Errors
///
/// If the attributes are malformed.
pub fn decode_unreadable(family: u8, reader: Reader<'_>) -> Result<UnreadableTable, Error> {
    let message = TableMessage::decode(reader)?;
    let name = message.name.ok_or(Error::Missing { attribute: NFTA_TABLE_NAME })?;
    Ok(UnreadableTable { handle: message.handle, ..UnreadableTable::new(family, TableName::received(&name)) })
}

/// Reads a table, without its content.
///
/// # Errors
///
/// If the attributes are malformed.
pub fn decode(family: Family, reader: Reader<'_>) -> Result<Table, Error> {
    let message = TableMessage::decode(reader)?;
    let name = message.name.ok_or(Error::Missing { attribute: NFTA_TABLE_NAME })?;
    let mut table = Table::new(family, TableName::received(&name));
    table.flags = TableFlags::from_bits_retain(message.flags.unwrap_or_default());
    let (comment, records) = read_comment(message.userdata, &[VERSION, BUILD]);
    (table.comment, table.unknown) = (comment, keep_with_records(&message.unknown, NFTA_TABLE_USERDATA, &records));
    table.handle = message.handle;
    table.owner = message.owner;
    Ok(table)
}
