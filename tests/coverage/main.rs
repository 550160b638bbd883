//! Coverage of the schema: every header field, option, key, type, instruction and attribute, of instructions and of messages, is reached by
//! a golden case.
//!
//! The cases are held against the reference (`tests/kernel/cases.rs`), so what is reached is also right.

mod messages;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use nft::bytecode::Instruction;
use nft::message::rule::RuleMessage;
use nft::netlink::{Nfnl, Recorder};
use nft::schema::extension::Op;
use nft::schema::{self, CtKey, DataType, IpsecKey, MetaKey, RtKey, SocketKey, TunnelKey};
use nft::syntax::{NoFiles, lower};
use nft::wire::{Attributes, Messages};
use nft::{Database, Environment, NoDeclarations};

/// A machine with nothing but its loopback interface, in the time zone UTC.
#[derive(Clone, Copy, Debug)]
struct Loopback;

impl Environment for Loopback {
    fn number(&self, database: Database, name: &str) -> Option<u64> {
        (database == Database::Interface && name == "lo").then_some(1)
    }
}

/// Why no case has extensions of the xtables.
const XTABLES: &str = "only iptables-nft makes them, and nothing in the language says them";

/// Why no case has what only the kernel says.
const KERNEL: &str = "only the kernel says it: the tests against the kernel read it";

/// Why no case has what is said of a packet.
const TRACE: &str = "only the kernel says it: the tests of the monitor trace packets";

/// What no case reaches, and why.
const UNREACHED: &[(&str, &str)] = &[
    ("socket cgroupv2", "names a control group of the machine"),
    ("Tunnel.mode", "nft asks for the mode that is meant where none is said"),
    ("ExthdrSet.flags", "nft sends none"),
    ("ExthdrStrip.offset", "nft sends none"),
    ("ExthdrStrip.len", "nft sends none"),
    ("ExthdrStrip.flags", "nft sends none"),
    ("instruction Match", XTABLES),
    ("Match.name", XTABLES),
    ("Match.rev", XTABLES),
    ("Match.info", XTABLES),
    ("instruction Target", XTABLES),
    ("Target.name", XTABLES),
    ("Target.rev", XTABLES),
    ("Target.info", XTABLES),
    ("RuleMessage.compat", XTABLES),
    ("Ip6Message.label", "nothing in the language says it"),
    ("TunnelMessage.flags", "nothing in the language says it"),
    ("ChainMessage.uses", KERNEL),
    ("ChainMessage.counters", KERNEL),
    ("FlowtableMessage.uses", KERNEL),
    ("GenerationMessage.id", KERNEL),
    ("GenerationMessage.pid", KERNEL),
    ("GenerationMessage.name", KERNEL),
    ("ObjectMessage.uses", KERNEL),
    ("SetMessage.backend", KERNEL),
    ("SetMessage.count", KERNEL),
    ("TableMessage.uses", KERNEL),
    ("TableMessage.owner", KERNEL),
    ("PacketMessage.table", TRACE),
    ("PacketMessage.chain", TRACE),
    ("PacketMessage.rule", TRACE),
    ("PacketMessage.ty", TRACE),
    ("PacketMessage.verdict", TRACE),
    ("PacketMessage.id", TRACE),
    ("PacketMessage.link_header", TRACE),
    ("PacketMessage.network_header", TRACE),
    ("PacketMessage.transport_header", TRACE),
    ("PacketMessage.iif", TRACE),
    ("PacketMessage.iif_type", TRACE),
    ("PacketMessage.oif", TRACE),
    ("PacketMessage.oif_type", TRACE),
    ("PacketMessage.mark", TRACE),
    ("PacketMessage.protocol", TRACE),
    ("PacketMessage.policy", TRACE),
];

fn read(directory: &Path, extension: &str, found: &mut Vec<String>) {
    for path in fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            read(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(fs::read_to_string(&path).expect("a case is text"));
        }
    }
}

