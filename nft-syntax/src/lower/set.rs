//! Sets and maps: blocks, and the elements of commands.

use nft_core::model::{Element, Elements, Expr, KeyType, Layout, MapData, ObjectType, Repr, Set, SetFlags, Stmt};
use nft_core::name::SetName;
use nft_core::schema::words::{SET_FLAGS, SET_POLICIES};
use nft_core::schema::{DataType, Family};
use nft_core::{SetHead, Span};

use super::context::Lower;
use super::expr;
use super::fault::{Fault, Lowered};
use super::hole;
use super::place::{self, DataPlace, Fields};
use super::set_literal::{name_at, once};
use super::table::Nested;
use super::variable;
use crate::elements::Scanner;
use crate::include::Files;
use crate::parse::{self, Block, Fragment, Reader, Step};
use crate::tree::{Node, SyntaxKind as K, Tree};

/// Bytes of a key, of data: registers end there.
const WIDEST: u32 = 64;

/// What a block says of a set before its elements are read.
pub(super) struct Heading {
    name: Box<str>,
    key: Option<KeyType>,
    data: Option<MapData>,
    flags: SetFlags,
    timeout: Option<u64>,
    auto_merge: bool,
}

/// Elements that wait until the type is known: clauses come in any order.
enum Pending {
    /// In braces, there.
    List(Span),
    /// A variable.
    Variable(Box<str>, Span),
    /// A list of an included file: its text, that file, and where the list stands in it.
    Included(String, u32, Span),
}

/// What else clauses say.
#[derive(Default)]
struct Clauses {
    gc_interval: Option<u32>,
    size: Option<u32>,
    policy: Option<u32>,
    stmts: Vec<Stmt>,
    comment: Option<Box<str>>,
    has_flags: bool,
    pending: Option<Pending>,
}

/// Where elements go: the set's types, and what is packed.
pub(super) struct Target {
    key: Fields,
    data: Option<DataPlace>,
    scanner: Scanner,
    /// What statements elements may have; nothing where rules add elements and bring their own.
    stmts: Option<Box<[&'static str]>>,
}

impl Heading {
    pub(super) const fn new(name: Box<str>) -> Self {
        Self { name, key: None, data: None, flags: SetFlags::empty(), timeout: None, auto_merge: false }
    }

    /// The head of the set, if it has a type.
    pub(super) fn finish(self) -> Option<(Box<str>, SetHead)> {
        let mut set = Set::new(SetName::new(self.name.clone()).ok()?, self.key?);
        set.data = self.data;
        set.flags = self.flags;
        set.timeout = self.timeout;
        set.auto_merge = self.auto_merge;
        Some((self.name, SetHead::from(&set)))
    }
}

impl Target {
    pub(super) fn new(head: &SetHead, family: Family, elements: &Elements) -> Self {
        let fields = place::of_key(&head.key, family);
        let data = head.data.as_ref().map(|data| place::data(data, family));
        let plain = match &data {
            Some(DataPlace::Values(fields)) => Some(&**fields),
            _ => None,
        };
        let scanner = Scanner::new(&fields, plain, elements).with_ranges(head.flags.contains(SetFlags::INTERVAL));
        let open = head.flags.contains(SetFlags::DYNAMIC) && head.stmts.is_empty();
        let stmts = (!open).then(|| head.stmts.iter().map(state_name).collect());
        Self { key: fields, data, scanner, stmts }
    }

