//! The database that a run can ask, from any thread.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::timeout_at;

use super::error::DbError;
pub use super::pool::MysqlOptions;
use super::pool::Pool;
use super::query::{Query, Rows};
pub use super::sqlite::Flush;
use super::sqlite::Tables;
use super::statement;
use super::uri::DatabaseUri;

/// A database. Cloning it is cheap; all clones share its connections.
#[derive(Clone)]
pub struct Database(Arc<Service>);

/// The thread that all work for the database is done on, and what ends it.
struct Service {
    runtime: Handle,
    backend: Backend,
    name: String,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone)]
enum Backend {
    /// What writes to it in this process is waited for.
    Mysql(Arc<Pool>, Option<Flush>),
    Sqlite(Arc<Tables>),
}

impl Database {
    /// The one at `uri`. Nothing is connected yet.
    ///
    /// # Errors
    /// When the system grants no thread.
    pub fn mysql(uri: &DatabaseUri, options: &MysqlOptions) -> std::io::Result<Self> {
        let backend = Backend::Mysql(Arc::new(Pool::new(uri, options)), None);
        Service::start(backend, uri.to_string())
    }

    /// As [`Self::mysql`], of tables that a part of this process writes: `flush` is called before each
    /// lookup, as with [`Self::sqlite`].
    ///
    /// # Errors
    /// When the system grants no thread.
    pub fn mysql_behind(
        uri: &DatabaseUri,
        options: &MysqlOptions,
        flush: Flush,
    ) -> std::io::Result<Self> {
        let backend = Backend::Mysql(Arc::new(Pool::new(uri, options)), Some(flush));
        Service::start(backend, uri.to_string())
    }

    /// The SQLite file at `path`, which is only read. `flush` is called before each lookup, on a thread
    /// where it may block: what was written before the lookup began must be there when it returns.
    ///
    /// # Errors
    /// When the system grants no thread.
    pub fn sqlite(path: PathBuf, flush: Flush) -> std::io::Result<Self> {
        Self::sqlite_with(path, flush, false)
    }

    /// As [`Self::sqlite`], and with `write` the tables can be changed.
    ///
    /// # Errors
    /// When the system grants no thread.
    pub fn sqlite_with(path: PathBuf, flush: Flush, write: bool) -> std::io::Result<Self> {
        let name = format!("sqlite({})", path.display());
        Service::start(Backend::Sqlite(Arc::new(Tables::new(path, flush, write))), name)
    }

    /// What it is, for people; without a password.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether SQL is MySQL's, not SQLite's.
    pub fn is_mysql(&self) -> bool {
        matches!(self.0.backend, Backend::Mysql(..))
    }

    /// Whether this process writes it, and a lookup waits for that.
    pub fn is_written_here(&self) -> bool {
        !matches!(self.0.backend, Backend::Mysql(_, None))
    }

    /// Runs a statement that reads. Dropping the future does not end the statement; its deadline does.
    ///
    /// # Errors
    /// See [`DbError`].
    pub async fn query(&self, query: Query) -> Result<Rows, DbError> {
        statement::must_read(&query)?;
        let task = match self.0.backend.clone() {
            Backend::Mysql(pool, None) => self.0.runtime.spawn(pool.read(query)),
            Backend::Mysql(pool, Some(flush)) => self.0.runtime.spawn(async move {
                let patience = query.patience();
                // Late or not at all: the lookup sees what is there.
                _ = timeout_at(query.deadline, spawn_blocking(move || flush(patience))).await;
                pool.read(query).await
            }),
            Backend::Sqlite(tables) => self.0.runtime.spawn(tables.read(query)),
        };
        task.await.map_err(|error| DbError::Internal(error.to_string()))?
    }

    /// Runs a statement that changes something, if that is allowed; returns the number of rows.
    ///
    /// # Errors
    /// See [`DbError`].
    pub async fn execute(&self, query: Query) -> Result<u64, DbError> {
        statement::must_change(&query)?;
        let task = match self.0.backend.clone() {
            Backend::Mysql(pool, _) => self.0.runtime.spawn(pool.change(query)),
            Backend::Sqlite(tables) => self.0.runtime.spawn(tables.change(query)),
        };
        task.await.map_err(|error| DbError::Internal(error.to_string()))?
    }
}

impl Service {
    fn start(backend: Backend, name: String) -> std::io::Result<Database> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        let served = backend.clone();
        let thread = std::thread::Builder::new().name("database".to_owned()).spawn(move || {
            runtime.block_on(async {
                // An error means that the other end is gone, which ends it too.
                _ = ended.await;
                if let Backend::Mysql(pool, _) = served {
                    pool.close().await;
                }
            });
            // Not dropped: that would wait for SQLite's lookups.
            runtime.shutdown_background();
        })?;
        let (end, thread) = (Some(end), Some(thread));
        Ok(Database(Arc::new(Self { runtime: handle, backend, name, end, thread })))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // It panics never, and there is nobody left to tell.
            _ = thread.join();
        }
    }
}
