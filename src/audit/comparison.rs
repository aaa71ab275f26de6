//! Comparing everything once, and what is found wrong again after a moment.

use std::time::{Duration, Instant};

use super::findings::{Findings, Unmade};
use super::ledger::Ledger;
use super::lookup::Lookup;
use super::scope::Scope;
use super::subjects::Subjects;
use crate::record::audit_block::ComparedBlock;
use crate::sink::human::counted;

/// How often a database that lags behind is looked at again.
const LOOK_AGAIN_EVERY: Duration = Duration::from_millis(500);
/// Whoever waits longer is told why.
const TELL_AFTER: Duration = Duration::from_secs(1);

/// How rows are waited for that may be on their way to the database.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long no further row has to come before none is expected any more.
    pub quiet: Duration,
    /// How long it takes at most, however many come.
    pub longest: Duration,
}

impl Patience {
    /// Of those who need not wait.
    pub const NONE: Self = Self { quiet: Duration::ZERO, longest: Duration::ZERO };
}

/// Compares all that `ledger` has. What is wrong then is looked at again with `patience`; `tell` is
/// given the reason when that takes more than a second.
///
/// # Errors
/// When the database cannot be asked.
pub async fn compare(
    ledger: &Ledger,
    lookup: &impl Lookup,
    scope: &Scope,
    patience: Patience,
    tell: impl FnOnce(String),
) -> Result<ComparedBlock, Unmade> {
    let start = Instant::now();
    let all = Subjects::all(ledger, scope);
    let first = all.compare(ledger, lookup, scope).await?;
    let findings = settled(first, ledger, lookup, scope, patience, tell).await?;
    Ok(ComparedBlock {
        took_s: (start.elapsed().as_secs_f64() * 1e3).round() / 1e3,
        compared: all.count(ledger),
        lost: findings.lost,
        doubled: findings.doubled,
        contradicting: findings.contradicting,
        notes: notes(ledger, scope),
    })
}

/// What is left of `findings` once no more rows come.
async fn settled(
    mut findings: Findings,
    ledger: &Ledger,
    lookup: &impl Lookup,
    scope: &Scope,
    patience: Patience,
    tell: impl FnOnce(String),
) -> Result<Findings, Unmade> {
    let start = Instant::now();
    let (mut latest, mut tell) = (start, Some(tell));
    while findings.count() > 0
        && latest.elapsed() < patience.quiet
        && start.elapsed() < patience.longest
    {
        if start.elapsed() >= TELL_AFTER
            && let Some(tell) = tell.take()
        {
            tell(format!(
                "not yet as the CA confirmed it: {}; another process may still write, so this waits until \
                 no row has come for {} s ({} s at most)",
                counted(findings.count(), "row"),
                patience.quiet.as_secs(),
                patience.longest.as_secs()
            ));
        }
        tokio::time::sleep(LOOK_AGAIN_EVERY).await;
        let again = Subjects::of(&findings.subjects).compare(ledger, lookup, scope).await?;
        if again.count() < findings.count() {
            latest = Instant::now();
        }
        findings = again;
    }
    Ok(findings)
}

