//! Which database scripts ask: that of `--mysql`, or the embedded CA's own tables.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::ca::{CaDatabase, Location, RunningCa};
use crate::cli::args::TargetArgs;
use crate::cli::load::runtime;
use crate::db::database::{Database, MysqlOptions};
use crate::db::error::DbError;
use crate::db::query::Query;
use crate::db::uri::{TypedUri, without_password};
use crate::error::Fatal;

/// What the database gets to let us in when a run starts.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Options about the CA's database.
#[derive(Debug, Args)]
#[command(next_help_heading = "Database")]
// The comments are the help that users see on a terminal, where backticks are noise.
#[allow(clippy::doc_markdown)]
pub(super) struct DatabaseArgs {
    /// The CA's database, which scripts ask: USER:PASSWORD@tcp(127.0.0.1:3306)/boulder or mysql://...
    #[arg(long, value_name = "URI")]
    pub(super) mysql: Option<TypedUri>,
    /// Connections to it at most
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) db_connections: u16,
    /// After the run, compare what the CA told its clients with what its database holds
    #[arg(long)]
    pub(super) audit: bool,
    /// Let scripts change the database, with db::execute
    #[arg(long)]
    pub(super) db_write: bool,
}

/// Connects to the database that `--mysql` names, if it does. Adds to `notes` what the user should know.
///
/// # Errors
/// Exit 2 when it is no database's URI, 4 when the database cannot be used.
pub(super) fn connect(
    target: &TargetArgs,
    notes: &mut Vec<String>,
) -> Result<Option<Database>, Fatal> {
    let args = &target.database;
    let Some(typed) = &args.mysql else { return Ok(None) };
    if target.directory.is_none() {
        return Err(Fatal::usage(
            "--mysql needs --directory: without it coyote starts its embedded CA, and scripts ask its tables",
        ));
    }
    let uri = typed.parse().map_err(|error| {
        Fatal::usage(format!("--mysql {typed:?} is no address of a database: {error}"))
    })?;
    uri.find_roots().map_err(|why| Fatal::setup(format!("--mysql: {why}")))?;
    notes.extend(uri.warnings.iter().cloned());
    let options = MysqlOptions {
        connections: args.db_connections.into(),
        write: args.db_write,
        roots: target.ca_cert.clone(),
    };
    let database = Database::mysql(&uri, &options).map_err(|error| no_thread(&error))?;
    let asked = runtime()?.block_on(database.query(Query::new(
        "SELECT VERSION()",
        Vec::new(),
        CONNECT_WITHIN,
    )));
    asked.map_err(|error| Fatal::setup(format!("{error}; {}", advice(&error))))?;
    notes.push(format!("database: {}", database.name()));
    Ok(Some(database))
}

/// What to look at when the database cannot be used.
fn advice(error: &DbError) -> &'static str {
    match error {
        DbError::Refused { .. } => {
            "are user, password and database in --mysql right? And some servers want TLS: ?tls=true"
        }
        DbError::Timeout { .. } => "is it the database that listens there?",
        _ => "is the database running, and is this its address?",
    }
}

/// The database that scripts ask: the one of `--mysql`, else the embedded CA's, else none.
///
/// # Errors
/// Exit 2 when it is to be written but there is none, 4 when the system grants no thread for it.
pub(super) fn choose(
    mysql: Option<Database>,
    ca: Option<&RunningCa>,
    args: &DatabaseArgs,
) -> Result<Option<Database>, Fatal> {
    match (mysql, ca.and_then(RunningCa::database)) {
        (None, Some(tables)) => embedded(tables, args).map(Some).map_err(|error| no_thread(&error)),
        (None, None) if args.db_write => Err(Fatal::usage(
            "--db-write lets scripts change a database, but this run has none: give --mysql with \
             --directory, or scripts that use acme and db, for the embedded CA's tables",
        )),
        (mysql, _) => Ok(mysql),
    }
}

/// The embedded CA's own tables.
fn embedded(tables: &CaDatabase, args: &DatabaseArgs) -> std::io::Result<Database> {
    let flush = Arc::clone(&tables.flush);
    match &tables.location {
        Location::Sqlite(path) => Database::sqlite_with(path.clone(), flush, args.db_write),
        Location::Mysql(uri) => {
            let (connections, write) = (args.db_connections.into(), args.db_write);
            let options = MysqlOptions { connections, write, roots: Vec::new() };
            Database::mysql_behind(uri, &options, flush)
        }
    }
}

fn no_thread(error: &std::io::Error) -> Fatal {
    Fatal::setup(format!("cannot start a thread for the database: {error}"))
}

/// The options whose values hold passwords.
const SECRET: [&str; 2] = ["--mysql", "--store-mysql"];

/// Hides passwords in a command line that will be shown.
pub(super) fn hide_passwords(words: &mut [String]) {
    for index in 0..words.len() {
        let is_value = index > 0 && SECRET.contains(&words[index - 1].as_str());
        match words[index].split_once('=') {
            _ if is_value => words[index] = without_password(&words[index]),
            Some((option, uri)) if SECRET.contains(&option) => {
                words[index] = format!("{option}={}", without_password(uri));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_show_no_password() {
        let typed = "coyote --mysql u:pw@tcp(h)/b --mysql=mysql://u:pw@h/b -e A=u:pw@x --mysql";
        let mut words: Vec<String> = typed.split(' ').map(str::to_owned).collect();
        hide_passwords(&mut words);
        let shown = "coyote --mysql u:***@tcp(h)/b --mysql=mysql://u:***@h/b -e A=u:pw@x --mysql";
        assert_eq!(words.join(" "), shown);
    }
}
