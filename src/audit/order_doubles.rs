//! Orders that are in the table twice, under two ids.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::findings::Unmade;
use super::ledger::Ledger;
use super::lookup::{Cell, Lookup, rows_between};
use super::orders::TABLE;
use super::scope::Scope;

/// A row of the run.
#[derive(Clone, Copy)]
struct Row {
    id: u64,
    is_confirmed: bool,
}

/// Of the orders with these ids, in order, those that have a double, with the double's id: a row that
/// no client heard of says the same about the account, the moment, the authorizations and the certificate.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn read(
    ledger: &Ledger,
    lookup: &impl Lookup,
    scope: &Scope,
    ids: &[u64],
) -> Result<HashMap<u64, u64>, Unmade> {
    let mut doubles = HashMap::new();
    let Some(of_run) = scope.ids_of_run(TABLE) else { return Ok(doubles) };
    let mut seen = HashMap::<u64, Row>::new();
    let each = |cells: &[Cell]| {
        let Some(id) = cells[0].id() else { return };
        let is_confirmed = ledger.orders.get(id).is_some_and(|order| order.is_confirmed);
        let row = Row { id, is_confirmed };
        let mut hasher = DefaultHasher::new();
        cells[1..].hash(&mut hasher);
        let Some(first) = seen.insert(hasher.finish(), row) else { return };
        let (known, other) = if first.is_confirmed { (first, row) } else { (row, first) };
        if known.is_confirmed && !other.is_confirmed && ids.binary_search(&known.id).is_ok() {
            doubles.insert(known.id, other.id);
        }
    };
    let columns = ", registrationID, created, authzs, certificateSerial";
    rows_between(lookup, TABLE, columns, of_run, each).await?;
    Ok(doubles)
}
