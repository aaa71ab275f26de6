//! Which function of `db` a statement is for, as far as its words tell.
//!
//! The server is asked to only read as well, unless `--db-write` is given; but that does not keep it
//! from writing files, nor a script from beginning what ends with its call.

use super::error::DbError;
use super::query::Query;

/// What begins a statement that reads.
const READING: [&str; 8] =
    ["SELECT", "WITH", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "VALUES", "TABLE"];
/// What the names in front of it end with.
const AFTER_WITH: [&str; 7] =
    ["SELECT", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "REPLACE"];
/// What begins a statement about the connection that it is sent on.
const OF_SESSION: [&str; 16] = [
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "END",
    "LOCK",
    "UNLOCK",
    "USE",
    "XA",
    "PREPARE",
    "EXECUTE",
    "DEALLOCATE",
    "HANDLER",
    "ATTACH",
    "DETACH",
    "PRAGMA",
];
/// What SET sets for more than that connection.
const SET_FOR_ALL: [&str; 8] = [
    "GLOBAL",
    "@@GLOBAL",
    "PERSIST",
    "@@PERSIST",
    "PERSIST_ONLY",
    "PASSWORD",
    "DEFAULT",
    "STATEMENT",
];

/// Refuses what does not only read: it must go through `execute`, even where writing is allowed.
pub(super) fn must_read(query: &Query) -> Result<(), DbError> {
    let sql = || query.shown();
    match purpose(&query.sql) {
        Purpose::Read => Ok(()),
        Purpose::WriteFile => Err(DbError::WritesFile { sql: sql() }),
        Purpose::Unclear => Err(DbError::Unclear { sql: sql() }),
        Purpose::Session(_) | Purpose::Change => Err(DbError::NoQuery { sql: sql() }),
    }
}

/// Refuses what changes nothing, or nothing that outlives the call.
pub(super) fn must_change(query: &Query) -> Result<(), DbError> {
    let sql = || query.shown();
    match purpose(&query.sql) {
        Purpose::Change | Purpose::WriteFile => Ok(()),
        Purpose::Read => Err(DbError::NoChange { sql: sql() }),
        Purpose::Unclear => Err(DbError::Unclear { sql: sql() }),
        Purpose::Session(word) => Err(DbError::OfSession { word, sql: sql() }),
    }
}

/// Whether a statement that changes rows gives them back.
pub(super) fn returns_rows(sql: &str) -> bool {
    Tokens::new(sql, QUOTES).any(|token| token.is("RETURNING"))
}

#[derive(Debug, PartialEq, Eq)]
enum Purpose {
    Read,
    Change,
    /// What it finds goes into a file on the server.
    WriteFile,
    /// It is about its connection; these are its first words.
    Session(String),
    /// What it says depends on the server.
    Unclear,
}

/// Quotes that a backslash can stand before, and be no end.
const QUOTES: &str = "'\"";

fn purpose(sql: &str) -> Purpose {
    // Whether a backslash means something is the server's setting, and so is what `"` quotes. What one
    // reading has in a string, another one runs.
    for escaping in [QUOTES, "'", ""] {
        let mut before_is_into = false;
        for token in Tokens::new(sql, escaping) {
            if matches!(token, Token::ExecutableComment) {
                return Purpose::Unclear;
            }
            if before_is_into && (token.is("OUTFILE") || token.is("DUMPFILE")) {
                return Purpose::WriteFile;
            }
            before_is_into = token.is("INTO");
        }
    }
    let words: Vec<(&str, usize)> = Tokens::new(sql, QUOTES).filter_map(Token::word).collect();
    let Some(&(first, depth)) = words.first() else { return Purpose::Change };
    let second = words.get(1).map_or("", |(word, _)| word);
    if is_of_session(first, second) {
        return Purpose::Session(format!("{first} {second}").trim_end().to_ascii_uppercase());
    }
    let verb = match first.eq_ignore_ascii_case("WITH") {
        true => {
            let mut verbs =
                words.iter().filter(|(word, at)| *at == depth && is_in(&AFTER_WITH, word));
            verbs.next().map_or(first, |(word, _)| word)
        }
        false => first,
    };
    if is_in(&READING, verb) { Purpose::Read } else { Purpose::Change }
}

