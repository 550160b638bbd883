//! Changes of sets: the same commands by us and by the reference, listed by the reference.

use libtest_mimic::Failed;
use nft::syntax::{NoFiles, lower, print};

use super::random::Random;
use super::{Test, flush, open, oracle};

pub(crate) const TESTS: &[Test] = &[
    ("set_changes", changes, true),
    ("set_changes_at_once", at_once, true),
    ("set_changes_one_by_one", one_by_one, false),
    ("set_changes_refused", refused, false),
    ("set_ranges_lie_apart", apart, true),
    ("get_elements", get, false),
];

/// What there is before each of the changes.
const BEFORE: &str = r#"
table ip t {
	counter hits { }
	set merged { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/24, 10.0.3.0/24 comment "old", 10.0.5.0/24 }; }
	set ranges { type ipv4_addr; flags interval; elements = { 10.0.0.0/24, 10.0.3.0/24 }; }
	set empty { type ipv4_addr; flags interval; auto-merge; }
	set hash { typeof ip saddr; elements = { 1.1.1.1, 1.1.1.2 comment "two" }; }
	set pairs { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/24 . 5-8, 1.1.1.1 . 80 comment "x", 2.2.2.2 . 7 }; }
	set names { type ifname; flags interval; elements = { "eth*", "lo" }; }
	set marks { type mark; flags interval; elements = { 1-5, 0xfffffff0-0xffffffff }; }
	set times { type ipv4_addr; timeout 1d; counter; elements = { 9.9.9.9 timeout 10d }; }
	map values { type ipv4_addr : mark; flags interval; elements = { 10.0.0.0/24 : 5, 10.0.1.0/24 : 6 }; }
	map verdicts { type inet_service : verdict; elements = { 22 : accept, 80 : jump other }; }
	map objects { type inet_service : counter; elements = { 22 : "hits" }; }
	map nets { type ipv4_addr : interval ipv4_addr . inet_service; elements = { 1.1.1.1 : 2.2.2.0/24 . 80-90 }; }
	chain other { }
}
"#;

const CHANGES: &[&str] = &[
    "",
    "add element ip t merged { 10.0.1.0/24 }",
    "add element ip t merged { 10.0.1.0-10.0.3.5 comment \"new\" }",
    "add element ip t merged { 10.0.0.5 }",
    "delete element ip t merged { 10.0.0.5 }",
    "delete element ip t merged { 10.0.3.0/25, 10.0.5.0/24 }",
    "add element ip t merged { 10.0.4.0/24 }",
    "flush set ip t merged\nadd element ip t merged { 10.0.1.0/24 }",
    "add element ip t empty { 1.0.0.0/8, 1.2.3.4, 2.0.0.0/8 }\nadd element ip t empty { 3.0.0.0/8 }",
    "add element ip t ranges { 10.0.1.0/24, 10.0.0.0/24 }",
    "delete element ip t ranges { 10.0.0.0/24 }",
    "add element ip t hash { 7.7.7.7 comment \"seven\", 1.1.1.1 }",
    "delete element ip t hash { 1.1.1.2 }",
    "add element ip t pairs { 3.3.3.3 . 5, 4.0.0.0/8 . 6-7 comment \"y\", 5.5.5.5 . 9 }",
    "delete element ip t pairs { 10.0.0.0/24 . 5-8 }",
    "add element ip t names { \"wlan*\", \"vlan0\" }",
    "delete element ip t names { \"lo\" }",
    "add element ip t marks { 7, 9-10 }",
    "delete element ip t marks { 0xfffffff0-0xffffffff }",
    "delete element ip t times { 9.9.9.9 }",
    "add element ip t values { 10.0.2.0/24 : 7, * : 8 }",
    "delete element ip t values { 10.0.0.0/24 : 5 }",
    "add element ip t verdicts { 23 : drop, 81 : goto other }",
    "delete element ip t verdicts { 80 : jump other }",
    "add element ip t objects { 23 : \"hits\" }",
    "add element ip t nets { 1.1.1.2 : 3.3.3.3-3.3.3.9 . 1 }",
    "add set ip t late { type ipv4_addr; timeout 10m; }\nadd rule ip t other update @late { ip saddr timeout 5s }",
    "add element ip t merged { 10.0.1.0/24 }\nadd element ip t merged { 10.0.2.0/24 }",
    "add element ip t merged { 10.0.1.0/24 }\nadd element ip t merged { 10.0.1.0/24 comment \"x\" }\nadd element ip t hash { 8.8.8.8 }\nadd element ip t merged { 10.0.6.0/24 }",
    "delete element ip t merged { 10.0.0.0/24 }\nadd element ip t merged { 10.0.0.0/25 }",
    "add element ip t ranges { 10.0.1.0/24 }\ndelete element ip t ranges { 10.0.0.0/24 }\nadd element ip t ranges { 10.0.0.0/25 }",
    "add element ip t merged { 10.0.7.0/24 }\nflush set ip t merged\nadd element ip t merged { 10.0.1.0/24 }\nadd element ip t merged { 10.0.3.0/24 }",
    "add set ip t fresh { type ipv4_addr; flags interval; auto-merge; elements = { 1.0.0.0/8 }; }\nadd element ip t fresh { 2.0.0.0/8 }\nadd element ip t fresh { 9.9.9.9 }",
    "add table ip t { set merged { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.1.0/24 }; }; }",
];

