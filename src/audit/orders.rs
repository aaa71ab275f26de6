//! Orders, in the table `orders`. It has no status: an order with a certificate is valid.

use std::collections::HashMap;

use super::findings::{Findings, Sort, Subject, Unmade};
use super::ledger::{Ledger, Order, OrderState, Step};
use super::lookup::{Cell, IDS_PER_QUESTION, Lookup, rows_of};
use super::order_doubles;
use super::scope::Scope;
use super::serial::Serial;

pub(super) const TABLE: &str = "orders";

/// Compares the orders with these ids, which the CA answered for.
///
/// # Errors
/// When the database cannot be asked.
pub async fn compare(
    ledger: &Ledger,
    lookup: &impl Lookup,
    scope: &Scope,
    ids: &[u64],
    findings: &mut Findings,
) -> Result<(), Unmade> {
    if ids.is_empty() {
        return Ok(());
    }
    let doubles = order_doubles::read(ledger, lookup, scope, ids).await?;
    for ids in ids.chunks(IDS_PER_QUESTION) {
        let cells = ids.iter().map(|id| Cell::Int(id.cast_signed()));
        let rows =
            rows_of(lookup, TABLE, "id", ", registrationID, certificateSerial", cells).await?;
        let mut by_id = HashMap::<u64, Vec<&[Cell]>>::new();
        for row in &rows {
            by_id.entry(row[0].id().unwrap_or_default()).or_default().push(row);
        }
        for id in ids {
            let Some(order) = ledger.orders.get(*id) else { continue };
            judge(*id, &order, by_id.get(id).map_or(&[][..], Vec::as_slice), findings);
            if let Some(other) = doubles.get(id) {
                let found = format!("the same again as order {other}");
                findings.add(Sort::Doubled, TABLE, Subject::Order(*id), told(&order), found);
            }
        }
    }
    Ok(())
}

/// What the row of an order says.
fn judge(id: u64, order: &Order, rows: &[&[Cell]], findings: &mut Findings) {
    let subject = Subject::Order(id);
    if !findings.expect_one(TABLE, subject, &told(order), rows.len()) {
        return;
    }
    for row in rows {
        if let (Some(account), Some(has)) = (order.account, row[1].id())
            && account != has
        {
            let (confirmed, found) = (format!("of account {account}"), format!("of account {has}"));
            findings.add(Sort::Contradicting, TABLE, subject, confirmed, found);
        }
        let serial = row[2].text();
        if !fits(order, serial) {
            let found = match serial {
                "" => "no certificate".to_owned(),
                serial => format!("certificate {serial}"),
            };
            findings.add(Sort::Contradicting, TABLE, subject, told(order), found);
        }
    }
}

/// What clients heard last.
fn told(order: &Order) -> String {
    match (order.state, order.certificate) {
        (OrderState::Valid, Some(serial)) => format!("valid, certificate {serial}"),
        (OrderState::Valid, None) => "valid".to_owned(),
        (OrderState::Invalid, _) => "invalid".to_owned(),
        (OrderState::Open, _) if order.finalization == Step::NotAsked => "not finalized".to_owned(),
        (OrderState::Open, _) => "created".to_owned(),
    }
}

/// Whether an order that is so may have this `certificateSerial`.
fn fits(order: &Order, serial: &str) -> bool {
    match order.state {
        OrderState::Valid => match order.certificate {
            Some(certificate) => Serial::from_hex(serial) == Some(certificate),
            None => !serial.is_empty(),
        },
        OrderState::Invalid => serial.is_empty(),
        // Somebody may not have heard how it ended.
        OrderState::Open => order.finalization >= Step::Asked || serial.is_empty(),
    }
}
