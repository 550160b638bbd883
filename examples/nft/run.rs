//! Text to commands, commands to the kernel.

use std::io::{Read, Write};
use std::os::unix::fs::FileTypeExt;

use nft::message::trace::Trace;
use nft::model::Command;
use nft::netlink::{Grain, NetNs, Nfnl};
use nft::syntax::{Sources, SystemFiles};
use nft::wire::Messages;
use nft::{Error, ErrorKind};

use crate::list;
use crate::monitor;
use crate::options::Options;
use crate::report;

/// Runs everything; whether it went well.
pub(crate) fn run(options: &Options) -> bool {
    let (name, text) = match read(options) {
        Ok(input) => input,
        Err(message) => {
            eprintln!("{message}");
            return false;
        }
    };
    let mut nfnl = match Nfnl::open(NetNs::Current) {
        Ok(nfnl) => nfnl,
        Err(error) => {
            eprintln!("Error: {error}");
            return false;
        }
    };
    let mut sources = Sources::new(name, text).with_definitions("-D", definitions(options));
    let known = nfnl.declarations();
    let mut files = SystemFiles::new(options.include.clone());
    if let Some(file) = options.file.as_deref().filter(|file| !matches!(*file, "-" | "/dev/stdin")) {
        files = files.beside(file);
    }
    let loaded = sources.load(&mut files, &known);
    // What could not be asked for looks like something that is not there.
    if let Err(error) = known.check() {
        report::failed(&sources, &error);
        return false;
    }
    drop(known);
    let commands = match loaded {
        Ok(commands) => commands,
        Err(error) => {
            report::refused(&error);
            return false;
        }
    };
    // The text is not needed again unless something goes wrong, but then its lines are.
    match execute(&mut nfnl, commands, options) {
        Ok(()) => true,
        Err(error) => {
            report::failed(&sources, &error);
            false
        }
    }
}

/// All that changes something is one batch; what lists comes after it, as with `nft`.
fn execute(nfnl: &mut Nfnl, commands: Vec<Command>, options: &Options) -> Result<(), Error> {
    let (listings, changes): (Vec<_>, Vec<_>) = commands.into_iter().partition(list::is_listing);
    if options.trace && !changes.is_empty() {
        let batch = nfnl.encode(&changes)?;
        let (mut trace, mut text) = (Trace::new(), String::new());
        for message in Messages::new(&batch) {
            let written = trace.message(&message?, &mut text);
            written.map_err(|_| Error::new(ErrorKind::System, "the trace cannot be written"))?;
        }
        let written = std::io::stdout().lock().write_all(&nft::wire::bytes_of_text(&text));
        written.map_err(|error| Error::new(ErrorKind::System, error.to_string()).with_source(error))?;
    }
    if options.check {
        nfnl.check_commands(&changes)?;
    } else if options.echo {
        let ((), commits) = nfnl.echo(Grain::Line, |nfnl| nfnl.apply(&changes))?;
        let mut text = String::new();
        for commit in &commits {
            monitor::write(&mut text, &commit.events, Some(commit), &list::printing(nfnl, options));
        }
        print!("{text}");
    } else {
        nfnl.apply(&changes)?;
    }
    drop(changes);
    listings.iter().try_for_each(|command| list::list(nfnl, command, options))
}

/// The input and its name, which is empty unless it is a file.
fn read(options: &Options) -> Result<(String, String), String> {
    let Some(file) = &options.file else {
        // Commands on the command line are a line: a comment may end it.
        return Ok((String::new(), options.words.join(" ") + "\n"));
    };
    let mut bytes = Vec::new();
    let (name, read) = if file == "-" || file == "/dev/stdin" {
        ("/dev/stdin".to_owned(), std::io::stdin().read_to_end(&mut bytes).map(drop))
    } else {
        if std::fs::metadata(file).is_ok_and(|found| found.is_dir() || found.file_type().is_char_device()) {
            return Err(format!("internal:0:0-0: Error: Not a regular file: \"{file}\"\n"));
        }
        let read = std::fs::read(file).map(|content| bytes = content);
        (file.clone(), read)
    };
    read.map_err(|error| {
        let text = error.to_string();
        let text = text.split(" (os error").next().unwrap_or_default();
        format!("internal:0:0-0: Error: Could not open file \"{file}\": {text}\n")
    })?;
    let text = String::from_utf8(bytes).unwrap_or_else(|error| nft::syntax::text_of(error.as_bytes()).into_owned());
    Ok((name, text))
}

/// `-D`, as definitions on a line of their own.
fn definitions(options: &Options) -> String {
    options.defines.iter().map(|(name, value)| format!("define {name} = {value}\n")).collect()
}
