//! What passed once and must go on passing.
//!
//! `ledger.txt` names the cases by their measure, the part of their name that many share, and the part that tells them apart:
//!
//! ```text
//! rules-listing any/ct.t ip:input,ip6:input 8 9 10
//! rulesets-load listings - chains__0021prio_0
//! ```
//!
//! A case that is not in the corpus at hand binds nothing, so a run over another directory is held to what both have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Names of cases by measure.
#[derive(Default)]
pub(crate) struct Ledger(BTreeMap<String, BTreeSet<String>>);

impl Ledger {
    pub(crate) fn parse(text: &str) -> Self {
        let mut ledger = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let (Some(measure), Some(source), Some(places)) = (words.next(), words.next(), words.next()) else { continue };
            let cases = ledger.0.entry(measure.to_owned()).or_default();
            for item in words {
                if places == "-" {
                    cases.insert(format!("{source}:{item}"));
                } else {
                    cases.extend(places.split(',').map(|place| format!("{source}:{item}:{place}")));
                }
            }
        }
        ledger
    }

    pub(crate) fn cases(&self, measure: &str) -> impl Iterator<Item = &str> {
        self.0.get(measure).into_iter().flatten().map(String::as_str)
    }

    pub(crate) fn set<'a>(&mut self, measure: &str, cases: impl Iterator<Item = &'a str>) {
        self.0.insert(measure.to_owned(), cases.map(ToOwned::to_owned).collect());
    }

    pub(crate) fn write(&self) -> String {
        let mut text =
            "# Cases that pass, by measure; see ledger.rs. Written by BLESS=1 cargo test --test conformance.\n".to_owned();
        for (measure, cases) in &self.0 {
            let mut places: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
            for case in cases {
                let (source, rest) = case.split_once(':').unwrap_or((case, ""));
                let (item, place) = rest.split_once(':').unwrap_or((rest, "-"));
                places.entry((source, item)).or_default().insert(place.to_owned());
            }
            let mut lines: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
            for ((source, item), places) in places {
                let places = places.into_iter().collect::<Vec<_>>().join(",");
                lines.entry((source, places)).or_default().push(item);
            }
            for ((source, places), mut items) in lines {
                items.sort_by_key(|item| (item.parse::<u32>().ok(), *item));
                let _ = writeln!(text, "{measure} {source} {places} {}", items.join(" "));
            }
        }
        text
    }
}
