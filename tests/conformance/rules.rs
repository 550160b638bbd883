//! Measures over single rules.

use nft_core::bytecode::Program;
use nft_core::uapi::nf_tables::{NFT_MSG_NEWRULE, NFTA_RULE_EXPRESSIONS};
use nft_core::wire::Reader;

use crate::corpus::{Recorded, RuleCase};
use crate::measure::{Case, Measure, Outcome};

pub(crate) fn measures(rules: &[RuleCase]) -> Vec<Measure<'_>> {
    vec![measure("bytecode-text", rules, |case| !case.netlink.is_empty(), bytecode_text)]
}

fn measure<'a>(
    name: &'static str,
    rules: &'a [RuleCase],
    takes_part: impl Fn(&RuleCase) -> bool,
    run: fn(&RuleCase) -> Outcome,
) -> Measure<'a> {
    let cases = rules.iter().filter(|case| takes_part(case));
    Measure { name, cases: cases.map(|case| Case { id: &case.id, run: Box::new(move || run(case)) }).collect() }
}

/// The recorded instructions, decoded and shown by us, are what the reference shows.
fn bytecode_text(case: &RuleCase) -> Outcome {
    let expected: String =
        case.bytecode.iter().filter(|line| line.starts_with("  [")).map(|line| format!("{line}\n")).collect();
    let mut found = String::new();
    for message in case.netlink.iter().filter(|message| message.is(NFT_MSG_NEWRULE)) {
        match program(&message.bytes) {
            Ok(program) => found.push_str(&program.to_string()),
            Err(error) => return Outcome::Fail(format!("{error}\n")),
        }
    }
    Outcome::compare(&expected, &found)
}

/// The expressions of a rule message.
fn program(message: &[u8]) -> Result<Program, String> {
    let attributes = Reader::new(message.get(4..).unwrap_or_default());
    let found = attributes.find(NFTA_RULE_EXPRESSIONS).map_err(|error| error.to_string())?;
    let reader = found.map_or(Reader::new(&[]), |attribute| attribute.reader());
    Program::decode(reader).map_err(|error| error.to_string())
}

impl Recorded {
    /// Whether it is this message of nf_tables.
    fn is(&self, message: impl Into<u64>) -> bool {
        u64::from(self.kind & 0xff) == message.into()
    }
}
