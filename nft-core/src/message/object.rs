//! Named objects.

mod conntrack;
mod tunnel;

use std::borrow::Cow;

use super::{comment_userdata, keep_with_records, read_comment};
use crate::bytecode;
use crate::model::{Limit, LimitKind, Object, ObjectKind, ObjectType, Quota, Synproxy};
use crate::name::ObjectName;
use crate::uapi::nf_tables::{
    NFTA_OBJ_DATA, NFTA_OBJ_HANDLE, NFTA_OBJ_NAME, NFTA_OBJ_PAD, NFTA_OBJ_TABLE, NFTA_OBJ_TYPE, NFTA_OBJ_USE,
    NFTA_OBJ_USERDATA, NFTA_SECMARK_CTX,
};
use crate::wire::{Attributes, Bare, Error, Reader, Writer, attributes};

attributes! {
    /// Attributes of an object.
    pub struct ObjectMessage<'a> {
        /// Name of the table.
        NFTA_OBJ_TABLE => table: Cow<'a, str>,
        /// Name.
        NFTA_OBJ_NAME => name: Option<Cow<'a, str>>,
        /// `NFT_OBJECT_*`.
        NFTA_OBJ_TYPE => ty: Option<u32>,
        /// Userdata records: comment.
        NFTA_OBJ_USERDATA => userdata: Option<&'a [u8]>,
        /// What the type adds.
        NFTA_OBJ_DATA => data: Option<&'a [u8]>,
        /// The kernel's number.
        NFTA_OBJ_HANDLE => handle: Option<u64>,
        /// How many rules and elements use it.
        NFTA_OBJ_USE => uses: Option<u32>,
    }
    pad NFTA_OBJ_PAD
    rest unknown
}

attributes! {
    /// Attributes of a security mark.
    struct SecmarkMessage<'a> {
        /// The security context.
        NFTA_SECMARK_CTX => context: Cow<'a, str> as Bare,
    }
}

/// Flags of a quota and of a limit: `over`.
const INVERT: u32 = 1;

/// Appends the attributes of an object.
///
/// # Errors
///
/// If the comment is too long.
pub fn encode(table: &str, object: &Object, writer: &mut Writer) -> Result<(), Error> {
    let (userdata, unknown) = comment_userdata(object.comment.as_deref(), &object.unknown, NFTA_OBJ_USERDATA)?;
    encode_name(table, object.kind.ty(), &object.name, writer);
    if !userdata.is_empty() {
        writer.bytes(NFTA_OBJ_USERDATA, &userdata);
    }
    writer.nest(NFTA_OBJ_DATA, |writer| encode_kind(&object.kind, writer));
    writer.raw(&unknown);
    Ok(())
}

/// Appends the attributes that name an object.
pub fn encode_name(table: &str, ty: ObjectType, name: &str, writer: &mut Writer) {
    writer.text(NFTA_OBJ_TABLE, table);
    writer.text(NFTA_OBJ_NAME, name);
    writer.u32(NFTA_OBJ_TYPE, ty.0);
}

fn encode_kind(kind: &ObjectKind, writer: &mut Writer) {
    match kind {
        ObjectKind::Counter { packets, bytes } => {
            bytecode::Counter { bytes: Some(*bytes), packets: Some(*packets) }.encode(writer);
        }
        ObjectKind::Quota(quota) => {
            bytecode::Quota { bytes: quota.bytes, consumed: Some(quota.used), flags: Some(if quota.over { INVERT } else { 0 }) }
                .encode(writer)
        }
        ObjectKind::Limit(limit) => bytecode::Limit {
            rate: limit.rate,
            unit: limit.unit,
            burst: Some(limit.burst),
            ty: Some(match limit.kind {
                LimitKind::Packets => bytecode::LimitType::PACKETS,
                LimitKind::Bytes => bytecode::LimitType::BYTES,
            }),
            flags: Some(if limit.over { INVERT } else { 0 }),
        }
        .encode(writer),
        ObjectKind::CtHelper(helper) => conntrack::encode_helper(helper, writer),
        ObjectKind::CtTimeout(timeout) => conntrack::encode_timeout(timeout, writer),
        ObjectKind::CtExpectation(expectation) => conntrack::encode_expectation(expectation, writer),
        ObjectKind::Secmark(context) => SecmarkMessage { context: Cow::Borrowed(context) }.encode(writer),
        ObjectKind::Synproxy(synproxy) => encode_synproxy(synproxy).encode(writer),
        ObjectKind::Tunnel(tunnel) => tunnel::encode(tunnel, writer),
        ObjectKind::Unknown(_, data) => writer.raw(data),
    }
}

