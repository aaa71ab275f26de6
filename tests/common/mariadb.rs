//! The MariaDB that `tests/run` started, and ones that a test starts for itself to kill them.

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::ports::free_port;
use crate::common::scratch::Scratch;

/// Who logs in over the network, on every server that tests use.
pub(crate) const USER: &str = "coyote";
/// With which password: it holds whatever could end it too early in a URI.
pub(crate) const PASSWORD: &str = "s3cr3t:p@ss/word";

/// What a server gets to start or stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A schema on a running server; one of a test's own is removed when dropped.
pub(crate) struct Schema {
    own: bool,
    pub(crate) name: String,
    pub(crate) port: u16,
    pub(crate) socket: PathBuf,
}

/// A new schema on the server that `tests/run` started.
pub(crate) fn schema() -> Schema {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let port = variable("PORT").parse().expect("COYOTE_TEST_MARIADB_PORT is a port");
    let name = format!("coyote_{}_{number}", std::process::id());
    let schema = Schema { own: true, name, port, socket: variable("SOCKET").into() };
    let name = &schema.name;
    mariadb(&schema.socket, "", &format!("CREATE DATABASE {name}"));
    schema
}

fn variable(name: &str) -> String {
    let name = format!("COYOTE_TEST_MARIADB_{name}");
    env::var(&name).unwrap_or_else(|_| {
        panic!("{name} is not set: these tests need a MariaDB; run tests/run, which starts one")
    })
}

impl Schema {
    /// Its URI in the form that Go programs use.
    pub(crate) fn uri(&self) -> String {
        self.uri_as(&format!("{USER}:{PASSWORD}"))
    }

    /// The same for another login.
    pub(crate) fn uri_as(&self, login: &str) -> String {
        format!("{login}@tcp(127.0.0.1:{})/{}", self.port, self.name)
    }

    /// What `sql` prints, run as root: a line a row, a tab between values.
    pub(crate) fn sql(&self, sql: &str) -> String {
        mariadb(&self.socket, &self.name, sql)
    }

    /// Keeps others out of `table` until what is returned is dropped.
    pub(crate) fn lock(&self, table: &str) -> Lock {
        let mut child = client(&self.socket, &self.name)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the client of MariaDB is installed");
        let mut input = child.stdin.take().expect("it is piped");
        writeln!(input, "LOCK TABLES {table} WRITE; SELECT SLEEP(60);").expect("it reads");
        let lock = Lock(child);
        // The statement after the one that locks is running: it is locked.
        let sleeping = "SELECT COUNT(*) FROM information_schema.PROCESSLIST \
                        WHERE INFO = 'SELECT SLEEP(60)'";
        wait_until("the table is locked", || self.sql(sleeping).trim() != "0");
        lock
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if !self.own {
            return;
        }
        // If it fails, that is no reason to fail a test.
        let _ = client(&self.socket, "")
            .args(["-e", &format!("DROP DATABASE {}", self.name)])
            .stderr(Stdio::null())
            .status();
    }
}

/// A locked table.
pub(crate) struct Lock(Child);

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server of a test's own.
pub(crate) struct MariaDb {
    scratch: Scratch,
    port: u16,
    options: Vec<String>,
    child: Child,
}

impl MariaDb {
    /// Starts one with an empty data folder.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with these options.
    pub(crate) fn start_with(options: &[String]) -> Self {
        let (scratch, port) = (Scratch::new(), free_port());
        let made = Command::new("mariadb-install-db")
            .env("TMPDIR", temporary(&scratch))
            .args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"])
            .arg(format!("--datadir={}", scratch.path("data").display()))
            .arg(format!("--user={}", user()))
            .output()
            .expect("MariaDB is installed (tests/run sees to it)");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let options = options.to_vec();
        let child = serve(&scratch, port, &options);
        let server = Self { scratch, port, options, child };
        server.wait_until_up();
        let account = format!("'{USER}'@'127.0.0.1'");
        let sql = format!(
            "CREATE USER {account} IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO {account}; \
             CREATE DATABASE boulder"
        );
        mariadb(&server.socket(), "", &sql);
        server
    }

