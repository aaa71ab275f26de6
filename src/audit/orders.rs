//! Orders, in the table `orders`. It has no status: an order with a certificate is valid.

use std::collections::HashMap;

use super::doubles::Rows;
use super::entry::{Order, OrderState, Step};
use super::findings::{Differences, Finding, Findings, Subject, Unmade};
use super::ledger::Ledger;
use super::lookup::{Cell, IDS_PER_QUESTION, Lookup, rows_of};
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
    let columns = ", registrationID, created, authzs, certificateSerial";
    let is_confirmed = |id| ledger.orders.get(id).is_some_and(|order| order.is_confirmed);
    let doubles = Rows { table: TABLE, columns, ids }.doubles(lookup, scope, is_confirmed).await?;
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
                findings.add_doubled(Finding {
                    table: TABLE,
                    subject: Subject::Order(*id),
                    rows: 1,
                    confirmed: told(&order),
                    found: format!("the same again as order {other}"),
                });
            }
        }
    }
    Ok(())
}

/// What the row of an order says.
fn judge(id: u64, order: &Order, rows: &[&[Cell]], findings: &mut Findings) {
    let subject = Subject::Order(id);
    findings.expect_one(TABLE, subject, &told(order), rows.len());
    for row in rows {
        let mut differences = Differences::default();
        if let (Some(account), Some(has)) = (order.account, row[1].id())
            && account != has
        {
            differences.add(format!("of account {account}"), format!("of account {has}"));
        }
        let serial = row[2].text();
        if !fits(order, serial) {
            let found = match serial {
                "" => "no certificate".to_owned(),
                serial => format!("certificate {serial}"),
            };
            differences.add(told(order), found);
        }
        findings.add_differences(TABLE, subject, &differences);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::{ACCOUNT, ORDER, ledger, tables, wrong};

    #[test]
    fn each_column_counts() {
        for (change, told) in [
            ("registrationID = 8", "of account 7; of account 8"),
            ("certificateSerial = ''", "valid, certificate SERIAL; no certificate"),
            ("certificateSerial = 'ab'", "valid, certificate SERIAL; certificate ab"),
        ] {
            let tables = tables();
            tables.run(&format!("UPDATE orders SET {change}"));
            assert_eq!(wrong(&ledger(), &tables), format!("contradicting orders: {told}"));
        }
    }

    #[test]
    fn an_order_under_two_ids_is_doubled_unless_both_were_confirmed() {
        let columns = "registrationID, certificateSerial, created, authzs";
        for (other, change, is_doubled) in [
            (99, "created", true),
            (5, "created", true),
            (99, "'t2'", false),
            (99, "authzs", false),
        ] {
            let tables = tables();
            let same = columns.replace("created", change);
            tables.run(&format!(
                "INSERT INTO orders SELECT {other}, {same} FROM orders WHERE id = 12"
            ));
            if change == "authzs" {
                tables.run("UPDATE orders SET authzs = x'07' WHERE id = 99");
            }
            let told = match is_doubled {
                true => format!(
                    "doubled orders: valid, certificate SERIAL; the same again as order {other}"
                ),
                false => String::new(),
            };
            assert_eq!(wrong(&ledger(), &tables), told, "{other} {change}");
            let ledger = ledger();
            ledger.order(&format!("http://ca/order/{other}"), ACCOUNT, "valid");
            assert_eq!(wrong(&ledger, &tables), "");
        }
    }

    #[test]
    fn an_order_that_nobody_finalized_has_no_certificate() {
        let ledger = Ledger::default();
        ledger.order(ORDER, ACCOUNT, "pending");
        let told = "contradicting orders: not finalized; certificate SERIAL";
        assert_eq!(wrong(&ledger, &tables()), told);
    }
}
