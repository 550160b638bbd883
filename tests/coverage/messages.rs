//! The attributes of messages: each row of an `attributes!` in `message/` is sent by a case.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nft::model::ObjectType;
use nft::uapi::nf_tables::{
    NFT_MSG_DELFLOWTABLE, NFT_MSG_DELOBJ, NFT_MSG_DELSETELEM, NFT_MSG_NEWCHAIN, NFT_MSG_NEWFLOWTABLE, NFT_MSG_NEWOBJ,
    NFT_MSG_NEWRULE, NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM, NFT_MSG_NEWTABLE, NFTA_OBJ_TYPE, NFTA_TUNNEL_KEY_OPTS_ERSPAN,
    NFTA_TUNNEL_KEY_OPTS_GENEVE, NFTA_TUNNEL_KEY_OPTS_VXLAN,
};
use nft::wire::{Attribute, Message, Messages, Reader};

use super::{check, read, sent};

/// A row: the attribute's number, the field, its type.
struct Row {
    number: u16,
    field: String,
    ty: String,
}

type Groups = BTreeMap<String, Vec<Row>>;

/// The numbers of attributes by their names, from the source.
fn numbers() -> BTreeMap<String, u16> {
    let mut sources = Vec::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("nft-core/src/uapi"), "rs", &mut sources);
    let lines = sources.iter().flat_map(|source| source.lines());
    lines
        .filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = "))
        .filter_map(|(name, number)| Some((name.to_owned(), number.parse().ok()?)))
        .collect()
}

/// The rows of the messages, from the source.
fn groups() -> Groups {
    let (numbers, mut sources, mut groups) = (numbers(), Vec::new(), Groups::new());
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("nft-core/src/message"), "rs", &mut sources);
    for source in &sources {
        let mut group: Option<&mut Vec<Row>> = None;
        let mut inside = false;
        for line in source.lines() {
            match line.trim() {
                "attributes! {" => inside = true,
                _ if line == "}" => (inside, group) = (false, None),
                trimmed if inside => {
                    let head = trimmed.strip_prefix("pub ").unwrap_or(trimmed);
                    if let Some(name) = head.strip_prefix("struct ") {
                        let name = name.split(['<', ' ']).next().unwrap_or_default();
                        group = Some(groups.entry(name.to_owned()).or_default());
                    } else if let Some((constant, rest)) = trimmed.split_once(" => ")
                        && let (Some(group), Some((field, ty))) = (&mut group, rest.split_once(": "))
                    {
                        let number = *numbers.get(constant).unwrap_or_else(|| panic!("the number of {constant}"));
                        group.push(Row { number, field: field.to_owned(), ty: ty.trim_end_matches(',').to_owned() });
                    }
                }
                _ => {}
            }
        }
    }
    groups
}

/// The rows that stand in a group of attributes.
struct Walk<'g> {
    groups: &'g Groups,
    found: BTreeSet<String>,
}

impl Walk<'_> {
    fn message(&mut self, message: &Message<'_>) {
        // Requests about a thing have the attributes of the thing, whatever they do with it.
        let group = match message.header.message() {
            NFT_MSG_NEWTABLE..NFT_MSG_NEWCHAIN => "TableMessage",
            NFT_MSG_NEWCHAIN..NFT_MSG_NEWRULE => "ChainMessage",
            NFT_MSG_NEWRULE..NFT_MSG_NEWSET => "RuleMessage",
            NFT_MSG_NEWSET..NFT_MSG_NEWSETELEM => "SetMessage",
            NFT_MSG_NEWSETELEM | NFT_MSG_DELSETELEM => "ElementList",
            NFT_MSG_NEWOBJ | NFT_MSG_DELOBJ => "ObjectMessage",
            NFT_MSG_NEWFLOWTABLE | NFT_MSG_DELFLOWTABLE => "FlowtableMessage",
            _ => return,
        };
        if message.header.subsystem() != 0 {
            self.group(group, message.reader());
        }
    }

    fn group(&mut self, name: &str, reader: Reader<'_>) {
        let kind = reader.clone().find(NFTA_OBJ_TYPE).ok().flatten().and_then(|kind| kind.array().ok()).map(u32::from_be_bytes);
        for attribute in reader.map_while(Result::ok) {
            let row = self.groups[name].iter().find(|row| row.number == attribute.kind);
            let Some(row) = row else { panic!("{name} has no attribute {}", attribute.kind) };
            self.found.insert(format!("{name}.{}", row.field));
            match (name, &*row.field) {
                ("ElementList", "elements") => self.list("ElementMessage", attribute),
                ("ObjectMessage", "data") => {
                    if let Some(group) = kind.and_then(object) {
                        self.group(group, attribute.reader());
                    }
                }
                ("TunnelMessage", "options") => {
                    for options in attribute.reader().map_while(Result::ok) {
                        match options.kind {
                            NFTA_TUNNEL_KEY_OPTS_VXLAN => self.group("VxlanMessage", options.reader()),
                            NFTA_TUNNEL_KEY_OPTS_ERSPAN => self.group("ErspanMessage", options.reader()),
                            NFTA_TUNNEL_KEY_OPTS_GENEVE => self.group("GeneveMessage", options.reader()),
                            other => panic!("options of tunnels have no attribute {other}"),
                        }
                    }
                }
                _ => {
                    let is_type =
                        |group: &&String| row.ty.split(|sign: char| !sign.is_alphanumeric()).any(|word| word == **group);
                    match self.groups.keys().find(is_type) {
                        Some(group) if row.ty.ends_with(" as List") => self.list(group, attribute),
                        Some(group) => self.group(group, attribute.reader()),
                        None => {}
                    }
                }
            }
        }
    }

    fn list(&mut self, group: &str, attribute: Attribute<'_>) {
        attribute.reader().map_while(Result::ok).for_each(|item| self.group(group, item.reader()));
    }
}

/// The attributes of an object's data; those of the others are an instruction's.
const fn object(kind: u32) -> Option<&'static str> {
    Some(match ObjectType(kind) {
        ObjectType::CT_HELPER => "HelperMessage",
        ObjectType::CT_TIMEOUT => "TimeoutMessage",
        ObjectType::CT_EXPECTATION => "ExpectationMessage",
        ObjectType::TUNNEL => "TunnelMessage",
        ObjectType::SECMARK => "SecmarkMessage",
        _ => return None,
    })
}

#[test]
fn attributes_of_messages() {
    let groups = groups();
    assert!(groups.values().map(Vec::len).sum::<usize>() > 100, "the rows are found");
    let mut walk = Walk { groups: &groups, found: BTreeSet::new() };
    for batch in sent() {
        Messages::new(&batch).map_while(Result::ok).for_each(|message| walk.message(&message));
    }
    check(groups.iter().flat_map(|(name, rows)| rows.iter().map(move |row| format!("{name}.{}", row.field))).map(|row| {
        let reached = walk.found.contains(&row);
        (row, reached)
    }));
}
