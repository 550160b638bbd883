use super::*;
use crate::expr::{accept, counter, drop, ip, jump, tcp};
use crate::model::{BaseChain, SetFlags, Value, Verdict};
use crate::schema::{ChainType, DataType, Hook};

fn table() -> Table {
    Table::named(Family::Inet, "t").expect("a name")
}

#[track_caller]
fn check<T>(result: Result<T, Error>, message: &str) {
    match result {
        Ok(_) => panic!("no error"),
        Err(error) => assert_eq!(error.to_string(), message),
    }
}

#[test]
fn names_are_unique() {
    let mut ruleset = Ruleset::new();
    ruleset.add_table(table()).unwrap();
    check(ruleset.add_table(table()).map(|_| ()), "table inet t exists already");
    let table = ruleset.table_mut(Family::Inet, "t").unwrap();
    table.add_chain(Chain::named("c").unwrap()).unwrap();
    check(table.add_chain(Chain::named("c").unwrap()).map(|_| ()), "chain c exists already");
    check(Chain::named("a b"), "a name cannot contain ' '");
    assert!(table.remove_chain("c").is_some() && table.remove_chain("c").is_none());
}

#[test]
fn base_chains_fit_their_family() {
    let add = |family, ty, hook, priority| {
        let mut table = Table::named(family, "t")?;
        table.add_chain(Chain::base("c", BaseChain::new(ty, hook, priority))?).map(|_| ())
    };
    assert!(add(Family::Inet, ChainType::Filter, Hook::Ingress, 0).is_ok());
    let message = "chain c: family ip has no hook ingress (it has prerouting, input, forward, output, postrouting)";
    check(add(Family::Ip, ChainType::Filter, Hook::Ingress, 0), message);
    let message = "chain c: a chain of type nat cannot be at hook forward in family ip";
    check(add(Family::Ip, ChainType::Nat, Hook::Forward, 0), message);
    let message = "chain c: a nat chain needs a priority above -200 (connection tracking has to run first)";
    check(add(Family::Ip, ChainType::Nat, Hook::Prerouting, -200), message);
    let mut inet = table();
    let base = BaseChain::new(ChainType::Filter, Hook::Input, 0).with_devices(vec!["lo".try_into().unwrap()]);
    let message = "chain c: a chain at hook input in family inet cannot be bound to a device";
    check(inet.add_chain(Chain::base("c", base).unwrap()).map(|_| ()), message);
}

#[test]
fn rules() {
    let mut chain = Chain::named("c").unwrap();
    chain.add_rule((tcp().dport().eq(22), counter(), accept())).unwrap();
    chain.insert_rule(0, drop()).unwrap();
    check(
        chain.add_rule((accept(), counter())).map(|_| ()),
        "chain c: statement 2: a statement behind a terminal one has no effect",
    );
    check(chain.add_rule(Vec::<crate::model::Stmt>::new()).map(|_| ()), "chain c: a rule needs a statement");
    check(chain.insert_rule(9, accept()).map(|_| ()), "chain c: there is no rule 10 among 2");
    chain.replace_rule(0, Rule::new(vec![accept()]).with_tag("x")).unwrap();
    chain.replace_rule(0, Rule::new(vec![drop()]).with_tag("x")).unwrap();
    check(chain.add_rule(Rule::new(vec![accept()]).with_tag("x")).map(|_| ()), "chain c: rule 1 has the tag `x` already");
    assert_eq!(chain.tagged("x").map(|(index, _)| index), Some(0));
    assert_eq!(chain.remove_rule(0).unwrap().stmts, [drop()]);
    check(chain.add_rule((ip().saddr().in_set("a b"), accept())).map(|_| ()), "a name cannot contain ' '");
}

#[test]
fn jumps_lead_somewhere() {
    let mut table = table();
    table.add_chain(Chain::named("services").unwrap()).unwrap();
    table.add_chain(Chain::named("c").unwrap()).unwrap().add_rule(jump("servies")).unwrap();
    check(table.check_jumps(), "chain c: rule 1: chain servies does not exist (did you mean `services`?)");
    table.chain_mut("c").unwrap().replace_rule(0, jump("services").unwrap()).unwrap();
    table.check_jumps().unwrap();
    let mut map = Set::map("m".try_into().unwrap(), KeyType::single(DataType::MARK), MapData::Verdict);
    let nowhere = Expr::Verdict(Verdict::Jump(super::super::JumpTarget::Chain("nowhere".try_into().unwrap())).into());
    map.add_element(Element::new(Expr::Value(Value::int(DataType::MARK, 1))).with_data(nowhere)).unwrap();
    table.add_map(map).unwrap();
    check(table.check_jumps(), "map m: chain nowhere does not exist");
}

#[test]
fn sets_and_their_elements() {
    let address = |number| Expr::Value(Value::int(DataType::IPV4_ADDR, number));
    let mut set = Set::named("s", [DataType::IPV4_ADDR]).unwrap();
    set.add_element(Element::new(address(1))).unwrap();
    let port = Expr::Value(Value::int(DataType::INET_SERVICE, 1));
    check(set.add_element(Element::new(port)).map(|_| ()), "set s: the key is of type ipv4_addr, not inet_service");
    let prefix = || Element::new(Expr::prefix(address(0x0a00_0000), 8));
    check(set.add_element(prefix()).map(|_| ()), "set s: ranges in the key need the interval flag");
    let mut set = set.with_flags(SetFlags::INTERVAL);
    set.add_element(prefix()).unwrap();
    let ranges: Vec<_> = set.elements.ranges().collect();
    assert_eq!(ranges, [(&[10, 0, 0, 0][..], &[10, 255, 255, 255][..], &[][..])]);
    assert_eq!(set.elements.points().len(), 1);
    let message = "set w: type integer has no width of its own (give an expression instead: typeof)";
    check(table().add_set(Set::named("w", [DataType::INTEGER]).unwrap()).map(|_| ()), message);
    let mut merged = Set::named("w", [DataType::MARK]).unwrap();
    merged.auto_merge = true;
    check(table().add_set(merged).map(|_| ()), "set w: auto-merge needs the interval flag");
}
