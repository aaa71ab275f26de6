//! Reading back what `--summary` wrote.

use std::fs;
use std::io;
use std::path::Path;

use super::summary::{SCHEMA, Summary};

/// Why there is no summary in a file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("cannot read the summary {file}: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        error: io::Error,
    },
    /// It holds something else.
    #[error("{file} is not what --summary of this version writes ({SCHEMA}): {reason}")]
    Other {
        /// The file.
        file: String,
        /// What is wrong with it, and where.
        reason: String,
    },
}

/// What every version has.
#[derive(serde::Deserialize)]
struct Version {
    schema: Option<String>,
}

impl Summary {
    /// Reads what [`Summary::to_json`] made.
    ///
    /// # Errors
    /// When the file cannot be read or holds something else.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let file = path.display().to_string();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return Err(ReadError::Unreadable { file, error }),
        };
        let reason = match serde_json::from_str::<Version>(&text) {
            Ok(Version { schema: Some(schema) }) if schema != SCHEMA => {
                format!("it is {schema}, of another version")
            }
            _ => match serde_json::from_str(&text) {
                Ok(summary) => return Ok(summary),
                Err(error) => error.to_string(),
            },
        };
        Err(ReadError::Other { file, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::summary;

    #[test]
    fn what_is_no_summary_says_why() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("summary.json");
        fs::write(&path, summary().to_json()).expect("writable");
        assert_eq!(Summary::read(&path).expect("a summary"), summary());
        for (text, why) in [
            ("", "EOF"),
            ("{\"schema\": 1}", "line 1"),
            ("{}", "missing field"),
            ("{\"schema\": \"coyote.summary/2\"}", "another version"),
        ] {
            fs::write(&path, text).expect("writable");
            let told = Summary::read(&path).expect_err("no summary").to_string();
            assert!(told.contains(why) && told.contains("summary.json is not what"), "{told}");
        }
        let told = Summary::read(folder.path()).expect_err("a folder").to_string();
        assert!(told.starts_with("cannot read the summary "), "{told}");
    }
}
