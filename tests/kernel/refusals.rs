//! Where refusals of the kernel are shown: at the same words as the reference shows them.

use libtest_mimic::Failed;
use nft::model::{Chain, Ruleset, Table};
use nft::netlink::{Push, Reconcile};
use nft::syntax::{NoFiles, Sources, SystemFiles, lower};
use nft::{Error, nft};

use super::{Test, flush, open, oracle};

pub(crate) const TESTS: &[Test] = &[
    ("refusals_point_to_words", words, true),
    ("refusals_all_of_a_file", all_of_a_file, true),
    ("refusals_of_values", values, false),
];

/// Files with several mistakes of different kinds: the first is loaded.
const FILES: &[&[(&str, &str)]] = &[
    &[(
        "missing set",
        "table inet t {\n\tchain c {\n\t\tip saddr @nope accept\n\t\ttcp dport 22 udp dport 53 accept\n\t\tip saddr 1.2.3.4 ip6 saddr ::1\n\t}\n\
         \tchain d {\n\t\tmeta l4proto tcp udp dport 5\n\t}\n}\ntable ip u {\n\tchain c {\n\t\tip6 saddr ::1 accept\n\t}\n}\n",
    )],
    &[(
        "syntax",
        "table inet t {\n\tchain c {\n\t\ttcp dport 22 udp dport 53 accept\n\t\ttcp dprt 22 accept\n\t\tiif lo ip saddr 1.2.3.4 ip6 saddr ::1\n\t}\n\
         \tset s { type ipv4_addr; flags frob; }\n}\nadd rule inet t c ip saddr 1.2.3.4 ip6 saddr ::1\nadd rule inet t c tcp dport 99999\n",
    )],
    &[
        ("main.nft", "include \"./one.nft\"\nadd table ip x\n"),
        ("one.nft", "add table ip t\n\tinclude \"./two.nft\" \nadd rule ip t c tcp dprt 1\n"),
        ("two.nft", "add rule ip t c ip6 saddr ::1\n\nadd rule ip t c tcp dport 99999\n"),
    ],
    &[
        ("outer.nft", "table ip t {\n\tinclude \"./inner.nft\";\n}\n"),
        ("inner.nft", "chain c {\n\ttcp dport 22 ip6 saddr ::1\n}\n"),
    ],
    // Refused by the kernel.
    &[("first.nft", "include \"./second.nft\"\n"), ("second.nft", "add chain ip nope c\n")],
];