fn run(text: &str) -> Result<(), String> {
    let mut nfnl = open().map_err(|error| format!("{error:?}"))?;
    let commands = lower::load(text, "test", &mut NoFiles, &nfnl.declarations()).map_err(|error| error.to_string())?;
    nfnl.apply(&commands).map_err(|error| error.to_string())
}

fn changes() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for change in CHANGES {
        flush()?;
        oracle::load(BEFORE)?;
        if oracle::load(change).is_err() {
            wrong.push(format!("{change}\nthe reference refuses it"));
            continue;
        }
        let expected = oracle::nft(&["-s", "list", "ruleset"])?;
        flush()?;
        let found = run(BEFORE).and_then(|()| run(change)).map(|()| oracle::nft(&["-s", "list", "ruleset"]));
        match found {
            Ok(found) => {
                let found = found?;
                let differs = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
                if let Some((expected, found)) = differs {
                    wrong.push(format!("{change}\n- {expected}\n+ {found}"));
                } else if expected.len() != found.len() {
                    wrong.push(format!("{change}\nlines are missing"));
                }
            }
            Err(error) => wrong.push(format!("{change}\n{error}")),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n\n").into()) }
}

/// What the reference cannot do in one batch, and what it makes of the same in one command.
const AT_ONCE: &[(&str, &str)] = &[
    (
        "add element ip t merged { 10.0.1.0/24 }\ndelete element ip t merged { 10.0.1.5 }\nadd element ip t merged { 10.0.2.0/24 }",
        "add element ip t merged { 10.0.1.0-10.0.1.4, 10.0.1.6-10.0.2.255 }",
    ),
    ("delete element ip t merged { 10.0.0.5 }\nadd element ip t merged { 10.0.0.5 }", ""),
    (
        "add set ip t fresh { type ipv4_addr; flags interval; auto-merge; elements = { 1.0.0.0/8 }; }\ndelete element ip t fresh { 1.0.0.0/9 }",
        "add set ip t fresh { type ipv4_addr; flags interval; auto-merge; elements = { 1.128.0.0/9 }; }",
    ),
];

fn at_once() -> Result<(), Failed> {
    for (change, same) in AT_ONCE {
        flush()?;
        oracle::load(BEFORE)?;
        oracle::load(same)?;
        let expected = oracle::nft(&["list", "ruleset"])?;
        flush()?;
        run(BEFORE)?;
        run(change).map_err(|error| format!("{change}\n{error}"))?;
        let found = oracle::nft(&["list", "ruleset"])?;
        let strip = |text: &str| text.lines().filter(|line| !line.contains("expires")).collect::<Vec<_>>().join("\n");
        if strip(&expected) != strip(&found) {
            return Err(format!("{change}\n{expected}\nbut\n{found}").into());
        }
    }
    Ok(())
}

/// Thousands of commands that each add one element: what the set holds is not gone through for each.
fn one_by_one() -> Result<(), Failed> {
    run("table ip t { set merged { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/16 }; }; }")?;
    let mut text = String::new();
    for number in 0..20_000_u32 {
        let (high, low) = (number / 200, number % 200);
        text.push_str(&format!("add element ip t merged {{ 11.{}.{high}.{low} }}\n", number % 7));
    }
    let started = std::time::Instant::now();
    run(&text)?;
    let took = started.elapsed();
    if took.as_secs() > 20 { Err(format!("{took:?} for 20,000 elements").into()) } else { Ok(()) }
}

fn refused() -> Result<(), Failed> {
    for (change, message) in [
        ("delete element ip t merged { 10.0.9.0/24 }", "element does not exist"),
        ("add element ip t ranges { 11.0.0.0/8, 11.1.0.0/16 }", "conflicting intervals specified"),
        ("add element ip t ranges { 0.0.0.0/0 }", "interval overlaps with an existing one"),
        ("delete element ip t ranges { 10.0.0.0/8 }", "element does not exist"),
        ("add element ip t pairs { 10.0.0.0/16 . 5-8 }", "File exists"),
        ("add element ip t verdicts { 22 : drop }", "File exists"),
        ("add element ip t hash { 5.5.5.5, 10.0.0.0/24 }", "you must add `flags interval`"),
        ("add set ip t s { type ipv4_addr; auto-merge; }", "auto-merge only works with interval sets"),
    ] {
        flush()?;
        run(BEFORE)?;
        let error = run(change).err().unwrap_or_default();
        if !error.contains(message) {
            return Err(format!("{change}: {error}").into());
        }
    }
    Ok(())
}

/// Random changes of sets whose ranges don't merge: what the reference refuses is refused, and else the set holds the same.
fn apart() -> Result<(), Failed> {
    for (seed, declaration, data) in [
        (1, "set s { type inet_service; flags interval; }", false),
        (2, "map s { type inet_service : mark; flags interval; }", true),
        (3, "set s { type inet_service; flags interval,timeout; }", false),
    ] {
        let mut random = Random::new(seed);
        flush()?;
        let declaration = format!("add table ip t\nadd {}\n", declaration.replacen(' ', " ip t ", 1));
        run(&declaration)?;
        let mut taken = 0;
        for _ in 0..60 {
            let count = 1 + random.below(2);
            let mut element = || {
                let (from, length) = (random.below(50), [0, 0, 1, 3, 10, 30][random.below(6)]);
                let range = match random.below(12) {
                    0 => format!("0-{}", [5, 10, 20, 65535][random.below(4)]),
                    1 => format!("{from}-65535"),
                    2..8 => ["5-8", "9", "20", "31-40", "1-3", "50", "12-14"][random.below(7)].to_owned(),
                    _ if length == 0 => from.to_string(),
                    _ => format!("{from}-{}", from + length),
                };
                if data { format!("{range} : {}", 1 + random.below(2)) } else { range }
            };
            let elements: Vec<String> = (0..count).map(|_| element()).collect();
            if random.chance(40) {
                oracle::load("flush ruleset")?;
                run(&declaration)?;
                let data = if data { " : 1" } else { "" };
                oracle::load(&format!("add element ip t s {{ 5-8{data}, 9{data}, 20{data}, 31-40{data} }}"))?;
            }
            let mut commands = String::new();
            for elements in elements.chunks([1, 1, 2][random.below(3)]) {
                let verb = ["add", "add", "add", "create", "delete", "delete", "destroy"][random.below(7)];
                commands.push_str(&format!("{verb} element ip t s {{ {} }}\n", elements.join(", ")));
            }
            let before = oracle::nft(&["list", "ruleset"])?;
            let refused = oracle::refusal(&commands).is_ok();
            let expected = oracle::nft(&["list", "ruleset"])?;
            run("flush ruleset")?;
            oracle::load(&before)?;
            let found = run(&commands);
            let listed = oracle::nft(&["list", "ruleset"])?;
            if found.is_err() != refused || listed != expected {
                return Err(format!("{before}\n{commands}refused: {refused}, by us: {found:?}\n{expected}\n{listed}").into());
            }
            taken += usize::from(!refused);
        }
        assert!((5..55).contains(&taken), "{taken} of 60 were taken");
    }
    Ok(())
}

fn get() -> Result<(), Failed> {
    run(BEFORE)?;
    let mut nfnl = open()?;
    for (command, expected) in [
        ("get element ip t merged { 10.0.0.5 }", Some("10.0.0.0/24")),
        ("get element ip t hash { 1.1.1.2 }", Some("1.1.1.2 comment \"two\"")),
        ("get element ip t pairs { 10.0.0.7 . 6 }", Some("10.0.0.0/24 . 5-8")),
        ("get element ip t hash { 1.1.1.9 }", None),
        ("get element ip t ranges { 10.0.9.9 }", None),
    ] {
        let commands = lower::load(command, "test", &mut NoFiles, &nfnl.declarations()).map_err(|error| error.to_string())?;
        let [nft::model::Command::GetElement(scope, set, keys)] = &*commands else {
            return Err(command.into());
        };
        let found = nfnl.get_elements(scope, set, keys);
        match (found, expected) {
            (Ok(set), Some(expected)) => {
                let mut text = String::new();
                print::set(&mut text, &set, scope.family, &print::Options::new(nfnl.environment()))?;
                if !text.contains(&format!("{{ {expected} }}")) {
                    return Err(format!("{command}: {text}").into());
                }
            }
            (Err(error), None) if error.errno() == Some(2) => {}
            (found, _) => return Err(format!("{command}: {found:?}").into()),
        }
    }
    Ok(())
}
