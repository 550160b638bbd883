//! Measures over whole rulesets.
//!
//! What needs a kernel runs in a process of its own, this program again, in a new network namespace: [`inside`] is its other half.

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode};

use nft_core::Span;
use nft_core::model::Origin;
use nft_core::netlink::{NetNs, Nfnl};
use nft_syntax::print::{self, Options};
use nft_syntax::{Document, Severity, Source, SystemFiles, lower, text_of};

use crate::corpus::{Kind, RulesetCase};
use crate::measure::{Case, Measure, Outcome};
use crate::oracle::{self, Oracle};

/// What the other process is asked for.
const PRINT: &str = "--inside-print";
const LOAD: &str = "--inside-load";

pub(crate) fn measures<'a>(rulesets: &'a [RulesetCase], oracle: &'a Result<Oracle, String>) -> Vec<Measure<'a>> {
    let listed = |case: &RulesetCase| matches!(case.kind, Kind::Listing | Kind::Accept);
    vec![
        with_oracle("rulesets-load", rulesets, oracle, listed, load_case),
        with_oracle("rulesets-print", rulesets, oracle, listed, print_case),
        measure("rulesets-lossless", rulesets, |case| case.kind != Kind::Reject || !case.has_syntax_error(), lossless),
        with_oracle("real-reject", rulesets, oracle, |case| case.kind == Kind::Reject, reject),
        with_oracle("real-reject-line", rulesets, oracle, |case| case.kind == Kind::Reject, reject_line),
    ]
}

fn measure<'a>(
    name: &'static str,
    rulesets: &'a [RulesetCase],
    takes_part: impl Fn(&RulesetCase) -> bool,
    run: fn(&RulesetCase) -> Outcome,
) -> Measure<'a> {
    let cases = rulesets.iter().filter(|case| takes_part(case));
    Measure { name, cases: cases.map(|case| Case { id: &case.id, run: Box::new(move || run(case)) }).collect() }
}

fn with_oracle<'a>(
    name: &'static str,
    rulesets: &'a [RulesetCase],
    oracle: &'a Result<Oracle, String>,
    takes_part: impl Fn(&RulesetCase) -> bool,
    run: fn(&RulesetCase, &Oracle) -> Outcome,
) -> Measure<'a> {
    let run = move |case| match oracle {
        Ok(oracle) => run(case, oracle),
        Err(reason) => Outcome::Skip(reason.clone()),
    };
    let cases = rulesets.iter().filter(|case| takes_part(case));
    Measure { name, cases: cases.map(|case| Case { id: &case.id, run: Box::new(move || run(case)) }).collect() }
}

impl RulesetCase {
    fn has_syntax_error(&self) -> bool {
        self.expected.contains("Error: syntax error")
    }

    /// Configs were listed without state.
    fn stateless(&self) -> bool {
        self.kind != Kind::Listing
    }

    /// What the reference lists: as recorded, or live with another version.
    fn listing(&self, oracle: &Oracle) -> Result<String, Outcome> {
        if oracle.is_recorded() {
            return Ok(self.expected.clone());
        }
        let flags = if self.stateless() { "-s" } else { "-nn" };
        let script = r#""$0" -f "$1" && "$0" $2 list ruleset"#;
        let mut command = oracle.isolated("sh");
        command.args(["-c", script]).arg(&oracle.path).arg(&self.path).arg(flags.trim_start_matches("-nn"));
        oracle::text(command.output()).map_err(|error| Outcome::Skip(format!("nft {} refuses it: {error}", oracle.version)))
    }

    /// Runs the other half of a measure.
    fn inside(&self, oracle: &Oracle, what: &str) -> Result<String, String> {
        let this = env::current_exe().map_err(|error| error.to_string())?;
        let mut command = oracle.isolated(this);
        command.arg(what).arg(&self.path).arg(&oracle.path).arg(if self.stateless() { "stateless" } else { "full" });
        oracle::text(command.output())
    }
}

