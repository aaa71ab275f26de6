//! Where the CA keeps its rows.

use std::path::PathBuf;

use super::StoreFault;
use crate::db::uri::DatabaseUri;

/// What becomes of the CA's rows.
#[derive(Debug, Clone, Default)]
pub struct StoreOptions {
    /// Where they are written.
    pub place: StorePlace,
    /// Whether answers wait for the rows that they tell of.
    pub sync: bool,
    /// What goes wrong with them, on purpose.
    pub faults: Vec<StoreFault>,
}

/// Where rows are written.
#[derive(Debug, Clone, Default)]
pub enum StorePlace {
    /// Nowhere: the CA remembers what it needs.
    #[default]
    Nowhere,
    /// In a SQLite file that is gone when the CA stops.
    Temporary,
    /// In this SQLite file, which stays. A CA that is started on it again goes on.
    File(PathBuf),
    /// In MySQL or MariaDB, which keeps them. A CA that is started on it again goes on.
    Mysql(DatabaseUri),
}
