//! The management interface, with pebble-challtestsrv's paths and bodies: publishes over HTTP what
//! scripts publish by calls. What it publishes stays until it is taken back.

mod body;
mod desk;
mod dns;
mod history;
mod http01;
mod serve;
mod tls_alpn01;

pub(super) use serve::LISTENER;

use body::Body;
use desk::{Desk, Outcome};

/// One path, and what a request there does. The method does not matter; the body is a JSON object.
struct Route {
    path: &'static str,
    handle: fn(&Desk, &Body) -> Outcome,
}

/// Every path there is.
static ROUTES: &[Route] = &[
    Route { path: "/add-http01", handle: http01::add },
    Route { path: "/del-http01", handle: http01::delete },
    Route { path: "/add-redirect", handle: http01::add_redirect },
    Route { path: "/del-redirect", handle: http01::delete_redirect },
    Route { path: "/add-tlsalpn01", handle: tls_alpn01::add },
    Route { path: "/del-tlsalpn01", handle: tls_alpn01::delete },
    Route { path: "/set-default-ipv4", handle: dns::set_default_v4 },
    Route { path: "/set-default-ipv6", handle: dns::set_default_v6 },
    Route { path: "/set-txt", handle: dns::add_txt },
    Route { path: "/clear-txt", handle: dns::clear_txt },
    Route { path: "/add-a", handle: dns::add_a },
    Route { path: "/clear-a", handle: dns::clear_a },
    Route { path: "/add-aaaa", handle: dns::add_aaaa },
    Route { path: "/clear-aaaa", handle: dns::clear_aaaa },
    Route { path: "/add-caa", handle: dns::add_caa },
    Route { path: "/clear-caa", handle: dns::clear_caa },
    Route { path: "/set-cname", handle: dns::set_cname },
    Route { path: "/clear-cname", handle: dns::clear_cname },
    Route { path: "/set-servfail", handle: dns::set_servfail },
    Route { path: "/clear-servfail", handle: dns::clear_servfail },
    Route { path: "/http-request-history", handle: history::http },
    Route { path: "/dns-request-history", handle: history::dns },
    Route { path: "/tlsalpn01-request-history", handle: history::tls_alpn01 },
    Route { path: "/clear-request-history", handle: history::clear },
];
