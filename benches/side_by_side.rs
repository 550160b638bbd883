//! Our `nft` and the reference in turns over the same inputs: time, processor and memory as ratios.
//!
//! ```text
//! cargo build --release --example nft
//! NFT=/path/to/nft cargo bench --bench side_by_side                 every input, 5 runs of each
//! NFT=/path/to/nft cargo bench --bench side_by_side -- rules 3      inputs with `rules` in their name, 3 runs
//! ```
//!
//! Every run has a network namespace of its own. A helper process (this program again) starts the command, waits for it and reads
//! the usage of its children, so that neither the shell nor the namespace is counted. What the two list must be equal.

#![expect(clippy::print_stdout, clippy::print_stderr, clippy::type_complexity, reason = "a program that prints tables")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use std::{env, fs};

use nix::sys::resource::{UsageWho, getrusage};

/// Inputs: name, what makes it.
const INPUTS: [(&str, fn() -> String); 5] = [
    ("rules10k", || rules(10_000)),
    ("rules50k", || rules(50_000)),
    ("addrs100k", || addresses(100_000)),
    ("addrs1M", || addresses(1_000_000)),
    ("prefixes100k", || prefixes(100_000)),
];

/// What is measured.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Operation {
    Load,
    List,
}

/// What a command used.
#[derive(Clone, Copy)]
struct Usage {
    /// Seconds in the program itself.
    user: f64,
    /// Seconds in all.
    wall: f64,
    /// Most memory, MiB.
    memory: f64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some(("--measure", command)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return measure(command);
    }
    let Some(reference) = reference() else {
        println!("side by side: skipped: no reference nft (set NFT)");
        return ExitCode::SUCCESS;
    };
    let Some(ours) = ours() else {
        println!("side by side: skipped: build ours first: cargo build --release --example nft");
        return ExitCode::SUCCESS;
    };
    let filter = arguments.iter().find(|word| word.parse::<usize>().is_err());
    let runs = arguments.iter().find_map(|word| word.parse().ok()).unwrap_or(5);
    println!("| input | operation | user ours / nft | ratio | wall ours / nft | ratio | memory MiB ours / nft | ratio |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut equal = true;
    for (name, make) in INPUTS.iter().filter(|(name, _)| filter.is_none_or(|filter| name.contains(filter.as_str()))) {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.nft"));
        if let Err(error) = fs::write(&file, make()) {
            println!("{}: {error}", file.display());
            return ExitCode::FAILURE;
        }
        for operation in [Operation::Load, Operation::List] {
            match compare(&ours, &reference, &file, operation, runs) {
                Ok((row, same)) => {
                    println!("| {name} | {} | {row} |", operation.name());
                    equal &= same;
                }
                Err(error) => {
                    println!("| {name} | {} | {error} |", operation.name());
                    equal = false;
                }
            }
        }
    }
    if equal {
        println!("\nlistings equal");
        ExitCode::SUCCESS
    } else {
        println!("\nLISTINGS DIFFER, or a run failed");
        ExitCode::FAILURE
    }
}

impl Operation {
    const fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::List => "list",
        }
    }
}

/// Runs the two in turns; one row of the table, and whether the listings are equal.
fn compare(ours: &Path, reference: &Path, file: &Path, operation: Operation, runs: usize) -> Result<(String, bool), String> {
    let (mut of_ours, mut of_reference) = (Vec::new(), Vec::new());
    let mut same = true;
    for _ in 0..runs.max(1) {
        let (usage, listing) = run(ours, reference, file, operation)?;
        of_ours.push(usage);
        let (usage, expected) = run(reference, reference, file, operation)?;
        of_reference.push(usage);
        // The order of elements in a hash set is not kept between two loads; all else must be the same to the byte.
        let hashed = file.file_stem().is_some_and(|name| name.to_string_lossy().starts_with("addrs"));
        same &= if hashed { sorted(&listing) == sorted(&expected) } else { listing == expected };
    }
    let mut row = String::new();
    let columns: [fn(&Usage) -> f64; 3] = [|usage| usage.user, |usage| usage.wall, |usage| usage.memory];
    for (index, column) in columns.into_iter().enumerate() {
        let (ours, nft) = (median(&of_ours, column), median(&of_reference, column));
        let separator = if index == 0 { "" } else { " | " };
        let digits = if index == 2 { 1 } else { 3 };
        let _ = write!(row, "{separator}{ours:.digits$} / {nft:.digits$} | {:.2}", ours / nft.max(0.001));
    }
    Ok((row, same))
}

