//! Flowtables.

use std::borrow::Cow;

use super::{keep, read_devices, write_devices};
use crate::model::Flowtable;
use crate::name::{DeviceName, FlowtableName};
use crate::uapi::nf_tables::{
    NFTA_FLOWTABLE_FLAGS, NFTA_FLOWTABLE_HANDLE, NFTA_FLOWTABLE_HOOK, NFTA_FLOWTABLE_HOOK_DEVS, NFTA_FLOWTABLE_HOOK_NUM,
    NFTA_FLOWTABLE_HOOK_PRIORITY, NFTA_FLOWTABLE_NAME, NFTA_FLOWTABLE_PAD, NFTA_FLOWTABLE_TABLE, NFTA_FLOWTABLE_USE,
};
use crate::wire::{Attributes, Error, Reader, Writer, attributes};

/// `NFT_FLOWTABLE_HW_OFFLOAD`.
const HW_OFFLOAD: u32 = 1;
/// `NFT_FLOWTABLE_COUNTER`.
const COUNTER: u32 = 2;

attributes! {
    /// Attributes of a flowtable.
    pub struct FlowtableMessage<'a> {
        /// Name of the table.
        NFTA_FLOWTABLE_TABLE => table: Cow<'a, str>,
        /// Name.
        NFTA_FLOWTABLE_NAME => name: Option<Cow<'a, str>>,
        /// `NFT_FLOWTABLE_*`.
        NFTA_FLOWTABLE_FLAGS => flags: Option<u32>,
        /// Where it is attached.
        NFTA_FLOWTABLE_HOOK => hook: Option<FlowtableHook<'a>>,
        /// The kernel's number.
        NFTA_FLOWTABLE_HANDLE => handle: Option<u64>,
        /// How many rules use it.
        NFTA_FLOWTABLE_USE => uses: Option<u32>,
    }
    pad NFTA_FLOWTABLE_PAD
    rest unknown
}

attributes! {
    /// Attributes of a flowtable's hook.
    pub struct FlowtableHook<'a> {
        /// The hook: ingress.
        NFTA_FLOWTABLE_HOOK_NUM => number: Option<u32>,
        /// Priority.
        NFTA_FLOWTABLE_HOOK_PRIORITY => priority: Option<i32>,
        /// Devices.
        NFTA_FLOWTABLE_HOOK_DEVS => devices: Option<&'a [u8]>,
    }
}

/// Appends the attributes of a flowtable.
pub fn encode(table: &str, flowtable: &Flowtable, writer: &mut Writer) {
    let flags = (u32::from(flowtable.offload) * HW_OFFLOAD) | (u32::from(flowtable.counter) * COUNTER);
    writer.text(NFTA_FLOWTABLE_TABLE, table);
    writer.text(NFTA_FLOWTABLE_NAME, &flowtable.name);
    writer.u32(NFTA_FLOWTABLE_FLAGS, flags);
    encode_hook(flowtable.priority.or(Some(0)), &flowtable.devices, writer);
    writer.raw(&flowtable.unknown);
}

/// Appends where a flowtable is attached.
pub fn encode_hook(priority: Option<i32>, devices: &[DeviceName], writer: &mut Writer) {
    writer.nest(NFTA_FLOWTABLE_HOOK, |writer| {
        writer.u32(NFTA_FLOWTABLE_HOOK_NUM, 0);
        if let Some(priority) = priority {
            writer.u32(NFTA_FLOWTABLE_HOOK_PRIORITY, priority.cast_unsigned());
        }
        if !devices.is_empty() {
            writer.nest(NFTA_FLOWTABLE_HOOK_DEVS, |writer| write_devices(devices, writer));
        }
    });
}

/// Reads a flowtable and the name of its table.
///
/// # Errors
///
/// If the attributes are malformed.
pub fn decode(reader: Reader<'_>) -> Result<(Cow<'_, str>, Flowtable), Error> {
    let message = FlowtableMessage::decode(reader)?;
    let name = message.name.ok_or(Error::Missing { attribute: NFTA_FLOWTABLE_NAME })?;
    let flags = message.flags.unwrap_or_default();
    let mut flowtable = Flowtable::new(FlowtableName::received(&name), 0);
    flowtable.offload = flags & HW_OFFLOAD != 0;
    flowtable.counter = flags & COUNTER != 0;
    flowtable.handle = message.handle;
    flowtable.unknown = keep(&message.unknown);
    if let Some(hook) = message.hook {
        flowtable.priority = hook.priority.or(Some(0));
        flowtable.devices = hook.devices.map_or_else(|| Ok(Vec::new()), |devices| read_devices(Reader::new(devices)))?;
    }
    Ok((message.table, flowtable))
}
