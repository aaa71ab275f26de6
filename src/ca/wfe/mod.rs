//! The web front end: RFC 8555 over HTTP.
//!
//! A new resource is one file with its handlers and one line in [`ROUTES`].

// Handlers share a signature, also those that cannot fail.
#![allow(clippy::unnecessary_wraps)]

mod account;
mod account_orders;
mod answer;
mod authenticate;
mod authz;
mod binding;
mod body;
mod call;
mod certificate;
mod challenge;
mod contact;
mod crl;
mod dates;
mod directory;
mod finalize;
mod key_change;
mod new_account;
mod new_authz;
mod new_nonce;
mod new_order;
mod order;
mod payload;
mod renewal_info;
mod replaces;
mod reply;
mod reuse;
mod revoke_cert;
mod route;
mod terms;

pub(super) use answer::answer;

use route::{Action, Route};

/// Everything the CA answers. Routes with a `directory_name` are what the directory lists, without
/// the part that a client adds (RFC 9773 §4.1).
static ROUTES: &[Route] = &[
    Route { directory_name: None, path: "/directory", action: Action::Get(directory::get) },
    Route { directory_name: None, path: terms::PATH, action: Action::Get(terms::get) },
    Route {
        directory_name: Some("newNonce"),
        path: "/acme/new-nonce",
        action: Action::Get(new_nonce::get),
    },
    Route {
        directory_name: Some("newAccount"),
        path: "/acme/new-account",
        action: Action::ByKey(new_account::post),
    },
    Route {
        directory_name: Some("newOrder"),
        path: "/acme/new-order",
        action: Action::ByAccount(new_order::post),
    },
    Route {
        directory_name: Some("newAuthz"),
        path: new_authz::PATH,
        action: Action::ByAccount(new_authz::post),
    },
    Route {
        directory_name: Some("revokeCert"),
        path: "/acme/revoke-cert",
        action: Action::ByKeyOrAccount(revoke_cert::post),
    },
    Route {
        directory_name: Some("keyChange"),
        path: "/acme/key-change",
        action: Action::ByAccount(key_change::post),
    },
    Route {
        directory_name: Some("renewalInfo"),
        path: "/acme/renewal-info/*",
        action: Action::Get(renewal_info::get),
    },
    Route { directory_name: None, path: crl::PATH, action: Action::Get(crl::get) },
    Route {
        directory_name: None,
        path: "/acme/account/*",
        action: Action::ByAccount(account::post),
    },
    Route {
        directory_name: None,
        path: "/acme/account/*/orders",
        action: Action::ByAccount(account_orders::post),
    },
    Route { directory_name: None, path: "/acme/order/*", action: Action::ByAccount(order::post) },
    Route {
        directory_name: None,
        path: "/acme/order/*/finalize",
        action: Action::ByAccount(finalize::post),
    },
    Route { directory_name: None, path: "/acme/authz/*", action: Action::ByAccount(authz::post) },
    Route {
        directory_name: None,
        path: "/acme/challenge/*/*",
        action: Action::ByAccount(challenge::post),
    },
    Route {
        directory_name: None,
        path: "/acme/certificate/*",
        action: Action::ByAccount(certificate::post),
    },
    Route {
        directory_name: None,
        path: "/acme/certificate/*/*",
        action: Action::ByAccount(certificate::post),
    },
];
