//! `orders`.

use std::sync::Arc;

use super::{
    cells::{BadCell, Cells},
    problem::{self, OF_ORDER},
    protobuf,
    sheets::Sheets,
    table::{Index, Table},
    value::Value,
};
use crate::ca::{
    cert_id,
    clock::Moment,
    issuer::{Issuer, Serial},
    model::{Issuance, Order},
};

pub(super) static TABLE: Table = Table {
    name: "orders",
    id: "bigint(20) unsigned",
    columns: &[
        ("registrationID", "bigint(20) NOT NULL"),
        ("expires", "datetime NOT NULL"),
        ("error", "mediumblob DEFAULT NULL"),
        ("certificateSerial", "varchar(255) DEFAULT NULL"),
        ("beganProcessing", "tinyint(1) NOT NULL DEFAULT 0"),
        ("created", "datetime NOT NULL"),
        ("certificateProfileName", "varchar(32) DEFAULT NULL"),
        ("replaces", "varchar(255) DEFAULT NULL"),
        ("authzs", "blob DEFAULT NULL"),
    ],
    indexes: &[
        Index { name: "reg_expires", columns: "registrationID, expires", unique: false },
        Index { name: "regID_created_idx", columns: "registrationID, created", unique: false },
    ],
    contradict: Some(|values| values[3] = Value::text(Serial::random().to_string())),
};

pub(super) fn put(sheets: &mut Sheets<'_>, order: &Order, issuer: &Issuer) {
    let (mut error, mut serial) = (Value::Null, String::new());
    match &order.issuance {
        Issuance::Failed(why) => error = problem::write(why, OF_ORDER),
        Issuance::Issued(issued) => serial = issued.to_string(),
        Issuance::NotRequested | Issuance::Signing(_) => {}
    }
    let replaces = order.replaces.map(|serial| cert_id::format(&serial, issuer.key_identifier()));
    let values = [
        Value::id(order.account),
        Value::Time(order.expires),
        error,
        Value::text(serial),
        Value::flag(order.issuance != Issuance::NotRequested),
        Value::Time(order.created),
        Value::text(order.profile.name.clone()),
        Value::text(replaces.unwrap_or_default()),
        Value::blob(protobuf::write(&order.authzs)),
    ];
    sheets.put(&TABLE, order.id, values);
}

/// An order as its row has it; what it is of, and its dates, are told elsewhere.
pub(super) struct OrderRow {
    pub(super) id: u64,
    pub(super) account: u64,
    pub(super) created: Moment,
    pub(super) expires: Moment,
    pub(super) authzs: Vec<u64>,
    pub(super) profile: String,
    pub(super) replaces: Option<Serial>,
    pub(super) issuance: Issuance,
}

pub(super) fn read(row: &[Value], issuer: &Issuer) -> Result<OrderRow, BadCell> {
    let mut cells = Cells(row);
    let (id, account, expires) = (cells.id()?, cells.id()?, cells.time()?);
    let error = problem::read(cells.blob()?, OF_ORDER);
    let serial = Serial::from_hex(cells.text()?);
    // One that was being signed when the CA ended can be finalized again.
    let _began_processing = cells.flag()?;
    let created = cells.time()?;
    let profile = cells.text()?.to_owned();
    let replaces = cert_id::parse(cells.text()?, issuer.key_identifier()).ok();
    let authzs = protobuf::read(cells.blob()?)
        .ok_or_else(|| format!("the authorizations of order {id} cannot be read"))?;
    let issuance = match (serial, error) {
        (Some(serial), _) => Issuance::Issued(serial),
        (None, Some(problem)) => Issuance::Failed(Arc::new(problem)),
        (None, None) => Issuance::NotRequested,
    };
    Ok(OrderRow { id, account, created, expires, authzs, profile, replaces, issuance })
}
