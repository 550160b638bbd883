//! The grammar of the language, by area. `Rule` stays inside the parser; the tree speaks of `SyntaxKind`.

#![expect(missing_docs, reason = "the enum of rules is generated; the rules are documented in the grammar files")]

use pest_derive::Parser;

#[derive(Parser)]
#[grammar = "grammar/lex.pest"]
#[grammar = "grammar/keyword.pest"]
#[grammar = "grammar/expr.pest"]
#[grammar = "grammar/stmt.pest"]
#[grammar = "grammar/block.pest"]
#[grammar = "grammar/command.pest"]
pub(crate) struct Grammar;
