//! What differs between two rulesets, compared in the form that the kernel gets.
//!
//! Rules are compiled and their instructions compared, so a pulled rule equals the one that was pushed however either is written.
//! State takes no part: counters, what quotas have used, time-outs running down, handles. Elements have no order; rules do.

use crate::bytecode::Program;
use crate::environment::Environment;
use crate::error::Error;
use crate::evaluate::{Compiled, Context, compile};
use crate::model::{
    Chain, DynsetOp, Element, Elements, Expr, JumpTarget, Last, Object, ObjectKind, Policy, Rule, Ruleset, Set, SetFlags, Stmt,
    Table, Verdict,
};
use crate::schema::Family;
use crate::set::{self, CompiledSet};
use std::fmt;

/// One difference, from the first ruleset to the second.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// What happened.
    pub change: Change,
    /// To what: `inet app chain input rule 3`.
    pub what: String,
}

/// What happened to a part of a ruleset.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// Only the second has it.
    Added,
    /// Only the first has it.
    Removed,
    /// Both have it, and it is not the same.
    Changed,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.change {
            Change::Added => '+',
            Change::Removed => '-',
            Change::Changed => '~',
        };
        write!(f, "{sign} {}", self.what)
    }
}

impl Ruleset {
    /// What is to be done to this ruleset to make it `to`; nothing if both mean the same.
    ///
    /// # Errors
    ///
    /// A rule that cannot be compiled.
    pub fn diff(&self, to: &Self, environment: &dyn Environment) -> Result<Vec<Difference>, Error> {
        let mut list = List { differences: Vec::new() };
        let name = |table: &Table| format!("{} {}", table.family.name(), table.name);
        for table in &self.tables {
            match to.table(table.family, &table.name) {
                Some(other) => list.tables((self, table), (to, other), environment)?,
                None => list.add(Change::Removed, format!("table {}", name(table))),
            }
        }
        for table in to.tables.iter().filter(|table| self.table(table.family, &table.name).is_none()) {
            list.add(Change::Added, format!("table {}", name(table)));
        }
        Ok(list.differences)
    }
}

struct List {
    differences: Vec<Difference>,
}

/// What a rule is for the kernel.
#[derive(Eq, PartialEq)]
struct Form {
    program: Program,
    sets: Vec<CompiledSet>,
    blocks: Vec<Vec<Self>>,
    comment: Option<Box<str>>,
    tag: Option<Box<str>>,
}

impl List {
    fn add(&mut self, change: Change, what: String) {
        self.differences.push(Difference { change, what });
    }

    fn tables(
        &mut self,
        (from, a): (&Ruleset, &Table),
        (to, b): (&Ruleset, &Table),
        environment: &dyn Environment,
    ) -> Result<(), Error> {
        let within = format!("{} {}", a.family.name(), a.name);
        if (a.flags, &a.comment) != (b.flags, &b.comment) {
            self.add(Change::Changed, format!("table {within}"));
        }
        let objects = |object: &Object| (object.name.to_string(), object.kind.ty().name().unwrap_or("object"));
        self.items(
            &a.objects,
            &b.objects,
            |object| format!("{within} {} {}", objects(object).1, objects(object).0),
            |a, b| Ok((at_rest(&a.kind), &a.comment) == (at_rest(&b.kind), &b.comment)),
        )?;
        let family = a.family;
        self.items(&a.sets, &b.sets, |set| format!("{within} set {}", set.name), |a, b| same_set(a, b, family))?;
        self.items(
            &a.flowtables,
            &b.flowtables,
            |flowtable| format!("{within} flowtable {}", flowtable.name),
            |a, b| {
                let (mut a, mut b) = (a.clone(), b.clone());
                a.devices.sort_unstable();
                b.devices.sort_unstable();
                Ok(a == b)
            },
        )?;
        self.items(
            &a.chains,
            &b.chains,
            |chain| format!("{within} chain {}", chain.name),
            |a, b| Ok((base(a), &a.comment) == (base(b), &b.comment)),
        )?;
        for chain in &a.chains {
            let Some(other) = b.chain(&chain.name) else { continue };
            let old = forms(from, a, chain, environment)?;
            let new = forms(to, b, other, environment)?;
            self.rules(&old, &new, &format!("{within} chain {}", chain.name));
        }
        Ok(())
    }

    /// Compares lists of things that have names.
    fn items<T>(
        &mut self,
        a: &[T],
        b: &[T],
        name: impl Fn(&T) -> String,
        same: impl Fn(&T, &T) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        for item in a {
            let what = name(item);
            match b.iter().find(|other| name(other) == what) {
                Some(other) if same(item, other)? => {}
                Some(_) => self.add(Change::Changed, what),
                None => self.add(Change::Removed, what),
            }
        }
        for item in b {
            let what = name(item);
            if !a.iter().any(|other| name(other) == what) {
                self.add(Change::Added, what);
            }
        }
        Ok(())
    }

    /// Compares rules: equal ones at both ends are left alone, those between go and come.
    fn rules(&mut self, old: &[Form], new: &[Form], within: &str) {
        let front = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let rest = old.len().min(new.len()) - front;
        let back = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| old == new).count();
        for index in front..old.len() - back {
            self.add(Change::Removed, format!("{within} rule {}", index + 1));
        }
        for index in front..new.len() - back {
            self.add(Change::Added, format!("{within} rule {}", index + 1));
        }
    }
}

