//! What the attackers of one shard live on.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rhai::Dynamic;

use crate::attacker::case::ReadyCase;
use crate::attacker::context::ShardContext;
use crate::attacker::fiber::StackPool;
use crate::attacker::mix::Mix;
use crate::attacker::orders::{Orders, Tickets};
use crate::attacker::readiness::Readiness;
use crate::attacker::seat::FreeSeats;
use crate::plan::expectation::Answer;
use crate::plan::options::ScriptOptions;
use crate::record::sample::Place;
use crate::record::totals::Totals;
use crate::script::failure::ChainEnd;
use crate::script::loaded::LoadedScript;

/// A script as attackers run it.
pub struct ChainScript {
    /// The compiled script.
    pub script: LoadedScript,
    /// What its `options()` says.
    pub options: ScriptOptions,
    /// What its `setup()` returned, as a view.
    data: Dynamic,
    columns: Rc<[String]>,
}

impl ChainScript {
    /// A script that is called with `data`.
    pub fn new(script: LoadedScript, options: ScriptOptions, data: Dynamic) -> Self {
        let columns = options.columns.as_slice().into();
        Self { script, options, data, columns }
    }

    /// What it may note about requests.
    pub fn columns(&self) -> &Rc<[String]> {
        &self.columns
    }

    /// What its `setup()` returned.
    pub fn data(&self) -> &Dynamic {
        &self.data
    }

    /// What function `name` is called with: the data of `setup()` if it takes any.
    pub fn arguments(&self, name: &str) -> Vec<Dynamic> {
        match self.script.arity(name) {
            Some(1) => vec![self.data.clone()],
            _ => Vec::new(),
        }
    }
}

/// One thing that attackers run: a script's `chain()`, another function of it, or one of its cases.
pub struct Chain {
    /// Its name in everything measured.
    pub name: String,
    /// The script it is in.
    pub script: Rc<ChainScript>,
    /// What is run of it.
    pub body: ChainBody,
}

/// What a chain runs.
pub enum ChainBody {
    /// A function.
    Function {
        /// Its name.
        name: String,
        /// What it is called with; known in advance, for it is called often.
        arguments: Vec<Dynamic>,
    },
    /// A case.
    Case(ReadyCase),
}

impl Chain {
    /// Calls it; returns how it ended, and of a case the answer if there was one.
    pub fn run(&self) -> (ChainEnd, Option<Answer>) {
        let script = &self.script.script;
        match &self.body {
            ChainBody::Case(case) => case.run(script),
            ChainBody::Function { name, arguments } => (script.call(name, arguments.clone()), None),
        }
    }
}

/// What the attackers of one shard live on.
pub struct Ground {
    /// What host functions reach.
    pub context: Rc<ShardContext>,
    /// The scripts, in the plan's order.
    pub scripts: Vec<Rc<ChainScript>>,
    /// The chains, by the index that measurements use.
    pub chains: Vec<Rc<Chain>>,
    /// How often each of them is picked here.
    pub mix: Mix,
    /// The scenario that these attackers belong to.
    pub scenario: u16,
    /// Which scripts can run now, if that is asked.
    pub readiness: Option<Arc<Readiness>>,
    /// Where chains get their stacks.
    pub stacks: Rc<StackPool>,
    /// Attackers who wait for the clock, in the open model.
    pub free: FreeSeats,
    /// What the scheduler wants now.
    pub orders: Cell<Orders>,
    /// The chains that may still be started.
    pub tickets: Arc<Tickets>,
    /// Chains that a stop ended.
    pub interrupted: Cell<u64>,
    /// What people should know and were not told yet.
    pub notes: RefCell<Vec<String>>,
}

/// What the attackers of one shard measured.
pub struct Measured {
    /// All figures.
    pub totals: Totals,
    /// Chains that a stop ended.
    pub interrupted: u64,
    /// Requests of those chains that had no answer yet, by endpoint.
    pub cut_off: BTreeMap<String, u64>,
}

impl Ground {
    /// Where what chain `chain` does from now on belongs.
    pub fn place(&self, chain: usize) -> Place {
        Place { chain: chain as u16, scenario: self.scenario, stage: self.orders.get().stage }
    }

    /// What was measured; `None` while an attacker still lives on it.
    pub fn end(ground: Rc<Self>) -> Option<Measured> {
        let ground = Rc::into_inner(ground)?;
        let context = Rc::into_inner(ground.context)?;
        Some(Measured {
            totals: context.recorder.into_inner().finish(),
            interrupted: ground.interrupted.get(),
            cut_off: context.cut_off.into_inner(),
        })
    }
}

/// How long to pause after the `failures`th failed chain in a row: doubling, up to two seconds.
pub fn fail_pause(first: Duration, failures: u32) -> Duration {
    const LONGEST: Duration = Duration::from_secs(2);
    let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(LONGEST.max(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_two_seconds() {
        let ms = |failures| fail_pause(Duration::from_millis(100), failures).as_millis();
        assert_eq!([ms(1), ms(2), ms(3), ms(5), ms(6), ms(60)], [100, 200, 400, 1600, 2000, 2000]);
        assert_eq!(fail_pause(Duration::from_secs(5), 3), Duration::from_secs(5));
        assert_eq!(fail_pause(Duration::ZERO, 9), Duration::ZERO);
    }
}
