//! What is heard of changes: commits, each once and in order, or the word that something was lost.

#[path = "../../examples/nft/event.rs"]
mod event;
mod mirror;

use std::os::fd::AsFd;
use std::time::Duration;

use libtest_mimic::Failed;
use nft::model::{Command, Item, Rule, Scope, Stmt, Table, Target, Verdict};
use nft::name::{ChainName, DeviceName, TableName};
use nft::netlink::{Commits, Deleted, Entity, Event, Grain, Heard, Monitor, NetNs, Nfnl, Notice, Subscription};
use nft::schema::Family;
use nft::syntax::{NoFiles, lower, print};
use nft::uapi::nf_tables::{NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE, NFT_MSG_NEWTABLE};

use super::{Test, flush, open};

pub(crate) const TESTS: &[Test] = &[
    ("monitor_commits", commits, false),
    ("monitor_every_commit_once", every_commit_once, false),
    ("monitor_overflow", overflow, false),
    ("monitor_ends", ends, false),
    ("monitor_events", events, false),
    ("monitor_what_was_there_before", what_was_there, false),
    ("monitor_snapshot_and_tail", snapshot_and_tail, false),
    ("monitor_since", since, false),
    ("monitor_echo", echo, false),
    ("monitor_trace", trace, false),
    ("monitor_beside_nft", beside_nft, true),
    #[cfg(feature = "tokio")]
    ("monitor_stream", stream, false),
    ("monitor_overflow_of_values", overflow_of_values, false),
];

const WAIT: Duration = Duration::from_secs(5);

fn table(name: &str, rules: usize) -> Result<Table, Failed> {
    let mut table = Table::new(Family::Inet, TableName::new(name)?);
    let mut chain = nft::model::Chain::new(ChainName::new("c")?);
    chain.rules = vec![Rule::new(vec![Stmt::Verdict(Verdict::Accept)]); rules];
    table.chains.push(chain);
    Ok(table)
}

fn add(table: Table) -> Command {
    Command::Add(Item::Table(Box::new(table)))
}

fn rule() -> Result<Command, Failed> {
    let scope = Scope::new(Family::Inet, TableName::new("t")?);
    let rule = Rule::new(vec![Stmt::Verdict(Verdict::Accept)]);
    Ok(Command::Add(Item::Rule(scope, ChainName::new("c")?, None, Box::new(rule))))
}

