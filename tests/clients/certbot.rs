//! certbot: the client that most certificates are asked for with.

use crate::common::coyote::Coyote;
use crate::fixture::Ca;

/// certbot with folders of its own, told to ask nothing.
fn certbot(ca: &Ca, command: &str) -> Coyote {
    let mut certbot = ca.client("certbot").words(command).words("--non-interactive --server");
    certbot = certbot.arg(&ca.directory);
    for option in ["--config-dir", "--work-dir", "--logs-dir"] {
        certbot = certbot.arg(option).arg(ca.scratch.path("certbot"));
    }
    certbot
}

/// Options of a command that proves names: certbot's own web server, on loopback.
fn standalone(ca: &Ca) -> String {
    format!("--standalone --http-01-address 127.0.0.1 --http-01-port {}", ca.http_port)
}

#[test]
fn issues_renews_and_revokes() {
    let ca = Ca::start("");
    let chain = ca.scratch.path("certbot/live/bot.example.com/fullchain.pem");
    let order =
        "certonly --agree-tos --email qa@coyote.dev -d bot.example.com -d www.bot.example.com";
    certbot(&ca, order).words(&standalone(&ca)).run().exits(0);
    ca.vouches_for(&chain);
    let first = std::fs::read_to_string(&chain).expect("certbot wrote it");

    certbot(&ca, "renew --force-renewal --no-random-sleep-on-renew").run().exits(0);
    ca.vouches_for(&chain);
    let second = std::fs::read_to_string(&chain).expect("certbot wrote it");
    assert_ne!(first, second, "the renewal brought no new certificate");

    certbot(&ca, "revoke --no-delete-after-revoke --cert-name bot.example.com").run().exits(0);
    certbot(&ca, "update_account --email other@coyote.dev").run().exits(0);
    certbot(&ca, "unregister").run().exits(0);
}

#[test]
fn binds_its_account_to_one_elsewhere() {
    // The key is base64url, as certbot takes it too.
    let ca = Ca::start("--eab-required --eab kid-1:zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG4");
    let order = "certonly --agree-tos --email qa@coyote.dev -d bound.example.com";
    let unbound = certbot(&ca, order).words(&standalone(&ca)).run().exits(1);
    unbound.tells(&["requires external account binding"]);
    let binding = "--eab-kid kid-1 --eab-hmac-key zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG4";
    certbot(&ca, order).words(&standalone(&ca)).words(binding).run().exits(0);
    ca.vouches_for(&ca.scratch.path("certbot/live/bound.example.com/fullchain.pem"));
}

#[test]
fn comes_again_with_the_nonce_of_a_rejection() {
    let ca = Ca::start("--fault nonce:next:1");
    let order = "certonly --agree-tos --email qa@coyote.dev -d retry.example.com";
    certbot(&ca, order).words(&standalone(&ca)).run().exits(0);
    ca.vouches_for(&ca.scratch.path("certbot/live/retry.example.com/fullchain.pem"));
}
