//! The embedded CA against ACME clients that others wrote, each as Debian ships it.

mod acme_tiny;
mod certbot;
#[path = "../common/mod.rs"]
mod common;
mod dehydrated;
mod fixture;