/// How many commits the long tests make: 1,000, or as many as `NFT_RUNS` says.
fn runs() -> u32 {
    std::env::var("NFT_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(1000)
}

/// What a commit holds and who made it; a batch of many datagrams is one commit.
fn commits() -> Result<(), Failed> {
    let mut commits = Commits::open(NetNs::Current, &Subscription::default())?;
    let mut nfnl = open()?;
    let before = nfnl.generation()?;
    commits.after(before);
    nfnl.apply(&[add(table("t", 2000)?)])?;
    let Some(Heard::Commit(commit)) = commits.next(WAIT)? else { return Err("no commit was heard".into()) };
    let mut kinds = Vec::new();
    for message in &commit.messages {
        kinds.push(message?.header.message());
    }
    let counted = |kind| kinds.iter().filter(|found| **found == kind).count();
    assert_eq!([NFT_MSG_NEWTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE].map(counted), [1, 1, 2000]);
    assert_eq!(commit.generation, before + 1);
    assert_eq!(commit.process_id, Some(std::process::id()));
    let name = std::fs::read_to_string("/proc/thread-self/comm")?;
    assert_eq!(commit.process_name.as_deref(), Some(name.trim_end()));
    // What changes nothing is no commit.
    nfnl.check_commands(&[rule()?])?;
    assert_eq!(commits.try_next()?, None);
    Ok(())
}

fn every_commit_once() -> Result<(), Failed> {
    let mut commits = Commits::open(NetNs::Current, &Subscription::default())?;
    let mut nfnl = open()?;
    nfnl.apply(&[add(table("t", 0)?)])?;
    let first = nfnl.generation()?;
    commits.after(first);
    let writer = std::thread::spawn(move || -> Result<(), String> {
        let command = [rule().map_err(|_| "no rule")?];
        (0..runs()).try_for_each(|_| nfnl.apply(&command).map_err(|error| error.to_string()))
    });
    for number in 1..=runs() {
        match commits.next(WAIT)? {
            Some(Heard::Commit(commit)) if commit.generation == first.wrapping_add(number) => {}
            other => return Err(format!("commit {number}: {other:?}").into()),
        }
    }
    writer.join().map_err(|_| "the writer failed")??;
    assert_eq!(commits.try_next()?, None);
    Ok(())
}

/// A buffer that is too small: one signal, nothing half, and whole commits again behind it.
fn overflow() -> Result<(), Failed> {
    let mut commits = Commits::open(NetNs::Current, &Subscription::default().with_receive_buffer(2048))?;
    let mut nfnl = open()?;
    nfnl.apply(&[add(table("t", 0)?)])?;
    for _ in 0..100 {
        nfnl.apply(&[rule()?])?;
    }
    assert_eq!(commits.try_next()?, Some(Heard::Resync));
    let snapshot = nfnl.pull()?;
    let generation = snapshot.generation.ok_or("no generation")?;
    commits.after(generation);
    assert_eq!(commits.try_next()?, None);
    for number in 1..=100 {
        nfnl.apply(&[rule()?])?;
        match commits.next(WAIT)? {
            Some(Heard::Commit(commit)) => assert_eq!(commit.generation, generation.wrapping_add(number)),
            other => return Err(format!("commit {number}: {other:?}").into()),
        }
    }
    // A commit that alone is more than the buffer.
    nfnl.apply(&[add(table("u", 2000)?)])?;
    assert_eq!(commits.next(WAIT)?, Some(Heard::Resync));
    commits.after(nfnl.generation()?);
    assert_eq!(commits.try_next()?, None);
    Ok(())
}

/// The end of the value ends the subscription.
fn ends() -> Result<(), Failed> {
    let subscribed = || -> Result<bool, Failed> {
        const GROUP: u64 = 1 << (7 - 1);
        let table = std::fs::read_to_string("/proc/thread-self/net/netlink")?;
        let mut rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
        Ok(rows.any(|row| {
            let groups = row.get(3).and_then(|groups| u64::from_str_radix(groups, 16).ok()).unwrap_or(0);
            row.get(1) == Some(&"12") && groups & GROUP != 0
        }))
    };
    assert!(!subscribed()?);
    let commits = Commits::open(NetNs::Current, &Subscription::default())?;
    assert!(subscribed()?);
    let _ = commits.as_fd();
    drop(commits);
    assert!(!subscribed()?);
    Ok(())
}

fn run(nfnl: &mut Nfnl, text: &str) -> Result<(), Failed> {
    if text == "delete lo of netdev d i" {
        let scope = Scope::new(Family::Netdev, TableName::new("d")?);
        let target = Target::ChainDevices(scope, ChainName::new("i")?, vec![DeviceName::new("lo")?]);
        return Ok(nfnl.apply(&[Command::Delete(target)])?);
    }
    let commands =
        lower::load(text, "test", &mut NoFiles, &nfnl.declarations()).map_err(|found| format!("{text}: {found:?}"))?;
    Ok(nfnl.apply(&commands)?)
}

/// One commit after the other; each leaves what the events say.
const STEPS: &[&str] = &[
    r#"table inet t {
        comment "table"
        counter hits { comment "c"; packets 5 bytes 7; }
        quota q { over 10 mbytes; }
        limit l { rate 10/second burst 20 packets; }
        ct helper h { type "ftp" protocol tcp; }
        ct timeout o { protocol tcp; l3proto ip; policy = { established : 2m }; }
        ct expectation e { protocol tcp; dport 9876; timeout 2m; size 12; l3proto ip; }
        synproxy p { mss 1460; wscale 7; timestamp sack-perm; }
        set hash { typeof ip saddr; elements = { 1.1.1.1, 9.9.9.9 comment "nine", 5.5.5.5 }; }
        set ranges { type ipv4_addr; flags interval; comment "r"; elements = { 0.0.0.0/8, 10.0.0.0/24, 10.0.1.5, 250.0.0.0/5 }; }
        set pairs { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/24 . 5-8, 1.1.1.1 . 80 }; }
        set marks { type mark; elements = { 5, 7 }; }
        set sized { type ipv4_addr; size 99; policy memory; counter; }
        map values { type inet_service : ipv4_addr; elements = { 22 : 1.1.1.1, 80 : 2.2.2.2 }; }
        map verdicts { type inet_service : verdict; elements = { 22 : accept, 80 : jump other }; }
        map objects { type inet_service : counter; elements = { 22 : "hits" }; }
        chain other { }
        chain base {
            type filter hook input priority filter; policy accept;
            comment "base"
            ct state established,related accept
            tcp dport { 22, 80-90 } counter accept comment "ports"
            ip saddr @ranges meta mark set ip saddr map { 1.1.1.1 : 1, 2.2.2.2 : 2 }
            tcp dport vmap { 1 : drop, 2 : jump other }
            meta l4proto tcp jump { ip saddr 1.1.1.1 accept; counter drop; }
            tcp dport vmap @verdicts
        }
    }
    table netdev d { chain i { type filter hook ingress device lo priority 0; }; }"#,
    "add rule inet t other accept\nadd rule inet t other drop\ninsert rule inet t other counter",
    "add rule inet t other index 1 return\nadd rule inet t other index 1 continue\ninsert rule inet t other index 2 log",
    "add element inet t hash { 2.2.2.2, 7.7.7.7 }\nadd element inet t ranges { 20.0.0.0-20.0.0.9, 30.0.0.0 }",
    "delete element inet t hash { 1.1.1.1, 9.9.9.9 }\ndelete element inet t ranges { 10.0.0.0/24, 0.0.0.0/8 }",
    "add element inet t values { 443 : 3.3.3.3 }\ndelete element inet t verdicts { 22 : accept }",
    "add element inet t pairs { 2.0.0.0/8 . 1-2 }\ndelete element inet t pairs { 1.1.1.1 . 80 }",
    "flush set inet t ranges\nadd element inet t ranges { 1.0.0.0/8 }",
    "add chain inet t alone",
    "rename chain inet t alone another",
    "add chain inet t base { type filter hook input priority filter; policy drop; }",
    "add chain netdev d i { type filter hook ingress devices = { lo, \"eth*\" } priority 0; }",
    "delete lo of netdev d i",
    "delete element inet t objects { 22 : \"hits\" }\ndelete map inet t objects\ndelete counter inet t hits",
    "add counter inet t again\nadd rule inet t another counter name \"again\"",
    "flush chain inet t base\ndelete chain inet t base",
    "flush table inet t",
    "add table inet t { flags dormant; }",
    "add set inet t one { type mark; }\nadd element inet t one { 1 }\ndelete element inet t one { 1 }",
    "delete table netdev d",
    "flush ruleset\nadd table ip fresh",
];

