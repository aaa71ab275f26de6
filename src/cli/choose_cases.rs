//! `--case GLOB`: which cases are run. Chains that are no cases are run in any case.

use wildmatch::WildMatch;

use crate::error::Fatal;
use crate::nearest::nearest;
use crate::plan::run_plan::{Entry, Script};

/// Names told when none is near.
const MAX_TOLD: usize = 10;

/// Leaves the cases that one of `globs` matches, or all without any; a script of which none is left
/// goes.
///
/// # Errors
/// Exit 2 for a glob that matches no case, naming near ones.
pub(super) fn choose(scripts: Vec<Script>, globs: &[String]) -> Result<Vec<Script>, Fatal> {
    if globs.is_empty() {
        return Ok(scripts);
    }
    let names = case_names(&scripts);
    let patterns: Vec<WildMatch> = globs.iter().map(|glob| WildMatch::new(glob)).collect();
    for (glob, pattern) in globs.iter().zip(&patterns) {
        if !names.iter().any(|(full, last)| matches(pattern, full, last)) {
            return Err(no_match(glob, &names));
        }
    }
    let left = scripts.into_iter().filter_map(|mut script| {
        let prefix = &script.options.name;
        if let Entry::Cases(cases) = &mut script.entry {
            cases.retain(|case| {
                let full = format!("{prefix}/{}", case.name);
                patterns.iter().any(|pattern| matches(pattern, &full, &case.name))
            });
            if cases.is_empty() {
                return None;
            }
        }
        Some(script)
    });
    Ok(left.collect())
}

fn matches(pattern: &WildMatch, full: &str, last: &str) -> bool {
    pattern.matches(full) || pattern.matches(last)
}

/// The whole name of each case, and its last part.
fn case_names(scripts: &[Script]) -> Vec<(String, String)> {
    let chains = scripts.iter().flat_map(|script| script.chains(0));
    chains.filter_map(|chain| Some((chain.name, chain.case?.name))).collect()
}

fn no_match(glob: &str, names: &[(String, String)]) -> Fatal {
    if names.is_empty() {
        let told = format!("--case {glob}: the scripts hold no cases; see scripts/bad");
        return Fatal::usage(told);
    }
    let word = glob.trim_matches('*');
    let words = names.iter().flat_map(|(full, last)| [last.as_str(), full.as_str()]);
    let hint = nearest(word, words).map_or_else(
        || format!("there are {}", some_of(names)),
        |near| format!("did you mean `{near}`?"),
    );
    Fatal::usage(format!("--case {glob} matches no case; {hint}"))
}

/// `bad/a/b, bad/a/c and 140 more`
fn some_of(names: &[(String, String)]) -> String {
    let told: Vec<&str> = names.iter().take(MAX_TOLD).map(|(full, _)| full.as_str()).collect();
    let told = told.join(", ");
    match names.len().saturating_sub(MAX_TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}
