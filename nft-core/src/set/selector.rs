//! `typeof`: expressions in the userdata of sets.
//!
//! A record of the set holds two: 0 with the expression's number in nft, 1 with records of its own for each kind.

use crate::model::{Ct, Expr, Exthdr, ExthdrPart, Fib, Hash, Ipsec, KeyField, Numgen, Osf, Payload, RawPayload, Socket};
use crate::schema::ct::Direction;
use crate::schema::extension::Op;
use crate::schema::exthdr as ip6_extension;
use crate::schema::ipsec::IpsecDirection;
use crate::schema::proto::{TH, by_desc};
use crate::schema::{Base, ByteOrder, CtKey, DataType, FibResult, Field, Header, IpsecKey, MetaKey, RtKey, SocketKey};
use crate::wire::{Tlv, Tlvs, push_tlv};

/// nft's number of what has no `typeof`: a constant.
pub(super) const VALUE: u32 = 4;
/// nft's number of verdicts.
pub(super) const VERDICT: u32 = 1;

const PAYLOAD: u32 = 7;
const EXTHDR: u32 = 8;
const META: u32 = 9;
const SOCKET: u32 = 10;
const OSF: u32 = 11;
const CT: u32 = 12;
const CONCAT: u32 = 13;
const NUMGEN: u32 = 23;
const HASH: u32 = 24;
const RT: u32 = 25;
const FIB: u32 = 27;
const XFRM: u32 = 28;

const NO_DIRECTION: u32 = u32::MAX;
const JHASH: u32 = 0;
const SYMHASH: u32 = 1;

/// Appends a record of that type with the expression; nothing if nft has no form for it.
pub(super) fn write(records: &mut Vec<u8>, kind: u8, expr: &Expr, skip: impl Fn(&Expr) -> bool) {
    let Expr::Concat(parts) = expr else {
        if !skip(expr)
            && let Some(content) = content(expr)
        {
            push(records, kind, &content);
        }
        return;
    };
    let mut fields = Vec::new();
    for (number, part) in (0_u8..).zip(parts) {
        // nft writes `osf` alone, but forgets it here.
        if !skip(part)
            && !matches!(part, Expr::Osf(_))
            && let Some(content) = content(part)
        {
            push(&mut fields, number, &content);
        }
    }
    push(records, kind, &wrapped(CONCAT, &fields));
}

/// Whether a record holds no expression: what [`write_type`] writes.
pub(super) fn is_type(record: Tlv<'_>) -> bool {
    let mut kind = None;
    let mut parts = true;
    for part in record.nested().map_while(Result::ok) {
        match part.kind {
            0 => kind = part.number(),
            _ => parts &= part.nested().map_while(Result::ok).all(is_type),
        }
    }
    kind == Some(VALUE) || (kind == Some(CONCAT) && parts)
}

/// Appends a record of that type for what has a type, but no expression.
pub(super) fn write_type(records: &mut Vec<u8>, kind: u8, fields: usize) {
    let value = wrapped(VALUE, &[]);
    if fields < 2 {
        push(records, kind, &value);
    } else {
        // All that nft makes of a concatenation of types, however many: a field without content, and a stray value.
        let mut content = vec![0, 0];
        content.extend_from_slice(&value);
        push(records, kind, &wrapped(CONCAT, &content));
    }
}

/// Appends a record of that type for verdicts.
pub(super) fn write_verdict(records: &mut Vec<u8>, kind: u8) {
    push(records, kind, &wrapped(VERDICT, &[]));
}

/// Appends a record of that type for the number of a queue.
pub(super) fn write_queue(records: &mut Vec<u8>, kind: u8) {
    push(records, kind, &wrapped(VALUE, &numbers(&[(0, 0)])));
}

/// What a record says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Selector {
    /// An expression.
    Expr(Expr),
    /// Verdicts.
    Verdict,
    /// The number of a queue.
    Queue,
}

/// Reads a record's content; nothing if it says nothing of use.
pub(super) fn read(record: Tlvs<'_>) -> Option<Selector> {
    let (kind, mut content) = unwrap(record)?;
    match kind {
        VERDICT => Some(Selector::Verdict),
        VALUE => content.find_map(Result::ok).map(|_| Selector::Queue),
        CONCAT => {
            let mut parts = Vec::new();
            for (number, part) in content.enumerate() {
                let part = part.ok().filter(|part| usize::from(part.kind) == number)?;
                let (kind, content) = unwrap(part.nested())?;
                parts.push(expr(kind, content)?);
            }
            (parts.len() > 1).then(|| Selector::Expr(Expr::Concat(parts.into())))
        }
        kind => expr(kind, content).map(Selector::Expr),
    }
}

fn wrapped(kind: u32, content: &[u8]) -> Vec<u8> {
    let mut records = numbers(&[(0, kind)]);
    push(&mut records, 1, content);
    records
}

