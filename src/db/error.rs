//! Why the database did not answer.

use mysql_async::{DriverError, Error, IoError};

use crate::error::{ErrorKind, HostError};

/// Why a question has no answer. No message holds a password or a parameter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// No connection could be made.
    #[error("cannot reach the database at {at}: {why}")]
    Unreachable {
        /// Where it should be.
        at: String,
        /// What happened.
        why: String,
    },
    /// It does not want us.
    #[error("the database at {at} refuses to be used: {why}")]
    Refused {
        /// Where it is.
        at: String,
        /// What it says.
        why: String,
    },
    /// The connection ended before the answer was complete.
    #[error("the connection to the database at {at} broke: {why}")]
    Broken {
        /// Where it is.
        at: String,
        /// What happened.
        why: String,
    },
    /// The time is over.
    #[error("no answer from the database within {timeout_ms} ms: {why}; in `{sql}`")]
    Timeout {
        /// What it had.
        timeout_ms: u64,
        /// What took the time.
        why: String,
        /// The statement.
        sql: String,
    },
    /// It does not like the statement.
    #[error("the database says: {why}; in `{sql}`")]
    Sql {
        /// Its words.
        why: String,
        /// The statement.
        sql: String,
    },
    /// It does not only read.
    #[error("this is no query; what changes the database goes through db::execute; in `{sql}`")]
    NoQuery {
        /// The statement.
        sql: String,
    },
    /// What it finds would be written to a file.
    #[error(
        "INTO OUTFILE and INTO DUMPFILE write a file on the database's server, which is no lookup; in `{sql}`"
    )]
    WritesFile {
        /// The statement.
        sql: String,
    },
    /// Servers differ about what it says.
    #[error(
        "what is between /*! and */ is part of the statement for some servers and a comment for others: \
         write it without these, or leave it out; in `{sql}`"
    )]
    Unclear {
        /// The statement.
        sql: String,
    },
    /// It only reads.
    #[error(
        "this changes nothing: db::query, db::row and db::value return what it finds; in `{sql}`"
    )]
    NoChange {
        /// The statement.
        sql: String,
    },
    /// It is about the connection that it is sent on.
    #[error(
        "{word} is about the connection that it is sent on, and would end with this call: each call may use \
         another one, and is a transaction of its own; in `{sql}`"
    )]
    OfSession {
        /// How it begins.
        word: String,
        /// The statement.
        sql: String,
    },
    /// As many parameters as `?` are needed.
    #[error("the statement takes {wanted} parameters, but {given} were given; in `{sql}`")]
    Params {
        /// The number of `?`.
        wanted: usize,
        /// The number of parameters.
        given: usize,
        /// The statement.
        sql: String,
    },
    /// More than a script may hold.
    #[error("the answer has more than {most}; add a LIMIT or ask for fewer columns; in `{sql}`")]
    TooLarge {
        /// What it may have.
        most: String,
        /// The statement.
        sql: String,
    },
    /// Not without `--db-write`.
    #[error("the database is only read, unless coyote is started with --db-write; in `{sql}`")]
    ReadOnly {
        /// The statement.
        sql: String,
    },
    /// A defect in coyote itself, or its end.
    #[error("the lookup was given up: {0}")]
    Internal(String),
}

impl DbError {
    /// The reason in the words of scripts.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreachable { .. } => ErrorKind::Connect,
            Self::Refused { .. } | Self::Sql { .. } => ErrorKind::Database,
            Self::Broken { .. } => ErrorKind::Closed,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::NoQuery { .. }
            | Self::WritesFile { .. }
            | Self::Unclear { .. }
            | Self::NoChange { .. }
            | Self::OfSession { .. }
            | Self::Params { .. }
            | Self::ReadOnly { .. } => ErrorKind::Argument,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }
}

/// What MySQL or its client says, without the words that the client puts before it.
pub(crate) fn said(error: &mysql_async::Error) -> String {
    match error {
        Error::Server(error) => format!("{} (error {})", error.message, error.code),
        Error::Io(IoError::Io(error)) => error.to_string(),
        Error::Io(error) => error.to_string(),
        Error::Driver(DriverError::NoClientSslFlagFromServer) => {
            "it speaks no TLS; leave out tls=".to_owned()
        }
        Error::Driver(error) => error.to_string(),
        error => error.to_string(),
    }
}

impl From<DbError> for HostError {
    fn from(error: DbError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}
