//! The module `boulder`, on both databases.

use crate::Store;
use crate::common::scratch::Scratch;

const SCRIPT: &str = r#"
import "acme" as acme;
import "boulder" as boulder;

fn chain() {
    let account = acme::account();
    let id = boulder::id_of(account.url);
    check::that("nothing yet", boulder::random_certificate() == () && boulder::random_authorization() == ());

    let names = [rand::domain(), "*." + rand::domain()];
    let issued = acme::issue(account, names);
    let leaf = x509::parse(issued.pem);
    look_at_accounts(account, id);
    look_at_orders(account, issued, leaf);
    look_at_authorizations(id, names);
    look_at_certificates(id, leaf, names);

    acme::revoke(account, leaf, #{ reason: 4 });
    let row = boulder::certificate(boulder::serial(leaf));
    check::that("revoked", row.status == "revoked" && row.reason == 4 && near(row.revoked));
    check::that("found", boulder::random_certificate(#{ status: "revoked" }).serial == row.serial);
    check::that("none is good", boulder::random_certificate() == ());

    acme::deactivate(account);
    check::that("deactivated", boulder::random_registration(#{ status: "deactivated" }).id == id);
}

fn near(moment) { moment >= time::now() - 60 && moment <= time::now() }

fn look_at_accounts(account, id) {
    let row = boulder::registration(id);
    check::that("its key", row.jwk == account.key.jwk() && row.jwk_sha256.len() == 44);
    check::that("valid", row.status == "valid" && near(row.created));
    check::that("the only one", boulder::random_registration() == row);
    check::that("no other", boulder::registration(4711) == () && boulder::random_registration(#{ status: "revoked" }) == ());
}

fn look_at_orders(account, issued, leaf) {
    let row = boulder::order(boulder::id_of(issued.url));
    check::that("valid order", row.status == "valid" && row.certificate == boulder::serial(leaf) && near(row.created));
    let names = [];
    for n in 0..30 { names.push(rand::domain()); }
    let pending = acme::new_order(account, names);
    let row = boulder::order(boulder::id_of(pending.url));
    let ids = pending.authorizations.map(|url| boulder::id_of(url));
    ids.sort();
    row.authorizations.sort();
    check::that("its authorizations", row.authorizations == ids);
    check::that("pending", row.status == "pending" && row.certificate == () && row.error == () && row.replaces == ());
    check::that("no other order", boulder::order(4711) == ());
}

fn look_at_authorizations(id, names) {
    let valid = boulder::authorizations(id, #{ status: "valid" });
    let found = valid.map(|authz| authz.identifier.value);
    check::that("of both names", valid.len() == 2 && names[0] in found);
    check::that("attempted", valid[0].attempted in ["http-01", "dns-01"] && valid[0].attempted in valid[0].challenges);
    check::that("all", boulder::authorizations(id).len() == 32 && boulder::authorizations(id, #{ limit: 3 }).len() == 3);
    check::that("by id", boulder::authorization(valid[0].id) == valid[0]);
    check::that("at random", boulder::random_authorization().status == "valid");
    check::that("none", boulder::authorization(4711) == () && boulder::random_authorization(#{ status: "revoked" }) == ());
}

fn look_at_certificates(id, leaf, names) {
    let row = boulder::certificate(leaf);
    check::that("it", x509::parse(row.der) == leaf && row.registration == id && row.expires == leaf.not_after);
    check::that("good", row.status == "good" && row.revoked == () && row.reason == () && near(row.issued));
    check::that("at random too", boulder::random_certificate() == row);
    row.remove("der");
    let now = time::now();
    for options in [
        #{ registration: id }, #{ issued_after: now - 60 }, #{ issued_before: now + 60 },
        #{ expires_after: now }, #{ expires_before: leaf.not_after + 60, status: "good" },
        #{ registration: id, expires_after: now, issued_after: now - 60, status: "good", limit: 1 },
    ] { check::that(`by ${options}`, boulder::certificates(options) == [row]); }
    for options in [
        #{ registration: 4711 }, #{ issued_before: now - 60 }, #{ expires_before: now },
        #{ registration: id, status: "revoked" }, #{ registration: id, issued_after: now + 60 },
    ] { check::that(`not by ${options}`, boulder::certificates(options) == []); }
    check::that("issued", names.all(|name| boulder::is_issued(name)) && !boulder::is_issued(rand::domain()));
    let issuances = boulder::issuances(names[0]);
    check::that("once", issuances.len() == 1 && issuances[0].serial == row.serial && !issuances[0].is_renewal);
}
"#;

#[test]
fn every_lookup_finds_what_is_there() {
    for store in Store::both() {
        let scratch = Scratch::new();
        let script = scratch.write("lookups.rhai", SCRIPT);
        let run = store.coyote("once").words("--summary").arg(scratch.path("s.json"));
        run.script(&script).run().exits(0);
        scratch.summary("s.json").nothing_failed();
    }
}

#[test]
fn wrong_arguments_are_told() {
    let scratch = Scratch::new();
    for (call, told) in [
        ("id_of(\"http://ca/x\")", "no number at the end of http://ca/x"),
        ("certificates(#{})", "say where to look"),
        ("random_authorization(#{ status: \"good\" })", "pending"),
        ("random_registration(#{ state: 1 })", "`state`"),
        ("random_registration(#{ status: \"foo\" })", "valid, deactivated, revoked"),
        ("random_certificate(#{ status: \"foo\" })", "good, revoked"),
        ("certificates(#{ issued_after: 0, status: \"evil\" })", "good, revoked"),
        ("certificates(#{ issued_after: \"0\" })", "issued_after: want integer, got string"),
        ("certificates(#{ issued_after: 0, limit: 10_001 })", "want 1 to 10000, got 10001"),
        ("authorizations(1, #{ limit: 0 })", "want 1 to 10000, got 0"),
        ("issuances(\"a.example\", #{ limit: \"all\" })", "limit: want integer, got string"),
        ("registration(\"1 OR 1=1\")", "boulder::registration: id: want integer, got string"),
        ("order(1.5)", "boulder::order: id: want integer, got float"),
        ("authorization(\"1\")", "boulder::authorization: id: want integer"),
        ("authorizations(\"1\")", "boulder::authorizations: id: want integer"),
        ("serial(\"zz\")", "want a certificate, or at most 40 hexadecimal digits, got \"zz\""),
        ("certificate(\"\")", "hexadecimal digits"),
        ("is_issued(5)", "name: want string, got integer"),
    ] {
        let text = format!(
            "import \"acme\" as acme; import \"boulder\" as boulder; fn chain() {{ boulder::{call}; }}"
        );
        let script = scratch.write("wrong.rhai", &text);
        let output = crate::common::coyote::coyote("once").script(&script).run().exits(1);
        output.shows(&[told]);
    }
}

const MANY: &str = r#"
import "acme" as acme;
import "boulder" as boulder;

const ROWS = 1300;

// All of one account, every second one revoked, 700 in each second.
fn fill() {
    let certificates = "";
    let statuses = "";
    for i in 0..global::ROWS {
        let at = db::datetime(1_500_000_000 + i / 700);
        let serial = boulder::serial(`${1000 + i}`);
        let word = if i % 2 == 0 { "good" } else { "revoked" };
        let id = 1_000_000 + i;
        certificates += `${if i % 100 == 0 { "" } else { "," }}(${id}, 77, '${serial}', '', '', '${at}', '${at}')`;
        statuses += `${if i % 100 == 0 { "" } else { "," }}(${id}, '${serial}', '${word}', '${at}', '${at}', 0, '${at}', '${at}', 0, 1)`;
        if i % 100 == 99 {
            db::execute("INSERT INTO certificates (id, registrationID, serial, digest, der, issued, expires) VALUES " + certificates, [], #{ timeout_ms: 60_000 });
            db::execute("INSERT INTO certificateStatus (id, serial, status, ocspLastUpdated, revokedDate, revokedReason, lastExpirationNagSent, notAfter, isExpired, issuerID) VALUES " + statuses, [], #{ timeout_ms: 60_000 });
            certificates = "";
            statuses = "";
        }
    }
}

fn chain() {
    acme::register();
    fill();
    let end = 1_600_000_000;
    for options in [#{ registration: 77 }, #{ issued_before: end }, #{ expires_before: end }, #{ expires_after: 0, issued_before: end }] {
        for limit in [1, 499, 500, 501, 1299, 1300, 10_000] {
            options.limit = limit;
            let found = boulder::certificates(options);
            check::that(`${options}: ${found.len()}`, found.len() == min(limit, global::ROWS));
            let serials = found.map(|row| row.serial);
            let right = true;
            for i in 0..serials.len() { right = right && serials[i] == boulder::serial(`${1000 + i}`); }
            check::that(`each once, in order, by ${options}`, right);
        }
        options.status = "revoked";
        check::that(`half of them, by ${options}`, boulder::certificates(options).len() == global::ROWS / 2);
    }
}
fn min(a, b) { if a < b { a } else { b } }
fn options() { #{ limits: #{ cpu_ms: 60_000 } } }
"#;

#[test]
fn certificates_come_in_the_number_that_is_asked_for() {
    for store in Store::both() {
        let scratch = Scratch::new();
        let script = scratch.write("many.rhai", MANY);
        store.coyote("once --db-write").script(&script).run().exits(0);
    }
}
