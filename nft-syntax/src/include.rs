//! `include`: which files are meant, and where they are read from.

mod glob;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How deep files may include files.
pub(crate) const MAX_DEPTH: usize = 16;

/// How many bytes all sources of one load may have together.
pub(crate) const MAX_BYTES: usize = 1 << 30;

/// What a path leads to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A pipe, a device.
    Other,
}

/// Access to files, for `include`. Paths are plain text with `/` between the parts.
pub trait Files {
    /// What the path leads to; nothing if it leads nowhere.
    fn kind(&mut self, path: &str) -> Option<FileKind>;

    /// The content of a file.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    fn read(&mut self, path: &str) -> std::io::Result<Vec<u8>>;

    /// Names of the entries of a directory, in any order.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    fn entries(&mut self, directory: &str) -> std::io::Result<Vec<String>>;

    /// The directories in which paths are looked up that do not begin with `/`, `./` or `../`.
    fn search_path(&self) -> &[String] {
        &[]
    }
}

/// No files: every `include` without a wildcard is an error.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "has no content")]
pub struct NoFiles;

impl Files for NoFiles {
    fn kind(&mut self, _: &str) -> Option<FileKind> {
        None
    }

    fn read(&mut self, _: &str) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    fn entries(&mut self, _: &str) -> std::io::Result<Vec<String>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

/// The files of the machine, with the search path of `nft`: the given directories, then `/etc`.
#[derive(Clone, Debug)]
pub struct SystemFiles {
    base: Option<PathBuf>,
    search: Vec<String>,
}

impl Default for SystemFiles {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl SystemFiles {
    /// With further directories to look in before `/etc`.
    #[must_use]
    pub fn new(mut search: Vec<String>) -> Self {
        search.push("/etc".into());
        Self { base: None, search }
    }

    /// Also looks in the directory of that file, after the given directories and before `/etc`, as `nft -f file` does.
    ///
    /// It is the directory of the file that is loaded, also for files that it includes. As with `nft`, all directories of the
    /// search path become absolute, without links; one that is among them already is not searched twice.
    #[must_use]
    pub fn beside(mut self, file: impl AsRef<Path>) -> Self {
        let real = |directory: &str| match std::fs::canonicalize(self.path(directory)) {
            Ok(real) => real.into_os_string().into_string().unwrap_or_else(|_| directory.to_owned()),
            Err(_) => directory.to_owned(),
        };
        let directory = match file.as_ref().parent().and_then(Path::to_str) {
            Some("") => Some("."),
            other => other,
        };
        let last = self.search.len().saturating_sub(1);
        let (given, system) = self.search.split_at(last);
        let mut search: Vec<String> = Vec::new();
        for directory in given.iter().map(String::as_str).chain(directory).chain(system.iter().map(String::as_str)).map(real) {
            if !search.contains(&directory) {
                search.push(directory);
            }
        }
        self.search = search;
        self
    }

    /// Relative paths count from that directory, not from the current one.
    #[must_use]
    pub fn below(self, base: impl Into<PathBuf>) -> Self {
        Self { base: Some(base.into()), ..self }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.base.as_deref().map_or_else(|| PathBuf::from(path), |base| base.join(Path::new(path)))
    }
}

impl Files for SystemFiles {
    fn kind(&mut self, path: &str) -> Option<FileKind> {
        let metadata = std::fs::metadata(self.path(path)).ok()?;
        Some(match metadata.file_type() {
            ty if ty.is_file() => FileKind::File,
            ty if ty.is_dir() => FileKind::Directory,
            _ => FileKind::Other,
        })
    }

    fn read(&mut self, path: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.path(path))
    }

    fn entries(&mut self, directory: &str) -> std::io::Result<Vec<String>> {
        let directory = if directory.is_empty() { "." } else { directory };
        std::fs::read_dir(self.path(directory))?
            .filter_map(|entry| entry.map(|entry| entry.file_name().into_string().ok()).transpose())
            .collect()
    }

    fn search_path(&self) -> &[String] {
        &self.search
    }
}

/// Files that a program holds, by their paths.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    files: BTreeMap<String, Vec<u8>>,
    search: Vec<String>,
}

impl MemoryFiles {
    /// No files.
    #[must_use]
    pub const fn new() -> Self {
        Self { files: BTreeMap::new(), search: Vec::new() }
    }

    /// The same with one more file.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), content.into());
        self
    }

    /// The same with one more directory to look in.
    #[must_use]
    pub fn searching(mut self, directory: impl Into<String>) -> Self {
        self.search.push(directory.into());
        self
    }
}

impl Files for MemoryFiles {
    fn kind(&mut self, path: &str) -> Option<FileKind> {
        if self.files.contains_key(path) {
            return Some(FileKind::File);
        }
        let directory = format!("{}/", path.trim_end_matches('/'));
        self.files.keys().any(|file| file.starts_with(&directory)).then_some(FileKind::Directory)
    }