fn is_of_session(first: &str, second: &str) -> bool {
    let is = |word: &str| first.eq_ignore_ascii_case(word);
    is_in(&OF_SESSION, first)
        // MariaDB's block of statements begins with BEGIN NOT ATOMIC.
        || is("BEGIN") && !second.eq_ignore_ascii_case("NOT")
        || is("START") && second.eq_ignore_ascii_case("TRANSACTION")
        || is("SET") && !is_in(&SET_FOR_ALL, second)
        || is("CREATE") && is_in(&["TEMPORARY", "TEMP"], second)
}

fn is_in(words: &[&str], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// What is left of a statement without strings, quoted names, comments and signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'s> {
    /// A word, and how many parentheses are open around it.
    Word(&'s str, usize),
    /// `/*!`: whether the server reads what follows as SQL depends on its kind and version.
    ExecutableComment,
}

impl<'s> Token<'s> {
    fn word(self) -> Option<(&'s str, usize)> {
        match self {
            Self::Word(word, depth) => Some((word, depth)),
            Self::ExecutableComment => None,
        }
    }

    fn is(&self, wanted: &str) -> bool {
        self.word().is_some_and(|(word, _)| word.eq_ignore_ascii_case(wanted))
    }
}

struct Tokens<'s> {
    rest: &'s str,
    depth: usize,
    /// Quotes that a backslash can stand before, and be no end.
    escaping: &'static str,
}

impl<'s> Tokens<'s> {
    fn new(sql: &'s str, escaping: &'static str) -> Self {
        Self { rest: sql, depth: 0, escaping }
    }

    /// Goes on after the end of what `quote` began.
    fn skip_quoted(&mut self, quote: char) {
        let escapes = self.escaping.contains(quote);
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, char)) = chars.next() {
            // One that is doubled ends here and begins again: the same words are left.
            if char == quote {
                self.rest = &self.rest[at + quote.len_utf8()..];
                return;
            }
            if char == '\\' && escapes {
                chars.next();
            }
        }
        self.rest = "";
    }

    fn skip_past(&mut self, end: &str) {
        self.rest = self.rest.split_once(end).map_or("", |(_, rest)| rest);
    }
}

impl<'s> Iterator for Tokens<'s> {
    type Item = Token<'s>;

    fn next(&mut self) -> Option<Token<'s>> {
        loop {
            let first = self.rest.chars().next()?;
            let is_line = || self.rest[2..].chars().next().is_none_or(|next| next <= ' ');
            match first {
                '\'' | '"' | '`' => self.skip_quoted(first),
                '#' => self.skip_past("\n"),
                // `1--1` is a sum.
                '-' if self.rest.starts_with("--") && is_line() => self.skip_past("\n"),
                '/' if self.rest.starts_with("/*!") || self.rest.starts_with("/*M!") => {
                    self.rest = &self.rest[3..];
                    return Some(Token::ExecutableComment);
                }
                '/' if self.rest.starts_with("/*") => {
                    self.rest = &self.rest[2..];
                    self.skip_past("*/");
                }
                _ if is_of_word(first) => {
                    let rest = self.rest.trim_start_matches(is_of_word);
                    let word = &self.rest[..self.rest.len() - rest.len()];
                    self.rest = rest;
                    return Some(Token::Word(word, self.depth));
                }
                _ => {
                    match first {
                        '(' => self.depth += 1,
                        ')' => self.depth = self.depth.saturating_sub(1),
                        _ => {}
                    }
                    self.rest = &self.rest[first.len_utf8()..];
                }
            }
        }
    }
}

