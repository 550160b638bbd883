//! Batches of many messages: what others split, send in the wrong order or lose.

use libtest_mimic::Failed;
use nft::ErrorKind;
use nft::model::{Chain, KeyType, Rule, Ruleset, Set, Stmt, Table, Verdict};
use nft::name::{ChainName, SetName, TableName};
use nft::netlink::{NetNs, Nfnl, Push};
use nft::schema::{DataType, Family};

use super::{Test, open};

pub(crate) const TESTS: &[Test] = &[
    ("rules_in_order", rules_in_order, false),
    ("elements_over_messages", elements_over_messages, false),
    ("more_than_may_be_sent", more_than_may_be_sent, false),
    ("large_without_rights", large_without_rights, false),
    ("errors_of_many", errors_of_many, false),
    ("from_another_socket", from_another_socket, false),
];

fn ruleset(rules: Vec<Rule>, sets: Vec<Set>) -> Result<Ruleset, Failed> {
    let mut table = Table::new(Family::Inet, TableName::new("t")?);
    let mut chain = Chain::new(ChainName::new("c")?);
    chain.rules = rules;
    table.chains.push(chain);
    table.sets = sets;
    let mut ruleset = Ruleset::new();
    ruleset.tables.push(table);
    Ok(ruleset)
}

fn numbered(count: usize) -> Vec<Rule> {
    (0..count).map(|number| Rule::new(vec![Stmt::Verdict(Verdict::Accept)]).with_comment(number.to_string())).collect()
}

/// Twenty times what fits into the send buffer that a socket has at first; each behind the one before.
fn rules_in_order() -> Result<(), Failed> {
    let pushed = ruleset(numbered(20_000), Vec::new())?;
    let mut nfnl = open()?;
    nfnl.push(&pushed, Push::Replace)?;
    assert_eq!(nfnl.pull()?, pushed);
    Ok(())
}

/// Far more elements than one attribute holds (4,095 of this type).
fn elements_over_messages() -> Result<(), Failed> {
    let mut set = Set::new(SetName::new("s")?, KeyType::single(DataType::IPV4_ADDR));
    for number in 0..100_000_u32 {
        set.elements.push_point(&(number + 0x0a00_0000).to_be_bytes(), &[]);
    }
    let pushed = ruleset(Vec::new(), vec![set])?;
    let mut nfnl = open()?;
    nfnl.push(&pushed, Push::Replace)?;
    // Right after the load the kernel's table may still be growing: every element comes back none the less, and once.
    for _ in 0..3 {
        assert_eq!(nfnl.pull()?, pushed);
    }
    Ok(())
}

/// Without rights in the initial namespace the send buffer has a limit: it is named.
fn more_than_may_be_sent() -> Result<(), Failed> {
    let limit: usize = std::fs::read_to_string("/proc/sys/net/core/wmem_max")?.trim().parse()?;
    // A rule of this kind takes more than 100 bytes, the kernel doubles the limit.
    let pushed = ruleset(numbered(limit / 50), Vec::new())?;
    match open()?.push(&pushed, Push::Replace) {
        // Privileged after all.
        Ok(()) => Ok(()),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::System);
            assert!(error.to_string().contains("wmem_max"), "{error}");
            Ok(())
        }
    }
}

/// Fifty thousand rules and a hundred thousand addresses, from a user namespace: loaded where the limit of the send buffer allows, and
/// where it does not, the limit and what it would have to be are named, and nothing has changed.
fn large_without_rights() -> Result<(), Failed> {
    let everybody = std::fs::read_to_string("/proc/self/uid_map")?.split_whitespace().nth(2) == Some("4294967295");
    let limit: usize = std::fs::read_to_string("/proc/sys/net/core/wmem_max")?.trim().parse()?;
    let mut set = Set::new(SetName::new("s")?, KeyType::single(DataType::IPV4_ADDR));
    for number in 0..100_000_u32 {
        set.elements.push_point(&(number + 0x0a00_0000).to_be_bytes(), &[]);
    }
    // The last is more than most machines allow.
    let rulesets =
        [ruleset(numbered(50_000), Vec::new())?, ruleset(Vec::new(), vec![set])?, ruleset(numbered(150_000), Vec::new())?];
    for pushed in rulesets {
        super::flush()?;
        let mut nfnl = open()?;
        let table = pushed.tables.first().ok_or("no table")?.clone();
        let batch = nfnl.encode(&[nft::model::Command::Add(nft::model::Item::Table(Box::new(table)))])?.len();
        match nfnl.push(&pushed, Push::Replace) {
            Ok(()) => assert_eq!(nfnl.pull()?, pushed),
            Err(error) => {
                let text = error.to_string();
                assert!(!everybody && batch > limit, "{text}");
                assert_eq!(error.kind(), ErrorKind::System);
                assert!(text.contains("net.core.wmem_max") && text.contains("CAP_NET_ADMIN"), "{text}");
                // What it would have to be is the last number, and enough: the kernel doubles it.
                let needed: usize = text.rsplit(' ').next().ok_or("no number")?.parse()?;
                assert!(needed > limit && 2 * needed >= batch && needed < 2 * batch, "{needed} for {batch}");
                assert!(nfnl.pull()?.tables.is_empty(), "nothing was sent");
            }
        }
    }
    Ok(())
}

/// Thousands of refusals: more than the receive buffer holds. There is an answer, and no hang.
fn errors_of_many() -> Result<(), Failed> {
    use nft::model::{Command, Item, Scope};
    let scope = Scope::new(Family::Inet, TableName::new("nope")?);
    let mut commands = Vec::new();
    for rule in numbered(20_000) {
        commands.push(Command::Add(Item::Rule(scope.clone(), ChainName::new("c")?, None, Box::new(rule))));
    }
    let error = open()?.apply(&commands).err().ok_or("accepted")?;
    assert_eq!((error.kind(), error.errno()), (ErrorKind::Kernel, Some(2)));
    assert!(error.others().len() > 10, "{}", error.others().len());
    Ok(())
}

/// A socket that was opened elsewhere.
fn from_another_socket() -> Result<(), Failed> {
    use std::os::fd::AsFd;
    let pushed = ruleset(numbered(1), Vec::new())?;
    let first = Nfnl::open(NetNs::Current)?;
    let mut nfnl = Nfnl::from_socket(first.transport().as_fd().try_clone_to_owned()?)?;
    nfnl.push(&pushed, Push::Replace)?;
    assert_eq!(nfnl.pull()?, pushed);
    let wrong = Nfnl::from_socket(std::net::UdpSocket::bind("127.0.0.1:0")?.into());
    assert!(wrong.is_err(), "not a netlink socket");
    Ok(())
}
