//! The audit: what a CA told its clients, compared with what its database holds.
//!
//! Clients note what they ask for and what is confirmed to them in a [`Ledger`](ledger::Ledger); after the
//! run a [comparison](comparison::compare) reads the rows that must be there. It knows nothing of scripts.

pub mod accounts;
pub mod authorizations;
pub mod book;
pub mod certificates;
pub mod comparison;
mod doubles;
pub mod entry;
pub mod findings;
pub mod identifier;
pub mod ledger;
pub mod lookup;
pub mod names;
pub mod orders;
pub mod reasons;
pub mod run_audit;
pub mod scope;
pub mod serial;
pub mod subjects;
#[cfg(test)]
mod testing;
pub mod unindexed;
