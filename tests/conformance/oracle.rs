//! The reference `nft`, and namespaces to run it in.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A reference that runs here.
pub(crate) struct Oracle {
    pub(crate) path: PathBuf,
    /// As in `nft --version`, without the `v`.
    pub(crate) version: String,
    unshare: &'static str,
}

impl Oracle {
    /// The version that the corpus was recorded with.
    const RECORDED: &'static str = "1.1.7";

    /// Finds it, or says why not.
    pub(crate) fn find() -> Result<Self, String> {
        let path = env::var_os("NFT").map(PathBuf::from).or_else(|| {
            env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join("nft")).find(|path| path.is_file())
        });
        let path = path.ok_or("no reference nft (set NFT)")?;
        let output = Command::new(&path).arg("--version").output().map_err(|error| format!("{}: {error}", path.display()))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = text.split(' ').find_map(|word| word.strip_prefix('v')).unwrap_or_default().to_owned();
        // Root needs no user namespace, and has larger buffers without one.
        let unshare = ["-n", "-Urn"].into_iter().find(|flags| {
            let probe = Command::new("unshare").arg(flags).arg(&path).args(["list", "ruleset"]).output();
            probe.is_ok_and(|output| output.status.success())
        });
        Ok(Self { path, version, unshare: unshare.ok_or("no network namespaces with nf_tables here")? })
    }

    /// Whether what it lists is what was recorded.
    pub(crate) fn is_recorded(&self) -> bool {
        self.version == Self::RECORDED
    }

    /// A command in a new network namespace.
    pub(crate) fn isolated(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("unshare");
        command.arg(self.unshare).arg(program).env("TZ", "UTC").stdin(Stdio::null());
        command
    }
}

/// Standard output, or the error's text.
pub(crate) fn text(output: std::io::Result<Output>) -> Result<String, String> {
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(if error.is_empty() { format!("{}\n", output.status) } else { error })
}