    /// Refuses an element whose statements are not those of its set.
    fn check_statements(&self, element: Node<'_>) -> Lowered<()> {
        let is_state = |kind| matches!(kind, K::StmtCounter | K::StmtQuota | K::StmtLimit | K::StmtLast | K::StmtCtCount);
        let mut written = element.children().filter(|child| is_state(child.kind())).peekable();
        let (Some(first), Some(expected)) = (written.peek().copied(), self.stmts.as_deref()) else { return Ok(()) };
        if expected.is_empty() {
            let kind = if self.data.is_some() { "map" } else { "set" };
            return Err(Fault::new(first.span(), format!("missing statement in {kind} declaration")));
        }
        let count = written.clone().count();
        if count != expected.len() {
            let place = element.first().unwrap_or(first).span();
            let message = format!("number of statements mismatch, set expects {} but element has {count}", expected.len());
            return Err(Fault::new(place, message));
        }
        for (stmt, expected) in written.zip(expected) {
            let found = state_word(stmt.kind());
            if found != *expected {
                return Err(Fault::new(
                    stmt.span(),
                    format!("statement mismatch, element expects {found}, but set has type {expected}"),
                ));
            }
        }
        Ok(())
    }
}

impl Lower<'_> {
    /// A set's or map's block.
    pub(super) fn set_block(
        &mut self,
        head: &Nested,
        block: Block,
        reader: &mut Reader<'_>,
        files: &mut dyn Files,
    ) -> Option<Set> {
        let mut heading = Heading::new(head.name.clone());
        let mut clauses = Clauses::default();
        let failed = self.diagnostics.len();
        while let Some(step) = self.step(reader) {
            if matches!(step, Step::Close(_)) {
                break;
            }
            let Some(node) = reader.node() else { continue };
            match node.kind() {
                K::Include => {
                    if let Some(path) = self.include_path(node) {
                        self.include(path, block, files, &mut |lower, reader, _| {
                            while lower.step(reader).is_some() {
                                let Some(node) = reader.node() else { continue };
                                if lower.names(node) {
                                    continue;
                                }
                                let done = lower.set_clause(node, &mut heading, &mut clauses);
                                lower.keep(done);
                                // The text of the list is needed when the type is known, and the file is gone by then.
                                if let Some(Pending::List(span)) = clauses.pending {
                                    let list = node.source().get(span.range()).unwrap_or_default().to_owned();
                                    clauses.pending = Some(Pending::Included(list, lower.source, span));
                                }
                            }
                        });
                    }
                }
                _ if self.names(node) => {}
                _ => {
                    let done = self.set_clause(node, &mut heading, &mut clauses);
                    self.keep(done);
                }
            }
        }
        let whole_failed = self.diagnostics.len() != failed;
        let set = self.finish_set(head, block, heading, clauses, reader.text(), whole_failed);
        self.keep(set).flatten()
    }

