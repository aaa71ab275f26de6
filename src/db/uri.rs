//! Where a database is and how to log in: `user:pass@tcp(127.0.0.1:3306)/boulder`, as Go programs
//! write it, or `mysql://user:pass@127.0.0.1:3306/boulder`. A password is never shown.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

const DEFAULT_PORT: u16 = 3306;
const MYSQL_SCHEME: &str = "mysql://";

/// What a user typed, which may hold a password; shown without it.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedUri(String);

impl FromStr for TypedUri {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for TypedUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl TypedUri {
    /// Reads it.
    ///
    /// # Errors
    /// A sentence that says what is wrong, without the password.
    pub fn parse(&self) -> Result<DatabaseUri, UriError> {
        DatabaseUri::parse(&self.0)
    }
}

/// `text` with `***` for its password, or no more than that if it is no database's URI: nobody knows then
/// what in it is the password.
pub fn without_password(text: &str) -> String {
    const HIDDEN: &str = "***";
    let (text, parameters) = match text.split_once('?') {
        Some((text, parameters)) if !parameters.to_ascii_lowercase().contains("pass") => {
            (text, format!("?{parameters}"))
        }
        Some((text, _)) => (text, format!("?{HIDDEN}")),
        None => (text, String::new()),
    };
    if DatabaseUri::parse(text).is_err() {
        return HIDDEN.to_owned();
    }
    let (scheme, rest) = match text.strip_prefix(MYSQL_SCHEME) {
        Some(rest) => (MYSQL_SCHEME, rest),
        None => ("", text),
    };
    match rest.rsplit_once('@').map(|(login, address)| (login.split_once(':'), address)) {
        Some((Some((user, _)), address)) => {
            format!("{scheme}{user}:{HIDDEN}@{address}{parameters}")
        }
        _ => format!("{text}{parameters}"),
    }
}

/// How the connection is protected (`tls=` of the Go form).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// Not at all.
    #[default]
    Off,
    /// TLS if the server offers it, whatever its certificate.
    Preferred,
    /// TLS, whatever the server's certificate.
    SkipVerify,
    /// TLS, with a certificate that the public roots or `--ca-cert` vouch for.
    Verify,
}

/// Where the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Host and port.
    Tcp(String, u16),
    /// A unix socket.
    Unix(PathBuf),
}

/// A database, ready to be connected to.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUri {
    /// Where it listens.
    pub address: Address,
    /// Who logs in; empty if nobody was named.
    pub user: String,
    /// With which password.
    pub(super) password: String,
    /// The schema that tables are looked for in; may be empty.
    pub database: String,
    /// How the connection is protected.
    pub tls: Tls,
    /// What the user should know about parameters that do nothing here.
    pub warnings: Vec<String>,
}

/// Why a text is no database's URI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; write user:password@tcp(127.0.0.1:3306)/boulder, user@unix(/run/mysqld/mysqld.sock)/boulder \
     or mysql://user:password@127.0.0.1:3306/boulder"
)]
pub struct UriError(String);

impl DatabaseUri {
    /// Reads either form.
    ///
    /// # Errors
    /// A sentence that says what is wrong, without the password.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        if text.starts_with(MYSQL_SCHEME) { parse_url(text) } else { parse_go(text) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp(host, port) => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

impl fmt::Display for DatabaseUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.user.is_empty() {
            write!(f, "{}@", self.user)?;
        }
        match &self.address {
            Address::Tcp(..) => write!(f, "tcp({})", self.address)?,
            Address::Unix(_) => write!(f, "unix({})", self.address)?,
        }
        write!(f, "/{}", self.database)
    }
}

impl fmt::Debug for DatabaseUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `[user[:password]@][protocol[(address)]]/database[?name=value&...]`. As Go's driver has it, the
/// last `/` and the last `@` before it count, so that a password may hold either.
fn parse_go(text: &str) -> Result<DatabaseUri, UriError> {
    let wrong = |why: &str| UriError(why.to_owned());
    let (before, after) = text
        .rsplit_once('/')
        .ok_or_else(|| wrong("it has no `/` before the name of the database"))?;
    let (login, place) = before.rsplit_once('@').unwrap_or(("", before));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let (database, parameters) = after.split_once('?').unwrap_or((after, ""));
    let mut uri = DatabaseUri {
        address: go_address(place)?,
        user: user.to_owned(),
        password: password.to_owned(),
        database: decoded(database).ok_or_else(|| wrong("the database's name is no UTF-8"))?,
        tls: Tls::Off,
        warnings: Vec::new(),
    };
    let pairs = url::form_urlencoded::parse(parameters.as_bytes());
    for (name, value) in pairs {
        uri.parameter(&name, &value)?;
    }
    Ok(uri)
}

