//! Statements that change sets: `add @s { … }`, `meter`.

use nft_core::model::{DynsetOp, SetFlags, SetStmt};
use nft_core::name::SetName;

use crate::lower::context::Lower;
use crate::lower::expr;
use crate::lower::fault::{Fault, Lowered};
use crate::lower::place::{self, DataPlace, Fields};
use crate::lower::set_literal::name_at;
use crate::tree::{Node, SyntaxKind as K};

impl Lower<'_> {
    /// `add @s { ip saddr timeout 5s : 1 }`, `set add ip saddr @s`.
    pub(super) fn dynset(&mut self, node: Node<'_>) -> Lowered<SetStmt> {
        let word = expr::child(node, K::DynsetWord)?;
        let op = match word.text() {
            "add" => DynsetOp::Add,
            "update" => DynsetOp::Update,
            _ => DynsetOp::Delete,
        };
        let set_ref = expr::child(node, K::SetRef)?;
        if let Some(name) = expr::set_of_hole(set_ref)? {
            // What the set is, the push finds out.
            let (element, _) = self.dynamic_element(self.only_element(node)?, &[], Some(&DataPlace::Values(Fields::new())))?;
            return Ok(SetStmt::new(op, name, element));
        }
        let (name, head) = self.declared_set(set_ref)?;
        let key = place::of_key(&head.key, self.family);
        let data = place::of_data(&head, self.family);
        let element_node = self.only_element(node)?;
        let (element, fields) = self.dynamic_element(element_node, &key, data.as_ref())?;
        if node.kind() == K::StmtDynsetOld && !element.stmts.is_empty() {
            return Err(Fault::new(element_node.span(), "unexpected statement: this older form takes none"));
        }
        if let Some(expr) = &element.key {
            // The message speaks of the set first.
            // A mark takes any number, as where it is assigned.
            place::check_key(expr, &fields, &key, true, element_node.span()).map_err(|_| {
                let (set, have) = (place::describe(&key), place::describe(&fields));
                Fault::new(element_node.span(), format!("datatype mismatch: expected {set}, expression has type {have}"))
            })?;
        }
        if data.is_some() && element.data.is_none() && op != DynsetOp::Delete {
            return Err(Fault::new(node.span(), format!("`{name}` is a map: write `key : data`")));
        }
        if data.is_none() && !head.flags.contains(SetFlags::DYNAMIC) {
            self.dynamic.insert((self.family, self.table.clone(), name.clone()));
        }
        Ok(SetStmt::new(op, name, element))
    }

    /// `meter m size 100 { ip saddr limit rate 1/second }`.
    pub(super) fn meter(&mut self, node: Node<'_>) -> Lowered<SetStmt> {
        let name = expr::child(node, K::Name)?;
        let size = match node.child(K::SetSize) {
            Some(size) => self.number(size, u64::from(u32::MAX))?,
            None => 0,
        };
        let element = self.only_element(node)?;
        let (element, _) = self.dynamic_element(element, &[], None)?;
        if element.stmts.is_empty() {
            return Err(Fault::new(node.span(), "a meter needs a statement for its elements"));
        }
        if element.stmts.len() > 1 {
            return Err(Fault::new(node.span(), "a meter has one statement for its elements"));
        }
        let op = if element.timeout.is_some() { DynsetOp::Update } else { DynsetOp::Add };
        let mut stmt = SetStmt::new(op, name_at(SetName::new(name.text()), name.span())?, element);
        stmt.meter = Some(u32::try_from(size).unwrap_or(u32::MAX));
        Ok(stmt)
    }

    /// The element of a statement: there is exactly one.
    fn only_element<'t>(&self, node: Node<'t>) -> Lowered<Node<'t>> {
        let holder = node.child(K::Set).unwrap_or(node);
        let mut elements = holder.all(K::Element);
        let first = expr::required(node, elements.next())?;
        match elements.next() {
            None => Ok(first),
            Some(more) => Err(Fault::new(more.span(), "only one element can be added at a time")),
        }
    }
}
