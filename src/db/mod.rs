//! The CA's database: MySQL and MariaDB over the network, the embedded CA's own tables in SQLite.
//!
//! Shards only hand in a question and await its answer: connections, waiting and SQLite's blocking
//! calls belong to a thread of this module's own.

pub mod database;
pub mod datetime;
pub mod error;
mod mysql;
pub(crate) mod pool;
pub mod query;
mod sqlite;
mod statement;
pub mod stats;
pub mod table;
pub mod uri;
pub mod value;
