//! Sets in braces: anonymous ones, and the elements of named ones that are not plain.

use nft_core::Span;
use nft_core::model::{Element, Expr, JumpTarget, KeyField, Repr, Stmt, Value, Verdict};
use nft_core::name::ChainName;
use nft_core::schema::DataType;

use super::context::Lower;
use super::expr::{self, Typed};
use super::fault::{Fault, Lowered};
use super::hole;
use super::place::{DataPlace, Fields};
use crate::tree::{Node, SyntaxKind as K};

/// Bytes of a comment.
pub(super) const LONGEST_COMMENT: usize = 128;

impl Lower<'_> {
    /// `{ … }` for a place of these fields; with data, if it is a map.
    pub(super) fn set_literal(&mut self, node: Node<'_>, key: &[KeyField], data: Option<&DataPlace>) -> Lowered<Expr> {
        let mut elements = Vec::new();
        for child in node.all(K::Element) {
            self.element_into(child, key, data, &mut elements)?;
        }
        if elements.is_empty() {
            return Err(Fault::new(node.span(), "set is empty"));
        }
        Ok(Expr::Set(elements.into()))
    }

    /// An element, or the elements of a nested set or variable.
    pub(super) fn element_into(
        &mut self,
        node: Node<'_>,
        key: &[KeyField],
        data: Option<&DataPlace>,
        elements: &mut Vec<Element>,
    ) -> Lowered<()> {
        // A lone variable may stand for a map with its data, too.
        if let Some(variable) = lone_variable(node) {
            return self.variable_elements(variable, key, data, elements);
        }
        let element = self.element(node, key, data)?;
        match element.key {
            Some(Expr::Set(inner)) if element.data.is_none() && element.timeout.is_none() && element.stmts.is_empty() => {
                elements.extend(inner);
            }
            Some(Expr::List(inner)) if element.data.is_none() => elements.extend(inner.into_iter().map(Element::new)),
            Some(Expr::Set(_) | Expr::SetRef(_)) => {
                return Err(Fault::new(node.span(), "a set cannot be the key of an element"));
            }
            _ => elements.push(element),
        }
        Ok(())
    }

    fn element(&mut self, node: Node<'_>, key: &[KeyField], data: Option<&DataPlace>) -> Lowered<Element> {
        let mut element = Element::catch_all();
        let mut has_key = false;
        for child in node.children() {
            match child.kind() {
                K::CatchAll => has_key = true,
                K::Expr if !has_key => {
                    has_key = true;
                    element.key = Some(self.nested(child.span(), |lower| lower.element_key(child, key, data))?);
                }
                K::Expr | K::Verdict => {
                    let Some(place) = data else {
                        return Err(Fault::new(child.span(), "data in a set: only maps have `key : data`"));
                    };
                    element.data = Some(self.element_data(child, place)?);
                }
                _ => self.element_option(child, &mut element)?,
            }
        }
        // A hole may give keys with their data.
        if let (Some(place), None, Some(hole)) = (data, &element.data, element.key.as_ref().and_then(lone_hole)) {
            element.data = Some(hole_data(hole, place, node.span())?);
        }
        if data.is_some() && element.data.is_none() && !matches!(element.key, Some(Expr::Set(_))) {
            return Err(Fault::new(node.span(), "data is missing: elements of maps are `key : data`"));
        }
        Ok(element)
    }

    fn element_key(&mut self, node: Node<'_>, key: &[KeyField], data: Option<&DataPlace>) -> Lowered<Expr> {
        if let Some(set) = node.first().filter(|only| only.kind() == K::Set) {
            return self.set_literal(set, key, data);
        }
        Ok(self.expr(node, key)?.expr)
    }

    /// The key of an element in the packet path: selectors.
    pub(super) fn dynamic_element(
        &mut self,
        node: Node<'_>,
        key: &[KeyField],
        data: Option<&DataPlace>,
    ) -> Lowered<(Element, Fields)> {
        let mut element = Element::catch_all();
        let mut fields = Fields::new();
        let mut has_key = false;
        for child in node.children() {
            match child.kind() {
                K::Expr if !has_key => {
                    has_key = true;
                    let typed = self.expr(child, key)?;
                    fields = typed.fields;
                    if matches!(typed.expr, Expr::Set(_) | Expr::SetRef(_) | Expr::List(_) | Expr::Range(_)) {
                        return Err(Fault::new(child.span(), "a key of a single value is expected"));
                    }
                    element.key = Some(typed.expr);
                }
                K::CatchAll => return Err(Fault::new(child.span(), "a key is expected")),
                K::Expr | K::Verdict => {
                    let Some(place) = data else {
                        return Err(Fault::new(child.span(), "data for a set: only maps have `key : data`"));
                    };
                    element.data = Some(self.element_data(child, place)?);
                }
                _ => {
                    let is_time = matches!(child.kind(), K::Timeout | K::Expires);
                    if child.kind() == K::Comment {
                        return Err(Fault::new(child.span(), "comments are not supported here"));
                    }
                    if is_time && !element.stmts.is_empty() {
                        let message = format!("unexpected `{}` behind a statement", child.text());
                        return Err(Fault::new(child.span(), message).help("write the time before the statements"));
                    }
                    if is_time && child.first().is_some_and(|time| time.text() == "never") {
                        return Err(Fault::new(child.span(), "wrong time format"));
                    }
                    self.element_option(child, &mut element)?;
                }
            }
        }
        Ok((element, fields))
    }

    fn element_data(&mut self, node: Node<'_>, place: &DataPlace) -> Lowered<Expr> {
        match (place, node.kind()) {
            (DataPlace::Verdict, K::Verdict) => Ok(Expr::Verdict(Box::new(self.verdict(node)?))),
            (DataPlace::Verdict | DataPlace::Object, _)
                if node.children().count() == 1 && hole::number(node.text()).is_some() =>
            {
                hole_data(node.text(), place, node.span())
            }
            (DataPlace::Verdict, _) => {
                // A variable may stand for the word of a verdict.
                let text = match node.first() {
                    Some(variable) if variable.kind() == K::Variable => self.variable_text(variable)?,
                    _ => String::new(),
                };
                simple_verdict(&text).map(|verdict| Expr::Verdict(Box::new(verdict))).ok_or_else(|| {
                    Fault::new(node.span(), "a verdict is expected").help("such as `accept`, `drop` or `jump chain`")
                })
            }
            (_, K::Verdict) => Err(Fault::new(node.span(), "unexpected verdict: this is no verdict map")),
            (DataPlace::Object, _) => {
                let name = self.plain_text(node)?;
                self.check_name(&name, node.span())?;
                Ok(Expr::Value(Value { ty: DataType::STRING, repr: Repr::Str(name.into()) }))
            }
            (DataPlace::Values(fields), _) => {
                // Where an address and a port may stand (`dnat to … map`), the port may be left out.
                let parts = node.all(K::OpDot).count() + 1;
                let fields = if parts == 1 && fields.len() > 1 && self.is_port_optional() {
                    fields.get(..1).unwrap_or(fields)
                } else {
                    fields
                };
                Ok(self.nested(node.span(), |lower| lower.expr(node, fields))?.expr)
            }
        }
    }

    /// `timeout 1h`, `expires 5m`, `comment "x"`, `counter`.
    fn element_option(&mut self, node: Node<'_>, element: &mut Element) -> Lowered<()> {
        match node.kind() {
            // Of times that are said twice, the last counts, as with nft.
            K::Timeout => {
                element.timeout = Some(self.time(node)?);
            }
            K::Expires => {
                element.expires = Some(self.time(node)?);
            }
            K::Comment => {
                once(element.comment.is_none(), node)?;
                element.comment = Some(self.comment(node)?);
            }
            K::StmtCounter | K::StmtQuota | K::StmtLimit | K::StmtLast | K::StmtCtCount => {
                let stmt = self.state(node)?;
                element.stmts.push(stmt);
            }
            _ => {}
        }
        Ok(())
    }

    /// `counter`, `quota …`, `limit …`, `last`, `ct count …` with their values.
    pub(super) fn state(&mut self, node: Node<'_>) -> Lowered<Stmt> {
        match self.stmt(node)? {
            stmt @ (Stmt::Counter { .. } | Stmt::Quota(_) | Stmt::Limit(_) | Stmt::Last(_) | Stmt::CtCount(_)) => Ok(stmt),
            _ => Err(Fault::new(node.span(), "elements do not refer to objects like this")),
        }
    }

    /// `comment "…"`.
    pub(super) fn comment(&mut self, node: Node<'_>) -> Lowered<Box<str>> {
        let Some(text) = node.first() else {
            return Err(Fault::new(node.span(), "a comment is missing"));
        };
        let content = expr::literal_text(text);
        if content.len() > LONGEST_COMMENT {
            return Err(Fault::new(text.span(), format!("comment too long, {LONGEST_COMMENT} characters maximum allowed")));
        }
        Ok(content.into())
    }

    /// `accept`, `jump c`.
    pub(super) fn verdict(&mut self, node: Node<'_>) -> Lowered<Verdict> {
        let Some(word) = node.first() else {
            return Err(Fault::new(node.span(), "a verdict is missing"));
        };
        if let Some(verdict) = simple_verdict(word.text()) {
            return Ok(verdict);
        }
        let Some(target) = node.children().nth(1) else {
            return Err(Fault::new(node.span(), "the chain to go to is missing"));
        };
        let name = match target.kind() {
            K::Variable => self.variable_text(target)?,
            _ => target.text().into(),
        };
        let name = JumpTarget::Chain(name_at(ChainName::new(name), target.span())?);
        Ok(if word.text() == "jump" { Verdict::Jump(name) } else { Verdict::Goto(name) })
    }

    /// A map behind a key: `vmap { … }`, `vmap @name`.
    pub(super) fn vmap(&mut self, key: &Typed, node: Node<'_>) -> Lowered<Expr> {
        let Some(inner) = node.first() else {
            return Err(Fault::new(node.span(), "a verdict map is missing"));
        };
        Ok(self.map_operand(key, inner, &DataPlace::Verdict)?.0)
    }
}

