//! DNS-01 (RFC 8555 §8.4): a digest of the key authorization in a TXT record below the name.

use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use futures_util::future::BoxFuture;

use super::{Attempt, Perspective, Validator};
use crate::ca::{identifier::Identifier, problem::Problem};

/// How many records an error quotes, and how much of each.
const QUOTED_RECORDS: usize = 3;
const QUOTED_CHARS: usize = 60;

pub(super) struct Dns01;

impl Validator for Dns01 {
    fn challenge_type(&self) -> &'static str {
        "dns-01"
    }

    /// Wildcards too: whoever has the zone has all names in it. An IP address has none.
    fn offers(&self, identifier: &Identifier, perspective: &Perspective) -> bool {
        perspective.resolver.has_server() && identifier.type_name() == "dns"
    }

    fn validate<'a>(
        &'a self,
        perspective: &'a Perspective,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async {
            let record = format!("_acme-challenge.{}", attempt.name);
            find(perspective, &record, &attempt.key_authorization).await
        })
    }
}

/// Whether one of the TXT records of `record` is the digest of `key_authorization`.
pub(super) async fn find(
    perspective: &Perspective,
    record: &str,
    key_authorization: &str,
) -> Result<(), Problem> {
    compare(record, &perspective.resolver.txt(record).await?, key_authorization)
}

fn compare(record: &str, found: &[Vec<u8>], key_authorization: &str) -> Result<(), Problem> {
    let wanted = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, key_authorization.as_bytes()));
    if found.iter().any(|text| text == wanted.as_bytes()) {
        return Ok(());
    }
    if found.is_empty() {
        return Err(Problem::unauthorized(format!("{record} has no TXT record")));
    }
    let quote = |text: &Vec<u8>| -> String {
        String::from_utf8_lossy(text).chars().take(QUOTED_CHARS).collect()
    };
    let quoted: Vec<String> = found.iter().take(QUOTED_RECORDS).map(quote).collect();
    Err(Problem::unauthorized(format!(
        "none of the {} TXT records of {record} is {wanted:?}: {quoted:?}",
        found.len()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::problem::ErrorType;

    #[test]
    fn one_right_record_is_enough() {
        // base64url of the SHA-256 of "t.k", by other means.
        let right = b"dlB0GFFBjq1DwqiLNYRbUrjZLT6IqLn_wqx7amut1k0".to_vec();
        let compared = |found: &[Vec<u8>]| compare("r", found, "t.k").map_err(|p| p.error_type);
        assert_eq!(compared(&[b"other".to_vec(), right.clone()]), Ok(()));
        let almost = [&right[..], b" "].concat();
        for found in [vec![], vec![b"t.k".to_vec()], vec![almost]] {
            assert_eq!(compared(&found), Err(ErrorType::Unauthorized), "{found:?}");
        }
    }
}
