//! Selectors: words become header fields and keys of the schema.
//!
//! The grammar knows how many words a selector has; which words exist, the schema says.

mod extension;

pub(super) use extension::{chunk, dccp_option, extension_header, ip_option, raw_option, tcp_option};

use nft_core::Span;
use nft_core::model::{Ct, Expr, Fib, Ipsec, Osf, Payload, RawPayload, Socket};
use nft_core::schema::ct::{Direction, DirectionRule};
use nft_core::schema::ipsec::IpsecDirection;
use nft_core::schema::words::{FIB_FLAGS, OSF_TTL};
use nft_core::schema::{Base, CtKey, Family, FibResult, Header, IpsecKey, MetaKey, OsfKey, RtKey, SocketKey, TunnelKey, proto};

use super::fault::{Fault, Lowered};

/// A word of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<'t> {
    pub(crate) text: &'t str,
    pub(crate) span: Span,
}

impl<'t> Word<'t> {
    pub(crate) const fn new(text: &'t str, span: Span) -> Self {
        Self { text, span }
    }
}

/// `NFT_INNER_LL`: the tunnel carries a link layer header.
const INNER_LINK_LAYER: u32 = 2;

/// The widest raw payload, in bits.
const RAW_LIMIT: u64 = 512;

/// `ip saddr`, `vxlan ip saddr`, `arp saddr ip`: the field's words follow the header's.
pub(super) fn payload(tunnel: Option<Word<'_>>, header: Word<'_>, first: Word<'_>, second: Option<Word<'_>>) -> Lowered<Expr> {
    let found = header_of(header)?;
    let field = match second {
        None => found.field(first.text),
        Some(second) => found.fields.iter().find(|field| field.name.split_once(' ') == Some((first.text, second.text))),
    };
    let Some(field) = field else {
        let span = second.map_or(first.span, |second| first.span.to(second.span));
        let names = found.fields.iter().map(|field| field.name);
        return Err(Fault::new(span, format!("`{}` has no field `{}`", found.name, first.text))
            .did_you_mean(first.text, names)
            .unreadable());
    };
    let payload = Payload::new(found, field);
    Ok(Expr::Payload(match tunnel {
        Some(word) => {
            let tunnel = tunnel_of(word)?;
            // Not every tunnel carries frames.
            if found.base == Base::LinkLayer && tunnel.tunnel.is_some_and(|tunnel| tunnel.flags & INNER_LINK_LAYER == 0) {
                return Err(Fault::new(header.span, format!("unexpected {}: `{}` carries no frames", found.name, tunnel.name)));
            }
            payload.inside(tunnel)
        }
        None => payload,
    }))
}

