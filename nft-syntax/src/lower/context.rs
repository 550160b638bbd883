//! What lowering knows at a place of the text.

use std::collections::HashSet;
use std::rc::Rc;

use nft_core::model::{Expr, Match, Payload, Relation, Repr};
use nft_core::name::SetName;
use nft_core::schema::{CtKey, Family, MetaKey};
use nft_core::{Declarations, SetHead, Span};

use super::declared::Declared;
use super::expr;
use super::fault::{Fault, Lowered};
use super::hole;
use super::number;
use super::set_literal::name_at;
use super::variable::Definition;
use crate::Diagnostic;
use crate::scope::Scopes;
use crate::sources::Loaded;
use crate::tree::{Node, SyntaxKind as K};

/// The state of lowering.
pub(crate) struct Lower<'d> {
    pub(super) declared: Declared<'d>,
    pub(super) scopes: Scopes<Rc<Definition>>,
    /// The definitions whose values are being lowered, the innermost last.
    pub(super) inside: Vec<Rc<Definition>>,
    pub(super) family: Family,
    pub(super) table: Box<str>,
    /// The source that is read.
    pub(super) source: u32,
    /// Names and texts of all sources; those that were given are not written down here.
    pub(super) sources: Vec<Loaded>,
    /// Where the block of the table begins in its source, to look for sets that are declared further on.
    pub(super) block: Option<(u32, usize)>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Source and place of those that the reader found: the text is no text of nft there.
    pub(super) unreadable: Vec<(u32, Span)>,
    pub(super) depth: u32,
    pub(super) include_depth: usize,
    /// Bytes of all sources so far.
    pub(super) bytes: usize,
    /// Bytes that variables stood for so far.
    pub(super) expanded: usize,
    /// How many variables in definitions were replaced so far.
    pub(super) nested_variables: usize,
    /// Sets of this text that rules change, but that do not say so: nft makes them dynamic.
    pub(super) dynamic: HashSet<(Family, Box<str>, SetName)>,
    /// How many holes of the macro the text has.
    pub(super) holes: usize,
    /// Whether the rule stands in an anonymous chain.
    pub(super) in_block: bool,
    network: Option<Family>,
    port_optional: bool,
}

impl<'d> Lower<'d> {
    /// At the start of a text.
    pub(crate) fn new(texts: &[&str], declarations: &'d dyn Declarations) -> Self {
        Self {
            declared: Declared::new(declarations),
            scopes: Scopes::new(),
            inside: Vec::new(),
            family: Family::default(),
            table: Box::default(),
            source: 0,
            sources: vec![Default::default(); texts.len()],
            block: None,
            diagnostics: Vec::new(),
            unreadable: Vec::new(),
            depth: 0,
            include_depth: 0,
            bytes: texts.iter().map(|text| text.len()).sum(),
            expanded: 0,
            nested_variables: 0,
            dynamic: HashSet::new(),
            holes: 0,
            in_block: false,
            network: None,
            port_optional: false,
        }
    }

    /// From here on names are those of that table.
    pub(crate) fn enter_table(&mut self, family: Family, table: &str) {
        self.family = family;
        if *self.table != *table {
            self.table = table.into();
        }
    }

    /// The network protocol of the packets that get here: that of the table, or of the matches before.
    pub(super) const fn network(&self) -> Option<Family> {
        match self.family {
            Family::Ip | Family::Ip6 => Some(self.family),
            _ => self.network,
        }
    }

    /// A new rule: nothing is known of its packets.
    pub(super) const fn start_rule(&mut self) {
        self.network = None;
    }

    /// What a match says of the packets behind it.
    pub(super) fn learn(&mut self, found: &Match) {
        if matches!(self.family, Family::Ip | Family::Ip6) {
            return;
        }
        let network = match &found.left {
            Expr::Payload(Payload { tunnel: None, header, .. }) => match header.name {
                "ip" | "icmp" | "igmp" => Some(Family::Ip),
                "ip6" | "icmpv6" => Some(Family::Ip6),
                "ether" | "vlan" => protocol_of(found),
                _ => None,
            },
            Expr::Meta(MetaKey::Nfproto | MetaKey::Protocol) => protocol_of(found),
            Expr::Ct(ct) => match ct.key {
                CtKey::SaddrIp | CtKey::DaddrIp => Some(Family::Ip),
                CtKey::SaddrIp6 | CtKey::DaddrIp6 => Some(Family::Ip6),
                _ => None,
            },
            Expr::Concat(parts) => {
                // Each field adds what it depends on.
                for part in parts {
                    self.learn(&Match::new(part.clone(), Relation::Ne, Expr::List(Box::default())));
                }
                None
            }
            _ => None,
        };
        if network.is_some() && self.network.is_none() {
            self.network = network;
        }
    }

