//! What a stream of events has to remember: the sets, whose types the elements' messages do not repeat, and what stands in rules.

use std::collections::HashMap;

use crate::delinearize::Names;
use crate::error::Error;
use crate::message::chain;
use crate::model::{Rule, Set, SetFlags};
use crate::netlink::Transport;
use crate::netlink::link::Link;
use crate::schema::Family;
use crate::set::{self, Shape};
use crate::uapi::nf_tables::{NFT_MSG_GETCHAIN, NFT_MSG_GETSET, NFTA_SET_TABLE};
use crate::wire::{Text, Writer};

/// The tables that were heard of.
#[derive(Debug, Default)]
pub(super) struct Tables {
    tables: HashMap<(Family, Text), Heads>,
}

/// What is in a table.
#[derive(Debug, Default)]
pub(super) struct Heads {
    sets: HashMap<Text, Head>,
    /// Chains without a name of their own, with their rules where these are known.
    blocks: HashMap<Text, Option<Vec<Rule>>>,
}

/// A set: those of rules with their elements, others without.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) set: Set,
    pub(super) shape: Shape,
    /// Whether the elements are known.
    pub(super) filled: bool,
}

impl Head {
    pub(super) const fn is_anonymous(&self) -> bool {
        self.set.flags.contains(SetFlags::ANONYMOUS)
    }
}

impl Tables {
    pub(super) fn clear(&mut self) {
        self.tables.clear();
    }

    pub(super) fn table(&mut self, family: Family, name: &str) -> &mut Heads {
        self.tables.entry((family, Text::new(name))).or_default()
    }

    pub(super) fn remove(&mut self, family: Family, name: &str) {
        self.tables.remove(&(family, Text::new(name)));
    }

    /// Asks for what there is: all sets without their elements, and the names of chains that stand in rules.
    pub(super) fn ask_all<T: Transport>(&mut self, link: &mut Link<T>) -> Result<(), Error> {
        self.clear();
        self.ask_sets(link, None)?;
        let chains = link.whole(
            NFT_MSG_GETCHAIN,
            0,
            |_| {},
            Vec::new,
            |found, message| {
                if let Some(family) = Family::by_number(message.header.family)
                    && let Ok(received) = chain::decode(family, message.reader())
                    && received.anonymous
                {
                    found.push((family, Text::new(&received.table), Text::new(&received.chain.name)));
                }
                Ok(())
            },
        )?;
        for (family, table, name) in chains {
            self.table(family, &table).blocks.insert(name, None);
        }
        Ok(())
    }

    /// Asks for the sets, of one table or of all. What is known already stays as it is.
    pub(super) fn ask_sets<T: Transport>(&mut self, link: &mut Link<T>, table: Option<(Family, &str)>) -> Result<(), Error> {
        let family = table.map_or(0, |(family, _)| family.number());
        let attributes = |writer: &mut Writer| {
            if let Some((_, name)) = table {
                writer.text(NFTA_SET_TABLE, name);
            }
        };
        let sets = link.whole(NFT_MSG_GETSET, family, attributes, Vec::new, |found, message| {
            if let Some(family) = Family::by_number(message.header.family)
                && let Ok((table, set, shape)) = set::decode(family, message.reader())
            {
                found.push((family, Text::new(&table), set, shape));
            }
            Ok(())
        })?;
        for (family, table, set, shape) in sets {
            let name = Text::new(&set.name);
            self.table(family, &table).sets.entry(name).or_insert(Head { set, shape, filled: false });
        }
        Ok(())
    }
}

impl Heads {
    pub(super) fn set_of(&self, name: &str) -> Option<&Head> {
        self.sets.get(&Text::new(name))
    }

    pub(super) fn set_mut(&mut self, name: &str) -> Option<&mut Head> {
        self.sets.get_mut(&Text::new(name))
    }

    pub(super) fn insert_set(&mut self, set: Set, shape: Shape) {
        self.sets.insert(Text::new(&set.name), Head { set, shape, filled: true });
    }

    /// Forgets a set; whether it is known to have stood in a rule.
    pub(super) fn remove_set(&mut self, name: &str) -> bool {
        self.sets.remove(&Text::new(name)).is_some_and(|head| head.is_anonymous())
    }

    pub(super) fn insert_block(&mut self, name: &str) {
        self.blocks.insert(Text::new(name), Some(Vec::new()));
    }

    /// Forgets a chain; whether it is known to have stood in a rule.
    pub(super) fn remove_block(&mut self, name: &str) -> bool {
        self.blocks.remove(&Text::new(name)).is_some()
    }

    /// The rules of a chain that stands in a rule.
    pub(super) fn block_mut(&mut self, name: &str) -> Option<&mut Option<Vec<Rule>>> {
        if self.blocks.is_empty() {
            return None;
        }
        self.blocks.get_mut(&Text::new(name))
    }
}

/// The names of a table as rules see them.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) heads: &'a Heads,
    /// Whether chains without a name of their own stand in the rules that jump to them.
    pub(super) blocks: bool,
}

impl Names for Seen<'_> {
    fn set(&self, name: &str) -> Option<&Set> {
        let head = self.heads.set_of(name)?;
        (head.filled || !head.is_anonymous()).then_some(&head.set)
    }

    fn block(&self, chain: &str) -> Option<&[Rule]> {
        if !self.blocks {
            return None;
        }
        self.heads.blocks.get(&Text::new(chain))?.as_deref()
    }
}
