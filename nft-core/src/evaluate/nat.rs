//! Address translation.

use super::selector::Typed;
use super::set::is_interval;
use super::stmt::address_field;
use super::term::{Registers, Source, Term};
use super::{Evaluator, in_operand, source};
use crate::bytecode::{self, Data, Register};
use crate::error::{Error, Operand};
use crate::model::{Expr, KeyField, MapData, MapExpr, Nat, NatKind};
use crate::schema::proto::{IP, IP6};
use crate::schema::{ByteOrder, DataType, Family};
use crate::uapi::netfilter::{NF_NAT_RANGE_NETMAP, NF_NAT_RANGE_PROTO_SPECIFIED};

/// Words of a register of 16 bytes.
const WORDS: u32 = 4;

/// Where the parts of a translation are.
#[derive(Default)]
struct Places {
    address: (Option<Register>, Option<Register>),
    port: (Option<Register>, Option<Register>),
}

impl<'r> Evaluator<'_, 'r> {
    pub(super) fn nat(&mut self, nat: &'r Nat) -> Result<(), Error> {
        if !matches!(self.cx.family, Family::Ip | Family::Ip6 | Family::Inet) {
            return Err(source("NAT is only supported for IPv4/IPv6"));
        }
        let word = match nat.kind {
            NatKind::Snat => "snat",
            NatKind::Dnat => "dnat",
            NatKind::Masquerade => "masquerade",
            NatKind::Redirect => "redirect",
        };
        let mut registers = Registers::new();
        let mut places = Places::default();
        let mut family = self.cx.family;
        let mut flags = nat.flags;
        if let Some(address) = &nat.address {
            if matches!(nat.kind, NatKind::Masquerade | NatKind::Redirect) {
                return Err(source(format!("{word} takes a port, not an address")));
            }
            family = match (address, nat.family) {
                // The map's key tells the family; but not that of an address with a port.
                (Expr::Map(map), None) if family == Family::Inet && !self.gives_port(&map.map) => {
                    self.address_family(word, family_of(&map.key), true)?
                }
                (_, written) => self.address_family(word, written, true)?,
            };
            self.nat_address(address, family, &mut registers, &mut places).map_err(in_operand(Operand::Address))?;
        } else if nat.family.is_some() {
            family = self.address_family(word, nat.family, false)?;
        }
        if let Some(port) = &nat.port {
            if places.port.0.is_some() {
                return Err(source("transport protocol mapping in the map and behind it"));
            }
            self.nat_port(port, &mut registers, &mut places).map_err(in_operand(Operand::Port))?;
            flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
        }
        if places.port.0.is_some() && self.outer.transport.header.is_none() {
            return Err(in_operand(Operand::Port)(source(
                "transport protocol mapping is only valid after transport protocol match",
            )));
        }
        if nat.prefix {
            flags |= NF_NAT_RANGE_NETMAP;
        }
        let flags = (flags != 0).then_some(flags);
        let (proto_min, proto_max) = places.port;
        match nat.kind {
            NatKind::Snat | NatKind::Dnat => {
                let ty = if nat.kind == NatKind::Snat { bytecode::NatType::SNAT } else { bytecode::NatType::DNAT };
                let (addr_min, addr_max) = places.address;
                let family = u32::from(family.number());
                self.with(registers, bytecode::Nat { ty, family, addr_min, addr_max, proto_min, proto_max, flags });
            }
            NatKind::Masquerade => self.with(registers, bytecode::Masq { flags, proto_min, proto_max }),
            NatKind::Redirect => self.with(registers, bytecode::Redir { proto_min, proto_max, flags }),
        }
        Ok(())
    }

    /// Whether a map gives an address and a port.
    fn gives_port(&self, map: &Expr) -> bool {
        match map {
            Expr::Set(elements) => elements.iter().any(|element| matches!(element.data, Some(Expr::Concat(_)))),
            Expr::SetRef(name) => {
                let head = self.head(name);
                let data = head.as_ref().ok().and_then(|head| head.data.as_ref());
                matches!(data, Some(MapData::Value { ty, .. }) if ty.fields_in(self.cx.family).len() > 1)
            }
            _ => false,
        }
    }

    /// The family of an address that is written without one.
    pub(super) fn address_family(&self, word: &str, written: Option<Family>, has_address: bool) -> Result<Family, Error> {
        let known = match (self.cx.family, self.outer.network.header) {
            (family @ (Family::Ip | Family::Ip6), _) => Some(family),
            (_, Some(header)) if *header == IP => Some(Family::Ip),
            (_, Some(header)) if *header == IP6 => Some(Family::Ip6),
            _ => None,
        };
        match (written, known) {
            (Some(written), Some(known)) if written != known => Err(source(format!(
                "conflicting protocols specified: {known} vs. {written}. You must specify ip or ip6 family in {word} statement"
            ))),
            (Some(family), _) => Ok(family),
            (None, Some(family)) if has_address || self.cx.family != Family::Inet => Ok(family),
            (None, _) if !has_address => Ok(self.cx.family),
            (None, _) => Err(source(format!("specify `{word} ip' or '{word} ip6' in inet table to disambiguate"))),
        }
    }

    fn nat_address(
        &mut self,
        address: &'r Expr,
        family: Family,
        registers: &mut Registers,
        places: &mut Places,
    ) -> Result<(), Error> {
        let field = address_field(family);
        match address.single() {
            Expr::Range(ends) => {
                let (low, high) = (self.fold_bytes(&ends.0, field)?, self.fold_bytes(&ends.1, field)?);
                if low > high {
                    return Err(source("range negative size"));
                }
                push_range(registers, low, high, &mut places.address);
            }
            Expr::Prefix(value, length) => {
                let (low, high) = self.prefix_ends(value, *length, field)?;
                push_range(registers, low, high, &mut places.address);
            }
            Expr::Map(map) => {
                let (term, shape) = self.nat_map(map, family)?;
                registers.push(term);
                shape.places(places);
            }
            Expr::Concat(parts) => {
                let [address, port] = &**parts else { return Err(source("expected an address and a port")) };
                self.nat_address(address, family, registers, places)?;
                self.nat_port(port, registers, places)?;
            }
            address => {
                registers.push(self.assigned(address, field)?);
                places.address.0 = Some(Register::R1);
            }
        }
        Ok(())
    }

    fn nat_port(&mut self, port: &'r Expr, registers: &mut Registers, places: &mut Places) -> Result<(), Error> {
        let field = KeyField::of(DataType::INET_SERVICE);
        let first = u32::try_from(registers.len()).unwrap_or(0) * WORDS;
        let port = port.single();
        if let Expr::Range(ends) = port {
            let (low, high) = (self.fold_bytes(&ends.0, field)?, self.fold_bytes(&ends.1, field)?);
            if low > high {
                return Err(source("range negative size"));
            }
            push_range(registers, low, high, &mut places.port);
        } else {
            registers.push(self.assigned(port, field)?);
            places.port.0 = Some(Register::at_word(first));
        }
        Ok(())
    }

    /// First and last address of a prefix.
    fn prefix_ends(&self, value: &Expr, length: u32, field: KeyField) -> Result<(Data, Data), Error> {
        let rest = field
            .bits
            .checked_sub(length)
            .ok_or_else(|| source(format!("prefix length {length} is invalid for type of {} bits width", field.bits)))?;
        // For the check of its type.
        self.fold_bytes(value, field)?;
        let rest = super::selector::ones(rest);
        let low = self.fold(value)? & !rest;
        let bytes = |number| super::constant::number_bytes(number, field.bytes() as usize, ByteOrder::Big);
        Ok((bytes(low), bytes(low | rest)))
    }

    /// A map of addresses, with or without ports, and what its data look like.
    fn nat_map(&mut self, map: &'r MapExpr, family: Family) -> Result<(Term, Shape), Error> {
        let address = address_field(family);
        let (fields, interval) = match &map.map {
            Expr::Set(elements) => {
                let data = || elements.iter().filter_map(|element| element.data.as_ref());
                let interval = data().any(is_interval);
                let ports = data().any(|data| matches!(data, Expr::Concat(_)));
                let port = KeyField::of(DataType::INET_SERVICE);
                (if ports { vec![address, port] } else { vec![address] }, interval)
            }
            Expr::SetRef(name) => match &self.head(name)?.data {
                Some(MapData::Value { ty, interval }) => (ty.fields_in(self.cx.family), *interval),
                _ => return Err(source("expression is not a map")),
            },
            _ => return Err(source("expression is not a map")),
        };
        if fields.first().is_none_or(|field| field.ty != address.ty) {
            let given = fields.first().map_or("nothing", |field| field.ty.description());
            let wanted = address.ty.description();
            return Err(source(format!("datatype mismatch: expected {wanted}, expression has type {given}")));
        }
        let shape =
            Shape { address: fields.first().map_or(0, |field| field.bytes().div_ceil(4)), port: fields.len() > 1, interval };
        if fields.len() > 2 {
            return Err(source("expected a map to an address, or an address and a port"));
        }
        let typed: Typed = self.map_to(&map.key, &map.map, fields, interval)?;
        debug_assert!(matches!(typed.term.source, Source::Map(_)), "a map gives a map");
        Ok((typed.term, shape))
    }
}