    /// Clauses that make the type.
    pub(super) fn heading_clause(&mut self, node: Node<'_>, heading: &mut Heading) -> Lowered<bool> {
        match node.kind() {
            K::SetType => {
                once(heading.key.is_none(), node)?;
                heading.key = Some(KeyType::Types(self.types(node)?.into()));
                if let Some(data) = node.child(K::MapData) {
                    heading.data = Some(self.map_data(data)?);
                }
            }
            K::SetTypeof => {
                once(heading.key.is_none(), node)?;
                let typed = self.typeof_expr(expr::child(node, K::Lhs)?)?;
                heading.key = Some(KeyType::Typeof(Box::new(typed)));
                if let Some(data) = node.child(K::TypeofData) {
                    heading.data = Some(self.typeof_data(data)?);
                }
            }
            K::Flags => {
                for word in node.all(K::Word) {
                    let Some(flag) = SET_FLAGS.number(word.text()) else {
                        return Err(Fault::unknown(
                            word.span(),
                            "set flag",
                            word.text(),
                            SET_FLAGS.all().map(|(name, _)| name),
                        ));
                    };
                    heading.flags |= SetFlags::from_bits_retain(flag);
                }
            }
            K::Timeout => {
                once(heading.timeout.is_none(), node)?;
                heading.timeout = Some(self.time(node)?);
            }
            K::AutoMerge => heading.auto_merge = true,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn set_clause(&mut self, node: Node<'_>, heading: &mut Heading, clauses: &mut Clauses) -> Lowered<()> {
        if node.kind() == K::Flags {
            once(!clauses.has_flags, node)?;
            clauses.has_flags = true;
        }
        if self.heading_clause(node, heading)? {
            return Ok(());
        }
        match node.kind() {
            K::GcInterval => {
                once(clauses.gc_interval.is_none(), node)?;
                let time = self.time(node)?;
                clauses.gc_interval =
                    Some(hole::narrow(time, self.holes).ok_or_else(|| Fault::new(node.span(), "value too large"))?);
            }
            K::SetSize => {
                once(clauses.size.is_none(), node)?;
                clauses.size = u32::try_from(self.number(node, u64::from(u32::MAX))?).ok();
            }
            K::Policy => {
                once(clauses.policy.is_none(), node)?;
                let word = expr::required(node, node.first())?;
                let text = self.literal_text(word)?;
                let known = SET_POLICIES.all().map(|(name, _)| name);
                clauses.policy =
                    Some(SET_POLICIES.number(&text).ok_or_else(|| Fault::unknown(word.span(), "set policy", &text, known))?);
            }
            K::Comment => {
                once(clauses.comment.is_none(), node)?;
                clauses.comment = Some(self.comment(node)?);
            }
            K::StmtCounter | K::StmtQuota | K::StmtLimit | K::StmtLast | K::StmtCtCount => {
                let stmt = self.state(node)?;
                clauses.stmts.push(stmt);
            }
            K::SetElements => {
                once(clauses.pending.is_none(), node)?;
                let value = expr::required(node, node.first())?;
                clauses.pending = Some(match value.kind() {
                    K::Variable => Pending::Variable(value.text().trim_start_matches('$').into(), value.span()),
                    _ => Pending::List(value.span()),
                });
            }
            _ => return Err(Fault::new(node.span(), "this cannot stand in a set")),
        }
        Ok(())
    }

    fn finish_set(
        &mut self,
        head: &Nested,
        block: Block,
        heading: Heading,
        clauses: Clauses,
        text: &str,
        failed: bool,
    ) -> Lowered<Option<Set>> {
        let name = name_at(SetName::new(head.name.clone()), head.span)?;
        let Some(key) = heading.key else {
            if failed {
                return Ok(None);
            }
            return Err(
                Fault::new(head.span, "the type of the keys is missing").help("write `type ipv4_addr` or `typeof ip saddr`")
            );
        };
        match (block, &heading.data) {
            (Block::Map, None) => {
                return Err(Fault::new(head.span, "the type of the data is missing").help("write `type ipv4_addr : verdict`"));
            }
            (Block::Set, Some(_)) => return Err(Fault::new(head.span, "a set has no data: this is a map")),
            _ => {}
        }
        self.check_width(&key, head.span)?;
        let mut set = match heading.data {
            None => Set::new(name, key),
            Some(data) => Set::map(name, key, data),
        };
        set.flags = heading.flags;
        set.timeout = heading.timeout;
        set.auto_merge = heading.auto_merge;
        set.gc_interval = clauses.gc_interval;
        set.size = clauses.size;
        set.policy = clauses.policy;
        set.stmts = clauses.stmts;
        set.comment = clauses.comment;
        set.origin = head.origin(self.source);
        if set.auto_merge && !set.is_interval() {
            return Err(Fault::new(head.span, "auto-merge only works with interval sets").help("add `flags interval`"));
        }
        let mut elements = std::mem::take(&mut set.elements);
        if elements.layout() == Layout::default() {
            elements = Elements::new(Layout::new(set.key.layout_width(), set.data.as_ref().map_or(0, MapData::layout_width)));
        }
        let target = Target::new(&SetHead::from(&set), self.family, &elements);
        let is_interval = set.is_interval();
        match clauses.pending {
            None => {}
            Some(Pending::List(span)) => {
                self.element_list(text, span, &target, &mut elements)?;
                check_intervals(&elements, is_interval, &target, (text, span))?;
            }
            Some(Pending::Variable(name, span)) => {
                self.element_variable(&name, span, &target, &mut elements)?;
                check_intervals(&elements, is_interval, &target, (text, span))?;
            }
            Some(Pending::Included(list, source, span)) => {
                let whole = Span::new(0, span.end - span.start);
                self.element_list(&list, whole, &target, &mut elements)
                    .and_then(|()| check_intervals(&elements, is_interval, &target, (&list, whole)))
                    .map_err(|fault| fault.inside(source, span.start))?;
            }
        }
        set.elements = elements;
        Ok(Some(set))
    }

    /// Refuses keys that no registers hold.
    fn check_width(&self, key: &KeyType, span: Span) -> Lowered<()> {
        let fields = place::of_key(key, self.family);
        if fields.is_empty() || fields.iter().any(|field| field.bits == 0) {
            return Err(Fault::new(span, "the keys of this set have no width")
                .help("try `typeof expression` instead of `type datatype`"));
        }
        let bytes: u32 = fields.iter().map(|field| field.bytes().next_multiple_of(4)).sum();
        if fields.len() > 1 && bytes > WIDEST {
            return Err(Fault::new(
                span,
                format!("concatenation of {} bits is too large, maximum size is {}", bytes * 8, WIDEST * 8),
            ));
        }
        Ok(())
    }

    /// `ipv4_addr . inet_service`.
    fn types(&mut self, node: Node<'_>) -> Lowered<Vec<DataType>> {
        node.all(K::Datatype).map(|word| data_type(word, true)).collect()
    }

    fn map_data(&mut self, node: Node<'_>) -> Lowered<MapData> {
        if let Some(object) = node.child(K::CtObject) {
            return object_data(object);
        }
        let interval = node.child(K::Interval).is_some();
        let first = expr::child(node, K::Datatype)?;
        match first.text() {
            "verdict" => return Ok(MapData::Verdict),
            word if ObjectType::by_name(word).is_some() => return object_data(first),
            _ => {}
        }
        let types = node.all(K::Datatype).map(|word| data_type(word, true)).collect::<Lowered<Vec<_>>>()?;
        Ok(MapData::Value { ty: KeyType::Types(types.into()), interval })
    }

    fn typeof_data(&mut self, node: Node<'_>) -> Lowered<MapData> {
        if let Some(object) = node.child(K::CtObject) {
            return object_data(object);
        }
        if let Some(word) = node.child(K::ObjectData) {
            return match word.text() {
                "verdict" => Ok(MapData::Verdict),
                "queue" => Ok(MapData::Queue),
                _ => object_data(word),
            };
        }
        let expr = self.typeof_expr(expr::child(node, K::Lhs)?)?;
        Ok(MapData::Value { ty: KeyType::Typeof(Box::new(expr)), interval: node.child(K::Interval).is_some() })
    }

    /// A selector, or a concatenation of them, for its type.
    fn typeof_expr(&mut self, node: Node<'_>) -> Lowered<Expr> {
        self.start_rule();
        let is_odd = |kind| {
            use K::{Map, Number, OpAnd, OpDash, OpOr, OpShl, OpShr, OpSlash, OpXor, Paren};
            matches!(kind, Map | Number | OpAnd | OpDash | OpOr | OpShl | OpShr | OpSlash | OpXor | Paren)
        };
        if let Some(odd) = node.children().find(|child| is_odd(child.kind())) {
            return Err(Fault::new(odd.span(), "unexpected operator or value: `typeof` takes selectors, with dots between"));
        }
        let typed = self.expr(node, &[])?;
        if typed.fields.is_empty() {
            return Err(Fault::new(node.span(), "this expression has no type"));
        }
        Ok(typed.expr)
    }

    /// A list in braces that stands at `span` of the text.
    pub(super) fn element_list(&mut self, text: &str, span: Span, target: &Target, elements: &mut Elements) -> Lowered<()> {
        let start = span.start as usize + 1;
        let Some(list) = text.get(start..(span.end as usize).saturating_sub(1)) else { return Ok(()) };
        let before = elements.len();
        let mut tree = Tree::default();
        let mut first: Option<Fault> = None;
        target.scanner.read(list, elements, &mut |range, elements| {
            if first.is_some() {
                return;
            }
            let at = start + range.start;
            if let Err(fault) = self.odd_element(text, at, at + range.len(), target, &mut tree, elements) {
                first = Some(fault);
            }
        });
        match first {
            Some(fault) => Err(fault),
            None if elements.len() == before && !list.contains('$') => Err(Fault::new(span, "unexpected `}`: set is empty")),
            None => Ok(()),
        }
    }

    fn odd_element(
        &mut self,
        text: &str,
        start: usize,
        end: usize,
        target: &Target,
        tree: &mut Tree,
        elements: &mut Elements,
    ) -> Lowered<()> {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        if start == end {
            return Err(Fault::new(Span::new(place(start), place(end + 1)), "an element is missing"));
        }
        let behind = parse::fragment(Fragment::Element, text, start, tree).map_err(|error| variable::fault_of(&error))?;
        if behind < end {
            let rest = text.get(behind..end).unwrap_or_default();
            let blanks = rest.len() - rest.trim_start().len();
            return Err(Fault::new(Span::new(place(behind + blanks), place(end)), "unexpected text behind the element"));
        }
        let Some(node) = tree.at(0, text) else { return Ok(()) };
        target.check_statements(node)?;
        let mut found: Vec<Element> = Vec::new();
        self.element_into(node, &target.key, target.data.as_ref(), &mut found)?;
        for element in found {
            target.scanner.push(element, elements);
        }
        Ok(())
    }

    /// The elements that a variable stands for.
    pub(super) fn element_variable(&mut self, name: &str, span: Span, target: &Target, elements: &mut Elements) -> Lowered<()> {
        self.with_value_of(name, span, |lower, value| match value.kind() {
            K::Elements => lower.element_list_or_empty(value, target, elements),
            _ => {
                if let Some(inner) = variable::only_variable(value) {
                    let name = inner.text().trim_start_matches('$');
                    return lower.element_variable(name, inner.span(), target, elements);
                }
                match lower.right(value, &target.key)? {
                    Expr::List(members) => members.into_iter().for_each(|key| target.scanner.push(Element::new(key), elements)),
                    Expr::Set(members) => members.into_iter().for_each(|element| target.scanner.push(element, elements)),
                    key => target.scanner.push(Element::new(key), elements),
                }
                Ok(())
            }
        })
    }

    /// `define X = { }` is allowed.
    fn element_list_or_empty(&mut self, value: Node<'_>, target: &Target, elements: &mut Elements) -> Lowered<()> {
        if value.text().trim_matches(['{', '}', ' ', '\t', '\n']).is_empty() {
            return Ok(());
        }
        self.element_list(value.source(), value.span(), target, elements)
    }

    /// The elements of a command: `add element ip t s { … }`.
    pub(super) fn element_body(&mut self, body: Node<'_>, head: &SetHead) -> Lowered<Elements> {
        let data = head.data.as_ref();
        let mut elements = Elements::new(Layout::new(head.key.layout_width(), data.map_or(0, MapData::layout_width)));
        let target = Target::new(head, self.family, &elements);
        let value = expr::required(body, body.first())?;
        match value.kind() {
            K::Variable => {
                self.element_variable(value.text().trim_start_matches('$'), value.span(), &target, &mut elements)?;
            }
            _ => self.element_list(value.source(), value.span(), &target, &mut elements)?,
        }
        let is_interval = head.flags.contains(SetFlags::INTERVAL);
        check_intervals(&elements, is_interval, &target, (value.source(), value.span()))?;
        Ok(elements)
    }

    /// The same to delete, get or reset them: maps need no data.
    pub(super) fn element_keys(&mut self, body: Node<'_>, head: &SetHead) -> Lowered<Elements> {
        let value = expr::required(body, body.first())?;
        // With data if they are written, else as keys of a set.
        let mut without = head.clone();
        without.data = None;
        let kept = self.diagnostics.len();
        match self.element_body(body, &without) {
            Ok(elements) => Ok(elements),
            Err(fault) if head.data.is_some() => {
                self.diagnostics.truncate(kept);
                self.element_body(body, head).map_err(|_| fault)
            }
            Err(fault) => Err(fault),
        }
        .and_then(
            |elements| {
                if elements.is_empty() { Err(Fault::new(value.span(), "set is empty")) } else { Ok(elements) }
            },
        )
    }
}

/// What nft calls the statement.
const fn state_name(stmt: &Stmt) -> &'static str {
    match stmt {
        Stmt::Counter { .. } => "counter",
        Stmt::Quota(_) => "quota",
        Stmt::Limit(_) => "limit",
        Stmt::Last(_) => "last",
        _ => "connlimit",
    }
}

/// The same of what is written.
const fn state_word(kind: K) -> &'static str {
    match kind {
        K::StmtCounter => "counter",
        K::StmtQuota => "quota",
        K::StmtLimit => "limit",
        K::StmtLast => "last",
        _ => "connlimit",
    }
}

