//! `coyote_ca`: what a CA that goes on with these tables needs, and Boulder's have no column for.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    cells::{BadCell, Cells},
    sheets::Sheets,
    table::Table,
    value::Value,
};
use crate::ca::{
    clock::Moment,
    model::{Account, Order},
};

/// Its `id` is that of the account or order that the row is about, the first one for the issuer, and the
/// last one for the ids that are reserved.
pub(super) static TABLE: Table = Table {
    name: "coyote_ca",
    id: "bigint(20)",
    columns: &[("kind", "varchar(16) NOT NULL"), ("value", "mediumblob NOT NULL")],
    indexes: &[],
    contradict: None,
};

/// The row that has the issuer, as PEM.
pub(super) const ISSUER: (u64, &str) = (1, "issuer");
/// The row that has the first id that is not reserved, in digits.
const IDS: (u64, &str) = (i64::MAX.cast_unsigned(), "ids");
const ACCOUNT: &str = "account";
const ORDER: &str = "order";

#[derive(Default, Serialize, Deserialize)]
struct OfAccount {
    contact: Vec<String>,
    binding: Option<Arc<RawValue>>,
}

#[derive(Default, Serialize, Deserialize)]
struct OfOrder {
    not_before: Option<String>,
    not_after: Option<String>,
}

/// What is left to say of most accounts is nothing; only of one that changes it has to be said.
pub(super) fn put_account(sheets: &mut Sheets<'_>, account: &Account, is_new: bool) {
    if is_new && account.contact.is_empty() && account.binding.is_none() {
        return;
    }
    let rest = OfAccount { contact: account.contact.clone(), binding: account.binding.clone() };
    put(sheets, account.id, ACCOUNT, &rest);
}

pub(super) fn put_order(sheets: &mut Sheets<'_>, order: &Order) {
    if order.not_before.is_none() && order.not_after.is_none() {
        return;
    }
    let (not_before, not_after) =
        (order.not_before.map(Moment::to_rfc3339), order.not_after.map(Moment::to_rfc3339));
    put(sheets, order.id, ORDER, &OfOrder { not_before, not_after });
}

/// Every id below `end` may have been given to a client from now on.
pub(super) fn put_reserved(sheets: &mut Sheets<'_>, end: u64) {
    let digits = end.to_string().into_bytes();
    sheets.put(&TABLE, IDS.0, [Value::text(IDS.1), Value::blob(digits)]);
}

fn put(sheets: &mut Sheets<'_>, id: u64, kind: &'static str, rest: &impl Serialize) {
    // Plain data cannot fail to be written.
    let text = serde_json::to_vec(rest).unwrap_or_default();
    sheets.put(&TABLE, id, [Value::text(kind), Value::blob(text)]);
}

/// What a row is about.
pub(super) enum Kept {
    Issuer(String),
    /// The first id that is not reserved.
    Ids(u64),
    Account(u64, Vec<String>, Option<Arc<RawValue>>),
    Order(u64, Option<Moment>, Option<Moment>),
}

pub(super) fn read(row: &[Value]) -> Result<Kept, BadCell> {
    let mut cells = Cells(row);
    let (id, kind, value) = (cells.id()?, cells.text()?, cells.blob()?);
    let bad = |error: serde_json::Error| format!("the {kind} {id} cannot be read: {error}");
    match kind {
        ACCOUNT => {
            let OfAccount { contact, binding } = serde_json::from_slice(value).map_err(bad)?;
            Ok(Kept::Account(id, contact, binding))
        }
        ORDER => {
            let rest: OfOrder = serde_json::from_slice(value).map_err(bad)?;
            let date = |text: Option<String>| Moment::from_rfc3339(&text?);
            Ok(Kept::Order(id, date(rest.not_before), date(rest.not_after)))
        }
        _ if kind == IDS.1 => {
            let end = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
            end.map(Kept::Ids).ok_or_else(|| "the reserved ids are no number".to_owned())
        }
        _ if kind == ISSUER.1 => Ok(Kept::Issuer(String::from_utf8_lossy(value).into_owned())),
        _ => Err(format!("`{kind}` is nothing that is kept here")),
    }
}
