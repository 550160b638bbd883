//! Reconciliation beside nft, in one run: one changed element among 100,000, one changed rule among 50,000, from a mirror and from nothing;
//! against the time in which `nft -f` loads the whole file.
//!
//! `NFT=/path/to/nft cargo bench --bench reconcile -- [RUNS]`. It runs in a network namespace of its own. A batch of 50,000 rules is more than
//! may be sent in a user namespace; as root, `NFT_HERE=1 unshare -n cargo bench …` runs it in the namespace that it is started in.

#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs};

use nft::Ruleset;
use nft::netlink::{Mirror, NetNs, Nfnl, Push, Reconcile};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let runs = env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(5);
    let Some(reference) = reference() else {
        println!("reconcile: skipped: no reference nft (set NFT)");
        return Ok(());
    };
    if env::var_os("NFT_HERE").is_none() {
        NetNs::isolate()?;
    }
    println!("| input | nft -f, s | from a mirror, s | ratio | bar | from nothing, s | ratio | bar |");
    println!("|---|---|---|---|---|---|---|---|");
    measure("one element of 100,000", &reference, runs, addresses, 50)?;
    measure("one range of 100,000", &reference, runs, prefixes, 50)?;
    measure("one rule of 50,000", &reference, runs, rules, 20)
}

fn measure(name: &str, reference: &Path, runs: usize, text: fn(usize) -> String, bar: u32) -> Result<()> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reconcile.nft");
    let mut nfnl = Nfnl::open(NetNs::Current)?;
    let mut mirror = Mirror::open(NetNs::Current)?;
    let (mut loads, mut mirrored, mut cold) = (Vec::new(), Vec::new(), Vec::new());
    let mut wanted: Vec<Ruleset> = Vec::new();
    for variant in 0..2 {
        wanted.push(nft::parse(&text(variant)).map_err(|errors| format!("{errors:?}"))?);
    }
    let [first, second] = &*wanted else { return Ok(()) };
    fs::write(&file, format!("flush ruleset\n{}", text(0)))?;
    for _ in 0..runs {
        let start = Instant::now();
        if !Command::new(reference).arg("-f").arg(&file).stdout(Stdio::null()).status()?.success() {
            return Err("nft refuses the file".into());
        }
        loads.push(start.elapsed().as_secs_f64());
    }
    nfnl.push(first, Push::Replace)?;
    mirror.reconcile(first, &Reconcile::default())?;
    for run in 0..2 * runs {
        let target = if run % 2 == 0 { second } else { first };
        let start = Instant::now();
        let outcome = mirror.reconcile(target, &Reconcile::default())?;
        mirrored.push(start.elapsed().as_secs_f64());
        check(&outcome.patch)?;
    }
    for run in 0..2 * runs {
        let target = if run % 2 == 0 { second } else { first };
        let start = Instant::now();
        let outcome = nfnl.reconcile(target, &Reconcile::default())?;
        cold.push(start.elapsed().as_secs_f64());
        check(&outcome.patch)?;
    }
    let (load, mirrored, cold) = (median(&mut loads), median(&mut mirrored), median(&mut cold));
    println!(
        "| {name} | {load:.3} | {mirrored:.5} | 1/{:.0} | 1/{bar} | {cold:.3} | {:.2} | 0.50 |",
        load / mirrored,
        cold / load
    );
    Ok(())
}

/// As little must have been done as there is to do.
fn check(patch: &nft::diff::Patch) -> Result<()> {
    if patch.len() > 2 || patch.is_empty() { Err(format!("not the least change:\n{patch}").into()) } else { Ok(()) }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn reference() -> Option<PathBuf> {
    if let Some(path) = env::var_os("NFT") {
        return Some(path.into());
    }
    env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join("nft")).find(|file| file.is_file())
}

/// Single addresses; the variants differ in one.
fn addresses(variant: usize) -> String {
    set("", |number| {
        let number = if number == 50_000 { 200_000 + variant } else { number };
        format!("10.{}.{}.{}", number >> 16, (number >> 8) & 255, number & 255)
    })
}

/// Prefixes that do not touch; the variants differ in one.
fn prefixes(variant: usize) -> String {
    set("flags interval\n", |number| {
        let number = if number == 50_000 { 200_000 + variant } else { number } * 8;
        format!("10.{}.{}.{}/30", number >> 16, (number >> 8) & 255, number & 255)
    })
}

fn set(flags: &str, element: impl Fn(usize) -> String) -> String {
    let mut text = format!("table inet t {{\nset s {{\ntype ipv4_addr\n{flags}elements = {{\n");
    for number in 0..100_000 {
        let _ = writeln!(text, "{},", element(number));
    }
    text + "}\n}\n}\n"
}

/// Rules like those of the other benchmarks; the variants differ in one.
fn rules(variant: usize) -> String {
    let mut text = "table inet t {\nchain c {\n".to_owned();
    for number in 0..50_000 {
        let port = if number == 25_000 { 60_000 + variant } else { number % 60_000 };
        let _ = writeln!(text, "ip saddr 10.{}.{}.1 tcp dport {port} counter accept", (number >> 8) & 255, number & 255);
    }
    text + "}\n}\n"
}