fn commit(monitor: &mut Monitor) -> Result<nft::netlink::Commit, Failed> {
    match monitor.next_within(WAIT)? {
        Some(Notice::Commit(commit)) => Ok(commit),
        other => Err(format!("no commit: {other:?}").into()),
    }
}

/// What is the same in both: chains, sets and objects come in the order in which they were made.
fn shown(ruleset: &nft::Ruleset) -> Result<String, Failed> {
    let mut ruleset = ruleset.clone();
    for table in &mut ruleset.tables {
        table.sets.sort_by(|one, other| one.name.cmp(&other.name));
        table.chains.sort_by_key(|chain| chain.handle);
        table.objects.sort_by_key(|object| object.handle);
        table.sets.iter_mut().for_each(|set| set.count = None);
    }
    let mut text = String::new();
    print::ruleset(&mut text, &ruleset, &print::Options::default().with_handles())?;
    Ok(text)
}

fn same(told: &nft::Ruleset, pulled: &nft::Ruleset, step: &str) -> Result<(), Failed> {
    let (found, expected) = (shown(told)?, shown(pulled)?);
    if found == expected {
        return Ok(());
    }
    let differs = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
    Err(format!("{step}\n{differs:?}\nkernel:\n{expected}\ntold:\n{found}").into())
}

