//! Accounts, in the table `registrations`.

use std::collections::HashMap;

use base64::prelude::{BASE64_STANDARD, Engine};

use super::entry::{Account, Key, Step};
use super::findings::{Differences, Finding, Findings, Subject, Unmade};
use super::ledger::Ledger;
use super::lookup::{Cell, IDS_PER_QUESTION, Lookup, rows_of};

const TABLE: &str = "registrations";

/// Compares the accounts with these ids, which the CA answered for.
///
/// # Errors
/// When the database cannot be asked.
pub async fn compare(
    ledger: &Ledger,
    lookup: &impl Lookup,
    ids: &[u64],
    findings: &mut Findings,
) -> Result<(), Unmade> {
    for ids in ids.chunks(IDS_PER_QUESTION) {
        let cells = ids.iter().map(|id| Cell::Int(id.cast_signed()));
        let rows = rows_of(lookup, TABLE, "id", ", jwk_sha256, status", cells).await?;
        let mut by_id = HashMap::<u64, Vec<&[Cell]>>::new();
        for row in &rows {
            by_id.entry(row[0].id().unwrap_or_default()).or_default().push(row);
        }
        let by_key = ids_by_key(ledger, lookup, ids).await?;
        for id in ids {
            let Some(account) = ledger.accounts.get(*id) else { continue };
            let rows = by_id.get(id).map_or(&[][..], Vec::as_slice);
            judge(*id, &account, rows, &by_key, findings);
        }
    }
    Ok(())
}

/// The ids of all accounts that have a key of one of these accounts.
async fn ids_by_key(
    ledger: &Ledger,
    lookup: &impl Lookup,
    ids: &[u64],
) -> Result<HashMap<String, Vec<u64>>, Unmade> {
    let accounts = ids.iter().filter_map(|id| ledger.accounts.get(*id));
    let keys: Vec<Cell> =
        accounts.filter_map(|account| key_text(&account)).map(Cell::Text).collect();
    let mut by_key = HashMap::<String, Vec<u64>>::new();
    for row in rows_of(lookup, TABLE, "jwk_sha256", ", id", keys.into_iter()).await? {
        by_key.entry(row[0].text().to_owned()).or_default().extend(row[1].id());
    }
    Ok(by_key)
}

/// What `jwk_sha256` has to be, where that is known.
fn key_text(account: &Account) -> Option<String> {
    match account.key {
        Key::Known(digest) => Some(BASE64_STANDARD.encode(digest)),
        Key::Untold | Key::Changing => None,
    }
}

fn judge(
    id: u64,
    account: &Account,
    rows: &[&[Cell]],
    by_key: &HashMap<String, Vec<u64>>,
    findings: &mut Findings,
) {
    let subject = Subject::Account(id);
    let is_deactivated = account.deactivation >= Step::WasSo;
    let confirmed = if is_deactivated { "deactivated" } else { "valid" };
    if !findings.expect_one(TABLE, subject, confirmed, rows.len()) {
        return;
    }
    let key = key_text(account);
    for row in rows {
        let mut differences = Differences::default();
        let (has_key, status) = (row[1].text(), row[2].text());
        if let Some(key) = key.as_deref().filter(|key| *key != has_key) {
            differences.add(format!("jwk_sha256 {key}"), format!("jwk_sha256 {has_key}"));
        }
        let fits = match account.deactivation {
            Step::NotAsked => status == "valid",
            Step::Asked => matches!(status, "valid" | "deactivated"),
            // Or `revoked`, which is the CA's own word for it.
            Step::WasSo | Step::Confirmed => status != "valid" && !status.is_empty(),
        };
        if !fits {
            differences.add(format!("status {confirmed}"), format!("status {status}"));
        }
        findings.add_differences(TABLE, subject, &differences);
    }
    let others = key.and_then(|key| by_key.get(&key)).into_iter().flatten();
    let others: Vec<_> = others.filter(|other| **other != id).map(u64::to_string).collect();
    if !others.is_empty() {
        findings.add_doubled(Finding {
            table: TABLE,
            subject,
            rows: others.len() as u64,
            confirmed: confirmed.to_owned(),
            found: format!("another with the same key: {}", others.join(", ")),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::{ACCOUNT, KEY, ledger, tables, wrong};

    #[test]
    fn each_column_counts() {
        let key = BASE64_STANDARD.encode(KEY);
        for (change, told) in [
            ("status = 'deactivated'", "status valid; status deactivated"),
            ("jwk_sha256 = 'x'", &format!("jwk_sha256 {key}; jwk_sha256 x")),
        ] {
            let tables = tables();
            tables.run(&format!("UPDATE registrations SET {change}"));
            assert_eq!(wrong(&ledger(), &tables), format!("contradicting registrations: {told}"));
        }
    }

    #[test]
    fn one_key_has_one_account() {
        let tables = tables();
        tables.run("INSERT INTO registrations SELECT 9, jwk_sha256, status FROM registrations");
        let told = "doubled registrations: valid; another with the same key: 9";
        assert_eq!(wrong(&ledger(), &tables), told);
    }

    #[test]
    fn deactivated_later_counts() {
        let ledger = ledger();
        ledger.deactivating(ACCOUNT);
        ledger.account(ACCOUNT, KEY, "deactivated");
        let tables = tables();
        let told = "contradicting registrations: status deactivated; status valid";
        assert_eq!(wrong(&ledger, &tables), told);
        tables.run("UPDATE registrations SET status = 'deactivated'");
        assert_eq!(wrong(&ledger, &tables), "");
    }
}
