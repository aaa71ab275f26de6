//! DNS-ACCOUNT-01 (draft-ietf-acme-dns-account-label): DNS-01 with a label of its own for each
//! account, so that several can prove one name at a time.

use aws_lc_rs::digest::{SHA256, digest};
use futures_util::future::BoxFuture;

use super::{Attempt, Perspective, Validator, dns01};
use crate::ca::{identifier::Identifier, problem::Problem};

/// How much of the digest of an account's URL is in its label.
const LABEL_BYTES: usize = 10;
/// RFC 4648 §6, in lower case.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

pub(super) struct DnsAccount01;

impl Validator for DnsAccount01 {
    fn challenge_type(&self) -> &'static str {
        "dns-account-01"
    }

    fn offers(&self, identifier: &Identifier, perspective: &Perspective) -> bool {
        perspective.dns_account_01 && dns01::Dns01.offers(identifier, perspective)
    }

    fn validate<'a>(
        &'a self,
        perspective: &'a Perspective,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async {
            let label = label(&attempt.account_url);
            let record = format!("_{label}._acme-challenge.{}", attempt.name);
            dns01::find(perspective, &record, &attempt.key_authorization).await
        })
    }
}

/// base32 of the first bytes of SHA-256 over the account's URL.
fn label(account_url: &str) -> String {
    let digest = digest(&SHA256, account_url.as_bytes());
    let bits = digest.as_ref()[..LABEL_BYTES]
        .iter()
        .fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    let chars = LABEL_BYTES * 8 / 5;
    (0..chars).rev().map(|at| char::from(BASE32[(bits >> (at * 5)) as usize & 31])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_the_drafts() {
        assert_eq!(label("https://example.com/acme/acct/ExampleAccount"), "ujmmovf2vn55tgye");
    }
}
