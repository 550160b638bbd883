//! Options of the command line.

use lexopt::prelude::{Long, Short, Value, ValueExt};

/// What is asked for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// `-f`: the file, or the commands on the command line.
    pub(crate) file: Option<String>,
    /// The words behind the options.
    pub(crate) words: Vec<String>,
    /// `-D name=value`.
    pub(crate) defines: Vec<(String, String)>,
    /// `-I`: where included files are looked for.
    pub(crate) include: Vec<String>,
    /// `-c`: nothing is changed.
    pub(crate) check: bool,
    /// `-a`.
    pub(crate) handles: bool,
    /// `-s`.
    pub(crate) stateless: bool,
    /// `-t`.
    pub(crate) terse: bool,
    /// `-S`.
    pub(crate) service: bool,
    /// `-u`.
    pub(crate) guid: bool,
    /// `-n`.
    pub(crate) numeric: bool,
    /// `-y`.
    pub(crate) numeric_priority: bool,
    /// `-p`.
    pub(crate) numeric_protocol: bool,
    /// `-T`.
    pub(crate) numeric_time: bool,
    /// `-e`: what was added is printed.
    pub(crate) echo: bool,
    /// `--debug=netlink`.
    pub(crate) trace: bool,
}

const HELP: &str = "Usage: nft [ options ] [ cmds... ]

Options (general):
  -h, --help                      Show this help
  -v, --version                   Show version information

Options (ruleset input handling):
  -f, --file <filename>           Read input from <filename>, or from the standard input if it is -
  -D, --define <name=value>       Define variable, e.g. --define foo=1.2.3.4
  -I, --includepath <directory>   Add <directory> to the paths searched for include files
  -c, --check                     Check commands validity without actually applying the changes

Options (ruleset list formatting):
  -a, --handle                    Output rule handle
  -s, --stateless                 Omit stateful information of ruleset
  -t, --terse                     Omit contents of sets
  -S, --service                   Translate ports to service names as described in /etc/services
  -u, --guid                      Print UID and GID as defined in /etc/passwd and /etc/group
  -n, --numeric                   Print fully numerical output
  -y, --numeric-priority          Print chain priority numerically
  -p, --numeric-protocol          Print layer 4 protocols numerically
  -T, --numeric-time              Print time values numerically

Options (command output formatting):
  -e, --echo                      Echo what has been added, inserted or replaced
  -d, --debug <netlink>           Show the instructions that are sent
";

/// The options; nothing if there is nothing left to do.
pub(crate) fn parse() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(None);
            }
            Short('v' | 'V') | Long("version") => {
                println!("nft-rust v{}", env!("CARGO_PKG_VERSION"));
                return Ok(None);
            }
            Short('f') | Long("file") => options.file = Some(parser.value()?.string()?),
            Short('I') | Long("includepath") => options.include.push(parser.value()?.string()?),
            Short('D') | Long("define") => {
                let define = parser.value()?.string()?;
                let (name, value) = define.split_once('=').ok_or("Invalid define: expected name=value")?;
                options.defines.push((name.to_owned(), value.to_owned()));
            }
            Short('c') | Long("check") => options.check = true,
            Short('a') | Long("handle") => options.handles = true,
            Short('s') | Long("stateless") => options.stateless = true,
            Short('t') | Long("terse") => options.terse = true,
            Short('S') | Long("service") => options.service = true,
            Short('u') | Long("guid") => options.guid = true,
            Short('n') | Long("numeric") => options.numeric = true,
            Short('y') | Long("numeric-priority") => options.numeric_priority = true,
            Short('p') | Long("numeric-protocol") => options.numeric_protocol = true,
            Short('T') | Long("numeric-time") => options.numeric_time = true,
            // Host names are never looked up for addresses: the addresses are printed.
            Short('N') | Long("reversedns") => {}
            Short('d') | Long("debug") => match &*parser.value()?.string()? {
                "netlink" => options.trace = true,
                other => return Err(format!("debug level {other:?} is not supported; netlink is").into()),
            },
            Short('j') | Long("json") => return Err("JSON is not supported".into()),
            Short('i') | Long("interactive") => return Err("the interactive mode is not supported".into()),
            Short('e') | Long("echo") => options.echo = true,
            Short('o') | Long("optimize") => return Err("the optimizer is not supported".into()),
            Value(word) => {
                // Commands are not options: what follows belongs to them.
                options.words.push(word.string()?);
                for word in parser.raw_args()? {
                    options.words.push(word.string()?);
                }
            }
            other => return Err(other.unexpected()),
        }
    }
    match (&options.file, &*options.words) {
        (None, []) => Err("nft: no command specified".into()),
        (None, _) if !options.defines.is_empty() => Err("Error: -D/--define can only be used with -f/--filename".into()),
        (Some(_), [_, ..]) => Err("nft: a file and commands cannot be given together".into()),
        _ => Ok(Some(options)),
    }
}
