//! Long runs: beside other writers, killed in the middle, under traffic.
//!
//! Short here; `NFT_RUNS=10000 cargo test --release --test kernel -- soak` is the long form: so many reconciliations, a twentieth as many
//! kills.
#![expect(clippy::print_stderr, reason = "long runs say their figures")]

use std::io::{BufRead, BufReader, Write, stdout};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use nft::ErrorKind;
use nft::model::Ruleset;
use nft::name::TableName;
use nft::netlink::{NetNs, Nfnl, Push, Reconcile};
use nft::schema::Family;

use super::{Test, open, oracle};

pub(crate) const TESTS: &[Test] = &[
    ("soak: reconciliation beside other writers", beside_others, true),
    ("soak: a killed push leaves the old or the new", killed, false),
];

/// The argument that makes this program a process that pushes and may be killed.
const PUSHER: &str = "--push";

/// How often the long form does something, if it is asked for.
pub(crate) fn runs(short: usize) -> usize {
    std::env::var("NFT_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(short)
}

fn read(text: &str) -> Result<Ruleset, Failed> {
    Ok(nft::syntax::lower::ruleset(text).map_err(|error| format!("{error:?}"))?)
}

/// What is wanted at a time.
fn wanted(number: usize) -> Result<Ruleset, Failed> {
    let (port, last) = (1000 + number % 100, number % 200 + 1);
    read(&format!(
        "table inet app {{
            set s {{ type ipv4_addr; elements = {{ 10.0.0.{last}, 10.0.1.1 }}; }}
            chain input {{
                type filter hook input priority filter; policy accept
                ct state established,related accept
                ip saddr @s tcp dport {port} accept
                tcp dport {{ 22, {port} }} counter accept
            }}
        }}"
    ))
}

/// One program changes a table of its own, another one ours, while ours is reconciled.
fn beside_others() -> Result<(), Failed> {
    const OTHER: &str =
        "table ip other { set s { type mark; }; chain c { type filter hook output priority 5; counter comment \"theirs\"; }; }";
    oracle::load(OTHER)?;
    let mut nfnl = open()?;
    nfnl.push(&wanted(0)?, Push::Replace)?;
    let stop = AtomicBool::new(false);
    let runs = runs(300);
    let (theirs, intrusions, refused) = thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut added = Vec::new();
            for number in 0_u32.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                if oracle::nft(&["add", "element", "ip", "other", "s", &format!("{{ {number} }}")]).is_ok() {
                    added.push(number);
                }
            }
            added
        });
        let intruder = scope.spawn(|| {
            let commands = [
                "add rule inet app input counter comment \"intruder\"",
                "insert rule inet app input tcp dport 7 drop",
                "add element inet app s { 10.9.9.9 }",
                "add chain inet app theirs",
                "delete element inet app s { 10.0.1.1 }",
                "flush chain inet app input",
            ];
            let mut done = 0_usize;
            for command in commands.iter().cycle() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                done += usize::from(oracle::nft(&command.split(' ').collect::<Vec<_>>()).is_ok());
            }
            done
        });
        let options = Reconcile::new().with_attempts(30);
        let mut refused = 0_usize;
        let mut run = || -> Result<(), Failed> {
            for number in 1..=runs {
                match nfnl.reconcile(&wanted(number)?, &options) {
                    Ok(_) => {}
                    // Others were faster thirty times: said as such, with the generation.
                    Err(error) if error.kind() == ErrorKind::Kernel && error.generation().is_some() => refused += 1,
                    Err(error) => return Err(format!("reconciliation {number}: {error:?}").into()),
                }
            }
            Ok(())
        };
        let result = run();
        stop.store(true, Ordering::Relaxed);
        let theirs = other.join().map_err(|_| "the other writer failed")?;
        let intrusions = intruder.join().map_err(|_| "the intruder failed")?;
        result.map(|()| (theirs, intrusions, refused))
    })?;
    eprintln!(
        "{runs} reconciliations beside {} commits to another table and {intrusions} to ours; {refused} gave up and said so",
        theirs.len()
    );
    if theirs.is_empty() || intrusions == 0 {
        return Err("the other writers did nothing".into());
    }
    if refused * 2 > runs {
        return Err(format!("{refused} of {runs} gave up").into());
    }
    // Ours is what was wanted last.
    nfnl.reconcile(&wanted(runs)?, &Reconcile::new())?;
    let reconciled = oracle::nft(&["-s", "list", "table", "inet", "app"])?;
    nfnl.push(&wanted(runs)?, Push::Replace)?;
    assert_eq!(reconciled, oracle::nft(&["-s", "list", "table", "inet", "app"])?);
    // Theirs is what they made of it: no commit is lost, nothing is touched.
    let other = nfnl.pull_table(Family::Ip, &TableName::new("other")?)?.ok_or("their table is gone")?;
    assert_eq!(other.set("s").ok_or("their set is gone")?.elements.len(), theirs.len());
    assert!(other.chains.iter().flat_map(|chain| &chain.rules).any(|rule| rule.comment.as_deref() == Some("theirs")));
    Ok(())
}

