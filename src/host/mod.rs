//! The script API: one file per module, bindings only. A new module is one file and one line here.
// What Rhai's `#[export_module]` asks for or writes itself: `pub` functions in a private module, a
// glob import, arguments by value, and `unwrap`s on the argument list.
#![allow(
    unreachable_pub,
    clippy::wildcard_imports,
    clippy::needless_pass_by_value,
    clippy::unwrap_used
)]

pub mod answer;
pub mod attacker;
pub mod audit;
pub mod challenge;
pub mod check;
pub mod claim;
pub mod codec;
pub mod convert;
pub mod csr;
pub mod db;
pub mod env;
pub mod errors;
pub mod file;
pub mod http;
pub mod json;
pub mod jws;
pub mod key;
pub mod log;
mod members;
pub mod metric;
pub mod mutate;
pub mod pause;
pub mod rand;
pub mod state;
#[cfg(test)]
pub(crate) mod testing;
pub mod time;
pub mod tls;
pub mod view;
pub mod x509;

/// Makes a script module.
pub type MakeModule = fn() -> rhai::Module;

/// Every module that scripts can call as `name::function`.
pub const MODULES: &[(&str, MakeModule)] = &[
    ("attacker", attacker::module),
    ("audit", audit::module),
    ("challenge", challenge::module),
    ("check", check::module),
    ("claim", claim::module),
    ("codec", codec::module),
    ("csr", csr::module),
    ("db", db::module),
    ("env", env::module),
    ("file", file::module),
    ("http", http::module),
    ("jws", jws::module),
    ("key", key::module),
    ("log", log::module),
    ("metric", metric::module),
    ("mutate", mutate::module),
    ("rand", rand::module),
    ("state", state::module),
    ("time", time::module),
    ("tls", tls::module),
    ("x509", x509::module),
];

/// What scripts can call without a module's name: `sleep`, and the members of an error.
pub const GLOBALS: &[(&str, MakeModule)] =
    &[("pause", pause::module), ("errors", errors::module), ("view", view::module)];

/// The options that a function's trailing map may have, for `coyote check`.
pub const OPTION_KEYS: &[(&str, &[&str])] = &[
    ("http::get", http::options::KEYS),
    ("http::head", http::options::KEYS),
    ("http::post", http::options::KEYS),
    ("http::put", http::options::KEYS),
    ("http::patch", http::options::KEYS),
    ("http::delete", http::options::KEYS),
    ("http::request", http::options::KEYS),
    ("http::raw", http::raw::KEYS),
    ("file::csv", file::CSV_KEYS),
    ("jws::sign", &jws::SIGN_OPTIONS),
    ("jws::hmac", &jws::HMAC_OPTIONS),
    ("jws::header", &jws::HEADER_OPTIONS),
    ("csr::create", &csr::CREATE_OPTIONS),
    ("db::query", db::KEYS),
    ("db::row", db::KEYS),
    ("db::value", db::KEYS),
    ("db::any", db::KEYS),
    ("db::count", db::KEYS),
    ("db::execute", db::KEYS),
    ("tls::handshake", tls::KEYS),
    ("x509::verify", &x509::VERIFY_OPTIONS),
    ("state::push", &state::PUSH_OPTIONS),
    ("challenge::dns_persist01", challenge::DNS_PERSIST_KEYS),
    ("challenge::misbehave", challenge::MISBEHAVE_KEYS),
];
