//! Reconciliation: what it comes down to on the real kernel.

use std::path::Path;

use libtest_mimic::Failed;
use nft::model::{Command, Item, Rule, Ruleset, Scope, Table, TableFlags};
use nft::name::TableName;
use nft::netlink::{Mirror, NetNs, Nfnl, Ownership, Push, Reconcile};
use nft::schema::Family;

use super::random::{Random, ruleset};
use super::{Test, corpus, flush, open, oracle};

pub(crate) const TESTS: &[Test] = &[
    ("corpus_reconciles", corpus_reconciles, true),
    ("reconcile: order of operations", order, true),
    ("reconcile: state is kept", state_is_kept, true),
    ("reconcile: nothing to do", nothing_to_do, false),
    ("reconcile: overtaken", overtaken, false),
    ("reconcile: owners", owners, false),
    ("reconcile: a mirror follows", mirror_follows, true),
    ("reconcile: a mirror loses events", mirror_loses, false),
    ("reconcile: a mirror hears single commands", mirror_hears, true),
    ("reconcile: what a mirror cannot hear", mirror_cannot_hear, true),
];

/// Rulesets with rules that are other instructions once they are listed and read again, with the same effect: which of two tests of the packet
/// comes first is not to be seen in the listing. (What is pulled and not changed is compared by what the kernel gave.)
const REORDERED: &[&str] = &[
    "sets__typeof_sets_0.nft",
    "MikeHorn-git_dotfiles__dot_etc_nftables.conf.tmpl.nft",
    "QubesOS_qubes-core-agent-linux__network_qubes-ipv6.nft",
    "embetrix_meta-raspberrypi-secure__recipes-filter_nftables_files_firewall.nft",
];

/// The same ruleset as a program would have made it: nothing in it comes from the kernel.
fn handmade(ruleset: &Ruleset) -> Ruleset {
    let mut ruleset = ruleset.clone();
    for table in &mut ruleset.tables {
        for rule in table.chains.iter_mut().flat_map(|chain| &mut chain.rules) {
            if rule.opaque.is_some() {
                continue;
            }
            let mut made = Rule::new(rule.stmts.clone());
            made.comment.clone_from(&rule.comment);
            made.tag.clone_from(&rule.tag);
            *rule = made;
        }
    }
    ruleset
}

fn settled(nfnl: &mut Nfnl, ruleset: &Ruleset, what: &str) -> Result<Option<String>, Failed> {
    Ok(match nfnl.plan(ruleset, &Reconcile::default()) {
        Ok(patch) if patch.is_empty() => None,
        Ok(patch) => Some(format!("{what}: {patch}")),
        Err(error) => Some(format!("{what}: {error}")),
    })
}

/// Why a ruleset does not settle; nothing if it does.
fn settles(nfnl: &mut Nfnl, path: &Path) -> Result<Option<String>, Failed> {
    let listed = oracle::nft(&["-s", "list", "ruleset"])?;
    let pulled = match nfnl.pull() {
        Ok(pulled) => pulled,
        Err(error) => return Ok(Some(format!("pull: {error}"))),
    };
    let made = handmade(&pulled);
    // What is written, if it is declarations only.
    let written = std::fs::read_to_string(path).ok().and_then(|text| nft::parse(&text).ok());
    let written = written.filter(|written| !written.tables.is_empty());
    let reordered = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| REORDERED.contains(&name));
    let mut rulesets = vec![("loaded by nft, pulled", &pulled)];
    rulesets.extend((!reordered).then_some(("loaded by nft, compiled", &made)));
    rulesets.extend(written.as_ref().filter(|_| !reordered).map(|written| ("loaded by nft, written", written)));
    for (what, ruleset) in rulesets {
        if let Some(reason) = settled(nfnl, ruleset, what)? {
            return Ok(Some(reason));
        }
    }
    flush()?;
    if let Err(error) = nfnl.push(&pulled, Push::Replace) {
        return Ok(Some(format!("push: {error}")));
    }
    for (what, ruleset) in [("pushed, pulled", &pulled), ("pushed, compiled", &made)] {
        if let Some(reason) = settled(nfnl, ruleset, what)? {
            return Ok(Some(reason));
        }
    }
    flush()?;
    if let Err(error) = nfnl.push(&made, Push::Reconcile) {
        return Ok(Some(format!("reconcile: {error}")));
    }
    let after = oracle::nft(&["-s", "list", "ruleset"])?;
    let changed = listed.lines().zip(after.lines()).find(|(before, after)| before != after);
    Ok(changed.map(|(before, after)| format!("was\n{before}\nis\n{after}")))
}