/// The header of a word.
pub(super) fn header_of(word: Word<'_>) -> Lowered<&'static Header> {
    proto::header(word.text)
        .ok_or_else(|| Fault::unknown(word.span, "protocol", word.text, proto::all().iter().map(|header| header.name)))
}

/// The tunnel of a word.
pub(super) fn tunnel_of(word: Word<'_>) -> Lowered<&'static Header> {
    let found = header_of(word)?;
    if found.tunnel.is_none() {
        return Err(Fault::new(word.span, format!("`{}` is no tunnel", word.text)));
    }
    Ok(found)
}

/// `@th,16,16`.
pub(super) fn raw(base: Word<'_>, offset: (u64, Span), bits: (u64, Span)) -> Lowered<Expr> {
    let Some(found) = Base::by_name(base.text) else {
        return Err(Fault::unknown(base.span, "payload base", base.text, ["ll", "nh", "th", "ih"]));
    };
    if bits.0 == 0 || bits.0 > RAW_LIMIT {
        return Err(Fault::new(bits.1, format!("raw payload of {} bits: there may be 1 to {RAW_LIMIT}", bits.0)));
    }
    let narrow = |(number, span): (u64, Span)| {
        u32::try_from(number)
            .ok()
            .filter(|number| *number <= 1 << 24)
            .ok_or_else(|| Fault::new(span, "raw payload out of range"))
    };
    Ok(Expr::Raw(RawPayload::new(found, narrow(offset)?, narrow(bits)?)))
}

/// `meta mark`.
pub(super) fn meta(word: Word<'_>) -> Lowered<MetaKey> {
    MetaKey::by_name(word.text)
        .ok_or_else(|| Fault::unknown(word.span, "meta key", word.text, MetaKey::all().iter().map(|key| key.name())))
}

/// `mark` without `meta`.
pub(super) fn unqualified_meta(word: Word<'_>) -> Lowered<MetaKey> {
    MetaKey::by_unqualified_name(word.text).ok_or_else(|| {
        let keys = MetaKey::all().iter().filter(|key| key.unqualified()).map(|key| key.name());
        Fault::unknown(word.span, "selector", word.text, keys)
    })
}

/// `ct state`, `ct original ip saddr`.
pub(super) fn ct(direction: Option<Word<'_>>, first: Word<'_>, second: Option<Word<'_>>) -> Lowered<Ct> {
    let span = second.map_or(first.span, |second| first.span.to(second.span));
    let key = match second {
        None => CtKey::by_name(first.text),
        Some(second) => CtKey::all().iter().copied().find(|key| key.name().split_once(' ') == Some((first.text, second.text))),
    };
    let Some(key) = key else {
        return Err(Fault::unknown(span, "ct key", first.text, CtKey::all().iter().map(|key| key.name())));
    };
    let direction = match direction {
        None => None,
        Some(word) => Some(
            Direction::by_name(word.text)
                .ok_or_else(|| Fault::unknown(word.span, "ct direction", word.text, ["original", "reply"]))?,
        ),
    };
    let ct = Ct::new(key);
    match (key.direction(), direction) {
        (DirectionRule::Never, Some(direction)) => {
            Err(Fault::new(span, format!("`ct {}` has no direction", key.name()))
                .help(format!("leave out `{}`", direction.name())))
        }
        (DirectionRule::Required, None) => Err(Fault::new(span, format!("`ct {}` needs a direction", key.name()))
            .help(format!("write `ct original {0}` or `ct reply {0}`", key.name()))),
        (_, Some(direction)) => Ok(ct.of(direction)),
        (_, None) => Ok(ct),
    }
}

/// `rt nexthop`, `rt ip6 nexthop`. Without a family it is that of the table.
pub(super) fn rt(written: Option<Word<'_>>, key: Word<'_>, family: Option<Family>) -> Lowered<RtKey> {
    let Some(found) = RtKey::by_name(key.text) else {
        return Err(Fault::unknown(key.span, "rt key", key.text, RtKey::all().iter().map(|key| key.name())));
    };
    let written = match written {
        None => None,
        Some(word) => match Family::by_name(word.text) {
            Some(family @ (Family::Ip | Family::Ip6)) => Some(family),
            _ => return Err(Fault::unknown(word.span, "family", word.text, ["ip", "ip6"])),
        },
    };
    match (found, written.or(family)) {
        (RtKey::NexthopIp | RtKey::NexthopIp6, Some(Family::Ip6)) => Ok(found.for_ip6()),
        (RtKey::NexthopIp | RtKey::NexthopIp6, None) => {
            Err(Fault::new(key.span, "cannot determine ip protocol version").help("use `rt ip nexthop` or `rt ip6 nexthop`"))
        }
        _ => Ok(found),
    }
}

/// `socket mark`, `socket cgroupv2 level 1`.
pub(super) fn socket(key: Word<'_>, level: Option<(u64, Span)>) -> Lowered<Expr> {
    let Some(found) = SocketKey::by_name(key.text) else {
        return Err(Fault::unknown(key.span, "socket key", key.text, SocketKey::all().iter().map(|key| key.name())));
    };
    let level = match (found.needs_level(), level) {
        (true, Some((level, span))) => {
            u32::try_from(level).ok().filter(|level| *level <= 255).ok_or_else(|| Fault::new(span, "value too large"))?
        }
        (true, None) => return Err(Fault::new(key.span, format!("`socket {}` needs a level", found.name()))),
        (false, Some((_, span))) => return Err(Fault::new(span, format!("`socket {}` has no level", found.name()))),
        (false, None) => 0,
    };
    Ok(Expr::Socket(Socket::new(found, level)))
}

/// `fib saddr . iif oif`.
pub(super) fn fib<'t>(flags: impl IntoIterator<Item = Word<'t>>, result: Word<'t>, span: Span) -> Lowered<Expr> {
    let mut mask = 0;
    for word in flags {
        let Some(flag) = FIB_FLAGS.number(word.text) else {
            return Err(Fault::unknown(word.span, "fib key", word.text, FIB_FLAGS.all().map(|(name, _)| name)));
        };
        mask |= flag;
    }
    let Some(found) = FibResult::by_name(result.text) else {
        return Err(Fault::unknown(result.span, "fib result", result.text, FibResult::all().iter().map(|key| key.name())));
    };
    let has = |word| FIB_FLAGS.number(word).is_some_and(|flag| mask & flag != 0);
    match (has("saddr"), has("daddr")) {
        (false, false) => return Err(Fault::new(span, "fib: need either saddr or daddr")),
        (true, true) => return Err(Fault::new(span, "fib: saddr and daddr are mutually exclusive")),
        _ => {}
    }
    if has("iif") && has("oif") {
        return Err(Fault::new(span, "fib: iif and oif are mutually exclusive"));
    }
    Ok(Expr::Fib(Fib::new(mask, found)))
}

/// `osf ttl loose name`.
pub(super) fn osf(ttl: Option<Word<'_>>, key: Word<'_>) -> Lowered<Expr> {
    let ttl = match ttl {
        None => 0,
        Some(word) => OSF_TTL
            .number(word.text)
            .and_then(|number| u8::try_from(number).ok())
            .ok_or_else(|| Fault::unknown(word.span, "osf ttl mode", word.text, OSF_TTL.all().map(|(name, _)| name)))?,
    };
    let Some(found) = OsfKey::by_name(key.text) else {
        return Err(Fault::unknown(key.span, "osf key", key.text, ["name", "version"]));
    };
    Ok(Expr::Osf(Osf::new(ttl, found)))
}

/// `ipsec in spnum 1 ip saddr`.
pub(super) fn ipsec(
    direction: Word<'_>,
    spnum: Option<(u64, Span)>,
    first: Word<'_>,
    second: Option<Word<'_>>,
) -> Lowered<Expr> {
    let Some(way) = IpsecDirection::by_name(direction.text) else {
        return Err(Fault::unknown(direction.span, "ipsec direction", direction.text, ["in", "out"]));
    };
    let key = match second {
        None => IpsecKey::by_name(first.text),
        Some(second) => {
            IpsecKey::all().iter().copied().find(|key| key.name().split_once(' ') == Some((first.text, second.text)))
        }
    };
    let Some(key) = key else {
        let span = second.map_or(first.span, |second| first.span.to(second.span));
        return Err(Fault::unknown(span, "ipsec key", first.text, IpsecKey::all().iter().map(|key| key.name())));
    };
    let spnum = match spnum {
        None => 0,
        Some((number, span)) => {
            u32::try_from(number).ok().filter(|number| *number <= 255).ok_or_else(|| Fault::new(span, "value too large"))?
        }
    };
    Ok(Expr::Ipsec(Ipsec::new(way, spnum, key)))
}

/// `tunnel id`.
pub(super) fn tunnel(key: Word<'_>) -> Lowered<Expr> {
    TunnelKey::by_name(key.text)
        .map(Expr::Tunnel)
        .ok_or_else(|| Fault::unknown(key.span, "tunnel key", key.text, TunnelKey::all().iter().map(|key| key.name())))
}
