//! Connections to MySQL: at most so many, made when needed, used again, given up when they fail.
//!
//! Not `mysql_async`'s own pool: that one waits for the end of a statement whose time is over, so that
//! a few slow ones would hold every connection, and the server would go on with them all the while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, DriverError, Error, Opts, OptsBuilder, SslOpts};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{timeout, timeout_at};

use super::error::{DbError, said};
use super::mysql::{self, Failure, Job};
use super::query::{Query, Rows};
use super::uri::{Address, DatabaseUri, Tls};

/// What ending a query or a connection may take.
const END_WITHIN: Duration = Duration::from_secs(2);
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 128;
/// The longest row that is taken; above it the server's own limit is usually lower.
const MAX_PACKET_BYTES: usize = 64 << 20;

/// How a database is used.
#[derive(Debug, Clone)]
pub struct MysqlOptions {
    /// Connections at most.
    pub connections: usize,
    /// Whether statements may change anything.
    pub write: bool,
    /// Files with roots that `tls=true` trusts besides the public ones and those of the URI.
    pub roots: Vec<std::path::PathBuf>,
}

/// The connections to one server.
pub(super) struct Pool {
    way: Opts,
    /// Without TLS, where the URI only prefers it.
    other_way: Option<Opts>,
    at: String,
    write: bool,
    connections: usize,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Conn>>,
    /// The connection on which statements of others are ended, once there was a reason to.
    killer: tokio::sync::Mutex<Option<Conn>>,
}

impl Pool {
    pub(super) fn new(uri: &DatabaseUri, options: &MysqlOptions) -> Self {
        let (way, other_way) = ways(uri, options);
        Self {
            way,
            other_way,
            at: uri.address.to_string(),
            write: options.write,
            connections: options.connections,
            places: Arc::new(Semaphore::new(options.connections)),
            idle: Mutex::default(),
            killer: tokio::sync::Mutex::default(),
        }
    }

    /// Runs a statement that reads.
    pub(super) async fn read(self: Arc<Self>, query: Query) -> Result<Rows, DbError> {
        self.run(query, mysql::read).await
    }

    /// Runs a statement that changes something; returns the number of rows.
    pub(super) async fn change(self: Arc<Self>, query: Query) -> Result<u64, DbError> {
        if !self.write {
            return Err(DbError::ReadOnly { sql: query.shown() });
        }
        self.run(query, mysql::change).await
    }

