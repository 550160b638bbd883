//! Wildcards in the paths of `include`: `*`, `?`, `[…]`. There are no escapes.

use super::{FileKind, Files};

/// The files that match, in alphabetical order; no directories.
pub(super) fn matches(files: &mut dyn Files, pattern: &str) -> Vec<String> {
    let (mut found, rest) = match pattern.strip_prefix('/') {
        Some(rest) => (vec![String::from("/")], rest),
        None => (vec![String::new()], pattern),
    };
    let mut parts = rest.split('/').peekable();
    while let Some(part) = parts.next() {
        let mut next = Vec::new();
        for base in &found {
            if !part.contains(['*', '?', '[']) {
                let path = format!("{base}{part}");
                if matches!(part, "" | "." | "..") || files.kind(&path).is_some() {
                    next.push(path);
                }
                continue;
            }
            // A directory that cannot be read has no matches.
            let mut names = files.entries(base.as_str()).unwrap_or_default();
            names.sort_unstable();
            let hidden = part.starts_with('.');
            next.extend(
                names
                    .iter()
                    .filter(|name| hidden || !name.starts_with('.'))
                    .filter(|name| is_match(part, name))
                    .map(|name| format!("{base}{name}")),
            );
        }
        if parts.peek().is_some() {
            next.iter_mut().for_each(|path| path.push('/'));
        }
        found = next;
    }
    found.retain(|path| matches!(files.kind(path), Some(FileKind::File | FileKind::Other)));
    found
}

/// Whether a name matches one part of a pattern.
fn is_match(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // Where to go on after the last star if the rest does not fit: no recursion, so no exponential time.
    let mut star: Option<(usize, usize)> = None;
    let (mut at, mut position) = (0, 0);
    while let Some(&character) = name.get(position) {
        let step = match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, position));
                at += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => class(pattern.get(at..).unwrap_or_default(), character),
            Some(&literal) if literal == character => Some(1),
            Some(_) | None => None,
        };
        match (step, star) {
            (Some(length), _) => {
                at += length;
                position += 1;
            }
            (None, Some((behind, from))) => {
                star = Some((behind, from + 1));
                at = behind;
                position = from + 1;
            }
            (None, None) => return false,
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|rest| *rest == '*')
}

/// How long a `[…]` at the start of `pattern` is, if the character is in it.
fn class(pattern: &[char], character: char) -> Option<usize> {
    let mut at = 1;
    let negated = matches!(pattern.get(at), Some('!' | '^'));
    if negated {
        at += 1;
    }
    let (mut found, mut first) = (false, true);
    loop {
        let low = *pattern.get(at)?;
        if low == ']' && !first {
            return (found != negated).then_some(at + 1);
        }
        first = false;
        at += 1;
        let high = match (pattern.get(at), pattern.get(at + 1)) {
            (Some('-'), Some(&high)) if high != ']' => {
                at += 2;
                high
            }
            _ => low,
        };
        found |= (low..=high).contains(&character);
    }
}

#[cfg(test)]
mod tests {
    use super::is_match;

    #[test]
    fn patterns() {
        assert!(is_match("*.nft", "a.nft"));
        assert!(is_match("a*b*c", "aXbXbc"));
        assert!(is_match("[a-c]?", "bz"));
        assert!(is_match("[!a]", "b"));
        assert!(is_match("[]]", "]"));
        assert!(!is_match("[!a]", "a"));
        assert!(!is_match("*.nft", "a.nf"));
        assert!(!is_match("[a", "a"));
        assert!(!is_match(&"a*".repeat(40), &"a".repeat(39)));
    }
}