fn is_of_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '$' | '@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_read() {
        for sql in [
            "SELECT 1",
            " ( select id FROM t) UNION (SELECT 2)",
            "/* a comment */ -- and\n# another\n SELECT 'INTO OUTFILE', \"DELETE\", `INTO OUTFILE`",
            "SELECT 'it''s; INTO OUTFILE'",
            "SELECT /* INTO OUTFILE */ a INTO @b FROM t",
            "SELECT /*+ MAX_EXECUTION_TIME(1000) */ 1",
            "WITH a AS (SELECT 1), b(c) AS (SELECT 2) SELECT * FROM a",
            "WITH RECURSIVE n(i) AS (SELECT 1) SELECT REPLACE(a, 'x', 'y') FROM n",
            "EXPLAIN DELETE FROM t",
            "SHOW TABLES",
            "SELECT outfile FROM dumpfile",
        ] {
            assert_eq!(purpose(sql), Purpose::Read, "{sql}");
        }
    }

    #[test]
    fn what_changes_is_known_wherever_it_hides() {
        for sql in [
            "DELETE FROM t",
            "-- one\nDELETE FROM t",
            "--\nDELETE FROM t",
            "/**/INSERT INTO t SELECT 1 RETURNING id",
            "WITH a AS (SELECT 1) DELETE FROM t",
            "(WITH a AS (SELECT 1) UPDATE t SET a = 1)",
            "REPLACE INTO t VALUES (1)",
            "SET GLOBAL max_connections = 5",
            "BEGIN NOT ATOMIC DELETE FROM t; DELETE FROM u; END",
            "CALL p()",
            "",
        ] {
            assert_eq!(purpose(sql), Purpose::Change, "{sql}");
        }
    }

    #[test]
    fn files_are_written_by_no_query() {
        for sql in [
            "SELECT 1 INTO OUTFILE '/tmp/x'",
            "SELECT 1 into\n/* here */ dumpfile '/tmp/x'",
            "TABLE t INTO OUTFILE '/tmp/x'",
            "SELECT 1 --1 INTO OUTFILE '/tmp/x'",
            "SELECT ';', \"\", 'a' INTO OUTFILE '/tmp/x'",
            // Where a backslash means nothing, the string ends with it; and where it does, not.
            "SELECT '\\' INTO OUTFILE '/tmp/x",
            "SELECT '\\'' INTO OUTFILE '/tmp/x'",
            "SELECT 1 AS \"\\\", '\\'' INTO OUTFILE '/tmp/x'",
        ] {
            assert_eq!(purpose(sql), Purpose::WriteFile, "{sql}");
        }
        for sql in ["SELECT 1 /*! INTO OUTFILE '/tmp/x' */", "/*M!100000 DELETE FROM t */"] {
            assert_eq!(purpose(sql), Purpose::Unclear, "{sql}");
        }
    }

    #[test]
    fn what_ends_with_its_connection_is_known() {
        for (sql, words) in [
            ("BEGIN", "BEGIN"),
            ("/* */ begin;", "BEGIN"),
            ("START TRANSACTION READ ONLY", "START TRANSACTION"),
            ("SET autocommit = 0", "SET AUTOCOMMIT"),
            ("SET SESSION sql_mode = ''", "SET SESSION"),
            ("SET @mine = 1", "SET @MINE"),
            ("LOCK TABLES t WRITE", "LOCK TABLES"),
            ("CREATE TEMPORARY TABLE t (id INT)", "CREATE TEMPORARY"),
            ("PRAGMA query_only = 1", "PRAGMA QUERY_ONLY"),
        ] {
            assert_eq!(purpose(sql), Purpose::Session(words.to_owned()), "{sql}");
        }
    }

    #[test]
    fn rows_that_are_returned_are_asked_for() {
        assert!(returns_rows("INSERT INTO t VALUES (1) returning id"));
        assert!(!returns_rows("INSERT INTO t VALUES ('RETURNING')"));
    }
}
