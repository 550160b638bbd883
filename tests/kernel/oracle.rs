//! The reference.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

/// The reference, if there is one.
pub(crate) fn path() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("NFT") {
        return Some(path.into());
    }
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).map(|directory| directory.join("nft")).find(|file| file.is_file())
}

/// What it prints for these arguments.
pub(crate) fn nft(arguments: &[&str]) -> Result<String, Failed> {
    let path = path().ok_or("no nft")?;
    let output = Command::new(path).args(arguments).env("TZ", "UTC").output()?;
    if !output.status.success() {
        return Err(format!("nft {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Loads a text with it.
pub(crate) fn load(text: &str) -> Result<(), Failed> {
    let path = path().ok_or("no nft")?;
    let mut child = Command::new(path).args(["-f", "-"]).env("TZ", "UTC").stdin(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(text.as_bytes())?;
    if child.wait()?.success() { Ok(()) } else { Err(format!("nft refuses:\n{text}").into()) }
}

/// What it says when it refuses a text; an error if it takes it.
pub(crate) fn refusal(text: &str) -> Result<String, Failed> {
    let path = path().ok_or("no nft")?;
    let mut child =
        Command::new(path).args(["-f", "-"]).env("TZ", "UTC").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(text.as_bytes())?;
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Err(format!("nft takes:\n{text}").into());
    }
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// What it would send for a text: the sets, elements and rules of `--debug=netlink`, also where the kernel refuses them.
pub(crate) fn bytecode(text: &str) -> Result<String, Failed> {
    let path = path().ok_or("no nft")?;
    let mut command = Command::new(path);
    command.args(["--check", "--debug=netlink", "-f", "-"]).env("TZ", "UTC");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(text.as_bytes())?;
    let output = child.wait_with_output()?;
    let error = String::from_utf8_lossy(&output.stderr);
    if error.lines().any(|line| line.contains("Error: ") && !line.contains("Could not process rule")) {
        return Err(format!("nft refuses: {error}").into());
    }
    // Chains and objects are not shown by us, and of sets not what the kernel makes of them.
    let shown = |line: &&str| !line.contains(" use 0") && !line.starts_with("table (null)") && !line.is_empty();
    Ok(String::from_utf8_lossy(&output.stdout).lines().filter(shown).flat_map(|line| [line, "\n"]).collect())
}

/// Loads a file with it; whether it took it.
pub(crate) fn load_file(file: &std::path::Path) -> Result<bool, Failed> {
    let path = path().ok_or("no nft")?;
    let output = Command::new(path).arg("-f").arg(file).env("TZ", "UTC").output()?;
    Ok(output.status.success())
}

/// What it says when it refuses a file of that directory, which is the current one for it.
pub(crate) fn refusal_of_file(file: &str, directory: &std::path::Path) -> Result<String, Failed> {
    let path = std::fs::canonicalize(path().ok_or("no nft")?)?;
    let output = Command::new(path).args(["-f", file]).env("TZ", "UTC").current_dir(directory).output()?;
    if output.status.success() {
        return Err(format!("nft takes {file}").into());
    }
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}
