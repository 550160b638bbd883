//! Selectors: what loads a value, and what kind of value that is.

use smallvec::SmallVec;

use super::payload::{Need, Side};
use super::set::Parts;
use super::term::{HashTerm, Load, Op, Part, Source, Term};
use super::{Evaluator, constant, in_field, source};
use crate::bytecode::{BitwiseOp, ByteorderOp, Data};
use crate::error::Error;
use crate::model::{Ct, Expr, Exthdr, ExthdrPart, Fib, Hash, KeyField};
use crate::schema::extension::Op as ExthdrOp;
use crate::schema::proto::{IP, IP6};
use crate::schema::{ByteOrder, CtKey, DataType, Family, FibResult, MetaKey, RtKey, fib};
use crate::uapi::nf_tables::{NFTA_FIB_F_DADDR, NFTA_FIB_F_IIF, NFTA_FIB_F_OIF, NFTA_FIB_F_SADDR};

/// An evaluated expression and what it is.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) term: Term,
    /// Type, width and byte order as they are in the register.
    pub(super) field: KeyField,
    /// Where among the loaded bytes the bits are, as long as they were not cut out.
    pub(super) place: Option<Place>,
    /// Bytes that the register holds.
    pub(super) width: u32,
}

/// Where among loaded bytes a field's bits are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Bits behind the field.
    pub(super) shift: u32,
}

/// What becomes of the byte order where bits are cut out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Settle {
    /// It stays.
    Keep,
    /// It stays in the register, but constants are numbers of the machine, as nft has them.
    Number,
    /// Bits that are shifted are a number of the machine.
    Host,
}

impl Typed {
    pub(super) fn whole(load: Load, field: KeyField) -> Self {
        Self { term: Term::load(load), width: field.bytes(), field, place: None }
    }

    /// A field of bits that begins so many bits behind the start.
    pub(super) fn bits(field: KeyField, offset: u32, load: impl FnOnce(u32, u32) -> Load) -> Self {
        let (first, end) = (offset / 8, (offset + field.bits).div_ceil(8));
        let width = end - first;
        let place = if offset.is_multiple_of(8) && field.bits.is_multiple_of(8) {
            None
        } else {
            Some(Place { shift: end * 8 - offset - field.bits })
        };
        Self { term: Term::load(load(first, width)), field, place, width }
    }

    /// A constant.
    pub(super) fn constant(data: Data, field: KeyField) -> Self {
        Self { term: Term::constant(data), width: field.bytes(), field, place: None }
    }

    /// Masks a field of bits, without moving it.
    pub(super) fn mask(&mut self) {
        if let Some(place) = self.place {
            let mask = ones(self.field.bits) << place.shift;
            self.term.ops.push(Op::Mask {
                mask: constant::number_bytes(mask, self.width as usize, ByteOrder::Big),
                xor: Data::zeroed(self.width as usize),
                explicit: true,
            });
        }
    }

    /// Makes a number of a field of bits.
    pub(super) fn settle(&mut self, settle: Settle) {
        self.mask();
        let Some(Place { shift }) = self.place.take() else { return };
        if shift == 0 {
            return;
        }
        if settle == Settle::Host && self.width > 1 {
            self.swap(ByteorderOp::NTOH, self.width);
        }
        self.term.ops.push(Op::Shift { op: BitwiseOp::RSHIFT, by: shift, len: self.width });
        if settle == Settle::Host || settle == Settle::Number && self.width > 1 {
            self.field.order = ByteOrder::Host;
        }
    }

    /// What it is as a set's key: bits that were shifted fill the bytes that were loaded.
    pub(super) fn key_field(&self) -> KeyField {
        let shifted = self.term.ops.iter().any(|op| matches!(op, Op::Shift { op: BitwiseOp::RSHIFT, .. }));
        KeyField { bits: if shifted { self.width * 8 } else { self.field.bits }, ..self.field }
    }

