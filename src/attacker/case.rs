//! Running a case: its `send`, and whether what came back is what is expected.

use rhai::{Array, Dynamic, Map};

use crate::attacker::context;
use crate::error::ErrorKind;
use crate::host::answer;
use crate::plan::case::Server;
use crate::plan::expectation::{Answer, Expectation, any_of};
use crate::script::cases::LoadedCase;
use crate::script::failure::{Blame, ChainEnd, Failure};
use crate::script::loaded::LoadedScript;

/// What a case throws, as `kind`, when the CA cannot be asked.
const NOT_OFFERED: &str = "not_offered";
/// What a request throws whose answer is not the expected one.
const UNEXPECTED: &str = ErrorKind::UnexpectedStatus.as_str();

/// A case with what it is called with.
pub struct ReadyCase {
    loaded: LoadedCase,
    context: Map,
}

impl ReadyCase {
    /// `data` is what the script's `setup()` returned.
    pub fn new(loaded: LoadedCase, server: Server, data: &Dynamic) -> Self {
        let case = &loaded.case;
        let expected = case.expected.iter().map(|one| Dynamic::from(one.to_string()));
        let context = [
            ("expect", expected.collect::<Array>().into()),
            ("server", server.as_str().into()),
            ("name", case.name.clone().into()),
            ("row", case.row.map_or(Dynamic::UNIT, Dynamic::from)),
            ("data", data.clone()),
        ];
        let context = context.into_iter().map(|(key, value)| (key.into(), value)).collect();
        Self { loaded, context }
    }

    /// Runs it in `script`, its own; returns how it ended, and the answer if there was one.
    pub fn run(&self, script: &LoadedScript) -> (ChainEnd, Option<Answer>) {
        let value = match script.send(&self.loaded, self.context.clone()) {
            Ok(value) => value,
            Err(ChainEnd::Failed(failure)) if failure.kind.as_deref() == Some(NOT_OFFERED) => {
                return (ChainEnd::NotOffered(failure), None);
            }
            // `exit` in a script that has nothing to show.
            Err(ChainEnd::Succeeded) => {
                return (ChainEnd::Failed(Failure::of_asking("it ended without an answer")), None);
            }
            Err(ChainEnd::Failed(failure)) => {
                let is_judged =
                    failure.blame == Blame::Asked && failure.kind.as_deref() == Some(UNEXPECTED);
                let answer = unexpected().filter(|_| is_judged);
                return (ChainEnd::Failed(failure), answer);
            }
            Err(end) => return (end, None),
        };
        match answer::read(&value) {
            Ok(answer) => (self.judge(&answer), Some(answer)),
            Err(told) => (ChainEnd::Failed(Failure::of_asking(told)), None),
        }
    }

    fn judge(&self, answer: &Answer) -> ChainEnd {
        let expected = &self.loaded.case.expected;
        if expected.iter().any(|one| one.admits(answer)) {
            return ChainEnd::Succeeded;
        }
        let mut told = format!("expected {}, got {answer}", any_of(expected));
        if answer.kind.is_none() && answer.status.is_some_and(|status| status >= 400) {
            told += " without a problem document";
        }
        if !answer.detail.is_empty() {
            told = format!("{told}: {}", answer.detail);
        }
        // Where it is asked for, another answer of that type was examined.
        let is_named = |kind: &str| {
            expected
                .iter()
                .any(|one| matches!(one, Expectation::Problem { kind: it, .. } if it == kind))
        };
        if let Some(what) = answer.unexamined()
            && !answer.kind.as_deref().is_some_and(is_named)
        {
            told = format!("{told}; {what} kept the request from being examined");
        }
        ChainEnd::Failed(Failure::new(told))
    }
}

/// The answer that made the running chain throw, if one did.
fn unexpected() -> Option<Answer> {
    context::current().ok()?.unexpected.take()
}