fn notes(ledger: &Ledger, scope: &Scope) -> Vec<String> {
    let mut notes = scope.missing.clone();
    if ledger.without_id() > 0 {
        notes.push(format!(
            "not compared: {} answers about accounts, orders and authorizations whose URL ends in no \
             number, as a row's id is one",
            ledger.without_id()
        ));
    }
    let left_out = [
        ("accounts", ledger.accounts.left_out()),
        ("orders", ledger.orders.left_out()),
        ("authorizations", ledger.authorizations.left_out()),
        ("certificates", ledger.certificates.left_out()),
    ];
    for (what, count) in left_out.into_iter().filter(|(_, count)| *count > 0) {
        notes.push(format!(
            "not compared: {count} answers about {what}, of which there are too many"
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::entry::Step;
    use crate::audit::testing::{
        ACCOUNT, KEY, ORDER, Tables, compared, leaf, ledger, tables, wrong,
    };
    use crate::record::audit_block::SubjectsBlock;

    #[test]
    fn rows_as_confirmed_are_clean() {
        let block = compared(&ledger(), &tables());
        let compared = SubjectsBlock {
            accounts: 1,
            orders: 1,
            authorizations: 1,
            certificates: 1,
            revocations: 0,
        };
        assert_eq!(block.compared, compared);
        assert_eq!((wrong(&ledger(), &tables()), block.notes), (String::new(), vec![]));
    }

    #[test]
    fn every_lost_row_is_found() {
        for (table, confirmed) in [
            ("registrations", "valid"),
            ("orders", "valid, certificate SERIAL"),
            ("authz2", "valid"),
            ("certificates", "issued"),
            ("certificateStatus", "good"),
            ("serials", "issued"),
            ("precertificates", "issued"),
        ] {
            let tables = tables();
            tables.run(&format!("DELETE FROM {table}"));
            let expected = match table {
                "certificateStatus" => "lost certificateStatus: issued; no row".to_owned(),
                _ => format!("lost {table}: {confirmed}; no row"),
            };
            assert_eq!(wrong(&ledger(), &tables), expected);
        }
    }

    #[test]
    fn every_doubled_row_is_found() {
        for (table, columns) in [
            ("orders", "id, registrationID, certificateSerial, created, authzs"),
            ("authz2", "id, registrationID, identifierType, identifierValue, status, token"),
            ("certificates", "NULL, registrationID, serial, digest"),
            ("certificateStatus", "NULL, serial, status, 0"),
            ("serials", "NULL, serial"),
            ("precertificates", "NULL, serial"),
        ] {
            let tables = tables();
            tables.run(&format!("INSERT INTO {table} SELECT {columns} FROM {table}"));
            let told = wrong(&ledger(), &tables);
            assert!(told.starts_with(&format!("doubled {table}: ")), "{told}");
            assert!(told.ends_with("; 2 rows") && !told.contains('\n'), "{told}");
        }
    }

    #[test]
    fn rows_with_lower_ids_than_before_the_run_are_found_all_the_same() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let (ledger, tables) = (ledger(), tables());
            ledger.revoked(&leaf(), Step::Confirmed);
            tables.run("UPDATE certificateStatus SET status = 'revoked'");
            tables.run("INSERT INTO revokedCertificates SELECT 3, serial, 4 FROM serials");
            let before = Tables::new();
            before.run("INSERT INTO revokedCertificates VALUES (50, '', 0)");
            before.run("INSERT INTO issuedNames VALUES (50, '', '')");
            let scope = Scope::read(&before).await;
            let block =
                compare(&ledger, &tables, &scope, Patience::NONE, |_| {}).await.expect("made");
            assert_eq!(
                (block.lost.count, block.doubled.count, block.contradicting.count),
                (0, 0, 0)
            );
        });
    }

    #[test]
    fn what_was_asked_and_not_answered_may_be_either_way() {
        let ledger = Ledger::default();
        ledger.account(ACCOUNT, KEY, "valid");
        ledger.order(ORDER, ACCOUNT, "pending");
        ledger.deactivating(ACCOUNT);
        ledger.changing_key(ACCOUNT);
        ledger.finalizing(ORDER);
        ledger.revoking(leaf().serial, Some(ACCOUNT), Some(4));
        // Not even confirmed to be there.
        ledger.finalizing("http://ca/order/99");
        let tables = tables();
        tables.run("INSERT INTO revokedCertificates SELECT NULL, serial, 1 FROM serials");
        assert_eq!(wrong(&ledger, &tables), "");
        tables.run("UPDATE registrations SET status = 'deactivated', jwk_sha256 = 'new'");
        tables.run("UPDATE orders SET certificateSerial = NULL");
        assert_eq!(wrong(&ledger, &tables), "");
        ledger.certificate(&leaf(), ACCOUNT, None);
        assert_eq!(wrong(&ledger, &tables), "");
        tables.run("UPDATE certificateStatus SET status = 'unknown'");
        let told = "contradicting certificateStatus: good; status unknown";
        assert_eq!(wrong(&ledger, &tables), told);
    }

    #[test]
    fn tables_that_are_missing_are_told_unless_nothing_can_be_said_without() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let tables = tables();
            let drop =
                "DROP TABLE revokedCertificates; DROP TABLE precertificates; DROP TABLE authz2";
            tables.run(drop);
            let before = Tables::new();
            before.run(drop);
            let scope = Scope::read(&before).await;
            let block =
                compare(&ledger(), &tables, &scope, Patience::NONE, |_| {}).await.expect("made");
            assert_eq!(block.lost.count + block.doubled.count + block.contradicting.count, 0);
            assert!(block.notes[0].contains("table precertificates: no such table"), "{block:?}");
            assert!(block.notes[2].contains("table authz2: no such table"), "{block:?}");
            assert_eq!(block.compared.authorizations, 0);
            tables.run("DROP TABLE orders");
            let unmade = compare(&ledger(), &tables, &scope, Patience::NONE, |_| {}).await;
            assert_eq!(unmade.expect_err("no orders").table, "orders");
        });
    }

    /// With an order that has its certificate only after a while, and one more later on.
    async fn late(quiet: Duration) -> (ComparedBlock, Option<String>) {
        let (ledger, tables) = (ledger(), tables());
        ledger.order("http://ca/order/14", ACCOUNT, "pending");
        let scope = Scope::read(&Tables::new()).await;
        tables.run("UPDATE orders SET certificateSerial = ''");
        let later = async {
            tokio::time::sleep(Duration::from_millis(800)).await;
            tables.run(
                "UPDATE orders SET certificateSerial = (SELECT serial FROM serials) WHERE id = 12",
            );
            tokio::time::sleep(Duration::from_millis(800)).await;
            tables.run("INSERT INTO orders VALUES (14, 7, '', 't2', x'03')");
        };
        let patience = Patience { quiet, longest: Duration::from_secs(20) };
        let mut told = None;
        let compared = compare(&ledger, &tables, &scope, patience, |why| told = Some(why));
        let (block, ()) = tokio::join!(compared, later);
        (block.expect("made"), told)
    }

    #[tokio::test]
    async fn a_database_that_lags_is_waited_for_as_long_as_rows_come() {
        let (block, told) = late(Duration::from_secs(4)).await;
        assert_eq!(block.lost.count + block.contradicting.count, 0, "{block:?}");
        assert!(told.is_some_and(|why| why.starts_with("not yet as the CA confirmed it: 1 row;")));
        let (block, _) = late(Duration::from_millis(300)).await;
        assert_eq!((block.lost.count, block.contradicting.count), (1, 1));
    }
}
