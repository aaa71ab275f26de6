//! A CA made to lose, double and contradict rows is found out, row by row.

use crate::common::coyote::coyote;
use crate::common::scratch::{Scratch, own_script};
use crate::{Store, audited, findings};

/// What happens to two rows of a table, and how many rows are then lost, doubled and contradicting.
const FAULTS: &[(&str, [u64; 3])] = &[
    ("registrations:lose", [2, 0, 0]),
    ("registrations:contradict", [0, 0, 2]),
    ("orders:lose", [2, 0, 0]),
    ("orders:double", [0, 2, 0]),
    ("orders:contradict", [0, 0, 2]),
    ("authz2:lose", [2, 0, 0]),
    ("authz2:double", [0, 2, 0]),
    ("authz2:contradict", [0, 0, 2]),
    ("serials:lose", [2, 0, 0]),
    ("precertificates:lose", [2, 0, 0]),
    ("precertificates:double", [0, 2, 0]),
    ("certificates:lose", [2, 0, 0]),
    ("certificates:double", [0, 2, 0]),
    ("certificates:contradict", [0, 0, 2]),
    ("certificateStatus:lose", [2, 0, 0]),
    ("certificateStatus:double", [0, 2, 0]),
    ("certificateStatus:contradict", [0, 0, 2]),
    ("issuedNames:lose", [2, 0, 0]),
    ("issuedNames:double", [0, 2, 0]),
    ("revokedCertificates:lose", [2, 0, 0]),
    ("revokedCertificates:double", [0, 2, 0]),
    ("revokedCertificates:contradict", [0, 0, 2]),
];

#[test]
fn each_wrong_row_is_found_once() {
    for (fault, expected) in FAULTS {
        let line = format!("--audit --store-fault {fault}:next:2 hammer 3 --iterations 6");
        let summary = audited(coyote(&line), "revoke_cert.rhai");
        let table = fault.split(':').next().expect("a table");
        assert_eq!(findings(&summary), *expected, "{fault}: {:#}", summary.0["audit"]);
        for sort in ["lost", "doubled", "contradicting"] {
            let count = summary.count(&format!("/audit/{sort}/count"));
            let tables = summary.0["audit"][sort]["tables"].as_object().expect("tables by name");
            assert_eq!(tables.len(), usize::from(count > 0), "{fault}");
            for (name, told) in tables {
                assert_eq!((name.as_str(), &told["count"]), (table, &count.into()), "{fault}");
                let findings = told["findings"].as_array().expect("a list");
                assert!(findings.iter().all(|finding| finding["id"] != ""), "{fault}");
            }
        }
    }
}

#[test]
fn in_mariadb_too() {
    for (fault, expected) in FAULTS {
        let [_, store] = Store::both();
        let line = format!("--audit --store-fault {fault}:next:2 hammer 3 --iterations 6");
        let summary = audited(store.coyote(&line), "revoke_cert.rhai");
        assert_eq!(findings(&summary), *expected, "{fault}: {:#}", summary.0["audit"]);
    }
}

#[test]
fn all_that_is_wrong_is_told_together() {
    let scratch = Scratch::new();
    let faults = "--store-fault certificates:lose:1 --store-fault authz2:lose:next:2 \
                  --store-fault orders:double:next:3 --store-fault certificateStatus:contradict:next:4";
    let output = coyote("--audit hammer 5 --iterations 120 --summary")
        .arg(scratch.path("s.json"))
        .words(faults)
        .script(&own_script("new_cert.rhai"))
        .run()
        .exits(0);
    output.shows(&[
        "\n122 rows lost\n  2 in authz2\n    ",
        "\n  120 in certificates\n    ",
        ": the CA said issued, the",
        "\n    ... and 115 more rows\n",
        "\n3 rows doubled\n  3 in orders\n    ",
        "\n4 rows contradicting\n  4 in certificateStatus\n    ",
    ]);
    let summary = scratch.summary("s.json");
    assert_eq!(findings(&summary), [122, 3, 4]);
    let lost = summary.0["audit"]["lost"]["tables"]["certificates"].clone();
    assert_eq!((&lost["count"], &lost["left_out"]), (&120.into(), &20.into()));
    assert_eq!(lost["findings"].as_array().map(Vec::len), Some(100));
}

/// One of each kind of names that `authz2` writes in its own way.
const KINDS_OF_NAMES: &str = "import \"acme\" as acme;
    fn chain() {
        let account = acme::register();
        for name in [rand::domain(), \"*.\" + rand::domain(), \"127.0.0.1\"] {
            let order = acme::new_order(account, [name]);
            acme::authorize(account, order);
        }
        let given_up = acme::new_order(account, [rand::domain()]).authorizations[0];
        acme::deactivate_authz(account, given_up);
        let later = acme::new_order(account, [rand::domain()]);
        acme::authorize(account, later);
        acme::deactivate_authz(account, later.authorizations[0]);
    }";

#[test]
fn authorizations_are_compared_as_they_ended() {
    let scratch = Scratch::new();
    let script = scratch.write("names.rhai", KINDS_OF_NAMES);
    for store in Store::both() {
        let audit = |fault: &str| {
            let line = format!("--audit hammer 2 --iterations 10 {fault}");
            let run = store.coyote(&line).words("--summary").arg(scratch.path("s.json"));
            run.script(&script).run().exits(0);
            let summary = scratch.summary("s.json");
            assert_eq!(summary.count("/totals/chains/failed"), 0);
            assert_eq!(summary.count("/audit/compared/authorizations"), 50);
            findings(&summary)
        };
        assert_eq!(audit(""), [0; 3]);
        assert_eq!(audit("--store-fault authz2:lose:1"), [50, 0, 0]);
        assert_eq!(audit("--store-fault authz2:contradict:1"), [0, 0, 50]);
        // Last, because this leaves ids behind above which later runs do not look for doubles.
        assert_eq!(audit("--store-fault authz2:double:1"), [0, 50, 0]);
    }
}
