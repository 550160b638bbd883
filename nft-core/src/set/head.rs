//! Heads of sets: all but the elements.

use std::borrow::Cow;

use super::compiled::CompiledSet;
use super::selector::Selector;
use super::shape::{selected_type, type_number, width};
use super::{DataShape, Shape, stateful, userdata};
use crate::bytecode::Instruction;
use crate::error::Error;
use crate::message::set::SetMessage;
use crate::message::{keep_with_records, restore_records};
use crate::model::{Elements, Expr, KeyField, KeyType, Layout, MapData, ObjectType, Set, SetFlags};
use crate::name::SetName;
use crate::schema::{ByteOrder, DataType, Family};
use crate::uapi::nf_tables::NFTA_SET_USERDATA;
use crate::wire::{self, Attributes, Reader, Text, Writer};

/// `NFT_DATA_VERDICT`: the data type of verdict maps.
const VERDICT_TYPE: u32 = 0xffff_ff00;
/// The longest key: all registers.
const LIMIT: usize = 64;
/// Flags that say what a set is, not what is asked of it.
const DERIVED: SetFlags = SetFlags::MAP.union(SetFlags::OBJECT).union(SetFlags::CONCAT).union(SetFlags::EXPR);

/// The head of a named set, with that number in the batch.
///
/// # Errors
///
/// Its type has no width, is too wide, or does not go with its flags.
pub fn head(set: &Set, family: Family, id: u32) -> Result<CompiledSet, Error> {
    compile(set, family, id).map_err(|error| {
        error.within(|path| {
            let kind = if set.is_map() { "map" } else { "set" };
            path.item.get_or_insert_with(|| format!("{kind} {}", set.name));
        })
    })
}

/// The head of the set that `meter name size n { … }` makes, with that number in the batch. nft keeps no `typeof` of it.
///
/// # Errors
///
/// Its userdata are too long.
pub fn meter(name: &SetName, key: &[KeyField], size: u32, timeout: bool, id: u32) -> Result<CompiledSet, Error> {
    let mut flags = SetFlags::DYNAMIC;
    flags.set(SetFlags::TIMEOUT, timeout);
    let shape = Shape { key: key.to_vec(), interval: false, data: DataShape::None };
    Ok(CompiledSet {
        name: Text::new(name),
        id,
        flags,
        key_type: type_number(key),
        key_len: length(shape.key_width()),
        size: (size != 0).then_some(size),
        userdata: userdata::write_anonymous(&shape, None)?,
        ..CompiledSet::default()
    })
}

fn compile(set: &Set, family: Family, id: u32) -> Result<CompiledSet, Error> {
    let shape = Shape::of(set, family);
    let selector = if let KeyType::Typeof(expr) = &set.key { Some(&**expr) } else { None };
    check(&set.key, &shape.key)?;
    if set.auto_merge && !shape.interval {
        return Err(Error::source_text("auto-merge only works with interval sets"));
    }
    let mut flags = set.flags - DERIVED;
    flags.set(SetFlags::CONCAT, shape.is_concat_interval());
    flags.set(SetFlags::EXPR, set.stmts.len() > 1);
    if set.timeout.is_some() {
        flags |= SetFlags::TIMEOUT;
    }
    let (mut data, mut object_type) = (None, None);
    match (&set.data, &shape.data) {
        (_, DataShape::None) => {}
        (Some(MapData::Value { ty, .. }), DataShape::Value { fields, .. }) => {
            check(ty, fields)?;
            data = Some((type_number(fields), length(shape.data.width())));
        }
        (_, DataShape::Value { fields, .. }) => data = Some((type_number(fields), length(shape.data.width()))),
        (_, DataShape::Verdict) => data = Some((VERDICT_TYPE, 0)),
        (_, DataShape::Object(ty)) => object_type = Some(ty.0),
    }
    flags |= map_flags(&shape.data);
    let mut userdata = userdata::write(set, family)?;
    let unknown = restore_records(&set.unknown, NFTA_SET_USERDATA, &mut userdata).into_owned();
    // Of a set that never changes, the kernel is told neither; nor what it does anyway.
    let tuned = !flags.contains(SetFlags::CONSTANT);
    Ok(CompiledSet {
        name: Text::new(&set.name),
        id,
        flags,
        key_type: selected_type(&shape.key, selector),
        key_len: length(shape.key_width()),
        data,
        object_type,
        policy: set.policy.filter(|policy| tuned && *policy != 0),
        size: set.size.filter(|_| tuned),
        fields: field_lengths(&shape),
        timeout: set.timeout,
        gc_interval: set.gc_interval,
        userdata,
        exprs: set.stmts.iter().map(stateful::linearize).collect::<Result<_, _>>()?,
        elements: Vec::new(),
        unknown,
    })
}

