//! `$name`: what was defined takes its type where it is used.

use std::rc::Rc;

use nft_core::model::{Element, Expr, KeyField};
use nft_core::{Span, model};

use super::context::Lower;
use super::expr::{self, Typed};
use super::fault::{Fault, Lowered};
use super::place::DataPlace;
use crate::include;
use crate::parse::Fragment;
use crate::tree::{Node, SyntaxKind as K, Tree};

/// A definition, as it was written.
#[derive(Debug)]
pub(super) struct Definition {
    /// `define x = …`, all of it.
    text: Box<str>,
    tree: Tree,
    /// Where it stands in its source.
    base: u32,
    source: u32,
    /// What the variables in it meant where it was written.
    captures: Vec<(Box<str>, Rc<Self>)>,
}

impl Definition {
    /// What stands behind the `=`.
    fn value(&self) -> Lowered<Node<'_>> {
        let value = self.tree.at(0, &self.text).and_then(|root| {
            // Of a number with a sign, the number: who has use for the sign finds it before that.
            root.children().find(|child| !matches!(child.kind(), K::DefineWord | K::Name | K::Sign))
        });
        value.ok_or_else(|| Fault::new(Span::new(0, 0), "this definition has no value that can be used here"))
    }
}

impl Lower<'_> {
    /// `define x = …`, `redefine x = …`.
    pub(super) fn define(&mut self, node: Node<'_>) -> Lowered<()> {
        let name = expr::child(node, K::Name)?;
        let word = expr::child(node, K::DefineWord)?.text();
        // Masks of flags (`syn / syn,ack`) are no values: behind the slash stands the length of a prefix.
        if let Some(value) = node.child(K::Rhs) {
            let mut parts = value.children();
            while let Some(part) = parts.next() {
                if part.kind() == K::OpSlash
                    && let Some(length) = parts.next()
                    && length.kind() != K::Variable
                    && super::number::parse(length.text()).is_none()
                {
                    return Err(Fault::new(
                        length.span(),
                        format!("unexpected `{}`: a prefix length is a number", length.text()),
                    ));
                }
            }
        }
        let mut captures = Vec::new();
        for used in variables(node) {
            let definition = self.definition(used.0, used.1)?;
            captures.push((Box::from(used.0), definition));
        }
        let text: Box<str> = node.text().into();
        let tree = fragment(Fragment::Define, &text).map_err(|_| Fault::new(node.span(), "this definition cannot be read"))?;
        let definition = Rc::new(Definition { text, tree, base: node.span().start, source: self.source, captures });
        if word == "redefine" {
            self.scopes.redefine(name.text(), definition);
            return Ok(());
        }
        self.scopes
            .define(name.text(), definition)
            .map_err(|error| Fault::new(name.span(), format!("{error} `{}`", name.text())))
    }

    /// `undefine x`.
    pub(super) fn undefine(&mut self, node: Node<'_>) -> Lowered<()> {
        self.scopes.undefine(expr::child(node, K::Name)?.text());
        Ok(())
    }

    /// What `$name` stands for.
    fn definition(&self, name: &str, span: Span) -> Lowered<Rc<Definition>> {
        let found = match self.inside.last() {
            Some(outer) => outer.captures.iter().find(|(captured, _)| **captured == *name).map(|(_, definition)| definition),
            None => self.scopes.get(name),
        };
        found
            .map(Rc::clone)
            .ok_or_else(|| Fault::new(span, format!("unknown identifier `{name}`")).did_you_mean(name, self.scopes.names()))
            .map_err(Fault::unreadable)
    }

    /// Runs with the value of a variable; errors get the place of the definition.
    fn with_value<T>(&mut self, node: Node<'_>, run: impl FnOnce(&mut Self, Node<'_>) -> Lowered<T>) -> Lowered<T> {
        self.with_value_of(node.text().trim_start_matches('$'), node.span(), run)
    }

    /// Runs with the value of the variable of that name; `span` is where it is used.
    pub(super) fn with_value_of<T>(
        &mut self,
        name: &str,
        span: Span,
        run: impl FnOnce(&mut Self, Node<'_>) -> Lowered<T>,
    ) -> Lowered<T> {
        let definition = self.definition(name, span)?;
        self.spend(&definition, span)?;
        self.nested(span, |lower| {
            lower.inside.push(Rc::clone(&definition));
            let result = definition.value().and_then(|value| run(lower, value));
            lower.inside.pop();
            result.map_err(|fault| fault.inside(definition.source, definition.base))
        })
    }

    /// Counts what variables stand for: a few lines of `define a = { $b, $b }` would double it without end.
    fn spend(&mut self, definition: &Definition, span: Span) -> Lowered<()> {
        /// So many variables in definitions may stand for something, and one more for each byte of the text.
        const NESTED: usize = 1 << 14;
        self.nested_variables += usize::from(!self.inside.is_empty());
        self.expanded = self.expanded.saturating_add(definition.text.len());
        if self.expanded > include::MAX_BYTES || self.nested_variables > NESTED + self.bytes {
            return Err(Fault::new(span, "too much text: the variables stand for more than can be read"));
        }
        Ok(())
    }

    /// A variable as an operand.
    pub(super) fn variable_expr(&mut self, node: Node<'_>, want: &[KeyField]) -> Lowered<Typed> {
        self.with_value(node, |lower, value| match value.kind() {
            K::Elements => {
                let mut elements = Vec::new();
                lower.elements_text(value, want, None, &mut elements)?;
                if elements.is_empty() {
                    return Err(Fault::new(value.span(), "set is empty"));
                }
                Ok(Typed { expr: Expr::Set(elements.into()), fields: want.into() })
            }
            _ => {
                if want.is_empty()
                    && let Some(selector) = value.first()
                    && !matches!(selector.kind(), K::Literal | K::String | K::Variable | K::Set)
                {
                    return lower.expr(value, want);
                }
                let expr = lower.right(value, want)?;
                Ok(Typed { expr, fields: want.into() })
            }
        })
    }

    /// A variable as the map behind a key.
    pub(super) fn variable_map(&mut self, node: Node<'_>, key: &Typed, data: &DataPlace) -> Lowered<Expr> {
        self.with_value(node, |lower, value| match value.kind() {
            K::Elements => {
                let mut elements = Vec::new();
                lower.elements_text(value, &key.fields, Some(data), &mut elements)?;
                Ok(Expr::Set(elements.into()))
            }
            _ => match value.first() {
                Some(inner) if matches!(inner.kind(), K::Set | K::SetRef | K::Variable) => {
                    Ok(lower.map_operand(key, inner, data)?.0)
                }
                _ => Err(Fault::new(value.span(), "a map is expected here")),
            },
        })
    }

    /// A variable as elements of a set.
    pub(super) fn variable_elements(
        &mut self,
        node: Node<'_>,
        key: &[KeyField],
        data: Option<&DataPlace>,
        elements: &mut Vec<Element>,
    ) -> Lowered<()> {
        self.with_value(node, |lower, value| match value.kind() {
            K::Elements => lower.elements_text(value, key, data, elements),
            _ => {
                if let Some(variable) = only_variable(value) {
                    return lower.variable_elements(variable, key, data, elements);
                }
                if data.is_some() {
                    return Err(Fault::new(value.span(), "data is missing: elements of maps are `key : data`"));
                }
                match lower.right(value, key)? {
                    Expr::List(members) => elements.extend(members.into_iter().map(Element::new)),
                    Expr::Set(members) => elements.extend(members),
                    member => elements.push(Element::new(member)),
                }
                Ok(())
            }
        })
    }

    /// A variable where a word is expected: a chain, policy, device.
    pub(super) fn variable_text(&mut self, node: Node<'_>) -> Lowered<String> {
        self.with_value(node, |lower, value| lower.value_text(value))
    }

    /// Text of a definition's value: one literal.
    fn value_text(&mut self, value: Node<'_>) -> Lowered<String> {
        if value.kind() == K::Number {
            // The sign stands before it.
            let signed =
                value.source().get(..value.span().start as usize).is_some_and(|before| before.trim_end().ends_with('-'));
            return Ok(format!("{}{}", if signed { "-" } else { "" }, value.text()));
        }
        let mut children = value.children();
        match (children.next(), children.next()) {
            (Some(only), None) if only.kind() == K::Variable => self.variable_text(only),
            (Some(only), None) if matches!(only.kind(), K::Literal | K::String | K::Name | K::Number) => {
                Ok(expr::literal_text(only).into())
            }
            _ => Err(Fault::new(value.span(), "a single word is expected here")),
        }
    }

    /// A variable where a list of words is expected: devices.
    pub(super) fn variable_words(&mut self, node: Node<'_>, words: &mut Vec<String>) -> Lowered<()> {
        self.with_value(node, |lower, value| {
            if value.kind() != K::Elements {
                if let Some(set) = value.first().filter(|only| only.kind() == K::Set) {
                    return lower.set_words(set, words);
                }
                for child in value.children() {
                    match child.kind() {
                        K::Variable => lower.variable_words(child, words)?,
                        K::Literal | K::String => words.push(expr::literal_text(child).into()),
                        K::Comma => {}
                        _ => return Err(Fault::new(child.span(), "a name is expected here")),
                    }
                }
                return Ok(());
            }
            let text = value.text();
            let tree =
                fragment(Fragment::Set, text).map_err(|_| Fault::new(value.span(), "a list of names is expected here"))?;
            match tree.at(0, text) {
                Some(set) => lower.set_words(set, words).map_err(|fault| fault.shifted(value.span().start)),
                None => Ok(()),
            }
        })
    }

    /// The words of a set literal: devices.
    pub(super) fn set_words(&mut self, set: Node<'_>, words: &mut Vec<String>) -> Lowered<()> {
        for element in set.all(K::Element) {
            let Some(key) = element.first().filter(|key| key.kind() == K::Expr) else {
                return Err(Fault::new(element.span(), "a name is expected here"));
            };
            let mut operands = key.children();
            match (operands.next(), operands.next()) {
                (Some(only), None) if only.kind() == K::Variable => self.variable_words(only, words)?,
                (Some(only), None) if only.kind() == K::Set => self.set_words(only, words)?,
                (Some(only), None) if matches!(only.kind(), K::Literal | K::String | K::Name) => {
                    words.push(expr::literal_text(only).into());
                }
                _ => return Err(Fault::new(key.span(), "a name is expected here")),
            }
        }
        Ok(())
    }

    /// Elements in braces as text, for a place that keeps them as [`Element`]s.
    fn elements_text(
        &mut self,
        node: Node<'_>,
        key: &[KeyField],
        data: Option<&DataPlace>,
        elements: &mut Vec<Element>,
    ) -> Lowered<()> {
        let text = node.text();
        let base = node.span().start;
        let tree = fragment(Fragment::Set, text).map_err(|error| fault_of(&error).shifted(base))?;
        let Some(set) = tree.at(0, text) else { return Ok(()) };
        for child in set.all(K::Element) {
            self.element_into(child, key, data, elements).map_err(|fault| fault.shifted(base))?;
        }
        Ok(())
    }
}

