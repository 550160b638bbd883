//! Differences and the operations that they come down to.

use super::*;
use crate::environment::NoEnvironment;
use crate::expr::{accept, counter, drop, tcp};
use crate::model::{Chain, Rule, Set, Stmt};

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
    check(&[ssh()], &[Rule::new(vec![tcp().dport().eq(23), accept()])], &["~ inet t chain c rule 1"]);
    let counted = |packets| Rule::new(vec![Stmt::Counter { packets, bytes: 0 }, drop()]);
    check(&[ssh(), counted(7)], &[ssh(), Rule::new(vec![counter(), drop()])], &[]);
    check(&[ssh(), counted(0)], &[counted(0)], &["- inet t chain c rule 1"]);
    check(&[ssh()], &[ssh().with_comment("x")], &["~ inet t chain c rule 1"]);
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
    assert_eq!(shown(&to, &other), ["+ inet t set s elements (1)"]);
    assert_eq!(shown(&Ruleset::new(), &to), ["+ table inet t"]);
    assert!(shown(&to, &Ruleset::new()).is_empty(), "tables that are not named belong to others");
}
