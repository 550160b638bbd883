//! Plain statements, read without the grammar: verdicts, counters, a selector and its values, sets of plain values.
//!
//! The grammar takes some microseconds for a statement, and most rules consist of these forms only. Here they are read in one
//! pass over their bytes; whatever is not plain is left to the grammar. A test holds that both make the same tree.

use super::{Reader, dispatch, offset, reserved, scan};
use crate::tree::{Open, SyntaxKind, Tree};
use nft_core::schema::MetaKey;

impl Reader<'_> {
    /// Reads the statement here if it is a plain one; whether it was.
    pub(super) fn plain_statement(&mut self, word: &str) -> bool {
        let nodes = self.tree.len();
        let mut plain = Plain { text: self.text, at: self.position, end: self.position, tree: &mut self.tree };
        match plain.statement(word) {
            Some(()) => {
                self.position = plain.end;
                true
            }
            None => {
                self.tree.truncate(nodes);
                false
            }
        }
    }
}

/// A position in the text and the tree that grows. `None` everywhere means: not plain.
struct Plain<'p> {
    text: &'p str,
    at: usize,
    /// Behind the last token.
    end: usize,
    tree: &'p mut Tree,
}

/// Where a value stands.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Place {
    /// On the right of a match: words are never selectors.
    Right,
    /// Where a selector may stand too.
    Operand,
}

impl<'p> Plain<'p> {
    fn statement(&mut self, word: &str) -> Option<()> {
        match word {
            "accept" | "drop" | "continue" | "return" => {
                let statement = self.open(SyntaxKind::StmtVerdict);
                self.verdict(word)?;
                self.close(statement)
            }
            "jump" | "goto" => {
                let statement = self.open(SyntaxKind::StmtVerdict);
                self.verdict(word)?;
                self.close(statement)
            }
            "counter" => self.counter(),
            "comment" => {
                let comment = self.open(SyntaxKind::Comment);
                self.skip(word.len());
                self.string()?;
                self.close(comment)
            }
            _ => self.expression(word),
        }
    }

    fn counter(&mut self) -> Option<()> {
        let statement = self.open(SyntaxKind::StmtCounter);
        self.skip("counter".len());
        match self.word() {
            "packets" => {
                for (word, kind) in [("packets", SyntaxKind::Packets), ("bytes", SyntaxKind::Bytes)] {
                    if self.word() != word {
                        return None;
                    }
                    let pair = self.open(kind);
                    self.skip(word.len());
                    let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
                    if digits == 0 || self.rest().get(digits).is_some_and(u8::is_ascii_alphanumeric) {
                        return None;
                    }
                    self.leaf(SyntaxKind::Number, digits);
                    self.close(pair)?;
                }
            }
            "bytes" | "name" => return None,
            _ => {}
        }
        self.close(statement)
    }

    /// A verdict; its name has to be one.
    fn verdict(&mut self, word: &str) -> Option<()> {
        let verdict = self.open(SyntaxKind::Verdict);
        match word {
            "accept" | "drop" | "continue" | "return" => self.leaf(SyntaxKind::VerdictWord, word.len()),
            "jump" | "goto" => {
                self.leaf(SyntaxKind::JumpWord, word.len());
                self.name()?;
            }
            _ => return None,
        }
        self.close(verdict)
    }

