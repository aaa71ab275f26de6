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
    ] {
        let text = format!(
            "import \"acme\" as acme; import \"boulder\" as boulder; fn chain() {{ boulder::{call}; }}"
        );
        let script = scratch.write("wrong.rhai", &text);
        let output = crate::common::coyote::coyote("once").script(&script).run().exits(1);
        output.shows(&[told]);
    }
}
