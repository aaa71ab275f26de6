//! The tables in MySQL or MariaDB.

use std::{iter, time::Duration};

use mysql_async::{Conn, Error, Opts, Params, TxOpts, Value as Sent, prelude::Queryable};
use time::{Date, Month, PrimitiveDateTime, Time};
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};

use super::{
    backend::{Backend, BackendError, EachRow},
    cells::BadCell,
    sheets::Sheet,
    table::Dialect,
    value::Value,
};
use crate::{
    ca::clock::Moment,
    db::{
        error::said,
        pool::{MysqlOptions, ways},
        uri::DatabaseUri,
    },
};

/// What a server gets to let us in, and to do one thing.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const WORK_TIMEOUT: Duration = Duration::from_secs(10);
/// What it gets to make a table: it writes files, and waits for them to be on a busy disk.
const SETUP_TIMEOUT: Duration = Duration::from_secs(60);
/// Rows in one statement: the most that fit of these. Few sizes, so that each is prepared once.
const ROWS: [usize; 3] = [64, 8, 1];
/// Two CAs would give the same ids to different things. The server lets go of it with the connection.
const LOCK: &str = "SELECT GET_LOCK(CONCAT('coyote-ca ', SHA1(DATABASE())), 2)";

pub(super) struct Mysql {
    runtime: Runtime,
    ways: (Opts, Option<Opts>),
    uri: DatabaseUri,
    /// None after a failure.
    connection: Option<Conn>,
}

impl Mysql {
    /// Connects to the database at `uri`.
    pub(super) fn open(uri: &DatabaseUri) -> Result<Self, BackendError> {
        if uri.database.is_empty() {
            return Err(BackendError("its address names no database".to_owned()));
        }
        let options = MysqlOptions { connections: 1, write: true, roots: Vec::new() };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| BackendError(error.to_string()))?;
        let ways = ways(uri, &options);
        let mut opened = Self { runtime, ways, uri: uri.clone(), connection: None };
        opened.run(WORK_TIMEOUT, async |_| Ok(()))?;
        Ok(opened)
    }

    /// Does `work` on the connection, which is given up if that fails or takes longer than `limit`.
    fn run<T>(
        &mut self,
        limit: Duration,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T, Error>,
    ) -> Result<T, BackendError> {
        let Self { runtime, ways, uri, connection } = self;
        runtime.block_on(async {
            let mut conn = match connection.take() {
                Some(conn) => conn,
                None => connect(ways, uri).await?,
            };
            let done = timeout(limit, work(&mut conn)).await.map_err(|_| {
                BackendError(format!("it has not answered within {} s", limit.as_secs()))
            })?;
            if matches!(done, Ok(_) | Err(Error::Server(_))) {
                *connection = Some(conn);
            }
            done.map_err(|error| said_of(&error, uri))
        })
    }
}

/// Connects and makes sure that no other CA writes there.
async fn connect(
    (best, other): &(Opts, Option<Opts>),
    uri: &DatabaseUri,
) -> Result<Conn, BackendError> {
    let mut failed = BackendError("there is no way to connect".to_owned());
    for opts in iter::once(best).chain(other) {
        match timeout(CONNECT_TIMEOUT, Conn::new(opts.clone())).await {
            Ok(Ok(conn)) => return lock(conn).await,
            Ok(Err(error)) => failed = advised(&error, uri),
            Err(_) => {
                let waited_s = CONNECT_TIMEOUT.as_secs();
                failed = BackendError(format!(
                    "it has not let us in within {waited_s} s; is it a database that listens there?"
                ));
            }
        }
    }
    Err(failed)
}

async fn lock(mut conn: Conn) -> Result<Conn, BackendError> {
    match timeout(WORK_TIMEOUT, conn.query_first::<Option<i64>, _>(LOCK)).await {
        Ok(Ok(Some(Some(1)))) => Ok(conn),
        Ok(Err(error)) => Err(error.into()),
        _ => Err(BackendError("another CA writes to it; stop that one first".to_owned())),
    }
}

/// Why nobody is let in, and what to do about it.
fn advised(error: &Error, uri: &DatabaseUri) -> BackendError {
    let advice = match error {
        Error::Server(error) if error.code == 1045 => "are user and password right?".to_owned(),
        Error::Server(error) if error.code == 1049 => {
            format!("make it first: CREATE DATABASE {}", uri.database)
        }
        Error::Io(_) => "is the database running, and is this its address?".to_owned(),
        _ => return said_of(error, uri),
    };
    BackendError(format!("{}; {advice}", said(error)))
}