/// The events of each step make of the value what the kernel has.
fn events() -> Result<(), Failed> {
    let mut nfnl = open()?;
    let mut monitor = Monitor::open(NetNs::Current, &Subscription::default())?;
    let mut told = nfnl.pull()?;
    monitor.after(&told)?;
    for step in STEPS {
        run(&mut nfnl, step)?;
        let commit = commit(&mut monitor)?;
        assert_eq!(commit.process_id, Some(std::process::id()));
        mirror::apply(&mut told, &commit).map_err(|error| format!("{step}: {}", error.message().unwrap_or_default()))?;
        same(&told, &nfnl.pull()?, step)?;
    }
    assert_eq!(monitor.try_next()?, None);
    Ok(())
}

/// Elements and rules of sets and chains that are older than the subscription have their types too.
fn what_was_there() -> Result<(), Failed> {
    let mut nfnl = open()?;
    run(&mut nfnl, STEPS[0])?;
    let mut told = nfnl.pull()?;
    let subscription = Subscription::default().since(told.generation.ok_or("no generation")?);
    let mut monitor = Monitor::open(NetNs::Current, &subscription)?;
    for step in &STEPS[1..15] {
        run(&mut nfnl, step)?;
        mirror::apply(&mut told, &commit(&mut monitor)?).map_err(|error| format!("{step}: {error:?}"))?;
        same(&told, &nfnl.pull()?, step)?;
    }
    // The set that stood in a rule is older, and gone.
    run(&mut nfnl, "flush chain inet t base")?;
    let commit = commit(&mut monitor)?;
    let mut text = String::new();
    for event in &commit.events {
        let Event::Deleted(Deleted::Rule(scope, _, rule)) = event else { return Err(format!("{event:?}").into()) };
        print::rule(&mut text, rule, scope.family, &print::Options::default())?;
        text.push('\n');
    }
    assert!(text.contains("tcp dport @__set") && text.contains("ct state established,related accept\n"), "{text}");
    Ok(())
}

/// A snapshot that is taken while others write, and what is told from there, make what the kernel has.
fn snapshot_and_tail() -> Result<(), Failed> {
    let mut nfnl = open()?;
    run(&mut nfnl, "table inet t { set s { type mark; }; chain c { }; }")?;
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let writers: Vec<_> = (0..2_u32)
        .map(|writer| {
            let stop = std::sync::Arc::clone(&stop);
            std::thread::spawn(move || -> Result<u32, String> {
                let mut nfnl = Nfnl::open(NetNs::Current).map_err(|error| error.to_string())?;
                let mut count = 0;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) && count < 5000 {
                    let number = writer * 100_000 + count;
                    let text = format!("add element inet t s {{ {number} }}\nadd rule inet t c meta mark {number}");
                    run(&mut nfnl, &text).map_err(|error| format!("{error:?}"))?;
                    count += 1;
                    std::thread::sleep(Duration::from_millis(15));
                }
                Ok(count)
            })
        })
        .collect();
    let mut followed = Vec::new();
    for _ in 0..10 {
        let mut monitor = Monitor::open(NetNs::Current, &Subscription::default())?;
        std::thread::sleep(Duration::from_millis(5));
        let told = nfnl.pull()?;
        monitor.after(&told)?;
        followed.push((monitor, told));
        std::thread::sleep(Duration::from_millis(60));
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut written = 0;
    for writer in writers {
        written += writer.join().map_err(|_| "a writer failed")??;
    }
    assert!(written > 50, "the writers wrote {written} times");
    let pulled = nfnl.pull()?;
    for (mut monitor, mut told) in followed {
        while told.generation != pulled.generation {
            let commit = commit(&mut monitor)?;
            assert_eq!(Some(commit.generation), told.generation.map(|generation| generation + 1));
            mirror::apply(&mut told, &commit)?;
        }
        assert_eq!(monitor.try_next()?, None);
        let keys = |ruleset: &nft::Ruleset| {
            let mut keys: Vec<_> = ruleset.tables[0].sets[0].elements.points().map(|(key, _)| key.to_vec()).collect();
            keys.sort_unstable();
            keys
        };
        assert_eq!(keys(&told), keys(&pulled));
        assert_eq!(told.tables[0].chains, pulled.tables[0].chains);
    }
    Ok(())
}

