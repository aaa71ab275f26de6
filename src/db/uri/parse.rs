//! Reading the two forms of a database's address.

use url::Url;

use super::{Address, DatabaseUri, Tls, UriError};

const DEFAULT_PORT: u16 = 3306;
pub(super) const MYSQL_SCHEME: &str = "mysql://";

pub(super) fn parse(text: &str) -> Result<DatabaseUri, UriError> {
    if text.starts_with(MYSQL_SCHEME) { parse_url(text) } else { parse_go(text) }
}

/// `[user[:password]@][protocol[(address)]]/database[?name=value&...]`. As Go's driver has it, the
/// last `/` and the last `@` before it count, so that a password may hold either.
fn parse_go(text: &str) -> Result<DatabaseUri, UriError> {
    let wrong = |why: &str| UriError(why.to_owned());
    let (before, after) = match text.rfind(")/") {
        // A file among the parameters brings slashes of its own.
        Some(end) if text[end..].contains('?') => (&text[..=end], &text[end + 2..]),
        _ => text
            .rsplit_once('/')
            .ok_or_else(|| wrong("it has no `/` before the name of the database"))?,
    };
    let (login, place) = before.rsplit_once('@').unwrap_or(("", before));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let (database, parameters) = after.split_once('?').unwrap_or((after, ""));
    let mut uri = DatabaseUri {
        address: go_address(place)?,
        user: user.to_owned(),
        password: password.to_owned(),
        database: decoded(database).ok_or_else(|| wrong("the database's name is no UTF-8"))?,
        tls: Tls::Off,
        roots: Vec::new(),
        warnings: Vec::new(),
    };
    let pairs = url::form_urlencoded::parse(parameters.as_bytes());
    for (name, value) in pairs {
        uri.parameter(&name, &value)?;
    }
    uri.checked()
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
        roots: Vec::new(),
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
    uri.checked()
}

fn decoded(text: &str) -> Option<String> {
    let encoded = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    let (_, value) = url::form_urlencoded::parse(encoded.as_bytes()).next()?;
    // What is no UTF-8 was replaced.
    (!value.contains('\u{FFFD}')).then(|| value.into_owned())
}

impl DatabaseUri {
    /// Takes a parameter of the URI: those that coyote has not settled itself are about TLS.
    fn parameter(&mut self, name: &str, value: &str) -> Result<(), UriError> {
        match (name, value) {
            ("tls", "true") => self.tls = Tls::Verify,
            ("tls", "skip-verify") => self.tls = Tls::SkipVerify,
            ("tls", "preferred") => self.tls = Tls::Preferred,
            ("tls", "false" | "") => self.tls = Tls::Off,
            ("tls", other) => {
                let known = "true, skip-verify, preferred or false; tls=true&ssl-ca=FILE trusts the roots in a file";
                return Err(UriError(format!("tls={other} is not known; it can be {known}")));
            }
            ("ssl-ca", "") => return Err(UriError("ssl-ca= names no file".to_owned())),
            ("ssl-ca", path) => self.roots.push(path.into()),
            (name, _) => self.warnings.push(format!(
                "`{name}` in the database's address means nothing here and is ignored: times are read as UTC, text \
                 as UTF-8, and each lookup has its own timeout_ms"
            )),
        }
        Ok(())
    }

    /// What only all parts together show.
    fn checked(self) -> Result<Self, UriError> {
        if self.database.is_empty() {
            return Err(UriError("it names no database".to_owned()));
        }
        // Whoever names roots wants the server's certificate to be looked at.
        if !self.roots.is_empty() && self.tls != Tls::Verify {
            return Err(UriError("ssl-ca= does nothing without tls=true".to_owned()));
        }
        Ok(self)
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
        assert_eq!(parsed("tcp([fe80::1])/b").address, tcp("fe80::1", 3306));
        assert_eq!(parsed("tcp(::1)/b").address, tcp("::1", 3306));
        assert_eq!(parsed("tcp(db.example:1)/b").address, tcp("db.example", 1));
        assert_eq!(parsed("tcp(:1)/b").address, tcp("127.0.0.1", 1));
        assert_eq!(parsed("tcp(h)/a%20b+c").database, "a b+c");
    }

    #[test]
    fn the_url_form() {
        let uri = parsed("mysql://u:p%40s%2Fs@[::1]:3307/boulder");
        assert_eq!((uri.user.as_str(), uri.password.as_str()), ("u", "p@s/s"));
        assert_eq!((uri.address, uri.database.as_str()), (tcp("::1", 3307), "boulder"));
        let uri = parsed("mysql://root@localhost/b?socket=/tmp/s.sock");
        assert_eq!(uri.address, Address::Unix("/tmp/s.sock".into()));
        assert_eq!(parsed("mysql://db.example/b").address, tcp("db.example", 3306));
    }

    #[test]
    fn parameters_warn_and_tls_is_heard() {
        let uri = parsed("u@tcp(h)/b?parseTime=true&loc=UTC&tls=skip-verify&readTimeout=14s");
        assert_eq!((uri.tls, uri.warnings.len()), (Tls::SkipVerify, 3));
        assert!(uri.warnings[0].contains("`parseTime`"), "{:?}", uri.warnings);
        assert_eq!(parsed("u@/b?tls=true").tls, Tls::Verify);
        assert_eq!(parsed("mysql://h/b?tls=preferred").tls, Tls::Preferred);
        let uri = parsed("u:a)/b@tcp(h)/b?tls=true&ssl-ca=/etc/a.pem&ssl-ca=b.pem");
        assert_eq!((uri.tls, uri.roots), (Tls::Verify, vec!["/etc/a.pem".into(), "b.pem".into()]));
        assert_eq!(uri.password, "a)/b");
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
            ("mysql://u:secret@h", "names no database"),
            ("u:secret@tcp(h)/?tls=true", "names no database"),
            ("u:secret@/b?ssl-ca=a.pem", "does nothing without tls=true"),
            ("u:secret@/b?tls=true&ssl-ca=", "names no file"),
            ("", "no `/`"),
        ];
        for (text, expected) in cases {
            let told = DatabaseUri::parse(text).expect_err(text).to_string();
            assert!(told.contains(expected), "{text}: {told}");
            assert!(!told.contains("secret"), "{told}");
        }
    }
}
