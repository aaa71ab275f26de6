//! The certificate profiles that orders choose from (draft-ietf-acme-profiles).

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};

use super::{
    options::{CaOptions, CertProfile},
    problem::{ErrorType, Problem},
};

/// What public CAs call short-lived: too short to be worth revoking.
const SHORT_LIFETIME: Duration = Duration::from_secs(6 * 24 * 3600);

/// Every profile, the default one first.
pub(super) struct Profiles(Vec<Arc<CertProfile>>);

impl Profiles {
    pub(super) fn new(options: &CaOptions) -> Self {
        let own = [("default", options.cert_lifetime), ("shortlived", SHORT_LIFETIME)]
            .map(|(name, lifetime)| CertProfile { name: name.to_owned(), lifetime });
        let mut profiles: Vec<Arc<CertProfile>> = own.into_iter().map(Arc::new).collect();
        for profile in options.cert_profiles.iter().cloned().map(Arc::new) {
            match profiles.iter_mut().find(|known| known.name == profile.name) {
                Some(known) => *known = profile,
                None => profiles.push(profile),
            }
        }
        Self(profiles)
    }

    /// The profile that an order names, or the default one.
    pub(super) fn choose(&self, name: Option<&str>) -> Result<&Arc<CertProfile>, Problem> {
        let wanted = name.unwrap_or(&self.0[0].name);
        self.0.iter().find(|profile| profile.name == wanted).ok_or_else(|| {
            let known: Vec<&str> = self.0.iter().map(|profile| &*profile.name).collect();
            let detail = format!("there is no profile {wanted:?} here, but {}", known.join(", "));
            Problem::new(ErrorType::InvalidProfile, detail)
        })
    }

    /// The profile called `name`, or the default one.
    pub(super) fn find_or_default(&self, name: &str) -> &Arc<CertProfile> {
        self.0.iter().find(|profile| profile.name == name).unwrap_or(&self.0[0])
    }

    /// Names and descriptions, as the directory has them.
    pub(super) fn describe(&self) -> Map<String, Value> {
        let describe = |profile: &Arc<CertProfile>| {
            let lifetime = humantime::format_duration(profile.lifetime);
            (profile.name.clone(), format!("Certificates that are valid for {lifetime}").into())
        };
        self.0.iter().map(describe).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(given: &[(&str, u64)]) -> Profiles {
        let profile = |(name, seconds): &(&str, u64)| CertProfile {
            name: (*name).to_owned(),
            lifetime: Duration::from_secs(*seconds),
        };
        let cert_profiles = given.iter().map(profile).collect();
        Profiles::new(&CaOptions { cert_profiles, ..CaOptions::default() })
    }

    #[test]
    fn a_given_profile_adds_or_replaces() {
        let profiles = profiles(&[("hour", 3600), ("shortlived", 7200)]);
        let lifetime =
            |name| profiles.choose(Some(name)).map(|profile| profile.lifetime.as_secs() / 3600);
        assert_eq!(lifetime("default"), Ok(90 * 24));
        assert_eq!((lifetime("hour"), lifetime("shortlived")), (Ok(1), Ok(2)));
        assert_eq!(profiles.describe()["hour"], "Certificates that are valid for 1h");
        assert_eq!(profiles.describe().len(), 3);
    }

    #[test]
    fn an_unknown_one_is_told_as_such() {
        let profiles = profiles(&[]);
        let problem = profiles.choose(Some("none")).expect_err("unknown");
        assert_eq!(problem.error_type, ErrorType::InvalidProfile);
        assert!(problem.detail.contains("default, shortlived"), "{problem:?}");
        assert_eq!(profiles.choose(None), profiles.choose(Some("default")));
    }
}
