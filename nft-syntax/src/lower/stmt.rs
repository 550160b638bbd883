//! Statements.

mod dynset;
mod expression;
mod limit;
mod log;
mod nat;
mod other;

use nft_core::model::{Expr, JumpTarget, ObjectRef, ObjectType, Rule, Stmt, Verdict};
use nft_core::name::{FlowtableName, ObjectName};

use super::context::Lower;
use super::expr;
use super::fault::{Fault, Lowered};
use super::place::DataPlace;
use super::set_literal::name_at;
use super::variable::origin;
use crate::tree::{Node, SyntaxKind as K};

impl Lower<'_> {
    /// A rule; nothing if something is wrong with it, which is reported then.
    pub(crate) fn rule(&mut self, node: Node<'_>) -> Option<Rule> {
        let failed = self.diagnostics.len();
        self.start_rule();
        let mut rule = Rule::new(Vec::with_capacity(node.children().count()));
        rule.origin = origin(self.source, node.span());
        let mut is_over = false;
        for child in node.children() {
            if child.kind() == K::Comment {
                let comment = self.comment(child);
                rule.comment = self.keep(comment);
                continue;
            }
            if is_over {
                self.report(Fault::new(child.span(), "statement after terminal statement has no effect"));
            }
            let lowered = self.stmt(child);
            if let Some(stmt) = self.keep(lowered) {
                is_over |= stmt.is_terminal();
                if let Stmt::Match(found) = &stmt {
                    self.learn(found);
                }
                rule.stmts.push(stmt);
            }
        }
        (self.diagnostics.len() == failed).then_some(rule)
    }

    /// One statement.
    pub(super) fn stmt(&mut self, node: Node<'_>) -> Lowered<Stmt> {
        Ok(match node.kind() {
            K::StmtExpr => self.expression(node)?,
            K::StmtVerdict => Stmt::Verdict(self.verdict(expr::required(node, node.first())?)?),
            K::StmtBlock => Stmt::Verdict(self.block(node)?),
            K::StmtCounter => match node.child(K::Named) {
                Some(named) => self.named(named, ObjectType::COUNTER)?,
                None => self.counter(node)?,
            },
            K::StmtQuota => match node.child(K::Named) {
                Some(named) => self.named(named, ObjectType::QUOTA)?,
                None => Stmt::Quota(self.quota(node)?),
            },
            K::StmtLimit => match node.child(K::Named) {
                Some(named) => self.named(named, ObjectType::LIMIT)?,
                None => Stmt::Limit(self.limit(node)?),
            },
            K::StmtSynproxy => match node.child(K::Named) {
                Some(named) => self.named(named, ObjectType::SYNPROXY)?,
                None => Stmt::Synproxy(self.synproxy(node)?),
            },
            K::StmtTunnel => self.named(expr::child(node, K::Named)?, ObjectType::TUNNEL)?,
            K::StmtLast => Stmt::Last(self.last(node)?),
            K::StmtCtCount => Stmt::CtCount(self.ct_count(node)?),
            K::StmtLog => Stmt::Log(Box::new(self.log(node)?)),
            K::StmtReject => Stmt::Reject(self.reject(node)?),
            K::StmtNat | K::StmtMasquerade | K::StmtRedirect => Stmt::Nat(Box::new(self.nat(node)?)),
            K::StmtTproxy => Stmt::Tproxy(Box::new(self.tproxy(node)?)),
            K::StmtQueue => Stmt::Queue(Box::new(self.queue(node)?)),
            K::StmtDup => Stmt::Dup(Box::new(self.dup(node)?)),
            K::StmtFwd => Stmt::Fwd(Box::new(self.fwd(node)?)),
            K::StmtNotrack => Stmt::Notrack,
            K::StmtFlow => {
                let name = expr::child(expr::child(node, K::SetRef)?, K::Name)?;
                Stmt::FlowAdd(name_at(FlowtableName::new(name.text()), name.span())?)
            }
            K::StmtDynset | K::StmtDynsetOld => Stmt::Set(Box::new(self.dynset(node)?)),
            K::StmtMeter => Stmt::Set(Box::new(self.meter(node)?)),
            K::StmtReset => self.reset(node)?,
            K::StmtXt => {
                return Err(
                    Fault::new(node.span(), "unsupported xtables compat expression").help("use iptables-nft with this ruleset")
                );
            }
            _ => return Err(Fault::new(node.span(), "a statement is expected here")),
        })
    }

    /// `jump { … }`.
    fn block(&mut self, node: Node<'_>) -> Lowered<Verdict> {
        if self.in_block {
            return Err(Fault::new(node.span(), "anonymous chains cannot be nested"));
        }
        self.scopes.enter().map_err(|error| Fault::new(node.span(), error.to_string()))?;
        self.in_block = true;
        let mut rules = Vec::new();
        for child in node.children() {
            match child.kind() {
                K::Rule => rules.extend(self.rule(child)),
                K::Define => {
                    let defined = self.define(child);
                    self.keep(defined);
                }
                K::Undefine => {
                    let undefined = self.undefine(child);
                    self.keep(undefined);
                }
                K::Include => self.report(Fault::new(child.span(), "files cannot be included in anonymous chains")),
                _ => {}
            }
        }
        self.in_block = false;
        self.scopes.leave();
        let target = JumpTarget::Block(rules.into());
        let word = expr::child(node, K::JumpWord)?;
        Ok(if word.text() == "jump" { Verdict::Jump(target) } else { Verdict::Goto(target) })
    }

    /// `name x`, `name tcp dport map { … }`.
    fn named(&mut self, node: Node<'_>, ty: ObjectType) -> Lowered<Stmt> {
        let value = expr::required(node, node.first())?;
        self.object_ref(value, ty)
    }

    /// An object by its name or by a map.
    fn object_ref(&mut self, value: Node<'_>, ty: ObjectType) -> Lowered<Stmt> {
        if let Some(typed) = self.mapped(value, DataPlace::Object)? {
            self.check_object_map(&typed.expr, ty, value)?;
            return Ok(Stmt::ObjectRef(Box::new(ObjectRef::mapped(ty, typed.expr))));
        }
        let name = self.plain_text(value)?;
        let name = name_at(ObjectName::new(name), value.span())?;
        Ok(Stmt::ObjectRef(Box::new(ObjectRef::named(ty, name))))
    }

    fn check_object_map(&self, expr: &Expr, ty: ObjectType, node: Node<'_>) -> Lowered<()> {
        let Expr::Map(map) = expr else { return Ok(()) };
        let Expr::SetRef(name) = &map.map else { return Ok(()) };
        match self.declared.set(self.family, &self.table, name).and_then(|head| head.data.clone()) {
            Some(nft_core::model::MapData::Object(found)) if found != ty => {
                Err(Fault::new(node.span(), format!("`{name}` is no map of {}", ty.name().unwrap_or("such objects"))))
            }
            _ => Ok(()),
        }
    }
}
