//! What is looked at byte by byte: blanks, words, brackets.

use super::{HOLE, HOLE_END, MAX_DEPTH, Mode, span};
use crate::diagnostic::Diagnostic;

/// Length of the blanks, continued lines and comments at the start of `text`; the newline of a comment is not part of it, unless
/// the comment fills a line that was continued to.
pub(super) fn blanks(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\t') => at += 1,
            Some(b'\\') if bytes.get(at + 1) == Some(&b'\n') => {
                at += 2;
                at += full_lines(text.get(at..).unwrap_or_default());
            }
            Some(b'#') => at += line(bytes.get(at..).unwrap_or_default()),
            _ => return at,
        }
    }
}

/// Length of the lines at the start of `text` that hold a comment only.
pub(super) fn full_lines(text: &str) -> usize {
    let mut at = 0;
    while let Some(length) = full_line(text.as_bytes().get(at..).unwrap_or_default()) {
        at += length;
    }
    at
}

/// Length of a line that holds a comment only, newline included.
fn full_line(bytes: &[u8]) -> Option<usize> {
    let indent = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let rest = bytes.get(indent..).filter(|rest| rest.first() == Some(&b'#'))?;
    let length = line(rest);
    rest.get(length).map(|_| indent + length + 1)
}

/// Bytes up to the end of the line.
fn line(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len())
}

/// The word that begins at `at`; empty if none does.
pub(super) fn word(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let length =
        rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/')).count();
    rest.get(..length).unwrap_or_default()
}

/// The word that stands `count` words behind the one at `at`.
pub(super) fn word_after(text: &str, at: usize, count: usize) -> &str {
    let mut at = at;
    for _ in 0..count {
        at += word(text, at).len();
        at += blanks(text.get(at..).unwrap_or_default());
    }
    word(text, at)
}

/// The token at `at`, for messages: its end and what to call it.
pub(super) fn token(text: &str, at: usize) -> (usize, String) {
    let rest = text.get(at..).unwrap_or_default();
    let word = word(text, at);
    let Some(first) = rest.chars().next() else { return (at, "end of file".to_owned()) };
    if !word.is_empty() {
        return (at + word.len(), format!("`{word}`"));
    }
    match first {
        HOLE => (at + rest.find(HOLE_END).map_or(first.len_utf8(), |end| end + HOLE_END.len_utf8()), "Rust value".to_owned()),
        '\n' => (at + 1, "newline".to_owned()),
        '\r' if rest.starts_with("\r\n") => (at + 2, "CRLF line terminators".to_owned()),
        '"' => {
            let length = rest.get(1..).and_then(|rest| rest.find('"')).map_or(1, |end| end + 2);
            (at + length, "quoted string".to_owned())
        }
        '$' | '@' => {
            let name = self::word(text, at + 1);
            (at + 1 + name.len(), format!("`{first}{name}`"))
        }
        first if first.is_ascii_graphic() => (at + 1, format!("`{first}`")),
        first => (at + first.len_utf8(), format!("{first:?}")),
    }
}

/// Length of the list in braces at the start of `text`, lists in it included.
pub(super) fn list(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' => at += bytes.get(at + 1..)?.iter().position(|byte| *byte == b'"')? + 1,
            b'#' => at += line(bytes.get(at..)?).saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// What `text_of` puts in place of a byte that is no UTF-8.
const REPLACED: u8 = 0x7f;

/// Bytes that `check` looks at.
const MARKS: [bool; 256] = {
    let mut marks = [false; 256];
    let bytes = b"{}()[]\"#\xee";
    let mut at = 0;
    while at < bytes.len() {
        marks[bytes[at] as usize] = true;
        at += 1;
    }
    marks
};

/// Where a comment begins that the text ends in. nft takes none without a newline.
pub(super) fn open_comment(text: &str) -> Option<usize> {
    let line = text.rfind('\n').map_or(0, |at| at + 1);
    let mut quoted = false;
    text.bytes().enumerate().skip(line).find_map(|(at, byte)| {
        quoted ^= byte == b'"';
        (byte == b'#' && !quoted).then_some(at)
    })
}

/// Refuses what the grammar could not bear: texts beyond 32-bit offsets, brackets too deep in each other, marks of holes in a text
/// that the macro did not make.
pub(super) fn check(text: &str, mode: Mode) -> Result<(), Diagnostic> {
    if u32::try_from(text.len()).is_err() {
        return Err(Diagnostic::error("the text is larger than 4 GiB", span(0, 0)));
    }
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(length) = bytes.get(at..).unwrap_or_default().iter().position(|byte| MARKS[usize::from(*byte)]) {
        at += length;
        match bytes.get(at).copied().unwrap_or_default() {
            b'{' | b'(' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Diagnostic::error(format!("more than {MAX_DEPTH} brackets in each other"), span(at, at + 1)));
                }
            }
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let rest = bytes.get(at + 1..).unwrap_or_default();
                match rest.iter().position(|byte| *byte == b'"') {
                    Some(length) => {
                        let content = rest.get(..length).unwrap_or_default();
                        if let Some(odd) = content.iter().position(|byte| *byte == REPLACED) {
                            let message = "a byte that is no UTF-8 stands in a string: only text can be kept";
                            return Err(Diagnostic::error(message, span(at + 1 + odd, at + 2 + odd)));
                        }
                        at += length + 1;
                    }
                    None => return Err(Diagnostic::error("the quoted string does not end", span(at, at + 1))),
                }
            }
            b'#' => at += line(bytes.get(at..).unwrap_or_default()).saturating_sub(1),
            // The first byte of the characters that mark holes.
            0xee if mode == Mode::Text => {
                let mark = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
                if matches!(mark, HOLE | HOLE_END) {
                    return Err(Diagnostic::error(format!("unexpected {mark:?}"), span(at, at + mark.len_utf8())));
                }
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}
