//! What a case's `send` returns, as an answer that can be judged.

use rhai::{Dynamic, Map};

use crate::host::convert::type_word;
use crate::host::http::Response;
use crate::plan::expectation::{ACME_ERROR, Answer};

/// The answer in `value`: a `Response`, or the map of a problem found elsewhere.
///
/// # Errors
/// What it should be.
pub fn read(value: &Dynamic) -> Result<Answer, String> {
    if let Some(response) = value.read_lock::<Response>() {
        return Ok(response.answer());
    }
    if let Some(problem) = value.read_lock::<Map>() {
        return problem_answer(&problem);
    }
    let word = type_word(value);
    Err(format!("its send returned {word}, want a Response or a problem #{{ type, detail }}"))
}

fn problem_answer(problem: &Map) -> Result<Answer, String> {
    let text = |key: &str| {
        let value = problem.get(key)?;
        value.as_immutable_string_ref().ok().map(|text| text.to_string())
    };
    let kind = text("type").ok_or_else(|| {
        "its send returned a map without a `type` that is a string; want a Response or a problem \
         #{ type, detail }"
            .to_owned()
    })?;
    let status = problem.get("status").and_then(|status| status.as_int().ok());
    Ok(Answer {
        status: status.map(|status| u16::try_from(status).unwrap_or_default()),
        kind: Some(kind.strip_prefix(ACME_ERROR).unwrap_or(&kind).to_owned()),
        detail: text("detail").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<String, String> {
        let value = rhai::Engine::new().eval::<Dynamic>(text).expect("the test's value");
        read(&value).map(|answer| answer.to_string())
    }

    #[test]
    fn problems_of_challenges() {
        let full = format!("#{{ type: \"{ACME_ERROR}dns\", status: 400, subproblems: [] }}");
        assert_eq!(of(&full), Ok("400 dns".to_owned()));
        assert_eq!(of("#{ type: \"unauthorized\", detail: \"no\" }"), Ok("unauthorized".into()));
    }

    #[test]
    fn other_values_are_no_answers() {
        for (text, told) in [
            ("()", "returned nothing, want a Response"),
            ("5", "returned integer"),
            ("#{ detail: \"x\" }", "a map without a `type`"),
            ("#{ type: 5 }", "a map without a `type`"),
        ] {
            let message = of(text).expect_err(text);
            assert!(message.contains(told), "{text}: {message}");
        }
    }
}
