//! `authz2`: authorizations.

use std::sync::Arc;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use super::{
    cells::{BadCell, Cells},
    problem::{self, OF_AUTHZ},
    sheets::Sheets,
    table::{Index, Table},
    value::Value,
};
use crate::ca::{
    identifier::Identifier,
    model::{Authz, Challenge, ChallengeState},
    va::VALIDATORS,
};

pub(super) static TABLE: Table = Table {
    name: "authz2",
    id: "bigint(20) unsigned",
    columns: &[
        ("identifierType", "tinyint(4) NOT NULL"),
        ("identifierValue", "varchar(255) NOT NULL"),
        ("registrationID", "bigint(20) NOT NULL"),
        ("status", "tinyint(4) NOT NULL"),
        ("expires", "datetime NOT NULL"),
        ("challenges", "tinyint(4) NOT NULL"),
        ("attempted", "tinyint(4) DEFAULT NULL"),
        ("attemptedAt", "datetime DEFAULT NULL"),
        ("token", "binary(32) NOT NULL"),
        ("validationError", "mediumblob DEFAULT NULL"),
        ("validationRecord", "mediumblob DEFAULT NULL"),
        ("certificateProfileName", "varchar(32) DEFAULT NULL"),
        ("created", "datetime DEFAULT CURRENT_TIMESTAMP"),
    ],
    indexes: &[
        Index {
            name: "regID_expires_idx",
            columns: "registrationID, status, expires",
            unique: false,
        },
        Index {
            name: "regID_identifier_status_expires_idx",
            columns: "registrationID, identifierType, identifierValue, status, expires",
            unique: false,
        },
        Index { name: "expires_idx", columns: "expires", unique: false },
    ],
    contradict: Some(contradict),
};

/// Boulder's numbers for statuses.
const PENDING: i64 = 0;
const VALID: i64 = 1;
const INVALID: i64 = 2;
const DEACTIVATED: i64 = 3;

/// Boulder's numbers for kinds of challenges: places in this list.
const CHALLENGES: [&str; 4] = ["http-01", "dns-01", "tls-alpn-01", "dns-account-01"];

pub(super) fn put(sheets: &mut Sheets<'_>, authz: &Authz) {
    let decided = authz.challenges.iter().find(|challenge| {
        matches!(challenge.state, ChallengeState::Valid(_) | ChallengeState::Invalid(_))
    });
    let (mut status, mut attempted_at, mut error) = (PENDING, Value::Null, Value::Null);
    match decided.map(|challenge| &challenge.state) {
        Some(ChallengeState::Valid(moment)) => {
            (status, attempted_at) = (VALID, Value::Time(*moment));
        }
        Some(ChallengeState::Invalid(why)) => {
            (status, error) = (INVALID, problem::write(why, OF_AUTHZ));
        }
        _ => {}
    }
    // As its client is told, even if a challenge failed that was on its way at that moment.
    if authz.deactivated {
        status = DEACTIVATED;
    }
    let offered = authz.challenges.iter().filter_map(number).fold(0, |bits, bit| bits | 1 << bit);
    let token = authz.challenges.first().map(|challenge| &challenge.token);
    let token = token.and_then(|token| BASE64_URL_SAFE_NO_PAD.decode(token).ok());
    let values = [
        Value::Int(matches!(authz.identifier, Identifier::Ip(_)).into()),
        Value::text(authz.identifier.text().into_owned()),
        Value::id(authz.account),
        Value::Int(status),
        Value::Time(authz.expires),
        Value::Int(offered),
        Value::or_null(decided.and_then(number), Value::Int),
        attempted_at,
        Value::blob(token.unwrap_or_default()),
        error,
        Value::Null,
        Value::Null,
        Value::Time(authz.created),
    ];
    sheets.put(&TABLE, authz.id, values);
}

pub(super) fn read(row: &[Value]) -> Result<Authz, BadCell> {
    let mut cells = Cells(row);
    let (id, kind) = (cells.id()?, if cells.int()? == 0 { "dns" } else { "ip" });
    let identifier = Identifier::parse(kind, cells.text()?)
        .map_err(|problem| format!("authorization {id}: {}", problem.detail))?;
    let (account, status, expires) = (cells.id()?, cells.int()?, cells.time()?);
    let offered = cells.int()?;
    // NULL is no number of a challenge, and neither is this.
    let attempted = cells.int().unwrap_or(-1);
    let attempted_at = cells.optional_time()?;
    let token = BASE64_URL_SAFE_NO_PAD.encode(cells.blob()?);
    let error = problem::read(cells.blob()?, OF_AUTHZ);
    cells.skip(2)?;
    let created = cells.optional_time()?.unwrap_or(expires);
    let state = match (error, attempted_at) {
        (Some(problem), _) => ChallengeState::Invalid(Arc::new(problem)),
        (None, Some(moment)) => ChallengeState::Valid(moment),
        (None, None) => ChallengeState::Pending,
    };
    let challenge = |validator: &&'static dyn crate::ca::va::Validator| {
        let number = number_of(validator.challenge_type())?;
        let state = if number == attempted { state.clone() } else { ChallengeState::Pending };
        let token = token.clone();
        (offered & (1 << number) != 0).then_some(Challenge { validator: *validator, token, state })
    };
    let challenges = VALIDATORS.iter().filter_map(challenge).collect();
    let deactivated = status == DEACTIVATED;
    Ok(Authz { id, account, created, expires, identifier, deactivated, challenges })
}

fn number(challenge: &Challenge) -> Option<i64> {
    number_of(challenge.validator.challenge_type())
}

fn number_of(challenge_type: &str) -> Option<i64> {
    let place = CHALLENGES.iter().position(|known| *known == challenge_type)?;
    i64::try_from(place).ok()
}

fn contradict(values: &mut [Value]) {
    let other = if values[3] == Value::Int(VALID) { INVALID } else { VALID };
    values[3] = Value::Int(other);
}
