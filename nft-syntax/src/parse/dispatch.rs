//! Which rule of the grammar an item is, by its block and first word.

use super::{Block, Failed, Reader, Step, scan, span};
use crate::diagnostic::Diagnostic;
use crate::grammar::Rule;
use crate::tree::{SyntaxKind, Tree};
use nft_core::schema::{self, Family, MetaKey};

/// Defined lists beyond this many bytes are only read where they are used.
const MAX_CHECKED: u32 = 1 << 16;

/// First words of statements that are no expressions.
#[rustfmt::skip]
pub(super) const STATEMENTS: &[&str] = &[
    "accept", "drop", "continue", "return", "jump", "goto", "counter", "limit", "quota", "last", "log", "reject", "snat", "dnat",
    "masquerade", "redirect", "tproxy", "synproxy", "queue", "dup", "fwd", "notrack", "flow", "add", "update", "delete", "set",
    "meter", "reset", "comment",
];

/// First words of commands.
#[rustfmt::skip]
const COMMANDS: &[&str] = &[
    "add", "create", "delete", "destroy", "insert", "replace", "get", "list", "reset", "flush", "rename", "import", "export",
    "monitor", "describe", "table", "chain", "rule", "set", "map", "element", "flowtable", "counter", "quota", "limit", "secmark",
    "synproxy", "tunnel", "ct", "define", "redefine", "undefine", "include",
];

/// Kinds of objects.
#[rustfmt::skip]
const OBJECTS: &[&str] = &[
    "table", "chain", "rule", "set", "map", "element", "flowtable", "counter", "quota", "limit", "secmark", "synproxy", "tunnel", "ct",
];

/// First words of selectors that are neither headers nor keys of `meta`.
#[rustfmt::skip]
const SELECTORS: &[&str] = &[
    "meta", "ct", "rt", "socket", "fib", "osf", "ipsec", "tunnel", "numgen", "jhash", "symhash", "exthdr", "hbh", "rt0", "rt2", "srh",
    "frag", "dst", "mh",
];

/// Whether a statement with that first word is a match or an assignment.
pub(super) fn begins_expression(word: &str) -> bool {
    schema::header(word).is_some() || SELECTORS.contains(&word) || MetaKey::by_unqualified_name(word).is_some()
}

/// First words of selectors, for suggestions.
pub(super) fn selectors() -> impl Iterator<Item = &'static str> {
    let headers = schema::proto::all().iter().map(|header| header.name);
    let keys = MetaKey::all().iter().filter(|key| key.unqualified()).map(|key| key.name());
    SELECTORS.iter().copied().chain(headers).chain(keys)
}