pub(super) const fn map_flags(data: &DataShape) -> SetFlags {
    match data {
        DataShape::None => SetFlags::empty(),
        DataShape::Value { .. } | DataShape::Verdict => SetFlags::MAP,
        DataShape::Object(_) => SetFlags::OBJECT,
    }
}

pub(super) fn data_type(data: &DataShape) -> Option<(u32, u32)> {
    match data {
        DataShape::None | DataShape::Object(_) => None,
        DataShape::Verdict => Some((VERDICT_TYPE, 0)),
        DataShape::Value { fields, .. } => Some((type_number(fields), length(data.width()))),
    }
}

pub(super) fn field_lengths(shape: &Shape) -> Vec<u32> {
    if shape.is_concat_interval() { shape.key.iter().map(KeyField::bytes).collect() } else { Vec::new() }
}

pub(super) fn length(width: usize) -> u32 {
    u32::try_from(width).unwrap_or(u32::MAX)
}

fn check(ty: &KeyType, fields: &[KeyField]) -> Result<(), Error> {
    if let Some(field) = fields.iter().find(|field| field.bits == 0) {
        let help = "try `typeof expression` instead of `type datatype`";
        let message = format!("unqualified type {} specified in set definition", field.ty.name());
        return Err(Error::source_text(message).with_help(help));
    }
    if fields.is_empty()
        || matches!(ty, KeyType::Typeof(expr) if matches!(&**expr, Expr::Concat(parts) if parts.len() != fields.len()))
    {
        return Err(Error::source_text("set definition does not specify key"));
    }
    if width(fields) > LIMIT {
        return Err(Error::source_text("too many concatenation components: more than 64 bytes"));
    }
    Ok(())
}

/// A set's head from its message: name of the table, the set without elements, and how elements are encoded.
///
/// # Errors
///
/// Broken framing, or attributes without which the rest has no meaning are missing.
pub fn decode(family: Family, reader: Reader<'_>) -> Result<(Cow<'_, str>, Set, Shape), wire::Error> {
    let message = SetMessage::decode(reader)?;
    let missing = |attribute| wire::Error::Missing { attribute };
    let name = message.name.ok_or(missing(crate::uapi::nf_tables::NFTA_SET_NAME))?;
    let flags = SetFlags::from_bits_retain(message.flags.unwrap_or(0));
    let records = userdata::read(message.userdata.unwrap_or_default());
    let desc = message.desc.unwrap_or_default();
    let lengths: Vec<u32> = desc.fields.iter().map(|field| field.length).collect();

    let found = Found {
        number: message.key_type.unwrap_or(0),
        length: message.key_len.unwrap_or(0),
        lengths: &lengths,
        selector: records.key.as_ref(),
        order: records.key_order,
        in_place: flags.contains(SetFlags::ANONYMOUS),
    };
    let (key, key_fields) = found.read(family);
    let (data, data_shape) = match (message.object_type, message.data_type) {
        (Some(ty), _) if flags.contains(SetFlags::OBJECT) => {
            (Some(MapData::Object(ObjectType(ty))), DataShape::Object(ObjectType(ty)))
        }
        (_, Some(VERDICT_TYPE)) => (Some(MapData::Verdict), DataShape::Verdict),
        (_, Some(number)) => {
            let interval = records.data_interval;
            let length = message.data_len.unwrap_or(0) / if interval { 2 } else { 1 };
            let selector = records.data.as_ref();
            let found = Found { number, length, lengths: &[], selector, order: records.data_order, in_place: false };
            if records.data == Some(Selector::Queue) && length == 2 {
                (Some(MapData::Queue), DataShape::of(&MapData::Queue, family))
            } else {
                let (ty, fields) = found.read(family);
                (Some(MapData::Value { ty, interval }), DataShape::Value { fields, interval })
            }
        }
        (_, None) => (None, DataShape::None),
    };
    let shape = Shape { key: key_fields, interval: flags.contains(SetFlags::INTERVAL), data: data_shape };

    let mut set = Set::new(SetName::received(&name), key);
    set.data = data;
    let data_width = if matches!(shape.data, DataShape::Value { interval: false, .. }) { shape.data.width() } else { 0 };
    let narrow = |width| u16::try_from(width).unwrap_or(0);
    set.elements = Elements::new(Layout::new(narrow(shape.key_width()), narrow(data_width)));
    set.flags = flags - DERIVED;
    set.timeout = message.timeout;
    set.gc_interval = message.gc_interval;
    set.size = desc.size;
    set.policy = message.policy;
    set.auto_merge = records.auto_merge;
    set.comment = records.comment;
    set.count = message.count;
    set.handle = message.handle;
    set.unknown = keep_with_records(&message.unknown, NFTA_SET_USERDATA, &records.unknown);
    for instruction in message.expr.map(|expr| *expr).into_iter().chain(message.exprs) {
        match stateful::delinearize(&instruction) {
            Some(stmt) => set.stmts.push(stmt),
            None => keep_instruction(&mut set.unknown, &instruction),
        }
    }
    Ok((message.table, set, shape))
}

