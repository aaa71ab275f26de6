//! The systems of the seeds: their scripts, against real proxies where they need them, and against
//! `coyote backend`, which stands in for services that are not to be had.

mod backend;
mod certctl;
#[path = "../common/mod.rs"]
mod common;
mod curl;
mod proxies;
mod proxy_reconfig;
mod rest_service;
mod routes;
mod stand_in;
