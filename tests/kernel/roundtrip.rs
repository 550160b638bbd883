//! Rulesets to the kernel and back.

use libtest_mimic::Failed;
use nft::model::{BaseChain, Chain, Command, Item, Object, ObjectKind, Policy, Ruleset, Scope, Table, TableFlags, Target};
use nft::name::{ChainName, DeviceName, ObjectName, TableName};
use nft::netlink::{NetNs, Nfnl, Ownership, Push};
use nft::schema::{ChainType, Family, Hook};

use super::{Test, open, oracle};

pub(crate) const TESTS: &[Test] = &[
    ("declarations", declarations, false),
    ("declarations_listed", declarations_listed, true),
    ("replace_leaves_others", replace_leaves_others, false),
    ("check_changes_nothing", check_changes_nothing, false),
    ("owned_table", owned_table, false),
    ("rename_and_devices", rename_and_devices, true),
    ("thread_stays", thread_stays, false),
    ("reload", reload, true),
    ("nothing_differs", nothing_differs, false),
];

const RULESET: &str = r#"
table inet t {
	counter hits { packets 3 bytes 200; }
	set admins {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.0/8, 192.168.1.1-192.168.1.7 }
	}
	set seen {
		type ipv4_addr . inet_service
		size 1000
		flags dynamic,timeout
		timeout 1m
	}
	map where {
		type inet_service : verdict
		elements = { 22 : accept, 80 : jump other }
	}
	chain input {
		type filter hook input priority 0; policy drop;
		ct state established,related accept
		ip saddr @admins tcp dport { 22, 80-90 } counter accept comment "admins"
		tcp dport vmap @where
		udp dport 53 limit rate 10/second log prefix "dns " reject
		add @seen { ip saddr . tcp dport timeout 10s }
		iifname "eth*" meta mark set 0x1f
		jump {
			ip6 saddr fe80::/10 accept
			drop
		}
	}
	chain other { counter name "hits"; return; }
}
"#;

fn table() -> Result<Table, Failed> {
    let mut table = Table::new(Family::Inet, TableName::new("t")?);
    table.comment = Some("what it is".into());
    let mut base = BaseChain::new(ChainType::Filter, Hook::Input, -5).with_policy(Policy::Drop);
    table.chains.push(Chain::attached(ChainName::new("input")?, base.clone()));
    (base.hook, base.policy, base.devices) = (Hook::Ingress, Some(Policy::Accept), vec![DeviceName::new("lo")?]);
    table.chains.push(Chain::attached(ChainName::new("early")?, base));
    let mut other = Chain::new(ChainName::new("other")?);
    other.comment = Some("not a base chain".into());
    table.chains.push(other);
    table.objects.push(Object::new(ObjectName::new("hits")?, ObjectKind::Counter { packets: 3, bytes: 200 }));
    Ok(table)
}

fn ruleset(tables: Vec<Table>) -> Ruleset {
    let mut ruleset = Ruleset::new();
    ruleset.tables = tables;
    ruleset
}

fn declarations() -> Result<(), Failed> {
    let pushed = ruleset(vec![table()?]);
    let mut nfnl = open()?;
    nfnl.push(&pushed, Push::Replace)?;
    let before = nfnl.generation()?;
    let pulled = nfnl.pull()?;
    assert_eq!(pulled, pushed);
    assert_eq!(pulled.generation, Some(before));
    assert_eq!(nfnl.pull_table(Family::Inet, &TableName::new("t")?)?.as_ref(), pushed.tables.first());
    assert_eq!(nfnl.pull_table(Family::Ip, &TableName::new("t")?)?, None);
    // A second push takes the place of the first.
    nfnl.push(&pushed, Push::Replace)?;
    assert_eq!(nfnl.pull()?, pushed);
    Ok(())
}

fn declarations_listed() -> Result<(), Failed> {
    open()?.push(&ruleset(vec![table()?]), Push::Replace)?;
    let expected = r#"table inet t {
	comment "what it is"
	counter hits {
		packets 3 bytes 200
	}

	chain input {
		type filter hook input priority filter - 5; policy drop;
	}

	chain early {
		type filter hook ingress device "lo" priority filter - 5; policy accept;
	}

	chain other {
		comment "not a base chain"
	}
}
"#;
    assert_eq!(oracle::nft(&["list", "ruleset"])?, expected);
    Ok(())
}

fn replace_leaves_others() -> Result<(), Failed> {
    let mut nfnl = open()?;
    let foreign = Table::new(Family::Ip, TableName::new("foreign")?);
    nfnl.apply(&[Command::Add(Item::Table(Box::new(foreign.clone())))])?;
    nfnl.push(&ruleset(vec![table()?]), Push::Replace)?;
    let pulled = nfnl.pull()?;
    assert_eq!(pulled.tables.len(), 2);
    assert_eq!(pulled.table(Family::Ip, "foreign"), Some(&foreign));
    Ok(())
}

fn check_changes_nothing() -> Result<(), Failed> {
    let mut nfnl = open()?;
    let before = nfnl.generation()?;
    nfnl.check(&ruleset(vec![table()?]), Push::Replace)?;
    assert_eq!(nfnl.generation()?, before);
    assert!(nfnl.pull()?.tables.is_empty());
    Ok(())
}