fn simple_verdict(word: &str) -> Option<Verdict> {
    Some(match word {
        "accept" => Verdict::Accept,
        "drop" => Verdict::Drop,
        "continue" => Verdict::Continue,
        "return" => Verdict::Return,
        _ => return None,
    })
}

/// The hole that is all of a key.
fn lone_hole(key: &Expr) -> Option<&str> {
    let first = match key {
        Expr::Concat(parts) => parts.first()?,
        single => single,
    };
    match first {
        Expr::Value(Value { repr: Repr::Name(name), .. }) if hole::number(name).is_some() => {
            let is_same = |part: &Expr| matches!(part, Expr::Value(Value { repr: Repr::Name(other), .. }) if other == name);
            let all = match key {
                Expr::Concat(parts) => parts.iter().all(is_same),
                _ => true,
            };
            all.then_some(name)
        }
        _ => None,
    }
}

/// What stands for data that a hole gives: a constant with its spelling as name, whatever the type.
fn hole_data(hole: &str, place: &DataPlace, span: Span) -> Lowered<Expr> {
    let constant = |ty| Expr::Value(Value { ty, repr: Repr::Name(hole.into()) });
    Ok(match place {
        DataPlace::Verdict => constant(DataType::VERDICT),
        DataPlace::Object => constant(DataType::STRING),
        DataPlace::Values(fields) => match &**fields {
            [] => return Err(hole::cannot(span)),
            [field] => constant(field.ty),
            fields => Expr::Concat(fields.iter().map(|field| constant(field.ty)).collect()),
        },
    })
}

/// The variable that is all of an element.
fn lone_variable(node: Node<'_>) -> Option<Node<'_>> {
    let mut children = node.children();
    let key = children.next().filter(|key| key.kind() == K::Expr)?;
    if children.next().is_some() {
        return None;
    }
    let mut operands = key.children();
    let variable = operands.next().filter(|only| only.kind() == K::Variable)?;
    operands.next().is_none().then_some(variable)
}

/// Refuses what is given a second time.
pub(super) fn once(is_first: bool, node: Node<'_>) -> Lowered<()> {
    if is_first {
        return Ok(());
    }
    Err(Fault::new(node.span(), "you can only specify this once; this statement is duplicated"))
}

/// A name, with the place where it was written if it is none.
pub(super) fn name_at<T>(name: Result<T, nft_core::name::NameError>, span: Span) -> Lowered<T> {
    name.map_err(|error| Fault::new(span, error.to_string()))
}
