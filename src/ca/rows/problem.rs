//! Problem documents as the tables have them: without the URN, and in an order under other names.

use http::StatusCode;
use serde_json::{Value as Json, json};

use super::value::Value;
use crate::ca::problem::{ErrorType, Problem};

/// Members of `authz2.validationError`: type, detail, status.
pub(super) const OF_AUTHZ: [&str; 3] = ["type", "detail", "status"];
/// Members of `orders.error`.
pub(super) const OF_ORDER: [&str; 3] = ["problemType", "detail", "httpStatus"];

pub(super) fn write(problem: &Problem, [kind, detail, status]: [&str; 3]) -> Value {
    let json = json!({
        kind: problem.error_type.name(),
        detail: problem.detail,
        status: problem.status.as_u16(),
    });
    Value::blob(json.to_string().into_bytes())
}

pub(super) fn read(text: &[u8], [kind, detail, status]: [&str; 3]) -> Option<Problem> {
    let json: Json = serde_json::from_slice(text).ok()?;
    let error_type = ErrorType::from_name(json.get(kind)?.as_str()?)?;
    let problem = Problem::new(error_type, json.get(detail)?.as_str()?.to_owned());
    let status = json.get(status).and_then(Json::as_u64).and_then(|code| u16::try_from(code).ok());
    Some(match status.and_then(|code| StatusCode::from_u16(code).ok()) {
        Some(status) => problem.with_status(status),
        None => problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_survive_a_column() {
        let problem = Problem::not_found("it");
        for members in [OF_AUTHZ, OF_ORDER] {
            let Value::Blob(text) = write(&problem, members) else { panic!("a blob") };
            assert_eq!(read(&text, members).as_ref(), Some(&problem));
        }
        assert_eq!(read(b"{}", OF_ORDER), None);
    }
}
