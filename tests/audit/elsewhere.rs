//! A CA that is another process and keeps its rows in MariaDB.

use crate::common::coyote::{Coyote, coyote};
use crate::common::mariadb::schema;
use crate::common::ports::{FREE_PORTS, free_port};
use crate::common::scratch::{Scratch, own_script};
use crate::{findings, is_clean};

#[test]
fn it_is_audited_over_the_network() {
    let (scratch, schema, http_port) = (Scratch::new(), schema(), free_port());
    let ca = |faults: &str| {
        let line = format!("ca --addr 127.0.0.1:0 --plain --http-port {http_port} --store-mysql");
        coyote(&line).arg(schema.uri()).words(faults).start()
    };
    let against = |directory: &str, load: &str| -> Coyote {
        coyote(&format!("--audit hammer 10 {load} --directory"))
            .arg(directory)
            .words("--mysql")
            .arg(schema.uri())
            .words(&format!("--http-port {http_port} {FREE_PORTS} --summary"))
            .arg(scratch.path("s.json"))
            .script(&own_script("revoke_cert.rhai"))
    };
    let mut well = ca("");
    against(&well.first_line(), "--duration 3s --stop-timeout 0s").run().exits(0);
    is_clean(&scratch.summary("s.json"));
    well.terminate();
    well.finish().exits(0);

    // It goes on with the rows that are there. To the end of each chain, however long that takes: what
    // nobody got to hear of is not missed.
    let mut forgetful =
        ca("--store-fault certificates:lose:next:5 --store-fault orders:lose:next:2");
    let output = against(&forgetful.first_line(), "--iterations 40").run().exits(0);
    output
        .tells(&["audit: not yet as the CA confirmed it: 7 rows; another process may still write"]);
    let summary = scratch.summary("s.json");
    assert_eq!(findings(&summary), [7, 0, 0], "{:#}", summary.0["audit"]);
}
