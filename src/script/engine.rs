//! A script engine with coyote's modules and limits.

use std::rc::Rc;

use rhai::{Dynamic, Engine, Module, OptimizationLevel, Shared};

use crate::attacker::fiber;
use crate::host;
use crate::plan::options::Limits;
use crate::script::resolve::{Resolver, StdlibSources};

/// How often a script that only computes is looked at, in operations. One operation on large values
/// can take a third of a millisecond; looking at the clock takes 25 ns.
const OPERATIONS_PER_CHECK: u64 = 32;
/// Nesting of expressions that the parser accepts: deeper ones would need too much stack.
const MAX_EXPRESSION_DEPTH: usize = 64;

/// The modules of one thread, made once and shared by its engines: the host's, and what scripts import.
#[derive(Clone)]
pub struct Modules {
    named: Vec<(&'static str, Shared<Module>)>,
    global: Vec<Shared<Module>>,
    imported: Rc<Resolver>,
}

impl Modules {
    /// Makes every registered module.
    pub fn new(stdlib: &StdlibSources) -> Self {
        let make = |(name, module): &(&'static str, host::MakeModule)| (*name, module().into());
        Self {
            named: host::MODULES.iter().map(make).collect(),
            global: host::GLOBALS.iter().map(|(_, module)| module().into()).collect(),
            imported: Rc::new(Resolver::new(stdlib.clone())),
        }
    }

    /// Modules that are called by name.
    pub fn named(&self) -> &[(&'static str, Shared<Module>)] {
        &self.named
    }

    /// Modules whose functions need no name.
    pub fn global(&self) -> &[Shared<Module>] {
        &self.global
    }
}

/// An engine with all host modules and the standard library, and with `limits` always on.
pub fn build(modules: &Modules, limits: &Limits) -> Engine {
    let mut engine = bare(limits);
    for module in &modules.global {
        engine.register_global_module(Shared::clone(module));
    }
    for (name, module) in &modules.named {
        engine.register_static_module(*name, Shared::clone(module));
    }
    modules.imported.serve(&mut engine);
    engine
}

fn bare(limits: &Limits) -> Engine {
    let mut engine = Engine::new();
    engine
        .set_strict_variables(true)
        .set_optimization_level(OptimizationLevel::Simple)
        .set_max_call_levels(limits.call_levels)
        .set_max_expr_depths(MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_DEPTH)
        .set_max_string_size(limits.string_bytes)
        .set_max_array_size(limits.array_len)
        .set_max_map_size(limits.map_len)
        // Else every string that a script makes is kept, and a full cache searched for each.
        .set_max_strings_interned(0)
        .on_print(|text| host::log::write("print", text))
        .on_debug(|text, _, position| host::log::write("debug", &format!("{position}: {text}")))
        .on_progress(|operations| {
            let mut verdict = fiber::check_stack();
            if operations % OPERATIONS_PER_CHECK == 0 && verdict.is_ok() {
                verdict = fiber::check_slice();
            }
            verdict.err().map(Dynamic::from)
        });
    engine
}
