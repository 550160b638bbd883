//! The cases, read from the corpus as they lie there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A corpus: rules one by one, and whole rulesets.
pub(crate) struct Corpus {
    pub(crate) rules: Vec<RuleCase>,
    pub(crate) rulesets: Vec<RulesetCase>,
}

/// One rule in one family, with what the reference made of it.
pub(crate) struct RuleCase {
    pub(crate) id: String,
    pub(crate) family: String,
    pub(crate) table: String,
    pub(crate) chain: String,
    pub(crate) chain_def: String,
    pub(crate) decls: Vec<String>,
    pub(crate) rule: String,
    pub(crate) verdict: Verdict,
    pub(crate) error: String,
    pub(crate) listed: Option<String>,
    pub(crate) bytecode: Vec<String>,
    pub(crate) netlink: Vec<Recorded>,
}

/// A message as it was sent, from `nfgenmsg` on.
pub(crate) struct Recorded {
    pub(crate) kind: u16,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    Accept,
    Reject,
    RejectKernel,
    NoKernelSupport,
}

/// A file of the corpus.
pub(crate) struct RulesetCase {
    /// Path below `rulesets`.
    pub(crate) id: String,
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
    pub(crate) text: Vec<u8>,
    /// What the reference lists, or says against it.
    pub(crate) expected: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Listing,
    Accept,
    Reject,
    Environment,
}

impl Corpus {
    pub(crate) fn read(directory: &Path) -> Result<Self, String> {
        let mut rules = Vec::new();
        for path in files(directory, "jsonl") {
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            for (line, text) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
                rules.push(RuleCase::read(text).ok_or_else(|| format!("{}:{}: not a case", path.display(), line + 1))?);
            }
        }
        let root = directory.join("rulesets");
        let mut rulesets = Vec::new();
        for (folder, kind) in [
            ("listings", Kind::Listing),
            ("real/accept", Kind::Accept),
            ("real/reject", Kind::Reject),
            ("real/environment", Kind::Environment),
        ] {
            for path in files(&root.join(folder), "nft") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                let text = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                let beside = |extension: &str| {
                    let mut path = path.clone().into_os_string();
                    path.push(extension);
                    fs::read_to_string(path).unwrap_or_default()
                };
                let expected = match kind {
                    Kind::Listing => String::from_utf8_lossy(&text).into_owned(),
                    Kind::Accept => beside(".listed"),
                    Kind::Reject | Kind::Environment => beside(".error"),
                };
                rulesets.push(RulesetCase { id: format!("{folder}:{name}"), path, kind, text, expected });
            }
        }
        Ok(Self { rules, rulesets })
    }
}

impl RuleCase {
    fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        let list = |key: &str| -> Vec<String> {
            let items = value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            items.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        };
        let messages = value.get("netlink").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Some(Self {
            id: text("id")?,
            family: text("family")?,
            table: text("table")?,
            chain: text("chain")?,
            chain_def: text("chain_def")?,
            decls: list("decls"),
            rule: text("rule")?,
            verdict: match text("verdict")?.as_str() {
                "accept" => Verdict::Accept,
                "reject" => Verdict::Reject,
                "reject-kernel" => Verdict::RejectKernel,
                "no-kernel-support" => Verdict::NoKernelSupport,
                _ => return None,
            },
            error: text("error").unwrap_or_default(),
            listed: text("listed"),
            bytecode: list("bytecode"),
            netlink: messages.iter().map(Recorded::read).collect::<Option<_>>()?,
        })
    }

    /// The commands that make the table, the chain and what the rule refers to.
    pub(crate) fn preamble(&self) -> String {
        let Self { family, table, chain, chain_def, decls, .. } = self;
        let mut text = format!("add table {family} {table}\nadd chain {family} {table} {chain} {{ {chain_def}; }}\n");
        for declaration in decls {
            // `set s { ... }`: the table's name goes before that of the object.
            let words = if declaration.starts_with("ct ") { 2 } else { 1 };
            let split = declaration.match_indices(' ').nth(words - 1).map_or(declaration.len(), |(at, _)| at);
            let (kind, rest) = declaration.split_at(split);
            text.push_str(&format!("add {kind} {family} {table}{rest}\n"));
        }
        text
    }

    /// The command that adds the rule.
    pub(crate) fn command(&self) -> String {
        format!("add rule {} {} {} {}", self.family, self.table, self.chain, self.rule)
    }
}

impl Recorded {
    fn read(value: &Value) -> Option<Self> {
        let kind = value.get("type")?.as_u64()?.try_into().ok()?;
        let hex = value.get("hex")?.as_str()?;
        let bytes = (0..hex.len() / 2).map(|at| u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok());
        Some(Self { kind, bytes: bytes.collect::<Option<_>>()? })
    }
}

/// The files of a directory with that extension, sorted.
fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|found| found == extension) {
            found.insert(path.clone(), path);
        }
    }
    found.into_values().collect()
}
