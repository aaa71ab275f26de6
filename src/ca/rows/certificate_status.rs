//! `certificateStatus`: which certificates are revoked, and why.

use rcgen::RevocationReason;
use time::macros::datetime;

use super::{
    cells::{BadCell, Cells},
    sheets::Sheets,
    table::{Index, Table},
    value::Value,
};
use crate::ca::{
    clock::Moment,
    issuer::{Issuer, Serial},
    model::{Certificate, Revocation},
};

pub(super) static TABLE: Table = Table {
    name: "certificateStatus",
    id: "bigint(20)",
    columns: &[
        ("serial", "varchar(255) NOT NULL"),
        ("subscriberApproved", "tinyint(1) DEFAULT 0"),
        ("status", "varchar(255) NOT NULL"),
        ("ocspLastUpdated", "datetime NOT NULL"),
        ("revokedDate", "datetime NOT NULL"),
        ("revokedReason", "int(11) NOT NULL"),
        ("lastExpirationNagSent", "datetime NOT NULL"),
        ("LockCol", "bigint(20) DEFAULT 0"),
        ("ocspResponse", "blob DEFAULT NULL"),
        ("notAfter", "datetime DEFAULT NULL"),
        ("isExpired", "tinyint(1) DEFAULT 0"),
        ("issuerID", "bigint(20) DEFAULT NULL"),
    ],
    indexes: &[
        Index {
            name: "isExpired_ocspLastUpdated_idx",
            columns: "isExpired, ocspLastUpdated",
            unique: false,
        },
        Index { name: "notAfter_idx", columns: "notAfter", unique: false },
        Index { name: "serial", columns: "serial", unique: false },
    ],
    contradict: Some(contradict),
};

const GOOD: &str = "good";
/// Of a certificate that is revoked.
pub(super) const REVOKED: &str = "revoked";

/// Good or revoked, as `certificate` is now.
pub(super) fn put(sheets: &mut Sheets<'_>, certificate: &Certificate, issuer: &Issuer) {
    // What Boulder has where there is no date: the columns cannot be NULL.
    let no_date = Moment::from_datetime(datetime!(2000-01-01 00:00:00 UTC));
    let (status, updated, revoked_at, reason) = match certificate.revocation {
        Some(revocation) => (REVOKED, revocation.at, revocation.at, revocation.reason as i64),
        None => (GOOD, certificate.issued, no_date, 0),
    };
    let values = [
        Value::text(certificate.serial.to_string()),
        Value::flag(false),
        Value::text(status),
        Value::Time(updated),
        Value::Time(revoked_at),
        Value::Int(reason),
        Value::Time(no_date),
        Value::Int(0),
        Value::Null,
        Value::Time(certificate.dates.1),
        Value::flag(false),
        Value::Int(issuer.name_id()),
    ];
    sheets.put(&TABLE, certificate.id, values);
}

/// The row of a certificate that is revoked.
pub(super) fn read_revoked(row: &[Value]) -> Result<(Serial, Revocation), BadCell> {
    let mut cells = Cells(row);
    let id = cells.id()?;
    let serial = cells.text()?;
    let serial = Serial::from_hex(serial)
        .ok_or_else(|| format!("`{serial}` of row {id} is no serial number of this CA"))?;
    cells.skip(3)?;
    Ok((serial, Revocation { at: cells.time()?, reason: reason(cells.int()?) }))
}

/// The reasons of which this CA keeps some.
fn reason(number: i64) -> RevocationReason {
    use RevocationReason::{
        AffiliationChanged, CessationOfOperation, KeyCompromise, Superseded, Unspecified,
    };
    [KeyCompromise, AffiliationChanged, Superseded, CessationOfOperation]
        .into_iter()
        .find(|reason| *reason as i64 == number)
        .unwrap_or(Unspecified)
}

fn contradict(values: &mut [Value]) {
    let other = if values[2] == Value::text(GOOD) { REVOKED } else { GOOD };
    values[2] = Value::text(other);
}