    /// Changes the order of so many bytes.
    pub(super) fn swap(&mut self, op: ByteorderOp, len: u32) {
        self.term.ops.push(Op::Byteorder { op, len });
        self.field.order = if op == ByteorderOp::HTON { ByteOrder::Big } else { ByteOrder::Host };
    }

    /// Brings the bytes into network order, as ranges and interval sets need them.
    pub(super) fn make_big(&mut self) {
        if self.field.order != ByteOrder::Host || self.field.ty.is_string() || self.width <= 1 {
            return;
        }
        match &mut self.term.source {
            // What stands in the rule is turned here, not in the kernel.
            Source::Constant(data) if self.term.ops.is_empty() => {
                self.field.order = ByteOrder::Big;
                if cfg!(target_endian = "little") {
                    data.reverse();
                }
            }
            _ => self.swap(ByteorderOp::HTON, self.width),
        }
    }

    /// Brings the bytes into the order that a target wants. What maps say is in their data's order and stays so.
    pub(super) fn make(&mut self, order: ByteOrder) {
        if self.field.order == order
            || self.field.ty.is_string()
            || self.width <= 1
            || matches!(self.term.source, Source::Map(_) | Source::Constant(_) | Source::Concat(_))
        {
            return;
        }
        let op = if order == ByteOrder::Big { ByteorderOp::HTON } else { ByteorderOp::NTOH };
        self.swap(op, self.width);
    }
}