fn go_address(text: &str) -> Result<Address, UriError> {
    let (protocol, address) = match text.split_once('(') {
        Some((protocol, rest)) => {
            let address = rest
                .strip_suffix(')')
                .ok_or_else(|| UriError("the address has no `)` at its end".to_owned()))?;
            (protocol, address)
        }
        None => (text, ""),
    };
    match (protocol, address) {
        ("" | "tcp" | "tcp4" | "tcp6", "") => Ok(Address::Tcp("127.0.0.1".into(), DEFAULT_PORT)),
        ("" | "tcp" | "tcp4" | "tcp6", address) => tcp_address(address),
        ("unix", "") => Err(UriError("unix() names no socket".to_owned())),
        ("unix", path) => Ok(Address::Unix(path.into())),
        _ => {
            // What stands there is not repeated: in a wrong address it may be the password.
            Err(UriError("it names no way to connect; there are tcp(...) and unix(...)".to_owned()))
        }
    }
}

/// `host`, `host:port`, `[::1]`, `[::1]:port`, and an IPv6 address as it is.
fn tcp_address(text: &str) -> Result<Address, UriError> {
    let no_port = |host: &str| Ok(Address::Tcp(host.to_owned(), DEFAULT_PORT));
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => return no_port(host),
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None if text.parse::<std::net::Ipv6Addr>().is_ok() => return no_port(text),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => return no_port(text),
        },
    };
    let port = port.and_then(|port| port.parse().ok()).filter(|port| *port != 0);
    match (host, port) {
        ("", Some(port)) => Ok(Address::Tcp("127.0.0.1".to_owned(), port)),
        (host, Some(port)) => Ok(Address::Tcp(host.to_owned(), port)),
        (_, None) => Err(UriError(format!("`{text}` is no host:port"))),
    }
}

fn parse_url(text: &str) -> Result<DatabaseUri, UriError> {
    let url = Url::parse(text).map_err(|error| UriError(error.to_string()))?;
    let part = |text: &str| {
        decoded(text).ok_or_else(|| UriError("what `%` stands for is no UTF-8".to_owned()))
    };
    let host = url.host_str().map(part).transpose()?.unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = if host.is_empty() { "127.0.0.1" } else { host };
    let mut uri = DatabaseUri {
        address: Address::Tcp(host.to_owned(), url.port().unwrap_or(DEFAULT_PORT)),
        user: part(url.username())?,
        password: part(url.password().unwrap_or_default())?,
        database: part(url.path().trim_start_matches('/'))?,
        tls: Tls::Off,
        warnings: Vec::new(),
    };
    if uri.database.contains('/') {
        return Err(UriError("the database's name has a `/`".to_owned()));
    }
    for (name, value) in url.query_pairs() {
        match &*name {
            "socket" => uri.address = Address::Unix(value.as_ref().into()),
            name => uri.parameter(name, &value)?,
        }
    }
    Ok(uri)
}

fn decoded(text: &str) -> Option<String> {
    let encoded = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    let (_, value) = url::form_urlencoded::parse(encoded.as_bytes()).next()?;
    // What is no UTF-8 was replaced.
    (!value.contains('\u{FFFD}')).then(|| value.into_owned())
}

