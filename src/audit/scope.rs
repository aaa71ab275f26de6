//! What of a database can be compared.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::certificates::OPTIONAL;
use super::lookup::{Lookup, highest_id};
use super::{authorizations, orders};

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
        for table in OPTIONAL.into_iter().chain([orders::TABLE, authorizations::TABLE]) {
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

    /// The ids that rows of this run have in `table`, if it can be asked.
    pub(super) fn ids_of_run(&self, table: &str) -> Option<RangeInclusive<i64>> {
        self.highest_ids.get(table).map(|highest| highest + 1..=i64::MAX)
    }
}
