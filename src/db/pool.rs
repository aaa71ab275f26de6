//! Connections to MySQL: at most so many, made when needed, used again, given up when they fail.
//!
//! Not `mysql_async`'s own pool: that one waits for the end of a query whose time is over, so that a
//! few slow ones would hold every connection, and the server would go on with them all the while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, DriverError, Error, Opts, OptsBuilder, SslOpts};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{timeout, timeout_at};

use super::error::DbError;
use super::mysql::{self, Failure};
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
    /// Files with roots that `tls=true` trusts besides the public ones.
    pub roots: Vec<std::path::PathBuf>,
}

/// The connections to one server.
pub(super) struct Pool {
    /// Tried in this order: with TLS before without where the URI only prefers it.
    ways: Vec<Opts>,
    at: String,
    write: bool,
    connections: usize,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Conn>>,
}

/// What is to be done on a connection.
#[derive(Clone, Copy)]
enum Job<T> {
    Read(fn(Rows) -> T),
    Change(fn(u64) -> T),
}

impl Pool {
    pub(super) fn new(uri: &DatabaseUri, options: &MysqlOptions) -> Self {
        Self {
            ways: ways(uri, options),
            at: uri.address.to_string(),
            write: options.write,
            connections: options.connections,
            places: Arc::new(Semaphore::new(options.connections)),
            idle: Mutex::default(),
        }
    }

    /// Runs a statement that reads.
    pub(super) async fn read(self: Arc<Self>, query: Query) -> Result<Rows, DbError> {
        self.run(&query, Job::Read(|rows| rows)).await
    }

    /// Runs a statement that changes something; returns the number of rows.
    pub(super) async fn change(self: Arc<Self>, query: Query) -> Result<u64, DbError> {
        if !self.write {
            return Err(DbError::ReadOnly { sql: query.shown() });
        }
        self.run(&query, Job::Change(|count| count)).await
    }

    /// Says goodbye on every connection that is not in use.
    pub(super) async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for conn in idle {
            // The server notices anyhow when the socket closes.
            _ = timeout(END_WITHIN, conn.disconnect()).await;
        }
    }

    async fn run<T>(self: &Arc<Self>, query: &Query, job: Job<T>) -> Result<T, DbError> {
        let place = timeout_at(query.deadline, Arc::clone(&self.places).acquire_owned());
        let Ok(Ok(place)) = place.await else {
            let busy = "other lookups had every connection (--db-connections";
            return Err(query.timed_out(format!("{busy} {})", self.connections)));
        };
        loop {
            let idle = self.idle().pop();
            let (mut conn, used) = match idle {
                Some(conn) => (conn, true),
                None => (self.connect(query).await?, false),
            };
            let failure = match timeout_at(query.deadline, attempt(&mut conn, query, &job)).await {
                Ok(Ok(done)) => {
                    self.idle().push(conn);
                    return Ok(done);
                }
                Ok(Err(failure)) => failure,
                Err(_) => Failure::Unread(query.timed_out("it is still at work")),
            };
            match failure {
                Failure::Answered(error) => {
                    self.idle().push(conn);
                    return Err(error);
                }
                Failure::Unread(error) => {
                    self.abandon(conn, place);
                    return Err(error);
                }
                // The server was restarted since: its other connections have ended too.
                Failure::Broken(_) if used => self.idle().clear(),
                Failure::Broken(why) => return Err(DbError::Broken { at: self.at.clone(), why }),
            }
        }
    }

    /// A new connection.
    async fn connect(&self, query: &Query) -> Result<Conn, DbError> {
        match timeout_at(query.deadline, self.connect_some_way()).await {
            Ok(connected) => connected,
            Err(_) => Err(query.timed_out(format!("{} lets nobody in", self.at))),
        }
    }

    async fn connect_some_way(&self) -> Result<Conn, DbError> {
        let mut ways = self.ways.iter().peekable();
        loop {
            let way = ways.next().ok_or_else(|| DbError::Internal("no way to connect".into()))?;
            match Conn::new(way.clone()).await {
                Ok(conn) => return Ok(conn),
                Err(Error::Driver(DriverError::NoClientSslFlagFromServer))
                    if ways.peek().is_some() => {}
                Err(error) => return Err(self.no_connection(&error)),
            }
        }
    }

    fn no_connection(&self, error: &Error) -> DbError {
        let at = self.at.clone();
        match error {
            Error::Server(error) => {
                DbError::Refused { at, why: format!("{} (error {})", error.message, error.code) }
            }
            Error::Driver(DriverError::NoClientSslFlagFromServer) => {
                DbError::Refused { at, why: "it speaks no TLS; leave out tls=".to_owned() }
            }
            Error::Io(mysql_async::IoError::Io(error)) => {
                DbError::Unreachable { at, why: error.to_string() }
            }
            error => DbError::Unreachable { at, why: error.to_string() },
        }
    }

    /// Ends a query whose answer nobody waits for, on the server too. Its place is free only then, so
    /// that the server never works for more of us than it has connections.
    fn abandon(self: &Arc<Self>, conn: Conn, place: OwnedSemaphorePermit) {
        let pool = Arc::clone(self);
        tokio::spawn(async move {
            let kill = async {
                let mut other = pool.connect_some_way().await.ok()?;
                other.query_drop(format!("KILL QUERY {}", conn.id())).await.ok()?;
                Some(other)
            };
            if let Ok(Some(other)) = timeout(END_WITHIN, kill).await {
                pool.idle().push(other);
            }
            _ = timeout(END_WITHIN, conn.disconnect()).await;
            drop(place);
        });
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Conn>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn attempt<T>(conn: &mut Conn, query: &Query, job: &Job<T>) -> Result<T, Failure> {
    match job {
        Job::Read(then) => mysql::read(conn, query).await.map(then),
        Job::Change(then) => {
            // A change must not be made twice: whether the connection still lives is asked first.
            conn.ping().await.map_err(|error| Failure::Broken(error.to_string()))?;
            mysql::change(conn, query).await.map(then)
        }
    }
}

/// What to connect with, the best first.
pub(crate) fn ways(uri: &DatabaseUri, options: &MysqlOptions) -> Vec<Opts> {
    let roots = options.roots.iter().cloned().map(Into::into).collect();
    let verified = SslOpts::default().with_root_certs(roots);
    let any = SslOpts::default().with_danger_accept_invalid_certs(true);
    let any = any.with_danger_skip_domain_validation(true);
    let tls: &[Option<SslOpts>] = match uri.tls {
        Tls::Off => &[None],
        Tls::Preferred => &[Some(any), None],
        Tls::SkipVerify => &[Some(any)],
        Tls::Verify => &[Some(verified)],
    };
    tls.iter().map(|tls| opts(uri, options.write, tls.clone())).collect()
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
