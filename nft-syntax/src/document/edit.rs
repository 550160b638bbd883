//! Changes of a document: one item is written, all other bytes stay.

use super::{Document, Item, ItemKind};

/// Each gives the document that comes out, read again: what is wrong with it is in its `diagnostics`.
///
/// A block is meant with all that is in it. Lines that are inserted are indented as the item is.
///
/// # Examples
///
/// ```
/// use nft_syntax::Document;
///
/// let document = Document::parse("table ip t {\n\tchain c {\n\t\ttcp dport 22 accept # ssh\n\t}\n}\n");
/// let rule = document.find(&["table ip t", "chain c", "tcp dport 22 accept"]).unwrap();
///
/// let edited = rule.insert_after("tcp dport 80 accept");
/// assert_eq!(edited.to_string(), "table ip t {\n\tchain c {\n\t\ttcp dport 22 accept # ssh\n\t\ttcp dport 80 accept\n\t}\n}\n");
/// assert!(edited.diagnostics().is_empty());
///
/// let edited = rule.replace("tcp dport { 22, 2222 } accept");
/// assert_eq!(edited.to_string(), "table ip t {\n\tchain c {\n\t\ttcp dport { 22, 2222 } accept # ssh\n\t}\n}\n");
/// ```
impl Item<'_> {
    /// Writes that text in its place, byte for byte.
    #[must_use]
    pub fn replace(&self, text: &str) -> Document {
        let (start, end) = self.bounds();
        self.splice(start, end, text)
    }

    /// Writes a text before it: on a line of its own, above the comments that stand directly above, if the item begins its line.
    #[must_use]
    pub fn insert_before(&self, text: &str) -> Document {
        let (start, _) = self.bounds();
        let line = self.line_start(start);
        if !is_blank(self.slice(line, start)) {
            return self.splice(start, start, &format!("{}; ", self.indented(text)));
        }
        let mut above = line;
        while let Some(line) = above.checked_sub(1).map(|end| self.line_start(end))
            && let comment = self.slice(line, above).trim_start()
            && comment.starts_with('#')
            && !comment.starts_with("#!")
        {
            above = line;
        }
        self.splice(above, above, &format!("{}{}\n", self.indent(), self.indented(text)))
    }

    /// Writes a text behind it: on a line of its own, below the comment that stands behind it, if the item ends its line.
    #[must_use]
    pub fn insert_after(&self, text: &str) -> Document {
        let (_, end) = self.bounds();
        let rest = self.slice(end, self.line_end(end)).trim_start_matches([' ', '\t', ';']);
        if rest.is_empty() || rest.starts_with('#') {
            let end = self.line_end(end);
            return self.splice(end, end, &format!("\n{}{}", self.indent(), self.indented(text)));
        }
        self.splice(end, end, &format!("; {}", self.indented(text)))
    }

    /// Writes a text at the end of its block; nothing if it has none.
    #[must_use]
    pub fn append(&self, text: &str) -> Option<Document> {
        if self.kind() != ItemKind::Head {
            return None;
        }
        if let Some(last) = self.children().last() {
            return Some(last.insert_after(text));
        }
        // The closing brace is the last byte.
        let end = self.bounds().1.checked_sub(1)?;
        let line = self.line_start(end);
        let before = self.slice(line, end);
        Some(if is_blank(before) {
            self.splice(line, line, &format!("{}\t{}\n", self.indent(), self.indented(text).replace('\n', "\n\t")))
        } else {
            let blank = if before.ends_with([' ', '\t']) { "" } else { " " };
            self.splice(end, end, &format!("{blank}{}; ", self.indented(text)))
        })
    }

    /// Takes it away, and the line with it if nothing else stands there. Comments stay.
    #[must_use]
    pub fn remove(&self) -> Document {
        let (start, end) = self.bounds();
        let (line, line_end) = (self.line_start(start), self.line_end(end));
        let rest = self.slice(end, line_end);
        let blanks = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
        let mut behind = blanks(rest);
        if rest.get(behind..).is_some_and(|rest| rest.starts_with(';')) {
            behind += 1;
        }
        let after = rest.get(behind..).unwrap_or_default();
        if !is_blank(self.slice(line, start)) {
            let end = end + behind + blanks(after);
            return self.splice(start, end, "");
        }
        if !is_blank(after) {
            // Others or a comment stand on its line.
            return self.splice(start, end + behind + blanks(after), "");
        }
        // The line goes, with its newline, or that before it if it is the last.
        if line_end < self.document.bytes.len() {
            self.splice(line, line_end + 1, "")
        } else {
            self.splice(line.saturating_sub(1), line_end, "")
        }
    }

    const fn bounds(&self) -> (usize, usize) {
        let range = self.extent().range();
        (range.start, range.end)
    }

    fn slice(&self, start: usize, end: usize) -> &str {
        self.document.text().get(start..end).unwrap_or_default()
    }

    fn line_start(&self, at: usize) -> usize {
        self.slice(0, at).rfind('\n').map_or(0, |newline| newline + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        let rest = self.document.text().get(at..).unwrap_or_default();
        at + rest.find('\n').unwrap_or(rest.len())
    }

    /// The blanks that its line begins with.
    fn indent(&self) -> &str {
        let (start, _) = self.bounds();
        let line = self.slice(self.line_start(start), start);
        line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
    }

    fn indented(&self, text: &str) -> String {
        text.trim_end_matches('\n').replace('\n', &format!("\n{}", self.indent()))
    }

    fn splice(&self, start: usize, end: usize, text: &str) -> Document {
        let mut bytes = self.document.bytes.clone();
        bytes.splice(start..end, text.bytes());
        Document::parse(bytes)
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `|` marks the item that is meant; the second text is what comes out.
    #[track_caller]
    fn check(text: &str, edit: impl Fn(&Item<'_>) -> Document, expected: &str) {
        let at = text.find('|').expect("a mark");
        let document = Document::parse(text.replace('|', ""));
        assert_eq!(document.diagnostics(), [], "{text}");
        let item = document.item_at(u32::try_from(at).expect("short")).expect("an item");
        let edited = edit(&item);
        assert_eq!(edited.to_string(), expected);
        assert_eq!(edited.diagnostics(), [], "{expected}");
    }

    #[test]
    fn behind() {
        let edit = |item: &Item<'_>| item.insert_after("drop");
        check(
            "table t {\n\tchain c {\n\t\t|accept; # x\n\t}\n}",
            edit,
            "table t {\n\tchain c {\n\t\taccept; # x\n\t\tdrop\n\t}\n}",
        );
        check("table t { chain c { |accept; }; }", edit, "table t { chain c { accept; drop; }; }");
        check("table t { chain c { |accept; return; }; }", edit, "table t { chain c { accept; drop; return; }; }");
        check("|add table t", |item| item.insert_after("add table u"), "add table t\nadd table u");
        check(
            "|table t {\n}\n# end\n",
            |item| item.insert_after("table u {\n\tchain c { }\n}\n"),
            "table t {\n}\ntable u {\n\tchain c { }\n}\n# end\n",
        );
    }

    #[test]
    fn before() {
        let edit = |item: &Item<'_>| item.insert_before("drop");
        check(
            "table t {\n  chain c { # c\n    # one\n    # two\n    |accept\n  }\n}",
            edit,
            "table t {\n  chain c { # c\n    drop\n    # one\n    # two\n    accept\n  }\n}",
        );
        check("table t { chain c { |accept; }; }", edit, "table t { chain c { drop; accept; }; }");
        check(
            "#!/sbin/nft -f\n|add table t\n",
            |item| item.insert_before("add table u"),
            "#!/sbin/nft -f\nadd table u\nadd table t\n",
        );
        check("# a\n|add table t\n", |item| item.insert_before("add table u"), "add table u\n# a\nadd table t\n");
    }

    #[test]
    fn away() {
        let edit = |item: &Item<'_>| item.remove();
        check("table t {\n\tchain c {\n\t\t|accept;\n\t\tdrop\n\t}\n}", edit, "table t {\n\tchain c {\n\t\tdrop\n\t}\n}");
        check("table t {\n\tchain c {\n\t\t|accept; # x\n\t}\n}", edit, "table t {\n\tchain c {\n\t\t# x\n\t}\n}");
        check("table t { chain c { drop; |accept; }; }", edit, "table t { chain c { drop; }; }");
        check("table t { chain c { |drop; accept; }; }", edit, "table t { chain c { accept; }; }");
        check("add table t\n|table u {\n\tchain c { accept; }\n}", edit, "add table t");
        check("table t { |chain c { drop; accept; }; chain d { }; }", edit, "table t { chain d { }; }");
    }

    #[test]
    fn at_the_end_of_a_block() {
        let edit = |item: &Item<'_>| item.append("drop").expect("a block");
        check(
            "table t {\n\t|chain c {\n\t\taccept # x\n\t}\n}",
            edit,
            "table t {\n\tchain c {\n\t\taccept # x\n\t\tdrop\n\t}\n}",
        );
        check("table t {\n\t|chain c {\n\t}\n}", edit, "table t {\n\tchain c {\n\t\tdrop\n\t}\n}");
        check("table t { |chain c { }; }", edit, "table t { chain c { drop; }; }");
        check("table t { |chain c {}; }", edit, "table t { chain c { drop; }; }");
        check("table t { |chain c { accept; }; }", edit, "table t { chain c { accept; drop; }; }");
    }

    #[test]
    fn other_bytes_stay() {
        let document = Document::parse(b"# caf\xe9\nadd table t # \xff\n".to_vec());
        let item = document.items().next().expect("an item");
        assert_eq!(item.replace("add table u").as_bytes(), b"# caf\xe9\nadd table u # \xff\n");
    }

    #[test]
    fn what_is_wrong_is_told() {
        let document = Document::parse("add table t\n");
        assert_eq!(document.items().next().expect("an item").replace("add tabel t").diagnostics().len(), 1);
    }
}