/// The family that the key of a map tells: that of a header field in it.
pub(super) fn family_of(key: &Expr) -> Option<Family> {
    match key {
        Expr::Payload(payload) if payload.header == &IP && payload.tunnel.is_none() => Some(Family::Ip),
        Expr::Payload(payload) if payload.header == &IP6 && payload.tunnel.is_none() => Some(Family::Ip6),
        Expr::Concat(parts) => parts.iter().find_map(family_of),
        _ => None,
    }
}

/// What a map's data look like in the registers.
struct Shape {
    /// Words of the address.
    address: u32,
    /// Whether a port follows.
    port: bool,
    /// Whether both are there twice, for the ends of a range.
    interval: bool,
}

impl Shape {
    fn places(&self, places: &mut Places) {
        let size = self.address + u32::from(self.port);
        places.address.0 = Some(Register::at_word(0));
        places.address.1 = self.interval.then(|| Register::at_word(size));
        places.port.0 = self.port.then(|| Register::at_word(self.address));
        places.port.1 = (self.port && self.interval).then(|| Register::at_word(size + self.address));
    }
}

fn push_range(registers: &mut Registers, low: Data, high: Data, place: &mut (Option<Register>, Option<Register>)) {
    let first = u32::try_from(registers.len()).unwrap_or(0) * WORDS;
    registers.push(Term::constant(low));
    registers.push(Term::constant(high));
    *place = (Some(Register::at_word(first)), Some(Register::at_word(first + WORDS)));
}
