//! Measures over single rules.

mod compile;
mod listing;

use nft_core::message::trace::Trace;
use nft_core::wire::Reader;

use crate::corpus::{Recorded, RuleCase, Verdict};
use crate::measure::{Case, Measure, Outcome};

pub(crate) fn measures(rules: &[RuleCase]) -> Vec<Measure<'_>> {
    vec![
        measure("trace", rules, |case| !case.netlink.is_empty(), trace),
        measure("rules-bytecode", rules, compile::is_good, compile::bytecode),
        measure("rules-netlink", rules, compile::is_good, compile::netlink),
        measure("rules-reject", rules, |case| case.verdict == Verdict::Reject, compile::reject),
        measure("rules-listing", rules, |case| case.verdict == Verdict::Accept, listing::run),
    ]
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

/// The recorded messages, decoded and shown by us, are what the reference shows of them: so that the other measures can be trusted.
fn trace(case: &RuleCase) -> Outcome {
    let (mut trace, mut found) = (Trace::new(), String::new());
    for message in &case.netlink {
        let _ = trace.body(message.message(), message.family(), message.attributes(), &mut found);
    }
    Outcome::compare(&expected_bytecode(case), &found)
}

/// The recorded bytecode as text.
fn expected_bytecode(case: &RuleCase) -> String {
    case.bytecode.iter().map(|line| format!("{line}\n")).collect()
}

impl Recorded {
    /// `NFT_MSG_*`.
    const fn message(&self) -> u8 {
        self.kind.to_be_bytes()[1]
    }

    /// `NFPROTO_*`.
    fn family(&self) -> u8 {
        self.bytes.first().copied().unwrap_or(0)
    }

    fn attributes(&self) -> Reader<'_> {
        Reader::new(self.bytes.get(4..).unwrap_or_default())
    }
}
