//! Places of errors that later phases find: they know statement and operand, the text knows where these stand.

use nft_core::model::Origin;
use nft_core::{Operand, Path, Span};

use crate::parse::{Block, Mode, Reader, Step};
use crate::tree::{Node, SyntaxKind as K};

/// Where in `text` the part of a rule stands that an error speaks of: the statement and operand of `path`, as far as they are given.
///
/// `text` is the source that `origin` counts in. The rule is read again, that one alone; nothing is kept from the first time.
/// Nothing comes out if the origin is not of a text.
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
    let stmt = path.stmt?;
    let mut reader = Reader::within(text.get(span.range())?, Block::Chain, Mode::Text);
    if reader.step()? != Step::Item {
        return None;
    }
    let rule = reader.node().filter(|node| node.kind() == K::Rule)?;
    let stmt = rule.children().nth(stmt)?;
    let found = path.operand.and_then(|operand| part(stmt, operand)).unwrap_or(stmt).span();
    Some(Span::new(span.start + found.start, span.start + found.end))
}

/// The node of an operand.
fn part(stmt: Node<'_>, operand: Operand) -> Option<Node<'_>> {
    match operand {
        Operand::Left => stmt.child(K::Lhs),
        Operand::Right => stmt.children().find(|child| matches!(child.kind(), K::Rhs | K::Assign | K::Vmap)),
        Operand::Address => stmt.child(K::NatAddress),
        Operand::Port => stmt.child(K::NatPort),
        _ => None,
    }
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
        check(1, Some(Operand::Port), ":80");
        check(7, None, "ip saddr 1.1.1.1 dnat to 2.2.2.2:80 comment \"x\"");
    }
}
