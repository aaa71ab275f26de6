//! The audit of one run: its ledger, the database, and what came of comparing them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::comparison::{Patience, compare};
use super::ledger::Ledger;
use super::lookup::{Cell, Lookup};
use super::scope::Scope;
use crate::db::database::Database;
use crate::db::query::Query;
use crate::db::value::Value;
use crate::record::audit_block::{AuditBlock, UnmadeBlock};

/// For rows that another process writes. The embedded CA's own are there as soon as they are asked for.
const PATIENCE: Patience =
    Patience { quiet: Duration::from_secs(5), longest: Duration::from_secs(60) };
/// What one question gets: they are long, and the database has just been under load.
const TIMEOUT: Duration = Duration::from_secs(60);

/// One run's audit.
pub struct RunAudit {
    /// What clients noted.
    pub ledger: Ledger,
    database: Database,
    scope: Scope,
    latest: Mutex<Option<AuditBlock>>,
}

impl RunAudit {
    /// To be called before the first request: some tables are compared from where they end now.
    pub async fn begin(database: Database) -> Self {
        let scope = Scope::read(&database).await;
        Self { ledger: Ledger::default(), database, scope, latest: Mutex::default() }
    }

    /// Compares all that was noted so far, and keeps what comes of it. Says on stderr why when it waits.
    pub async fn make(&self) -> AuditBlock {
        let patience = if self.database.is_written_here() { Patience::NONE } else { PATIENCE };
        let tell = |why| eprintln!("audit: {why}");
        let compared = compare(&self.ledger, &self.database, &self.scope, patience, tell).await;
        let block = match compared {
            Ok(block) => AuditBlock::Made(block),
            Err(unmade) => AuditBlock::Unmade(UnmadeBlock { error: unmade.to_string() }),
        };
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(block.clone());
        block
    }

    /// What the last comparison came to.
    pub fn latest(&self) -> Option<AuditBlock> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Lookup for Database {
    async fn rows(&self, sql: String, parameters: Vec<Cell>) -> Result<Vec<Vec<Cell>>, String> {
        let parameters = parameters.into_iter().map(Value::from).collect();
        let found = self.query(Query::new(sql, parameters, TIMEOUT)).await;
        let rows = found.map_err(|error| error.to_string())?.rows;
        Ok(rows.into_iter().map(|row| row.into_iter().map(Cell::from).collect()).collect())
    }
}

impl From<Cell> for Value {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Int(number) => Self::Int(number),
            Cell::Text(text) => Self::Text(text),
            Cell::Bytes(bytes) => Self::Bytes(bytes),
        }
    }
}

impl From<Value> for Cell {
    fn from(value: Value) -> Self {
        match value {
            Value::Int(number) => Self::Int(number),
            Value::Text(text) => Self::Text(text),
            Value::Bytes(bytes) => Self::Bytes(bytes),
            Value::Null | Value::Float(_) => Self::Null,
        }
    }
}
