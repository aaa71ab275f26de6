//! Everything the listeners answer from: one table for each kind of answer.

use std::sync::Arc;

use bytes::Bytes;

use super::table::Table;

/// What is published right now, by kind.
#[derive(Debug, Default)]
pub struct Store {
    /// HTTP-01: key authorizations (RFC 8555 section 8.1) by token.
    pub http01: Arc<Table<Bytes>>,
}