/// The texts of the cases, without comments.
fn cases() -> Vec<String> {
    let mut texts = Vec::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"), "nft", &mut texts);
    texts
        .iter()
        .map(|text| text.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect())
        .collect()
}

/// Whether a case has these words, one behind the other.
fn has(texts: &[String], words: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    texts.iter().any(|text| {
        text.match_indices(words).any(|(at, _)| {
            let before = at.checked_sub(1).and_then(|at| text.as_bytes().get(at));
            let behind = text.as_bytes().get(at + words.len());
            !before.is_some_and(|byte| is_word(*byte)) && !behind.is_some_and(|byte| is_word(*byte))
        })
    })
}

/// Fails with what is not reached; what is listed must not be.
#[track_caller]
fn check(wanted: impl IntoIterator<Item = (String, bool)>) {
    let (mut missing, mut needless) = (Vec::new(), Vec::new());
    for (name, reached) in wanted {
        match (reached, UNREACHED.iter().any(|(listed, _)| *listed == name)) {
            (false, false) => missing.push(name),
            (true, true) => needless.push(name),
            _ => {}
        }
    }
    assert!(missing.is_empty(), "no case reaches: {}", missing.join(", "));
    assert!(needless.is_empty(), "reached, so not to be listed: {}", needless.join(", "));
}

#[test]
fn fields_of_headers() {
    let texts = cases();
    let named = |name: &str| schema::header(name).is_some();
    check(schema::all().filter(|(header, _)| named(header.name)).map(|(header, field)| {
        let words = format!("{} {}", header.name, field.name);
        let reached = has(&texts, &words);
        (words, reached)
    }));
}

#[test]
fn extensions() {
    let texts = cases();
    let all = [
        (schema::exthdr::all(), Op::Ip6, ""),
        (schema::tcpopt::all(), Op::Tcp, "tcp option "),
        (schema::ipopt::all(), Op::Ip, "ip option "),
        (schema::sctp_chunk::all(), Op::Sctp, "sctp chunk "),
        (schema::dccpopt::all(), Op::Dccp, "dccp option "),
    ];
    check(
        all.into_iter()
            .flat_map(|(extensions, op, head)| extensions.iter().map(move |extension| (extension, op, head)))
            .flat_map(|(extension, op, head)| {
                let texts = &texts;
                extension.fields.iter().map(move |field| {
                    let words = match op {
                        // They have no fields in the language.
                        Op::Dccp => format!("{head}{}", extension.number),
                        _ => format!("{head}{} {}", extension.name, field.name),
                    };
                    let reached = has(texts, &words);
                    (words, reached)
                })
            }),
    );
}

#[test]
fn keys() {
    let texts = cases();
    let mut wanted = Vec::new();
    let mut add = |forms: &[String]| wanted.push((forms[0].clone(), forms.iter().any(|form| has(&texts, form))));
    for key in MetaKey::all() {
        add(&[format!("meta {}", key.name()), format!("\t{} ", key.name())]);
    }
    for key in CtKey::all() {
        add(&["", "original ", "reply "].map(|direction| format!("ct {direction}{}", key.name())));
    }
    RtKey::all().iter().for_each(|key| add(&[format!("rt {}", key.name())]));
    SocketKey::all().iter().for_each(|key| add(&[format!("socket {}", key.name())]));
    TunnelKey::all().iter().for_each(|key| add(&[format!("tunnel {}", key.name())]));
    ["osf name", "osf ttl loose", "osf ttl skip version"].iter().for_each(|words| add(&[(*words).to_owned()]));
    IpsecKey::all().iter().for_each(|key| add(&["in", "out"].map(|direction| format!("ipsec {direction} {}", key.name()))));
    check(wanted);
}

/// Of each type with names for its values, one of the names.
#[test]
fn symbols_of_types() {
    let texts = cases();
    check(DataType::numbered().filter(|ty| !ty.symbols().is_empty()).map(|ty| {
        let reached = ty.symbols().iter().any(|symbol| has(&texts, symbol.name));
        (format!("type {}", ty.name()), reached)
    }));
}

