//! Authorizations, in the table `authz2`.

use std::borrow::Cow;
use std::collections::HashMap;

use super::doubles::Rows;
use super::entry::{Authorization, AuthorizationState, Step};
use super::findings::{Differences, Finding, Findings, Subject, Unmade};
use super::identifier::IdentifierDigest;
use super::ledger::Ledger;
use super::lookup::{Cell, IDS_PER_QUESTION, Lookup, rows_of};
use super::scope::Scope;

pub(super) const TABLE: &str = "authz2";

/// Boulder's codes of statuses: places in this list.
const STATUSES: [&str; 5] = ["pending", "valid", "invalid", "deactivated", "revoked"];
/// Boulder's codes of types of identifiers, likewise.
const IDENTIFIER_TYPES: [&str; 2] = ["dns", "ip"];

/// Compares the authorizations with these ids, whose end the CA confirmed.
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
    // Not its status, nor its end, which goes with that: a double may have been left behind. Tokens are
    // random, but nothing makes the database keep them apart.
    let columns = ", registrationID, identifierType, identifierValue, token";
    let is_confirmed = |id| {
        ledger.authorizations.get(id).is_some_and(|authorization| authorization.is_confirmed())
    };
    let rows = Rows { table: TABLE, columns, ids };
    let doubles = rows.doubles(lookup, scope, is_confirmed).await?;
    for ids in ids.chunks(IDS_PER_QUESTION) {
        let cells = ids.iter().map(|id| Cell::Int(id.cast_signed()));
        let columns = ", registrationID, identifierType, identifierValue, status";
        let rows = rows_of(lookup, TABLE, "id", columns, cells).await?;
        let mut by_id = HashMap::<u64, Vec<&[Cell]>>::new();
        for row in &rows {
            by_id.entry(row[0].id().unwrap_or_default()).or_default().push(row);
        }
        for id in ids {
            let Some(authorization) = ledger.authorizations.get(*id) else { continue };
            judge(*id, &authorization, by_id.get(id).map_or(&[], Vec::as_slice), findings);
            if let Some(other) = doubles.get(id) {
                findings.add_doubled(Finding {
                    table: TABLE,
                    subject: Subject::Authorization(*id),
                    rows: 1,
                    confirmed: told(&authorization).to_owned(),
                    found: format!("the same again as authorization {other}"),
                });
            }
        }
    }
    Ok(())
}

/// What the row of an authorization says.
fn judge(id: u64, authorization: &Authorization, rows: &[&[Cell]], findings: &mut Findings) {
    let subject = Subject::Authorization(id);
    findings.expect_one(TABLE, subject, told(authorization), rows.len());
    for row in rows {
        let mut differences = Differences::default();
        if let (Some(account), Some(has)) = (authorization.account, row[1].id())
            && account != has
        {
            differences.add(format!("of account {account}"), format!("of account {has}"));
        }
        let (identifier_type, value) = (word(&row[2], &IDENTIFIER_TYPES), row[3].text());
        if let Some(identifier) = authorization.identifier
            && identifier != IdentifierDigest::of_row(&identifier_type, value)
        {
            differences.add("for another name", format!("for {identifier_type} {value}"));
        }
        let status = word(&row[4], &STATUSES);
        if !fits(authorization, &status) {
            differences.add(format!("status {}", told(authorization)), format!("status {status}"));
        }
        findings.add_differences(TABLE, subject, &differences);
    }
}

/// The word that a code stands for.
fn word(code: &Cell, words: &[&'static str]) -> Cow<'static, str> {
    let Cell::Int(number) = code else { return "of no kind".into() };
    let known = usize::try_from(*number).ok().and_then(|place| words.get(place));
    known.map_or_else(|| number.to_string().into(), |word| Cow::Borrowed(*word))
}

/// What clients heard last.
fn told(authorization: &Authorization) -> &'static str {
    match (authorization.deactivation, authorization.state) {
        (Step::WasSo | Step::Confirmed, _) => "deactivated",
        (_, AuthorizationState::Invalid) => "invalid",
        // Whatever else is compared was confirmed to be so.
        (_, AuthorizationState::Valid | AuthorizationState::Untold) => "valid",
    }
}

/// Whether an authorization that is so may have this status.
fn fits(authorization: &Authorization, status: &str) -> bool {
    // Somebody may not have heard that it was deactivated.
    status == told(authorization)
        || authorization.deactivation == Step::Asked && status == "deactivated"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::{ACCOUNT, AUTHZ, identifier, ledger, tables, wrong};

    #[test]
    fn each_column_counts() {
        for (change, told) in [
            ("status = 0", "status valid; status pending"),
            ("status = 2", "status valid; status invalid"),
            ("status = 9", "status valid; status 9"),
            ("registrationID = 8", "of account 7; of account 8"),
            ("identifierValue = 'b.com'", "for another name; for dns b.com"),
            ("identifierType = 1", "for another name; for ip *.a.com"),
            (
                "registrationID = 8, status = 3",
                "of account 7, status valid; of account 8, status deactivated",
            ),
        ] {
            let tables = tables();
            tables.run(&format!("UPDATE authz2 SET {change} WHERE id = 21"));
            assert_eq!(wrong(&ledger(), &tables), format!("contradicting authz2: {told}"));
        }
    }

    #[test]
    fn the_last_that_was_confirmed_counts() {
        let (ledger, tables) = (ledger(), tables());
        let is_deactivated = "UPDATE authz2 SET status = 3";
        ledger.deactivating_authorization(AUTHZ);
        assert_eq!(wrong(&ledger, &tables), "");
        tables.run(is_deactivated);
        assert_eq!(wrong(&ledger, &tables), "", "nobody heard that it was");
        ledger.authorization(AUTHZ, ACCOUNT, Some(identifier()), "deactivated");
        assert_eq!(wrong(&ledger, &tables), "");
        tables.run("UPDATE authz2 SET status = 1");
        let told = "contradicting authz2: status deactivated; status valid";
        assert_eq!(wrong(&ledger, &tables), told);
    }

    #[test]
    fn one_that_failed_must_not_be_valid() {
        let (ledger, tables) = (Ledger::default(), tables());
        ledger.authorization(AUTHZ, ACCOUNT, Some(identifier()), "invalid");
        let told = "contradicting authz2: status invalid; status valid";
        assert_eq!(wrong(&ledger, &tables), told);
        tables.run("UPDATE authz2 SET status = 2");
        assert_eq!(wrong(&ledger, &tables), "");
    }

    #[test]
    fn one_under_two_ids_is_doubled() {
        let columns = "registrationID, identifierType, identifierValue";
        let tables = tables();
        // The other one was left behind when this one became valid.
        tables.run(&format!("INSERT INTO authz2 SELECT 99, {columns}, 0, token FROM authz2"));
        let told = "doubled authz2: valid; the same again as authorization 99";
        assert_eq!(wrong(&ledger(), &tables), told);
        tables.run("UPDATE authz2 SET token = x'02' WHERE id = 99");
        assert_eq!(wrong(&ledger(), &tables), "");
    }

    #[test]
    fn what_is_pending_is_not_compared() {
        let (ledger, tables) = (Ledger::default(), tables());
        ledger.authorization(AUTHZ, ACCOUNT, Some(identifier()), "pending");
        ledger.deactivating_authorization(AUTHZ);
        tables.run("DELETE FROM authz2");
        assert_eq!(wrong(&ledger, &tables), "");
    }
}
