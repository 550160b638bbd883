//! Chains.

use std::borrow::Cow;

use super::{comment_userdata, keep_with_records, read_comment, read_devices, write_devices};
use crate::model::{BaseChain, Chain, Policy};
use crate::name::{ChainName, DeviceName};
use crate::schema::{ChainType, Family, Hook};
use crate::uapi::nf_tables::{
    NFT_CHAIN_BASE, NFT_CHAIN_BINDING, NFT_CHAIN_HW_OFFLOAD, NFTA_CHAIN_COUNTERS, NFTA_CHAIN_FLAGS, NFTA_CHAIN_HANDLE,
    NFTA_CHAIN_HOOK, NFTA_CHAIN_ID, NFTA_CHAIN_NAME, NFTA_CHAIN_PAD, NFTA_CHAIN_POLICY, NFTA_CHAIN_TABLE, NFTA_CHAIN_TYPE,
    NFTA_CHAIN_USE, NFTA_CHAIN_USERDATA, NFTA_HOOK_DEV, NFTA_HOOK_DEVS, NFTA_HOOK_HOOKNUM, NFTA_HOOK_PRIORITY,
};
use crate::wire::{Attributes, Error, Reader, Writer, attributes};

attributes! {
    /// Attributes of a chain.
    pub struct ChainMessage<'a> {
        /// Name of the table.
        NFTA_CHAIN_TABLE => table: Cow<'a, str>,
        /// Name.
        NFTA_CHAIN_NAME => name: Option<Cow<'a, str>>,
        /// `NF_ACCEPT` or `NF_DROP`.
        NFTA_CHAIN_POLICY => policy: Option<u32>,
        /// `NFT_CHAIN_*`.
        NFTA_CHAIN_FLAGS => flags: Option<u32>,
        /// Number in the batch.
        NFTA_CHAIN_ID => id: Option<u32>,
        /// Userdata records: comment.
        NFTA_CHAIN_USERDATA => userdata: Option<&'a [u8]>,
        /// Type of a base chain.
        NFTA_CHAIN_TYPE => ty: Option<Cow<'a, str>>,
        /// Where a base chain is attached.
        NFTA_CHAIN_HOOK => hook: Option<HookMessage<'a>>,
        /// The kernel's number.
        NFTA_CHAIN_HANDLE => handle: Option<u64>,
        /// How many rules there are, and jumps to it.
        NFTA_CHAIN_USE => uses: Option<u32>,
        /// Packets and bytes that reached the policy.
        NFTA_CHAIN_COUNTERS => counters: Option<&'a [u8]>,
    }
    pad NFTA_CHAIN_PAD
    rest unknown
}

attributes! {
    /// Attributes of a base chain's hook.
    pub struct HookMessage<'a> {
        /// The kernel's number of the hook, in the family.
        NFTA_HOOK_HOOKNUM => number: Option<u32>,
        /// Priority.
        NFTA_HOOK_PRIORITY => priority: Option<i32>,
        /// The only device.
        NFTA_HOOK_DEV => device: Option<Cow<'a, str>>,
        /// Devices.
        NFTA_HOOK_DEVS => devices: Option<&'a [u8]>,
    }
}

/// A chain as the kernel describes it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received<'a> {
    /// Name of its table.
    pub table: Cow<'a, str>,
    /// The chain, without rules.
    pub chain: Chain,
    /// Whether it has no name of its own and goes with the rule that jumps to it.
    pub anonymous: bool,
}

/// Appends the attributes of a chain, without its rules.
///
/// # Errors
///
/// If the comment is too long, or the family has no such hook.
pub fn encode(table: &str, family: Family, chain: &Chain, writer: &mut Writer) -> Result<(), Error> {
    let (userdata, unknown) = comment_userdata(chain.comment.as_deref(), &chain.unknown, NFTA_CHAIN_USERDATA)?;
    writer.text(NFTA_CHAIN_TABLE, table);
    writer.text(NFTA_CHAIN_NAME, &chain.name);
    let policy = chain.base.as_ref().map_or(chain.new_policy, |base| base.policy);
    if let Some(policy) = policy {
        writer.u32(NFTA_CHAIN_POLICY, policy.number());
    }
    if chain.base.as_ref().is_some_and(|base| base.offload) {
        writer.u32(NFTA_CHAIN_FLAGS, NFT_CHAIN_HW_OFFLOAD);
    }
    if !userdata.is_empty() {
        writer.bytes(NFTA_CHAIN_USERDATA, &userdata);
    }
    if let Some(base) = &chain.base {
        let hook = base.hook.number(family).ok_or(Error::Missing { attribute: NFTA_HOOK_HOOKNUM })?;
        writer.text(NFTA_CHAIN_TYPE, base.ty.name());
        writer.nest(NFTA_CHAIN_HOOK, |writer| {
            writer.u32(NFTA_HOOK_HOOKNUM, hook);
            writer.u32(NFTA_HOOK_PRIORITY, base.priority.cast_unsigned());
            encode_devices(&base.devices, writer);
        });
    } else if !chain.new_devices.is_empty() {
        writer.nest(NFTA_CHAIN_HOOK, |writer| encode_devices(&chain.new_devices, writer));
    }
    writer.raw(&unknown);
    Ok(())
}