fn owned_table() -> Result<(), Failed> {
    let mut owner = open()?;
    owner.create_table(&table()?, Ownership::default())?;
    assert!(owner.create_table(&table()?, Ownership::default()).is_err(), "it exists");
    let mut other = open()?;
    let pulled = other.pull()?;
    let Some(found) = pulled.tables.first() else { return Err("no table".into()) };
    assert!(found.flags.contains(TableFlags::OWNER) && found.owner.is_some());
    let delete = [Command::Delete(Target::Table(Scope::new(Family::Inet, TableName::new("t")?)))];
    let refused = other.apply(&delete).err().ok_or("another may delete it")?;
    assert_eq!(refused.errno(), Some(1), "{refused}");
    drop(owner);
    assert!(other.pull()?.tables.is_empty(), "it goes with its owner");
    let mut owner = open()?;
    owner.create_table(&table()?, Ownership::Persistent)?;
    drop(owner);
    assert_eq!(other.pull()?.tables.len(), 1, "it stays");
    Ok(())
}

fn rename_and_devices() -> Result<(), Failed> {
    let mut nfnl = open()?;
    nfnl.push(&ruleset(vec![table()?]), Push::Replace)?;
    let scope = || Ok::<_, Failed>(Scope::new(Family::Inet, TableName::new("t")?));
    nfnl.apply(&[
        Command::RenameChain(scope()?, ChainName::new("other")?, ChainName::new("renamed")?),
        Command::Delete(Target::ChainDevices(scope()?, ChainName::new("early")?, vec![DeviceName::new("lo")?])),
    ])?;
    let listed = oracle::nft(&["list", "ruleset"])?;
    assert!(listed.contains("chain renamed {"), "{listed}");
    assert!(!listed.contains("lo"), "{listed}");
    Ok(())
}

/// A socket in another namespace; the calling thread stays in its own.
fn thread_stays() -> Result<(), Failed> {
    let mut here = open()?;
    here.push(&ruleset(vec![table()?]), Push::Replace)?;
    let mut child = std::process::Command::new("unshare").args(["-n", "sleep", "60"]).spawn()?;
    let own = std::fs::read_link("/proc/self/ns/net")?;
    let path = format!("/proc/{}/ns/net", child.id());
    let mut moved = false;
    for _ in 0..500 {
        moved = std::fs::read_link(&path).is_ok_and(|other| other != own);
        if moved {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let there = Nfnl::open(NetNs::Pid(child.id())).and_then(|mut nfnl| nfnl.pull());
    let by_path = Nfnl::open(NetNs::path(&path)).and_then(|mut nfnl| nfnl.pull());
    child.kill()?;
    child.wait()?;
    assert!(moved, "the child has no namespace");
    assert!(there?.tables.is_empty() && by_path?.tables.is_empty());
    assert_eq!(std::fs::read_link("/proc/thread-self/ns/net")?, own);
    assert_eq!(open()?.pull()?.tables.len(), 1);
    Ok(())
}

/// What the reference loaded is pulled, pushed again, and listed by the reference as before.
fn reload() -> Result<(), Failed> {
    oracle::load(RULESET)?;
    let before = oracle::nft(&["list", "ruleset"])?;
    let mut nfnl = open()?;
    let pulled = nfnl.pull()?;
    super::flush()?;
    nfnl.push(&pulled, Push::Replace)?;
    let after = oracle::nft(&["list", "ruleset"])?;
    assert_eq!(after, before);
    let again = nfnl.pull()?;
    assert_eq!(again, pulled);
    assert_eq!(again.diff(&pulled, nfnl.environment())?.to_string(), "");
    Ok(())
}

/// A ruleset from text: pushed, pulled, and no difference between them, whatever the kernel has counted since.
fn nothing_differs() -> Result<(), Failed> {
    let desired = nft::syntax::lower::ruleset(RULESET).map_err(|found| format!("{found:?}"))?;
    let mut nfnl = open()?;
    let missing = nfnl.pull()?.diff(&desired, nfnl.environment())?;
    assert_eq!(missing.to_string(), "+ table inet t\n");
    nfnl.push(&desired, Push::Replace)?;
    let pulled = nfnl.pull()?;
    assert_eq!(pulled.diff(&desired, nfnl.environment())?.to_string(), "");
    assert_eq!(desired.diff(&pulled, nfnl.environment())?.to_string(), "");
    let other = nft::syntax::lower::ruleset(
        &RULESET
            .replace("policy drop", "policy accept")
            .replace("10.0.0.0/8, ", "")
            .replace("tcp dport vmap @where", "")
            .replace("log prefix", "counter log prefix"),
    );
    let other = other.map_err(|found| format!("{found:?}"))?;
    let expected =
        "- inet t chain input rule 4\n- inet t set admins elements (1)\n~ inet t chain input\n~ inet t chain input rule 3\n";
    assert_eq!(pulled.diff(&other, nfnl.environment())?.to_string(), expected);
    Ok(())
}