/// Records too long to be written are left out, as if there were none: the set works without.
fn push(records: &mut Vec<u8>, kind: u8, content: &[u8]) {
    let _ = push_tlv(records, kind, content);
}

fn numbers(rows: &[(u8, u32)]) -> Vec<u8> {
    let mut records = Vec::with_capacity(rows.len() * 6);
    for (kind, number) in rows {
        push(&mut records, *kind, &number.to_ne_bytes());
    }
    records
}

fn unwrap(mut record: Tlvs<'_>) -> Option<(u32, Tlvs<'_>)> {
    let kind = record.next()?.ok().filter(|record| record.kind == 0)?.number()?;
    let content = record.next()?.ok().filter(|record| record.kind == 1)?.nested();
    Some((kind, content))
}

fn content(expr: &Expr) -> Option<Vec<u8>> {
    Some(match expr {
        Expr::Payload(payload) => wrapped(PAYLOAD, &payload_content(payload)),
        Expr::Raw(raw) => wrapped(PAYLOAD, &raw_content(raw)),
        Expr::Exthdr(exthdr) => wrapped(EXTHDR, &exthdr_content(exthdr)?),
        Expr::Meta(key) => wrapped(META, &numbers(&[(0, key.number())])),
        Expr::Socket(socket) => wrapped(SOCKET, &numbers(&[(0, socket.key.number())])),
        Expr::Osf(_) => wrapped(OSF, &[]),
        Expr::Ct(ct) => {
            let direction = ct.direction.map_or(NO_DIRECTION, |direction| u32::from(direction.number()));
            wrapped(CT, &numbers(&[(0, ct.key.number()), (1, direction)]))
        }
        Expr::Numgen(numgen) => wrapped(NUMGEN, &numbers(&[(0, numgen.kind), (1, numgen.modulus), (2, numgen.offset)])),
        Expr::Hash(hash) => {
            let kind = if hash.expr.is_some() { JHASH } else { SYMHASH };
            let seed = (hash.seed.unwrap_or(0), u32::from(hash.seed.is_some()));
            wrapped(HASH, &numbers(&[(0, kind), (1, hash.offset), (2, hash.modulus), (3, seed.0), (4, seed.1)]))
        }
        Expr::Rt(key) => wrapped(RT, &numbers(&[(0, key.number())])),
        Expr::Fib(fib) => {
            let present = if fib.result == FibResult::Check { crate::schema::fib::PRESENT } else { 0 };
            wrapped(FIB, &numbers(&[(0, fib.result.number()), (1, fib.flags | present)]))
        }
        Expr::Ipsec(ipsec) => {
            let direction = u32::from(ipsec.direction.number());
            wrapped(XFRM, &numbers(&[(0, ipsec.key.number()), (1, ipsec.spnum), (2, direction)]))
        }
        Expr::Tunnel(_)
        | Expr::Value(_)
        | Expr::Prefix(..)
        | Expr::Range(_)
        | Expr::Concat(_)
        | Expr::List(_)
        | Expr::Set(_)
        | Expr::SetRef(_)
        | Expr::Masked(_)
        | Expr::Binary(..)
        | Expr::Map(_)
        | Expr::Verdict(_) => return None,
    })
}

fn payload_content(payload: &Payload) -> Vec<u8> {
    let field = payload.field;
    let mut rows = vec![(0, u32::from(payload.header.desc)), (1, u32::from(field.template))];
    if payload.header.desc == 0 {
        rows.extend([(2, base_number(payload.header.base)), (3, field.offset)]);
    }
    if payload.header.desc == 0 || field.ty.id() == DataType::INTEGER.id() {
        rows.push((4, field.bits));
    }
    if let Some(desc) = tunnel_desc(payload.tunnel, payload.header) {
        rows.push((5, desc));
    }
    numbers(&rows)
}

fn raw_content(raw: &RawPayload) -> Vec<u8> {
    if raw.base == Base::Transport
        && let Some(field) = TH.at(raw.offset, raw.bits)
    {
        return payload_content(&Payload { tunnel: raw.tunnel, header: &TH, field });
    }
    let mut rows = vec![(0, 0), (1, 0), (2, base_number(raw.base)), (3, raw.offset), (4, raw.bits)];
    if let Some(tunnel) = raw.tunnel {
        rows.push((5, u32::from(tunnel.desc)));
    }
    numbers(&rows)
}

/// nft's own number of a base.
const fn base_number(base: Base) -> u32 {
    base.number() + 1
}

/// A tunnel over UDP is named at its own fields too.
fn tunnel_desc(tunnel: Option<&Header>, header: &Header) -> Option<u32> {
    match tunnel {
        Some(tunnel) => Some(u32::from(tunnel.desc)),
        None if header.base == Base::Tunnel => Some(u32::from(header.desc)),
        None => None,
    }
}

