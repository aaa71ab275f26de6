//! One request as handlers see it, and the URLs they answer with.

use std::{fmt::Display, sync::Arc};

use hyper::Method;

use super::route::Captures;
use crate::ca::{
    authority::Authority,
    issuer::Serial,
    model::{Account, Authz, Order},
    problem::{ErrorType, Problem},
};

pub(super) struct Call<'a> {
    pub(super) ca: &'a Arc<Authority>,
    /// Scheme, host and port as the client sees them: `http://127.0.0.1:14000`.
    pub(super) base: &'a str,
    /// Path and query.
    pub(super) target: &'a str,
    pub(super) method: &'a Method,
    pub(super) endpoint: &'static str,
    pub(super) captures: Captures<'a>,
}

impl Call<'_> {
    pub(super) fn url(&self, path: impl Display) -> String {
        format!("{}{path}", self.base)
    }

    pub(super) fn account_url(&self, id: u64) -> String {
        self.url(format_args!("/acme/account/{id}"))
    }

    pub(super) fn order_url(&self, id: u64) -> String {
        self.url(format_args!("/acme/order/{id}"))
    }

    pub(super) fn authz_url(&self, id: u64) -> String {
        self.url(format_args!("/acme/authz/{id}"))
    }

    pub(super) fn certificate_url(&self, serial: &Serial) -> String {
        self.url(format_args!("/acme/certificate/{serial}"))
    }

    /// The account whose URL is `kid`.
    pub(super) fn account_of(&self, kid: &str) -> Result<Arc<Account>, Problem> {
        let id = kid
            .strip_prefix(self.base)
            .and_then(|path| path.strip_prefix("/acme/account/"))
            .ok_or_else(|| {
            Problem::malformed(format!("`kid` {kid:?} is no account URL of here"))
        })?;
        parse_id(id).and_then(|id| self.ca.store.account(id)).ok_or_else(|| {
            Problem::new(
                ErrorType::AccountDoesNotExist,
                format!("the account {kid} does not exist"),
            )
        })
    }

    /// The order that the path names, if it is `account`'s.
    pub(super) fn own_order(&self, account: &Account) -> Result<Arc<Order>, Problem> {
        let order = parse_id(self.captures[0])
            .and_then(|id| self.ca.store.order(id))
            .ok_or_else(|| Problem::not_found("this order"))?;
        require_owner(account, order.account)?;
        Ok(order)
    }

    /// The authorization that the path names, if it is `account`'s.
    pub(super) fn own_authz(&self, account: &Account) -> Result<Arc<Authz>, Problem> {
        let authz = parse_id(self.captures[0])
            .and_then(|id| self.ca.store.authz(id))
            .ok_or_else(|| Problem::not_found("this authorization"))?;
        require_owner(account, authz.account)?;
        Ok(authz)
    }

    /// Refuses unless the path names `account` itself.
    pub(super) fn require_own_path(&self, account: &Account) -> Result<(), Problem> {
        match parse_id(self.captures[0]) {
            Some(id) => require_owner(account, id),
            None => Err(Problem::not_found("this account")),
        }
    }
}

/// Refuses unless `account` is the one with id `owner`.
pub(super) fn require_owner(account: &Account, owner: u64) -> Result<(), Problem> {
    if account.id == owner {
        return Ok(());
    }
    Err(Problem::unauthorized("this belongs to another account"))
}

/// An id exactly as the CA writes it: `+1` and `01` are not `1`.
pub(super) fn parse_id(text: &str) -> Option<u64> {
    let id: u64 = text.parse().ok()?;
    (id.to_string() == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_spelling() {
        assert_eq!(parse_id("12"), Some(12));
        for text in ["", "+1", "01", "-1", "x", "1 ", "99999999999999999999"] {
            assert_eq!(parse_id(text), None, "{text}");
        }
    }
}