/// Appends the attributes of a chain that is known by its number in the batch, and goes with the rule that jumps to it.
pub fn encode_anonymous(table: &str, id: u32, writer: &mut Writer) {
    writer.text(NFTA_CHAIN_TABLE, table);
    writer.u32(NFTA_CHAIN_ID, id);
    writer.u32(NFTA_CHAIN_FLAGS, NFT_CHAIN_BINDING);
}

/// Appends the attributes that name a chain and devices of it.
///
/// # Errors
///
/// If the family has no such hook.
pub fn encode_hook(family: Family, hook: Hook, devices: &[DeviceName], writer: &mut Writer) -> Result<(), Error> {
    let number = hook.number(family).ok_or(Error::Missing { attribute: NFTA_HOOK_HOOKNUM })?;
    writer.nest(NFTA_CHAIN_HOOK, |writer| {
        writer.u32(NFTA_HOOK_HOOKNUM, number);
        encode_devices(devices, writer);
    });
    Ok(())
}

/// Appends where a base chain is attached, with some of its devices: with its priority, if it shall have them.
pub(crate) fn encode_devices_of(
    family: Family,
    base: &BaseChain,
    priority: bool,
    devices: &[DeviceName],
    writer: &mut Writer,
) -> Result<(), Error> {
    let number = base.hook.number(family).ok_or(Error::Missing { attribute: NFTA_HOOK_HOOKNUM })?;
    writer.nest(NFTA_CHAIN_HOOK, |writer| {
        writer.u32(NFTA_HOOK_HOOKNUM, number);
        if priority {
            writer.u32(NFTA_HOOK_PRIORITY, base.priority.cast_unsigned());
        }
        encode_devices(devices, writer);
    });
    Ok(())
}

/// One device stands alone, several in a list; so does a prefix, which the single attribute cannot say.
fn encode_devices(devices: &[DeviceName], writer: &mut Writer) {
    match devices {
        [] => {}
        [device] if !device.ends_with('*') => writer.text(NFTA_HOOK_DEV, device),
        devices => writer.nest(NFTA_HOOK_DEVS, |writer| write_devices(devices, writer)),
    }
}

/// Reads a chain, without its rules.
///
/// # Errors
///
/// If the attributes are malformed. A base chain whose type or hook is unknown is kept as its attributes.
pub fn decode(family: Family, reader: Reader<'_>) -> Result<Received<'_>, Error> {
    let message = ChainMessage::decode(reader.clone())?;
    let name = message.name.ok_or(Error::Missing { attribute: NFTA_CHAIN_NAME })?;
    let flags = message.flags.unwrap_or_default();
    let mut chain = Chain::new(ChainName::received(&name));
    let (comment, records) = read_comment(message.userdata, &[]);
    (chain.comment, chain.unknown) = (comment, keep_with_records(&message.unknown, NFTA_CHAIN_USERDATA, &records));
    chain.handle = message.handle;
    if let Some(hook) = &message.hook {
        let ty = message.ty.as_deref().and_then(ChainType::by_name);
        let number = hook.number.and_then(|number| Hook::by_number(family, number));
        let (Some(ty), Some(number)) = (ty, number) else {
            let mut writer = Writer::from_vec(std::mem::take(&mut chain.unknown));
            for attribute in reader {
                let attribute = attribute?;
                if matches!(attribute.kind, NFTA_CHAIN_TYPE | NFTA_CHAIN_HOOK | NFTA_CHAIN_POLICY) {
                    attribute.encode(&mut writer);
                }
            }
            if flags & !(NFT_CHAIN_BASE | NFT_CHAIN_BINDING) != 0 {
                writer.u32(NFTA_CHAIN_FLAGS, flags & !(NFT_CHAIN_BASE | NFT_CHAIN_BINDING));
            }
            chain.unknown = writer.finish()?;
            return Ok(Received { table: message.table, chain, anonymous: flags & NFT_CHAIN_BINDING != 0 });
        };
        let mut base = BaseChain::new(ty, number, hook.priority.unwrap_or_default());
        base.policy = message.policy.and_then(Policy::by_number);
        base.offload = flags & NFT_CHAIN_HW_OFFLOAD != 0;
        base.devices = match hook.devices {
            Some(devices) => read_devices(Reader::new(devices))?,
            None => hook.device.as_deref().map(DeviceName::received).into_iter().collect(),
        };
        chain.base = Some(base);
    }
    let other = flags & !(NFT_CHAIN_BASE | NFT_CHAIN_HW_OFFLOAD | NFT_CHAIN_BINDING);
    if other != 0 {
        let mut writer = Writer::from_vec(std::mem::take(&mut chain.unknown));
        writer.u32(NFTA_CHAIN_FLAGS, other);
        chain.unknown = writer.finish()?;
    }
    Ok(Received { table: message.table, chain, anonymous: flags & NFT_CHAIN_BINDING != 0 })
}
