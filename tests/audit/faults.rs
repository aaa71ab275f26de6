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
];

#[test]
fn each_wrong_row_is_found_once() {
    for (fault, expected) in FAULTS {
        let line = format!("--audit --store-fault {fault}:next:2 hammer 3 --iterations 6");
        let summary = audited(coyote(&line), "revoke_cert.rhai");
        let table = fault.split(':').next().expect("a table");
        assert_eq!(findings(&summary), *expected, "{fault}: {:#}", summary.0["audit"]);
        for sort in ["lost", "doubled", "contradicting"] {
            for row in summary.list(&format!("/audit/{sort}/rows")) {
                assert_eq!(row["table"], table, "{fault}");
                assert_ne!(row["id"], "", "{fault}");
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
    let faults = "--store-fault certificates:lose:1 --store-fault orders:double:next:3 \
                  --store-fault certificateStatus:contradict:next:4";
    let output = coyote("--audit hammer 5 --iterations 120 --summary")
        .arg(scratch.path("s.json"))
        .words(faults)
        .script(&own_script("new_cert.rhai"))
        .run()
        .exits(0);
    let output = output.shows(&["\n120 rows lost\n  certificates ", "\n3 rows doubled\n  orders "]);
    output.shows(&[
        ": the CA said issued, the",
        "\n  ... and 110 more\n",
        "\n4 rows contradicting\n  certificateStatus ",
    ]);
    let summary = scratch.summary("s.json");
    assert_eq!(findings(&summary), [120, 3, 4]);
    assert_eq!(summary.list("/audit/lost/rows").len(), 100);
}
