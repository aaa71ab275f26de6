//! What of a database can be compared.

use std::collections::HashMap;

use super::certificates::{OPTIONAL, READ_THROUGH};
use super::lookup::{Lookup, highest_id};

/// Which tables there are, and where the run began in those that are read through.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    highest_ids: HashMap<&'static str, i64>,
    /// Tables that cannot be asked, and why.
    pub missing: Vec<String>,
}

impl Scope {
    /// To be read before the run.
    pub async fn read(lookup: &impl Lookup) -> Self {
        let mut scope = Self::default();
        for table in OPTIONAL {
            match highest_id(lookup, table).await {
                Ok(id) => _ = scope.highest_ids.insert(table, id),
                Err(unmade) => scope.missing.push(format!("not compared: {unmade}")),
            }
        }
        scope
    }

    /// Whether `table` can be asked.
    pub(super) fn has(&self, table: &str) -> bool {
        self.highest_ids.contains_key(table)
    }

    /// The highest id that `table` had before the run, if it can be asked.
    pub(super) fn ids_before(&self, table: &str) -> Option<i64> {
        debug_assert!(READ_THROUGH.contains(&table), "{table} has an index");
        self.highest_ids.get(table).copied()
    }
}
