//! A question to the database and its answer.

use std::time::Duration;

use tokio::time::Instant;

use super::error::DbError;
use super::value::Value;

/// How much an answer may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Rows.
    pub rows: usize,
    /// Values of all rows together.
    pub values: usize,
    /// Bytes of all texts and blobs together.
    pub bytes: usize,
}

impl Default for Bounds {
    /// 100,000 rows, a million values, 64 MiB.
    fn default() -> Self {
        Self { rows: 100_000, values: 1_000_000, bytes: 64 << 20 }
    }
}

impl Bounds {
    /// What `answer` exceeds, in the words of a script's `limits`.
    fn exceeded_by(&self, answer: &Self) -> Option<String> {
        let over = |most: usize, is: usize, what: &str, limit: &str| {
            (is > most).then(|| format!("{most} {what} (`{limit}` of a script's limits)"))
        };
        over(self.rows, answer.rows, "rows", "array_len")
            .or_else(|| over(self.values, answer.values, "values", "map_len"))
            .or_else(|| over(self.bytes, answer.bytes, "bytes", "string_bytes"))
    }
}

/// One statement to run.
#[derive(Debug, Clone)]
pub struct Query {
    /// The statement, with `?` for each parameter.
    pub sql: String,
    /// The parameters, which are bound and never pasted.
    pub params: Vec<Value>,
    /// What the answer gets, waiting for a connection included.
    pub timeout: Duration,
    /// When that time is over.
    pub deadline: Instant,
    /// A larger answer is an error.
    pub bounds: Bounds,
    /// Rows beyond these are counted, but not kept.
    pub keep: usize,
}

impl Query {
    /// `sql` with `params`, to be answered within `timeout` from now.
    pub fn new(sql: impl Into<String>, params: Vec<Value>, timeout: Duration) -> Self {
        Self {
            sql: sql.into(),
            params,
            timeout,
            deadline: Instant::now() + timeout,
            bounds: Bounds::default(),
            keep: usize::MAX,
        }
    }

    /// What it waits for rows that are on their way: a writer that has fallen far behind must not take
    /// the time that the answer needs.
    pub(super) fn patience(&self) -> Duration {
        self.timeout / 2
    }

    /// The statement as messages show it: on one line, and not all of a long one.
    pub fn shown(&self) -> String {
        const LONGEST: usize = 200;
        let line = self.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(LONGEST) {
            Some((cut, _)) => format!("{} ...", &line[..cut]),
            None => line,
        }
    }

    /// The error that its time is over; `why` says what took it.
    pub(super) fn timed_out(&self, why: impl Into<String>) -> DbError {
        DbError::Timeout {
            timeout_ms: self.timeout.as_millis() as u64,
            why: why.into(),
            sql: self.shown(),
        }
    }
}

/// The answer: columns by name, and rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, with a value for each column.
    pub rows: Vec<Vec<Value>>,
}

impl Rows {
    /// The first value of the first row.
    pub fn into_value(self) -> Option<Value> {
        self.rows.into_iter().next()?.into_iter().next()
    }
}

/// Takes an answer row by row, and notices when it becomes too large.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    query: &'a Query,
    rows: Rows,
    seen: Bounds,
}

impl<'a> Collector<'a> {
    pub(super) fn new(query: &'a Query, columns: Vec<String>) -> Self {
        let seen = Bounds { rows: 0, values: 0, bytes: 0 };
        Self { query, rows: Rows { columns, rows: Vec::new() }, seen }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// [`DbError::TooLarge`].
    pub(super) fn take(&mut self, row: Vec<Value>) -> Result<(), DbError> {
        self.seen.rows += 1;
        self.seen.values += row.len();
        self.seen.bytes += row.iter().map(Value::bytes).sum::<usize>();
        if let Some(most) = self.query.bounds.exceeded_by(&self.seen) {
            return Err(DbError::TooLarge { most, sql: self.query.shown() });
        }
        if self.seen.rows <= self.query.keep {
            self.rows.rows.push(row);
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Rows {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_bounded() {
        let mut query = Query::new("SELECT 1", Vec::new(), Duration::from_secs(1));
        query.bounds = Bounds { rows: 2, values: 3, bytes: 1000 };
        query.keep = 1;
        let mut collector = Collector::new(&query, vec!["a".into()]);
        collector.take(vec![Value::Int(1)]).expect("room");
        collector.take(vec![Value::Int(2)]).expect("room, though not kept");
        let error = collector.take(vec![Value::Int(3)]).expect_err("a third row");
        assert!(error.to_string().contains("LIMIT"), "{error}");
        assert_eq!(collector.finish().into_value(), Some(Value::Int(1)));
        let mut collector = Collector::new(&query, vec!["a".into()]);
        let large = vec![Value::Bytes(vec![0; 1000])];
        collector.take(large.clone()).expect("as many bytes as allowed");
        let error = collector.take(large).expect_err("twice as many").to_string();
        assert!(error.contains("1000 bytes (`string_bytes`"), "{error}");
        let mut collector = Collector::new(&query, vec!["a".into(); 4]);
        let error = collector.take(vec![Value::Null; 4]).expect_err("four values").to_string();
        assert!(error.contains("3 values (`map_len`"), "{error}");
    }

    #[test]
    fn statements_are_shown_on_one_line() {
        let shown = |sql: &str| Query::new(sql, Vec::new(), Duration::ZERO).shown();
        assert_eq!(shown("SELECT\n   1"), "SELECT 1");
        assert_eq!(shown(&"ä".repeat(300)), "ä".repeat(200) + " ...");
    }
}
