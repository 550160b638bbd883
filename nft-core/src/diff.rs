//! What differs between two rulesets, in the form that the kernel runs.
//!
//! `tcp dport ssh` and `tcp dport { 22 }` are told apart, `tcp dport ssh` and `tcp dport 22` are not; and a ruleset that was pushed and
//! pulled differs in nothing. State takes no part: counters, quotas in use, time-outs that run down, elements that rules add.
//!
//! **Invariant:** comparing sends nothing and asks nobody but the environment.

mod kernel;
mod script;

use std::fmt;

use kernel::Kernel;
use script::Edit;

use crate::environment::Environment;
use crate::error::Error;
use crate::model::{Chain, Ruleset, Table};
use crate::schema::Family;

/// What has to change for one ruleset to become another.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Patch {
    /// The changes, table by table.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// What happens.
    pub kind: ChangeKind,
    /// Family of the table.
    pub family: Family,
    /// Name of the table.
    pub table: String,
    /// What in the table: `chain input`, `set admins`; nothing for the table itself.
    pub item: Option<String>,
    /// Number of the rule in its chain, from 0: in the old chain if it goes, in the new one if it comes.
    pub rule: Option<usize>,
}

/// What happens to a thing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It comes.
    Add,
    /// It goes.
    Remove,
    /// It becomes another.
    Alter,
}

impl Patch {
    /// Whether nothing differs.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many changes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.changes.len()
    }

    /// The changes.
    pub fn iter(&self) -> std::slice::Iter<'_, Change> {
        self.changes.iter()
    }
}

impl<'a> IntoIterator for &'a Patch {
    type Item = &'a Change;
    type IntoIter = std::slice::Iter<'a, Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.changes.iter().try_for_each(|change| writeln!(f, "{change}"))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.kind {
            ChangeKind::Add => '+',
            ChangeKind::Remove => '-',
            ChangeKind::Alter => '~',
        };
        match &self.item {
            None => write!(f, "{sign} table {} {}", self.family, self.table)?,
            Some(item) => write!(f, "{sign} {} {} {item}", self.family, self.table)?,
        }
        match self.rule {
            Some(rule) => write!(f, " rule {}", rule + 1),
            None => Ok(()),
        }
    }
}

impl Ruleset {
    /// What has to change for this ruleset to become `to`. Only the tables that `to` names are compared: others belong to somebody else.
    ///
    /// # Errors
    ///
    /// If a rule or set of either cannot be compiled.
    ///
    /// # Examples
    ///
    /// ```
    /// use nft_core::model::{Ruleset, Table};
    /// use nft_core::name::TableName;
    /// use nft_core::schema::Family;
    /// use nft_core::NoEnvironment;
    ///
    /// let mut desired = Ruleset::new();
    /// desired.tables.push(Table::new(Family::Inet, TableName::new("app")?));
    /// assert!(desired.diff(&desired, &NoEnvironment)?.is_empty());
    /// assert_eq!(Ruleset::new().diff(&desired, &NoEnvironment)?.to_string(), "+ table inet app\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn diff(&self, to: &Self, environment: &dyn Environment) -> Result<Patch, Error> {
        let mut patch = Patch::default();
        for table in &to.tables {
            match self.table(table.family, &table.name) {
                Some(old) => Tables { old, new: table, environment, patch: &mut patch }.compare()?,
                None => patch.changes.push(Change {
                    kind: ChangeKind::Add,
                    family: table.family,
                    table: table.name.to_string(),
                    item: None,
                    rule: None,
                }),
            }
        }
        Ok(patch)
    }
}

/// Two tables of one name.
struct Tables<'a> {
    old: &'a Table,
    new: &'a Table,
    environment: &'a dyn Environment,
    patch: &'a mut Patch,
}

