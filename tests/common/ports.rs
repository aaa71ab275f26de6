//! Free ports.

use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// Options that let the challenge server take free ports for all but HTTP-01, so that tests can run
/// side by side: its ports are fixed against a CA that `--directory` names.
pub(crate) const FREE_PORTS: &str = "--tls-port 0 --dns-port 0 --doh-port off";

/// The first of the ports that are tried, and how many there are: below those of `tests/run`, and below
/// those that outgoing connections are given, of which a run makes hundreds a second.
const FIRST: u32 = 10_000;
const COUNT: u32 = 10_000;

/// A port of 127.0.0.1 that nobody listens on right now, and that nobody else is told of.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Elsewhere than other test programs that run beside this one.
    let start = process::id().wrapping_mul(331);
    (0..COUNT)
        .map(|_| start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT + FIRST)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("some port is free")
}
