//! Rules of a file are changed; every other byte stays, comments and odd spacing included.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use nft::syntax::{Document, Item};

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

const EDITED: &str = "#!/usr/sbin/nft -f
# edited by hand since 2019
table inet app {
    chain input {   # the front door
        type filter hook input priority filter;  policy drop;
        ct state   established,related accept
        tcp dport { 22, 2222 } accept    # ssh
        udp dport 51820 accept
    }
}
";

fn main() {
    let document = Document::parse(FILE);
    let input = ["table inet app", "chain input"];

    // By its words, or as the second rule of its chain.
    let ssh = document.find(&[input[0], input[1], "tcp dport 22 accept"]).expect("a rule of the file");
    let second = document.find(&input).and_then(|chain| chain.children().filter(Item::is_rule).nth(1));
    assert_eq!(second.map(|rule| rule.span()), Some(ssh.span()));

    let document = ssh.replace("tcp dport { 22, 2222 } accept");
    let chain = document.find(&input).expect("a chain of the file");
    let document = chain.append("udp dport 51820 accept").expect("chains have a block");
    assert!(document.diagnostics().is_empty(), "the edited file reads well");
    assert_eq!(document.to_string(), EDITED);
    print!("{document}");
}
