//! Comparing everything once, and what is found wrong again after a moment.

use std::time::{Duration, Instant};

use super::findings::{Findings, Subject, Unmade};
use super::ledger::{Certificate, Ledger, Step};
use super::lookup::Lookup;
use super::scope::Scope;
use super::serial::Serial;
use super::{accounts, certificates, orders};
use crate::record::audit_block::{ComparedBlock, SubjectsBlock};

/// How often a database that lags behind is looked at again.
const LOOK_AGAIN_EVERY: Duration = Duration::from_millis(500);

/// Compares all that `ledger` has. What is wrong then may be on its way to the database: it is looked
/// at again for `grace`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn compare(
    ledger: &Ledger,
    lookup: &impl Lookup,
    scope: &Scope,
    grace: Duration,
) -> Result<ComparedBlock, Unmade> {
    let start = Instant::now();
    let all = Ids::all(ledger);
    let mut findings = all.compare(ledger, lookup, scope).await?;
    let deadline = Instant::now() + grace;
    while !findings.is_clean() && Instant::now() < deadline {
        tokio::time::sleep(LOOK_AGAIN_EVERY.min(grace)).await;
        findings = Ids::of(&findings.subjects).compare(ledger, lookup, scope).await?;
    }
    let revoked = |certificate: &Certificate| {
        certificate.is_confirmed && certificate.revocation >= Step::WasSo
    };
    Ok(ComparedBlock {
        took_s: (start.elapsed().as_secs_f64() * 1e3).round() / 1e3,
        compared: SubjectsBlock {
            accounts: all.accounts.len() as u64,
            orders: all.orders.len() as u64,
            certificates: all.certificates.len() as u64,
            revocations: ledger.certificates.ids(revoked).len() as u64,
        },
        lost: findings.lost,
        doubled: findings.doubled,
        contradicting: findings.contradicting,
        notes: notes(ledger, scope),
    })
}

fn notes(ledger: &Ledger, scope: &Scope) -> Vec<String> {
    let mut notes = scope.missing.clone();
    if ledger.without_id() > 0 {
        notes.push(format!(
            "not compared: {} answers about accounts and orders whose URL ends in no number, as a row's \
             id is one",
            ledger.without_id()
        ));
    }
    let left_out = [
        ("accounts", ledger.accounts.left_out()),
        ("orders", ledger.orders.left_out()),
        ("certificates", ledger.certificates.left_out()),
    ];
    for (what, count) in left_out.into_iter().filter(|(_, count)| *count > 0) {
        notes.push(format!(
            "not compared: {count} answers about {what}, of which there are too many"
        ));
    }
    notes
}

/// What to compare, in order.
struct Ids {
    accounts: Vec<u64>,
    orders: Vec<u64>,
    certificates: Vec<Serial>,
}

impl Ids {
    /// All that the CA answered for.
    fn all(ledger: &Ledger) -> Self {
        Self {
            accounts: ledger.accounts.ids(|account| account.is_confirmed),
            orders: ledger.orders.ids(|order| order.is_confirmed),
            certificates: ledger.certificates.ids(|certificate| certificate.is_confirmed),
        }
    }

    fn of(subjects: &[Subject]) -> Self {
        let mut ids = Self { accounts: Vec::new(), orders: Vec::new(), certificates: Vec::new() };
        for subject in subjects {
            match subject {
                Subject::Account(id) => ids.accounts.push(*id),
                Subject::Order(id) => ids.orders.push(*id),
                Subject::Certificate(serial) => ids.certificates.push(*serial),
            }
        }
        ids.orders.sort_unstable();
        ids.certificates.sort_unstable();
        ids
    }

    async fn compare(
        &self,
        ledger: &Ledger,
        lookup: &impl Lookup,
        scope: &Scope,
    ) -> Result<Findings, Unmade> {
        let mut findings = Findings::default();
        accounts::compare(ledger, lookup, &self.accounts, &mut findings).await?;
        orders::compare(ledger, lookup, scope, &self.orders, &mut findings).await?;
        certificates::compare(ledger, lookup, scope, &self.certificates, &mut findings).await?;
        Ok(findings)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};

    use super::*;
    use crate::audit::ledger::Leaf;
    use crate::audit::names::Names;
    use crate::audit::testing::Tables;
    use crate::record::audit_block::FindingsBlock;

    const ACCOUNT: &str = "http://ca/acct/7";
    const ORDER: &str = "http://ca/order/12";
    const KEY: [u8; 32] = [3; 32];

    fn leaf() -> Leaf {
        let serial = Serial::from_bytes(&[0x6e, 1]).expect("short");
        Leaf { serial, names: Names::of(["a.com", "b.com"]), digest: [9; 8] }
    }

    /// One account, its order, and the certificate of that.
    fn ledger() -> Ledger {
        let ledger = Ledger::default();
        ledger.account(ACCOUNT, KEY, "valid");
        ledger.order(ORDER, ACCOUNT, "pending");
        ledger.finalizing(ORDER);
        ledger.order(ORDER, ACCOUNT, "valid");
        ledger.certificate(&leaf(), ACCOUNT, Some(ORDER));
        ledger
    }

