//! `--audit` and `boulder::audit()`: what the CA told its clients, compared with what its database holds.

mod by_script;
mod clean;
#[path = "../common/mod.rs"]
mod common;
mod elsewhere;
mod faults;
mod lookups;
mod unmade;

use common::coyote::{Coyote, coyote};
use common::scratch::{Scratch, own_script};
use common::summary::Summary;

/// Where the embedded CA keeps its rows.
enum Store {
    Sqlite,
    MariaDb(common::mariadb::Schema),
}

impl Store {
    /// One of each.
    fn both() -> [Self; 2] {
        [Self::Sqlite, Self::MariaDb(common::mariadb::schema())]
    }

    /// `coyote` with the words of `line`, whose CA keeps its rows here.
    fn coyote(&self, line: &str) -> Coyote {
        match self {
            Self::Sqlite => coyote(line),
            Self::MariaDb(schema) => coyote(line).words("--store-mysql").arg(schema.uri()),
        }
    }
}

/// Runs `script` to its end and returns its summary.
#[track_caller]
fn audited(run: Coyote, script: &str) -> Summary {
    let scratch = Scratch::new();
    run.words("--summary")
        .arg(scratch.path("summary.json"))
        .script(&own_script(script))
        .run()
        .exits(0);
    scratch.summary("summary.json")
}

/// How many rows were lost, doubled and contradicting; the metrics must say the same.
#[track_caller]
fn findings(summary: &Summary) -> [u64; 3] {
    ["lost", "doubled", "contradicting"].map(|sort| {
        let count = summary.count(&format!("/audit/{sort}/count"));
        assert_eq!(summary.count(&format!("/metrics/audit_{sort}/count")), count);
        count
    })
}

/// Fails the test unless something was compared and all was well.
#[track_caller]
fn is_clean(summary: &Summary) {
    assert_eq!(findings(summary), [0, 0, 0], "{:#}", summary.0["audit"]);
    assert_eq!(summary.list("/audit/notes"), &[] as &[serde_json::Value]);
    assert!(summary.count("/audit/compared/accounts") > 0, "nothing was compared");
}
