//! The embedded CA's own tables, asked as those of a real one are.

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

const SCRIPT: &str = "import \"acme\" as acme;
    fn chain() {
        check::that(\"there\", db::available());
        let before = db::count(\"registrations\");
        let account = acme::register();
        let after = db::count(\"registrations\");
        check::that(`${before} and ${after}: what was answered is there`, after > before);
        let row = db::row(\"SELECT id, status, createdAt, jwk FROM registrations ORDER BY id DESC LIMIT 1\");
        check::that(\"text\", row.status == \"valid\");
        check::that(\"blob\", type_of(row.jwk) == \"blob\");
        let age = time::now() - row.createdAt;
        check::that(`${age} s ago`, age >= -1 && age < 60);
        let same = \"SELECT COUNT(*) FROM registrations WHERE createdAt = ? AND id = ?\";
        check::that(\"datetime\", db::value(same, [db::datetime(row.createdAt), row.id]) == 1);
    }";

#[test]
fn what_the_ca_answered_is_there_at_once() {
    let scratch = Scratch::new();
    let script = scratch.write("register.rhai", SCRIPT);
    let output = coyote("hammer 10 --iterations 40 --summary")
        .arg(scratch.path("summary.json"))
        .script(&script)
        .run()
        .exits(0);
    let summary = scratch.summary("summary.json");
    assert_eq!(summary.count("/totals/chains/failed"), 0, "{}", output.stdout);
    assert_eq!(summary.failed_checks(), Vec::<&str>::new());
    assert_eq!(summary.count("/database/registrations/before"), 0);
    assert_eq!(summary.count("/database/registrations/after"), 40);
    assert!(summary.number("/metrics/db_query_failed/rate").abs() < f64::EPSILON);
    assert_eq!(summary.count("/metrics/db_query_duration/count"), 160);
}

#[test]
fn its_tables_are_only_read_unless_db_write_is_given() {
    let scratch = Scratch::new();
    let script = scratch.write(
        "deletes.rhai",
        "import \"acme\" as acme;
         fn chain() {
             acme::register();
             print(db::execute(\"DELETE FROM registrations\", [], #{ timeout_ms: 30_000 }));
         }",
    );
    coyote("once").script(&script).run().exits(1).shows(&["coyote is started with --db-write"]);
    coyote("once --db-write").script(&script).run().exits(0).tells(&["print: 1"]);
}