/// A generation that is given at the beginning.
fn since() -> Result<(), Failed> {
    let mut nfnl = open()?;
    run(&mut nfnl, "add table inet t")?;
    let generation = nfnl.generation()?;
    let mut exact = Monitor::open(NetNs::Current, &Subscription::default().since(generation))?;
    let mut late = Monitor::open(NetNs::Current, &Subscription::default().since(generation - 1))?;
    let mut future = Monitor::open(NetNs::Current, &Subscription::default().since(generation + 1))?;
    run(&mut nfnl, "add chain inet t c")?;
    run(&mut nfnl, "add chain inet t d")?;
    let first = commit(&mut exact)?;
    assert!(matches!(&*first.events, [Event::Added(_, Entity::Chain(_, chain))] if chain.name == *"c"), "{first:?}");
    assert_eq!(late.next_within(WAIT)?, Some(Notice::Resync));
    let second = commit(&mut future)?;
    assert!(matches!(&*second.events, [Event::Added(_, Entity::Chain(_, chain))] if chain.name == *"d"), "{second:?}");
    Ok(())
}

/// After a loss, a new snapshot and what follows are exact again.
fn overflow_of_values() -> Result<(), Failed> {
    flush()?;
    let mut nfnl = open()?;
    let mut monitor = Monitor::open(NetNs::Current, &Subscription::default().with_receive_buffer(16_384))?;
    let mut told = nfnl.pull()?;
    monitor.after(&told)?;
    let (mut lost, mut heard) = (0, 0);
    for round in 0..50 {
        run(&mut nfnl, "flush ruleset")?;
        // More and more commits at once: first all of them fit, then none do.
        for number in 0..=round {
            run(
                &mut nfnl,
                &format!("add table inet t{number}\nadd chain inet t{number} c\nadd rule inet t{number} c meta mark {round}"),
            )?;
        }
        while let Some(notice) = monitor.try_next()? {
            match notice {
                Notice::Commit(commit) => {
                    heard += 1;
                    mirror::apply(&mut told, &commit)?;
                }
                Notice::Resync => {
                    lost += 1;
                    told = nfnl.pull()?;
                    monitor.after(&told)?;
                }
                other => return Err(format!("{other:?}").into()),
            }
        }
        same(&told, &nfnl.pull()?, &format!("round {round}"))?;
    }
    assert!(lost > 5 && heard > 60, "{lost} losses, {heard} commits");
    Ok(())
}

