//! The web front end: RFC 8555 over HTTP.
//!
//! A new resource is one file with its handlers and one line in [`ROUTES`].

mod account;
mod account_orders;
mod answer;
mod authenticate;
mod authz;
mod body;
mod call;
mod certificate;
mod challenge;
mod contact;
mod directory;
mod endpoint;
mod faulty;
mod finalize;
mod new_account;
mod new_nonce;
mod new_order;
mod order;
mod payload;
mod reply;
mod route;
mod terms;
mod v1;

pub(super) use answer::answer;
pub(super) use endpoint::endpoint;
pub(super) use v1::V1;

use route::{Action, Route};

/// Everything the CA answers. Routes with a `directory_name` are what the directory lists.
static ROUTES: &[Route] = &[
    Route {
        endpoint: "directory",
        directory_name: None,
        path: "/directory",
        action: Action::Get(directory::get),
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
        action: Action::Get(new_nonce::get),
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
];
