//! `res.note`: what a script has to say about a request, for `--csv`.

use rhai::Dynamic;

use crate::attacker::context::current;
use crate::error::HostError;
use crate::host::convert::{ScriptResult, throw};
use crate::host::http::response::Response;
use crate::nearest::nearest;

/// Notes `value` in `column` of the row of the request that `res` answers.
pub(super) fn note(res: &Response, column: &str, value: &Dynamic) -> ScriptResult<()> {
    let chain = current()?;
    let value = text_of(column, value).map_err(throw)?;
    if !chain.columns.iter().any(|known| known == column) {
        return Err(throw(undeclared(column, &chain.columns)));
    }
    if chain.note(res.row(), column, &value) {
        return Ok(());
    }
    let told = "the row of this request is written by now; note before the chain's next request";
    Err(throw(HostError::argument(format!("note `{column}`: {told}"))))
}

fn undeclared(column: &str, known: &[String]) -> HostError {
    let hint = match nearest(column, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("declare it: options() {{ #{{ columns: [\"{column}\"] }} }}"),
    };
    HostError::argument(format!("there is no column `{column}`; {hint}"))
}

fn text_of(column: &str, value: &Dynamic) -> Result<String, HostError> {
    if value.is_unit() {
        return Ok(String::new());
    }
    if value.is_string() || value.is_int() || value.is_float() || value.is_bool() {
        return Ok(value.to_string());
    }
    let kind = value.type_name();
    let told = format!("note `{column}`: want a string, number, boolean or (), got {kind}");
    Err(HostError::argument(told))
}
