//! Table blocks.

use nft_core::Span;
use nft_core::model::{Object, Table, TableFlags};
use nft_core::name::ObjectName;
use nft_core::schema::words::TABLE_FLAGS;

use super::context::Lower;
use super::expr;
use super::fault::{Fault, Lowered};
use super::gather::Gathered;
use super::item;
use super::set_literal::{name_at, once};
use super::variable::origin;
use crate::include::Files;
use crate::parse::{Block, Mode, Reader, Step};
use crate::tree::{Node, SyntaxKind as K};

/// The head of a block in a table.
pub(super) struct Nested {
    pub(super) object: String,
    pub(super) name: Box<str>,
    pub(super) span: Span,
}

impl Lower<'_> {
    /// Everything in a table's block.
    pub(super) fn table_block(&mut self, reader: &mut Reader<'_>, files: &mut dyn Files, table: Table) -> Table {
        let entered = self.scopes.enter().map_err(|error| Fault::new(Span::default(), error.to_string()));
        self.keep(entered);
        self.block = Some((self.source, reader.position()));
        let mut gathered = Gathered::new(table);
        self.table_items(reader, files, &mut gathered);
        self.block = None;
        self.scopes.leave();
        gathered.finish()
    }

    fn table_items(&mut self, reader: &mut Reader<'_>, files: &mut dyn Files, table: &mut Gathered) {
        while let Some(step) = self.step(reader) {
            match step {
                Step::Close(_) => return,
                Step::Open(block) => {
                    let head = match reader.node() {
                        Some(node) => nested(node),
                        None => continue,
                    };
                    let Some(head) = self.keep(head) else {
                        self.skip_block(reader);
                        continue;
                    };
                    self.nested_block(block, head, reader, files, table);
                }
                Step::Item => {
                    let Some(node) = reader.node() else { continue };
                    if self.names(node) {
                        continue;
                    }
                    match node.kind() {
                        K::Include => {
                            if let Some(path) = self.include_path(node) {
                                self.include(path, Block::Table, files, &mut |lower, reader, files| {
                                    lower.table_items(reader, files, table);
                                });
                            }
                        }
                        _ => {
                            let done = self.table_clause(node, table.table());
                            self.keep(done);
                        }
                    }
                }
            }
        }
    }

    fn table_clause(&mut self, node: Node<'_>, table: &mut Table) -> Lowered<()> {
        match node.kind() {
            K::Flags => {
                for word in node.all(K::Word) {
                    let Some(flag) = TABLE_FLAGS.number(word.text()) else {
                        return Err(Fault::unknown(
                            word.span(),
                            "table option",
                            word.text(),
                            TABLE_FLAGS.all().map(|(name, _)| name),
                        ));
                    };
                    table.flags |= TableFlags::from_bits_retain(flag);
                }
                Ok(())
            }
            K::Comment => {
                once(table.comment.is_none(), node)?;
                table.comment = Some(self.comment(node)?);
                Ok(())
            }
            _ => Err(Fault::new(node.span(), "this cannot stand in a table")),
        }
    }

    fn nested_block(
        &mut self,
        block: Block,
        head: Nested,
        reader: &mut Reader<'_>,
        files: &mut dyn Files,
        table: &mut Gathered,
    ) {
        let entered = self.scopes.enter().map_err(|error| Fault::new(head.span, error.to_string()));
        self.keep(entered);
        match block {
            Block::Chain => {
                // Blocks of the same chain go on where the one before ended.
                let before = table.take_chain(&head.name);
                if let Some(chain) = self.chain_block(&head, before, reader, files) {
                    table.put_chain(chain);
                }
            }
            Block::Set | Block::Map => {
                if let Some(set) = self.set_block(&head, block, reader, files) {
                    let place = table.table();
                    self.declared.declare_set(place.family, &place.name, &set);
                    table.add_set(set);
                }
            }
            Block::Flowtable => {
                if let Some(flowtable) = self.flowtable_block(&head, reader) {
                    table.add_flowtable(flowtable);
                }
            }
            _ => {
                if let Some(object) = self.object_block(&head, block, reader) {
                    table.add_object(object);
                }
            }
        }
        self.scopes.leave();
    }

    /// Steps over a block that cannot be used.
    pub(super) fn skip_block(&mut self, reader: &mut Reader<'_>) {
        let mut depth = 1;
        while let Some(step) = self.step(reader) {
            match step {
                Step::Open(_) => depth += 1,
                Step::Close(_) => {
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                Step::Item => {}
            }
        }
    }

    /// Looks for sets that the table declares further on; rules may refer to them. Whether it is worth asking again.
    pub(super) fn look_ahead(&mut self, node: Node<'_>) -> bool {
        let Some((source, start)) = self.block.take() else { return false };
        if source != self.source || !self.inside.is_empty() {
            return false;
        }
        let Some(rest) = node.source().get(start..) else { return false };
        let mut reader = Reader::within(rest, Block::Table, Mode::Text);
        let mut current: Option<super::set::Heading> = None;
        while let Some(step) = reader.step() {
            // The end of the table's block is not known to this reader: what follows it does not parse as an item.
            if !reader.diagnostics().is_empty() {
                break;
            }
            match step {
                Step::Open(Block::Set | Block::Map) => {
                    let Some(Ok(head)) = reader.node().map(nested) else { continue };
                    current = Some(super::set::Heading::new(head.name));
                }
                Step::Close(_) => {
                    if let Some(heading) = current.take()
                        && let Some((name, head)) = heading.finish()
                    {
                        let table = self.table.clone();
                        if self.declared.set(self.family, &table, &name).is_none() {
                            self.declared.declare(self.family, &table, &name, head);
                        }
                    }
                }
                Step::Open(_) => {}
                Step::Item => {
                    if let (Some(heading), Some(node)) = (&mut current, reader.node()) {
                        // Errors are reported when the block is reached.
                        let _ = self.heading_clause(node, heading);
                    }
                }
            }
        }
        true
    }
}

/// `chain c`, `ct helper h`.
pub(super) fn nested(node: Node<'_>) -> Lowered<Nested> {
    let name = expr::child(node, K::Name)?;
    name_at(ObjectName::new(name.text()), name.span())?;
    Ok(Nested { object: item::words(expr::child(node, K::Object)?.text()), name: name.text().into(), span: node.span() })
}

impl Nested {
    /// Where it was written.
    pub(super) const fn origin(&self, source: u32) -> nft_core::model::Origin {
        origin(source, self.span)
    }

    /// An object of that name.
    pub(super) fn object(&self, kind: nft_core::model::ObjectKind, source: u32) -> Lowered<Object> {
        let mut object = Object::new(name_at(ObjectName::new(self.name.clone()), self.span)?, kind);
        object.origin = self.origin(source);
        Ok(object)
    }
}
