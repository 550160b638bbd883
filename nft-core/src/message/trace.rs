//! Messages as `nft --debug=netlink` shows them: sets, their elements, rules.

use std::collections::HashMap;
use std::fmt::{self, Write};

use super::element::{ElementData, ElementList, ElementMessage};
use super::rule::RuleMessage;
use super::set::SetMessage;
use crate::bytecode::Words;
use crate::model::{KeyField, KeyType, SetFlags};
use crate::schema::{ByteOrder, Family};
use crate::set::{DataShape, Shape};
use crate::uapi::nf_tables::{NFT_MSG_NEWRULE, NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM};
use crate::wire::{Attributes, Message, Reader};

/// Shows the messages of a batch, one after the other. It remembers the sets, whose types the elements' messages don't repeat.
#[derive(Debug, Default)]
pub struct Trace {
    #[expect(clippy::type_complexity, reason = "said once")]
    shapes: HashMap<(Box<str>, Box<str>, Option<u32>), Shape>,
}

impl Trace {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the lines of a message; none for those that nft doesn't show. What cannot be read is left out.
    ///
    /// # Errors
    ///
    /// If the writer fails.
    pub fn message(&mut self, message: &Message<'_>, out: &mut impl Write) -> fmt::Result {
        self.body(message.header.message(), message.header.family, message.reader(), out)
    }

    /// The same with `NFT_MSG_*`, `NFPROTO_*` and attributes one by one.
    ///
    /// # Errors
    ///
    /// If the writer fails.
    pub fn body(&mut self, kind: u8, family: u8, reader: Reader<'_>, out: &mut impl Write) -> fmt::Result {
        match kind {
            NFT_MSG_NEWSET => self.set(family, reader, out),
            NFT_MSG_NEWSETELEM => self.elements(family, reader, out),
            NFT_MSG_NEWRULE => rule(family, reader, out),
            _ => Ok(()),
        }
    }

    fn set(&mut self, family: u8, reader: Reader<'_>, out: &mut impl Write) -> fmt::Result {
        let Ok(message) = SetMessage::decode(reader.clone()) else { return Ok(()) };
        let name = message.name.unwrap_or_default();
        write!(out, "family {family} {name} {} {:x}", message.table, message.flags.unwrap_or(0))?;
        if let Some(timeout) = message.timeout {
            write!(out, " timeout {timeout}ms")?;
        }
        if let Some(interval) = message.gc_interval {
            write!(out, " gc_interval {interval}ms")?;
        }
        if let Some(policy) = message.policy {
            write!(out, " policy {policy}")?;
        }
        // Of sets that stand in a rule the size is that of their elements.
        let anonymous = SetFlags::from_bits_retain(message.flags.unwrap_or(0)).contains(SetFlags::ANONYMOUS);
        if let Some(size) = message.desc.as_ref().and_then(|desc| desc.size).filter(|_| !anonymous) {
            write!(out, " size {size}")?;
        }
        writeln!(out)?;
        if let Some(number) = Family::by_number(family)
            && let Ok((_, set, mut shape)) = crate::set::decode(number, reader.clone())
        {
            if anonymous
                && matches!(set.key, KeyType::Types(_))
                && let Some(fields) = crate::set::shown_fields(reader)
            {
                shape.key = fields;
            }
            self.shapes.insert((message.table.into(), name.into(), message.id), shape);
        }
        Ok(())
    }

    fn elements(&self, family: u8, reader: Reader<'_>, out: &mut impl Write) -> fmt::Result {
        let Ok(list) = ElementList::decode(reader) else { return Ok(()) };
        writeln!(out, "family {family} {} {} 0", list.set, list.table)?;
        let shape = self.shapes.get(&(list.table.into(), list.set.into(), list.set_id));
        let mut any = false;
        for element in list.elements.into_iter().flat_map(|elements| elements.reader()) {
            let Ok(element) = element.and_then(|element| ElementMessage::decode(element.reader())) else { continue };
            self::element(&element, shape, out)?;
            any = true;
        }
        if any { out.write_char('\n') } else { Ok(()) }
    }
}

fn element(element: &ElementMessage<'_>, shape: Option<&Shape>, out: &mut impl Write) -> fmt::Result {
    let fields = shape.map_or(&[][..], |shape| &shape.key);
    let interval = shape.is_some_and(|shape| shape.interval);
    out.write_str("\telement ")?;
    if let Some(key) = element.key {
        value(key.0, fields, interval, out)?;
    }
    if let Some(key) = element.key_end {
        out.write_str(" - ")?;
        value(key.0, fields, interval, out)?;
    }
    if let Some(name) = &element.object {
        write!(out, " : {name}")?;
    }
    match &element.data {
        Some(ElementData::Value(bytes)) => {
            let fields = match shape.map(|shape| &shape.data) {
                Some(DataShape::Value { fields, .. }) => fields,
                _ => &Vec::new(),
            };
            out.write_str(" : ")?;
            value(bytes, fields, false, out)?;
        }
        Some(ElementData::Verdict(verdict)) => write!(out, " : {verdict}")?,
        None => {}
    }
    if let Some(flags) = element.flags.filter(|&flags| flags != 0) {
        write!(out, " flags {flags}")?;
    }
    if let Some(bytes) = element.userdata {
        write!(out, "  {}", Userdata(bytes))?;
    }
    Ok(())
}

/// Bytes of a key or of data, field by field; the fields begin anew where data are a range.
fn value(bytes: &[u8], fields: &[KeyField], interval: bool, out: &mut impl Write) -> fmt::Result {
    if fields.is_empty() {
        return write!(out, "{}", Words::bare(bytes, ByteOrder::Big));
    }
    let mut rest = bytes;
    for (index, field) in fields.iter().cycle().enumerate() {
        let width = usize::try_from(field.bits.div_ceil(8)).unwrap_or(usize::MAX).clamp(1, rest.len());
        let (field_bytes, tail) = rest.split_at(width);
        let host = field.order == ByteOrder::Host && !field.ty.is_string() && !interval;
        let order = if host { ByteOrder::Host } else { ByteOrder::Big };
        write!(out, "{}{}", if index == 0 { "" } else { " . " }, Words::bare(field_bytes, order))?;
        let padding = width.next_multiple_of(4) - width;
        rest = tail.get(padding..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
    }
    Ok(())
}

fn rule(family: u8, reader: Reader<'_>, out: &mut impl Write) -> fmt::Result {
    let Ok(message) = RuleMessage::decode(reader) else { return Ok(()) };
    let family = Family::by_number(family).map_or("unknown", Family::name);
    // A chain that stands in a rule has no name yet.
    let space = if message.chain.is_some() { " " } else { "" };
    writeln!(out, "{family} {}{space}{}", message.table, message.chain.unwrap_or_default())?;
    if let Some(program) = message.program {
        write!(out, "{program}")?;
    }
    message.userdata.map_or(Ok(()), |bytes| writeln!(out, "  {}", Userdata(bytes)))
}

/// Userdata, of which nft shows length and sum only.
struct Userdata<'a>(&'a [u8]);

impl fmt::Display for Userdata<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum: u32 = self.0.iter().map(|&byte| u32::from(byte)).sum();
        write!(f, "userdata len {} sum {sum:#x}", self.0.len())
    }
}
