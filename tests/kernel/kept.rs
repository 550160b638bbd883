//! What a ruleset has that the language cannot say, or the listing leaves out, on the way from the kernel and back to it.

use libtest_mimic::Failed;
use nft::model::{Chain, KeyType, Object, ObjectKind, Rule, Ruleset, Set, Stmt, Table, Verdict};
use nft::name::{ChainName, ObjectName, SetName, TableName};
use nft::netlink::Push;
use nft::schema::{DataType, Family};
use nft::wire::text_from_bytes;

use super::{Test, flush, open, oracle};

pub(crate) const TESTS: &[Test] = &[
    ("kept_names_of_any_bytes", names_of_any_bytes, false),
    ("kept_conditions", conditions, true),
    ("kept_without_versions", without_versions, true),
];

/// Names are bytes to the kernel: those that are no UTF-8 come back, and do not hide the rest of the ruleset.
fn names_of_any_bytes() -> Result<(), Failed> {
    let name = |bytes: &[u8]| text_from_bytes(bytes).into_owned();
    let mut table = Table::new(Family::Inet, TableName::new(name(b"t\xff"))?);
    let mut chain = Chain::new(ChainName::new(name(b"c\xe9\xff"))?);
    let jump = Verdict::Jump(nft::model::JumpTarget::Chain(ChainName::new(name(b"d\x80"))?));
    chain.rules.push(Rule::new(vec![Stmt::Verdict(jump)]).with_comment(name(b"caf\xe9")));
    table.chains.extend([chain, Chain::new(ChainName::new(name(b"d\x80"))?)]);
    table.sets.push(Set::new(SetName::new(name(b"s\xfe"))?, KeyType::single(DataType::IPV4_ADDR)));
    table.objects.push(Object::new(ObjectName::new(name(b"o\xc3"))?, ObjectKind::Counter { packets: 0, bytes: 0 }));
    let mut pushed = Ruleset::new();
    pushed.tables.push(table);
    let mut nfnl = open()?;
    nfnl.push(&pushed, Push::Replace)?;
    let pulled = nfnl.pull()?;
    assert_eq!(pulled, pushed);
    assert!(pulled.diff(&pushed, nfnl.environment())?.is_empty());
    // As they are in the kernel, and again once they were pulled.
    let raw = [&b"t\xff"[..], b"c\xe9\xff", b"d\x80", b"s\xfe", b"o\xc3", b"caf\xe9"];
    for _ in 0..2 {
        let sent = nfnl.encode(&[nft::model::Command::Add(nft::model::Item::Table(Box::new(pulled.tables[0].clone())))])?;
        for bytes in raw {
            assert!(sent.windows(bytes.len()).any(|window| window == bytes), "{bytes:x?}");
        }
        flush()?;
        nfnl.push(&pulled, Push::Reconcile)?;
        assert_eq!(nfnl.pull()?, pulled);
    }
    Ok(())
}

/// Rules of which the reference lists less than there is.
const RULES: &str = "\
table inet t {
	chain c {
		meta nfproto ipv4 reject with tcp reset
		meta nfproto ipv6 tcp dport 22 reject with tcp reset
		meta nfproto ipv4 meta l4proto tcp reject with tcp reset
		meta nfproto ipv4 reject with icmp host-unreachable
		meta nfproto ipv6 reject
	}
}
table netdev t {
	chain c {
		type filter hook ingress device lo priority 0
		ether type ip6 tcp dport 22 reject with tcp reset
		meta protocol ip reject with tcp reset
	}
}
";

/// Pulled, printed and loaded, and pulled and pushed, they are the same instructions.
fn conditions() -> Result<(), Failed> {
    let listed = || oracle::nft(&["--debug=netlink", "list", "ruleset"]);
    let instructions = |text: String| -> Vec<String> {
        text.lines().filter(|line| line.trim_start().starts_with('[')).map(str::to_owned).collect()
    };
    oracle::load(RULES)?;
    let expected = instructions(listed()?);
    assert!(expected.len() > 20, "{expected:?}");
    let pulled = open()?.pull()?;
    flush()?;
    open()?.push(&pulled, Push::Replace)?;
    assert_eq!(instructions(listed()?), expected);
    let text = nft::to_string(&pulled);
    flush()?;
    open()?.push(&nft::parse(&text)?, Push::Replace)?;
    assert_eq!(instructions(listed()?), expected, "{text}");
    flush()?;
    oracle::load(&text)?;
    assert_eq!(instructions(listed()?), expected, "{text}");
    Ok(())
}

/// What the reference says of itself in a table is no difference between two tables.
fn without_versions() -> Result<(), Failed> {
    let text = "table ip t {\n\tcomment \"x\"\n\tchain c {\n\t\tcomment \"y\"\n\t}\n}\n";
    oracle::load(text)?;
    let mut nfnl = open()?;
    let pulled = nfnl.pull()?;
    assert!(pulled.tables[0].unknown.is_empty(), "{:x?}", pulled.tables[0].unknown);
    assert!(pulled.diff(&nft::parse(text)?, nfnl.environment())?.is_empty());
    Ok(())
}
