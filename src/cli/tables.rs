//! The rows of the CA's tables before a run and after it, for the summary.

use std::collections::BTreeMap;

use crate::cli::load::runtime;
use crate::db::database::Database;
use crate::db::stats::{self, Counts};
use crate::error::Fatal;
use crate::record::summary::RowCounts;
use crate::scheduler::RunEnd;

/// The tables as a run found them.
pub(super) struct Tables {
    database: Database,
    before: Counts,
}

impl Tables {
    /// Counts them before the run.
    ///
    /// # Errors
    /// Exit 4 when the system grants no runtime.
    pub(super) fn before(database: &Database) -> Result<Self, Fatal> {
        let before = runtime()?.block_on(stats::count(database));
        Ok(Self { database: database.clone(), before })
    }

    /// Counts them again; returns what the summary shows, and why something is not shown. Who
    /// interrupts a run a second time does not wait for that.
    ///
    /// # Errors
    /// Exit 4 when the system grants no runtime.
    pub(super) fn after(
        &self,
        end: RunEnd,
    ) -> Result<(BTreeMap<String, RowCounts>, Vec<String>), Fatal> {
        if end == RunEnd::Interrupted {
            let told = "the database's rows were not counted again: the run was interrupted";
            return Ok((shown(&self.before, &Counts::default()), vec![told.to_owned()]));
        }
        let after = runtime()?.block_on(stats::count(&self.database));
        Ok((shown(&self.before, &after), problems(&self.before, &after)))
    }
}

fn shown(before: &Counts, after: &Counts) -> BTreeMap<String, RowCounts> {
    let names = before.rows.keys().chain(after.rows.keys());
    let rows = names.map(|name| {
        let count = |counts: &Counts| counts.rows.get(name)?.as_ref().ok().copied();
        let (before, after) = (count(before), count(after));
        let counts = RowCounts {
            before: before.map(|count| count.rows),
            after: after.map(|count| count.rows),
            estimated: before.into_iter().chain(after).any(|count| count.estimated),
        };
        ((*name).to_owned(), counts)
    });
    rows.collect()
}

/// What could not be counted, and why; a reason that several share is told once.
fn problems(before: &Counts, after: &Counts) -> Vec<String> {
    let mut by_reason: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (when, counts) in [("before", before), ("after", after)] {
        for (name, count) in &counts.rows {
            if let Err(error) = count {
                by_reason.entry(error.to_string()).or_default().push(format!("{name} {when} it"));
            }
        }
    }
    let told = |(reason, names): (String, Vec<String>)| {
        format!("rows that could not be counted for this run, {}: {reason}", names.join(", "))
    };
    let mut told: Vec<String> = by_reason.into_iter().map(told).collect();
    if !after.missing.is_empty() {
        let tables: Vec<&str> = after.missing.iter().copied().collect();
        let tables = tables.join(", ");
        told.push(format!("the database has no tables {tables}: their rows were not counted"));
    }
    told
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::db::error::DbError;
    use crate::db::stats::Count;

    #[test]
    fn what_was_counted_once_is_shown() {
        let exact = |rows| Ok(Count { rows, estimated: false });
        let gone = DbError::Unreachable { at: "h:1".into(), why: "refused".into() };
        let estimate = Ok(Count { rows: 9, estimated: true });
        let counts = |rows: [_; 3]| Counts { rows: BTreeMap::from(rows), ..Counts::default() };
        let before = counts([("a", exact(1)), ("b", exact(2)), ("c", exact(3))]);
        let after = counts([("a", estimate), ("b", Err(gone.clone())), ("c", Err(gone))]);
        let rows = shown(&before, &after);
        let row = |before, after, estimated| RowCounts { before, after, estimated };
        assert_eq!(rows["a"], row(Some(1), Some(9), true));
        assert_eq!(rows["b"], row(Some(2), None, false));
        let told = problems(&before, &after);
        let expected = "rows that could not be counted for this run, b after it, c after it: \
                        cannot reach the database at h:1: refused";
        assert_eq!(told, [expected]);
    }

    #[test]
    fn missing_tables_are_told() {
        let missing = BTreeSet::from(["authz2", "certificates"]);
        let after = Counts { missing, ..Counts::default() };
        let told = problems(&Counts::default(), &after);
        let expected =
            "the database has no tables authz2, certificates: their rows were not counted";
        assert_eq!(told, [expected]);
    }
}
