//! A target whose every tenth answer is wrong, and a chain of two requests.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::common::server::{Reply, Server, text};

/// Answers `/order` with 500 each tenth time.
pub(crate) fn target() -> Server {
    let orders = AtomicUsize::new(0);
    Server::start(move |request| match request.path.as_str() {
        "/order" if orders.fetch_add(1, Ordering::Relaxed) % 10 == 9 => {
            Reply::Answer(500, "text/plain".to_owned(), b"broken".to_vec())
        }
        _ => text("fine"),
    })
}

/// A chain that fails when `/order` does.
pub(crate) fn script(server: &Server) -> String {
    let (nonce, order) = (server.url("/nonce"), server.url("/order"));
    format!(
        "fn options() {{ #{{ name: \"two\", fail_pause_ms: 0 }} }}\n\
         fn chain() {{\n\
             http::get(\"{nonce}\", #{{ endpoint: \"new-nonce\" }});\n\
             http::post(\"{order}\", \"body\", #{{ endpoint: \"new-order\", expect: 200 }});\n\
         }}\n"
    )
}

/// Every line, which must be JSON.
#[track_caller]
pub(crate) fn lines(text: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
    text.lines().map(parse).collect()
}
