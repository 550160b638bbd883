//! Where to go on after an error.

use super::Reader;

impl Reader<'_> {
    /// Moves behind the statement that begins at `start`: to its newline or semicolon, or before the brace that closes its block.
    /// Strings, comments and braces are stepped over.
    pub(super) fn recover(&mut self, start: usize) {
        let bytes = self.text.as_bytes();
        let mut depth = 0_usize;
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'{' => depth += 1,
                b'}' if depth == 0 && self.blocks.len() > 1 => {
                    break;
                }
                b'}' => depth = depth.saturating_sub(1),
                b'"' => {
                    let rest = bytes.get(at + 1..).unwrap_or_default();
                    at += rest.iter().position(|byte| *byte == b'"').map_or(0, |length| length + 1);
                }
                b'#' => {
                    let rest = bytes.get(at..).unwrap_or_default();
                    at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()).saturating_sub(1);
                }
                b'\\' if bytes.get(at + 1) == Some(&b'\n') => at += 1,
                b'\n' | b';' if depth == 0 => break,
                _ => {}
            }
            at += 1;
        }
        self.position = at.min(bytes.len());
        self.separate = false;
    }
}
