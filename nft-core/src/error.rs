//! The crate's error: one word, classified by who is at fault.

use std::fmt;

use crate::model::{KeyField, Origin};

/// What went wrong, and whose fault it is.
///
/// # Examples
///
/// ```
/// use nft_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::Misuse, "chain `input` exists already");
/// assert_eq!(error.kind(), ErrorKind::Misuse);
/// assert_eq!(error.to_string(), "chain `input` exists already");
/// ```
pub struct Error(Box<Inner>);

/// Who is at fault.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The rule or ruleset itself: a wrong type, conflicting protocols, a value out of range.
    Source,
    /// It is right, but this library cannot do it yet.
    Unsupported,
    /// The program calls the API wrongly.
    Misuse,
    /// The kernel refused.
    Kernel,
    /// A reply was malformed or did not come.
    Reply,
    /// The operating system: sockets, namespaces.
    System,
}

/// Where in a value an error lies, from the outside in; nothing where it does not apply.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Path {
    /// `inet filter`: the table.
    pub table: Option<String>,
    /// What in the table: `chain input`, `set admins`.
    pub item: Option<String>,
    /// Number of the rule in its chain, from 0.
    pub rule: Option<usize>,
    /// Number of the statement in its rule, from 0.
    pub stmt: Option<usize>,
    /// Which operand of the statement.
    pub operand: Option<Operand>,
    /// Number of the element, from 0.
    pub element: Option<usize>,
    /// Key of the element, where its number is not known.
    pub key: Option<Box<ElementKey>>,
    /// Which word of the command or rule.
    pub part: Option<Part>,
}

/// A word of a command or rule.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Part {
    /// The name of the table.
    Table,
    /// The name of the chain, set or other thing in the table.
    Item,
    /// The handle, position or index.
    Handle,
    /// A name that a statement or an element mentions: of a chain, set, object, or one that only the machine knows.
    Name(Box<str>),
    /// A field of the operand, which is a concatenation; from 0.
    Field(usize),
}

/// The key of an element as the kernel has it, for finding where it was written.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct ElementKey {
    /// What the bytes are: one field, or those of a concatenation.
    pub fields: Vec<KeyField>,
    /// The bytes, packed as in [`Elements`](crate::model::Elements): most significant first.
    pub bytes: Box<[u8]>,
    /// Whether this is the key behind the last of a range, and not the first.
    pub behind: bool,
}

/// Which operand of a statement.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Operand {
    /// The left side of a match, the key of a map.
    Left,
    /// The right side of a match, the value of a `set`.
    Right,
    /// The address of a translation.
    Address,
    /// The port of a translation.
    Port,
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Left => "left side",
            Self::Right => "right side",
            Self::Address => "address",
            Self::Port => "port",
        })
    }
}

impl ElementKey {
    /// A key of these fields.
    #[must_use]
    pub const fn new(fields: Vec<KeyField>, bytes: Box<[u8]>, behind: bool) -> Self {
        Self { fields, bytes, behind }
    }
}

struct Inner {
    kind: ErrorKind,
    message: String,
    path: Path,
    origin: Origin,
    help: Option<String>,
    errno: Option<i32>,
    generation: Option<u32>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    others: Vec<Error>,
}

impl Error {
    /// An error with a message: lower case, no full stop, in the user's words.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            path: Path::default(),
            origin: Origin::None,
            help: None,
            errno: None,
            generation: None,
            source: None,
            others: Vec::new(),
        }))
    }

    /// The rule or ruleset is wrong.
    #[must_use]
    pub fn source_text(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Source, message)
    }

    /// The same with advice, such as "did you mean `dport`?".
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// The same with the kernel's error number.
    #[must_use]
    pub fn with_errno(mut self, errno: i32) -> Self {
        self.0.errno = Some(errno);
        self
    }

    /// The same with the generation of the kernel's ruleset at which it happened.
    #[must_use]
    pub fn with_generation(mut self, generation: u32) -> Self {
        self.0.generation = Some(generation);
        self
    }

    /// The same with what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same with the place in the text, unless it has one.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        if matches!(self.0.origin, Origin::None) {
            self.0.origin = origin;
        }
        self
    }

    /// The same with further errors of the same batch.
    #[must_use]
    pub fn with_others(mut self, others: Vec<Self>) -> Self {
        self.0.others = others;
        self
    }

    /// Completes the path from the outside: what is already known stays.
    #[must_use]
    pub fn within(mut self, complete: impl FnOnce(&mut Path)) -> Self {
        complete(&mut self.0.path);
        self
    }

    /// Who is at fault.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message alone.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where in the value it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Where that was written.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.0.origin
    }

    /// Advice.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The kernel's error number.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        self.0.errno
    }

    /// The generation of the kernel's ruleset at which it happened, where that matters.
    #[must_use]
    pub fn generation(&self) -> Option<u32> {
        self.0.generation
    }

    /// Further errors of the same batch.
    #[must_use]
    pub fn others(&self) -> &[Self] {
        &self.0.others
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.0.path;
        if let Origin::Code { file, line } = self.0.origin {
            write!(f, "{file}:{line}: ")?;
        }
        if let Some(table) = &path.table {
            write!(f, "table {table}: ")?;
        }
        if let Some(item) = &path.item {
            write!(f, "{item}: ")?;
        }
        if let Some(rule) = path.rule {
            write!(f, "rule {}: ", rule + 1)?;
        }
        if let Some(stmt) = path.stmt {
            write!(f, "statement {}: ", stmt + 1)?;
        }
        if let Some(operand) = path.operand {
            write!(f, "{operand}: ")?;
        }
        if let Some(element) = path.element {
            write!(f, "element {}: ", element + 1)?;
        }
        f.write_str(&self.0.message)?;
        match &path.part {
            Some(Part::Name(name)) if !self.0.message.contains(&**name) => write!(f, ": {name}")?,
            _ => {}
        }
        if let Some(help) = &self.0.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    /// What `Display` writes, the kind, and the further errors a line each: a `main` that returns the error prints this.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} [{:?}]", self.0.kind)?;
        self.0.others.iter().try_for_each(|other| write!(f, "\n{other:?}"))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<crate::wire::Error> for Error {
    fn from(error: crate::wire::Error) -> Self {
        Self::new(ErrorKind::Reply, error.to_string()).with_source(error)
    }
}

impl From<crate::name::NameError> for Error {
    fn from(error: crate::name::NameError) -> Self {
        Self::new(ErrorKind::Misuse, error.to_string()).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorKind, Operand};
    use crate::model::Origin;

    #[test]
    fn all_that_is_known_is_shown() {
        let within = |mut rule: Option<usize>| {
            Error::new(ErrorKind::Kernel, "no such device").with_help("is it up?").within(|path| {
                path.table = Some("inet t".into());
                path.item = Some("chain c".into());
                path.rule = rule.take();
            })
        };
        assert_eq!(within(None).to_string(), "table inet t: chain c: no such device (is it up?)");
        let deep = within(Some(1)).within(|path| (path.stmt, path.operand) = (Some(0), Some(Operand::Right)));
        let deep = deep.with_origin(Origin::Code { file: "src/main.rs", line: 7 });
        let text = "src/main.rs:7: table inet t: chain c: rule 2: statement 1: right side: no such device (is it up?)";
        assert_eq!(deep.to_string(), text);
        let all = deep.with_others(vec![Error::new(ErrorKind::Reply, "cut off")]);
        assert_eq!(format!("{all:?}"), format!("{text} [Kernel]\ncut off [Reply]"));
    }
}
