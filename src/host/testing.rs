//! Running a line of script against host modules, for the tests of this folder.

use rhai::{Engine, EvalAltResult, Module};

use super::convert::ScriptResult;
use crate::error::HostError;

/// A host module's name and the function that makes it.
pub(crate) type Named<'a> = (&'a str, fn() -> Module);

/// The value of `script`, which may call `modules` by their names.
pub(crate) fn eval<T: Clone + 'static>(modules: &[Named<'_>], script: &str) -> ScriptResult<T> {
    let mut engine = Engine::new();
    for (name, module) in modules {
        engine.register_static_module(*name, module().into());
    }
    engine.eval(script)
}

/// The error that `result` was thrown with.
pub(crate) fn host_error<T>(result: ScriptResult<T>) -> HostError {
    let error = *result.err().expect("the script must fail");
    match error {
        EvalAltResult::ErrorRuntime(value, _) => value.try_cast().expect("a host error"),
        other => panic!("not thrown by a host function: {other}"),
    }
}