/// The data type of that name, with a width of its own.
fn data_type(word: Node<'_>, sized: bool) -> Lowered<DataType> {
    let Some(ty) = DataType::by_name(word.text()) else {
        return Err(Fault::unknown(word.span(), "datatype", word.text(), DataType::numbered().map(DataType::name)));
    };
    // To nft these words are keys of `meta`, and no types.
    if ty == DataType::DAY || ty == DataType::HOUR {
        return Err(Fault::new(word.span(), format!("unexpected `{ty}`: this type has no name here"))
            .help(format!("write `typeof meta {ty}`")));
    }
    if sized && ty.bits() == 0 {
        return Err(Fault::new(word.span(), format!("unqualified type {ty} specified in set definition"))
            .help("try `typeof expression` instead of `type datatype`"));
    }
    Ok(ty)
}

fn object_data(node: Node<'_>) -> Lowered<MapData> {
    let name = super::item::words(node.text());
    ObjectType::by_name(&name)
        .map(MapData::Object)
        .ok_or_else(|| Fault::new(node.span(), format!("`{name}` is no type of data")))
}

/// Refuses ranges and prefixes in sets without them. The list stands in that place of a text.
fn check_intervals(elements: &Elements, is_interval: bool, target: &Target, (text, span): (&str, Span)) -> Lowered<()> {
    if is_interval {
        return Ok(());
    }
    let is_range = |key: &Expr| {
        matches!(key.single(), Expr::Range(_) | Expr::Prefix(..))
            || key.as_value().is_some_and(|value| matches!(value.repr, Repr::Wildcard(_)))
    };
    let has_range = elements.ranges().len() > 0
        || elements.others().iter().any(|element| match &element.key {
            Some(Expr::Concat(parts)) => parts.iter().any(is_range),
            Some(key) => is_range(key),
            None => false,
        });
    if has_range {
        let list = text.get(span.range()).and_then(|list| list.strip_prefix('{'));
        let range = list.and_then(|list| target.scanner.first_range(list.strip_suffix('}').unwrap_or(list)));
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX).saturating_add(span.start).saturating_add(1);
        return Err(Fault::new(
            range.map_or(span, |range| Span::new(place(range.start), place(range.end))),
            "you must add `flags interval` to your set declaration if you want to add ranges or prefixes",
        ));
    }
    Ok(())
}
