//! Conformance: the reference's own corpora, run from the files themselves.
//!
//! ```text
//! cargo test --release --test conformance                         all measures, against the ledger
//! cargo test --release --test conformance -- rules-listing        one measure (any part of its name)
//! cargo test --release --test conformance -- 'any/ct.t:9*'        the cases whose names match, with their differences
//! cargo test --release --test conformance -- rules-byte '*vlan*'  both
//! cargo test --release --test conformance -- -v rules-listing     all differences on the terminal
//! BLESS=1 cargo test --release --test conformance                 writes the ledger
//! ```
//!
//! `NFT_CORPUS` names the directory (default: `../shared/conformance` beside the project), `NFT` the reference binary (else it is
//! looked for in `PATH`). Differences go to a file whose path is printed; there `-` is what the reference says, and `+` we.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a test program that prints its measures")]

mod corpus;
mod ledger;
mod measure;
mod oracle;
mod rules;
mod rulesets;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use corpus::Corpus;
use ledger::Ledger;
use measure::{Measure, Outcome, Report};
use oracle::Oracle;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let Some(code) = rulesets::inside(&arguments) {
        return code;
    }
    // What `cargo test` hands to every harness.
    let (options, words): (Vec<_>, Vec<_>) = arguments.iter().map(String::as_str).partition(|word| word.starts_with('-'));
    if options.contains(&"--list") {
        return ExitCode::SUCCESS;
    }
    let directory = env::var_os("NFT_CORPUS").map_or_else(default_corpus, |path| Some(PathBuf::from(path)));
    let Some(directory) = directory else {
        println!("conformance: skipped: no corpus (set NFT_CORPUS)");
        println!("\ntest result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out");
        return ExitCode::SUCCESS;
    };
    let corpus = match Corpus::read(&directory) {
        Ok(corpus) => corpus,
        Err(error) => {
            println!("conformance: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("corpus {}: {} rules, {} rulesets", directory.display(), corpus.rules.len(), corpus.rulesets.len());
    let oracle = Oracle::find();
    match &oracle {
        Ok(oracle) => println!("reference {} ({})", oracle.version, oracle.path.display()),
        Err(reason) if env::var_os("NFT_REQUIRE").is_some() => {
            println!("conformance: {reason}");
            return ExitCode::FAILURE;
        }
        Err(_) => {}
    }
    run(measures(&corpus, &oracle), &words, options.contains(&"-v"))
}

/// Every measure.
fn measures<'a>(corpus: &'a Corpus, oracle: &'a Result<Oracle, String>) -> Vec<Measure<'a>> {
    let mut measures = Vec::new();
    measures.extend(rules::measures(&corpus.rules));
    measures.extend(rulesets::measures(&corpus.rulesets, oracle));
    measures
}

/// Runs what the words ask for, and prints how it went.
fn run(mut measures: Vec<Measure<'_>>, words: &[&str], verbose: bool) -> ExitCode {
    let (names, patterns): (Vec<_>, Vec<_>) =
        words.iter().copied().partition(|word| measures.iter().any(|measure| measure.name.contains(word)));
    measures.retain(|measure| names.is_empty() || names.iter().any(|name| measure.name.contains(name)));
    for measure in &mut measures {
        measure.cases.retain(|case| patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, case.id)));
    }
    let path = ledger_path();
    let mut ledger = Ledger::parse(&fs::read_to_string(&path).unwrap_or_default());
    let bless = env::var_os("BLESS").is_some() && patterns.is_empty();
    // A panic is a failed case; its text is in the report.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut text, mut fallen, mut passed, mut failed, mut skipped) = (String::new(), Vec::new(), 0, 0, 0);
    for report in measures.into_iter().map(Measure::run) {
        write_report(&mut text, &report);
        let passing: BTreeSet<&str> = report.passed().collect();
        println!("{}: {}/{}", report.name, passing.len(), report.total());
        passed += passing.len();
        failed += report.total() - passing.len();
        skipped += report.results.len() - report.total();
        print_shares(&report);
        print_skipped(&report);
        let named: BTreeSet<&str> = ledger.cases(report.name).collect();
        for (id, outcome) in &report.results {
            if named.contains(id) && matches!(outcome, Outcome::Fail(_)) {
                fallen.push(format!("{} {id}", report.name));
            }
        }
        let gained = passing.iter().filter(|id| !named.contains(*id)).count();
        if gained > 0 && patterns.is_empty() {
            println!("  {gained} of them not in the ledger yet");
        }
        if bless {
            ledger.set(report.name, passing.into_iter());
        }
    }
    if bless && let Err(error) = fs::write(&path, ledger.write()) {
        println!("{}: {error}", path.display());
        return ExitCode::FAILURE;
    }
    if verbose || !patterns.is_empty() {
        print!("{text}");
    }
    println!("differences: {}", save(&text).display());
    let fell = !fallen.is_empty() && !bless;
    if fell {
        println!("\nfallen below the ledger:");
        fallen.iter().for_each(|case| println!("  {case}"));
    }
    // A known difference is no failure of the run: the ledger decides.
    let verdict = if fell { "FAILED" } else { "ok" };
    let fallen = if bless { 0 } else { fallen.len() };
    println!(
        "\ntest result: {verdict}. {passed} passed; {fallen} failed; {} ignored; 0 measured; 0 filtered out",
        failed - fallen + skipped
    );
    if fell { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn write_report(text: &mut String, report: &Report<'_>) {
    for (id, outcome) in &report.results {
        if let Outcome::Fail(reason) = outcome {
            let _ = writeln!(text, "{} {id}\n{reason}", report.name);
        }
    }
}

/// The share of each directory, where the cases come from few.
fn print_shares(report: &Report<'_>) {
    let mut shares: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (id, outcome) in &report.results {
        let share = shares.entry(id.split(':').next().unwrap_or_default()).or_default();
        share.0 += usize::from(matches!(outcome, Outcome::Pass));
        share.1 += usize::from(!matches!(outcome, Outcome::Skip(_)));
    }
    if (2..=4).contains(&shares.len()) {
        for (directory, (passed, total)) in shares {
            println!("  of {directory}: {passed}/{total}");
        }
    }
}

fn print_skipped(report: &Report<'_>) {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for (_, outcome) in &report.results {
        let Outcome::Skip(reason) = outcome else { continue };
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, count)) => *count += 1,
            None => reasons.push((reason, 1)),
        }
    }
    for (reason, count) in reasons {
        println!("  {count} skipped: {reason}");
    }
}

/// Where the corpus lies beside the project, if it does.
fn default_corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    path.is_dir().then_some(path)
}

fn ledger_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/ledger.txt")
}

/// Writes the differences into the build directory.
fn save(text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance.txt");
    let _ = fs::write(&path, text);
    path
}

/// Whether the pattern, with stars, is the whole of the name.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name
            .strip_prefix(head)
            .is_some_and(|rest| (0..=rest.len()).filter_map(|at| rest.get(at..)).any(|rest| matches(tail, rest))),
    }
}