/// How a chain is attached, what goes without saying said.
fn base(chain: &Chain) -> Option<crate::model::BaseChain> {
    let mut base = chain.base.clone()?;
    base.policy.get_or_insert(Policy::Accept);
    base.devices.sort_unstable();
    Some(base)
}

/// An object without its state.
fn at_rest(kind: &ObjectKind) -> ObjectKind {
    match kind {
        ObjectKind::Counter { .. } => ObjectKind::Counter { packets: 0, bytes: 0 },
        ObjectKind::Quota(quota) => ObjectKind::Quota(crate::model::Quota { used: 0, ..*quota }),
        kind => kind.clone(),
    }
}

fn same_set(a: &Set, b: &Set, family: Family) -> Result<bool, Error> {
    let head = |of: &Set| {
        let mut bare = Set { elements: Elements::new(of.elements.layout()), unknown: Vec::new(), ..of.clone() };
        // The kernel's size of sets that rules fill.
        if bare.flags.contains(SetFlags::DYNAMIC) {
            bare.size.get_or_insert(65_535);
        }
        bare.stmts.iter_mut().for_each(still);
        set::head(&bare, family, 0)
    };
    Ok(head(a)? == head(b)? && elements(a) == elements(b))
}

/// Packed elements with their ends, sorted, and the others without state.
type AllElements<'s> = (Vec<(&'s [u8], &'s [u8], &'s [u8])>, Vec<String>);

fn elements(set: &Set) -> AllElements<'_> {
    let points = set.elements.points().map(|(key, data)| (key, key, data));
    let mut packed: Vec<_> = points.chain(set.elements.ranges()).collect();
    packed.sort_unstable();
    let still = |element: &Element| {
        let mut element = Element { expires: None, unknown: Vec::new(), ..element.clone() };
        element.stmts.iter_mut().for_each(still);
        if element.stmts.len() == set.stmts.len() {
            // What the set declares for all need not be said.
            element.stmts.clear();
        }
        format!("{element:?}")
    };
    let mut others: Vec<String> = set.elements.others().iter().map(still).collect();
    others.sort_unstable();
    (packed, others)
}

/// Takes the state out of a statement.
fn still(stmt: &mut Stmt) {
    match stmt {
        Stmt::Counter { packets, bytes } => (*packets, *bytes) = (0, 0),
        Stmt::Quota(quota) => quota.used = 0,
        Stmt::Last(last) => *last = Last::new(None),
        Stmt::Set(item) if item.op != DynsetOp::Delete => item.element.stmts.iter_mut().for_each(still),
        Stmt::Match(item) => still_set(&mut item.right),
        Stmt::Vmap(item) => still_set(&mut item.map),
        Stmt::Verdict(Verdict::Jump(JumpTarget::Block(rules)) | Verdict::Goto(JumpTarget::Block(rules))) => {
            rules.iter_mut().flat_map(|rule| &mut rule.stmts).for_each(still);
        }
        _ => {}
    }
}

/// Takes the state out of the elements of an anonymous set.
fn still_set(expr: &mut Expr) {
    if let Expr::Set(elements) = expr {
        elements.iter_mut().flat_map(|element| &mut element.stmts).for_each(still);
    }
}

/// What the rules of a chain are for the kernel.
fn forms(ruleset: &Ruleset, table: &Table, chain: &Chain, environment: &dyn Environment) -> Result<Vec<Form>, Error> {
    let mut cx = Context::new(table.family, &table.name, environment, ruleset);
    cx.base = chain.base.as_ref();
    let mut forms = Vec::with_capacity(chain.rules.len());
    for (index, rule) in chain.rules.iter().enumerate() {
        if let Some(opaque) = &rule.opaque {
            let program = Program(opaque.program.clone());
            forms.push(Form {
                program,
                sets: Vec::new(),
                blocks: Vec::new(),
                comment: rule.comment.clone(),
                tag: rule.tag.clone(),
            });
            continue;
        }
        let mut bare = rule.clone();
        bare.stmts.iter_mut().for_each(still);
        let compiled = compile(&bare, &cx).map_err(|error| {
            error.within(|path| {
                path.table = Some(format!("{} {}", table.family.name(), table.name));
                path.item = Some(format!("chain {}", chain.name));
                path.rule = Some(index);
            })
        })?;
        forms.push(form(&bare, compiled));
    }
    Ok(forms)
}

fn form(rule: &Rule, compiled: Compiled<'_>) -> Form {
    let blocks = compiled.blocks.into_iter();
    Form {
        program: compiled.program,
        sets: compiled.sets,
        blocks: blocks.map(|block| block.rules.into_iter().map(|(rule, compiled)| form(rule, compiled)).collect()).collect(),
        comment: rule.comment.clone(),
        tag: rule.tag.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::NoEnvironment;
    use crate::expr::{accept, counter, drop, tcp};

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
        assert_eq!(shown(&to, &Ruleset::new()), ["- table inet t"]);
    }
}