    /// A selector (or several with dots), then what it is compared with.
    fn expression(&mut self, word: &str) -> Option<()> {
        let statement = self.open(SyntaxKind::StmtExpr);
        let lhs = self.open(SyntaxKind::Lhs);
        self.selector(word)?;
        while self.dot() {
            let word = self.word();
            self.selector(word)?;
        }
        self.close(lhs)?;
        match self.word() {
            word @ ("vmap" | "set") => {
                let vmap = word == "vmap";
                let node = self.open(if vmap { SyntaxKind::Vmap } else { SyntaxKind::Assign });
                self.skip(word.len());
                match self.peek()? {
                    b'{' if vmap => self.set()?,
                    b'@' if vmap => self.set_ref()?,
                    _ if vmap => return None,
                    b'{' => return None,
                    _ => {
                        let list = self.open(SyntaxKind::ExprList);
                        self.values(Place::Operand)?;
                        self.close(list)?;
                    }
                }
                self.close(node)?;
            }
            "map" | "eq" | "ne" | "lt" | "gt" | "le" | "ge" | "not" => return None,
            _ => {
                let relation = match (self.peek()?, self.rest().get(1)) {
                    (b'=', Some(b'=')) => Some((SyntaxKind::RelEq, 2)),
                    (b'!', Some(b'=')) => Some((SyntaxKind::RelNe, 2)),
                    (b'<', Some(b'=')) => Some((SyntaxKind::RelLe, 2)),
                    (b'>', Some(b'=')) => Some((SyntaxKind::RelGe, 2)),
                    (b'<', Some(b' ')) => Some((SyntaxKind::RelLt, 1)),
                    (b'>', Some(b' ')) => Some((SyntaxKind::RelGt, 1)),
                    _ => None,
                };
                if let Some((kind, length)) = relation {
                    self.leaf(kind, length);
                }
                let rhs = self.open(SyntaxKind::Rhs);
                self.values(Place::Right)?;
                self.close(rhs)?;
            }
        }
        self.close(statement)
    }

    /// A header's field, a key of `meta` or `ct`.
    fn selector(&mut self, word: &str) -> Option<()> {
        match word {
            "ip" | "tcp" | "udp" | "ip6" | "ether" | "icmp" | "icmpv6" | "th" | "vlan" | "sctp" | "esp" | "ah" => {
                let node = self.open(SyntaxKind::SelHeader);
                self.leaf(SyntaxKind::Header, word.len());
                let field = self.word();
                if !is_field(field) || matches!(field, "option" | "chunk") {
                    return None;
                }
                self.leaf(SyntaxKind::Word, field.len());
                if self.peek() == Some(b'[') {
                    return None;
                }
                self.close(node)
            }
            "meta" | "ct" => {
                let node = self.open(if word == "meta" { SyntaxKind::SelMeta } else { SyntaxKind::SelCt });
                self.skip(word.len());
                let key = self.word();
                if !is_field(key) || matches!(key, "original" | "reply" | "ip" | "ip6" | "count") {
                    return None;
                }
                self.leaf(SyntaxKind::Word, key.len());
                self.close(node)
            }
            "ipsec" => None,
            _ => {
                MetaKey::by_unqualified_name(word)?;
                let node = self.open(SyntaxKind::SelBareMeta);
                self.leaf(SyntaxKind::BareMeta, word.len());
                self.close(node)
            }
        }
    }

    /// Values joined by commas, dashes, slashes; nothing else may follow that belongs to them.
    fn values(&mut self, place: Place) -> Option<()> {
        self.value(place)?;
        loop {
            let kind = match self.peek() {
                Some(b',') => SyntaxKind::Comma,
                Some(b'-') => SyntaxKind::OpDash,
                Some(b'/') => SyntaxKind::OpSlash,
                Some(b'.' | b'&' | b'|' | b'^' | b'<' | b'>' | b':' | b'*' | b'+' | b'=' | b'!' | b'[' | b'(') => return None,
                Some(b'a' | b'o' | b'x' | b'l' | b'r' | b'm') => match self.word() {
                    "and" | "or" | "xor" | "lshift" | "rshift" | "map" => return None,
                    _ => return Some(()),
                },
                _ => return Some(()),
            };
            self.leaf(kind, 1);
            self.value(place)?;
        }
    }

