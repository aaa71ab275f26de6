//! The CA's tables: what [`super::store::Store`] holds, as rows of a database that others can ask.
//!
//! They are named and typed as Boulder's (2026), so that what is asked here can be asked there. The
//! store stays what requests are answered from; each change of it goes into a queue, and a thread
//! writes what has gathered, a transaction at a time. What the dialect of 2015 authorizes is in none.
//! A new table is a file and a line in [`tables::TABLES`].

mod authz2;
mod backend;
mod batch;
mod cells;
mod certificate_status;
mod certificates;
mod coyote_ca;
mod date;
mod error;
mod fault;
mod issued_names;
mod load;
mod mysql;
mod options;
mod orders;
mod problem;
mod protobuf;
mod queue;
mod registrations;
mod reserved;
mod revoked_certificates;
mod running;
mod sheets;
mod sqlite;
mod table;
mod tables;
mod value;
mod writer;

pub(super) use batch::Change;
pub use error::StoreError;
pub use fault::StoreFault;
pub(super) use load::Records;
pub use options::StoreOptions;
pub use options::StorePlace;
pub(super) use queue::Queue;
pub use running::{CaDatabase, Location};
pub(super) use running::{Resumed, Rows, start};
