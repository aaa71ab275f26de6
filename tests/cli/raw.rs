//! `http::raw` in `once`: what was written and what came back are shown, HTTP or not.

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::common::server::{Server, text};

#[test]
fn raw_exchanges_are_shown() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let chain = format!(
        "fn chain() {{ http::raw(\"{}\", \"GET /odd HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\"); }}",
        server.url("/")
    );
    let script = scratch.write("raw.rhai", &chain);
    let output = coyote("once").script(&script).run().exits(0);
    output.shows(&["--> RAW", "GET /odd HTTP/1.1", "<-- 200", "hello"]);
}
