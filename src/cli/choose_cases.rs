//! `--case GLOB`: which cases and chains are run.

use wildmatch::WildMatch;

use crate::error::Fatal;
use crate::nearest::nearest;
use crate::plan::run_plan::{Entry, Script};

/// Names told when none is near.
const MAX_TOLD: usize = 10;

/// Leaves what one of `globs` matches, or everything without any: a case or chain by its whole name or
/// by what follows a `/` in it. A script of which nothing is left goes.
///
/// # Errors
/// Exit 2 for a glob that matches nothing, naming near names.
pub(super) fn choose(scripts: Vec<Script>, globs: &[String]) -> Result<Vec<Script>, Fatal> {
    if globs.is_empty() {
        return Ok(scripts);
    }
    let chains = scripts.iter().flat_map(|script| script.chains(0));
    let names: Vec<String> = chains.map(|chain| chain.name).collect();
    let patterns: Vec<WildMatch> = globs.iter().map(|glob| WildMatch::new(glob)).collect();
    for (glob, pattern) in globs.iter().zip(&patterns) {
        if !names.iter().any(|name| matches(pattern, name)) {
            return Err(no_match(glob, &names));
        }
    }
    let chosen = |name: &str| patterns.iter().any(|pattern| matches(pattern, name));
    let left = scripts.into_iter().filter_map(|mut script| {
        let name = &script.options.name;
        let is_left = match &mut script.entry {
            Entry::Functions(_) => chosen(name),
            Entry::Cases(cases) => {
                cases.retain(|case| chosen(&format!("{name}/{}", case.name)));
                !cases.is_empty()
            }
        };
        is_left.then_some(script)
    });
    Ok(left.collect())
}

fn matches(pattern: &WildMatch, name: &str) -> bool {
    endings(name).any(|ending| pattern.matches(ending))
}

/// `bad/any-post/put`, `any-post/put`, `put`.
fn endings(name: &str) -> impl Iterator<Item = &str> {
    let after_slashes = name.match_indices('/').map(|(at, slash)| &name[at + slash.len()..]);
    std::iter::once(name).chain(after_slashes)
}

fn no_match(glob: &str, names: &[String]) -> Fatal {
    let word = glob.trim_matches('*');
    let words = names.iter().flat_map(|name| endings(name));
    let hint = nearest(word, words).map_or_else(
        || format!("there are {}", some_of(names)),
        |near| format!("did you mean `{near}`?"),
    );
    Fatal::usage(format!("--case {glob} matches nothing; {hint}"))
}

/// `bad/a/b, bad/a/c and 140 more`
fn some_of(names: &[String]) -> String {
    let told = names[..names.len().min(MAX_TOLD)].join(", ");
    match names.len().saturating_sub(MAX_TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}