/// The places of all errors, and where their files were included: as the reference tells them, in any order.
fn all_of_a_file() -> Result<(), Failed> {
    let directory = std::env::temp_dir().join(format!("nft-refusals-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let compared = FILES.iter().try_for_each(|files| same_places(files, &directory));
    std::fs::remove_dir_all(&directory)?;
    compared
}

fn same_places(files: &[(&str, &str)], directory: &std::path::Path) -> Result<(), Failed> {
    for (name, text) in files {
        std::fs::write(directory.join(name), text)?;
    }
    let [(name, text), ..] = files else { return Err("no file".into()) };
    let places = |text: &str| {
        let mut found: Vec<String> = Vec::new();
        let mut before = String::new();
        for line in text.lines() {
            if line.starts_with("In file included from ") || line.starts_with("                 from ") {
                before.push_str(line.trim());
            } else if let Some((place, _)) = line.split_once(" Error: ") {
                found.push(std::mem::take(&mut before) + place);
            }
        }
        found.sort();
        found
    };
    let expected = places(&oracle::refusal_of_file(name, directory)?);
    let mut nfnl = open()?;
    let mut sources = Sources::new(*name, *text);
    let mut read = SystemFiles::new(Vec::new()).below(directory);
    let shown = match sources.load(&mut read, &nfnl.declarations()) {
        Ok(commands) => sources.show_error(&nfnl.apply(&commands).err().ok_or("accepted")?).to_string(),
        Err(error) => error.to_string(),
    };
    if places(&shown) == expected { Ok(()) } else { Err(format!("{name}: {expected:#?}\nbut\n{shown}").into()) }
}

/// What there is before each of the commands.
const BEFORE: &str = r#"
table inet t {
	counter cn { }
	set s { type ipv4_addr; elements = { 1.1.1.1, 2.2.2.2 }; }
	set iv { type ipv4_addr; flags interval; elements = { 10.0.0.0/24 }; }
	set p { type ipv4_addr . inet_service; }
	map m { type ipv4_addr : verdict; elements = { 9.9.9.9 : jump c1 }; }
	chain c1 { counter name "cn"; }
	chain c2 { jump c1; }
	chain base { type filter hook input priority 0; jump c2; }
	chain nat { type nat hook prerouting priority 0; }
	chain used { ip saddr @s accept; }
}
"#;

/// Refused by the kernel, or for want of something in it.
const REFUSED: &[&str] = &[
    "delete table inet nope",
    "delete chain inet nope c",
    "delete chain inet t nochain",
    "delete chain inet t c1",
    "delete set inet t noset",
    "delete set inet t s",
    "delete element inet t s { 3.3.3.3 }",
    "delete element inet t s { 1.1.1.1, 3.3.3.3 }",
    "delete element inet t noset { 3.3.3.3 }",
    "create element inet t s { 5.5.5.5, 1.1.1.1 }",
    "add element inet t iv { 10.0.0.5 }",
    "add element inet t iv { 11.0.0.0/24, 10.0.0.0/25 }",
    "create table inet t",
    "create chain inet t c1",
    "create set inet t s { type ipv4_addr; }",
    "create counter inet t cn",
    "add set inet t s { type ipv6_addr; }",
    "add rule inet t nochain accept",
    "add rule inet nope c accept",
    "add rule inet t c1 tcp dport 22 jump nowhere",
    "add rule inet t c1 jump c2",
    "add rule inet t c1 counter jump c1",
    "add rule inet t c1 jump base",
    "add rule inet t c1 counter name \"nope\"",
    "add rule inet t c1 ip saddr @nope accept",
    "add rule inet t c1 ip saddr 1.2.3.4 masquerade",
    "add rule inet t base masquerade",
    "add rule inet t base tcp dport 22 dnat ip to 1.1.1.1",
    "insert rule inet t c1 handle 999 accept",
    "add rule inet t c1 index 9 accept",
    "delete rule inet t c1 handle 999",
    "delete rule inet t nochain handle 9",
    "replace rule inet t c1 handle 999 accept",
    "flush chain inet t nochain",
    "flush set inet t noset",
    "flush table inet nope",
    "delete counter inet t cn",
    "delete counter inet t nocn",
    "delete flowtable inet t ft",
    "add flowtable inet t ft { hook ingress priority 0; devices = { nodev }; }",
    "rename chain inet t nochain x",
    "rename chain inet t c1 c2",
    "add map inet t m2 { type ipv4_addr : verdict; elements = { 1.1.1.1 : jump nowhere }; }",
    "add element inet t m { 8.8.8.8 : jump nowhere }",
    "add rule inet t c1 ip saddr vmap { 1.1.1.1 : jump nowhere }",
    "add rule inet t c1 tcp dport 22 ct helper set \"nohelper\"",
    "add rule inet t c1 meta nftrace set 1 flow add @nofl",
    "add rule inet t nat ip daddr 1.1.1.1 tproxy ip to 1.1.1.1",
    "add rule inet t c1 ip saddr { 1.1.1.1, 2.2.2.2 } jump nowhere",
    "table inet t { chain c1 { tcp dport 80 jump nowhere; }; }",
    "table inet t { set s2 { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 11.0.0.0/8 }; }; map m3 { type inet_service : verdict; elements = { 22 : accept, 80 : jump nowhere }; }; }",
    "add element inet t p { 1.1.1.1 . 22, 2.2.2.2 . 80 }\ndelete element inet t p { 2.2.2.2 . 80, 3.3.3.3 . 443 }",
    "destroy table inet t\nadd chain inet t c",
];

/// Where the reference shows the whole command or statement, and we the words that the kernel stumbled over.
const CLOSER: &[(&str, &str)] = &[
    ("insert rule inet t c1 handle 999 accept", "999"),
    ("add rule inet t c1 meta nftrace set 1 flow add @nofl", "nofl"),
    ("add flowtable inet t ft { hook ingress priority 0; devices = { nodev }; }", "add flowtable inet t ft"),
    ("rename chain inet t c1 c2", "c2"),
];

/// The words that the reference underlines first, without the line end that it may count among them.
fn of_reference(text: &str) -> Result<Option<String>, Failed> {
    let error = oracle::refusal(text)?;
    let Some(place) = error.split_once(": Error: ").map(|(place, _)| place) else { return Ok(None) };
    let mut numbers = place.rsplit(':');
    let (Some(columns), Some(line)) = (numbers.next(), numbers.next()) else { return Ok(None) };
    let Some((first, last)) = columns.split_once('-') else { return Ok(None) };
    let (line, first, last): (usize, usize, usize) = (line.parse()?, first.parse()?, last.parse()?);
    let line = text.lines().nth(line - 1).unwrap_or_default();
    Ok(line.get(first - 1..last.min(line.len())).map(str::to_owned))
}

/// The words that we point to.
fn of_ours(text: &str) -> Result<String, Failed> {
    let mut nfnl = open()?;
    let commands = match lower::load(text, "test", &mut NoFiles, &nfnl.declarations()) {
        Ok(commands) => commands,
        Err(diagnostics) => {
            let first = diagnostics.diagnostics().first().ok_or("nothing is wrong")?;
            return Ok(text.get(first.span.range()).unwrap_or_default().to_owned());
        }
    };
    let error = nfnl.apply(&commands).err().ok_or("accepted")?;
    Ok(underlined(text, &error).trim_end().to_owned())
}

fn underlined<'t>(text: &'t str, error: &Error) -> &'t str {
    let span = lower::locate(text, error.origin(), error.path());
    span.and_then(|span| text.get(span.range())).unwrap_or_default()
}

