//! Objects and flowtables.

use std::fmt::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

use nft_core::model::{
    CtExpectation, CtHelper, CtTimeout, Flowtable, Object, ObjectKind, Repr, Synproxy, TunnelAddresses, TunnelObject,
    TunnelOptions,
};
use nft_core::schema::datatype::{Style, write_duration};
use nft_core::schema::words::{TCP_TIMEOUTS, UDP_TIMEOUTS};
use nft_core::schema::{DataType, Family, Hook, priority};

use super::Context;
use super::stmt::{DefaultBurst, limit, quota};

pub(super) fn object(out: &mut impl Write, object: &Object, cx: Context<'_>) -> fmt::Result {
    cx.indent(out)?;
    match object.kind.ty().name() {
        Some(name) => write!(out, "{name} {}", object.name)?,
        None => write!(out, "unknown {}", object.name)?,
    }
    cx.open(out, object.handle)?;
    let inner = cx.deeper();
    inner.comment_line(out, object.comment.as_deref())?;
    kind(out, &object.kind, inner)?;
    cx.indent(out)?;
    out.write_str("}\n")
}

fn kind(out: &mut impl Write, kind: &ObjectKind, cx: Context<'_>) -> fmt::Result {
    match kind {
        ObjectKind::Counter { .. } if cx.stateless => Ok(()),
        ObjectKind::Counter { packets, bytes } => {
            cx.indent(out)?;
            writeln!(out, "packets {packets} bytes {bytes}")
        }
        ObjectKind::Quota(item) => {
            cx.indent(out)?;
            quota(out, *item, cx)?;
            out.write_char('\n')
        }
        ObjectKind::Limit(item) => {
            cx.indent(out)?;
            limit(out, *item, cx, DefaultBurst::Hidden)?;
            out.write_char('\n')
        }
        ObjectKind::CtHelper(item) => ct_helper(out, item, cx),
        ObjectKind::CtTimeout(item) => ct_timeout(out, item, cx),
        ObjectKind::CtExpectation(item) => ct_expectation(out, item, cx),
        ObjectKind::Secmark(context) => {
            cx.indent(out)?;
            writeln!(out, "\"{context}\"")
        }
        ObjectKind::Synproxy(item) => synproxy(out, *item, cx),
        ObjectKind::Tunnel(item) => tunnel(out, item, cx),
        // Kept as bytes, which the language cannot say.
        ObjectKind::Unknown(..) => Ok(()),
        _ => Err(fmt::Error),
    }
}

/// Prints a transport protocol by name, whatever the options.
fn protocol(out: &mut impl Write, number: u8) -> fmt::Result {
    DataType::INET_PROTO.write(out, &Repr::Int(number.into()), 8, &Style::default())
}

/// Prints the line of the network protocol; the kernel reports that of the table where none was written.
fn l3proto(out: &mut impl Write, number: u16, cx: Context<'_>) -> fmt::Result {
    let family = u8::try_from(number).ok().and_then(Family::by_number).unwrap_or(cx.family);
    cx.indent(out)?;
    writeln!(out, "l3proto {}", family.name())
}

fn ct_helper(out: &mut impl Write, item: &CtHelper, cx: Context<'_>) -> fmt::Result {
    cx.indent(out)?;
    write!(out, "type \"{}\" protocol ", item.helper)?;
    protocol(out, item.l4proto)?;
    out.write_char('\n')?;
    l3proto(out, item.l3proto, cx)
}

fn ct_timeout(out: &mut impl Write, item: &CtTimeout, cx: Context<'_>) -> fmt::Result {
    cx.indent(out)?;
    out.write_str("protocol ")?;
    protocol(out, item.l4proto)?;
    out.write_char('\n')?;
    l3proto(out, item.l3proto, cx)?;
    let states = if item.l4proto == 17 { UDP_TIMEOUTS } else { TCP_TIMEOUTS };
    let mut shown = states.iter().filter_map(|state| {
        let (_, seconds) = item.policy.iter().find(|(attribute, _)| *attribute == state.attribute)?;
        (*seconds != state.default).then_some((state.name, *seconds))
    });
    let Some((name, seconds)) = shown.next() else { return Ok(()) };
    cx.indent(out)?;
    write!(out, "policy = {{ {name} : ")?;
    write_duration(out, u64::from(seconds) * 1000, &cx.options.style)?;
    for (name, seconds) in shown {
        write!(out, ", {name} : ")?;
        write_duration(out, u64::from(seconds) * 1000, &cx.options.style)?;
    }
    out.write_str(" }\n")
}

fn ct_expectation(out: &mut impl Write, item: &CtExpectation, cx: Context<'_>) -> fmt::Result {
    cx.indent(out)?;
    out.write_str("protocol ")?;
    protocol(out, item.l4proto)?;
    out.write_char('\n')?;
    cx.indent(out)?;
    writeln!(out, "dport {}", item.dport)?;
    cx.indent(out)?;
    out.write_str("timeout ")?;
    write_duration(out, item.timeout.into(), &cx.options.style)?;
    out.write_char('\n')?;
    cx.indent(out)?;
    writeln!(out, "size {}", item.size)?;
    l3proto(out, item.l3proto, cx)
}

