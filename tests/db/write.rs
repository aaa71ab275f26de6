//! `db::execute`, and that nothing else changes anything.

use crate::asking;
use crate::common::mariadb::schema;
use crate::common::scratch::Scratch;

#[test]
fn nothing_is_changed_without_db_write() {
    let (schema, scratch) = (schema(), Scratch::new());
    schema.sql("CREATE TABLE t (id INT); INSERT INTO t VALUES (1)");
    let script = scratch.write(
        "tries.rhai",
        "fn chain() {
             let tries = [
                 |sql| db::execute(sql), |sql| db::query(sql), |sql| db::row(sql), |sql| db::value(sql),
             ];
             let changes = [
                 \"DELETE FROM t\", \"UPDATE t SET id = 2\", \"INSERT INTO t VALUES (3)\", \"DROP TABLE t\",
                 \"/* a comment */ DELETE FROM t\", \"-- one\\nDELETE FROM t\", \"TRUNCATE t\",
             ];
             for attempt in tries {
                 for sql in changes {
                     let kind = \"\";
                     try { attempt.call(sql); } catch (error) { kind = error.kind; }
                     check::that(`${sql}: ${kind}`, kind == \"argument\");
                 }
             }
         }",
    );
    asking(&schema.uri(), "once").script(&script).run().exits(0);
    assert_eq!(schema.sql("SELECT * FROM t"), "1\n");
}

#[test]
fn changes_are_made_under_db_write() {
    let (schema, scratch) = (schema(), Scratch::new());
    schema.sql("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20))");
    let script = scratch.write(
        "changes.rhai",
        "fn chain() {
             let add = \"INSERT INTO t VALUES (?, ?), (?, ?)\";
             check::that(\"two\", db::execute(add, [1, \"one\", 2, ()]) == 2);
             check::that(\"one\", db::execute(\"UPDATE t SET name = ? WHERE id = ?\", [\"two\", 2]) == 1);
             check::that(\"none\", db::execute(\"DELETE FROM t WHERE id = 9\") == 0);
             check::that(\"there\", db::value(\"SELECT name FROM t WHERE id = 2\") == \"two\");
             let kind = \"\";
             try { db::execute(add, [1, \"one\", 3, ()]); } catch (error) { kind = error.kind; }
             check::that(\"twice\", kind == \"database\");
             // What a statement does to its session is gone with it.
             db::execute(\"SET SESSION sql_mode = 'ANSI_QUOTES', @mine = 5\");
             check::that(\"mode\", !db::value(\"SELECT @@sql_mode\").contains(\"ANSI_QUOTES\"));
             check::that(\"variable\", db::value(\"SELECT @mine\") == ());
             check::that(\"UTC still\", db::value(\"SELECT @@time_zone\") == \"+00:00\");
         }",
    );
    asking(&schema.uri(), "once --db-write --db-connections 1").script(&script).run().exits(0);
    assert_eq!(schema.sql("SELECT * FROM t ORDER BY id"), "1\tone\n2\ttwo\n");
}
