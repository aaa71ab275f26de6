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
mod endpoint;
mod faulty;
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
mod v1;

pub(super) use answer::answer;
pub(super) use endpoint::{endpoint, takes_nonces};
pub(super) use v1::V1;

use route::{Action, Route};

/// Everything the CA answers. Routes with a `directory_name` are what the directory lists, without
/// the part that a client adds (RFC 9773 §4.1).
static ROUTES: &[Route] = &[
    Route {
        endpoint: "directory",
        directory_name: None,
        path: "/directory",
        action: Action::GetOrPostAsGet(directory::get),
    },
    Route {
        endpoint: "terms",
        directory_name: None,
        path: terms::PATH,
        action: Action::Get(terms::get),
    },
    Route {
        endpoint: "new-nonce",
        directory_name: Some("newNonce"),
        path: "/acme/new-nonce",
        action: Action::GetOrPostAsGet(new_nonce::get),
    },
    Route {
        endpoint: "new-account",
        directory_name: Some("newAccount"),
        path: "/acme/new-account",
        action: Action::ByKey(new_account::post),
    },
    Route {
        endpoint: "new-order",
        directory_name: Some("newOrder"),
        path: "/acme/new-order",
        action: Action::ByAccount(new_order::post),
    },
    Route {
        endpoint: "new-authz",
        directory_name: Some("newAuthz"),
        path: new_authz::PATH,
        action: Action::ByAccount(new_authz::post),
    },
    Route {
        endpoint: "revoke-cert",
        directory_name: Some("revokeCert"),
        path: "/acme/revoke",
        action: Action::ByKeyOrAccount(revoke_cert::post),
    },
    Route {
        endpoint: "key-change",
        directory_name: Some("keyChange"),
        path: "/acme/key-change",
        action: Action::ByAccount(key_change::post),
    },
    Route {
        endpoint: "renewal-info",
        directory_name: Some("renewalInfo"),
        path: "/acme/renewal-info/*",
        action: Action::Get(renewal_info::get),
    },
    Route { endpoint: "crl", directory_name: None, path: crl::PATH, action: Action::Get(crl::get) },
    Route {
        endpoint: "account",
        directory_name: None,
        path: "/acme/account/*",
        action: Action::ByAccount(account::post),
    },
    Route {
        endpoint: "account",
        directory_name: None,
        path: "/acme/account/*/orders",
        action: Action::ByAccount(account_orders::post),
    },
    Route {
        endpoint: "order",
        directory_name: None,
        path: "/acme/order/*",
        action: Action::ByAccount(order::post),
    },
    Route {
        endpoint: "finalize",
        directory_name: None,
        path: "/acme/order/*/finalize",
        action: Action::ByAccount(finalize::post),
    },
    Route {
        endpoint: "authz",
        directory_name: None,
        path: "/acme/authz/*",
        action: Action::ByAccount(authz::post),
    },
    Route {
        endpoint: "challenge",
        directory_name: None,
        path: "/acme/challenge/*/*",
        action: Action::ByAccount(challenge::post),
    },
    Route {
        endpoint: "certificate",
        directory_name: None,
        path: "/acme/certificate/*",
        action: Action::ByAccount(certificate::post),
    },
    Route {
        endpoint: "certificate",
        directory_name: None,
        path: "/acme/certificate/*/*",
        action: Action::ByAccount(certificate::post),
    },
];
