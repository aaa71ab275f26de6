//! What went wrong, in the two forms users meet it: a script's `catch (err)` sees a
//! [`HostError`], the shell sees an [`Exit`] code and one message.

use std::fmt;

/// The closed list of reasons a host function can fail for. A script reads it as `err.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// An argument or option has the wrong type, name or value.
    Argument,
    /// No answer within `timeout_ms`.
    Timeout,
    /// The name does not resolve.
    Dns,
    /// The TCP connection could not be made.
    Connect,
    /// The TLS handshake failed: wrong certificate, wrong name, no common version.
    Tls,
    /// The peer closed or reset the connection before the answer was complete.
    Closed,
    /// What came back is not HTTP, or not what an answer of that endpoint has to be.
    Protocol,
    /// An answer or a value exceeds a limit.
    TooLarge,
    /// The status is not one that `expect:` names.
    UnexpectedStatus,
    /// Text that should be JSON is not, or has another shape than needed.
    Json,
    /// A key cannot be made, read or used that way.
    Key,
    /// A certificate or a signing request cannot be made or read.
    Certificate,
    /// A file cannot be read, or lies outside the script's folder.
    File,
    /// No ACME directory is known to this run.
    NoDirectory,
    /// No database is known to this run.
    NoDatabase,
    /// The database refuses the login or the statement.
    Database,
    /// The target is a public CA and `--i-own-this-ca` was not given for it.
    Refused,
    /// The CA asks to wait longer than `retry_after_max_s`.
    RateLimited,
    /// A deadline of coyote's own passed, such as that of polling.
    Deadline,
    /// The challenge server does not listen, or cannot publish.
    Challenge,
    /// A defect in coyote itself.
    Internal,
}

impl ErrorKind {
    /// The word scripts and reports use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::Timeout => "timeout",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Closed => "closed",
            Self::Protocol => "protocol",
            Self::TooLarge => "too_large",
            Self::UnexpectedStatus => "unexpected_status",
            Self::Json => "json",
            Self::Key => "key",
            Self::Certificate => "certificate",
            Self::File => "file",
            Self::NoDirectory => "no_directory",
            Self::NoDatabase => "no_database",
            Self::Database => "database",
            Self::Refused => "refused",
            Self::RateLimited => "rate_limited",
            Self::Deadline => "deadline",
            Self::Challenge => "challenge",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The failure of a host function, as a script catches it: `err.kind`, `err.message`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HostError {
    /// Why, from the closed list.
    pub kind: ErrorKind,
    /// What happened, where, and what to do.
    pub message: String,
}

impl HostError {
    /// An error of `kind` with a message for people.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// Shorthand for the most common one: a wrong argument.
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Argument, message)
    }
}

/// Exit codes, a promise to users (see README).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Finished, and every threshold holds.
    Ok = 0,
    /// `once` had a failing chain.
    ChainFailed = 1,
    /// Wrong usage.
    Usage = 2,
    /// A script does not load.
    Script = 3,
    /// Set-up failed: target unreachable, port taken, a throwing `setup()`, too few open files.
    Setup = 4,
    /// A threshold was breached.
    Threshold = 99,
    /// Ended by a second Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// Of two that a finished run has earned the one that says more, by which later ones in this list
    /// win: a run that was interrupted shows little about thresholds, and a chain that failed in `once`
    /// is usually why one is breached.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        const ORDER: [Exit; 4] = [Exit::Ok, Exit::Threshold, Exit::ChainFailed, Exit::Interrupted];
        let weight = |exit| ORDER.iter().position(|known| *known == exit).unwrap_or(ORDER.len());
        if weight(other) > weight(self) { other } else { self }
    }
}

/// Ends the program: a code for the shell and a message for the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fatal {
    /// The exit code.
    pub exit: Exit,
    /// What happened, where, and what to do.
    pub message: String,
}

impl Fatal {
    /// A fatal error with `exit` and a message for people.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// Wrong usage (exit 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A script does not load (exit 3).
    pub fn script(message: impl Into<String>) -> Self {
        Self::new(Exit::Script, message)
    }

    /// Set-up failed (exit 4).
    pub fn setup(message: impl Into<String>) -> Self {
        Self::new(Exit::Setup, message)
    }
}