impl DatabaseUri {
    /// Takes a parameter of the URI: only `tls` says something that coyote has not settled itself.
    fn parameter(&mut self, name: &str, value: &str) -> Result<(), UriError> {
        match (name, value) {
            ("tls", "true") => self.tls = Tls::Verify,
            ("tls", "skip-verify") => self.tls = Tls::SkipVerify,
            ("tls", "preferred") => self.tls = Tls::Preferred,
            ("tls", "false" | "") => self.tls = Tls::Off,
            ("tls", other) => {
                let known = "true, skip-verify, preferred or false";
                return Err(UriError(format!("tls={other} is not known; it can be {known}")));
            }
            (name, _) => self.warnings.push(format!(
                "`{name}` in the database's address means nothing here and is ignored: times are read as UTC, text \
                 as UTF-8, and each lookup has its own timeout_ms"
            )),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> DatabaseUri {
        DatabaseUri::parse(text).expect(text)
    }

    fn tcp(host: &str, port: u16) -> Address {
        Address::Tcp(host.to_owned(), port)
    }

    #[test]
    fn the_go_form() {
        let uri = parsed("username:password@tcp(127.0.0.1:3307)/boulder");
        assert_eq!((uri.user.as_str(), uri.password.as_str()), ("username", "password"));
        assert_eq!((uri.address, uri.database.as_str()), (tcp("127.0.0.1", 3307), "boulder"));
        let uri = parsed("u:p@ss:w/rd@tcp([::1]:3306)/b");
        assert_eq!((uri.password.as_str(), uri.address), ("p@ss:w/rd", tcp("::1", 3306)));
        let uri = parsed("root@unix(/run/mysqld/mysqld.sock)/boulder_sa");
        assert_eq!(uri.address, Address::Unix("/run/mysqld/mysqld.sock".into()));
        assert_eq!((uri.user.as_str(), uri.password.as_str()), ("root", ""));
    }

    #[test]
    fn what_the_go_form_may_leave_out() {
        for text in ["/b", "@/b", "tcp/b", "tcp()/b", "tcp(127.0.0.1)/b", "u@/b", "u:@/b"] {
            assert_eq!(parsed(text).address, tcp("127.0.0.1", 3306), "{text}");
        }
        assert_eq!(parsed("tcp([fe80::1])/").address, tcp("fe80::1", 3306));
        assert_eq!(parsed("tcp(::1)/").address, tcp("::1", 3306));
        assert_eq!(parsed("tcp(db.example:1)/").address, tcp("db.example", 1));
        assert_eq!(parsed("tcp(:1)/").address, tcp("127.0.0.1", 1));
        assert_eq!(parsed("tcp(h)/a%20b+c").database, "a b+c");
    }

    #[test]
    fn the_url_form() {
        let uri = parsed("mysql://u:p%40s%2Fs@[::1]:3307/boulder");
        assert_eq!((uri.user.as_str(), uri.password.as_str()), ("u", "p@s/s"));
        assert_eq!((uri.address, uri.database.as_str()), (tcp("::1", 3307), "boulder"));
        let uri = parsed("mysql://root@localhost/b?socket=/tmp/s.sock");
        assert_eq!(uri.address, Address::Unix("/tmp/s.sock".into()));
        assert_eq!(parsed("mysql://db.example").address, tcp("db.example", 3306));
    }

    #[test]
    fn parameters_warn_and_tls_is_heard() {
        let uri = parsed("u@tcp(h)/b?parseTime=true&loc=UTC&tls=skip-verify&readTimeout=14s");
        assert_eq!((uri.tls, uri.warnings.len()), (Tls::SkipVerify, 3));
        assert!(uri.warnings[0].contains("`parseTime`"), "{:?}", uri.warnings);
        assert_eq!(parsed("u@/b?tls=true").tls, Tls::Verify);
        assert_eq!(parsed("mysql://h/b?tls=preferred").tls, Tls::Preferred);
        let error = DatabaseUri::parse("u@/b?tls=mine").expect_err("no such profile");
        assert!(error.to_string().contains("tls=mine"), "{error}");
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        let cases = [
            ("u:secret@tcp(h:3306)", "no `/`"),
            ("u:secret@tcp(h:3306/b", "no `)`"),
            ("u:secret@tcp(h:port)/b", "`h:port` is no host:port"),
            ("u:secret@tcp(h:0)/b", "no host:port"),
            ("u:secret@h:3306/b", "names no way to connect"),
            ("u:secrettcp(h:3306)/b", "names no way to connect"),
            ("u:secret@unix()/b", "names no socket"),
            ("mysql://u:secret@h:99999/b", "port"),
            ("mysql://u:secret@h/b/c", "has a `/`"),
            ("", "no `/`"),
        ];
        for (text, expected) in cases {
            let told = DatabaseUri::parse(text).expect_err(text).to_string();
            assert!(told.contains(expected), "{text}: {told}");
            assert!(!told.contains("secret"), "{told}");
        }
    }

    #[test]
    fn nothing_shows_a_password() {
        let cases = [
            ("u:p@s:s/w@tcp(h)/b", "u:***@tcp(h)/b"),
            ("mysql://u:pw@h/b", "mysql://u:***@h/b"),
            ("u:pw@h wrong", "***"),
            ("u:pwtcp(h)/b", "***"),
            ("user=u password=pw host=h", "***"),
            ("u:pw?w@tcp(h)/b", "***"),
            ("mysql://h/b?user=u&password=pw", "mysql://h/b?***"),
            ("u:pw@tcp(h)/b?tls=true", "u:***@tcp(h)/b?tls=true"),
            ("u@tcp(h)/b", "u@tcp(h)/b"),
            ("tcp(h:1)/b", "tcp(h:1)/b"),
        ];
        for (text, shown) in cases {
            assert_eq!(without_password(text), shown);
            assert_eq!(format!("{:?}", TypedUri(text.to_owned())), shown);
        }
        let uri = parsed("u:pw@tcp([::1]:1)/b");
        assert_eq!(format!("{uri} {uri:?}"), "u@tcp([::1]:1)/b u@tcp([::1]:1)/b");
    }
}
