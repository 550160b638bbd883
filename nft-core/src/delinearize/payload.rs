//! Packet bytes and extension headers to fields.

use super::term::{ExtensionLoad, Load};
use super::value::{number, ones, run, value};
use super::walk::Walk;
use crate::model::{Expr, Exthdr, ExthdrPart, KeyField, Payload, RawPayload, Relation};
use crate::schema::header::{Field, Header};
use crate::schema::{Base, ByteOrder, DataType, proto};

/// Something that can stand on the left of a match, and how constants for it look in the register.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    /// The expression.
    pub(super) expr: Expr,
    /// Type, width and order of its values.
    pub(super) field: KeyField,
    /// How far its bits stand to the left in the register.
    pub(super) shift: u32,
}

impl Selector {
    pub(super) const fn new(expr: Expr, field: KeyField) -> Self {
        Self { expr, field, shift: 0 }
    }
}

/// The type of a field's values.
fn field_type(field: &Field) -> KeyField {
    KeyField::new(field.ty, field.bits, field.ty.byte_order().unwrap_or(ByteOrder::Big))
}

impl Walk<'_> {
    /// The field of a header with exactly that place; of several, the one that the ICMP type has.
    fn field_at(&mut self, load: Load, header: &'static Header, at: u32) -> Option<&'static Field> {
        let offset = load.offset.checked_sub(at)?;
        let mut candidates = header.fields.iter().filter(|field| field.offset == offset && field.bits == load.bits);
        let first = candidates.next()?;
        if first.icmp.is_none() || self.protocols.has(load.tunnel, first) {
            return Some(first);
        }
        candidates.find(|field| self.protocols.has(load.tunnel, field))
    }

    /// The field that a load means exactly.
    fn field(&mut self, load: Load) -> Option<Payload> {
        let (header, at) = self.protocols.header_at(load.tunnel, load.base, load.offset)?;
        let field = self.field_at(load, header, at)?;
        // A tunnel's own fields are not inside it.
        let tunnel = load.tunnel.filter(|_| load.base != Base::Tunnel);
        Some(Payload { tunnel, header, field })
    }

    /// Whether a load means a field exactly.
    pub(super) fn is_field(&mut self, load: Load) -> bool {
        self.field(load).is_some()
    }

    /// Uses a field: what it implies need not be said.
    pub(super) fn use_field(&mut self, payload: Payload) -> Selector {
        self.use_field_as(payload, false)
    }

    /// The same, and whether the field is compared with one constant.
    fn use_field_as(&mut self, payload: Payload, alone: bool) -> Selector {
        let stmts = &mut self.stmts;
        self.protocols.implied(&payload, alone, |index| {
            if let Some(stmt) = stmts.get_mut(index) {
                *stmt = None;
            }
        });
        let mut ty = field_type(payload.field);
        // Numbers in a tunnel's own header nft writes as such of no type, but where one is compared.
        if payload.header.base == Base::Tunnel && matches!(ty.ty, DataType::INTEGER | DataType::ETHER_TYPE) {
            ty.ty = DataType::XINTEGER;
        }
        Selector::new(Expr::Payload(payload), ty)
    }

    /// A load as a field, if it is one.
    pub(super) fn exact(&mut self, load: Load) -> Option<Selector> {
        let payload = self.field(load)?;
        Some(self.use_field(payload))
    }

    /// A load as bits by their place.
    pub(super) const fn raw(load: Load) -> Selector {
        let raw = RawPayload { tunnel: load.tunnel, base: load.base, offset: load.offset, bits: load.bits };
        Selector::new(Expr::Raw(raw), KeyField::new(DataType::XINTEGER, load.bits, ByteOrder::Big))
    }

    /// The bits of a load that a mask leaves, as a field with its constants shifted.
    pub(super) fn masked_field(&mut self, load: Load, mask: &[u8]) -> Option<Selector> {
        let (low, length) = run(number(mask, ByteOrder::Big)?)?;
        let part = sub_load(load, low, length)?;
        let found = self.exact(part)?;
        Some(Selector { shift: low, ..found })
    }

    /// The same by their place.
    pub(super) fn masked_raw(load: Load, mask: &[u8]) -> Option<Selector> {
        Self::masked_raw_bits(load, number(mask, ByteOrder::Big)?)
    }

    /// The same of a mask as a number. A run that begins with the load stays a mask.
    pub(super) fn masked_raw_bits(load: Load, mask: u128) -> Option<Selector> {
        let (low, length) = run(mask).filter(|(low, length)| low + length < load.bits)?;
        let part = sub_load(load, low, length)?;
        Some(Selector { shift: low, ..Self::raw(part) })
    }

    /// The smallest field that has all of these bits of a load, and how far it stands to the left.
    pub(super) fn field_around(&mut self, load: Load, bits: u128) -> Option<(Payload, u32)> {
        if bits == 0 {
            return None;
        }
        let low = bits.trailing_zeros();
        let high = 128 - bits.leading_zeros();
        let end = (load.offset + load.bits).checked_sub(low)?;
        let start = (load.offset + load.bits).checked_sub(high)?;
        let (header, at) = self.protocols.header_at(load.tunnel, load.base, start)?;
        let field = header
            .fields
            .iter()
            .filter(|field| field.offset + at <= start && field.end() + at >= end)
            .min_by_key(|field| field.bits)?;
        let shift = (load.offset + load.bits).checked_sub(at + field.end())?;
        Some((Payload { tunnel: load.tunnel, header, field }, shift))
    }

    /// A comparison of several fields at once, or of the beginning of one: a match for each. Whether it could be told apart.
    pub(super) fn expand(&mut self, load: Load, bytes: &[u8], relation: Relation) -> bool {
        let mut pieces = Vec::new();
        let mut at = load.offset;
        let end = load.offset + load.bits;
        while at < end {
            let Some((header, start)) = self.protocols.header_at(load.tunnel, load.base, at) else { break };
            // Ports of whatever protocol are only known one by one.
            if header == &proto::TH {
                break;
            }
            let Some(field) = self.next_field(load, header, at - start, end - start) else { break };
            let stop = (at + field.bits).min(end);
            let Some(piece) = bits_of(bytes, at - load.offset, stop - at) else { return false };
            pieces.push((Payload { tunnel: load.tunnel, header, field }, piece, stop - at));
            at = stop;
            // What an Ethernet type says decides what the bytes behind it are.
            if pieces.len() > 64 {
                return false;
            }
        }
        if at < end || pieces.is_empty() || (relation != Relation::Implicit && pieces.len() > 1) {
            return false;
        }
        for (payload, piece, width) in pieces {
            let selector = self.use_field_as(payload, true);
            let full = selector.field.bits;
            let shifted = if width < full { piece << (full - width) } else { piece };
            let constant = crate::model::Value::int(selector.field.ty, shifted);
            if width < full {
                self.match_prefix(selector, relation, constant, width);
            } else {
                self.match_constant(selector, relation, constant);
            }
        }
        true
    }

    /// The field that begins at an offset of a header and, if several do, is the widest that ends in time.
    fn next_field(&mut self, load: Load, header: &'static Header, offset: u32, end: u32) -> Option<&'static Field> {
        let mut best: Option<&'static Field> = None;
        for field in header.fields.iter().filter(|field| field.offset == offset) {
            if !self.protocols.has(load.tunnel, field) {
                continue;
            }
            let better = match best {
                None => true,
                Some(best) => best.end() > end && field.end() <= end,
            };
            if better {
                best = Some(field);
            }
        }
        best
    }

    /// An extension load as a field, or by its place.
    pub(super) fn extension(&mut self, load: ExtensionLoad) -> Selector {
        self.use_extension(load.op);
        Self::extension_field(load).unwrap_or_else(|| {
            let part = ExthdrPart::Raw { offset: load.offset, bits: load.bits };
            let exthdr = match load.op.extension(load.number) {
                Some(extension) => Exthdr::new(extension, part),
                None => Exthdr::numbered(load.op, load.number, part),
            };
            Selector::new(Expr::Exthdr(exthdr), KeyField::new(DataType::INTEGER, load.bits, ByteOrder::Big))
        })
    }

    /// An extension load as a field, if it is one.
    pub(super) fn extension_field(load: ExtensionLoad) -> Option<Selector> {
        let (extension, field) = load.op.at(load.number, load.offset, load.bits)?;
        let exthdr = Exthdr::new(extension, ExthdrPart::Field(field));
        Some(Selector::new(Expr::Exthdr(exthdr), field_type(field)))
    }

    /// The bits of an extension load that a mask leaves, as a field with its constants shifted.
    pub(super) fn masked_extension(&mut self, load: ExtensionLoad, mask: &[u8]) -> Option<Selector> {
        let (low, length) = run(number(mask, ByteOrder::Big)?)?;
        let offset = (load.offset + load.bits).checked_sub(low + length)?;
        let part = ExtensionLoad { offset, bits: length, ..load };
        let found = Self::extension_field(part)?;
        self.use_extension(load.op);
        Some(Selector { shift: low, ..found })
    }

    /// A comparison of packet bytes without a mask.
    pub(super) fn compare_load(&mut self, load: Load, relation: Relation, bytes: &[u8]) {
        let alone = matches!(relation, Relation::Implicit | Relation::Ne);
        if let Some(payload) = self.field(load) {
            let held = self.protocols.hold_carrier(load.tunnel.filter(|_| !alone));
            let mut selector = self.use_field_as(payload, alone);
            self.protocols.release(held);
            if alone && payload.header.base == Base::Tunnel && selector.field.ty == DataType::XINTEGER {
                selector.field.ty = DataType::INTEGER;
            }
            let constant = value(bytes, selector.field);
            return self.match_constant(selector, relation, constant);
        }
        if alone && matches!(load.base, Base::LinkLayer | Base::Network | Base::Transport) && self.expand(load, bytes, relation)
        {
            return;
        }
        let selector = Self::raw(load);
        let constant = value(bytes, selector.field);
        self.match_constant(selector, relation, constant);
    }
}

/// Some bits of a load.
fn sub_load(load: Load, low: u32, length: u32) -> Option<Load> {
    let offset = (load.offset + load.bits).checked_sub(low + length)?;
    (offset >= load.offset).then_some(Load { offset, bits: length, ..load })
}

/// Some bits of bytes, counted from the first.
fn bits_of(bytes: &[u8], offset: u32, length: u32) -> Option<u128> {
    if length > 128 {
        return None;
    }
    let first = usize::try_from(offset / 8).ok()?;
    let last = usize::try_from((offset + length).div_ceil(8)).ok()?;
    let slice = bytes.get(first..last)?;
    // A field that is not byte-aligned and 128 bits wide would need a seventeenth byte; there is none.
    let all = number(slice, ByteOrder::Big)?;
    let below = u32::try_from(last * 8).ok()?.checked_sub(offset + length)?;
    Some((all >> below) & ones(length))
}