fn corpus_reconciles() -> Result<(), Failed> {
    let mut nfnl = open()?;
    let (mut loaded, mut failed) = (0, Vec::new());
    for path in corpus::rulesets()? {
        flush()?;
        if oracle::load_file(&path)? {
            loaded += 1;
            if let Some(reason) = settles(&mut nfnl, &path)? {
                failed.push(format!("{}: {reason}", path.display()));
            }
        }
    }
    let settled = loaded - failed.len();
    if failed.is_empty() { Ok(()) } else { Err(format!("{settled}/{loaded}\n{}", failed.join("\n")).into()) }
}

/// How often random rulesets are tried: `NFT_RUNS`, or as often as a quick run takes.
fn runs() -> u64 {
    std::env::var("NFT_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(200)
}

pub(crate) fn parsed(text: &str) -> Result<Ruleset, Failed> {
    nft::parse(text).map_err(|errors| format!("{errors:#?}\n{text}").into())
}

/// A listing with the blocks of each table sorted: what was there before comes before what is new, whatever the order in the text.
pub(crate) fn sorted(listing: &str) -> String {
    let mut tables: Vec<String> = Vec::new();
    for table in listing.split("\n}\n").filter(|table| !table.is_empty()) {
        let mut blocks: Vec<&str> = table.split("\n\n").collect();
        let head = blocks.first().copied().unwrap_or_default().split_once('\n').map(|(head, rest)| {
            if let Some(first) = blocks.first_mut() {
                *first = rest;
            }
            head.to_owned()
        });
        blocks.sort_unstable();
        tables.push(format!("{}\n{}", head.unwrap_or_default(), blocks.join("\n\n")));
    }
    tables.sort_unstable();
    tables.join("\n}\n")
}

fn pair(nfnl: &mut Nfnl, first: &str, second: &str) -> Result<(), Failed> {
    let options = Reconcile::default().with_prune();
    flush()?;
    nfnl.push(&parsed(first)?, Push::Replace)?;
    let pulled = nfnl.pull()?;
    check_empty("pulled", &nfnl.plan(&pulled, &options)?)?;
    check_empty("first", &nfnl.plan(&parsed(first)?, &options)?)?;
    let wanted = parsed(second)?;
    let patch = nfnl.plan(&wanted, &options)?;
    let outcome = nfnl.reconcile(&wanted, &options).map_err(|error| format!("{error:?}\n{patch}"))?;
    let listed = oracle::nft(&["-s", "list", "ruleset"])?;
    check_empty(&format!("after\n{}", outcome.patch), &nfnl.plan(&wanted, &options)?)?;
    flush()?;
    oracle::load(second)?;
    let expected = oracle::nft(&["-s", "list", "ruleset"])?;
    let (listed, expected) = (sorted(&listed), sorted(&expected));
    if listed == expected {
        return Ok(());
    }
    let line = listed.lines().zip(expected.lines()).find(|(listed, expected)| listed != expected);
    Err(format!("{line:?}\n{}\n--- listed\n{listed}\n--- expected\n{expected}", outcome.patch).into())
}

pub(crate) fn check_empty(what: &str, patch: &nft::diff::Patch) -> Result<(), Failed> {
    if patch.is_empty() { Ok(()) } else { Err(format!("{what}: still differs: {patch}").into()) }
}

/// From the one text to the other: lines of the plan, by their order.
const ORDER: &[(&str, &str, &[&str])] = &[
    // A rule that jumps to a chain changes before the chain goes.
    ("chain a { }; chain b { accept; }; chain c { jump b; counter; }", "chain a { }; chain c { jump a; counter; }", &[]),
    // Two chains change places.
    ("chain a { accept; }; chain b { drop; jump a; }", "chain b { drop; }; chain a { accept; jump b; }", &[]),
    // A set becomes another while a rule uses it; the other rule stays.
    (
        "set s { type ipv4_addr; }; chain c { counter; ip saddr @s drop; }",
        "set s { type ipv4_addr . inet_service; }; chain c { counter; ip saddr . tcp dport @s drop; }",
        &["- ip t chain c rule 2", "- ip t set s", "+ ip t set s", "+ ip t chain c rule 2"],
    ),
    // The same where the rule is the same: only the set's comment differs.
    (
        "set s { type ipv4_addr; }; chain c { ip saddr @s drop; counter; ip daddr @s drop; }",
        "set s { type ipv4_addr; comment \"x\"; }; chain c { ip saddr @s drop; counter; ip daddr @s drop; }",
        &[
            "- ip t chain c rule 1",
            "- ip t chain c rule 3",
            "- ip t set s",
            "+ ip t set s",
            "+ ip t chain c rule 1",
            "+ ip t chain c rule 3",
        ],
    ),
    // An object becomes another while a rule and an element of a map use it.
    (
        "limit l { rate 1/second; }; map m { type ipv4_addr : limit; elements = { 1.1.1.1 : \"l\" }; }; chain c { limit name l; counter; limit name ip saddr map @m; }",
        "limit l { rate 2/second; }; map m { type ipv4_addr : limit; elements = { 1.1.1.1 : \"l\" }; }; chain c { limit name l; counter; limit name ip saddr map @m; }",
        &[
            "- ip t chain c rule 1",
            "- ip t map m elements (1)",
            "- ip t limit l",
            "+ ip t limit l",
            "+ ip t map m elements (1)",
            "+ ip t chain c rule 1",
        ],
    ),
    // A quota is changed in place.
    (
        "quota q { 1 mbytes; }; chain c { quota name q; }",
        "quota q { 2 mbytes; }; chain c { quota name q; }",
        &["~ ip t quota q"],
    ),
    // A verdict map loses a chain.
    (
        "chain a { }; chain b { }; map m { type inet_service : verdict; elements = { 1 : jump a, 2 : jump b }; }; chain c { tcp dport vmap @m; }",
        "chain a { }; map m { type inet_service : verdict; elements = { 1 : jump a, 2 : drop }; }; chain c { tcp dport vmap @m; }",
        &["- ip t map m elements (1)", "- ip t chain b", "+ ip t map m elements (1)"],
    ),
    // A verdict map in a rule, too.
    (
        "chain a { }; chain b { }; chain c { tcp dport vmap { 1 : jump a, 2 : jump b }; }",
        "chain a { }; chain c { tcp dport vmap { 1 : jump a, 2 : drop }; }",
        &["- ip t chain c rule 1", "- ip t chain b", "+ ip t chain c rule 1"],
    ),
    // A chain that rules jump to gets a comment, which it cannot in place.
    (
        "chain a { accept; }; chain c { counter; jump a; counter; }",
        "chain a { comment \"x\"; accept; }; chain c { counter; jump a; counter; }",
        &[],
    ),
    // Rules move.
    (
        "chain c { tcp dport 1; tcp dport 2; tcp dport 3; tcp dport 4; tcp dport 5; }",
        "chain c { tcp dport 5; tcp dport 1; tcp dport 2; tcp dport 3; tcp dport 4; }",
        &["- ip t chain c rule 5", "+ ip t chain c rule 1"],
    ),
    // Several come in one place, and one at the end.
    (
        "chain c { tcp dport 1; tcp dport 2; }",
        "chain c { tcp dport 1; tcp dport 7; tcp dport 8; tcp dport 9; tcp dport 2; tcp dport 3; }",
        &["+ ip t chain c rule 2", "+ ip t chain c rule 3", "+ ip t chain c rule 4", "+ ip t chain c rule 6"],
    ),
    // In place: policy, flags of the table, time-out of a set.
    (
        "set s { type ipv4_addr; flags timeout; timeout 1m; }; chain c { type filter hook input priority 0; policy accept; }",
        "flags dormant; set s { type ipv4_addr; flags timeout; timeout 2m; }; chain c { type filter hook input priority 0; policy drop; }",
        &["~ table ip t", "~ ip t chain c", "~ ip t set s"],
    ),
    // A base chain moves to another hook.
    (
        "chain c { type filter hook input priority 0; counter; }",
        "chain c { type filter hook output priority 0; counter; }",
        &["- ip t chain c rules 1-1", "- ip t chain c", "+ ip t chain c", "+ ip t chain c rule 1"],
    ),
    // Ranges change at their ends.
    (
        "set s { type ipv4_addr; flags interval; elements = { 1.1.1.0-1.1.1.9, 2.2.2.2 }; }",
        "set s { type ipv4_addr; flags interval; elements = { 1.1.1.0-1.1.1.5, 1.1.1.6-1.1.1.20, 2.2.2.2 }; }",
        &["- ip t set s elements (1)", "+ ip t set s elements (2)"],
    ),
    // A counter of a set's elements is no difference.
    (
        "set s { type ipv4_addr; counter; elements = { 1.1.1.1 counter packets 7 bytes 7, 2.2.2.2 counter }; }",
        "set s { type ipv4_addr; counter; elements = { 1.1.1.1, 2.2.2.2 }; }",
        &[],
    ),
];

fn order() -> Result<(), Failed> {
    let mut nfnl = open()?;
    for (from, to, expected) in ORDER {
        let text = |table: &str| format!("table ip t {{\n{}\n}}\n", table.replace("; }; ", "; }\n").replace("{ }; ", "{ }\n"));
        let (from, to) = (text(from), text(to));
        flush()?;
        nfnl.push(&parsed(&from)?, Push::Replace)?;
        let plan = nfnl.plan(&parsed(&to)?, &Reconcile::default())?.to_string();
        if !expected.is_empty() && plan.lines().collect::<Vec<_>>() != *expected {
            return Err(format!("{from}{to}{plan}").into());
        }
        pair(&mut nfnl, &from, &to).map_err(|error| format!("{from}{to}{}", error.message().unwrap_or_default()))?;
    }
    Ok(())
}

/// Rules that stay keep their counters and numbers, wherever others come, go and change.
fn state_is_kept() -> Result<(), Failed> {
    let mut random = Random::new(7);
    let mut nfnl = open()?;
    for _ in 0..10 {
        flush()?;
        let rules = |numbers: &[usize], state: bool| {
            let line = |number: &usize| {
                let counter = if state { format!("counter packets {number} bytes 1") } else { "counter".to_owned() };
                format!("tcp dport {number} {counter}\n")
            };
            format!("table ip t {{\nchain c {{\n{}}}\n}}\n", numbers.iter().map(line).collect::<String>())
        };
        let before: Vec<usize> = (1..=200).collect();
        let mut after = before.clone();
        let edits = 1 + random.below(20);
        for edit in 0..edits {
            let at = random.below(after.len());
            match random.below(3) {
                0 => drop(after.remove(at)),
                1 => after.insert(at, 1000 + edit),
                _ => {
                    let moved = after.remove(at);
                    let to = random.below(after.len());
                    after.insert(to, moved);
                }
            }
        }
        nfnl.push(&parsed(&rules(&before, true))?, Push::Replace)?;
        let old = nfnl.pull()?;
        let outcome = nfnl.reconcile(&parsed(&rules(&after, false))?, &Reconcile::default())?;
        let changed = outcome.patch.counts().rules.total();
        assert!(changed <= 2 * edits, "{changed} operations for {edits} edits");
        let (new, mut kept) = (nfnl.pull()?, 0);
        let chain =
            |ruleset: &Ruleset| ruleset.tables.first().and_then(|table| table.chains.first()).map(|chain| chain.rules.clone());
        let (old, new) = (chain(&old).ok_or("no chain")?, chain(&new).ok_or("no chain")?);
        assert_eq!(new.len(), after.len());
        // A rule that is replaced keeps its number, but is another.
        for (rule, number) in new.iter().zip(&after) {
            let was = old.iter().zip(&before).find(|(was, before)| was.handle == rule.handle && *before == number);
            if let Some((was, _)) = was {
                kept += 1;
                assert_eq!(was, rule, "with its counter");
            }
        }
        assert!(kept >= 200 - 2 * edits, "{kept} kept");
    }
    Ok(())
}

fn nothing_to_do() -> Result<(), Failed> {
    let mut nfnl = open()?;
    let wanted = parsed("table inet t { chain c { tcp dport { 1, 2 } counter jump { accept; }; }; }")?;
    nfnl.check(&wanted, Push::Reconcile)?;
    assert!(nfnl.pull()?.tables.is_empty(), "only checked");
    let outcome = nfnl.reconcile(&wanted, &Reconcile::default().with_verify())?;
    assert_eq!((outcome.patch.len(), outcome.attempts), (1, 1));
    assert!(outcome.remaining.is_some_and(|patch| patch.is_empty()));
    let before = nfnl.generation()?;
    for _ in 0..3 {
        assert!(nfnl.reconcile(&wanted, &Reconcile::default())?.patch.is_empty());
        nfnl.push(&wanted, Push::Reconcile)?;
    }
    assert_eq!(nfnl.generation()?, before, "nothing is sent");
    // Other tables go only on request.
    let other = parsed("table ip other { chain c { accept; }; }")?;
    nfnl.push(&other, Push::Reconcile)?;
    assert_eq!(nfnl.pull()?.tables.len(), 2);
    let outcome = nfnl.reconcile(&other, &Reconcile::default().with_prune())?;
    assert_eq!(outcome.patch.to_string(), "- table inet t\n");
    assert_eq!(nfnl.pull()?.tables.len(), 1);
    Ok(())
}

/// A patch of an older ruleset is refused with the generation; reconciling goes on.
fn overtaken() -> Result<(), Failed> {
    let (mut nfnl, mut other) = (open()?, open()?);
    let first = parsed("table ip t { chain c { accept; }; }")?;
    let second = parsed("table ip t { chain c { counter; drop; }; }")?;
    nfnl.push(&first, Push::Replace)?;
    let pulled = nfnl.pull()?;
    let patch = pulled.diff(&second, nfnl.environment())?;
    let scope = Scope::new(Family::Ip, TableName::new("other")?);
    other.apply(&[Command::Add(Item::Table(Box::new(Table::new(scope.family, scope.table.clone()))))])?;
    let refused = nfnl.apply_patch(&patch).err().ok_or("it is of another generation")?;
    assert_eq!((refused.errno(), refused.generation()), (Some(85), pulled.generation));
    let pulled = nfnl.pull()?;
    nfnl.apply_patch(&pulled.diff(&second, nfnl.environment())?)?;
    check_empty("applied", &nfnl.plan(&second, &Reconcile::default())?)?;
    // A plan from a value that was not pulled cannot be sent.
    let error = nfnl.apply_patch(&second.diff(&first, nfnl.environment())?).err().ok_or("no handles")?;
    assert_eq!(error.kind(), nft::ErrorKind::Misuse);
    Ok(())
}

fn owners() -> Result<(), Failed> {
    let (mut owner, mut other) = (open()?, open()?);
    let mut owned = parsed("table inet t { chain c { accept; }; }")?;
    for table in &mut owned.tables {
        table.flags = TableFlags::OWNER | TableFlags::PERSIST;
    }
    owner.push(&owned, Push::Reconcile)?;
    let plain = parsed("table inet t { chain c { drop; }; }")?;
    let refused = other.push(&plain, Push::Reconcile).err().ok_or("somebody else's")?;
    assert_eq!((refused.kind(), refused.errno()), (nft::ErrorKind::Kernel, Some(1)), "{refused}");
    assert!(refused.to_string().contains("belongs to another program"), "{refused}");
    let outcome = other.reconcile(&Ruleset::new(), &Reconcile::default().with_prune())?;
    assert!(outcome.patch.is_empty(), "it stays");
    // Who owns it changes it, and keeps it without saying so again.
    let outcome = owner.reconcile(&plain, &Reconcile::default().with_verify())?;
    assert_eq!(outcome.patch.to_string(), "~ inet t chain c rule 1\n");
    assert!(outcome.remaining.is_some_and(|patch| patch.is_empty()));
    drop(owner);
    // It outlived its owner, and is adopted with what is in it.
    let outcome = other.reconcile(&owned, &Reconcile::default().with_verify())?;
    assert_eq!(outcome.patch.to_string(), "~ table inet t\n~ inet t chain c rule 1\n");
    assert!(outcome.remaining.is_some_and(|patch| patch.is_empty()));
    let mut third = open()?;
    assert_eq!(third.push(&plain, Push::Reconcile).err().and_then(|error| error.errno()), Some(1));
    Ok(())
}

/// What a mirror plans is what a fresh snapshot plans, whoever changed the ruleset before.
fn mirror_follows() -> Result<(), Failed> {
    let options = Reconcile::default().with_prune();
    let (mut nfnl, mut mirror) = (open()?, Mirror::open(NetNs::Current)?.of_all());
    for seed in 0..runs() / 4 {
        let mut random = Random::new(1_000_000 + seed);
        let (wanted, next) = (ruleset(&mut random), ruleset(&mut random));
        let text = |what: &str| format!("seed {seed}: {what}\n--- wanted\n{wanted}\n--- next\n{next}");
        let step = |nfnl: &mut Nfnl, mirror: &mut Mirror, random: &mut Random| -> Result<(), Failed> {
            let wanted = parsed(&wanted)?;
            match random.below(3) {
                0 => mirror.reconcile(&wanted, &options).map(drop)?,
                1 => nfnl.reconcile(&wanted, &options).map(drop)?,
                _ => oracle::load(&wanted_by_nft(&wanted))?,
            }
            let next = parsed(&next)?;
            let (expected, found) = (nfnl.plan(&next, &options)?, mirror.plan(&next, &options)?);
            if expected.to_string() != found.to_string() {
                return Err(format!("planned\n{found}\nexpected\n{expected}").into());
            }
            check_empty("wanted", &mirror.plan(&wanted, &options)?)
        };
        step(&mut nfnl, &mut mirror, &mut random).map_err(|error| text(error.message().unwrap_or_default()))?;
    }
    let snapshots = mirror.snapshots();
    if snapshots > 1 + runs() / 40 { Err(format!("{snapshots} snapshots").into()) } else { Ok(()) }
}

/// The ruleset alone, as a file of nft.
fn wanted_by_nft(ruleset: &Ruleset) -> String {
    format!("flush ruleset\n{}", nft::to_string(ruleset))
}

/// A mirror that lost events is right again after the next look.
fn mirror_loses() -> Result<(), Failed> {
    let (mut nfnl, mut mirror) = (open()?, Mirror::open(NetNs::Current)?);
    let large = |from: usize| {
        let elements: Vec<String> = (from..from + 60_000)
            .map(|number| format!("10.{}.{}.{}", number >> 16, (number >> 8) & 255, number & 255))
            .collect();
        parsed(&format!("table ip t {{\nset s {{\ntype ipv4_addr\nelements = {{ {} }}\n}}\n}}\n", elements.join(", ")))
    };
    mirror.reconcile(&large(0)?, &Reconcile::default())?;
    for turn in 1..4 {
        nfnl.push(&large(turn * 1000)?, Push::Replace)?;
    }
    let outcome = mirror.reconcile(&large(500)?, &Reconcile::default())?;
    let counts = outcome.patch.counts().elements;
    assert_eq!((counts.added, counts.removed), (2500, 2500));
    check_empty("afterwards", &nfnl.plan(&large(500)?, &Reconcile::default())?)?;
    check_empty("afterwards, mirrored", &mirror.plan(&large(500)?, &Reconcile::default())?)
}

/// Single commands of nft, one by one: what a mirror plans afterwards is what a fresh snapshot plans.
fn mirror_hears() -> Result<(), Failed> {
    const WANTED: &str = "table inet t {
        set s { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 }; }
        set r { type ipv4_addr; flags interval; elements = { 10.1.0.0/16 }; }
        set d { type ipv4_addr; flags dynamic,timeout; timeout 1h; elements = { 10.0.0.7 }; }
        map m { type inet_service : verdict; elements = { 22 : jump a, 23 : accept }; }
        counter n { }
        chain a { tcp dport 1 accept; ip saddr @s drop; tcp dport { 5, 6 } accept; }
        chain b { tcp dport 2 accept; jump a; counter name n; }
        chain c { type filter hook input priority 0; jump b; tcp dport vmap @m; jump { udp dport 7 accept; }; }
    }";
    let options = Reconcile::default().with_prune();
    let (mut nfnl, mut mirror) = (open()?, Mirror::open(NetNs::Current)?.of_all());
    let wanted = parsed(WANTED)?;
    let mut random = Random::new(77);
    let mut taken = 0;
    for step in 0..runs() {
        if step % 8 == 0 {
            mirror.reconcile(&wanted, &options)?;
        }
        let pulled = nfnl.pull()?;
        let rules: Vec<(String, u64)> = pulled
            .tables
            .iter()
            .flat_map(|table| table.chains.iter().map(move |chain| (table, chain)))
            .flat_map(|(table, chain)| {
                let place = format!("{} {} {}", table.family, &*table.name, &*chain.name);
                chain.rules.iter().filter_map(move |rule| Some((place.clone(), rule.handle?)))
            })
            .collect();
        let chain = ["a", "b", "c", "x"][random.below(4)];
        let number = random.below(9);
        let rule = ["tcp dport 1 accept", "ip daddr { 1.1.1.1, 2.2.2.2 } drop", "add @d { ip saddr }", "jump x", "udp dport 9"];
        let rule = rule[random.below(5)];
        let (place, handle) = match rules.len() {
            0 => ("inet t a".to_owned(), 1),
            count => rules[random.below(count)].clone(),
        };
        let command = match random.below(20) {
            0 | 1 => format!("add rule inet t {chain} {rule}"),
            2 | 3 => format!("insert rule inet t {chain} {rule}"),
            4 => format!("insert rule inet t {chain} index {} {rule}", number % 3),
            5 => format!("add rule {place} handle {handle} {rule}"),
            6 => format!("replace rule {place} handle {handle} {rule}"),
            7 => format!("delete rule {place} handle {handle}"),
            8 => format!("delete rule {place} handle {handle}\nadd rule {place} {rule}"),
            9 => format!("flush chain inet t {chain}"),
            10 => format!("rename chain inet t {chain} x"),
            11 => format!("add chain inet t x\nadd rule inet t x {rule}"),
            12 => format!("add element inet t s {{ 10.0.0.{number} }}\nadd element inet t r {{ 10.{number}.0.0/16 }}"),
            13 => format!("delete element inet t s {{ 10.0.0.{number} }}"),
            14 => format!("add element inet t m {{ {number} : jump x }}\ndelete element inet t m {{ 22 }}"),
            15 => "flush set inet t r".to_owned(),
            16 => "chain inet t c { policy drop; }".to_owned(),
            17 => "delete table inet t\nadd table inet t\nadd chain inet t a".to_owned(),
            18 => format!("add table ip u{number}\nadd counter inet t k{number}"),
            _ => format!("add set inet t n{number} {{ type mark; elements = {{ {number} }}; }}"),
        };
        // Some of these the kernel refuses, as what they name is not there.
        taken += u64::from(oracle::refusal(&command).is_err());
        let (expected, found) = (nfnl.plan(&wanted, &options)?.to_string(), mirror.plan(&wanted, &options)?.to_string());
        if expected != found {
            return Err(format!("step {step}: {command}\nplanned\n{found}\nexpected\n{expected}").into());
        }
    }
    assert!(taken > runs() / 2, "{taken} commands were taken");
    Ok(())
}

