//! `registrations`: accounts.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_STANDARD, Engine};

use super::{
    cells::{BadCell, Cells},
    sheets::Sheets,
    table::{Index, Table},
    value::Value,
};
use crate::ca::{
    jose::PublicKey,
    model::{Account, Status},
};

pub(super) static TABLE: Table = Table {
    name: "registrations",
    id: "bigint(20)",
    columns: &[
        ("jwk", "mediumblob NOT NULL"),
        ("jwk_sha256", "varchar(255) NOT NULL"),
        ("agreement", "varchar(255) NOT NULL"),
        ("createdAt", "datetime NOT NULL"),
        ("status", "varchar(255) NOT NULL DEFAULT 'valid'"),
    ],
    indexes: &[Index { name: "jwk_sha256", columns: "jwk_sha256", unique: true }],
    contradict: Some(contradict),
};

pub(super) fn put(sheets: &mut Sheets<'_>, account: &Account) {
    let values = [
        Value::blob(account.key.to_json().as_bytes()),
        Value::text(key_digest(&account.key)),
        // Boulder has left off keeping it.
        Value::text(""),
        Value::Time(account.created),
        status(account.deactivated),
    ];
    sheets.put(&TABLE, account.id, values);
}

/// An account without what [`super::coyote_ca`] has of it.
pub(super) fn read(row: &[Value]) -> Result<Account, BadCell> {
    let mut cells = Cells(row);
    let id = cells.id()?;
    let key = PublicKey::from_json(cells.blob()?).map_err(|error| error.to_string())?;
    cells.skip(2)?;
    let created = cells.time()?;
    let deactivated = cells.text()? != Status::Valid.to_string();
    Ok(Account { id, key: Arc::new(key), contact: vec![], binding: None, deactivated, created })
}

fn status(deactivated: bool) -> Value {
    let status = if deactivated { Status::Deactivated } else { Status::Valid };
    Value::text(status.to_string())
}

/// Padded base64 of the SHA-256 of the key as `SubjectPublicKeyInfo`.
fn key_digest(key: &PublicKey) -> String {
    // Every key of an account was parsed, and what was parsed can be written.
    let spki = key.to_spki_der().unwrap_or_default();
    BASE64_STANDARD.encode(digest(&SHA256, &spki))
}

fn contradict(values: &mut [Value]) {
    if let [.., last] = values {
        *last = status(*last == status(false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keys_digest_is_that_of_its_spki() {
        // Ed25519 key 1 of RFC 8032 §7.1; the digest is what openssl says of it:
        // openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64
        let key = crate::ca::jose::test_key("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(key_digest(&key), "BuP9j9opu2CrWVV95h7bCuzbIxE0vjDnW0Vfjht5L6k=");
    }
}