/// What the reader found wrong, as a fault.
pub(super) fn fault_of(error: &crate::Diagnostic) -> Fault {
    Fault::new(error.span, error.message.clone())
}

/// The tree of a text that is one piece of grammar.
fn fragment(rule: Fragment, text: &str) -> Result<Tree, crate::Diagnostic> {
    let mut tree = Tree::default();
    crate::parse::fragment(rule, text, 0, &mut tree)?;
    Ok(tree)
}

/// The variable that is all of a value.
pub(super) fn only_variable(value: Node<'_>) -> Option<Node<'_>> {
    let mut children = value.children();
    let only = children.next().filter(|only| only.kind() == K::Variable)?;
    children.next().is_none().then_some(only)
}

/// The variables in a definition's value: by their nodes, in lists by their text.
fn variables(node: Node<'_>) -> Vec<(&str, Span)> {
    fn walk<'t>(node: Node<'t>, found: &mut Vec<(&'t str, Span)>) {
        match node.kind() {
            K::Variable => found.push((node.text().trim_start_matches('$'), node.span())),
            K::Elements => scan(node, found),
            _ => node.children().for_each(|child| walk(child, found)),
        }
    }
    let mut found = Vec::new();
    walk(node, &mut found);
    found
}

/// Finds `$name` outside of strings and comments.
fn scan<'t>(node: Node<'t>, found: &mut Vec<(&'t str, Span)>) {
    let text = node.text();
    let bytes = text.as_bytes();
    // Most lists have none.
    if !bytes.contains(&b'$') {
        return;
    }
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' | b'#' => {
                let end = if *byte == b'"' { b'"' } else { b'\n' };
                let rest = bytes.get(at + 1..).unwrap_or_default();
                at += 2 + rest.iter().position(|byte| *byte == end).unwrap_or(rest.len());
            }
            b'$' => {
                let rest = text.get(at + 1..).unwrap_or_default();
                let length = rest
                    .bytes()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'/'))
                    .count();
                if let (Some(name), Ok(offset)) = (rest.get(..length), u32::try_from(at)) {
                    let start = node.span().start + offset;
                    let length = u32::try_from(length).unwrap_or(0);
                    found.push((name, Span::new(start, start + 1 + length)));
                }
                at += 1 + length;
            }
            _ => at += 1,
        }
    }
}

/// Where a thing was written.
pub(crate) const fn origin(source: u32, span: Span) -> model::Origin {
    model::Origin::Text { source, span }
}

impl Lower<'_> {
    /// What the variable of that name is as text; `span` is where it is used.
    pub(super) fn text_of(&mut self, name: &str, span: Span) -> Lowered<String> {
        self.with_value_of(name, span, |lower, value| lower.value_text(value))
    }
}
