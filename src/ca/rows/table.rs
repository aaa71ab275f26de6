//! What a table is, and the SQL that makes it and fills it.

use std::{fmt::Write as _, iter};

use super::value::Value;

/// A table. Its first column is `id`, the primary key, which every row brings along: a batch of rows
/// that may or may not have been written can then be written again.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The type of `id`, as Boulder declares it.
    pub(super) id: &'static str,
    /// Names and types, as Boulder declares them, `id` left out.
    pub(super) columns: &'static [(&'static str, &'static str)],
    pub(super) indexes: &'static [Index],
    /// Makes a row say something else than what is true, where a table has something to be wrong
    /// about.
    pub(super) contradict: Option<fn(&mut [Value])>,
}

/// An index, named and made as Boulder's.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) name: &'static str,
    pub(super) columns: &'static str,
    pub(super) unique: bool,
}

/// Where two databases want different words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Mysql,
}

impl Table {
    /// How many values a row has.
    pub(super) fn width(&self) -> usize {
        1 + self.columns.len()
    }

    /// Whether the same thing cannot be in it twice.
    pub(super) fn is_unique(&self) -> bool {
        self.indexes.iter().any(|index| index.unique)
    }

    /// All its columns, for a SELECT or an INSERT.
    pub(super) fn column_list(&self) -> String {
        let names = self.columns.iter().map(|(name, _)| *name);
        iter::once("id").chain(names).collect::<Vec<_>>().join(", ")
    }

    /// Statements that make the table and its indexes unless they are there.
    pub(super) fn create(&self, dialect: Dialect) -> Vec<String> {
        let columns: Vec<String> =
            self.columns.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
        let (name, columns) = (self.name, columns.join(", "));
        match dialect {
            // In SQLite only a column of exactly this type is the table's own key.
            Dialect::Sqlite => {
                let table = format!(
                    "CREATE TABLE IF NOT EXISTS {name} (id INTEGER PRIMARY KEY, {columns})"
                );
                let indexes = self.indexes.iter().map(|index| {
                    let unique = if index.unique { "UNIQUE " } else { "" };
                    // Index names are the database's here, not the table's.
                    format!(
                        "CREATE {unique}INDEX IF NOT EXISTS {name}_{} ON {name} ({})",
                        index.name, index.columns
                    )
                });
                iter::once(table).chain(indexes).collect()
            }
            Dialect::Mysql => {
                let mut table = format!(
                    "CREATE TABLE IF NOT EXISTS {name} (id {} NOT NULL AUTO_INCREMENT, \
                     {columns}, PRIMARY KEY (id)",
                    self.id
                );
                for index in self.indexes {
                    let unique = if index.unique { "UNIQUE " } else { "" };
                    // Writing to a String cannot fail.
                    let _ = write!(table, ", {unique}KEY {} ({})", index.name, index.columns);
                }
                vec![table + ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"]
            }
        }
    }

    /// A statement that writes `rows` rows, over those that have their ids.
    pub(super) fn upsert(&self, dialect: Dialect, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.width()].join(", "));
        let (over, value_of): (_, fn(&str) -> String) = match dialect {
            Dialect::Sqlite => {
                ("ON CONFLICT (id) DO UPDATE SET", |name| format!("excluded.{name}"))
            }
            Dialect::Mysql => ("ON DUPLICATE KEY UPDATE", |name| format!("VALUES({name})")),
        };
        let set: Vec<String> =
            self.columns.iter().map(|(name, _)| format!("{name} = {}", value_of(name))).collect();
        format!(
            "INSERT INTO {} ({}) VALUES {} {over} {}",
            self.name,
            self.column_list(),
            vec![row; rows].join(", "),
            set.join(", ")
        )
    }

    /// A statement that finds nothing, or fails for want of a column.
    pub(super) fn probe(&self) -> String {
        format!("SELECT {} FROM {} WHERE 1 = 0", self.column_list(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = Table {
        name: "t",
        id: "bigint(20)",
        columns: &[("a", "datetime NOT NULL")],
        indexes: &[Index { name: "a_idx", columns: "a", unique: true }],
        contradict: None,
    };

    #[test]
    fn speaks_both_dialects() {
        assert_eq!(
            TABLE.create(Dialect::Sqlite),
            [
                "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, a datetime NOT NULL)",
                "CREATE UNIQUE INDEX IF NOT EXISTS t_a_idx ON t (a)",
            ]
        );
        assert!(TABLE.create(Dialect::Mysql)[0].contains("UNIQUE KEY a_idx (a)"));
        assert_eq!(
            TABLE.upsert(Dialect::Mysql, 2),
            "INSERT INTO t (id, a) VALUES (?, ?), (?, ?) ON DUPLICATE KEY UPDATE a = VALUES(a)"
        );
        assert_eq!(
            TABLE.upsert(Dialect::Sqlite, 1),
            "INSERT INTO t (id, a) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET a = excluded.a"
        );
    }
}
