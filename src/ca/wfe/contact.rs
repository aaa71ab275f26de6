//! An account's contact URLs (RFC 8555 §7.3).

use crate::ca::problem::{ErrorType, Problem};

const MAX_CONTACTS: usize = 10;

/// Checks that all are `mailto:` URLs with one plain address.
pub(super) fn check(contacts: &[String]) -> Result<(), Problem> {
    if contacts.len() > MAX_CONTACTS {
        return Err(Problem::malformed(format!("there are more than {MAX_CONTACTS} contacts")));
    }
    contacts.iter().try_for_each(|contact| check_one(contact))
}

fn check_one(contact: &str) -> Result<(), Problem> {
    let invalid = |why: &str| {
        Err(Problem::new(ErrorType::InvalidContact, format!("the contact {contact:?} {why}")))
    };
    let (scheme, address) = match contact.split_once(':') {
        _ if contact.is_empty() => return invalid("is empty"),
        Some((scheme, address)) => (scheme, address),
        None => return invalid("is not a URL"),
    };
    if !scheme.eq_ignore_ascii_case("mailto") {
        let detail = format!("contacts with {scheme}: are not supported; use mailto:");
        return Err(Problem::new(ErrorType::UnsupportedContact, detail));
    }
    if !address.is_ascii() {
        return invalid("has a character that is not ASCII");
    }
    if address.contains('?') {
        return invalid("has header fields (§7.3 forbids them)");
    }
    if address.contains(',') {
        return invalid("has more than one address (§7.3 forbids it)");
    }
    match address.split_once('@') {
        Some((local, domain)) if is_atom(local) && domain.contains('.') && is_host(domain) => {
            Ok(())
        }
        _ => invalid("is not an email address"),
    }
}

/// The characters of RFC 5322's dot-atom, and `%` for what is escaped in URLs.
fn is_atom(local: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=^_`{|}~.".contains(&b);
    !local.is_empty() && local.split('.').all(|part| !part.is_empty()) && local.bytes().all(allowed)
}

fn is_host(domain: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    domain.split('.').all(|label| !label.is_empty() && label.bytes().all(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_type(contact: &str) -> Option<ErrorType> {
        check(&[contact.to_owned()]).err().map(|problem| problem.error_type)
    }

    #[test]
    fn takes_plain_addresses() {
        for contact in ["mailto:a@example.com", "MAILTO:a.b+c@x-y.example", "mailto:o'x@a.b"] {
            assert_eq!(error_type(contact), None, "{contact}");
        }
    }

    #[test]
    fn tells_invalid_from_unsupported() {
        for contact in ["tel:+1", "https://example.com"] {
            assert_eq!(error_type(contact), Some(ErrorType::UnsupportedContact), "{contact}");
        }
        for contact in [
            "",
            "a@b.c",
            "mailto:",
            "mailto:a",
            "mailto:@b.c",
            "mailto:a@",
            "mailto:a@b",
            "mailto:a@b.c,d@e.f",
            "mailto:a@b.c?subject=x",
            "mailto:ä@b.c",
            "mailto:a b@c.d",
            "mailto:a@b@c.d",
            "mailto:a@b..c",
            "mailto:.a@b.c",
        ] {
            assert_eq!(error_type(contact), Some(ErrorType::InvalidContact), "{contact}");
        }
    }

    #[test]
    fn counts_them() {
        let many = vec!["mailto:a@b.c".to_owned(); MAX_CONTACTS + 1];
        assert!(check(&many[1..]).is_ok());
        assert!(check(&many).is_err());
    }
}
