//! What the CA's tables hold after it was used.

use base64::prelude::{BASE64_STANDARD, Engine};
use coyote::ca::{CaOptions, Location, RunningCa, StoreOptions, StorePlace};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{
    client::{Client, Key, base64url, ca_and_client_with},
    issue::{csr, finish, issue},
    key_change,
};

/// A CA with its tables there.
pub(crate) fn kept_in(place: StorePlace) -> CaOptions {
    CaOptions { store: StoreOptions { place, ..StoreOptions::default() }, ..CaOptions::default() }
}

/// A CA with tables that nobody keeps.
async fn ca_and_tables() -> (RunningCa, Client, Tables) {
    let (ca, client) = ca_and_client_with(kept_in(StorePlace::Temporary), Key::es256()).await;
    let tables = Tables::of(&ca);
    (ca, client, tables)
}

/// The tables as somebody else sees them.
struct Tables {
    flush: std::sync::Arc<dyn Fn(std::time::Duration) + Send + Sync>,
    connection: Connection,
}

impl Tables {
    fn of(ca: &RunningCa) -> Self {
        let database = ca.database().expect("it has tables").clone();
        let Location::Sqlite(path) = database.location else { panic!("not in a file") };
        let connection = Connection::open(&path).expect("it can be opened");
        Self { flush: database.flush, connection }
    }

    /// The one value that `sql` finds, as text.
    #[track_caller]
    fn value(&self, sql: &str) -> String {
        (self.flush)(std::time::Duration::from_secs(10));
        let sql = format!("SELECT CAST(({sql}) AS TEXT)");
        let value: Option<String> =
            self.connection.query_row(&sql, [], |row| row.get(0)).expect(&sql);
        value.unwrap_or_else(|| "NULL".to_owned())
    }

    #[track_caller]
    fn count(&self, table: &str) -> String {
        self.value(&format!("SELECT COUNT(*) FROM {table}"))
    }

    #[track_caller]
    fn blob(&self, sql: &str) -> Vec<u8> {
        (self.flush)(std::time::Duration::from_secs(10));
        self.connection.query_row(sql, [], |row| row.get(0)).expect(sql)
    }
}

/// The last part of a URL: an id, or a serial number.
fn last(url: &str) -> &str {
    url.rsplit('/').next().expect("there is always a last one")
}

fn serial(der: &[u8]) -> String {
    let (_, x509) = x509_parser::parse_x509_certificate(der).expect("X.509");
    hex::encode(x509.raw_serial())
}

#[tokio::test]
async fn an_account_is_a_registration() {
    let (_ca, mut client, tables) = ca_and_tables().await;
    let id = last(client.kid.as_deref().expect("registered")).to_owned();
    let of =
        |column: &str| tables.value(&format!("SELECT {column} FROM registrations WHERE id = {id}"));
    let jwk = |tables: &Tables| -> Value {
        serde_json::from_slice(&tables.blob("SELECT jwk FROM registrations")).expect("JSON")
    };
    assert_eq!(jwk(&tables), client.key.jwk);
    assert_eq!(BASE64_STANDARD.decode(of("jwk_sha256")).expect("base64").len(), 32);
    assert_eq!(of("status"), "valid");
    assert_eq!(of("createdAt = strftime('%Y-%m-%d %H:%M:%S', createdAt)"), "1");

    let (before, new) = (of("jwk_sha256"), Key::es256());
    assert_eq!(key_change::change(&client, &new).await.status, 200);
    assert_eq!(jwk(&tables), new.jwk);
    assert_ne!(of("jwk_sha256"), before);
    client.key = new;
    let url = client.kid.clone().expect("registered");
    client.post(&url, &json!({"status": "deactivated"})).await;
    assert_eq!((of("status"), tables.count("registrations")), ("deactivated".into(), "1".into()));
}

#[tokio::test]
async fn keys_that_change_hands_at_once_are_written_in_their_order() {
    let (ca, mut one, tables) = ca_and_tables().await;
    let mut other = Client::registered(&ca).await;
    // One's key becomes the other's, whose key becomes one's: no two may ever have the same.
    assert_eq!(key_change::change(&one, &Key::eddsa()).await.status, 200);
    let first = std::mem::replace(&mut one.key, Key::es256());
    assert_eq!(key_change::change(&other, &first).await.status, 200);
    let second = std::mem::replace(&mut other.key, first);
    one.kid = None;
    one.key = second;
    one.register().await;
    let digests = "SELECT COUNT(DISTINCT jwk_sha256) FROM registrations";
    assert_eq!((tables.count("registrations"), tables.value(digests)), ("3".into(), "3".into()));
    let owner = |key: &Key| {
        let jwk = hex::encode_upper(key.jwk.to_string());
        tables.value(&format!("SELECT id FROM registrations WHERE hex(jwk) = '{jwk}'"))
    };
    for client in [&one, &other] {
        assert_eq!(owner(&client.key), last(client.kid.as_deref().expect("registered")));
    }
}

