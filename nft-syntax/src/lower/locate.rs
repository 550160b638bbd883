//! Places of errors that later phases find: they know statement, operand, name and element, the text knows where these stand.

use nft_core::model::Origin;
use nft_core::schema::Family;
use nft_core::{ElementKey, Operand, Part, Path, Span};

use crate::elements;
use crate::parse::{Block, Mode, Reader, Step};
use crate::tree::{Node, SyntaxKind as K};

/// Where in `text` the part of a rule or command stands that an error speaks of: what `path` says, as far as it is there.
///
/// `text` is the source that `origin` counts in. The rule or command is read again, that one alone; nothing is kept from the first
/// time. Nothing comes out if the origin is not of a text.
///
/// ```
/// use nft_core::model::Origin;
/// use nft_core::{Path, Span};
///
/// let text = "add rule t c tcp dport 22 counter";
/// let origin = Origin::Text { source: 0, span: Span::new(13, 33) };
/// let mut path = Path::default();
/// path.stmt = Some(1);
/// assert_eq!(nft_syntax::lower::locate(text, origin, &path), Some(Span::new(26, 33)));
/// ```
#[must_use]
pub fn locate(text: &str, origin: Origin, path: &Path) -> Option<Span> {
    let Origin::Text { span, .. } = origin else { return None };
    Some(within(text, span, path).unwrap_or(span))
}

fn within(text: &str, span: Span, path: &Path) -> Option<Span> {
    if path.stmt.is_none() && path.part.is_none() && path.key.is_none() {
        return None;
    }
    let own = text.get(span.range())?;
    // A rule on its own, or what begins as a command or as the name of a block.
    let found = in_rule(own, path)
        .or_else(|| in_command(own, path))
        .or_else(|| in_command(text.get(span.range().start..)?, path))
        .or_else(|| {
            let behind = text.get(span.range().end..)?;
            let found = in_block(behind, Sought::of(path)?)?;
            Some(shifted(found, span.end - span.start))
        })?;
    Some(shifted(found, span.start))
}

const fn shifted(span: Span, by: u32) -> Span {
    Span::new(span.start.saturating_add(by), span.end.saturating_add(by))
}

/// In a rule that is the whole text.
fn in_rule(text: &str, path: &Path) -> Option<Span> {
    let mut reader = Reader::within(text, Block::Chain, Mode::Text);
    if reader.step()? != Step::Item {
        return None;
    }
    let rule = reader.node().filter(|node| node.kind() == K::Rule && node.span().end as usize >= text.trim_end().len())?;
    part_of_rule(rule, path)
}

fn part_of_rule(rule: Node<'_>, path: &Path) -> Option<Span> {
    if let Some(stmt) = path.stmt {
        let stmt = rule.children().nth(stmt)?;
        let whole = path.operand.and_then(|operand| operand_of(stmt, operand)).unwrap_or(stmt);
        let named = match &path.part {
            Some(Part::Name(name)) => mention(whole, name),
            Some(Part::Field(number)) => field(whole, *number),
            _ => None,
        };
        return Some(named.unwrap_or(whole.span()));
    }
    if let Some(key) = &path.key {
        return lists(rule).find_map(|list| element(list, key));
    }
    match &path.part {
        Some(Part::Name(name)) => mention(rule, name),
        _ => None,
    }
}

/// In a command that the text begins with.
fn in_command(text: &str, path: &Path) -> Option<Span> {
    let mut reader = Reader::new(text, Mode::Text);
    let step = reader.step()?;
    let node = reader.node()?;
    let head = match step {
        Step::Item if node.kind() == K::Command => node.child(K::RuleHead).or_else(|| node.child(K::ObjectHead)),
        Step::Open(_) => node.child(K::ObjectHead),
        _ => return None,
    };
    if let (Some(sought), Step::Item) = (Sought::of(path), step)
        && let Some(found) = lists(node).find_map(|list| sought.within(list))
    {
        return Some(found);
    }
    if let (Some(sought), Step::Open(_)) = (Sought::of(path), step) {
        return clause(&mut reader, sought);
    }
    if let Some(rule) = node.child(K::Rule)
        && let Some(found) = part_of_rule(rule, path)
    {
        return Some(found);
    }
    let part = path.part.as_ref()?;
    let Some(head) = head else { return word(node.child(K::CommandWords)?, part) };
    match part {
        Part::Table => Some(head.child(K::Name)?.span()),
        Part::Item => Some(head.all(K::Name).nth(1)?.span()),
        Part::Handle => {
            if let Some(index) = head.child(K::IndexNumber) {
                return Some(index.span());
            }
            let place = head.child(K::Handle).or_else(|| head.child(K::Position))?;
            Some(place.child(K::Number).unwrap_or(place).span())
        }
        _ => None,
    }
}

