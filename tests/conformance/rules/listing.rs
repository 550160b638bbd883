//! `rules-listing`: recorded messages become the text that the reference lists.

use std::collections::HashMap;

use nft_core::bytecode::{Instruction, Program, Text};
use nft_core::delinearize::{Context, Names, delinearize};
use nft_core::message::rule::{RuleMessage, read_userdata};
use nft_core::model::{Rule, Set};
use nft_core::name::SetName;
use nft_core::schema::Family;
use nft_core::set::{Collector, decode};
use nft_core::uapi::nf_tables::{NFT_MSG_NEWRULE, NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM, NFTA_SET_ID};
use nft_core::wire::Attributes;
use nft_syntax::print::{self, Options};

use crate::corpus::RuleCase;
use crate::measure::Outcome;
use crate::world::{self, World};

/// The sets that the rule refers to.
#[derive(Debug, Default)]
struct Found {
    sets: HashMap<String, Set>,
    blocks: HashMap<String, Vec<Rule>>,
}

impl Names for Found {
    fn set(&self, name: &str) -> Option<&Set> {
        self.sets.get(name)
    }

    fn block(&self, chain: &str) -> Option<&[Rule]> {
        self.blocks.get(chain).map(Vec::as_slice)
    }
}

pub(super) fn run(case: &RuleCase) -> Outcome {
    match listing(case) {
        Ok(found) => Outcome::compare(case.listed.as_deref().unwrap_or_default(), &found),
        Err(error) => Outcome::Fail(format!("{error}\n")),
    }
}

fn listing(case: &RuleCase) -> Result<String, String> {
    let text = |error: nft_core::wire::Error| error.to_string();
    let family = Family::by_name(&case.family).ok_or("unknown family")?;
    let mut found = Found { sets: world::declared_sets(case)?, blocks: HashMap::new() };
    let mut collector = None;
    let (mut rule, mut named) = (None, None);
    for message in &case.netlink {
        match message.message() {
            NFT_MSG_NEWSET => {
                finish(&mut found, named.take(), collector.take());
                let (_, mut set, shape) = decode(family, message.attributes()).map_err(text)?;
                let id = message.attributes().find(NFTA_SET_ID).map_err(text)?;
                if let Some(name) = id.and_then(|id| Some(numbered(&set.name, u32::from_be_bytes(id.array().ok()?)))) {
                    set.name = SetName::new(name).map_err(|error| error.to_string())?;
                }
                collector = Some(Collector::new(shape));
                named = Some(set);
            }
            NFT_MSG_NEWSETELEM => {
                if let Some(collector) = &mut collector {
                    collector.add(message.attributes()).map_err(text)?;
                }
            }
            NFT_MSG_NEWRULE => {
                finish(&mut found, named.take(), collector.take());
                let message = RuleMessage::decode(message.attributes()).map_err(text)?;
                let mut program = message.program.unwrap_or_default();
                number_sets(&mut program);
                let mut read = delinearize(&program, &Context { family, names: &found });
                if let Some(userdata) = message.userdata {
                    let userdata = read_userdata(userdata);
                    read.comment = userdata.comment;
                }
                rule = Some(read);
            }
            _ => {}
        }
    }
    let rule = rule.ok_or("no rule among the messages")?;
    let mut out = String::new();
    let options = Options::new(&World).stateless();
    print::rule(&mut out, &rule, family, &options).map_err(|error| error.to_string())?;
    Ok(out)
}

/// The name that the kernel gives an anonymous set; here its number in the batch.
fn numbered(name: &str, id: u32) -> String {
    name.replace("%d", &id.to_string())
}

/// Puts those names where the program refers to the sets.
fn number_sets(program: &mut Program) {
    for instruction in program.iter_mut() {
        let (name, id) = match instruction {
            Instruction::Lookup(lookup) => (&mut lookup.set, lookup.set_id),
            Instruction::ObjrefMap(objref) => (&mut objref.set, objref.set_id),
            _ => continue,
        };
        if let Some(id) = id {
            *name = Text::new(&numbered(name, id));
        }
    }
}

fn finish(found: &mut Found, set: Option<Set>, collector: Option<Collector>) {
    if let Some(mut set) = set {
        if let Some(collector) = collector {
            set.elements = collector.finish();
        }
        found.sets.insert(set.name.to_string(), set);
    }
}
