//! The names of endpoints, as options of faults and limits have them.

use super::ROUTES;
use crate::nearest::nearest;

/// The endpoint called `name`.
///
/// # Errors
/// A sentence that names the nearest one, or all.
pub(in crate::ca) fn endpoint(name: &str) -> Result<&'static str, String> {
    all().find(|endpoint| *endpoint == name).ok_or_else(|| match nearest(name, all()) {
        Some(near) => format!("there is no endpoint `{name}`; did you mean `{near}`?"),
        None => {
            let mut names: Vec<&str> = all().collect();
            names.dedup();
            format!("there is no endpoint `{name}`; there are {}", names.join(", "))
        }
    })
}

fn all() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|route| route.endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_names_of_requests() {
        for name in ["directory", "new-nonce", "new-account", "finalize", "certificate"] {
            assert_eq!(endpoint(name), Ok(name));
        }
        let error = endpoint("new-oder").expect_err("misspelt");
        assert!(error.contains("`new-order`"), "{error}");
        let error = endpoint("xyz").expect_err("unknown");
        assert!(error.contains("new-order, account, order"), "{error}");
    }
}