/// A table that says in every rule and element which version it is of.
fn version(number: usize) -> Result<Ruleset, Failed> {
    use std::fmt::Write as _;
    let mut text = String::from("table inet big {\n set s { type mark; elements = { ");
    for element in 0..2000 {
        write!(text, "{}, ", number * 10_000 + element)?;
    }
    text.push_str("} }\n chain c {\n");
    for rule in 0..1000 {
        writeln!(text, " meta mark {rule} meta mark @s accept comment \"{number}\"")?;
    }
    text.push_str(" }\n}\n");
    read(&text)
}

/// Which version the kernel has, if it is one and whole.
fn which(nfnl: &mut Nfnl) -> Result<usize, Failed> {
    let table = nfnl.pull_table(Family::Inet, &TableName::new("big")?)?.ok_or("the table is gone")?;
    let chain = table.chain("c").ok_or("the chain is gone")?;
    let set = table.set("s").ok_or("the set is gone")?;
    let comment = chain.rules.first().and_then(|rule| rule.comment.as_deref()).ok_or("there is no rule")?;
    if chain.rules.len() != 1000
        || set.elements.len() != 2000
        || chain.rules.iter().any(|rule| rule.comment.as_deref() != Some(comment))
    {
        return Err(format!("a mixture: {} rules, {} elements", chain.rules.len(), set.elements.len()).into());
    }
    let number = comment.parse()?;
    let mut whole = version(number)?;
    let whole = whole.tables.pop().ok_or("no table")?;
    if whole.set("s").map(|set| &set.elements) == Some(&set.elements) {
        Ok(number)
    } else {
        Err("elements of another version".into())
    }
}

/// A process is killed at any time of its push.
fn killed() -> Result<(), Failed> {
    let mut nfnl = open()?;
    let started = Instant::now();
    nfnl.push(&version(0)?, Push::Replace)?;
    let longest = started.elapsed().as_micros() * 3 / 2;
    let kills = runs(500) / 20;
    let (mut now, mut new) = (0, 0);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for number in 1..=kills {
        let mut child =
            Command::new(std::env::current_exe()?).args([PUSHER, &number.to_string()]).stdout(Stdio::piped()).spawn()?;
        let mut ready = String::new();
        BufReader::new(child.stdout.take().ok_or("no pipe")?).read_line(&mut ready)?;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        thread::sleep(Duration::from_micros(u64::try_from(u128::from(random) % longest.max(1))?));
        child.kill()?;
        child.wait()?;
        let found = which(&mut nfnl)?;
        if found == number {
            new += 1;
            now = number;
        } else if found != now {
            return Err(format!("version {found} after {now}, while {number} was on its way").into());
        }
    }
    eprintln!("{kills} kills: {new} left the new ruleset, {} the old one", kills - new);
    Ok(())
}

/// The side of the process that is killed; whether the arguments ask for it.
pub(crate) fn serve() -> bool {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(PUSHER) {
        return false;
    }
    let mut push = || -> Result<(), Failed> {
        let ruleset = version(arguments.next().ok_or("no number")?.parse()?)?;
        let mut nfnl = Nfnl::open(NetNs::Current)?;
        writeln!(stdout(), "ready")?;
        stdout().flush()?;
        Ok(nfnl.push(&ruleset, Push::Replace)?)
    };
    if let Err(error) = push() {
        eprintln!("{error:?}");
    }
    true
}