impl<'r> Evaluator<'_, 'r> {
    /// An expression that is no constant. `target` is what it is assigned to, if it is.
    pub(super) fn selector(&mut self, expr: &'r Expr, target: Option<KeyField>) -> Result<Typed, Error> {
        Ok(match expr {
            Expr::Payload(payload) => self.payload(payload)?,
            Expr::Raw(raw) => self.raw(raw)?,
            Expr::Exthdr(exthdr) => self.exthdr(exthdr)?,
            Expr::Meta(key) => self.meta(*key)?,
            Expr::Ct(ct) => self.ct(*ct)?,
            Expr::Rt(key) => self.rt(*key)?,
            Expr::Socket(socket) => {
                let key = socket.key;
                Typed::whole(Load::Socket(*socket), KeyField::new(key.ty(), key.value_bits(), key.byte_order()))
            }
            Expr::Fib(fib) => Self::fib(*fib)?,
            Expr::Osf(osf) => Typed::whole(Load::Osf(*osf), KeyField::new(osf.key.ty(), osf.key.bits(), osf.key.byte_order())),
            Expr::Ipsec(ipsec) => self.ipsec(ipsec)?,
            Expr::Tunnel(key) => Typed::whole(Load::Tunnel(*key), KeyField::new(key.ty(), key.bits(), key.byte_order())),
            Expr::Numgen(numgen) => {
                check_generator(numgen.modulus, numgen.offset)?;
                Typed::whole(Load::Numgen(*numgen), KeyField::new(DataType::INTEGER, 32, ByteOrder::Host))
            }
            Expr::Hash(hash) => self.hash(hash)?,
            Expr::Binary(op, sides) => self.binary(*op, &sides.0, &sides.1, target)?,
            Expr::Map(map) => self.map(&map.key, &map.map, target)?,
            Expr::Concat(parts) => {
                // A constant among the fields has the type that it was read or decoded with.
                let field = |part: &Expr| match part {
                    Expr::Value(value) if value.ty.bits() != 0 => Some(KeyField::of(value.ty)),
                    _ => None,
                };
                let parts = parts
                    .iter()
                    .enumerate()
                    .map(|(at, part)| self.part(part, field(part)).map_err(in_field(at)))
                    .collect::<Result<_, _>>()?;
                concat(parts, Settle::Host)
            }
            Expr::Value(_) | Expr::List(_) => match target {
                Some(field) => Typed::constant(self.fold_bytes(expr, field)?, field),
                None => return Err(source("left-hand side of relational expression must not be constant")),
            },
            Expr::Prefix(..) | Expr::Range(_) => {
                return Err(source("prefixes and ranges are values, not something to compare"));
            }
            Expr::Set(_) | Expr::SetRef(_) => return Err(source("a set cannot stand here")),
            Expr::Masked(_) => return Err(source("`value / mask` can only stand on the right of a match")),
            Expr::Verdict(_) => return Err(source("a verdict cannot stand here")),
        })
    }

    /// A field of a concatenation.
    pub(super) fn part(&mut self, expr: &'r Expr, target: Option<KeyField>) -> Result<Typed, Error> {
        let part = self.selector(expr, target)?;
        if part.field.ty == DataType::STRING || part.field.ty == DataType::BITMASK {
            let name = part.field.ty.name();
            return Err(source(format!("can not use variable sized data types ({name}) in concat expressions")));
        }
        Ok(part)
    }

    fn meta(&self, key: MetaKey) -> Result<Typed, Error> {
        if key == MetaKey::Nfproto && self.cx.family != Family::Inet {
            return Err(source("meta nfproto is only useful in the inet family"));
        }
        Ok(Typed::whole(Load::Meta(key), KeyField::new(key.ty(), key.bits(), key.byte_order())))
    }

    fn ct(&self, ct: Ct) -> Result<Typed, Error> {
        use crate::schema::ct::DirectionRule;
        match (ct.key.direction(), ct.direction) {
            (DirectionRule::Required, None) => {
                return Err(source(format!("ct {} needs a direction: original or reply", ct.key.name())));
            }
            (DirectionRule::Never, Some(_)) => return Err(source(format!("ct {} has no direction", ct.key.name()))),
            _ => {}
        }
        let field = match ct.key {
            CtKey::Saddr | CtKey::Daddr => match (self.cx.family, self.outer.network.header) {
                (Family::Ip, _) => KeyField::of(DataType::IPV4_ADDR),
                (Family::Ip6, _) => KeyField::of(DataType::IPV6_ADDR),
                (_, Some(header)) if *header == IP => KeyField::of(DataType::IPV4_ADDR),
                (_, Some(header)) if *header == IP6 => KeyField::of(DataType::IPV6_ADDR),
                _ => {
                    return Err(source("cannot determine ip protocol version, use \"ip saddr\" or \"ip6 saddr\" instead"));
                }
            },
            key => {
                let wanted = match key {
                    CtKey::SaddrIp | CtKey::DaddrIp => Some(&IP),
                    CtKey::SaddrIp6 | CtKey::DaddrIp6 => Some(&IP6),
                    _ => None,
                };
                if let Some(wanted) = wanted
                    && let Some(known) = self.outer.network.conflict(wanted)
                {
                    let (known, wanted) = (known.name, wanted.name);
                    return Err(source(format!("conflicting protocols specified: {known} vs. {wanted}")));
                }
                KeyField::new(key.ty(), key.bits(), key.byte_order())
            }
        };
        Ok(Typed::whole(Load::Ct(ct), field))
    }

    fn rt(&self, key: RtKey) -> Result<Typed, Error> {
        let never = match (key, self.cx.family) {
            (RtKey::NexthopIp, Family::Ip6) => Some("ip"),
            (RtKey::NexthopIp6, Family::Ip) => Some("ip6"),
            _ => None,
        };
        match never {
            Some(family) => Err(source(format!("{family} nexthop will not match"))),
            None => Ok(Typed::whole(Load::Rt(key), KeyField::new(key.ty(), key.bits(), key.byte_order()))),
        }
    }

    fn fib(mut fib: Fib) -> Result<Typed, Error> {
        match fib.flags & (NFTA_FIB_F_SADDR | NFTA_FIB_F_DADDR) {
            0 => return Err(source("fib: need either saddr or daddr")),
            NFTA_FIB_F_SADDR | NFTA_FIB_F_DADDR => {}
            _ => return Err(source("fib: saddr and daddr are mutually exclusive")),
        }
        if fib.flags & (NFTA_FIB_F_IIF | NFTA_FIB_F_OIF) == NFTA_FIB_F_IIF | NFTA_FIB_F_OIF {
            return Err(source("fib: iif and oif are mutually exclusive"));
        }
        let result = fib.result;
        if result == FibResult::Check {
            fib.flags |= fib::PRESENT;
        }
        Ok(Typed::whole(Load::Fib(fib), KeyField::new(result.ty(), result.bits(), result.byte_order())))
    }

    fn ipsec(&self, ipsec: &crate::model::Ipsec) -> Result<Typed, Error> {
        if !matches!(self.cx.family, Family::Ip | Family::Ip6 | Family::Inet) {
            return Err(source("ipsec expression is only valid in ip/ip6/inet tables"));
        }
        if ipsec.spnum > 255 {
            return Err(source(format!("value too large: {} exceeds valid range 0-255", ipsec.spnum)));
        }
        let key = ipsec.key;
        Ok(Typed::whole(Load::Ipsec(*ipsec), KeyField::new(key.ty(), key.bits(), key.byte_order())))
    }

    fn exthdr(&mut self, exthdr: &Exthdr) -> Result<Typed, Error> {
        let family = self.cx.family;
        match exthdr.op {
            ExthdrOp::Ip6 => {
                if matches!(family, Family::Ip | Family::Arp) {
                    return Err(source(format!("cannot use exthdr with {family}")));
                }
                self.require_network(&IP6, Side::Outer, Need::HoistedMessage)?;
            }
            ExthdrOp::Ip => self.require_network(&IP, Side::Outer, Need::HoistedMessage)?,
            ExthdrOp::Tcp | ExthdrOp::Sctp | ExthdrOp::Dccp => {}
        }
        let (op, number) = (exthdr.op, exthdr.number);
        let load = |present| move |offset, len| Load::Exthdr { op, number, offset, len, present };
        Ok(match exthdr.part {
            ExthdrPart::Present => Typed::whole(load(true)(0, 1), KeyField::new(DataType::BOOLEAN, 8, ByteOrder::Host)),
            ExthdrPart::Field(field) => {
                let order = field.ty.byte_order().unwrap_or(ByteOrder::Big);
                Typed::bits(KeyField::new(field.ty, field.bits, order), field.offset, load(false))
            }
            ExthdrPart::Raw { offset, bits } => {
                Typed::bits(KeyField::new(DataType::INTEGER, bits, ByteOrder::Big), offset, load(false))
            }
        })
    }

    fn hash(&mut self, hash: &'r Hash) -> Result<Typed, Error> {
        check_generator(hash.modulus, hash.offset)?;
        let of = match &hash.expr {
            None => None,
            Some(expr) => {
                let mut key = self.selector(expr, None)?;
                key.settle(Settle::Host);
                Some((key.term, key.width))
            }
        };
        let term = Term { source: Source::Hash(Box::new(HashTerm::new(hash, of))), ops: SmallVec::new() };
        let field = KeyField::new(DataType::INTEGER, 32, ByteOrder::Host);
        Ok(Typed { term, field, place: None, width: 4 })
    }
}

/// Values side by side.
pub(super) fn concat(parts: Parts, settle: Settle) -> Typed {
    let mut width = 0;
    let parts: Box<[Part]> = parts
        .into_iter()
        .map(|mut part| {
            part.settle(settle);
            let words = part.width.div_ceil(4).max(1);
            width += words * 4;
            Part { term: part.term, words }
        })
        .collect();
    Typed {
        term: Term { source: Source::Concat(parts), ops: SmallVec::new() },
        field: KeyField::new(DataType::INVALID, width * 8, ByteOrder::Big),
        place: None,
        width,
    }
}

/// So many bits, all set.
pub(super) const fn ones(bits: u32) -> u128 {
    match bits {
        0 => 0,
        1..128 => (1 << bits) - 1,
        _ => u128::MAX,
    }
}

fn check_generator(modulus: u32, offset: u32) -> Result<(), Error> {
    if modulus == 0 {
        return Err(source("modulus must be larger than 0"));
    }
    match offset.checked_add(modulus - 1) {
        Some(_) => Ok(()),
        None => Err(source("value too large")),
    }
}
