//! What is wrong with a routes file, told so that it can be mended.

use std::io;
use std::path::{Path, PathBuf};

use crate::nearest::nearest;

/// Why routes cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RoutesError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no JSON, or has keys or values that routes do not.
    #[error("{}:{line}: {told}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The line of the file, from 1.
        line: usize,
        /// What is wrong there.
        told: String,
    },
    /// Each part is understood, but not what they say together.
    #[error("{}: {told}", path.display())]
    Meaning {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        told: String,
    },
}

impl RoutesError {
    pub(super) fn json(path: &Path, error: &serde_json::Error) -> Self {
        let text = error.to_string();
        // serde_json ends with the place, which is said in front here.
        let told = text.rsplit_once(" at line ").map_or(text.as_str(), |(told, _)| told);
        let told = unknown_key(told).unwrap_or_else(|| told.to_owned());
        Self::Json { path: path.to_owned(), line: error.line(), told }
    }
}

/// serde's "unknown field `x`, expected one of `a`, `b`", with the nearest one.
fn unknown_key(told: &str) -> Option<String> {
    let (key, expected) = told.strip_prefix("unknown field `")?.split_once("`, expected ")?;
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let hint = match nearest(key, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", known.join(", ")),
    };
    Some(format!("unknown key `{key}`; {hint}"))
}