    /// The rows that `ledger` asks for.
    fn tables() -> Tables {
        let tables = Tables::new();
        let (serial, key) = (leaf().serial, BASE64_STANDARD.encode(KEY));
        let digest = BASE64_URL_SAFE_NO_PAD.encode([9; 32]);
        tables.run(&format!(
            "INSERT INTO registrations VALUES (7, '{key}', 'valid'), (8, 'other', 'valid');
             INSERT INTO orders VALUES (12, 7, '{serial}', 't1', x'01'), (13, 8, '', 't1', x'02');
             INSERT INTO certificates VALUES (1, 7, '{serial}', '{digest}');
             INSERT INTO certificateStatus VALUES (1, '{serial}', 'good');
             INSERT INTO serials VALUES (1, '{serial}');
             INSERT INTO precertificates VALUES (1, '{serial}');
             INSERT INTO issuedNames VALUES (1, '{serial}', 'com.a'), (2, '{serial}', 'com.b');"
        ));
        tables
    }

    fn compared(ledger: &Ledger, tables: &Tables) -> ComparedBlock {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let scope = Scope::read(&Tables::new()).await;
            compare(ledger, tables, &scope, Duration::ZERO).await.expect("all tables are there")
        })
    }

    /// What is wrong, a line each.
    fn wrong(ledger: &Ledger, tables: &Tables) -> String {
        let block = compared(ledger, tables);
        let mut told = String::new();
        let mut tell = |sort: &str, findings: &FindingsBlock| {
            assert_eq!(findings.count, findings.rows.len() as u64);
            for row in &findings.rows {
                let (table, confirmed, found) = (&row.table, &row.confirmed, &row.found);
                _ = writeln!(told, "{sort} {table}: {confirmed}; {found}");
            }
        };
        tell("lost", &block.lost);
        tell("doubled", &block.doubled);
        tell("contradicting", &block.contradicting);
        told.replace(&leaf().serial.to_string(), "SERIAL").trim_end().to_owned()
    }

    #[test]
    fn rows_as_confirmed_are_clean() {
        let block = compared(&ledger(), &tables());
        let compared = SubjectsBlock { accounts: 1, orders: 1, certificates: 1, revocations: 0 };
        assert_eq!(block.compared, compared);
        assert_eq!((wrong(&ledger(), &tables()), block.notes), (String::new(), vec![]));
    }

    #[test]
    fn every_lost_row_is_found() {
        for (table, confirmed) in [
            ("registrations", "valid"),
            ("orders", "valid, certificate SERIAL"),
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
        let tables = tables();
        tables.run("DELETE FROM issuedNames WHERE id = 2");
        assert_eq!(wrong(&ledger(), &tables), "lost issuedNames: 2 names; 1 rows");
    }

    #[test]
    fn every_doubled_row_is_found() {
        for (table, columns) in [
            ("orders", "id, registrationID, certificateSerial, created, authzs"),
            ("certificates", "NULL, registrationID, serial, digest"),
            ("certificateStatus", "NULL, serial, status"),
            ("serials", "NULL, serial"),
            ("precertificates", "NULL, serial"),
        ] {
            let tables = tables();
            tables.run(&format!("INSERT INTO {table} SELECT {columns} FROM {table}"));
            let told = wrong(&ledger(), &tables);
            assert!(told.starts_with(&format!("doubled {table}: ")), "{told}");
            assert!(told.ends_with("; 2 rows") && !told.contains('\n'), "{told}");
        }
        let tables = tables();
        tables.run("INSERT INTO registrations SELECT 9, jwk_sha256, status FROM registrations");
        let told = "doubled registrations: valid; another with the same key: 9";
        assert_eq!(wrong(&ledger(), &tables), told);
        tables.run("DELETE FROM registrations WHERE id = 9");
        tables.run("INSERT INTO issuedNames SELECT NULL, serial, reversedName FROM issuedNames");
        assert_eq!(wrong(&ledger(), &tables), "doubled issuedNames: 2 names; 4 rows");
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
    fn rows_with_lower_ids_than_before_the_run_are_found_all_the_same() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let (ledger, tables) = (ledger(), tables());
            ledger.revoked(&leaf(), Step::Confirmed);
            tables.run("UPDATE certificateStatus SET status = 'revoked'");
            tables.run("INSERT INTO revokedCertificates SELECT 3, serial FROM serials");
            let before = Tables::new();
            before.run("INSERT INTO revokedCertificates VALUES (50, '')");
            before.run("INSERT INTO issuedNames VALUES (50, '', '')");
            let scope = Scope::read(&before).await;
            let block = compare(&ledger, &tables, &scope, Duration::ZERO).await.expect("made");
            assert_eq!(
                (block.lost.count, block.doubled.count, block.contradicting.count),
                (0, 0, 0)
            );
        });
    }

    #[test]
    fn every_contradiction_is_found() {
        let key = BASE64_STANDARD.encode(KEY);
        for (change, told) in [
            (
                "registrations SET status = 'deactivated'",
                "registrations: status valid; status deactivated",
            ),
            (
                "registrations SET jwk_sha256 = 'x'",
                &format!("registrations: jwk_sha256 {key}; jwk_sha256 x"),
            ),
            ("orders SET registrationID = 8", "orders: of account 7; of account 8"),
            (
                "orders SET certificateSerial = ''",
                "orders: valid, certificate SERIAL; no certificate",
            ),
            (
                "orders SET certificateSerial = 'ab'",
                "orders: valid, certificate SERIAL; certificate ab",
            ),
            (
                "certificates SET registrationID = 8",
                "certificates: issued to account 7; of account 8",
            ),
            (
                "certificates SET digest = 'AAAA'",
                "certificates: issued; digest AAAA, which is another certificate's",
            ),
            ("certificateStatus SET status = 'revoked'", "certificateStatus: good; status revoked"),
            (
                "issuedNames SET reversedName = 'com.c' WHERE id = 1",
                "issuedNames: 2 names; as many, but others",
            ),
        ] {
            let tables = tables();
            tables.run(&format!("UPDATE {change}"));
            assert_eq!(wrong(&ledger(), &tables), format!("contradicting {told}"), "{change}");
        }
        let tables = tables();
        tables.run("INSERT INTO revokedCertificates SELECT NULL, serial FROM serials");
        assert_eq!(wrong(&ledger(), &tables), "contradicting revokedCertificates: good; a row");
    }

    #[test]
    fn a_revocation_must_be_in_both_tables() {
        let ledger = ledger();
        ledger.revoking(leaf().serial);
        ledger.revoked(&leaf(), Step::Confirmed);
        let tables = tables();
        assert_eq!(
            wrong(&ledger, &tables),
            "lost revokedCertificates: revoked; no row\n\
             contradicting certificateStatus: revoked; status good"
        );
        let add = "INSERT INTO revokedCertificates SELECT NULL, serial FROM serials";
        tables.run("UPDATE certificateStatus SET status = 'revoked'");
        tables.run(add);
        assert_eq!(wrong(&ledger, &tables), "");
        assert_eq!(compared(&ledger, &tables).compared.revocations, 1);
        tables.run(add);
        assert_eq!(wrong(&ledger, &tables), "doubled revokedCertificates: revoked; 2 rows");
    }

    #[test]
    fn what_was_asked_and_not_answered_may_be_either_way() {
        let ledger = Ledger::default();
        ledger.account(ACCOUNT, KEY, "valid");
        ledger.order(ORDER, ACCOUNT, "pending");
        ledger.deactivating(ACCOUNT);
        ledger.changing_key(ACCOUNT);
        ledger.finalizing(ORDER);
        ledger.revoking(leaf().serial);
        // Not even confirmed to be there.
        ledger.finalizing("http://ca/order/99");
        let tables = tables();
        tables.run("INSERT INTO revokedCertificates SELECT NULL, serial FROM serials");
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

    #[test]
    fn an_order_that_nobody_finalized_has_no_certificate() {
        let ledger = Ledger::default();
        ledger.order(ORDER, ACCOUNT, "pending");
        let told = "contradicting orders: not finalized; certificate SERIAL";
        assert_eq!(wrong(&ledger, &tables()), told);
    }

    #[test]
    fn a_certificate_of_an_earlier_run_needs_only_its_own_rows() {
        let ledger = Ledger::default();
        ledger.revoking(leaf().serial);
        ledger.revoked(&leaf(), Step::WasSo);
        let tables = tables();
        tables.run("DELETE FROM issuedNames; UPDATE certificateStatus SET status = 'revoked'");
        assert_eq!(wrong(&ledger, &tables), "");
    }

    #[test]
    fn tables_that_are_missing_are_told_unless_nothing_can_be_said_without() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let tables = tables();
            let drop = "DROP TABLE revokedCertificates; DROP TABLE precertificates";
            tables.run(drop);
            let before = Tables::new();
            before.run(drop);
            let scope = Scope::read(&before).await;
            let block = compare(&ledger(), &tables, &scope, Duration::ZERO).await.expect("made");
            assert_eq!(block.lost.count + block.doubled.count + block.contradicting.count, 0);
            assert!(block.notes[0].contains("table precertificates: no such table"), "{block:?}");
            tables.run("DROP TABLE orders");
            let unmade = compare(&ledger(), &tables, &scope, Duration::ZERO).await;
            assert_eq!(unmade.expect_err("no orders").table, "orders");
        });
    }

    #[test]
    fn a_database_a_moment_behind_is_waited_for() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let (ledger, tables) = (ledger(), tables());
            let scope = Scope::read(&Tables::new()).await;
            tables.run("UPDATE orders SET certificateSerial = ''");
            let later = async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let serial = leaf().serial;
                tables.run(&format!(
                    "UPDATE orders SET certificateSerial = '{serial}' WHERE id = 12"
                ));
            };
            let grace = Duration::from_secs(5);
            let (block, ()) = tokio::join!(compare(&ledger, &tables, &scope, grace), later);
            let block = block.expect("made");
            assert_eq!(block.contradicting, FindingsBlock::default());
            assert!(block.took_s < 2.0, "{}", block.took_s);
        });
    }
}
