//! What can be wrong with a store.

use std::io;

use super::cells::BadCell;

/// Why the CA's store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be opened or asked.
    #[error("the CA's store {place} cannot be used: {why}")]
    Unusable {
        /// File or address, without a password.
        place: String,
        /// What the database says, and what to do about it.
        why: String,
    },
    /// It is somebody else's database.
    #[error(
        "the CA's store {place} has a table {table}, but not made by coyote: to keep its rows safe \
         nothing is added; name an empty database or a new file"
    )]
    NotOurs {
        /// File or address, without a password.
        place: String,
        /// A table that is there.
        table: String,
    },
    /// A table is not as this version makes it.
    #[error(
        "the CA's store {place} has a table {table} that is not as coyote makes it: {why}; name an \
         empty database or a new file"
    )]
    OtherShape {
        /// File or address, without a password.
        place: String,
        /// The table.
        table: &'static str,
        /// What the database says.
        why: String,
    },
    /// A row cannot be read.
    #[error("the CA's store {place} has a row in {table} that cannot be read: {why}")]
    BadRow {
        /// File or address, without a password.
        place: String,
        /// Where the row is.
        table: &'static str,
        /// What is wrong with it.
        why: BadCell,
    },
    /// The system grants no temporary file or thread.
    #[error("the CA's store cannot be set up: {0}")]
    System(#[from] io::Error),
    /// The CA has ended with changes that no database took.
    #[error("{count} changes are not in the CA's store {place}: {why}")]
    Unwritten {
        /// File or address, without a password.
        place: String,
        /// How many were left.
        count: usize,
        /// What the database last said.
        why: String,
    },
}
