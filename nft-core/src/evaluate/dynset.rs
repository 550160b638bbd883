//! Changes of sets from the packet path.

use super::selector::Settle;
use super::set::{Parts, has_constant};
use super::stmt::stateful;
use super::term::{self, Step};
use super::{Evaluator, in_operand, source};
use crate::bytecode::{self, Register, Text};
use crate::error::{Error, Operand};
use crate::model::{DynsetOp, Expr, KeyField, MapData, SetFlags, SetStmt};
use crate::schema::DataType;

/// `NFT_DYNSET_F_EXPR`: there is a list of statements.
const SEVERAL: u32 = 2;

impl<'r> Evaluator<'_, 'r> {
    pub(super) fn dynset(&mut self, set: &'r SetStmt) -> Result<(), Error> {
        let element = &set.element;
        let Some(key) = &element.key else { return Err(source("a rule cannot add `*`")) };
        let known = match set.meter {
            None if has_constant(key) => self.head(&set.set)?.key.fields_in(self.cx.family),
            _ => Vec::new(),
        };
        let parts = self.parts_of(key, &known).map_err(in_operand(Operand::Left))?;
        let mut id = 0;
        let (key, data, op) = if let Some(size) = set.meter {
            let op = if element.timeout.is_some() { DynsetOp::Update } else { DynsetOp::Add };
            let fields: Vec<KeyField> = parts.iter().map(|part| part.field).collect();
            if self.cx.declarations.set(self.cx.family, self.cx.table, set.set.as_str()).is_none() {
                id = self.next_set();
                self.sets.push(crate::set::meter(&set.set, &fields, size, element.timeout.is_some(), id)?);
            }
            (self.key_for(parts, &[], false)?, None, op)
        } else {
            let head = self.head(&set.set)?;
            let fields = head.key.fields_in(self.cx.family);
            let interval = head.flags.contains(SetFlags::INTERVAL);
            let key = self.dynset_key(key, parts, &fields, interval).map_err(in_operand(Operand::Left))?;
            let data = match (&element.data, &head.data) {
                (None, _) => None,
                (Some(data), Some(MapData::Value { ty, .. })) => {
                    let fields = ty.fields_in(self.cx.family);
                    Some(self.dynset_data(data, &fields).map_err(in_operand(Operand::Right))?)
                }
                (Some(_), Some(_)) => return Err(source("a rule can only add values to a map")),
                (Some(_), None) => return Err(source("mapping outside of map context")),
            };
            (key, data, set.op)
        };
        let mut statements = element.stmts.iter().map(stateful).collect::<Result<Vec<_>, _>>()?;
        let (expr, expressions, flags) = match statements.len() {
            0 => (None, Vec::new(), None),
            1 => (statements.pop().map(Box::new), Vec::new(), None),
            _ => (None, statements, Some(SEVERAL)),
        };
        let instruction = bytecode::Dynset {
            sreg_key: Register::R1,
            sreg_data: None,
            op: match op {
                DynsetOp::Add => bytecode::DynsetOp::ADD,
                DynsetOp::Update => bytecode::DynsetOp::UPDATE,
                DynsetOp::Delete => bytecode::DynsetOp::DELETE,
            },
            timeout: element.timeout.filter(|timeout| *timeout != 0),
            set_name: Text::new(set.set.as_str()),
            set_id: Some(id),
            expr,
            expressions,
            flags,
        };
        self.steps.push(Step::Dynset(Box::new(term::Dynset { key, data, instruction })));
        Ok(())
    }

    /// The key: marks take any number, as if it were assigned to one.
    fn dynset_key(&self, expr: &Expr, mut parts: Parts, fields: &[KeyField], interval: bool) -> Result<term::Term, Error> {
        if let ([part], [field]) = (&mut *parts, fields)
            && field.ty == DataType::MARK
            && part.field.ty != DataType::MARK
        {
            super::convert::check(expr, part, *field)?;
            part.widen(*field);
            part.make(field.order);
            part.field = *field;
        }
        self.key_for(parts, fields, interval)
    }

    fn dynset_data(&mut self, data: &'r Expr, fields: &[KeyField]) -> Result<term::Term, Error> {
        match (data, fields) {
            (Expr::Concat(parts), fields) if parts.len() == fields.len() => {
                let parts: Parts = parts
                    .iter()
                    .zip(fields)
                    .map(|(part, field)| self.assigned_typed(part, *field))
                    .collect::<Result<_, _>>()?;
                Ok(super::selector::concat(parts, Settle::Host).term)
            }
            (data, [field]) => self.assigned(data, *field),
            _ => Err(source("datatype mismatch: the map's data have another number of fields")),
        }
    }
}
