//! A CA made to get its rows wrong.

use crate::common::coyote::coyote;
use crate::common::scratch::{Scratch, own_script};
use crate::sound::count;

/// What is in the file after so many certificates.
fn after(faults: &str, iterations: u32) -> (Scratch, impl Fn(&str) -> u32) {
    let scratch = Scratch::new();
    let file = scratch.path("ca.sqlite");
    coyote(&format!("hammer 5 --iterations {iterations} {faults} --store-file"))
        .arg(&file)
        .script(&own_script("new_cert.rhai"))
        .run()
        .exits(0);
    (scratch, move |sql: &str| count(&file, sql))
}

#[test]
fn rows_are_lost_doubled_and_contradicted() {
    let (_scratch, count) = after(
        "--store-fault certificates:lose:next:3 --store-fault orders:double:next:2 \
         --store-fault certificateStatus:contradict:next:4",
        20,
    );
    assert_eq!(count("SELECT COUNT(*) FROM certificates"), 17);
    assert_eq!(count("SELECT COUNT(*) FROM orders"), 22);
    assert_eq!(count("SELECT COUNT(DISTINCT certificateSerial) FROM orders"), 20);
    assert_eq!(count("SELECT COUNT(*) FROM certificateStatus WHERE status = 'revoked'"), 4);
    assert_eq!(count("SELECT COUNT(*) FROM revokedCertificates"), 0);
}

#[test]
fn a_share_of_the_rows_is_lost() {
    let (_scratch, count) =
        after("--store-fault serials:lose:0.5 --store-fault authz2:lose:1", 100);
    let serials = count("SELECT COUNT(*) FROM serials");
    assert!((20..=80).contains(&serials), "{serials}");
    assert_eq!(count("SELECT COUNT(*) FROM authz2"), 0);
    assert_eq!(count("SELECT COUNT(*) FROM certificates"), 100);
}

#[test]
fn what_cannot_go_wrong_is_wrong_usage() {
    for (fault, told) in [
        ("certs:lose:1", "there is no table `certs`"),
        ("certificates:lose", "write TABLE:WHAT:WHEN"),
        ("serials:double:1", "unique key"),
        ("certificates:lose:2", "does not say when"),
    ] {
        coyote("ca --store-file x --store-fault").arg(fault).run().exits(2).tells(&[told]);
    }
    let output = coyote("ca --store-fault certificates:lose:1").run().exits(2);
    output.tells(&["--store-fault needs a store"]);
}