impl Tables<'_> {
    fn compare(mut self) -> Result<(), Error> {
        let (old, new) = (self.old, self.new);
        if (old.flags, &old.comment, &old.unknown) != (new.flags, &new.comment, &new.unknown) {
            self.change(ChangeKind::Alter, None, None);
        }
        let family = new.family;
        let (was, is) = (Kernel::new(old, self.environment), Kernel::new(new, self.environment));
        self.items(&old.objects, &new.objects, kernel::object_name, |object, _| kernel::object(object, family), (&was, &is))?;
        self.items(&old.sets, &new.sets, kernel::set_name, |set, kernel| kernel.set(set), (&was, &is))?;
        let flowtable_name = |flowtable: &crate::model::Flowtable| format!("flowtable {}", &*flowtable.name);
        self.items(&old.flowtables, &new.flowtables, flowtable_name, |flowtable, _| kernel::flowtable(flowtable), (&was, &is))?;
        let chain_name = |chain: &Chain| format!("chain {}", &*chain.name);
        self.items(&old.chains, &new.chains, chain_name, |chain, _| kernel::chain(chain, family), (&was, &is))?;
        for chain in &new.chains {
            let before = old.chain(&chain.name).map_or(&[][..], |chain| &chain.rules);
            let before = before.iter().map(|rule| was.rule(rule)).collect::<Result<Vec<_>, _>>()?;
            let after = chain.rules.iter().map(|rule| is.rule(rule)).collect::<Result<Vec<_>, _>>()?;
            for edit in script::script(&before, &after) {
                let (kind, rule) = match edit {
                    Edit::Remove(rule) => (ChangeKind::Remove, rule),
                    Edit::Add(rule) => (ChangeKind::Add, rule),
                };
                self.change(kind, Some(chain_name(chain)), Some(rule));
            }
        }
        Ok(())
    }

    /// Things of one kind, which have names.
    fn items<T>(
        &mut self,
        old: &[T],
        new: &[T],
        name: impl Fn(&T) -> String,
        form: impl Fn(&T, &Kernel<'_>) -> Result<Vec<u8>, Error>,
        (was, is): (&Kernel<'_>, &Kernel<'_>),
    ) -> Result<(), Error> {
        let names: std::collections::HashMap<String, &T> = old.iter().map(|item| (name(item), item)).collect();
        let kept: std::collections::HashSet<String> = new.iter().map(&name).collect();
        for item in old {
            if !kept.contains(&name(item)) {
                self.change(ChangeKind::Remove, Some(name(item)), None);
            }
        }
        for item in new {
            match names.get(&name(item)) {
                None => self.change(ChangeKind::Add, Some(name(item)), None),
                Some(before) if form(before, was)? != form(item, is)? => {
                    self.change(ChangeKind::Alter, Some(name(item)), None);
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn change(&mut self, kind: ChangeKind, item: Option<String>, rule: Option<usize>) {
        let (family, table) = (self.new.family, self.new.name.to_string());
        self.patch.changes.push(Change { kind, family, table, item, rule });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::NoEnvironment;
    use crate::expr::{accept, counter, drop, tcp};
    use crate::model::{Rule, Set, Stmt};

    fn ruleset(rules: &[Rule]) -> Ruleset {
        let mut ruleset = Ruleset::new();
        let table = ruleset.add_table(Table::named(Family::Inet, "t").unwrap()).unwrap();
        let chain = table.add_chain(Chain::named("c").unwrap()).unwrap();
        chain.rules = rules.to_vec();
        ruleset
    }

    #[track_caller]
    fn check(from: &[Rule], to: &[Rule], expected: &[&str]) {
        let differences = ruleset(from).diff(&ruleset(to), &NoEnvironment).unwrap();
        assert_eq!(differences.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn rules_in_kernel_form() {
        let ssh = || Rule::new(vec![tcp().dport().eq(22), accept()]);
        // nft makes a plain comparison of a set with one element.
        check(&[ssh()], &[Rule::new(vec![tcp().dport().one_of([22]), accept()])], &[]);
        check(
            &[ssh()],
            &[Rule::new(vec![tcp().dport().eq(23), accept()])],
            &["- inet t chain c rule 1", "+ inet t chain c rule 1"],
        );
        let counted = |packets| Rule::new(vec![Stmt::Counter { packets, bytes: 0 }, drop()]);
        check(&[ssh(), counted(7)], &[ssh(), Rule::new(vec![counter(), drop()])], &[]);
        check(&[ssh(), counted(0)], &[counted(0)], &["- inet t chain c rule 1"]);
        check(&[ssh()], &[ssh().with_comment("x")], &["- inet t chain c rule 1", "+ inet t chain c rule 1"]);
    }

    #[test]
    fn named_things() {
        let from = ruleset(&[]);
        let mut to = from.clone();
        let table = to.table_mut(Family::Inet, "t").unwrap();
        let set = table.add_set(Set::named("s", [crate::schema::DataType::IPV4_ADDR]).unwrap()).unwrap();
        set.elements.push_point(&[1, 1, 1, 1], &[]);
        let shown = |from: &Ruleset, to: &Ruleset| -> Vec<String> {
            from.diff(to, &NoEnvironment).unwrap().iter().map(ToString::to_string).collect()
        };
        assert_eq!(shown(&from, &to), ["+ inet t set s"]);
        let mut other = to.clone();
        other.table_mut(Family::Inet, "t").unwrap().set_mut("s").unwrap().elements.push_point(&[2, 2, 2, 2], &[]);
        assert_eq!(shown(&to, &other), ["~ inet t set s"]);
        assert_eq!(shown(&Ruleset::new(), &to), ["+ table inet t"]);
        assert!(shown(&to, &Ruleset::new()).is_empty(), "tables that are not named belong to others");
    }
}
