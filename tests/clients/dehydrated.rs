//! dehydrated: a shell script with curl and openssl.

use std::path::Path;

use crate::common::coyote::Coyote;
use crate::fixture::{Answers, Ca};

/// dehydrated with a folder of its own; `further` are lines of its configuration.
fn dehydrated(ca: &Ca, answers: &Path, further: &str) -> Coyote {
    let config = format!(
        "CA={}\nBASEDIR={}\nWELLKNOWN={}\nCURL_OPTS='--cacert {}'\n{further}\n",
        ca.directory,
        ca.scratch.folder().display(),
        answers.display(),
        ca.scratch.path("https.pem").display()
    );
    ca.client("dehydrated").words("--config").arg(ca.scratch.write("config", &config))
}

#[test]
fn gets_a_certificate_by_http_01_and_revokes_it() {
    let answers = Answers::serve();
    let ca = Ca::start_at(answers.port(), "");
    let dehydrated = |line: &str| dehydrated(&ca, answers.folder(), "").words(line).run().exits(0);
    dehydrated("--register --accept-terms");
    dehydrated("--cron --domain shell.example.com --domain www.shell.example.com");
    ca.vouches_for(&ca.scratch.path("certs/shell.example.com/fullchain.pem"));
}