/// What was added is told to who added it: the handles of a ruleset without a pull.
fn echo() -> Result<(), Failed> {
    let mut nfnl = open()?;
    run(&mut nfnl, "add table ip other\nadd map ip other old { type ipv4_addr : verdict; }")?;
    let text = STEPS[0];
    let commands = lower::load(text, "test", &mut NoFiles, &nfnl.declarations()).map_err(|found| format!("{found:?}"))?;
    let ((), commits) = nfnl.echo(Grain::Value, |nfnl| nfnl.apply(&commands))?;
    let [commit] = &*commits else { return Err(format!("{commits:?}").into()) };
    let mut told = nft::Ruleset::new();
    mirror::apply(&mut told, commit)?;
    let mut pulled = nfnl.pull()?;
    pulled.remove_table(Family::Ip, "other");
    same(&told, &pulled, "echo")?;
    assert_eq!(commit.generation, nfnl.generation()?);
    // Elements of a set that was there; what is deleted is not told; several changes.
    let (_, commits) = nfnl.echo(Grain::Value, |nfnl| {
        for text in ["add element ip other old { 1.1.1.1 : accept }", "flush map ip other old", "add chain ip other c"] {
            let commands = lower::load(text, "test", &mut NoFiles, &nfnl.declarations()).unwrap_or_default();
            nfnl.apply(&commands)?;
        }
        Ok(())
    })?;
    let counts: Vec<_> = commits.iter().map(|commit| commit.events.len()).collect();
    assert_eq!(counts, [1, 1]);
    assert!(matches!(&commits[0].events[..], [Event::Added(_, Entity::Elements(_, set))] if set.elements.len() == 1));
    // Nothing is told where nobody asked.
    nfnl.apply(&commands)?;
    // Much is told whole.
    let many: Vec<String> = (0..50_000).map(|number| number.to_string()).collect();
    let text = format!("add set ip other many {{ type mark; elements = {{ {} }}; }}", many.join(", "));
    let commands = lower::load(&text, "test", &mut NoFiles, &nfnl.declarations()).map_err(|found| format!("{found:?}"))?;
    let ((), commits) = nfnl.echo(Grain::Value, |nfnl| nfnl.apply(&commands))?;
    let Some(Event::Added(_, Entity::Elements(_, set))) = commits.first().and_then(|commit| commit.events.last()) else {
        return Err("no elements".into());
    };
    assert_eq!(set.elements.len(), 50_000);
    Ok(())
}

/// The steps of a packet, each with the rule that it is of, one in a chain without a name too.
fn trace() -> Result<(), Failed> {
    let mut nfnl = open()?;
    run(
        &mut nfnl,
        "table inet t {
            chain out {
                type filter hook output priority filter; policy drop;
                udp dport 4711 meta nftrace set 1
                udp dport 4711 jump { counter; meta mark set 7; }
                jump other
            }
            chain other { udp dport 9 drop; udp dport 4711 accept comment \"here\"; }
        }",
    )?;
    let ruleset = nfnl.pull()?;
    let mut monitor = Monitor::open(NetNs::Current, &Subscription::trace())?;
    let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    socket.send_to(b"hello", "127.0.0.1:4711")?;
    let (mut steps, mut ids, mut packet) = (Vec::new(), Vec::new(), None);
    while let Some(notice) = monitor.next_within(Duration::from_millis(300))? {
        let Notice::Trace(event) = notice else { return Err(format!("{notice:?}").into()) };
        let mut text = format!("{:?}", event.step);
        if let Some(rule) = event.rule(&ruleset) {
            text.push(' ');
            print::rule(&mut text, rule, Family::Inet, &print::Options::default().stateless())?;
        }
        steps.push(text);
        ids.push(event.id);
        packet = packet.or_else(|| event.transport_header.clone());
        assert_eq!((&*event.table, event.family), ("t", Some(Family::Inet)));
        // Where a chain without a verdict ends, the kernel tells of a rule without a number.
        if event.rule_handle.is_some() {
            assert!(event.rule(&ruleset).is_some(), "{event:?}");
        }
    }
    assert_eq!(
        steps,
        [
            "Rule udp dport 4711 meta nftrace set 1",
            "Rule udp dport 4711 jump {\n\tcounter\n\tmeta mark set 0x00000007\n}",
            "Rule counter",
            "Rule meta mark set 0x00000007",
            "Rule",
            "Rule jump other",
            "Rule udp dport 4711 accept comment \"here\"",
        ]
    );
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]));
    let header = packet.ok_or("no transport header")?;
    assert_eq!(header.get(2..4), Some(&4711_u16.to_be_bytes()[..]));
    Ok(())
}