    fn value(&mut self, place: Place) -> Option<()> {
        match self.peek()? {
            b'"' => self.string(),
            b'@' => self.set_ref(),
            b'{' => self.set(),
            b'$' => {
                let name = scan::word(self.text, self.at + 1);
                if !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
                    return None;
                }
                self.leaf(SyntaxKind::Variable, name.len() + 1);
                Some(())
            }
            _ => self.literal(place),
        }
    }

    fn literal(&mut self, place: Place) -> Option<()> {
        let rest = self.rest();
        let first = *rest.first()?;
        let mut length;
        if first.is_ascii_digit() {
            length = 1;
            loop {
                match rest.get(length) {
                    Some(byte) if byte.is_ascii_alphanumeric() => length += 1,
                    Some(b'.') if rest.get(length + 1).is_some_and(u8::is_ascii_digit) => length += 1,
                    _ => break,
                }
            }
        } else if first.is_ascii_alphabetic() || first == b'_' {
            let word = self.word();
            length = word.len();
            if !reserved::is_value(word) || place == Place::Operand && dispatch::begins_expression(word) {
                return None;
            }
            match (rest.get(length), rest.get(length + 1)) {
                (Some(b'*'), _) => length += 1,
                (Some(b'\\'), Some(b'*')) => return None,
                _ => {}
            }
        } else {
            return None;
        }
        if rest.get(length) == Some(&b':') {
            return None;
        }
        self.leaf(SyntaxKind::Literal, length);
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        let rest = self.rest();
        if rest.first() != Some(&b'"') {
            return None;
        }
        let length = rest.get(1..)?.iter().position(|byte| *byte == b'"')? + 2;
        self.leaf(SyntaxKind::String, length);
        Some(())
    }

    fn set_ref(&mut self) -> Option<()> {
        let node = self.open(SyntaxKind::SetRef);
        self.at += 1;
        self.name()?;
        if self.peek() == Some(b',') {
            return None;
        }
        self.close(node)
    }

    fn name(&mut self) -> Option<()> {
        let name = self.word();
        if !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') || reserved::is_reserved(name) {
            return None;
        }
        self.leaf(SyntaxKind::Name, name.len());
        Some(())
    }

    /// `{ … }` of plain values, ranges, prefixes and concatenations, with verdicts behind colons.
    fn set(&mut self) -> Option<()> {
        let set = self.open(SyntaxKind::Set);
        self.token(1);
        self.newline();
        loop {
            let element = self.open(SyntaxKind::Element);
            let key = self.open(SyntaxKind::Expr);
            self.member()?;
            loop {
                let kind = match self.peek()? {
                    b'-' => SyntaxKind::OpDash,
                    b'/' => SyntaxKind::OpSlash,
                    b'.' if self.dot() => {
                        self.member()?;
                        continue;
                    }
                    _ => break,
                };
                self.leaf(kind, 1);
                self.member()?;
            }
            self.close(key)?;
            if self.peek() == Some(b':') {
                self.token(1);
                let word = self.word();
                self.verdict(word)?;
            }
            self.close(element)?;
            self.newline();
            if self.peek() == Some(b',') {
                self.token(1);
                self.newline();
                if self.peek() != Some(b'}') {
                    continue;
                }
            }
            if self.peek() != Some(b'}') {
                return None;
            }
            self.token(1);
            return self.close(set);
        }
    }

    fn member(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' | b'@' => None,
            _ => self.value(Place::Operand),
        }
    }

    /// A dot between operands, if one stands here.
    fn dot(&mut self) -> bool {
        let dot = self.peek() == Some(b'.') && scan::word(self.text, self.at).len() == 1;
        if dot {
            self.leaf(SyntaxKind::OpDot, 1);
        }
        dot
    }

    /// At most one newline, with the comment lines behind it.
    fn newline(&mut self) {
        if self.peek() == Some(b'\n') {
            self.at += 1;
            self.at += scan::full_lines(self.text.get(self.at..).unwrap_or_default());
            self.blanks();
        }
    }

    fn rest(&self) -> &'p [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn word(&self) -> &'p str {
        scan::word(self.text, self.at)
    }

    fn blanks(&mut self) {
        self.at += scan::blanks(self.text.get(self.at..).unwrap_or_default());
    }

    /// Moves over a token and the blanks behind it.
    fn token(&mut self, length: usize) {
        self.at += length;
        self.end = self.at;
        self.blanks();
    }

    /// The same, for a keyword without a node.
    fn skip(&mut self, length: usize) {
        self.token(length);
    }

    fn leaf(&mut self, kind: SyntaxKind, length: usize) {
        let node = self.open(kind);
        self.tree.close(node, offset(self.at + length));
        self.token(length);
    }

    fn open(&mut self, kind: SyntaxKind) -> Open {
        self.tree.open(kind, offset(self.at))
    }

    fn close(&mut self, node: Open) -> Option<()> {
        self.tree.close(node, offset(self.end));
        Some(())
    }
}

/// Whether the grammar takes the word as that of a field.
fn is_field(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