/// What a message says of the type of keys or data.
struct Found<'a> {
    number: u32,
    length: u32,
    lengths: &'a [u32],
    selector: Option<&'a Selector>,
    order: Option<ByteOrder>,
    /// Whether fields of single bits are not shifted.
    in_place: bool,
}

impl Found<'_> {
    fn read(&self, family: Family) -> (KeyType, Vec<KeyField>) {
        let length = self.length as usize;
        if let Some(Selector::Expr(expr)) = self.selector {
            let ty = KeyType::Typeof(Box::new(expr.clone()));
            let fields = ty.fields_in(family);
            let parts = if let Expr::Concat(parts) = expr { parts.len() } else { 1 };
            if width(&fields) == length && fields.len() == parts {
                return (ty, fields);
            }
        }
        let mut types = Vec::new();
        let mut number = self.number;
        while number != 0 {
            types.push(DataType::by_id(number & 0x3f).unwrap_or(DataType::INVALID));
            number >>= 6;
        }
        types.reverse();
        match &*types {
            [] => self.sized(DataType::INTEGER),
            // A rule looks bit fields up where they stand in the bytes that it loads.
            [ty] if self.in_place && ty.bits() > 1 && !ty.bits().is_multiple_of(8) => self.sized(*ty),
            [ty] if KeyField::of(*ty).bytes() as usize == length => {
                let field = KeyField { order: ty.byte_order().or(self.order).unwrap_or(ByteOrder::Host), ..KeyField::of(*ty) };
                (KeyType::single(*ty), vec![field])
            }
            [ty] => self.sized(*ty),
            types => {
                let fields = self.concat(types);
                let exact = width(&fields) == length && fields.iter().all(|field| field.bits > 0);
                // Which bytes are whose only the rule knows that looks up there; or the types are wrong.
                let fields = if exact && !(self.in_place && types.iter().any(|ty| KeyField::of(*ty).bits == 0)) {
                    fields
                } else {
                    words(u16::try_from(length).unwrap_or(0))
                };
                (KeyType::Types(types.into()), fields)
            }
        }
    }

    fn sized(&self, ty: DataType) -> (KeyType, Vec<KeyField>) {
        let bits = self.length.saturating_mul(8);
        let order = ty.byte_order().or(self.order).unwrap_or(ByteOrder::Host);
        (KeyType::Sized(ty, bits), vec![KeyField::new(ty, bits, order)])
    }

    /// Fields of a concatenation; what has no width of its own gets the one that the kernel tells, or what is left.
    fn concat(&self, types: &[DataType]) -> Vec<KeyField> {
        let mut fields: Vec<_> = types.iter().map(|ty| KeyField::of(*ty)).collect();
        if self.lengths.len() == fields.len() {
            for (field, length) in fields.iter_mut().zip(self.lengths) {
                if field.bytes() != *length {
                    field.bits = length.saturating_mul(8);
                }
            }
            return fields;
        }
        let known: u32 = fields.iter().map(|field| field.bytes().next_multiple_of(4)).sum();
        let unsized_fields = fields.iter().filter(|field| field.bits == 0).count();
        let left = self.length.saturating_sub(known).saturating_mul(8);
        if let Ok(count @ 1..) = u32::try_from(unsized_fields) {
            fields.iter_mut().filter(|field| field.bits == 0).for_each(|field| field.bits = left / count);
        }
        fields
    }
}

/// A key of so many bytes as the numbers of its registers, whatever they hold.
pub(crate) fn words(bytes: u16) -> Vec<KeyField> {
    let word = |at: u16| KeyField::new(DataType::INTEGER, u32::from(bytes - at).min(4) * 8, ByteOrder::Big);
    (0..bytes).step_by(4).map(word).collect()
}

/// The fields of the key of an anonymous set by the types alone, for showing them: what the rule looks up is not known here.
pub(crate) fn shown_fields(reader: Reader<'_>) -> Option<Vec<KeyField>> {
    let message = SetMessage::decode(reader).ok()?;
    let desc = message.desc.unwrap_or_default();
    let lengths: Vec<u32> = desc.fields.iter().map(|field| field.length).collect();
    let (number, length) = (message.key_type?, message.key_len?);
    let found = Found { number, length, lengths: &lengths, selector: None, order: None, in_place: false };
    let (KeyType::Types(types), fields) = found.read(Family::Inet) else { return None };
    (types.len() > 1 && fields.len() == types.len()).then_some(fields)
}

fn keep_instruction(unknown: &mut Vec<u8>, instruction: &Instruction) {
    use crate::uapi::nf_tables::NFTA_SET_EXPR;
    use crate::wire::Field;

    let mut writer = Writer::new();
    instruction.write(NFTA_SET_EXPR, &mut writer);
    unknown.extend_from_slice(writer.as_bytes());
}