    /// Says goodbye on every connection that is not in use.
    pub(super) async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for conn in idle.into_iter().chain(self.killer.lock().await.take()) {
            // The server notices anyhow when the socket closes.
            _ = timeout(END_WITHIN, conn.disconnect()).await;
        }
    }

    async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        query: Query,
        job: Job<T>,
    ) -> Result<T, DbError> {
        let place = timeout_at(query.deadline, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            let busy = "other lookups had every connection (--db-connections";
            return Err(query.timed_out(format!("{busy} {})", self.connections)));
        };
        let query = Arc::new(query);
        loop {
            let idle = self.idle().pop();
            let (conn, used) = match idle {
                Some(conn) => (conn, true),
                None => (self.connect(&query).await?, false),
            };
            let id = conn.id();
            let mut work = Box::pin(attempt(conn, Arc::clone(&query), job));
            let Ok((conn, done)) = timeout_at(query.deadline, &mut work).await else {
                self.abandon(id, place, async { work.await.0 });
                return Err(query.timed_out("it is still at work"));
            };
            match done {
                Ok(done) => {
                    self.idle().push(conn);
                    return Ok(done);
                }
                Err(Failure::Answered(error)) => {
                    self.idle().push(conn);
                    return Err(error);
                }
                Err(Failure::Unread(error)) => {
                    self.abandon(id, place, async { conn });
                    return Err(error);
                }
                // The server was restarted since: its other connections have ended too.
                Err(Failure::Broken(_)) if used => self.idle().clear(),
                Err(Failure::Broken(why) | Failure::Lost(why)) => {
                    return Err(DbError::Broken { at: self.at.clone(), why });
                }
            }
        }
    }

    /// A new connection.
    async fn connect(&self, query: &Query) -> Result<Conn, DbError> {
        match timeout_at(query.deadline, self.connect_some_way()).await {
            Ok(connected) => connected.map_err(|error| self.no_connection(&error)),
            Err(_) => Err(query.timed_out(format!("{} lets nobody in", self.at))),
        }
    }

    async fn connect_some_way(&self) -> Result<Conn, Error> {
        let connected = Conn::new(self.way.clone()).await;
        match (connected, &self.other_way) {
            (Err(Error::Driver(DriverError::NoClientSslFlagFromServer)), Some(way)) => {
                Conn::new(way.clone()).await
            }
            (connected, _) => connected,
        }
    }

    fn no_connection(&self, error: &Error) -> DbError {
        let at = self.at.clone();
        let why = said(error);
        match error {
            Error::Server(_) | Error::Driver(DriverError::NoClientSslFlagFromServer) => {
                DbError::Refused { at, why }
            }
            _ => DbError::Unreachable { at, why },
        }
    }

    /// Ends a statement whose answer nobody waits for, on the server too. Its place is free only then,
    /// so that the server never works for more of us than it has connections.
    fn abandon(
        self: &Arc<Self>,
        id: u32,
        place: OwnedSemaphorePermit,
        work: impl Future<Output = Conn> + Send + 'static,
    ) {
        let pool = Arc::clone(self);
        tokio::spawn(async move {
            let end = async {
                pool.kill(id).await?;
                let mut conn = work.await;
                // Reads what is left of an answer, and takes the blow if the statement had just ended.
                conn.ping().await?;
                Ok::<_, Error>(conn)
            };
            if let Ok(Ok(conn)) = timeout(END_WITHIN, end).await {
                pool.idle().push(conn);
            }
            drop(place);
        });
    }

    async fn kill(&self, id: u32) -> Result<(), Error> {
        let mut killer = self.killer.lock().await;
        let sql = format!("KILL QUERY {id}");
        if let Some(conn) = &mut *killer
            && conn.query_drop(&sql).await.is_ok()
        {
            return Ok(());
        }
        let conn = killer.insert(self.connect_some_way().await?);
        conn.query_drop(sql).await
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Conn>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does the job; the connection comes back with its result.
async fn attempt<T>(mut conn: Conn, query: Arc<Query>, job: Job<T>) -> (Conn, Result<T, Failure>) {
    let done = job(&mut conn, &query).await;
    (conn, done)
}

/// How to connect, and how else if the server speaks no TLS.
pub(crate) fn ways(uri: &DatabaseUri, options: &MysqlOptions) -> (Opts, Option<Opts>) {
    let roots = options.roots.iter().chain(&uri.roots).cloned().map(Into::into).collect();
    let verified = SslOpts::default().with_root_certs(roots);
    let any = SslOpts::default().with_danger_accept_invalid_certs(true);
    let any = any.with_danger_skip_domain_validation(true);
    let with = |tls| opts(uri, options.write, tls);
    match uri.tls {
        Tls::Off => (with(None), None),
        Tls::Preferred => (with(Some(any)), Some(with(None))),
        Tls::SkipVerify => (with(Some(any)), None),
        Tls::Verify => (with(Some(verified)), None),
    }
}

fn opts(uri: &DatabaseUri, write: bool, tls: Option<SslOpts>) -> Opts {
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let mut setup = vec!["SET time_zone = '+00:00'".to_owned()];
    if !write {
        setup.push("SET SESSION TRANSACTION READ ONLY".to_owned());
    }
    let builder = OptsBuilder::default()
        .user(given(&uri.user))
        .pass(given(&uri.password))
        .db_name(given(&uri.database))
        .prefer_socket(false)
        .stmt_cache_size(STATEMENTS)
        .max_allowed_packet(Some(MAX_PACKET_BYTES))
        // Else asked for at each connection; nothing here needs it.
        .wait_timeout(Some(28_800))
        .ssl_opts(tls)
        .setup(setup);
    match &uri.address {
        Address::Tcp(host, port) => builder.ip_or_hostname(host.as_str()).tcp_port(*port).into(),
        Address::Unix(path) => builder.socket(Some(path.to_string_lossy())).into(),
    }
}
