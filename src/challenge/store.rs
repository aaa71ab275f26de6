//! Everything the listeners answer from: one table for each kind of answer.

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::HeaderValue;

use super::table::Table;
use super::zone::Zone;

/// What is published right now, by kind.
#[derive(Debug, Default)]
pub struct Store {
    /// HTTP-01: key authorizations (RFC 8555 section 8.1) by token.
    pub http01: Arc<Table<Bytes>>,
    /// HTTP: where a path leads instead, with status 302.
    pub redirects: Arc<Table<HeaderValue>>,
    /// DNS: the records of every name.
    pub zone: Zone,
}