/// What the kernel tells nobody is met, and put right, by the reconciliation itself.
fn mirror_cannot_hear() -> Result<(), Failed> {
    let options = Reconcile::default().with_prune();
    let (mut nfnl, mut mirror) = (open()?, Mirror::open(NetNs::Current)?.of_all());
    let rules = parsed("table inet t { chain c { type filter hook input priority 0; tcp dport 1 accept; }; }")?;
    let with_set = parsed("table inet t { set s { type ipv4_addr; flags timeout; }; }")?;

    // Elements that another added run out between two looks.
    mirror.reconcile(&with_set, &options)?;
    oracle::load("add element inet t s { 10.0.0.1 timeout 100ms, 10.0.0.2 timeout 1h }")?;
    mirror.refresh()?;
    std::thread::sleep(std::time::Duration::from_millis(300));
    let outcome = mirror.reconcile(&with_set, &options)?;
    assert_eq!(outcome.patch.counts().elements.removed, 1, "{}", outcome.patch);

    // The table of an owner goes with it, and one of that name comes back.
    mirror.reconcile(&parsed("")?, &options)?;
    let mut owner = open()?;
    owner.create_table(&Table::new(Family::Inet, "t".parse()?), Ownership::Owned)?;
    let handle = mirror.ruleset()?.tables.first().and_then(|table| table.handle);
    drop(owner);
    oracle::load("table inet t { chain c { type filter hook input priority 0; udp dport 2 drop; }; }")?;
    assert_ne!(mirror.ruleset()?.tables.first().and_then(|table| table.handle), handle);
    let (expected, found) = (nfnl.plan(&rules, &options)?.to_string(), mirror.plan(&rules, &options)?.to_string());
    assert_eq!(found, expected);

    // It goes and does not come back: what was to be pruned is not there.
    mirror.reconcile(&parsed("")?, &options)?;
    let mut owner = open()?;
    owner.create_table(&Table::new(Family::Inet, "gone".parse()?), Ownership::Owned)?;
    mirror.refresh()?;
    drop(owner);
    mirror.reconcile(&rules, &options)?;
    check_empty("afterwards", &nfnl.plan(&rules, &options)?)
}
