//! The machine that the corpus was recorded on.

use std::collections::HashMap;

use nft_core::model::Set;
use nft_core::{Database, Environment};
use nft_syntax::lower;

use crate::corpus::RuleCase;

/// `lo` is interface 1, users and groups are those of a fresh Debian, local time is UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World;

/// Names that everything was recorded with.
const NAMES: &[(Database, &str, u64)] = &[
    (Database::Interface, "lo", 1),
    (Database::User, "root", 0),
    (Database::User, "daemon", 1),
    (Database::User, "bin", 2),
    (Database::Group, "root", 0),
    (Database::Group, "daemon", 1),
    (Database::Group, "bin", 2),
    (Database::DeviceGroup, "default", 0),
    (Database::Realm, "cosmos", 0),
];

impl Environment for World {
    fn number(&self, database: Database, name: &str) -> Option<u64> {
        NAMES.iter().find(|row| row.0 == database && row.1 == name).map(|row| row.2)
    }

    fn name(&self, database: Database, number: u64) -> Option<String> {
        NAMES.iter().find(|row| row.0 == database && row.2 == number).map(|row| row.1.to_owned())
    }
}

/// The sets that the case declares.
pub(crate) fn declared_sets(case: &RuleCase) -> Result<HashMap<String, Set>, String> {
    let sets = case.decls.iter().filter(|declaration| declaration.starts_with("set ") || declaration.starts_with("map "));
    let body: String = sets.map(|declaration| format!("{declaration}\n")).collect();
    let text = format!("table {} {} {{\n{body}}}\n", case.family, case.table);
    let ruleset = lower::ruleset(&text).map_err(|error| {
        let first = error.diagnostics().first().map(|diagnostic| diagnostic.message.clone());
        format!("in the declarations: {}", first.unwrap_or_default())
    })?;
    let sets = ruleset.tables.into_iter().flat_map(|table| table.sets);
    Ok(sets.map(|set| (set.name.to_string(), set)).collect())
}
