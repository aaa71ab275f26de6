//! What the embedded CA does and does not do: options that `coyote ca` and load commands share.
// The comments are the help that users see on a terminal, where backticks are noise.
#![allow(clippy::doc_markdown)]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::ca::{
    CaOptions, CertProfile, EabKey, EabOptions, Fault, Limit, ReuseOptions, StoreFault,
    StoreOptions, StorePlace,
};
use crate::db::uri::{DatabaseUri, TypedUri};
use crate::error::Fatal;
use crate::plan::duration;

/// Options of the embedded CA.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub(super) struct EmbeddedCaArgs {
    /// How long certificates are valid; soon after, they are forgotten
    #[arg(long, value_name = "TIME", value_parser = lifetime, default_value = "90days", help_heading = HEADING)]
    cert_lifetime: Duration,
    /// Offer this certificate profile too, besides default and shortlived; may be repeated
    #[arg(long = "cert-profile", value_name = "NAME:LIFETIME", value_parser = parse_profile, help_heading = HEADING)]
    cert_profiles: Vec<CertProfile>,
    /// How long orders can be used; soon after, they are forgotten
    #[arg(long, value_name = "TIME", value_parser = lifetime, default_value = "7days", help_heading = HEADING)]
    order_lifetime: Duration,
    /// How long authorizations can be used; soon after, they are forgotten
    #[arg(long, value_name = "TIME", value_parser = lifetime, default_value = "7days", help_heading = HEADING)]
    authz_lifetime: Duration,
    /// Give new orders the valid authorizations that their account has
    #[arg(long, help_heading = HEADING)]
    authz_reuse: bool,
    /// Answer newOrder with the account's open order for the same names, if there is one
    #[arg(long, help_heading = HEADING)]
    order_reuse: bool,
    /// Do not offer pre-authorization
    #[arg(long, help_heading = HEADING)]
    no_new_authz: bool,
    /// Register only accounts that are bound to an --eab key
    #[arg(long, requires = "eab", help_heading = HEADING)]
    eab_required: bool,
    /// Accept this key for external account binding; may be repeated
    #[arg(long, value_name = "KID:BASE64URL_KEY", value_parser = EabKey::parse, help_heading = HEADING)]
    eab: Vec<EabKey>,
    /// Leave orders in processing for this time before their certificate is there
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0", help_heading = HEADING)]
    finalize_delay: Duration,
    /// Ask clients to wait this long, in whole seconds, between polls of an authorization
    #[arg(long, value_name = "TIME", value_parser = duration::parse, help_heading = HEADING)]
    retry_after: Option<Duration>,
    /// Ask this DNS server when challenges are validated; without it every name is 127.0.0.1
    #[arg(long, value_name = "ADDR:PORT", help_heading = HEADING)]
    dns_server: Option<SocketAddr>,
    /// Offer dns-account-01 besides dns-01
    #[arg(long = "dns-account-01", help_heading = HEADING)]
    dns_account_01: bool,
    /// Refuse more requests to an endpoint than so many, by account or address; ENDPOINT * limits all
    /// together, names limits names by domain; may be repeated
    #[arg(long = "limit", value_name = "ENDPOINT:COUNT/TIME", help_heading = HEADING)]
    limits: Vec<Limit>,
    /// Fail on purpose: WHAT is 429, 503, 500, empty, html, slow=2s, close or nonce, WHEN is a
    /// probability or next:N, ENDPOINT can be *; may be repeated
    #[arg(long = "fault", value_name = "ENDPOINT:WHAT:WHEN", help_heading = HEADING)]
    faults: Vec<Fault>,
    /// Keep the CA's database in this SQLite file; a CA that is started on it again goes on. It holds
    /// the key that certificates are signed with
    #[arg(long, value_name = "FILE", conflicts_with = "store_mysql", help_heading = HEADING)]
    store_file: Option<PathBuf>,
    /// Keep it in this empty MySQL or MariaDB database: USER:PASSWORD@tcp(127.0.0.1:3306)/NAME or
    /// mysql://...
    #[arg(long, value_name = "URI", help_heading = HEADING)]
    store_mysql: Option<TypedUri>,
    /// Answer a request only when the rows that tell of it are in --store-file or --store-mysql; without
    /// it, they are some 0.1 s later
    #[arg(long, help_heading = HEADING)]
    store_sync: bool,
    /// Get rows of the CA's database wrong on purpose: WHAT is lose, double or contradict, WHEN is a
    /// probability or next:N; may be repeated
    #[arg(long = "store-fault", value_name = "TABLE:WHAT:WHEN", help_heading = HEADING)]
    store_faults: Vec<StoreFault>,
    /// Speak the ACME of early 2015 too
    #[arg(long, help_heading = HEADING)]
    acme_v1: bool,
}

/// Options under it are refused together with --directory (see `command`).
pub(super) const HEADING: &str = "Embedded CA";

