//! `db::execute`, and that nothing else changes anything.

use crate::asking;
use crate::common::coyote::coyote;
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
                 \"WITH a AS (SELECT 1) DELETE FROM t\", \"/*! DELETE FROM t */\", \"BEGIN\",
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
             db::execute(\"BEGIN NOT ATOMIC SET @mine = 5; SET SESSION sql_mode = 'ANSI_QUOTES'; END\");
             check::that(\"mode\", !db::value(\"SELECT @@sql_mode\").contains(\"ANSI_QUOTES\"));
             check::that(\"variable\", db::value(\"SELECT @mine\") == ());
             check::that(\"UTC still\", db::value(\"SELECT @@time_zone\") == \"+00:00\");
             let returning = \"INSERT INTO t VALUES (3, 'x'), (4, 'y') RETURNING id\";
             check::that(\"two more\", db::execute(returning) == 2);
             check::that(\"gone\", db::execute(\"DELETE FROM t WHERE id > 2 RETURNING id\") == 2);
         }",
    );
    asking(&schema.uri(), "once --db-write --db-connections 1").script(&script).run().exits(0);
    assert_eq!(schema.sql("SELECT * FROM t ORDER BY id"), "1\tone\n2\ttwo\n");
}

#[test]
fn no_lookup_writes_a_file() {
    let (schema, scratch) = (schema(), Scratch::new());
    let file = scratch.path("written").display().to_string();
    let script = scratch.write(
        "files.rhai",
        &"fn chain() {
             for sql in [
                 \"SELECT 1 INTO OUTFILE 'FILE'\", \"SELECT 1 INTO DUMPFILE 'FILE'\",
                 \"SELECT 'a\\\\'b' INTO/**/OUTFILE 'FILE'\", \"SELECT 1 /*! INTO OUTFILE 'FILE' */\",
             ] {
                 let kind = \"\";
                 try { db::query(sql); } catch (error) { kind = error.kind; }
                 check::that(`${sql}: ${kind}`, kind == \"argument\");
             }
             db::query(\"SELECT 'INTO OUTFILE' INTO @found\");
         }"
        .replace("FILE'", &format!("{file}'")),
    );
    for line in ["once", "once --db-write"] {
        asking(&schema.uri(), line).script(&script).run().exits(0);
        assert!(!scratch.path("written").exists());
    }
}

#[test]
fn what_ends_with_its_call_is_refused() {
    let scratch = Scratch::new();
    let text = "fn chain() {
             for sql in [
                 \"BEGIN\", \"START TRANSACTION\", \"COMMIT\", \"SET autocommit = 0\", \"SET @a = 1\",
                 \"LOCK TABLES t WRITE\", \"CREATE TEMPORARY TABLE u (id INT)\", \"PRAGMA query_only = 1\",
                 \"ATTACH 'x' AS y\",
             ] {
                 let told = \"\";
                 try { db::execute(sql); } catch (error) { told = error.message; }
                 check::that(`${sql}: ${told}`, told.contains(\"each call may use another\"));
             }
             let told = \"\";
             try { db::execute(\"SELECT 1\"); } catch (error) { told = error.message; }
             check::that(told, told.contains(\"db::query\"));
         }";
    let script = scratch.write("session.rhai", text);
    let schema = schema();
    schema.sql("CREATE TABLE t (id INT)");
    asking(&schema.uri(), "once --db-write").script(&script).run().exits(0);
    let embedded = scratch.write(
        "embedded.rhai",
        &text.replace("fn chain() {", "import \"acme\" as acme;\nfn chain() { acme::register();"),
    );
    coyote("once --db-write").script(&embedded).run().exits(0);
}

#[test]
fn rows_that_are_given_back_count_in_sqlite_too() {
    let scratch = Scratch::new();
    let script = scratch.write(
        "returning.rhai",
        "import \"acme\" as acme;
         fn chain() {
             acme::register();
             check::that(\"one\", db::execute(\"DELETE FROM registrations RETURNING id\") == 1);
             check::that(\"none\", db::execute(\"DELETE FROM registrations\") == 0);
         }",
    );
    coyote("once --db-write").script(&script).run().exits(0);
}