    /// Its schema `boulder`.
    pub(crate) fn boulder(&self) -> Schema {
        Schema { own: false, name: "boulder".to_owned(), port: self.port, socket: self.socket() }
    }

    /// Kills it as a crash does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is our child");
    }

    /// Starts it again on its port, and waits until it answers.
    pub(crate) fn restart(&mut self) {
        self.child = serve(&self.scratch, self.port, &self.options);
        self.wait_until_up();
    }

    fn socket(&self) -> PathBuf {
        self.scratch.path("socket")
    }

    fn wait_until_up(&self) {
        wait_until("MariaDB answers", || {
            let mut ask = client(&self.socket(), "");
            let asked = ask.args(["-e", "SELECT 1"]).stdout(Stdio::null()).stderr(Stdio::null());
            asked.status().is_ok_and(|status| status.success())
        });
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(scratch: &Scratch, port: u16, options: &[String]) -> Child {
    let log = File::create(scratch.path("log")).expect("the folder can be written");
    let path = |name: &str| scratch.path(name).display().to_string();
    Command::new("mariadbd")
        .env("TMPDIR", temporary(scratch))
        .args(["--no-defaults", "--skip-networking=0", "--bind-address=127.0.0.1"])
        .args(["--skip-name-resolve", "--innodb-flush-log-at-trx-commit=2"])
        .args([format!("--port={port}"), format!("--user={}", user())])
        .args([format!("--datadir={}", path("data")), format!("--socket={}", path("socket"))])
        .arg(format!("--pid-file={}", path("pid")))
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("MariaDB is installed (tests/run sees to it)")
}

/// A folder of its own for temporary files: servers delete each other's where they share one.
fn temporary(scratch: &Scratch) -> PathBuf {
    let folder = scratch.path("temporary");
    fs::create_dir_all(&folder).expect("the folder can be written");
    folder
}

/// Who runs the tests: as root, MariaDB wants to be told that it may run as such.
fn user() -> String {
    let output = Command::new("id").arg("-un").output().expect("every system has it");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn client(socket: &std::path::Path, schema: &str) -> Command {
    let mut command = Command::new("mariadb");
    command.args(["--no-defaults", "--batch", "--skip-column-names", "--user=root"]);
    command.arg(format!("--socket={}", socket.display())).arg(schema);
    command
}

#[track_caller]
fn mariadb(socket: &std::path::Path, schema: &str, sql: &str) -> String {
    let output = client(socket, schema).args(["-e", sql]).output();
    let output = output.expect("the client of MariaDB is installed (tests/run sees to it)");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{sql}: {told}");
    String::from_utf8(output.stdout).expect("what is printed is text")
}

#[track_caller]
pub(crate) fn wait_until(what: &str, mut there: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !there() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Boulder's tables as far as they are counted, with these numbers of rows: registrations, pending
/// authorizations, valid ones, certificates.
pub(crate) fn boulder_tables(schema: &Schema, rows: [u32; 4]) {
    let many = |table: &str, values: &str, count: u32| match count {
        0 => String::new(),
        count => format!("INSERT INTO {table} SELECT {values} FROM seq_1_to_{count};"),
    };
    let [registrations, pending, valid, certificates] = rows;
    schema.sql(&format!(
        "CREATE TABLE registrations (id BIGINT PRIMARY KEY AUTO_INCREMENT, status VARCHAR(255));
         CREATE TABLE authz2 (id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, status TINYINT);
         CREATE TABLE certificates (id BIGINT PRIMARY KEY AUTO_INCREMENT, serial VARCHAR(255));
         {}{}{}{}",
        many("registrations", "NULL, 'valid'", registrations),
        many("authz2", "NULL, 0", pending),
        many("authz2", "NULL, 1", valid),
        many("certificates", "NULL, 'ab'", certificates),
    ));
}

/// Whether the file at `path` holds `text`.
pub(crate) fn file_holds(path: &std::path::Path, text: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|content| content.contains(text))
}