impl Reader<'_> {
    /// The item that begins here.
    pub(super) fn item(&mut self, block: Block) -> Result<Step, Failed> {
        let rule = match self.word() {
            "define" | "redefine" => Rule::define,
            "undefine" => Rule::undefine,
            "include" => Rule::include,
            word => match block {
                Block::Top => return self.command(word),
                Block::Table => return self.table_item(word),
                Block::Chain => match word {
                    "type" => Rule::chain_type,
                    "policy" => Rule::policy,
                    "flags" => Rule::flags,
                    "devices" => Rule::device_list,
                    "comment" => Rule::comment,
                    _ => return self.rule().map(|()| Step::Item),
                },
                Block::Set | Block::Map => self.set_clause(word, block)?,
                Block::Flowtable => match word {
                    "hook" => Rule::flowtable_hook,
                    "devices" => Rule::device_list,
                    "flags" => Rule::flags,
                    "counter" => Rule::stmt_counter,
                    _ => return self.unknown_clause(word, &["hook", "devices", "flags", "counter"]),
                },
                Block::Counter | Block::Quota | Block::Limit | Block::Secmark | Block::Synproxy => {
                    self.separate = false;
                    match (word, block) {
                        ("comment", _) => Rule::comment,
                        (_, Block::Counter) => Rule::counter_body,
                        (_, Block::Quota) => Rule::quota_body,
                        (_, Block::Limit) => Rule::limit_body,
                        (_, Block::Secmark) => Rule::secmark_body,
                        (_, _) => Rule::synproxy_body,
                    }
                }
                Block::Tunnel | Block::TunnelOptions => return self.tunnel_clause(word),
                Block::CtHelper => match word {
                    "type" => Rule::helper_type,
                    "l3proto" => Rule::l3proto,
                    "comment" => Rule::comment,
                    _ => return self.unknown_clause(word, &["type", "l3proto", "comment"]),
                },
                Block::CtTimeout => match word {
                    "protocol" => Rule::protocol,
                    "l3proto" => Rule::l3proto,
                    "policy" => Rule::timeout_policy,
                    "comment" => Rule::comment,
                    _ => return self.unknown_clause(word, &["protocol", "l3proto", "policy", "comment"]),
                },
                Block::CtExpectation => match word {
                    "protocol" => Rule::protocol,
                    "dport" => Rule::expectation_dport,
                    "timeout" => Rule::timeout,
                    "size" => Rule::set_size,
                    "l3proto" => Rule::l3proto,
                    "comment" => Rule::comment,
                    _ => return self.unknown_clause(word, &["protocol", "dport", "timeout", "size", "l3proto", "comment"]),
                },
            },
        };
        self.grammar(rule)?;
        if matches!(rule, Rule::define | Rule::set_elements) {
            self.balance()?;
        }
        if rule == Rule::define {
            self.check_defined()?;
        }
        if matches!(rule, Rule::stmt_counter | Rule::stmt_quota | Rule::stmt_limit | Rule::stmt_last | Rule::stmt_ct_count) {
            // The statements of a set may follow each other on one line.
            let end = self.position;
            self.skip_blanks();
            self.separate = !matches!(self.word(), "counter" | "quota" | "limit" | "last" | "ct");
            self.position = end;
        }
        if matches!(rule, Rule::define | Rule::undefine | Rule::include) {
            // These need their newline, also at the end of the text.
            self.skip_blanks();
            if self.peek().is_none() {
                self.unexpected(self.position, "newline or `;`");
                return Err(Failed);
            }
        }
        Ok(Step::Item)
    }

    /// Extends a list that was just read over the lists in it: the grammar ends it at the first closing brace.
    fn balance(&mut self) -> Result<(), Failed> {
        let Some(list) = self.tree.last(SyntaxKind::Elements) else { return Ok(()) };
        let start = list.start as usize;
        let inner = self.text.get(start + 1..list.end as usize).unwrap_or_default();
        if !inner.contains('{') {
            return Ok(());
        }
        match scan::list(self.text.get(start..).unwrap_or_default()) {
            Some(length) => {
                self.position = start + length;
                self.tree.extend(list.end, super::offset(self.position));
                Ok(())
            }
            None => {
                self.unexpected(self.text.len(), "`}`");
                Err(Failed)
            }
        }
    }

    /// Reads the list that a definition keeps as one token, for its errors: it may never be used. Of the largest ones the beginning
    /// has to do.
    fn check_defined(&mut self) -> Result<(), Failed> {
        let Some(list) = self.node().and_then(|define| define.child(SyntaxKind::Elements)).map(|list| list.span()) else {
            return Ok(());
        };
        if list.end - list.start > MAX_CHECKED {
            return Ok(());
        }
        match super::fragment(super::Fragment::Set, self.text, list.start as usize, &mut Tree::default()) {
            Ok(_) => Ok(()),
            Err(problem) => {
                self.diagnostics.push(problem);
                Err(Failed)
            }
        }
    }

    fn set_clause(&mut self, word: &str, block: Block) -> Result<Rule, Failed> {
        Ok(match word {
            "type" => Rule::set_type,
            "typeof" => Rule::set_typeof,
            "flags" => Rule::flags,
            "timeout" => Rule::timeout,
            "gc-interval" => Rule::gc_interval,
            "size" => Rule::set_size,
            "policy" => Rule::policy,
            "comment" => Rule::comment,
            "counter" | "quota" | "limit" | "last" | "ct" => {
                // Several may stand on one line.
                self.separate = false;
                match word {
                    "counter" => Rule::stmt_counter,
                    "quota" => Rule::stmt_quota,
                    "limit" => Rule::stmt_limit,
                    "last" => Rule::stmt_last,
                    _ => Rule::stmt_ct_count,
                }
            }
            "elements" => {
                self.separate = false;
                Rule::set_elements
            }
            // Data of ranges that would become one cannot.
            "auto-merge" if block == Block::Set => {
                self.separate = false;
                Rule::auto_merge
            }
            _ => {
                let known = [
                    "type",
                    "typeof",
                    "flags",
                    "timeout",
                    "gc-interval",
                    "size",
                    "policy",
                    "comment",
                    "auto-merge",
                    "elements",
                ];
                return self.unknown_clause(word, &known).map(|_| Rule::comment);
            }
        })
    }

    fn table_item(&mut self, word: &str) -> Result<Step, Failed> {
        match word {
            "flags" => self.grammar(Rule::flags).map(|()| Step::Item),
            "comment" => self.grammar(Rule::comment).map(|()| Step::Item),
            _ => {
                let Some(block) = self.object_block(word) else {
                    let known = [
                        "chain",
                        "set",
                        "map",
                        "flowtable",
                        "counter",
                        "quota",
                        "limit",
                        "secmark",
                        "synproxy",
                        "tunnel",
                        "ct",
                    ];
                    return self.unknown_clause(word, &[&known[..], &["flags", "comment", "define", "include"]].concat());
                };
                self.grammar(Rule::nested_head)?;
                self.brace(block)
            }
        }
    }

    fn tunnel_clause(&mut self, word: &str) -> Result<Step, Failed> {
        self.separate = false;
        match word {
            "vxlan" | "erspan" | "geneve" if self.block() == Block::Tunnel => {
                self.grammar(Rule::tunnel_head)?;
                self.brace(Block::TunnelOptions)
            }
            "comment" => self.grammar(Rule::comment).map(|()| Step::Item),
            _ => self.grammar(Rule::tunnel_clause).map(|()| Step::Item),
        }
    }

    fn command(&mut self, word: &str) -> Result<Step, Failed> {
        match word {
            "add" | "create" | "delete" | "destroy" | "get" => match self.second_word() {
                "rule" => self.rule_command(),
                family if word == "add" && Family::by_name(family).is_some() => self.rule_command(),
                name if word == "add" && self.begins_rule(name, 1) => self.rule_command(),
                object => self.object_command(object),
            },
            "insert" | "replace" => match self.second_word() {
                "rule" => self.rule_command(),
                other => {
                    self.position += word.len();
                    self.skip_blanks();
                    self.unknown(other, "`rule`", ["rule"].into_iter());
                    Err(Failed)
                }
            },
            "rule" => self.rule_command(),
            family if Family::by_name(family).is_some() => self.rule_command(),
            "reset" if self.second_word() == "element" => self.object_command("element"),
            "list" | "reset" | "flush" | "rename" | "import" | "export" | "monitor" | "describe" => {
                let command = self.open(SyntaxKind::Command);
                self.grammar(Rule::command_words)?;
                self.close(command);
                Ok(Step::Item)
            }
            object if self.object_block(object).is_some() || object == "element" => self.object_command(object),
            name if self.begins_rule(name, 0) => self.rule_command(),
            word => {
                self.unknown(word, "a command", COMMANDS.iter().copied());
                Err(Failed)
            }
        }
    }

    /// Whether a rule can follow that names no family and leaves the word `rule` out: `t c tcp dport 22`. `name` is the word so many
    /// words from here. A misspelt command or object is none, unless a statement stands where that of a rule would.
    fn begins_rule(&self, name: &str, before: usize) -> bool {
        let can_be_name = !super::reserved::is_reserved(name) || name == "last" && before > 0;
        if !can_be_name || !name.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '_' | '.')) {
            return false;
        }
        let third = scan::word_after(self.text, self.position, before + 2);
        let is_statement =
            STATEMENTS.contains(&third) || begins_expression(third) || matches!(third, "handle" | "position" | "index" | "xt");
        let known = if before == 0 { COMMANDS } else { OBJECTS };
        is_statement || schema::nearest(name, known.iter().copied()).is_none() && self.object_block(name).is_none()
    }

    /// `add rule ip t c …`: head and statements.
    fn rule_command(&mut self) -> Result<Step, Failed> {
        let bare = matches!(self.word(), "delete" | "destroy");
        let command = self.open(SyntaxKind::Command);
        self.grammar(Rule::rule_head)?;
        if !bare {
            self.skip_blanks();
            self.rule()?;
        }
        self.close(command);
        Ok(Step::Item)
    }

    /// `add set ip t s { … }`, `add counter ip t x packets 1 bytes 2`, `delete table ip t`.
    fn object_command(&mut self, object: &str) -> Result<Step, Failed> {
        let block = match object {
            "table" => Some(Block::Table),
            "element" => None,
            "ct" if self.word() == "ct" => self.object_block(object),
            "ct" => Self::ct_block(scan::word_after(self.text, self.position, 2)),
            object => match self.object_block(object) {
                Some(block) => Some(block),
                None => {
                    self.position += self.word().len();
                    self.skip_blanks();
                    self.unknown(object, "an object", OBJECTS.iter().copied());
                    return Err(Failed);
                }
            },
        };
        let command = self.open(SyntaxKind::Command);
        self.grammar(Rule::object_head)?;
        let end = self.position;
        self.skip_blanks();
        let more = !matches!(self.peek(), None | Some(b'\n' | b';' | b'}'));
        match (block, self.peek()) {
            (None, _) => {
                self.grammar(Rule::element_body)?;
                self.balance()?;
            }
            (Some(block), Some(b'{')) => {
                let brace = self.position;
                self.position = end;
                self.close(command);
                self.position = brace;
                return self.brace(block);
            }
            (Some(Block::Counter), _) if more => self.grammar(Rule::counter_body)?,
            (Some(Block::Quota), _) if more => self.grammar(Rule::quota_body)?,
            (Some(Block::Limit), _) if more => self.grammar(Rule::limit_body)?,
            (Some(Block::Secmark), _) if more => self.grammar(Rule::secmark_body)?,
            (Some(Block::Synproxy), _) if more => self.grammar(Rule::synproxy_body)?,
            (Some(_), _) => self.position = end,
        }
        self.close(command);
        Ok(Step::Item)
    }

    /// The brace that opens a block, behind its head.
    fn brace(&mut self, block: Block) -> Result<Step, Failed> {
        self.skip_blanks();
        if self.peek() != Some(b'{') {
            self.unexpected(self.position, "`{`");
            return Err(Failed);
        }
        self.position += 1;
        self.separate = false;
        self.blocks.push(block);
        Ok(Step::Open(block))
    }

    /// The block of the object whose kind is the word here.
    fn object_block(&self, word: &str) -> Option<Block> {
        Some(match word {
            "table" if self.block() == Block::Top => Block::Table,
            "chain" => Block::Chain,
            "set" => Block::Set,
            "map" => Block::Map,
            "flowtable" => Block::Flowtable,
            "counter" => Block::Counter,
            "quota" => Block::Quota,
            "limit" => Block::Limit,
            "secmark" => Block::Secmark,
            "synproxy" => Block::Synproxy,
            "tunnel" => Block::Tunnel,
            "ct" => return Self::ct_block(self.second_word()),
            _ => return None,
        })
    }

    const fn ct_block(word: &str) -> Option<Block> {
        match word.as_bytes() {
            b"helper" => Some(Block::CtHelper),
            b"timeout" => Some(Block::CtTimeout),
            b"expectation" => Some(Block::CtExpectation),
            _ => None,
        }
    }

    fn unknown_clause(&mut self, word: &str, known: &[&'static str]) -> Result<Step, Failed> {
        self.unknown(word, "a clause of the block", known.iter().copied());
        Err(Failed)
    }

    /// Records that the word here is none of `known`.
    pub(super) fn unknown(&mut self, word: &str, expected: &str, known: impl Iterator<Item = &'static str>) {
        if word.is_empty() {
            return self.unexpected(self.position, expected);
        }
        let end = self.position + word.len();
        let mut diagnostic = Diagnostic::error(format!("unexpected `{word}`, expected {expected}"), span(self.position, end));
        if let Some(near) = schema::nearest(word, known).filter(|near| *near != word) {
            diagnostic = diagnostic.with_help(format!("did you mean `{near}`?"));
        }
        self.diagnostics.push(diagnostic);
    }
}