fn words() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for text in REFUSED {
        flush()?;
        oracle::load(BEFORE)?;
        let expected = of_reference(text)?.unwrap_or_default();
        flush()?;
        oracle::load(BEFORE)?;
        let found = of_ours(text).unwrap_or_else(|error| error.message().unwrap_or_default().to_owned());
        let expected = CLOSER.iter().find(|(command, _)| command == text).map_or(expected, |(_, words)| (*words).to_owned());
        if expected.trim_end() != found {
            wrong.push(format!("{text}\n- {expected}\n+ {found}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Values of the program that no ruleset may have: refused before anything is sent, whatever way they go.
fn values() -> Result<(), Failed> {
    let (from, to) = (10_u16, 5_u16);
    let long = "averyveryverylongname0";
    let quoted = "x\" accept comment \"y";
    let (chain, other) = (nft::name::ChainName::new("c")?, nft::name::ChainName::new("c")?);
    let rulesets: Vec<(&str, Ruleset)> = vec![
        ("range", nft! { table inet a { set s { type inet_service; flags interval; elements = { #{from..=to} }; }; } }),
        (
            "range",
            nft! { table inet a { set s { type ipv4_addr . inet_service; flags interval; elements = { 1.2.3.4 . #{from..=to} }; }; } },
        ),
        ("exceeds", nft! { table inet a { set s { type ifname; elements = { #{long} }; }; } }),
        (
            "interval",
            nft! { table inet a { set s { type ipv4_addr; elements = { #{(std::net::Ipv4Addr::LOCALHOST, 8_u8)} }; }; } },
        ),
        ("too large", nft! { table inet a { set s { typeof vlan id; elements = { #{5000_u16} }; }; } }),
        ("quotes", nft! { table inet a { chain c { tcp dport 22 comment #{quoted}; }; } }),
        ("quotes", nft! { table inet a { chain c { log prefix #{quoted}; }; } }),
        ("quotes", nft! { table inet a { chain c { iifname #{"x\"y"} accept; }; } }),
        ("zero", nft! { table inet a { chain c { log prefix #{"a\0b"}; }; } }),
        ("zero", nft! { table inet a { chain c { tcp dport 22 comment #{"a\0b"}; }; } }),
        ("two chains", nft! { table inet a { chain #{chain} { counter; }; chain #{other} { accept; }; } }),
    ];
    let mut nfnl = open()?;
    for (word, ruleset) in &rulesets {
        let pushed = [nfnl.push(ruleset, Push::Replace), nfnl.reconcile(ruleset, &Reconcile::default()).map(drop)];
        for result in pushed {
            match result {
                Err(error) if error.to_string().contains(word) => {}
                Err(error) => return Err(format!("{word}: {error}").into()),
                Ok(()) => return Err(format!("taken: {}", nft::to_string(ruleset)).into()),
            }
        }
    }
    let mut twice = Ruleset::new();
    let mut table = Table::named(nft::schema::Family::Inet, "a")?;
    table.chains.push(Chain::named("c")?);
    twice.tables = vec![table.clone(), table];
    assert!(nfnl.push(&twice, Push::Replace).is_err() && nfnl.reconcile(&twice, &Reconcile::default()).is_err());
    assert!(nfnl.pull()?.tables.is_empty());
    // A time-out that is short is not one without end.
    let short = std::time::Duration::from_micros(500);
    let ruleset = nft! { table inet a { set s { type ipv4_addr; flags timeout; elements = { 1.2.3.4 timeout #{short} }; }; } };
    assert!(nft::to_string(&ruleset).contains("1.2.3.4 timeout 1ms"), "{}", nft::to_string(&ruleset));
    Ok(())
}
