//! Large sets, part by part.

use libtest_mimic::Failed;
use nft::model::{Elements, Scope, Set};
use nft::name::{SetName, TableName};
use nft::netlink::{Nfnl, Push};
use nft::schema::Family;
use nft::{Error, ErrorKind, Ruleset};

use super::{Test, open};

pub(crate) const TESTS: &[Test] = &[
    ("elements: parts make the whole", whole, false),
    ("elements: memory does not grow with the set", memory, true),
    ("elements: a set that changes meanwhile", torn, false),
    ("elements: none, or the caller's own error", errors, false),
];

fn scope() -> Result<Scope, Failed> {
    Ok(Scope::new(Family::Ip, TableName::new("t")?))
}

fn parsed(head: &str, elements: &str) -> Result<Ruleset, Failed> {
    let text = format!("table ip t {{\nset s {{\n{head}\nelements = {{ {elements} }}\n}}\n}}\n");
    Ok(nft::parse(&text).map_err(|errors| format!("{errors:?}"))?)
}

fn address(number: usize) -> String {
    format!("10.{}.{}.{}", number >> 16, (number >> 8) & 255, number & 255)
}

fn parts(nfnl: &mut Nfnl, each: &mut dyn FnMut(&Set, Elements) -> Result<(), Error>) -> Result<Set, Failed> {
    let name = SetName::new("s")?;
    let mut last = None;
    // Right after the load the kernel's table may still be growing.
    for _ in 0..20 {
        match nfnl.each_elements(&scope()?, &name, &mut *each) {
            Err(error) if error.errno() == Some(4) => last = Some(error),
            done => return Ok(done?),
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    Err(last.map_or_else(String::new, |error| error.to_string()).into())
}

/// Each element as text; packed ones by their bytes.
fn spelled(elements: &Elements) -> Vec<String> {
    let points = elements.points().map(|(key, data)| format!("{key:?} {data:?}"));
    let ranges = elements.ranges().map(|(low, high, data)| format!("{low:?}-{high:?} {data:?}"));
    let others = elements.others().iter().map(|element| format!("{:?} {:?}", element.key, element.comment));
    points.chain(ranges).chain(others).collect()
}

/// Of whatever kind a set is, its parts together are what is pulled.
fn whole() -> Result<(), Failed> {
    type Element = fn(usize) -> String;
    let kinds: [(&str, Element, usize); 7] = [
        ("type ipv4_addr", address, 20_000),
        ("type ipv4_addr", |number| format!("{} comment \"{number}\"", address(number)), 6_000),
        ("type ipv4_addr . inet_service", |number| format!("{} . 80", address(number)), 9_000),
        ("type ipv4_addr\nflags interval", |number| format!("{}-{}", address(number * 8), address(number * 8 + 3)), 20_000),
        // Each begins where the one before ends.
        ("type ipv4_addr\nflags interval", |number| format!("{}-{}", address(number * 4), address(number * 4 + 3)), 20_000),
        (
            "type ipv4_addr\nflags interval",
            |number| match number % 3 {
                0 => format!("{}/30 comment \"{number}\"", address(number * 8)),
                1 => address(number * 8),
                _ if number == 8_999 => "255.0.0.0-255.255.255.255".to_owned(),
                _ => format!("{}/31", address(number * 8)),
            },
            9_000,
        ),
        ("type ipv4_addr . inet_service\nflags interval", |number| format!("{}/30 . 1-9", address(number * 8)), 6_000),
    ];
    let mut nfnl = open()?;
    for (head, element, count) in kinds {
        let elements: Vec<String> = (0..count).map(element).collect();
        nfnl.push(&parsed(head, &elements.join(", "))?, Push::Replace)?;
        let name = SetName::new("s")?;
        let (set, mut found, number) = loop {
            let (mut found, mut number) = (Vec::new(), 0);
            let given = nfnl.each_elements(&scope()?, &name, |set, elements| {
                assert!(set.name == name && set.elements.is_empty() && elements.len() < 8192, "{}", elements.len());
                number += 1;
                found.extend(spelled(&elements));
                Ok(())
            });
            match given {
                Err(error) if error.errno() == Some(4) => std::thread::sleep(std::time::Duration::from_millis(50)),
                given => break (given?, found, number),
            }
        };
        let pulled = nfnl.pull()?;
        let pulled = pulled.tables.first().and_then(|table| table.sets.first()).ok_or("no set")?;
        assert_eq!((&set.key, set.flags, number > 1), (&pulled.key, pulled.flags, true), "{head}: {number} parts");
        let mut expected = spelled(&pulled.elements);
        assert_eq!(expected.len(), count, "{head}");
        found.sort_unstable();
        expected.sort_unstable();
        let differs = found.iter().zip(&expected).find(|(found, expected)| found != expected);
        assert!(found.len() == expected.len() && differs.is_none(), "{head}: {} {differs:?}", found.len());
    }
    Ok(())
}

/// Kibibytes of memory that the process had at most since the last reset.
fn peak() -> Result<u64, Failed> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// How many kibibytes more a piece of work takes at its peak.
fn growth(work: impl FnOnce() -> Result<(), Failed>) -> Result<u64, Failed> {
    // The peak is what there is now.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let before = peak()?;
    work()?;
    Ok(peak()?.saturating_sub(before))
}

/// Elements with comments are tens of megabytes as values. What was freed before may hide what is used, so a whole pull comes last.
fn memory() -> Result<(), Failed> {
    let mut nfnl = open()?;
    let elements: Vec<String> = (0..100_000).map(|number| format!("{} comment \"of {number}\"", address(number))).collect();
    super::oracle::load(&format!(
        "table ip t {{\nset s {{\ntype ipv4_addr\nelements = {{ {} }}\n}}\n}}\n",
        elements.join(", ")
    ))?;
    drop(elements);
    let mut count = 0;
    let streamed = growth(|| {
        parts(&mut nfnl, &mut |_, elements| {
            count += elements.len();
            Ok(())
        })?;
        Ok(())
    })?;
    assert!(count >= 100_000, "{count}");
    let pulled = growth(|| {
        let pulled = nfnl.pull()?;
        assert_eq!(pulled.tables.first().and_then(|table| table.sets.first()).map(|set| set.elements.len()), Some(100_000));
        Ok(())
    })?;
    assert!(streamed < 4 * 1024 && pulled > 4 * streamed, "{streamed} KiB part by part, {pulled} KiB pulled");
    Ok(())
}

/// What is no one state of the set is said at the end.
fn torn() -> Result<(), Failed> {
    let (mut nfnl, mut other) = (open()?, open()?);
    let elements: Vec<String> =
        (0..20_000).map(|number| format!("{}-{}", address(number * 8), address(number * 8 + 3))).collect();
    nfnl.push(&parsed("type ipv4_addr\nflags interval", &elements.join(", "))?, Push::Replace)?;
    let mut first = true;
    let error = nfnl.each_elements(&scope()?, &SetName::new("s")?, |_, _| {
        if std::mem::take(&mut first) {
            other
                .push(&nft::parse("table ip u { }").map_err(|_| Error::new(ErrorKind::Misuse, "no ruleset"))?, Push::Replace)?;
        }
        Ok(())
    });
    let error = error.err().ok_or("it changed meanwhile")?;
    assert_eq!((error.kind(), error.errno()), (ErrorKind::Reply, Some(4)), "{error}");
    let mut count = 0;
    parts(&mut nfnl, &mut |_, elements| {
        count += elements.len();
        Ok(())
    })?;
    assert_eq!(count, 20_000, "the next time it is whole");
    Ok(())
}

fn errors() -> Result<(), Failed> {
    let mut nfnl = open()?;
    let error = nfnl.each_elements(&scope()?, &SetName::new("s")?, |_, _| Ok(())).err().ok_or("there is none")?;
    assert_eq!((error.kind(), error.errno()), (ErrorKind::Kernel, Some(2)), "{error}");
    nfnl.push(&parsed("type ipv4_addr", "10.0.0.1")?, Push::Replace)?;
    let own = || Error::new(ErrorKind::Misuse, "enough");
    let error = nfnl.each_elements(&scope()?, &SetName::new("s")?, |_, _| Err(own())).err().ok_or("the caller's own")?;
    assert_eq!(error.kind(), ErrorKind::Misuse);
    // The connection is of use all the same.
    assert_eq!(nfnl.pull()?.tables.len(), 1);
    Ok(())
}
