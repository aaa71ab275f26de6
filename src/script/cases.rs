//! The cases of a script: what `cases()` returns, and calling their `send`.

use rhai::{Dynamic, FnPtr, Map};

use crate::error::Fatal;
use crate::plan::case::{Case, CaseError, Server, read_all};
use crate::script::failure::ChainEnd;
use crate::script::loaded::LoadedScript;

/// A case with its `send`, which belongs to the engine that made it.
#[derive(Debug, Clone)]
pub struct LoadedCase {
    /// What it says about itself.
    pub case: Case,
    send: FnPtr,
}

/// Why a script has no cases.
#[derive(Debug, thiserror::Error)]
pub enum CasesError {
    /// They could not be asked for.
    #[error(transparent)]
    Failed(#[from] Fatal),
    /// These are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Wrong(Vec<CaseError>),
}

impl LoadedScript {
    /// What `cases()` returns, as `server` is expected to answer it.
    ///
    /// # Errors
    /// When it throws or does not end, or returns what is no array of cases.
    pub fn cases(&self, server: Server) -> Result<Vec<LoadedCase>, CasesError> {
        let value = self.eval_while_loading("cases")?;
        let cases = read_all(&value, server).map_err(CasesError::Wrong)?;
        let (mut loaded, mut wrong) = (Vec::with_capacity(cases.len()), Vec::new());
        for (case, send) in cases {
            match self.callable(case, send) {
                Ok(case) => loaded.push(case),
                Err(error) => wrong.push(error),
            }
        }
        if wrong.is_empty() { Ok(loaded) } else { Err(CasesError::Wrong(wrong)) }
    }

    fn callable(&self, case: Case, send: FnPtr) -> Result<LoadedCase, CaseError> {
        let own = self.arity(send.fn_name()).map(|params| params - send.curry().len().min(params));
        if own == Some(1) {
            return Ok(LoadedCase { case, send });
        }
        let told = match own {
            Some(params) => format!("it has {params} parameters"),
            None => "it is no function of this file".to_owned(),
        };
        let reason = format!("{told}; want a function of one, such as |ctx| bad::post(ctx, ..)");
        Err(CaseError::of_send(case.name, &reason))
    }

    /// Calls the `send` of a case and returns its value, or how it ended without one.
    pub fn send(&self, case: &LoadedCase, context: Map) -> Result<Dynamic, ChainEnd> {
        // By its name, as a function of the file: a closure that is called as such does not see the
        // file's imports. What it captured is copied, so that no run sees what another did with it.
        let captured = case.send.curry().iter().map(|value| value.clone().flatten());
        let arguments: Vec<_> = captured.chain([context.into()]).collect();
        self.eval(case.send.fn_name(), arguments)
    }
}