/// Parsed and written back untouched; where the reference takes the text, the tree may have no faults in it either.
fn lossless(case: &RulesetCase) -> Outcome {
    let document = Document::parse(case.text.clone());
    let tokens: String = document.tokens().collect();
    if document.as_bytes() != case.text || tokens != document.text() {
        return Outcome::Fail("not the same bytes\n".to_owned());
    }
    if case.kind == Kind::Reject {
        return Outcome::Pass;
    }
    match document.diagnostics().iter().find(|diagnostic| diagnostic.severity == Severity::Error) {
        Some(diagnostic) => Outcome::Fail(format!("{}\n", diagnostic.message)),
        None => Outcome::Pass,
    }
}

/// We load it, the reference lists.
fn load_case(case: &RulesetCase, oracle: &Oracle) -> Outcome {
    compare(case, oracle, LOAD)
}

/// We refuse it, wherever.
fn reject(case: &RulesetCase, oracle: &Oracle) -> Outcome {
    match case.inside(oracle, LOAD) {
        Ok(_) => Outcome::Fail(format!("- {}+ accepted\n", case.expected)),
        Err(error) if error.contains("panicked") => Outcome::Fail(error),
        Err(_) => Outcome::Pass,
    }
}

/// Our first error stands on the line of the reference's first.
fn reject_line(case: &RulesetCase, oracle: &Oracle) -> Outcome {
    let line = |text: &str| text.split_once(':').and_then(|(line, _)| line.parse::<u32>().ok());
    let first = case.expected.lines().next().unwrap_or_default();
    match case.inside(oracle, LOAD) {
        Ok(_) => Outcome::Fail(format!("- {first}\n+ accepted\n")),
        Err(error) if line(first).is_some() && line(first) == line(&error) => Outcome::Pass,
        Err(error) => Outcome::Fail(format!("- {first}\n+ {error}")),
    }
}

/// The reference loads it, we pull and print.
fn print_case(case: &RulesetCase, oracle: &Oracle) -> Outcome {
    compare(case, oracle, PRINT)
}

fn compare(case: &RulesetCase, oracle: &Oracle, what: &str) -> Outcome {
    let expected = match case.listing(oracle) {
        Ok(listing) => listing,
        Err(outcome) => return outcome,
    };
    match case.inside(oracle, what) {
        Ok(found) => Outcome::compare(&expected, &found),
        Err(error) => Outcome::Fail(error),
    }
}

/// The part that runs in the namespace; nothing if the arguments are not for it.
pub(crate) fn inside(arguments: &[String]) -> Option<ExitCode> {
    let [what, file, nft, state] = arguments else { return None };
    let (file, nft, stateless) = (Path::new(file), Path::new(nft), state == "stateless");
    let result = match what.as_str() {
        PRINT => inside_print(file, nft, stateless),
        LOAD => inside_load(file, nft, stateless),
        _ => return None,
    };
    Some(match result {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    })
}

/// Errors begin with their line.
fn inside_load(file: &Path, nft: &Path, stateless: bool) -> Result<String, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let text = text_of(&bytes);
    let source = Source::new("", &text);
    let line = |span: Span| source.position(span.start).0;
    let mut nfnl = Nfnl::open(NetNs::Current).map_err(|error| error.to_string())?;
    let commands = lower::load(&text, "", &mut SystemFiles::default(), &nfnl.declarations()).map_err(|error| {
        let first = error.diagnostics().iter().find(|diagnostic| diagnostic.severity == Severity::Error);
        first.map_or_else(String::new, |first| format!("{}: {}", line(first.span), first.message))
    })?;
    nfnl.apply(&commands).map_err(|error| match error.origin() {
        Origin::Text { span, .. } => format!("{}: {error}", line(span)),
        _ => error.to_string(),
    })?;
    let mut list = Command::new(nft);
    list.args(stateless.then_some("-s")).args(["list", "ruleset"]);
    oracle::text(list.output())
}

fn inside_print(file: &Path, nft: &Path, stateless: bool) -> Result<String, String> {
    oracle::text(Command::new(nft).arg("-f").arg(file).output()).map_err(|error| format!("nft: {error}"))?;
    let mut nfnl = Nfnl::open(NetNs::Current).map_err(|error| error.to_string())?;
    let ruleset = nfnl.pull().map_err(|error| error.to_string())?;
    let options = Options::new(nfnl.environment());
    let options = if stateless { options.stateless() } else { options };
    let mut text = String::new();
    print::ruleset(&mut text, &ruleset, &options).map_err(|error| error.to_string())?;
    Ok(text)
}
