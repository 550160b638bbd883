//! The same as a literal, made step by step: each step is checked, and what does not fit is refused where it is added.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::net::Ipv4Addr;

use nft::expr::{accept, counter, ct, drop, ip, jump, limit, log, meta, state, tcp};
use nft::model::{BaseChain, Element, Policy, SetFlags};
use nft::schema::{ChainType, DataType, Family, Hook};
use nft::{Chain, Error, Rule, Ruleset, Set, Table};

fn main() -> Result<(), Error> {
    let mut ruleset = Ruleset::new();
    let table = ruleset.add_table(Table::named(Family::Inet, "app")?)?;

    let admins = table.add_set(Set::named("admins", [DataType::IPV4_ADDR])?.with_flags(SetFlags::INTERVAL))?;
    admins.add_element(Element::new(ip().saddr().constant((Ipv4Addr::new(10, 0, 0, 0), 8))))?;

    let ssh = table.add_chain(Chain::named("ssh")?)?;
    ssh.add_rule((ip().saddr().in_set("admins"), accept()))?;
    ssh.add_rule((limit(10, 60), log("ssh: "), drop()))?;

    let base = BaseChain::new(ChainType::Filter, Hook::Input, 0).with_policy(Policy::Drop);
    let input = table.add_chain(Chain::base("input", base)?)?;
    input.add_rule((meta().iif().eq("lo"), accept()))?;
    input.add_rule((ct().state().any_of([state::ESTABLISHED, state::RELATED]), accept()))?;
    input.add_rule((tcp().dport().eq(22), jump("ssh")))?;
    input.add_rule((tcp().dport().one_of([80, 443]), counter(), accept()))?;
    input.insert_rule(0, Rule::new(vec![counter()]).with_comment("all of it"))?;

    table.check_jumps()?;
    let text = nft::to_string(&ruleset);
    print!("{text}");
    assert_eq!(nft::parse(&text)?, ruleset, "text and pipeline give the same value");

    // A hook that the family does not have, a second chain of one name, a type that does not fit: typed errors.
    let table = ruleset.add_table(Table::named(Family::Arp, "neighbours")?)?;
    let wrong = Chain::base("c", BaseChain::new(ChainType::Nat, Hook::Prerouting, -100))?;
    let error = table.add_chain(wrong).expect_err("translation has no place in arp");
    println!("refused: {error}");
    Ok(())
}