/// What is sent for the cases.
fn sent() -> Vec<Vec<u8>> {
    let send = |text: String| {
        let commands = lower::load(&text, "case", &mut NoFiles, &NoDeclarations).expect("a case loads");
        let mut nfnl = Nfnl::with_transport(Recorder::accepting()).with_environment(Loopback);
        nfnl.apply(&commands).expect("a case compiles");
        nfnl.transport().sent().to_vec()
    };
    cases().into_iter().flat_map(send).collect()
}

/// The fields of every instruction that a case gives a value, by the name of the instruction.
fn instructions() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for batch in sent() {
        for message in Messages::new(&batch).map_while(Result::ok) {
            if let Ok(rule) = RuleMessage::decode(message.reader())
                && let Some(program) = rule.program
            {
                program.iter().for_each(|instruction| note(instruction, &mut found));
            }
        }
    }
    found
}

/// Notes the fields that have values, from the form for debugging: `Log { prefix: Some(…), group: None }`.
fn note(instruction: &Instruction, found: &mut BTreeMap<String, BTreeSet<String>>) {
    let mut open: Vec<String> = Vec::new();
    for line in format!("{instruction:#?}").lines().map(str::trim) {
        if let Some((field, value)) = line.split_once(": ")
            && let Some(name) = open.iter().rev().find(|name| !name.is_empty())
            && value != "None,"
        {
            found.entry(name.clone()).or_default().insert(field.to_owned());
        }
        let opened = line.rsplit(": ").next().unwrap_or_default();
        if let Some(name) = opened.strip_suffix(" {") {
            found.entry(name.to_owned()).or_default();
            open.push(name.to_owned());
        } else if opened.ends_with(['(', '[', '{']) {
            // `Notrack(` opens no struct of its own.
            open.push(String::new());
        } else if opened.starts_with([')', ']', '}']) {
            open.pop();
        } else if let Some(name) = opened.strip_suffix(',')
            && name.chars().all(char::is_alphanumeric)
        {
            found.entry(name.to_owned()).or_default();
        }
    }
}

/// The rows of the instructions, from the source: each is `NUMBER => field: type` in the `attributes!` of its struct.
fn rows() -> Vec<(String, Vec<String>)> {
    let mut sources = Vec::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("nft-core/src/bytecode"), "rs", &mut sources);
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    for source in &sources {
        let mut inside = false;
        for line in source.lines() {
            if line == "}" {
                inside = false;
            }
            let line = line.trim();
            if line == "attributes! {" {
                inside = true;
            } else if let Some(name) = line.strip_prefix("pub struct ").filter(|_| inside) {
                let name = name.split(|sign: char| !sign.is_alphanumeric()).next().unwrap_or_default();
                rows.push((name.to_owned(), Vec::new()));
            } else if line.starts_with("struct ") {
                // How verdicts are written; what they are is tested with the statements.
                inside = false;
            } else if let Some((_, field)) = line.split_once(" => ").filter(|(number, _)| inside && number.starts_with("NFTA_"))
                && let Some((field, _)) = field.split_once(": ")
                && let Some((_, fields)) = rows.last_mut()
            {
                fields.push(field.to_owned());
            }
        }
    }
    rows
}

#[test]
fn attributes_of_instructions() {
    let (rows, found) = (rows(), instructions());
    assert!(rows.len() > 40, "the rows are found: {}", rows.len());
    check(rows.into_iter().flat_map(|(name, fields)| {
        let reached = found.get(&name);
        let whole = (format!("instruction {name}"), reached.is_some());
        let fields: Vec<_> = fields
            .iter()
            .map(|field| (format!("{name}.{field}"), reached.is_some_and(|reached| reached.contains(field))))
            .collect();
        std::iter::once(whole).chain(fields)
    }));
}