/// Bits of the words in [`SYNPROXY_FLAGS`](crate::schema::words::SYNPROXY_FLAGS).
const SYNPROXY_MSS: u32 = 1;
const SYNPROXY_WSCALE: u32 = 2;
const SYNPROXY_SACK_PERM: u32 = 4;
const SYNPROXY_TIMESTAMP: u32 = 8;

fn encode_synproxy(synproxy: &Synproxy) -> bytecode::Synproxy {
    let flag = |set: bool, flag: u32| if set { flag } else { 0 };
    let flags = flag(synproxy.mss.is_some(), SYNPROXY_MSS)
        | flag(synproxy.wscale.is_some(), SYNPROXY_WSCALE)
        | flag(synproxy.sack_perm, SYNPROXY_SACK_PERM)
        | flag(synproxy.timestamp, SYNPROXY_TIMESTAMP);
    bytecode::Synproxy {
        mss: synproxy.mss.unwrap_or_default(),
        wscale: synproxy.wscale.unwrap_or_default(),
        flags: Some(flags),
    }
}

/// Reads an object and the name of its table.
///
/// # Errors
///
/// If the attributes are malformed. What is unknown inside the data is no error.
pub fn decode(reader: Reader<'_>) -> Result<(Cow<'_, str>, Object), Error> {
    let message = ObjectMessage::decode(reader)?;
    let name = message.name.ok_or(Error::Missing { attribute: NFTA_OBJ_NAME })?;
    let ty = ObjectType(message.ty.ok_or(Error::Missing { attribute: NFTA_OBJ_TYPE })?);
    let data = message.data.unwrap_or_default();
    let kind = match decode_kind(ty, Reader::new(data)) {
        Ok(Some(kind)) => kind,
        Err(error) if error.is_framing() => return Err(error),
        Ok(None) | Err(_) => ObjectKind::Unknown(ty, data.into()),
    };
    let mut object = Object::new(ObjectName::received(&name), kind);
    let (comment, records) = read_comment(message.userdata, &[]);
    (object.comment, object.unknown) = (comment, keep_with_records(&message.unknown, NFTA_OBJ_USERDATA, &records));
    object.handle = message.handle;
    Ok((message.table, object))
}

/// The content of an object; nothing if it would lose something.
fn decode_kind(ty: ObjectType, data: Reader<'_>) -> Result<Option<ObjectKind>, Error> {
    Ok(Some(match ty {
        ObjectType::COUNTER => {
            let counter = bytecode::Counter::decode(data)?;
            ObjectKind::Counter { packets: counter.packets.unwrap_or_default(), bytes: counter.bytes.unwrap_or_default() }
        }
        ObjectType::QUOTA => {
            let quota = bytecode::Quota::decode(data)?;
            let flags = quota.flags.unwrap_or_default() & INVERT;
            // The other flag says that the quota was used up: state.
            ObjectKind::Quota(Quota { bytes: quota.bytes, used: quota.consumed.unwrap_or_default(), over: flags != 0 })
        }
        ObjectType::LIMIT => {
            let limit = bytecode::Limit::decode(data)?;
            let kind = match limit.ty.unwrap_or(bytecode::LimitType::PACKETS) {
                bytecode::LimitType::PACKETS => LimitKind::Packets,
                bytecode::LimitType::BYTES => LimitKind::Bytes,
                _ => return Ok(None),
            };
            let over = limit.flags.unwrap_or_default() & INVERT != 0;
            ObjectKind::Limit(Limit { rate: limit.rate, unit: limit.unit, burst: limit.burst.unwrap_or_default(), kind, over })
        }
        ObjectType::CT_HELPER => ObjectKind::CtHelper(conntrack::decode_helper(data)?),
        ObjectType::CT_TIMEOUT => ObjectKind::CtTimeout(conntrack::decode_timeout(data)?),
        ObjectType::CT_EXPECTATION => ObjectKind::CtExpectation(conntrack::decode_expectation(data)?),
        ObjectType::SECMARK => ObjectKind::Secmark(SecmarkMessage::decode(data)?.context.into()),
        ObjectType::SYNPROXY => {
            let synproxy = bytecode::Synproxy::decode(data)?;
            let flags = synproxy.flags.unwrap_or_default();
            ObjectKind::Synproxy(Synproxy {
                mss: (flags & SYNPROXY_MSS != 0).then_some(synproxy.mss),
                wscale: (flags & SYNPROXY_WSCALE != 0).then_some(synproxy.wscale),
                timestamp: flags & SYNPROXY_TIMESTAMP != 0,
                sack_perm: flags & SYNPROXY_SACK_PERM != 0,
            })
        }
        ObjectType::TUNNEL => return Ok(tunnel::decode(data)?.map(|tunnel| ObjectKind::Tunnel(Box::new(tunnel)))),
        _ => return Ok(None),
    }))
}