/// Behind the name of a set, where its block begins.
fn in_block(text: &str, sought: Sought<'_>) -> Option<Span> {
    let start = text.find('{')? + 1;
    let mut reader = Reader::within(text.get(start..)?, Block::Map, Mode::Text);
    let found = clause(&mut reader, sought)?;
    Some(shifted(found, u32::try_from(start).ok()?))
}

/// In the elements of a set's block that the reader stands in.
fn clause(reader: &mut Reader<'_>, sought: Sought<'_>) -> Option<Span> {
    loop {
        if reader.step()? != Step::Item {
            return None;
        }
        if let Some(clause) = reader.node().filter(|node| node.kind() == K::SetElements) {
            return lists(clause).find_map(|list| sought.within(list));
        }
    }
}

/// What is sought in a list of elements.
#[derive(Clone, Copy)]
enum Sought<'p> {
    /// An element.
    Key(&'p ElementKey),
    /// A name in one.
    Name(&'p str),
}

impl<'p> Sought<'p> {
    fn of(path: &'p Path) -> Option<Self> {
        match (&path.key, &path.part) {
            (Some(key), _) => Some(Self::Key(key)),
            (None, Some(Part::Name(name))) => Some(Self::Name(name)),
            (None, _) => None,
        }
    }

    fn within(self, list: Node<'_>) -> Option<Span> {
        match self {
            Self::Key(key) => element(list, key),
            Self::Name(name) => mention_in_list(list, name),
        }
    }
}

/// Where the words of `flush set ip t s` name something.
fn word(words: Node<'_>, part: &Part) -> Option<Span> {
    let names = words.children().skip(2).skip_while(|word| Family::by_name(word.text()).is_some());
    match part {
        Part::Table => names.map(Node::span).next(),
        Part::Item => names.map(Node::span).nth(1),
        Part::Handle => names.map(Node::span).last(),
        Part::Name(name) => names.filter(|word| word.text() == &**name).map(Node::span).last(),
        _ => None,
    }
}

/// The node of an operand.
fn operand_of(stmt: Node<'_>, operand: Operand) -> Option<Node<'_>> {
    match operand {
        Operand::Left => stmt.child(K::Lhs),
        Operand::Right if stmt.kind() == K::StmtReject => stmt.child(K::Expr),
        Operand::Right => stmt.children().find(|child| matches!(child.kind(), K::Rhs | K::Assign | K::Vmap)),
        Operand::Address => stmt.child(K::NatAddress),
        Operand::Port => stmt.child(K::NatPort).map(|port| port.first().unwrap_or(port)),
        _ => None,
    }
}

/// Every node below, from the outside in.
fn below<'t>(node: Node<'t>, found: &mut Vec<Node<'t>>) {
    for child in node.children() {
        found.push(child);
        below(child, found);
    }
}

/// The last place where a rule names something.
fn mention(rule: Node<'_>, name: &str) -> Option<Span> {
    let mut nodes = Vec::new();
    below(rule, &mut nodes);
    let named = |node: &&Node<'_>| {
        let text = node.text();
        text.strip_prefix('@').unwrap_or(text).trim_matches('"') == name
    };
    nodes.iter().rev().find(named).map(|node| node.span())
}

/// A field of the first concatenation in an operand.
fn field(operand: Node<'_>, number: usize) -> Option<Span> {
    let mut nodes = vec![operand];
    below(operand, &mut nodes);
    let concat = nodes.into_iter().find(|node| node.child(K::OpDot).is_some())?;
    let mut fields = 0;
    let mut found: Option<Span> = None;
    for child in concat.children() {
        match child.kind() {
            K::OpDot => fields += 1,
            K::Map => break,
            _ if fields == number => found = Some(found.map_or(child.span(), |span| span.to(child.span()))),
            _ => {}
        }
    }
    found
}