/// One run in a new namespace. What it lists is what `nft` lists after the load, or the list itself.
fn run(program: &Path, reference: &Path, file: &Path, operation: Operation) -> Result<(Usage, String), String> {
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let script = match operation {
        Operation::Load => r#""$1" --measure "$2" -f "$4" && sleep 1 && "$3" list ruleset"#,
        // The helper must be a process without children of its own.
        Operation::List => r#"sh -c '"$0" -f "$1"' "$3" "$4" && sleep 1 && { "$1" --measure "$2" list ruleset; }"#,
    };
    let mut command = Command::new("unshare");
    command.arg(if nix::unistd::geteuid().is_root() { "-n" } else { "-Urn" }).args(["sh", "-c", script, "sh"]);
    let output = command.arg(this).arg(program).arg(reference).arg(file).stderr(Stdio::piped()).output();
    let output = output.map_err(|error| error.to_string())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("failed: {}", errors.lines().next().unwrap_or_default()));
    }
    let line = errors.lines().find_map(|line| line.strip_prefix("usage ")).ok_or("no usage")?;
    let numbers: Vec<f64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
    let &[user, _system, wall, memory] = numbers.as_slice() else { return Err("no usage".to_owned()) };
    Ok((Usage { user, wall, memory }, String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// The helper: runs the command and says on standard error what it used.
fn measure(command: &[String]) -> ExitCode {
    let Some((program, arguments)) = command.split_first() else { return ExitCode::FAILURE };
    let start = Instant::now();
    let status = Command::new(program).args(arguments).status();
    let wall = start.elapsed().as_secs_f64();
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else { return ExitCode::FAILURE };
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    let memory = usage.max_rss() as f64 / 1024.0;
    eprintln!("usage {} {} {wall} {memory}", seconds(usage.user_time()), seconds(usage.system_time()));
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn median(usages: &[Usage], column: fn(&Usage) -> f64) -> f64 {
    let mut values: Vec<f64> = usages.iter().map(column).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The words of a listing in order, so that only what is listed counts.
fn sorted(listing: &str) -> Vec<&str> {
    let mut words: Vec<&str> = listing.split([' ', ',', '\n', '\t']).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words
}

fn reference() -> Option<PathBuf> {
    if let Some(path) = env::var_os("NFT") {
        return Some(path.into());
    }

    env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join("nft")).find(|path| path.is_file())
}

/// The example beside the benchmarks in the build directory.
fn ours() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let path = target.join("release/examples/nft");
    path.is_file().then_some(path)
}

fn rules(count: usize) -> String {
    let mut text =
        "table inet bench {\n\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n".to_owned();
    for index in 0..count {
        let (a, b, port) = (index / 250 % 250, index % 250, 1 + index % 65_000);
        let _ = match index % 4 {
            0 => writeln!(text, "\t\tip saddr 10.1.{a}.{b} tcp dport {port} counter accept"),
            1 => writeln!(text, "\t\tiifname \"eth{}\" ip daddr 10.{a}.{b}.0/24 drop", index % 100),
            2 => writeln!(text, "\t\tct state established,related udp sport {port} accept"),
            // Sets of rules cost the kernel much more than they cost either program, so there are few.
            _ if index % 100 == 3 => writeln!(text, "\t\ttcp dport {{ {port}, 65535 }} accept"),
            _ => writeln!(text, "\t\tip protocol tcp meta mark set 0x{index:x}"),
        };
    }
    text.push_str("\t}\n}\n");
    text
}

fn addresses(count: usize) -> String {
    let element = |index: usize| format!("{}.{}.{}.{}", 10 + (index >> 20), index >> 12 & 0xff, index >> 4 & 0xff, index & 0xf);
    set("type ipv4_addr", count, element)
}

fn prefixes(count: usize) -> String {
    // Every second one: neighbours are not merged.
    let element = |index: usize| format!("{}.{}.{}.0/24", 10 + (index >> 15), index >> 7 & 0xff, (index & 0x7f) << 1);
    set("type ipv4_addr\n\t\tflags interval", count, element)
}

fn set(head: &str, count: usize, element: impl Fn(usize) -> String) -> String {
    let mut text = format!("table inet bench {{\n\tset s {{\n\t\t{head}\n\t\telements = {{ ");
    for index in 0..count {
        text.push_str(if index == 0 { "" } else { ",\n\t\t\t" });
        text.push_str(&element(index));
    }
    text.push_str(" }\n\t}\n}\n");
    text
}