fn synproxy(out: &mut impl Write, item: Synproxy, cx: Context<'_>) -> fmt::Result {
    if let Some(mss) = item.mss {
        cx.indent(out)?;
        writeln!(out, "mss {mss}")?;
    }
    if let Some(wscale) = item.wscale {
        cx.indent(out)?;
        writeln!(out, "wscale {wscale}")?;
    }
    let (timestamp, sack_perm) = (if item.timestamp { "timestamp" } else { "" }, if item.sack_perm { "sack-perm" } else { "" });
    if !item.timestamp && !item.sack_perm {
        return Ok(());
    }
    cx.indent(out)?;
    // nft leaves the blank between them even where one is missing.
    writeln!(out, "{timestamp} {sack_perm}")
}

fn tunnel(out: &mut impl Write, item: &TunnelObject, cx: Context<'_>) -> fmt::Result {
    let mut line = |name: &str, number: Option<u32>| -> fmt::Result {
        let Some(number) = number else { return Ok(()) };
        cx.indent(out)?;
        writeln!(out, "{name} {number}")
    };
    line("id", item.id)?;
    match item.addresses {
        Some(TunnelAddresses::Ip { source, destination }) => {
            let address = |address: Option<Ipv4Addr>| address.map(|address| u128::from(address.to_bits()));
            addresses(out, "ip", DataType::IPV4_ADDR, address(source), address(destination), cx)?;
        }
        Some(TunnelAddresses::Ip6 { source, destination }) => {
            let address = |address: Option<Ipv6Addr>| address.map(Ipv6Addr::to_bits);
            addresses(out, "ip6", DataType::IPV6_ADDR, address(source), address(destination), cx)?;
        }
        Some(_) => return Err(fmt::Error),
        None => {}
    }
    let mut line = |name: &str, number: Option<u32>| -> fmt::Result {
        let Some(number) = number else { return Ok(()) };
        cx.indent(out)?;
        writeln!(out, "{name} {number}")
    };
    line("sport", item.sport.map(u32::from))?;
    line("dport", item.dport.map(u32::from))?;
    line("tos", item.tos.map(u32::from))?;
    line("ttl", item.ttl.map(u32::from))?;
    match &item.options {
        Some(options) => tunnel_options(out, options, cx),
        None => Ok(()),
    }
}

fn addresses(
    out: &mut impl Write,
    word: &str,
    ty: DataType,
    source: Option<u128>,
    destination: Option<u128>,
    cx: Context<'_>,
) -> fmt::Result {
    for (name, address) in [("saddr", source), ("daddr", destination)] {
        let Some(address) = address else { continue };
        cx.indent(out)?;
        write!(out, "{word} {name} ")?;
        ty.write(out, &Repr::Int(address), ty.bits(), &cx.options.style)?;
        out.write_char('\n')?;
    }
    Ok(())
}

/// Prints a block of lines, each a word and what it is.
fn block(out: &mut impl Write, word: &str, lines: &[(&str, &dyn fmt::Display)], cx: Context<'_>) -> fmt::Result {
    cx.indent(out)?;
    writeln!(out, "{word} {{")?;
    for (name, number) in lines {
        cx.deeper().indent(out)?;
        writeln!(out, "{name} {number}")?;
    }
    cx.indent(out)?;
    out.write_str("}\n")
}

fn tunnel_options(out: &mut impl Write, options: &TunnelOptions, cx: Context<'_>) -> fmt::Result {
    match options {
        TunnelOptions::Vxlan { gbp } => block(out, "vxlan", &[("gbp", gbp)], cx),
        TunnelOptions::Erspan1 { index } => block(out, "erspan", &[("version", &1), ("index", index)], cx),
        TunnelOptions::Erspan2 { direction, hardware } => {
            let word = if *direction == 0 { "ingress" } else { "egress" };
            block(out, "erspan", &[("version", &2), ("direction", &word), ("id", hardware)], cx)
        }
        TunnelOptions::Geneve(list) => {
            cx.indent(out)?;
            out.write_str("geneve {\n")?;
            let inner = cx.deeper();
            for option in list {
                inner.indent(out)?;
                write!(out, "class {:#x} opt-type {:#x} data \"0x", option.class, option.ty)?;
                option.data.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
                out.write_str("\"\n")?;
            }
            cx.indent(out)?;
            out.write_str("}\n")
        }
        _ => Err(fmt::Error),
    }
}

pub(super) fn flowtable(out: &mut impl Write, item: &Flowtable, cx: Context<'_>) -> fmt::Result {
    cx.indent(out)?;
    write!(out, "flowtable {}", item.name)?;
    cx.open(out, item.handle)?;
    let inner = cx.deeper();
    if let Some(value) = item.priority {
        inner.indent(out)?;
        out.write_str("hook ingress priority ")?;
        if cx.options.numeric_priority || cx.options.style.numeric {
            write!(out, "{value}")?;
        } else {
            // The priorities of a flowtable are those of devices, whatever its table's family.
            priority::write(out, Family::Netdev, Hook::Ingress, value)?;
        }
        out.write_char('\n')?;
    }
    if !item.devices.is_empty() {
        inner.indent(out)?;
        out.write_str("devices = { ")?;
        let mut devices: Vec<_> = item.devices.iter().collect();
        devices.sort_unstable();
        for (index, device) in devices.into_iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(out, "{comma}\"{device}\"")?;
        }
        out.write_str(" }\n")?;
    }
    if item.offload {
        inner.indent(out)?;
        out.write_str("flags offload\n")?;
    }
    if item.counter {
        inner.indent(out)?;
        out.write_str("counter\n")?;
    }
    cx.indent(out)?;
    out.write_str("}\n")
}
