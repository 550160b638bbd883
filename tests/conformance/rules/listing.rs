//! `rules-listing`: recorded messages become the text that the reference lists.

use std::collections::HashMap;

use nft_core::delinearize::{Context, Names, delinearize};
use nft_core::message::rule::{RuleMessage, read_userdata};
use nft_core::model::{Rule, Set};
use nft_core::schema::Family;
use nft_core::set::{Collector, decode};
use nft_core::uapi::nf_tables::{NFT_MSG_NEWRULE, NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM};
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
                let (_, set, shape) = decode(family, message.attributes()).map_err(text)?;
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
                let program = message.program.unwrap_or_default();
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

fn finish(found: &mut Found, set: Option<Set>, collector: Option<Collector>) {
    if let Some(mut set) = set {
        if let Some(collector) = collector {
            set.elements = collector.finish();
        }
        found.sets.insert(set.name.to_string(), set);
    }
}