/// What went wrong, and what to do about it if the user is not allowed what the CA does.
fn said_of(error: &Error, uri: &DatabaseUri) -> BackendError {
    let (said, database) = (said(error), &uri.database);
    BackendError(match error {
        Error::Server(error) if matches!(error.code, 1044 | 1142 | 1143) => format!(
            "{said}; its user needs these rights: GRANT SELECT, INSERT, UPDATE, CREATE ON \
             {database}.* TO ..."
        ),
        Error::Server(error) if matches!(error.code, 1290 | 1792 | 1836) => {
            format!("{said}; name a server that can be written")
        }
        _ => said,
    })
}

impl Backend for Mysql {
    fn place(&self) -> String {
        self.uri.to_string()
    }

    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    fn has_table(&mut self, name: &str) -> Result<bool, BackendError> {
        const SQL: &str = "SELECT 1 FROM information_schema.tables \
                           WHERE table_schema = DATABASE() AND table_name = ?";
        let found =
            self.run(WORK_TIMEOUT, async |conn| conn.exec_first::<i64, _, _>(SQL, (name,)).await)?;
        Ok(found.is_some())
    }

    fn execute(&mut self, sql: &str) -> Result<(), BackendError> {
        self.run(SETUP_TIMEOUT, async |conn| conn.query_drop(sql).await)
    }

    fn read(&mut self, sql: &str, each: EachRow<'_>) -> Result<Result<(), BadCell>, BackendError> {
        // Not `run`: a large store may take its time.
        let Self { runtime, ways, uri, connection } = self;
        runtime.block_on(async {
            let mut conn = match connection.take() {
                Some(conn) => conn,
                None => connect(ways, uri).await?,
            };
            let mut result = conn.exec_iter(sql, Params::Empty).await?;
            let mut read = Ok(());
            while let Some(row) = result.next().await? {
                let values: Vec<Value> = row.unwrap_raw().into_iter().map(received).collect();
                read = read.and_then(|()| each(&values));
            }
            drop(result);
            *connection = Some(conn);
            Ok(read)
        })
    }

    fn write(&mut self, sheets: &[Sheet]) -> Result<(), BackendError> {
        self.run(WORK_TIMEOUT, async |conn| {
            let mut transaction = conn.start_transaction(TxOpts::default()).await?;
            for sheet in sheets {
                let rows: Vec<&[Value]> = sheet.rows().collect();
                let mut rest = rows.as_slice();
                while let Some(size) = ROWS.into_iter().find(|size| *size <= rest.len()) {
                    let (chunk, later) = rest.split_at(size);
                    let params = chunk.iter().flat_map(|row| row.iter().map(sent)).collect();
                    let sql = sheet.table.upsert(Dialect::Mysql, size);
                    transaction.exec_drop(sql, Params::Positional(params)).await?;
                    rest = later;
                }
            }
            transaction.commit().await
        })
    }
}

fn sent(value: &Value) -> Sent {
    match value {
        Value::Null => Sent::NULL,
        Value::Int(number) => Sent::Int(*number),
        Value::Text(text) => Sent::Bytes(text.as_bytes().to_vec()),
        Value::Blob(bytes) => Sent::Bytes(bytes.to_vec()),
        Value::Time(moment) => {
            let date = moment.to_datetime();
            let (hour, minute, second) = date.time().as_hms();
            // The clock's last year has four digits.
            let year = u16::try_from(date.year()).unwrap_or(u16::MAX);
            Sent::Date(year, date.month().into(), date.day(), hour, minute, second, 0)
        }
    }
}

fn received(value: Option<Sent>) -> Value {
    match value {
        // No column has a time of day alone.
        None | Some(Sent::NULL | Sent::Time(..)) => Value::Null,
        Some(Sent::Int(number)) => Value::Int(number),
        Some(Sent::UInt(number)) => Value::id(number),
        // No column has fractions.
        Some(Sent::Float(number)) => Value::Int(number as i64),
        Some(Sent::Double(number)) => Value::Int(number as i64),
        // Text as well: what it is, is for the one that reads the column to know.
        Some(Sent::Bytes(bytes)) => Value::blob(bytes),
        Some(Sent::Date(year, month, day, hour, minute, second, _)) => {
            moment((year, month, day), (hour, minute, second)).map_or(Value::Null, Value::Time)
        }
    }
}

fn moment(
    (year, month, day): (u16, u8, u8),
    (hour, minute, second): (u8, u8, u8),
) -> Option<Moment> {
    let date = Date::from_calendar_date(year.into(), Month::try_from(month).ok()?, day).ok()?;
    let time = Time::from_hms(hour, minute, second).ok()?;
    Some(Moment::from_datetime(PrimitiveDateTime::new(date, time).assume_utc()))
}

impl From<Error> for BackendError {
    fn from(error: Error) -> Self {
        Self(said(&error))
    }
}
