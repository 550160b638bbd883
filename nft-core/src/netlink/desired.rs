//! What is wanted, kept in kernel form between reconciliations: only what changed since the last one is compiled.

use std::collections::HashMap;

use super::reconcile::Wanted;
use super::snapshot::{self, Name};
use super::state::State;
use crate::declarations::SetHead;
use crate::diff::image::{Image, Maker, head, note, without_content};
use crate::environment::Environment;
use crate::error::Error;
use crate::model::{Chain, Rule, Ruleset, Table};
use crate::wire::Text;

/// Tables that were wanted last, by name.
#[derive(Debug, Default)]
pub(super) struct Desired {
    tables: HashMap<Name, Kept>,
}

/// A table as it was wanted last.
#[derive(Debug)]
struct Kept {
    source: Table,
    image: Image,
}

impl Desired {
    /// The images of these tables, brought up to date.
    pub(super) fn update(
        &mut self,
        ruleset: &Ruleset,
        states: &HashMap<Name, State>,
        environment: &dyn Environment,
    ) -> Result<(), Error> {
        self.tables.retain(|(family, name), _| ruleset.table(*family, name).is_some());
        for table in &ruleset.tables {
            let name = snapshot::name(table.family, &table.name);
            if table.chains.iter().flat_map(|chain| &chain.rules).any(Rule::is_received) {
                let mut maker = Maker::new(table, environment);
                if let Some(state) = states.get(&name) {
                    maker = maker.beside(&state.image);
                }
                let image = maker.image()?;
                self.tables.insert(name, Kept { source: without_content(table), image });
                continue;
            }
            match self.tables.get_mut(&name) {
                Some(kept) if kept.is_same_ground(table) => kept.update(table, environment).inspect_err(|_| kept.spoil())?,
                _ => {
                    let image = Maker::new(table, environment).image()?;
                    self.tables.insert(name, Kept { source: table.clone(), image });
                }
            }
        }
        Ok(())
    }

    pub(super) fn image(&self, name: &Name) -> Option<&Image> {
        self.tables.get(name).map(|kept| &kept.image)
    }
}

impl Kept {
    /// Whether rules mean the same as before: they depend on the heads of sets, and sets on the rules that make them.
    fn is_same_ground(&self, table: &Table) -> bool {
        let heads = |table: &Table| -> Vec<(Text, SetHead)> {
            table.sets.iter().map(|set| (Text::new(&set.name), SetHead::from(set))).collect()
        };
        self.image.meters.is_empty() && heads(&self.source) == heads(table)
    }

    /// Makes sure that nothing half changed is used.
    fn spoil(&mut self) {
        self.source.sets.clear();
        self.source.chains.clear();
        // Sets that no table has: the ground differs from any.
        self.image.meters.push(std::sync::Arc::default());
    }

    fn update(&mut self, table: &Table, environment: &dyn Environment) -> Result<(), Error> {
        let mut maker = Maker::new(table, environment);
        let mut changed = false;
        let mut old: HashMap<Text, (Chain, Vec<_>)> = HashMap::new();
        let rules = std::mem::take(&mut self.image.rules);
        for (chain, rules) in std::mem::take(&mut self.source.chains).into_iter().zip(rules) {
            old.insert(Text::new(&chain.name), (chain, rules));
        }
        for chain in &table.chains {
            let before = old.remove(&Text::new(&chain.name)).filter(|(kept, _)| kept.base == chain.base);
            let (mut kept, mut images) = before.unwrap_or_else(|| (Chain::new(chain.name.clone()), Vec::new()));
            let from = kept.rules.iter().zip(&chain.rules).take_while(|(old, new)| old == new).count();
            let (was, is) = (kept.rules.get(from..).unwrap_or_default(), chain.rules.get(from..).unwrap_or_default());
            let tail = was.iter().rev().zip(is.iter().rev()).take_while(|(old, new)| old == new).count();
            let (until, to) = (kept.rules.len() - tail, chain.rules.len() - tail);
            if from < until || from < to {
                changed = true;
                let new = chain.rules.get(from..to).unwrap_or_default();
                let made =
                    (from..).zip(new).map(|(index, rule)| maker.rule(chain, index, rule)).collect::<Result<Vec<_>, _>>()?;
                images.splice(from..until, made);
                kept.rules.splice(from..until, new.iter().cloned());
            }
            // What only the machine knows may have changed.
            for (index, image) in images.iter_mut().enumerate().filter(|(_, image)| image.local) {
                if let Some(rule) = chain.rules.get(index) {
                    *image = maker.rule(chain, index, rule)?;
                }
            }
            let rules = std::mem::take(&mut kept.rules);
            kept = head(chain);
            kept.rules = rules;
            self.source.chains.push(kept);
            self.image.rules.push(images);
        }
        let (meters, _) = maker.noted();
        if changed || !old.is_empty() {
            self.image.changed.clear();
            table.chains.iter().flat_map(|chain| &chain.rules).for_each(|rule| note(rule, &mut self.image.changed));
        }
        self.image.meters = meters;
        self.image.table.chains = table.chains.iter().map(head).collect();
        self.image.table.objects.clone_from(&table.objects);
        self.image.table.flowtables.clone_from(&table.flowtables);
        let top = without_content(table);
        (self.image.table.flags, self.image.table.comment) = (top.flags, top.comment);
        self.image.table.unknown = top.unknown;
        self.sets(table, environment, changed)
    }

    fn sets(&mut self, table: &Table, environment: &dyn Environment, rules_changed: bool) -> Result<(), Error> {
        let maker = Maker::new(table, environment).with_changed(&self.image.changed);
        for (at, set) in table.sets.iter().enumerate() {
            let same = self.source.sets.get(at).is_some_and(|old| old == set);
            // Names in elements are few, and asked for again.
            let local = set.elements.others().iter().any(|element| element.key.is_some());
            if same && !rules_changed && !local {
                continue;
            }
            let (normal, head) = maker.set(set)?;
            if let (Some(slot), Some(place), Some(source)) =
                (self.image.table.sets.get_mut(at), self.image.heads.get_mut(at), self.source.sets.get_mut(at))
            {
                *slot = normal;
                *place = std::sync::Arc::new(head);
                if !same {
                    source.clone_from(set);
                }
            }
        }
        Ok(())
    }
}

/// What is wanted, from what is kept.
pub(super) fn wanted<'a>(desired: &'a Desired, ruleset: &'a Ruleset) -> Wanted<'a> {
    let names: Vec<Name> = ruleset.tables.iter().map(|table| snapshot::name(table.family, &table.name)).collect();
    let images = names.iter().map(|name| desired.image(name)).collect();
    Wanted::kept(&ruleset.tables, images, names)
}
