//! What arrives in scripts, and what leaves them as parameters.

use crate::asking;
use crate::common::mariadb::schema;
use crate::common::scratch::Scratch;

/// Fails the test unless `body`, run once as a chain, succeeds: its checks hold.
#[track_caller]
fn holds(uri: &str, body: &str) {
    let scratch = Scratch::new();
    let script = scratch.write("values.rhai", &format!("fn chain() {{ {body} }}"));
    asking(uri, "once").script(&script).run().exits(0);
}

#[test]
fn every_type_arrives_as_documented() {
    let schema = schema();
    schema.sql(
        "CREATE TABLE t (
            tiny TINYINT, unsigned_big BIGINT UNSIGNED, huge BIGINT UNSIGNED, lowest BIGINT,
            dec_ DECIMAL(20,4), flt FLOAT, dbl DOUBLE, flag BOOL, yr YEAR,
            d DATE, dt DATETIME(3), ts TIMESTAMP(6) NULL, zero DATETIME, t TIME(1),
            c CHAR(3), v VARCHAR(20) CHARACTER SET latin1, txt TEXT, js JSON,
            en ENUM('one', 'two'), st SET('a', 'b'),
            bin BINARY(2), vb VARBINARY(4), b BLOB, bits BIT(10), nothing INT) CHARACTER SET utf8mb4;
         SET SESSION sql_mode = '', time_zone = '+02:00';
         INSERT INTO t VALUES (
            -128, 9223372036854775807, 18446744073709551615, -9223372036854775808,
            '1234567890123456.7890', 0.1, 0.1, true, 2026,
            '2000-02-29', '2026-08-01 12:00:00.999', '1970-01-02 02:00:00.5', '0000-00-00', '-30:01:02.5',
            'abc', 'é', 'äöü', '{\"a\":1}',
            'two', 'a,b',
            X'00FF', X'00', X'FFFE', b'1000000001', NULL)",
    );
    holds(
        &schema.uri(),
        r#"
        let row = db::row("SELECT * FROM t");
        let holds = |name, want| check::that(`${name} is ${type_of(row[name])} ${row[name]}`,
            type_of(row[name]) == type_of(want) && row[name] == want);
        holds.call("tiny", -128);
        holds.call("unsigned_big", 9223372036854775807);
        holds.call("huge", "18446744073709551615");
        holds.call("lowest", -9223372036854775807 - 1);
        holds.call("dec_", "1234567890123456.7890");
        holds.call("flt", 0.1);
        holds.call("dbl", 0.1);
        holds.call("flag", 1);
        holds.call("yr", 2026);
        holds.call("d", 951_782_400);
        holds.call("dt", 1_785_585_600);
        holds.call("ts", 86_400);
        holds.call("zero", ());
        holds.call("t", "-30:01:02.500000");
        holds.call("c", "abc");
        holds.call("v", "é");
        holds.call("txt", "äöü");
        holds.call("js", "{\"a\":1}");
        holds.call("en", "two");
        holds.call("st", "a,b");
        holds.call("nothing", ());
        let bytes = |name, want| check::that(name,
            type_of(row[name]) == "blob" && codec::hex(row[name]) == want);
        bytes.call("bin", "00ff");
        bytes.call("vb", "00");
        bytes.call("b", "fffe");
        bytes.call("bits", "0201");
        check::that("as many columns", row.len() == 25);
        "#,
    );
}

#[test]
fn parameters_are_bound() {
    let schema = schema();
    schema.sql(
        "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(50), token BINARY(3), at DATETIME);
         INSERT INTO t VALUES (1, 'x'' OR 1=1 -- ', X'00FF01', '2026-08-01 12:00:00'),
                              (2, NULL, X'000000', '2026-08-01 12:00:01');",
    );
    holds(
        &schema.uri(),
        r#"
        let id = |where, param| db::value("SELECT id FROM t WHERE " + where, [param]);
        check::that("text", id.call("name = ?", "x' OR 1=1 -- ") == 1);
        check::that("blob", id.call("token = ?", codec::hex_decode("00ff01")) == 1);
        check::that("integer", id.call("id = ?", 2) == 2);
        check::that("float", id.call("id > ?", 1.5) == 2);
        check::that("bool", id.call("(name IS NULL) = ?", true) == 2);
        check::that("null", id.call("name <=> ?", ()) == 2);
        check::that("datetime", id.call("at = ?", db::datetime(1_785_585_601)) == 2);
        let rows = db::query("SELECT id FROM t WHERE id IN (?, ?, ?) ORDER BY id", [1, 2, 3]);
        check::that("several", rows.map(|row| row.id) == [1, 2]);
        check::that("nothing found", db::row("SELECT * FROM t WHERE id = 9") == ());
        check::that("no value", db::value("SELECT id FROM t WHERE id = 9") == ());
        check::that("no rows", db::query("SELECT id FROM t WHERE id = 9") == []);
        check::that("any", db::any("t"));
        check::that("count", db::count("t") == 2);
        check::that("there", db::available());
        "#,
    );
}

