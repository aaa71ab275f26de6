//! `revokedCertificates`: what the lists of revoked certificates are made of.

use std::time::Duration;

use super::{
    sheets::Sheets,
    table::{Index, Table},
    value::Value,
};
use crate::ca::{clock::Moment, issuer::Issuer, model::Certificate};

pub(super) static TABLE: Table = Table {
    name: "revokedCertificates",
    id: "bigint(20)",
    columns: &[
        ("issuerID", "bigint(20) NOT NULL"),
        ("serial", "varchar(255) NOT NULL"),
        ("notAfterHour", "datetime NOT NULL"),
        ("shardIdx", "bigint(20) NOT NULL"),
        ("revokedDate", "datetime NOT NULL"),
        ("revokedReason", "int(11) NOT NULL"),
    ],
    indexes: &[Index {
        name: "issuerID_shardIdx_notAfterHour_idx",
        columns: "issuerID, shardIdx, notAfterHour",
        unique: false,
    }],
    contradict: Some(contradict),
};

/// There is one list, and Boulder counts from 1.
const SHARD: i64 = 1;
const HOUR_S: u64 = 3600;

pub(super) fn put(sheets: &mut Sheets<'_>, certificate: &Certificate, issuer: &Issuer) {
    let Some(revocation) = certificate.revocation else { return };
    let end = certificate.dates.1;
    let into_hour = Duration::from_secs(Moment::EPOCH.until(end).as_secs() % HOUR_S);
    let values = [
        Value::Int(issuer.name_id()),
        Value::text(certificate.serial.to_string()),
        // The hour after, as Boulder has it.
        Value::Time(end.before(into_hour).after(Duration::from_secs(HOUR_S))),
        Value::Int(SHARD),
        Value::Time(revocation.at),
        Value::Int(revocation.reason as i64),
    ];
    sheets.put(&TABLE, certificate.id, values);
}

/// Another reason: one of 0, which is none, and 1.
fn contradict(values: &mut [Value]) {
    let is_none = values[5] == Value::Int(0);
    values[5] = Value::Int(is_none.into());
}
