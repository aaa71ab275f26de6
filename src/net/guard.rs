//! Public CAs are not to be load-tested: their names are refused unless the user says that the CA
//! is theirs (`--i-own-this-ca HOST`).

/// Hosts of public ACME services, production and staging. A name below one of them counts too.
const PUBLIC_CAS: &[&str] = &[
    "letsencrypt.org",
    "pki.goog",
    "zerossl.com",
    "buypass.com",
    "buypass.no",
    "ssl.com",
    "sectigo.com",
    "digicert.com",
    "globalsign.com",
    "entrust.net",
    "actalis.com",
    "trustasia.com",
    "certum.pl",
    "harica.gr",
    "swisssign.com",
    "litessl.com",
];

/// Which hosts may be called although they belong to a public CA.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    owned: Vec<String>,
}

impl Guard {
    /// `owned`: the values of `--i-own-this-ca`.
    pub fn new(owned: &[String]) -> Self {
        Self { owned: owned.iter().map(|host| normalise(host)).collect() }
    }

    /// The reason why `host` must not be called, if there is one.
    pub fn refusal(&self, host: &str) -> Option<String> {
        let host = normalise(host);
        let public = PUBLIC_CAS.iter().find(|public| is_below(&host, public))?;
        if self.owned.contains(&host) {
            return None;
        }
        Some(format!(
            "{host} belongs to a public CA ({public}), which must not be load-tested; \
             if it is yours, say so with --i-own-this-ca {host}"
        ))
    }
}

fn normalise(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

fn is_below(host: &str, public: &str) -> bool {
    host.strip_suffix(public).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_cas_are_refused_by_any_spelling() {
        let guard = Guard::default();
        for host in
            ["acme-v02.api.letsencrypt.org", "ACME.ZeroSSL.com.", "dv.acme-v02.api.pki.goog"]
        {
            assert!(
                guard.refusal(host).is_some_and(|why| why.contains("--i-own-this-ca")),
                "{host}"
            );
        }
    }

    #[test]
    fn others_are_not() {
        let guard = Guard::default();
        for host in ["127.0.0.1", "boulder.service.consul", "notletsencrypt.org", "ca.example"] {
            assert_eq!(guard.refusal(host), None, "{host}");
        }
    }

    #[test]
    fn an_owner_may_test_that_host_and_no_other() {
        let guard = Guard::new(&["acme-staging-v02.api.letsencrypt.org".into()]);
        assert_eq!(guard.refusal("acme-staging-v02.api.letsencrypt.org"), None);
        assert!(guard.refusal("acme-v02.api.letsencrypt.org").is_some());
    }
}
