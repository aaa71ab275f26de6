//! The name that renewal information has for a certificate (RFC 9773 §4.1): the key identifier of
//! its authority and its serial number, each in base64url, and a dot between them.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use super::{issuer::Serial, problem::Problem};

/// Reads the name of a certificate by the authority with `key_identifier`.
pub(super) fn parse(text: &str, key_identifier: &[u8]) -> Result<Serial, Problem> {
    let malformed = |why: &str| Problem::malformed(format!("the certificate id {text:?} {why}"));
    let (authority, serial) = text
        .split_once('.')
        .filter(|(_, serial)| !serial.contains('.'))
        .ok_or_else(|| malformed("is not two parts with a dot between them"))?;
    let decode = |part: &str| {
        BASE64_URL_SAFE_NO_PAD
            .decode(part)
            .ok()
            .filter(|bytes| !bytes.is_empty())
            .ok_or_else(|| malformed("has a part that is not unpadded base64url"))
    };
    let (authority, serial) = (decode(authority)?, decode(serial)?);
    if authority != key_identifier {
        return Err(Problem::not_found("an authority with this key identifier"));
    }
    Serial::from_slice(&serial).ok_or_else(|| Problem::not_found("this certificate"))
}

/// The name of the certificate `serial` by the authority with `key_identifier`.
pub(super) fn format(serial: &Serial, key_identifier: &[u8]) -> String {
    let mut text = BASE64_URL_SAFE_NO_PAD.encode(key_identifier);
    text.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(serial.as_slice(), &mut text);
    text
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;

    use super::*;

    const KEY_IDENTIFIER: [u8; 3] = [1, 2, 3];

    #[test]
    fn a_name_survives() {
        let serial = Serial::random();
        assert_eq!(parse(&format(&serial, &KEY_IDENTIFIER), &KEY_IDENTIFIER), Ok(serial));
    }

    #[test]
    fn tells_malformed_from_unknown() {
        let serial = "AQIDBAUGBwgBAgMEBQYHCAEC";
        let status = |text: &str| parse(text, &KEY_IDENTIFIER).map_err(|problem| problem.status);
        for text in ["", "AQID", ".", "AQID.", "AQID=.AQ", "AQID.AQ==", "a b.AQ", "AQID.AQ.AQ"] {
            assert_eq!(status(text), Err(StatusCode::BAD_REQUEST), "{text}");
        }
        for text in [format!("AQIE.{serial}"), "AQID.AQ".to_owned()] {
            assert_eq!(status(&text), Err(StatusCode::NOT_FOUND), "{text}");
        }
        assert!(status(&format!("AQID.{serial}")).is_ok());
    }
}