fn exthdr_content(exthdr: &Exthdr) -> Option<Vec<u8>> {
    let field = |field: &Field| u32::from(field.template);
    let number = u32::from(exthdr.number);
    Some(match (exthdr.op, exthdr.part) {
        (_, ExthdrPart::Raw { .. }) => return None,
        (Op::Ip6, part) => {
            let template = if let ExthdrPart::Field(found) = part { field(found) } else { 1 };
            numbers(&[(1, template), (0, u32::from(exthdr.extension?.desc))])
        }
        (op, ExthdrPart::Field(found)) => numbers(&[(1, field(found)), (2, op.number()), (0, number)]),
        (op @ Op::Dccp, ExthdrPart::Present) => numbers(&[(1, 1), (2, op.number()), (0, number)]),
        (op, ExthdrPart::Present) => numbers(&[(1, 0), (2, op.number()), (0, number)]),
    })
}

/// The numbers of records 0 to 5.
fn fields(records: Tlvs<'_>) -> Option<[Option<u32>; 6]> {
    let mut found = [None; 6];
    for record in records {
        let record: Tlv<'_> = record.ok()?;
        *found.get_mut(usize::from(record.kind))? = Some(record.number()?);
    }
    Some(found)
}

fn expr(kind: u32, content: Tlvs<'_>) -> Option<Expr> {
    let [zero, one, two, three, four, five] = fields(content)?;
    Some(match kind {
        PAYLOAD => return payload([zero, one, two, three, four, five]),
        EXTHDR => Expr::Exthdr(read_exthdr(zero?, one?, two)?),
        META if one.is_none() => Expr::Meta(MetaKey::by_number(zero?)?),
        SOCKET => Expr::Socket(Socket::new(SocketKey::by_number(zero?)?, 0)),
        OSF => Expr::Osf(Osf::new(0, crate::schema::OsfKey::Name)),
        CT => {
            let direction = match one? {
                NO_DIRECTION => None,
                number => Some(Direction::by_number(u8::try_from(number).ok()?)?),
            };
            Expr::Ct(Ct { key: CtKey::by_number(zero?)?, direction })
        }
        NUMGEN => Expr::Numgen(Numgen::new(zero?, one?, two?)),
        HASH if zero? == SYMHASH => Expr::Hash(Box::new(Hash::new(None, two?, (four? != 0).then_some(three?), one?))),
        RT => Expr::Rt(RtKey::by_number(zero?)?),
        FIB => {
            let flags = one?;
            let result = FibResult::by_number(zero?, flags)?;
            Expr::Fib(Fib::new(flags & !crate::schema::fib::PRESENT, result))
        }
        XFRM => {
            let direction = if two? == 0 { IpsecDirection::In } else { IpsecDirection::Out };
            Expr::Ipsec(Ipsec::new(direction, one?, IpsecKey::by_number(zero?)?))
        }
        _ => return None,
    })
}

fn payload([desc, template, base, offset, bits, inner]: [Option<u32>; 6]) -> Option<Expr> {
    let tunnel = match inner {
        Some(inner) if Some(inner) != desc => Some(by_desc(inner)?),
        _ => None,
    };
    let desc = desc?;
    if desc == 0 {
        let base = Base::by_number(base?.checked_sub(1)?)?;
        return Some(Expr::Raw(RawPayload { tunnel, ..RawPayload::new(base, offset?, bits?) }));
    }
    let header = by_desc(desc)?;
    let field = header.template(template?)?;
    Some(Expr::Payload(Payload { tunnel, header, field }))
}

fn read_exthdr(number: u32, template: u32, op: Option<u32>) -> Option<Exthdr> {
    let Some(op) = op.and_then(Op::by_number).filter(|op| *op != Op::Ip6) else {
        let extension = ip6_extension::by_desc(number)?;
        return Some(Exthdr::new(extension, ExthdrPart::Field(extension.template(template)?)));
    };
    let number = u8::try_from(number).ok()?;
    let with_field = op.all().iter().find_map(|extension| {
        (extension.number == number).then_some(extension).and_then(|found| Some((found, found.template(template)?)))
    });
    if op != Op::Dccp
        && let Some((extension, field)) = with_field
    {
        return Some(Exthdr::new(extension, ExthdrPart::Field(field)));
    }
    match op.extension(number) {
        Some(extension) => Some(Exthdr::new(extension, ExthdrPart::Present)),
        None => Some(Exthdr::numbered(op, number, ExthdrPart::Present)),
    }
}

/// Whether nft changes the byte order of such a field before it looks it up, so that it loses the expression.
pub(super) fn is_swapped(field: KeyField) -> bool {
    field.order == ByteOrder::Host && field.bytes() > 1 && !field.ty.is_string()
}
