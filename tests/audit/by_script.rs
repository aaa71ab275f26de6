//! `boulder::audit()` in `teardown()`.

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::findings;

const CHAIN: &str = "import \"acme\" as acme;
     import \"boulder\" as boulder;
     fn chain() { acme::issue(acme::account(), [rand::domain()]); }
     fn teardown() {
         let audit = boulder::audit();
         print(`lost ${audit.lost.count} of ${audit.compared.certificates} in ${audit.lost.tables.keys()[0]}`);
     }";

#[test]
fn a_script_can_make_the_audit_itself() {
    let scratch = Scratch::new();
    let script = scratch.write("own.rhai", CHAIN);
    let line = "hammer 2 --iterations 6 --store-fault certificates:lose:next:1 --summary";
    let output = coyote(line).arg(scratch.path("s.json")).script(&script).run().exits(0);
    output.tells(&["lost 1 of 6 in certificates"]);
    assert_eq!(findings(&scratch.summary("s.json")), [1, 0, 0]);
}

#[test]
fn what_teardown_does_is_part_of_a_later_audit() {
    let scratch = Scratch::new();
    let script = scratch.write(
        "own.rhai",
        "import \"acme\" as acme;
         fn setup() { acme::register().url }
         fn chain() { acme::register(); }
         fn teardown() { acme::register(); }",
    );
    let line = "--audit hammer 1 --iterations 3 --summary";
    coyote(line).arg(scratch.path("s.json")).script(&script).run().exits(0);
    let summary = scratch.summary("s.json");
    assert_eq!(findings(&summary), [0; 3]);
    assert_eq!(summary.count("/audit/compared/accounts"), 5);
}

#[test]
fn without_a_database_it_says_so() {
    let scratch = Scratch::new();
    let script = scratch.write(
        "none.rhai",
        "import \"boulder\" as boulder; fn chain() { try { boulder::audit(); } catch (err) { throw err.kind; } }",
    );
    let output = coyote("once --directory http://127.0.0.1:1/").script(&script).run().exits(1);
    output.shows(&["FAILED: no_database"]);
}