#[test]
fn a_wrong_call_says_what_is_right() {
    let schema = schema();
    schema.sql("CREATE TABLE t (id INT)");
    let calls = [
        ("db::query(\"SELEC 1\")", "argument", "db::execute"),
        ("db::query(\"SELECT nope FROM t\")", "database", "Unknown column 'nope'"),
        ("db::query(\"SELECT * FROM missing\")", "database", "doesn't exist (error 1146)"),
        ("db::query(\"SELECT ?\")", "argument", "takes 1 parameters, but 0"),
        ("db::query(\"SELECT 1\", [1])", "argument", "takes 0 parameters, but 1"),
        ("db::query(\"SELECT ?\", [#{}])", "argument", "parameter 1: want a string"),
        ("db::row(\"SELECT 1 AS a, 2 AS a\")", "argument", "two columns are named `a`"),
        ("db::any(\"t; DROP TABLE t\")", "argument", "no name of a table"),
        ("db::any(\"missing\")", "database", "1146"),
        // Written so that it is found when it runs, not when the script is read.
        ("let o = #{}; o.timeout = 1; db::value(\"SELECT 1\", [], o)", "argument", "`timeout_ms`?"),
        ("db::value(\"SELECT 1\", [], #{ timeout_ms: 0 })", "argument", "at most an hour"),
        ("db::query(\"SELECT seq FROM seq_1_to_100000\")", "too_large", "LIMIT"),
        (
            "db::value(\"SELECT REPEAT('x', 1 << 24) FROM seq_1_to_9\", [], #{ timeout_ms: 60_000 })",
            "too_large",
            "LIMIT",
        ),
        ("db::datetime(1 << 60)", "argument", "no date"),
    ];
    for (call, kind, told) in calls {
        let body = format!(
            "let kind = \"\"; let told = \"\";
             try {{ {call}; }} catch (error) {{ kind = error.kind; told = error.message; }}
             check::that(`${{kind}}: ${{told}}`, kind == \"{kind}\" && told.contains(\"{told}\"));
             check::that(\"it goes on\", db::value(\"SELECT 1\") == 1);"
        );
        holds(&schema.uri(), &body);
    }
}

#[test]
fn all_forms_of_the_uri_lead_there() {
    let schema = schema();
    let (port, name, socket) = (schema.port, &schema.name, schema.socket.display());
    let login = "coyote:s3cr3t%3Ap%40ss%2Fword";
    for uri in [
        schema.uri(),
        format!("mysql://{login}@127.0.0.1:{port}/{name}"),
        format!("mysql://{login}@localhost:{port}/{name}"),
        format!("root@unix({socket})/{name}"),
        format!("mysql://root@localhost/{name}?socket={socket}"),
        format!("{}?tls=preferred", schema.uri()),
    ] {
        holds(
            &uri,
            &format!("check::that(\"there\", db::value(\"SELECT DATABASE()\") == \"{name}\");"),
        );
    }
}

#[test]
fn parameters_of_go_are_accepted_with_a_warning() {
    let (schema, scratch) = (schema(), Scratch::new());
    let script = scratch.write("one.rhai", "fn chain() { db::value(\"SELECT 1\"); }");
    let uri = format!("{}?parseTime=true&readTimeout=14s", schema.uri());
    let output = asking(&uri, "once").script(&script).run().exits(0);
    output.shows(&["`parseTime` in the database's address means nothing", "`readTimeout` in"]);
}
