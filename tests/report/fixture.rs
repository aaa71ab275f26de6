//! A target whose every tenth order fails, and a chain of two requests.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::scratch::Scratch;
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
pub(crate) fn script(scratch: &Scratch, server: &Server) -> PathBuf {
    let (nonce, order) = (server.url("/nonce"), server.url("/order"));
    let text = format!(
        "fn options() {{ #{{ name: \"two\", fail_pause_ms: 0 }} }}\n\
         fn chain() {{\n\
             check::that(\"there is a nonce\", http::get(\"{nonce}\", #{{ endpoint: \"new-nonce\" }}).status == 200);\n\
             http::post(\"{order}\", \"body\", #{{ endpoint: \"new-order\", expect: 200 }});\n\
         }}\n"
    );
    scratch.write("two.rhai", &text)
}
