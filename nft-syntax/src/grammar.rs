//! The grammar of the language, by area. `Rule` stays inside the parser; the tree speaks of `SyntaxKind`.

use pest_derive::Parser;

#[derive(Parser)]
#[grammar = "grammar/lex.pest"]
#[grammar = "grammar/keyword.pest"]
#[grammar = "grammar/expr.pest"]
#[grammar = "grammar/stmt.pest"]
#[grammar = "grammar/block.pest"]
#[grammar = "grammar/command.pest"]
pub(crate) struct Grammar;

#[cfg(test)]
mod tests {
    use nft_core::schema::{self, MetaKey};
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    /// Ordered choice takes the first that fits, so longer words stand before their beginnings.
    fn rule(out: &mut String, doc: &str, name: &str, words: &BTreeSet<&str>) {
        write!(out, "\n/// {doc}\n{name} = @{{\n  (\n").unwrap();
        let mut line = "   ".to_owned();
        for (index, word) in words.iter().rev().enumerate() {
            let next = format!("{} \"{word}\"", if index == 0 { "" } else { " |" });
            if line.len() + next.len() > 116 {
                writeln!(out, "{line}").unwrap();
                line = "   ".to_owned();
            }
            line += &next;
        }
        write!(out, "{line}\n  ) ~ e\n}}\n").unwrap();
    }

    #[test]
    fn keyword_file_is_current() {
        let named = schema::proto::all().iter().filter(|header| schema::header(header.name).is_some());
        let headers = named.clone().map(|header| header.name).chain(schema::exthdr::all().iter().map(|header| header.name));
        let fields = named
            .flat_map(|header| header.fields)
            .chain(schema::exthdr::all().iter().flat_map(|header| header.fields))
            .map(|field| field.name.split([' ', '[']).next().unwrap_or_default())
            // How nft prints `param-problem`.
            .chain(["parameter-problem"]);
        let keys = MetaKey::all().iter().filter(|key| key.unqualified()).map(|key| key.name());

        let mut text = "// Generated from the schema by the test `keyword_file_is_current`; do not edit.\n".to_owned();
        rule(&mut text, "Headers and extension headers, which a field follows.", "header", &headers.collect());
        rule(&mut text, "Fields that some header has.", "known_field", &fields.collect());
        let keys = keys.chain(["ibriport", "obriport"]).collect();
        rule(&mut text, "Keys of `meta` that may stand without that word.", "bare_meta", &keys);
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/grammar/keyword.pest");
        if std::fs::read_to_string(path).unwrap_or_default() != text {
            std::fs::write(path, &text).unwrap();
            panic!("keyword.pest was out of date; it is written anew");
        }
    }
}