#[tokio::test]
async fn an_order_leaves_its_rows_in_every_table() {
    let (_ca, client, tables) = ca_and_tables().await;
    let (url, order) = client.authorized_order(&["www.a.com", "b.com"]).await;
    let of_order = |column: &str| {
        tables.value(&format!("SELECT {column} FROM orders WHERE id = {}", last(&url)))
    };
    assert_eq!(of_order("certificateSerial"), "", "it is not issued, and never NULL");
    assert_eq!((of_order("beganProcessing"), of_order("error")), ("0".into(), "NULL".into()));
    let authzs: Vec<&str> = order["authorizations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|url| last(url.as_str().expect("a URL")))
        .collect();
    // Small numbers are a byte each; 0x0a is the packed field 1.
    let packed = format!("0A02{}", authzs.iter().map(|id| hex_of(id)).collect::<String>());
    assert_eq!(of_order("hex(authzs)"), packed);
    for (id, name) in authzs.iter().zip(["www.a.com", "b.com"]) {
        let of =
            |column: &str| tables.value(&format!("SELECT {column} FROM authz2 WHERE id = {id}"));
        assert_eq!((of("identifierType"), of("identifierValue")), ("0".into(), name.into()));
        assert_eq!((of("status"), of("attempted")), ("1".into(), "0".into()), "valid by http-01");
        assert_eq!(of("attemptedAt IS NOT NULL AND length(token) = 32"), "1");
        assert_eq!(of("challenges & 1"), "1", "http-01 was offered");
    }

    let issued = finish(&client, url.clone(), &order, csr(&["www.a.com", "b.com"])).await;
    let (der, serial) = (issued.der(), serial(&issued.der()));
    assert_eq!(serial.len(), 36, "as long as Boulder's");
    assert_eq!(
        (of_order("certificateSerial"), of_order("beganProcessing")),
        (serial.clone(), "1".into())
    );
    let of = |table: &str, column: &str| {
        tables.value(&format!("SELECT {column} FROM {table} WHERE serial = '{serial}'"))
    };
    assert_eq!(tables.blob("SELECT der FROM certificates"), der);
    assert_eq!(tables.blob("SELECT der FROM precertificates"), der);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &der);
    assert_eq!(of("certificates", "digest"), base64url(digest));
    let account = last(client.kid.as_deref().expect("registered"));
    for table in ["serials", "precertificates", "certificates"] {
        assert_eq!(of(table, "registrationID"), account, "{table}");
        let (_, end) = issued.validity();
        assert_eq!(of(table, "strftime('%s', expires)"), end.to_string(), "{table}");
    }
    assert_eq!(
        (of("certificateStatus", "status"), of("certificateStatus", "revokedReason")),
        ("good".into(), "0".into())
    );
    assert_eq!(of("issuedNames", "group_concat(reversedName)"), "com.a.www,com.b");
    assert_eq!(of("issuedNames", "max(time(notBefore))"), "00:00:00");
    assert_eq!(tables.count("revokedCertificates"), "0");
}

fn hex_of(id: &str) -> String {
    format!("{:02X}", id.parse::<u8>().expect("a small number"))
}

#[tokio::test]
async fn a_revocation_is_in_both_tables() {
    let (_ca, client, tables) = ca_and_tables().await;
    let issued = issue(&client, &["a.com"]).await;
    let payload = json!({"certificate": base64url(issued.der()), "reason": 4});
    assert_eq!(client.post(&client.resource("revokeCert"), &payload).await.status, 200);
    let status = |column: &str| tables.value(&format!("SELECT {column} FROM certificateStatus"));
    assert_eq!((status("status"), status("revokedReason")), ("revoked".into(), "4".into()));
    assert_eq!(status("revokedDate = ocspLastUpdated AND revokedDate > '2020'"), "1");
    let list = |column: &str| tables.value(&format!("SELECT {column} FROM revokedCertificates"));
    assert_eq!((list("serial"), list("revokedReason")), (serial(&issued.der()), "4".into()));
    assert_eq!(
        (list("strftime('%M:%S', notAfterHour)"), list("shardIdx")),
        ("00:00".into(), "1".into())
    );
    assert_eq!(list("issuerID"), status("issuerID"));
}

#[tokio::test]
async fn what_failed_says_why() {
    let (ca, _, tables) = ca_and_tables().await;
    // What answers, answers for another key.
    let other = Client::registered(&ca).await;
    let (_, order) = other.authorized_order(&["a.com"]).await;
    assert_eq!(order["status"], "invalid");
    let of = |column: &str| tables.value(&format!("SELECT {column} FROM authz2"));
    assert_eq!((of("status"), of("attempted")), ("2".into(), "0".into()));
    let error: Value =
        serde_json::from_slice(&tables.blob("SELECT validationError FROM authz2")).expect("JSON");
    assert_eq!((&error["type"], &error["status"]), (&json!("unauthorized"), &json!(403)));
}