    fn read(&mut self, path: &str) -> std::io::Result<Vec<u8>> {
        self.files.get(path).cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }

    fn entries(&mut self, directory: &str) -> std::io::Result<Vec<String>> {
        let prefix = match directory {
            "" => String::new(),
            directory => format!("{}/", directory.trim_end_matches('/')),
        };
        let mut names: Vec<String> = self
            .files
            .keys()
            .filter_map(|file| file.strip_prefix(&prefix))
            .filter_map(|rest| rest.split('/').next())
            .filter(|name| !name.is_empty())
            .map(String::from)
            .collect();
        names.dedup();
        Ok(names)
    }

    fn search_path(&self) -> &[String] {
        &self.search
    }
}

/// The files that `include "path"` names, in the order in which they are read; nothing if a plain path leads nowhere.
pub(crate) fn find(files: &mut dyn Files, path: &str) -> Option<Vec<String>> {
    let is_pattern = path.contains(['*', '?', '[']);
    let mut candidates = Vec::new();
    if path.starts_with('/') || path.starts_with("./") || path.starts_with("../") {
        candidates.push(path.to_owned());
    } else {
        candidates.extend(files.search_path().iter().map(|directory| format!("{}/{path}", directory.trim_end_matches('/'))));
    }
    let mut found = Vec::new();
    if is_pattern {
        // Where several directories have matches, nft reads the last directory first.
        candidates.reverse();
    }
    for candidate in candidates {
        if is_pattern {
            found.extend(glob::matches(files, &candidate));
            continue;
        }
        match files.kind(&candidate) {
            None => {}
            Some(FileKind::File) => return Some(vec![candidate]),
            // Refused when it is read.
            Some(FileKind::Other) => return Some(vec![candidate]),
            // Like nft, silently nothing.
            Some(FileKind::Directory) => return Some(Vec::new()),
        }
    }
    is_pattern.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Option<&[&str]>) {
        let mut files = MemoryFiles::new()
            .with("/x/b.nft", "")
            .with("/x/a.nft", "")
            .with("/x/.hidden.nft", "")
            .with("/x/sub/c.nft", "")
            .with("/etc/a.nft", "")
            .with("./a.nft", "")
            .searching("/x")
            .searching("/etc");
        let found = find(&mut files, path);
        assert_eq!(
            found.as_deref().map(|paths| paths.iter().map(String::as_str).collect::<Vec<_>>()),
            expected.map(<[_]>::to_vec)
        );
    }

    #[test]
    fn paths() {
        check("/x/a.nft", Some(&["/x/a.nft"]));
        check("a.nft", Some(&["/x/a.nft"]));
        check("./a.nft", Some(&["./a.nft"]));
        check("none.nft", None);
        check("/x/sub", Some(&[]));
    }

    // The order in which nft 1.1.7 finds files of one name, and in which it reads those of a wildcard.
    #[test]
    fn beside_the_loaded_file() {
        let root = std::env::temp_dir().join(format!("nft-syntax-beside-{}", std::process::id()));
        for directory in ["a", "b", "main"] {
            std::fs::create_dir_all(root.join(directory)).unwrap();
            std::fs::write(root.join(directory).join("nft-syntax-test.q"), "").unwrap();
        }
        std::fs::write(root.join("main/nft-syntax-own.q"), "").unwrap();
        let root = std::fs::canonicalize(&root).unwrap();
        let path = |below: &str| root.join(below).to_str().unwrap().to_owned();
        let mut files = SystemFiles::new(vec![path("a"), path("main/../b"), path("a")]).beside(path("main/main.nft"));
        let found = ["nft-syntax-test.q", "nft-syntax-own.q", "nft-syntax-t*.q", "nft-syntax-none.q", "nft-syntax-none*.q"]
            .map(|name| find(&mut files, name));
        let mut again = SystemFiles::new(vec![path("main")]).beside(path("main/main.nft"));
        let once = find(&mut again, "nft-syntax-t*.q");
        std::fs::remove_dir_all(&root).unwrap();
        let [a, b, main] = ["a", "b", "main"].map(|directory| path(&format!("{directory}/nft-syntax-test.q")));
        assert_eq!(
            found,
            [
                Some(vec![a.clone()]),
                Some(vec![path("main/nft-syntax-own.q")]),
                Some(vec![main.clone(), b, a]),
                None,
                Some(vec![])
            ]
        );
        assert_eq!(once, Some(vec![main]));
    }

    #[test]
    fn wildcards() {
        check("/x/*.nft", Some(&["/x/a.nft", "/x/b.nft"]));
        check("[ab].nft", Some(&["/etc/a.nft", "/x/a.nft", "/x/b.nft"]));
        check("/x/*/?.nft", Some(&["/x/sub/c.nft"]));
        check("/x/*.zzz", Some(&[]));
    }
}