/// Where a list names something.
fn mention_in_list(list: Node<'_>, name: &str) -> Option<Span> {
    let text = list.text();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let at = text.match_indices(name).map(|(at, _)| at).find(|at| {
        let bytes = text.as_bytes();
        let before = at.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(|byte| is_word(*byte));
        let behind = bytes.get(at + name.len()).is_some_and(|byte| is_word(*byte));
        !before && !behind
    })?;
    let start = list.span().start.checked_add(u32::try_from(at).ok()?)?;
    Some(Span::new(start, start.checked_add(u32::try_from(name.len()).ok()?)?))
}

/// The lists in braces below a node.
fn lists(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut nodes = Vec::new();
    below(node, &mut nodes);
    nodes.into_iter().filter(|node| matches!(node.kind(), K::Elements | K::Set))
}

/// Where a list holds the element of that key.
fn element(list: Node<'_>, key: &ElementKey) -> Option<Span> {
    let text = list.text();
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let found = elements::find(inner, key)?;
    let start = u32::try_from(found.start).ok()?.checked_add(list.span().start)?.checked_add(1)?;
    Some(Span::new(start, start.checked_add(u32::try_from(found.len()).ok()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stmt: usize, operand: Option<Operand>, expected: &str) {
        let text = "table t { chain c { ip saddr 1.1.1.1 dnat to 2.2.2.2:80 comment \"x\"\n } }";
        let rule = text.find("ip saddr").and_then(|at| u32::try_from(at).ok()).unwrap_or_default();
        let origin = Origin::Text { source: 0, span: Span::new(rule, rule + 47) };
        let mut path = Path::default();
        path.stmt = Some(stmt);
        path.operand = operand;
        let found = locate(text, origin, &path).expect("a text has places");
        assert_eq!(&text[found.range()], expected);
    }

    #[test]
    fn statements_and_operands() {
        check(0, None, "ip saddr 1.1.1.1");
        check(0, Some(Operand::Left), "ip saddr");
        check(0, Some(Operand::Right), "1.1.1.1");
        check(1, Some(Operand::Address), "2.2.2.2");
        check(1, Some(Operand::Port), "80");
        check(7, None, "ip saddr 1.1.1.1 dnat to 2.2.2.2:80 comment \"x\"");
    }

    /// `origin` is that part of the text.
    #[track_caller]
    fn check_part(text: &str, origin: &str, change: impl FnOnce(&mut Path), expected: &str) {
        let start = text.find(origin).and_then(|at| u32::try_from(at).ok()).unwrap_or_default();
        let end = start + u32::try_from(origin.len()).unwrap_or_default();
        let mut path = Path::default();
        change(&mut path);
        let found = locate(text, Origin::Text { source: 0, span: Span::new(start, end) }, &path).expect("a text has places");
        assert_eq!(&text[found.range()], expected);
    }

    #[test]
    fn names() {
        let text = "delete chain inet t c\nadd rule ip t d tcp dport 22 jump e\nflush set inet t s\ndelete rule t c handle 7";
        for (line, part, expected) in [
            (0, Part::Table, "t"),
            (0, Part::Item, "c"),
            (1, Part::Item, "d"),
            (1, Part::Name("e".into()), "e"),
            (1, Part::Name("masq".into()), "add rule ip t d tcp dport 22 jump e"),
            (2, Part::Item, "s"),
            (3, Part::Handle, "7"),
        ] {
            let line = text.lines().nth(line).unwrap_or_default();
            check_part(text, line, |path| path.part = Some(part), expected);
        }
    }

    #[test]
    fn elements() {
        use nft_core::model::KeyField;
        use nft_core::schema::DataType;
        let key = |bytes: &[u8], behind| {
            let fields = vec![KeyField::of(DataType::IPV4_ADDR)];
            Some(Box::new(ElementKey::new(fields, bytes.into(), behind)))
        };
        let text = "add element t s { 1.1.1.1, 2.0.0.0/8 : drop }\ntable t { set u { type ipv4_addr; elements = { 3.3.3.3 comment \"x\", 4.4.4.4 } } }";
        let command = "add element t s { 1.1.1.1, 2.0.0.0/8 : drop }";
        check_part(text, command, |path| path.key = key(&[1, 1, 1, 1], false), "1.1.1.1");
        check_part(text, command, |path| path.key = key(&[2, 0, 0, 0], false), "2.0.0.0/8");
        check_part(text, command, |path| path.key = key(&[3, 0, 0, 0], true), "2.0.0.0/8");
        check_part(text, "u", |path| path.key = key(&[3, 3, 3, 3], false), "3.3.3.3");
    }
}
