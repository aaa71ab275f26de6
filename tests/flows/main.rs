//! Every flow of the stdlib's ACME clients, against the embedded CA and against CAs that answer wrong.

mod accounts;
mod acme_v1;
mod arguments;
mod authorizations;
mod certificates;
#[path = "../common/mod.rs"]
mod common;
mod fake_ca;
mod lookups;
mod names;
mod orders;
mod run;
mod scripts;
mod waiting;
mod wrong_answers;
