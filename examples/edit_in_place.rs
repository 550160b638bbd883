//! One rule of a file is changed; every other byte stays, comments and odd spacing included.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use nft::syntax::Document;

const FILE: &str = "#!/usr/sbin/nft -f
# edited by hand since 2019
table inet app {
    chain input {   # the front door
        type filter hook input priority filter;  policy drop;
        ct state   established,related accept
        tcp dport 22 accept    # ssh
    }
}
";

fn main() {
    let document = Document::parse(FILE.as_bytes());
    let rule = document.items().find(|item| item.text().starts_with("tcp dport 22"));
    let Some(rule) = rule else {
        println!("no such rule");
        return;
    };
    let (start, end) = (rule.span().start as usize, rule.span().end as usize);
    let (before, after) = (&document.text()[..start], &document.text()[end..]);
    let edited = Document::parse(format!("{before}tcp dport {{ 22, 2222 }} accept{after}"));
    assert!(edited.diagnostics().is_empty(), "the edited file reads well");
    print!("{edited}");
}