/// The same as an asynchronous stream.
#[cfg(feature = "tokio")]
fn stream() -> Result<(), Failed> {
    use std::future::poll_fn;
    use std::pin::Pin;

    use nft::netlink::EventStream;

    let mut nfnl = open()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let monitor = Monitor::open(NetNs::Current, &Subscription::default().since(nfnl.generation()?))?;
        let mut stream = EventStream::new(monitor)?;
        let writer = std::thread::spawn(|| -> Result<(), String> {
            let mut nfnl = Nfnl::open(NetNs::Current).map_err(|error| error.to_string())?;
            for number in 0..100 {
                if number % 10 == 0 {
                    std::thread::sleep(Duration::from_millis(5));
                }
                run(&mut nfnl, &format!("add table inet t{number}")).map_err(|error| format!("{error:?}"))?;
            }
            Ok(())
        });
        for number in 0..100 {
            let next = poll_fn(|context| futures_core::Stream::poll_next(Pin::new(&mut stream), context));
            let next = tokio::time::timeout(WAIT, next).await?;
            let Some(Ok(Notice::Commit(commit))) = next else { return Err(format!("{next:?}").into()) };
            let name = format!("t{number}");
            assert!(matches!(&*commit.events, [Event::Added(_, Entity::Table(table))] if table.name == *name), "{commit:?}");
        }
        writer.join().map_err(|_| "the writer failed")??;
        Ok(())
    })
}

/// The lines of `nft monitor`, for the same commits in the same namespace.
fn beside_nft() -> Result<(), Failed> {
    let path = super::oracle::path().ok_or("no nft")?;
    let mut child = std::process::Command::new(path)
        .args(["-a", "monitor"])
        .env("TZ", "UTC")
        .stdout(std::process::Stdio::piped())
        .spawn()?;
    let mut monitor = Monitor::open(NetNs::Current, &Subscription::default().with_grain(Grain::Line))?;
    let mut nfnl = open()?;
    // It has subscribed when it tells of a commit.
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().ok_or("no output")?));
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
    std::thread::sleep(Duration::from_millis(500));
    run(&mut nfnl, "add table ip begin")?;
    commit(&mut monitor)?;
    let mut found = String::new();
    let environment = open()?;
    let options = print::Options::new(environment.environment()).with_handles();
    // Of devices that go, nft repeats how the chain is attached, which the event does not hold.
    for step in STEPS.iter().filter(|step| !step.starts_with("delete lo")) {
        // nft loses the rest of a commit in which a chain without a name stands.
        let step = step.replace("meta l4proto tcp jump { ip saddr 1.1.1.1 accept; counter drop; }", "");
        run(&mut nfnl, &step)?;
        let commit = commit(&mut monitor)?;
        for change in &commit.events {
            event::print(&mut found, change, &options)?;
        }
        found.push_str(&format!("# new generation {}\n", commit.generation));
    }
    run(&mut nfnl, "add table ip end")?;
    let mut expected = String::new();
    while let Ok(line) = receiver.recv_timeout(WAIT) {
        if line.starts_with("add table ip end") {
            break;
        }
        expected.push_str(line.split(" by process ").next().unwrap_or_default());
        expected.push('\n');
    }
    child.kill()?;
    child.wait()?;
    let begin = expected.split_once("# new generation").and_then(|(_, rest)| rest.split_once('\n'));
    let expected = begin.map_or("", |(_, rest)| rest);
    let differs = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
    if let Some((expected, found)) = differs {
        return Err(format!("- {expected}\n+ {found}").into());
    }
    assert_eq!(expected.lines().count(), found.lines().count());
    Ok(())
}
