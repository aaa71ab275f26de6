//! Where a database is and how to log in: `user:pass@tcp(127.0.0.1:3306)/boulder`, as Go programs
//! write it, or `mysql://user:pass@127.0.0.1:3306/boulder`. A password is never shown.

mod parse;

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use self::parse::MYSQL_SCHEME;

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

/// How the connection is protected: `tls=`, as Go's driver names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// Not at all.
    #[default]
    Off,
    /// TLS if the server offers it, whatever its certificate.
    Preferred,
    /// TLS, whatever the server's certificate.
    SkipVerify,
    /// TLS, with a certificate that the public roots or those of `ssl-ca=` vouch for.
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
    /// The schema that tables are looked for in.
    pub database: String,
    /// How the connection is protected.
    pub tls: Tls,
    /// Files with roots that are trusted besides the public ones (`ssl-ca=`).
    pub roots: Vec<PathBuf>,
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
        parse::parse(text)
    }

    /// Sees to it that the files of [`Self::roots`] are there: later, nobody says which is not.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn find_roots(&self) -> Result<(), String> {
        self.roots.iter().try_for_each(|path| match std::fs::File::open(path) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("ssl-ca={} cannot be read: {error}", path.display())),
        })
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

#[cfg(test)]
mod tests {
    use super::*;

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
        let uri = DatabaseUri::parse("u:pw@tcp([::1]:1)/b").expect("it is one");
        assert_eq!(format!("{uri} {uri:?}"), "u@tcp([::1]:1)/b u@tcp([::1]:1)/b");
    }
}