    /// Runs where the port may be left out of an address and port.
    pub(super) fn with_optional_port<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.port_optional, true);
        let result = run(self);
        self.port_optional = before;
        result
    }

    pub(super) const fn is_port_optional(&self) -> bool {
        self.port_optional
    }

    /// The set of a `@name` and its head.
    pub(super) fn declared_set(&mut self, node: Node<'_>) -> Lowered<(SetName, Rc<SetHead>)> {
        let name = expr::child(node, K::Name)?;
        self.set_named(name, node)
    }

    /// The set of that name; `whole` is where to point.
    pub(super) fn set_named(&mut self, name: Node<'_>, whole: Node<'_>) -> Lowered<(SetName, Rc<SetHead>)> {
        let text = name.text();
        let mut found = self.declared.set(self.family, &self.table, text);
        if found.is_none() && self.look_ahead(whole) {
            found = self.declared.set(self.family, &self.table, text);
        }
        match found {
            Some(head) => Ok((name_at(SetName::new(text), name.span())?, head)),
            None => {
                let fault = Fault::new(
                    whole.span(),
                    format!("no such file or directory: set `{text}` in table {} `{}`", self.family, self.table),
                );
                Err(match self.declared.nearest_set(self.family, &self.table, text) {
                    Some(near) => fault.help(format!("did you mean `{near}`?")),
                    None => fault,
                })
            }
        }
    }

    /// A literal's text; that of a variable, if it is one.
    pub(super) fn literal_text(&mut self, node: Node<'_>) -> Lowered<String> {
        match node.kind() {
            K::Variable => self.variable_text(node),
            _ => Ok(expr::literal_text(node).into()),
        }
    }

    /// The only literal of an expression: a name, string or number.
    pub(super) fn plain_text(&mut self, node: Node<'_>) -> Lowered<String> {
        let mut children = node.children();
        match (children.next(), children.next()) {
            (Some(only), None) if matches!(only.kind(), K::Literal | K::String | K::Number | K::Name | K::Variable) => {
                self.literal_text(only)
            }
            _ => Err(Fault::new(node.span(), "a name is expected here")),
        }
    }

    /// A time behind a word: `timeout 1h`, `expires 5m`; `never` is 0.
    pub(super) fn time(&mut self, node: Node<'_>) -> Lowered<u64> {
        let Some(value) = node.first() else {
            return Err(Fault::new(node.span(), "a time is missing"));
        };
        let text = self.literal_text(value)?;
        if text == "never" {
            return Ok(0);
        }
        if let Some(hole) = hole::number(&text) {
            return hole::stand_in(hole, u64::MAX, value.span());
        }
        let time = number::time(&text)
            .ok_or_else(|| Fault::new(value.span(), "wrong time format").help("times are written like `1d2h3m4s5ms`"))?;
        hole::check(time, u64::MAX, self.holes, value.span())?;
        Ok(time)
    }

    /// A number behind a word, not above `most`.
    pub(super) fn number(&mut self, node: Node<'_>, most: u64) -> Lowered<u64> {
        let Some(value) = node.children().find(|child| matches!(child.kind(), K::Number | K::Variable | K::Literal)) else {
            return Err(Fault::new(node.span(), "a number is missing"));
        };
        self.number_at(value, most)
    }

    /// The number that a node is, not above `most`.
    pub(super) fn number_at(&mut self, node: Node<'_>, most: u64) -> Lowered<u64> {
        let text = self.literal_text(node)?;
        if let Some(hole) = hole::number(&text) {
            return hole::stand_in(hole, most, node.span());
        }
        let Some(found) = number::parse(&text) else {
            return Err(Fault::new(node.span(), format!("`{text}` is no number")));
        };
        if found > most {
            return Err(Fault::new(node.span(), format!("value {found} exceeds valid range 0-{most}")));
        }
        hole::check(found, most, self.holes, node.span())?;
        Ok(found)
    }

    /// Refuses names that the kernel does not take.
    pub(super) fn check_name(&self, name: &str, span: Span) -> Lowered<()> {
        name_at(SetName::new(name), span).map(|_| ())
    }

    /// Keeps an error and goes on.
    pub(super) fn report(&mut self, fault: Fault) {
        let source = fault.source().unwrap_or(self.source);
        if fault.is_unreadable() {
            self.unreadable.push((source, fault.span()));
        }
        let mut diagnostic = Diagnostic::error(fault.message(), fault.span());
        if let Some(help) = fault.advice() {
            diagnostic = diagnostic.with_help(help);
        }
        if let Some((span, text)) = fault.second() {
            diagnostic = diagnostic.with_label(span, text);
        }
        self.record(diagnostic, source);
    }

    /// Keeps a diagnostic of a source.
    pub(super) fn record(&mut self, mut diagnostic: Diagnostic, source: u32) {
        diagnostic.source = source;
        self.diagnostics.push(diagnostic);
    }

    /// The value, or nothing and the error kept.
    pub(super) fn keep<T>(&mut self, result: Lowered<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fault) => {
                self.report(fault);
                None
            }
        }
    }
}

/// The network protocol that a match of a protocol number names.
const fn protocol_of(found: &Match) -> Option<Family> {
    if !matches!(found.relation, Relation::Implicit | Relation::Eq) {
        return None;
    }
    let Expr::Value(value) = &found.right else { return None };
    match value.repr {
        Repr::Int(2 | 0x800) => Some(Family::Ip),
        Repr::Int(10 | 0x86dd) => Some(Family::Ip6),
        _ => None,
    }
}
