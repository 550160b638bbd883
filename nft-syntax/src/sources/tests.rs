//! Findings show the line of the text that they are about.

use nft_core::model::Origin;
use nft_core::{Error, ErrorKind, NoDeclarations, Span};

use super::Sources;
use crate::MemoryFiles;

#[track_caller]
fn check(files: &[(&str, &str)], expected: &str) {
    let [(name, text), included @ ..] = files else { panic!("a text is needed") };
    let mut memory = included.iter().fold(MemoryFiles::new(), |files, (name, text)| files.with(*name, *text));
    let mut sources = Sources::new(*name, *text).with_definitions("-D", "define given = 5\ndefine word = nonsense\n");
    let error = sources.load(&mut memory, &NoDeclarations).expect_err("this is refused");
    assert_eq!(error.to_string(), expected);
    assert_eq!(format!("{error:?}"), expected);
    assert_eq!(Error::from(error).to_string(), expected.trim_end());
}

#[test]
fn in_the_text() {
    let text = "table t {\n\tchain c { mark $given; ct state foo; }\n}\n";
    check(
        &[("m", text)],
        "m:2:34-36: Error: `foo` is no conntrack state\n\tchain c { mark $given; ct state foo; }\n\t                                ^^^\n",
    );
}

/// What cannot be read does not hide what the compiler refuses in the rest.
#[test]
fn of_every_kind() {
    let text = "table inet t {\n\tchain c {\n\t\tip saddr @nope accept\n\t\tiif eth7 tcp dport 22 udp dport 53\n\t}\n}\n\
                add rule inet t c ip saddr 1.2.3.4 ip6 saddr ::1\nadd rule inet t c tcp dport 99999\n";
    check(
        &[("m", text)],
        "m:3:12-16: Error: no such file or directory: set `nope` in table inet `t`\n\t\tip saddr @nope accept\n\t\t         ^^^^^\n\
         m:8:29-33: Error: value 99999 exceeds valid range 0-65535\nadd rule inet t c tcp dport 99999\n                            ^^^^^\n\
         m:4:25-33: Error: conflicting transport layer protocols specified: tcp vs. udp\n\
         \t\tiif eth7 tcp dport 22 udp dport 53\n\t\t                      ^^^^^^^^^\n\
         m:7:36-44: Error: conflicting network layer protocols specified: ip vs. ip6\n\
         add rule inet t c ip saddr 1.2.3.4 ip6 saddr ::1\n                                   ^^^^^^^^^\n",
    );
}

#[test]
fn in_an_included_file() {
    let files = [
        ("m", "# a long first line\ninclude \"./a\"\ntable t { chain c { ct state foo; }; }\n"),
        ("./a", "\ninclude \"./b\"\ntcp\n"),
        ("./b", "table t {\n\tchain c {\n\t\ttcp dprot 1\n\t}\n}\n"),
    ];
    check(
        &files,
        "In file included from ./a:2:1-14:\n                 from m:2:1-14:\n\
         ./b:3:7-11: Error: `tcp` has no field `dprot`; did you mean `dport`?\n\t\ttcp dprot 1\n\t\t    ^^^^^\n\
         In file included from m:2:1-14:\n./a:3:1-3: Error: unexpected `tcp`, expected a command; did you mean `map`?\ntcp\n^^^\n\
         m:3:30-32: Error: `foo` is no conntrack state\ntable t { chain c { ct state foo; }; }\n                             ^^^\n",
    );
}

// As nft does, which asks for the meaning of nothing before all was read: `nft -f` with this text.
#[test]
fn what_cannot_be_read_comes_first() {
    let text = "table t {\n\tchain c {\n\t\tct state foo\n\t\tmark $none\n\t}\n}\n";
    check(
        &[("m", text)],
        "m:4:8-12: Error: unknown identifier `none`\n\t\tmark $none\n\t\t     ^^^^^\n\
         m:3:12-14: Error: `foo` is no conntrack state\n\t\tct state foo\n\t\t         ^^^\n",
    );
}

#[test]
fn in_a_definition() {
    let text = "include \"./a\"\ntable t { chain c { ct state $x; ct state $word; }; }\n";
    check(
        &[("m", text), ("./a", "\n\ndefine x = foo\n")],
        "In file included from m:1:1-14:\n./a:3:12-14: Error: `foo` is no conntrack state\ndefine x = foo\n           ^^^\n\
         -D:2:15-22: Error: `nonsense` is no conntrack state\ndefine word = nonsense\n              ^^^^^^^^\n",
    );
}

#[test]
fn of_the_kernel() {
    let mut files = MemoryFiles::new().with("./a", "add table t\nadd chain t c\n");
    let mut sources = Sources::new("m", "include \"./a\"\n");
    let commands = sources.load(&mut files, &NoDeclarations).expect("a good text");
    assert_eq!(commands.len(), 2);
    let refused =
        |source, span| Error::new(ErrorKind::Kernel, "file exists").with_help("ask").with_origin(Origin::Text { source, span });
    let first = refused(1, Span::new(12, 25)).with_others(vec![
        refused(0, Span::new(0, 40)),
        refused(7, Span::new(0, 1)),
        Error::new(ErrorKind::System, "no memory").within(|path| path.table = Some("ip t".into())),
    ]);
    assert_eq!(
        sources.show_error(&first).to_string(),
        "In file included from m:1:1-14:\n./a:2:1-13: Error: file exists; ask\nadd chain t c\n^^^^^^^^^^^^^\n\
         m:1:1-13: Error: file exists; ask\ninclude \"./a\"\n^^^^^^^^^^^^^\n\
         Error: file exists (ask)\n\
         Error: table ip t: no memory\n"
    );
}
