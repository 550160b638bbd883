//! Lays a file out anew: lines by depth, one tab each, blanks at line ends gone. Comments, definitions and the order of everything
//! are kept; so is what is not understood.
//!
//! ```text
//! cargo run --example format -- /etc/nftables.conf
//! ```
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::error::Error;

use nft::syntax::Document;

const SAMPLE: &str = "# who may come in
define admins = { 10.0.0.1, 10.0.0.2 }
table inet app {
chain input {   # the front door
      type filter hook input priority filter; policy drop;
  ip saddr $admins tcp dport 22 accept   
}
    }
";

fn main() -> Result<(), Box<dyn Error>> {
    let bytes = match std::env::args().nth(1) {
        Some(path) => std::fs::read(path)?,
        None => SAMPLE.into(),
    };
    let document = Document::parse(bytes);
    for finding in document.diagnostics() {
        println!("# {}", finding.message);
    }
    let text = laid_out(&document);
    // Only blanks changed.
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&text), words(document.text()));
    print!("{text}");
    Ok(())
}

/// The text with the blanks at both ends of each line as they should be. Only tokens between strings and comments are looked at.
fn laid_out(document: &Document) -> String {
    let mut out = String::new();
    let (mut depth, mut fresh) = (0_usize, true);
    for token in document.tokens() {
        for (index, part) in token.split('\n').enumerate() {
            let is_blank = part.trim().is_empty();
            if index > 0 {
                out.truncate(out.trim_end_matches([' ', '\t']).len());
                out.push('\n');
                fresh = true;
            }
            if is_blank && fresh {
                continue;
            }
            let closes = token.starts_with('}');
            if fresh {
                let tabs = depth - usize::from(closes && depth > 0);
                out.extend(std::iter::repeat_n('\t', tabs));
                fresh = false;
            }
            out.push_str(part);
        }
        match token {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    out
}