impl EmbeddedCaArgs {
    /// What these options choose; where the CA listens is the caller's to say.
    ///
    /// # Errors
    /// Exit 2 when two of them contradict each other, 4 when a file that they name is missing.
    pub(super) fn options(&self) -> Result<CaOptions, Fatal> {
        self.distinct_eab_keys()?;
        let default = CaOptions::default();
        Ok(CaOptions {
            cert_lifetime: self.cert_lifetime,
            cert_profiles: self.cert_profiles.clone(),
            order_lifetime: self.order_lifetime,
            authz_lifetime: self.authz_lifetime,
            reuse: ReuseOptions { authzs: self.authz_reuse, orders: self.order_reuse },
            new_authz: !self.no_new_authz,
            eab: EabOptions { required: self.eab_required, keys: self.eab.clone() },
            finalize_delay: self.finalize_delay,
            retry_after: self.retry_after,
            dns_server: self.dns_server,
            fixed_address: default.fixed_address.filter(|_| self.dns_server.is_none()),
            dns_account_01: self.dns_account_01,
            limits: self.limits.clone(),
            faults: self.faults.clone(),
            acme_v1: self.acme_v1,
            store: self.store()?,
            ..default
        })
    }

    fn store(&self) -> Result<StoreOptions, Fatal> {
        let place = self.store_place()?;
        if self.store_sync && matches!(place, StorePlace::Nowhere) {
            let detail = "--store-sync needs a store that is kept: --store-file or --store-mysql";
            return Err(Fatal::usage(detail));
        }
        Ok(StoreOptions { place, sync: self.store_sync, faults: self.store_faults.clone() })
    }

    fn store_place(&self) -> Result<StorePlace, Fatal> {
        match (&self.store_file, &self.store_mysql) {
            (Some(path), _) => Ok(StorePlace::File(path.clone())),
            (None, Some(typed)) => mysql(typed).map(StorePlace::Mysql),
            (None, None) => Ok(StorePlace::Nowhere),
        }
    }

    /// Bindings are told apart by their key's name.
    fn distinct_eab_keys(&self) -> Result<(), Fatal> {
        let mut seen = BTreeSet::new();
        match self.eab.iter().find(|key| !seen.insert(&key.kid)) {
            Some(EabKey { kid, .. }) => {
                Err(Fatal::usage(format!("--eab gives two keys the name `{kid}`; rename one")))
            }
            None => Ok(()),
        }
    }
}

/// The database of `--store-mysql`.
fn mysql(typed: &TypedUri) -> Result<DatabaseUri, Fatal> {
    let uri = typed.parse().map_err(|error| {
        let what = format!("--store-mysql {typed:?} is no address of a database");
        Fatal::usage(format!("{what}: {error}"))
    })?;
    uri.find_roots().map_err(|why| Fatal::setup(format!("--store-mysql: {why}")))?;
    Ok(uri)
}

/// What lasts shorter has ended before a client can use it: ACME's dates are whole seconds.
fn lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = duration::parse(text)?;
    if lifetime < Duration::from_secs(1) {
        return Err("write 1s or longer: ACME's dates are whole seconds".to_owned());
    }
    Ok(lifetime)
}

/// What Boulder's tables have room for.
const LONGEST_PROFILE_NAME: usize = 32;

fn parse_profile(text: &str) -> Result<CertProfile, String> {
    let (name, lifetime) =
        text.split_once(':').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
            format!("`{text}` is no certificate profile; write NAME:LIFETIME, such as day:24h")
        })?;
    if name.len() > LONGEST_PROFILE_NAME {
        let longest = LONGEST_PROFILE_NAME;
        return Err(format!(
            "`{name}` is too long for a profile; tables have {longest} bytes for it"
        ));
    }
    Ok(CertProfile { name: name.to_owned(), lifetime: self::lifetime(lifetime)? })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        embedded_ca: EmbeddedCaArgs,
    }

    #[test]
    fn no_option_is_what_the_ca_does_by_itself() {
        let line = Line::parse_from(["coyote"]);
        let (read, default) = (line.embedded_ca.options(), Ok::<_, Fatal>(CaOptions::default()));
        assert_eq!(format!("{read:?}"), format!("{default:?}"));
    }

    #[test]
    fn a_name_is_that_of_one_key() {
        let options = |words: [&str; 5]| Line::parse_from(words).embedded_ca.options();
        assert!(options(["coyote", "--eab", "a:AAAA", "--eab", "b:AAAA"]).is_ok());
        let told = options(["coyote", "--eab", "a:AAAA", "--eab", "a:AAAB"]).expect_err("twice");
        assert_eq!(told, Fatal::usage("--eab gives two keys the name `a`; rename one"));
    }

    #[test]
    fn nothing_lasts_less_than_a_second() {
        for text in ["0", "500ms", "0.9"] {
            assert!(lifetime(text).expect_err(text).contains("1s or longer"), "{text}");
        }
        assert_eq!(lifetime("1"), Ok(Duration::from_secs(1)));
    }

    #[test]
    fn a_profile_is_a_name_and_a_time() {
        let day = CertProfile { name: "day".to_owned(), lifetime: Duration::from_secs(86_400) };
        assert_eq!(parse_profile("day:24h"), Ok(day));
        let long = format!("{}:1d", "x".repeat(33));
        for text in ["day", ":24h", "day:", "day:0", "day:500ms", "day:soon", &long] {
            assert!(parse_profile(text).is_err(), "{text}");
        }
    }
}
