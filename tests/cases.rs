//! Golden cases: `tests/cases/**/*.nft`, one input and several outputs; `readme.nft` there says which.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use libtest_mimic::{Arguments, Failed, Trial};
use nft::message::trace::Trace;
use nft::netlink::{Nfnl, Recorder};
use nft::syntax::{Document, NoFiles, lower};
use nft::wire::Messages;
use nft::{Database, Environment, NoDeclarations};

/// What may lie beside an input; the last is the kernel tests'.
const GOLDENS: [&str; 5] = ["tree", "model", "bytecode", "hex", "list"];

/// A machine with nothing but its loopback interface, in the time zone UTC.
#[derive(Clone, Copy, Debug)]
struct Loopback;

impl Environment for Loopback {
    fn number(&self, database: Database, name: &str) -> Option<u64> {
        (database == Database::Interface && name == "lo").then_some(1)
    }
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files = BTreeSet::new();
    walk(&root, &mut files);
    let mut trials = vec![Trial::test("no golden without a case", {
        let files = files.clone();
        move || stale(&files)
    })];
    for path in files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "nft")) {
        let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
        trials.push(Trial::test(name, move || case(&path)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn walk(directory: &Path, files: &mut BTreeSet<PathBuf>) {
    for path in fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.insert(path);
        }
    }
}

fn stale(files: &BTreeSet<PathBuf>) -> Result<(), Failed> {
    let known = |path: &&PathBuf| {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let wanted = || fs::read_to_string(path.with_extension("nft")).is_ok_and(|text| goldens(&text).contains(&&*extension));
        extension == "nft" || files.contains(&path.with_extension("nft")) && wanted()
    };
    match files.iter().find(|path| !known(path)) {
        Some(path) => Err(format!("{} belongs to no case", path.display()).into()),
        None => Ok(()),
    }
}

/// The goldens that a case asks for with `# RUN:`, or all.
fn goldens(text: &str) -> Vec<&str> {
    let asked = text.lines().find_map(|line| line.strip_prefix("# RUN: "));
    asked.map_or_else(|| GOLDENS.to_vec(), |words| words.split(' ').collect())
}

fn case(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let wanted = goldens(&text);
    let golden =
        |extension: &str, found: &str| if wanted.contains(&extension) { golden(path, extension, found) } else { Ok(()) };
    let document = Document::parse(text.as_bytes());
    if document.tokens().collect::<String>() != text {
        return Err("written back, the tree gives other bytes".into());
    }
    golden("tree", &document.items().map(|item| format!("{item:?}")).collect::<String>())?;
    let commands = lower::load(&text, "case", &mut NoFiles, &NoDeclarations).map_err(|errors| format!("{errors:#?}"))?;
    golden("model", &format!("{commands:#?}\n"))?;
    let mut nfnl = Nfnl::with_transport(Recorder::accepting()).with_environment(Loopback);
    nfnl.apply(&commands)?;
    let (mut trace, mut bytecode, mut hex) = (Trace::new(), String::new(), String::new());
    for message in nfnl.transport().sent().iter().flat_map(|bytes| Messages::new(bytes)) {
        let message = message?;
        trace.message(&message, &mut bytecode)?;
        let header = message.header;
        write!(hex, "{:04x} {:04x} {:02x} ", header.kind, header.flags, header.family)?;
        message.body.iter().try_for_each(|byte| write!(hex, "{byte:02x}"))?;
        hex.push('\n');
    }
    golden("bytecode", &bytecode)?;
    golden("hex", &hex)
}

/// Holds an output against its file, or writes the file.
fn golden(input: &Path, extension: &str, found: &str) -> Result<(), Failed> {
    let path = input.with_extension(extension);
    if env::var_os("BLESS").is_some() {
        return Ok(fs::write(path, found)?);
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if expected == found {
        return Ok(());
    }
    let line = expected.lines().zip(found.lines()).take_while(|(expected, found)| expected == found).count();
    let at = |text: &str| text.lines().nth(line).unwrap_or("(end)").to_owned();
    Err(format!("{}:{}\n- {}\n+ {}", path.display(), line + 1, at(&expected), at(found)).into())
}
