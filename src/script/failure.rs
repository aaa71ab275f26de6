//! Why a script failed, for people: what happened and where in which file.

use std::borrow::Cow;

use rhai::{Dynamic, EvalAltResult, Map, Position};

use crate::attacker::fiber::Ended;
use crate::error::{ErrorKind, HostError};

/// How a chain ended if it did not simply return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainEnd {
    /// It returned.
    Succeeded,
    /// It threw, was ended by a limit, or panicked.
    Failed(Failure),
    /// The run was stopped before it ended.
    Stopped,
    /// A case found that this CA does not offer what it needs.
    NotOffered(Failure),
}

/// What a failure says something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The one that was asked: it answered wrongly, or not at all, or the script says that it did.
    Asked,
    /// The asking: the script is wrong, or what it needed first could not be had.
    Asking,
}

/// What happened, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The error's `kind`, if it had one.
    pub kind: Option<String>,
    /// What happened.
    pub message: String,
    /// `new_authz.rhai:9:5`, the innermost place in the script itself; empty when unknown.
    pub place: String,
    /// Of a case: whether it tells how the CA answers what is wrong.
    pub blame: Blame,
}

impl Failure {
    /// A failure of what was asked, without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self { kind: None, message: message.into(), place: String::new(), blame: Blame::Asked }
    }

    /// A failure of the asking, without a place.
    pub fn of_asking(message: impl Into<String>) -> Self {
        Self { blame: Blame::Asking, ..Self::new(message) }
    }

    /// `message (new_authz.rhai:9:5)`.
    pub fn describe(&self) -> String {
        match self.place.as_str() {
            "" => self.message.clone(),
            place => format!("{} ({place})", self.message),
        }
    }

    /// Whether the two probably have one cause: they say the same, or nobody could be reached, which
    /// messages tell in words of their own for each statement.
    pub fn has_cause_of(&self, other: &Self) -> bool {
        const UNREACHED: [ErrorKind; 3] =
            [ErrorKind::Connect, ErrorKind::Closed, ErrorKind::Timeout];
        let unreached = |failure: &Self| {
            let kind = failure.kind.as_deref();
            UNREACHED.iter().any(|known| kind == Some(known.as_str()))
        };
        self.message == other.message || (unreached(self) && unreached(other))
    }
}

/// Reads an error of the engine. `script` is the name of the file whose function was called.
pub fn read(error: &EvalAltResult, script: &str) -> ChainEnd {
    match read_whole(error, script) {
        ChainEnd::Failed(failure) => {
            let message = shortened(failure.message);
            ChainEnd::Failed(Failure { message, ..failure })
        }
        end => end,
    }
}

fn read_whole(error: &EvalAltResult, script: &str) -> ChainEnd {
    let mut place = Place::default();
    let mut current = error;
    loop {
        let (inner, position) = match current {
            EvalAltResult::ErrorInFunctionCall(_, source, inner, position) => {
                source.clone_into(&mut place.source);
                (inner, *position)
            }
            EvalAltResult::ErrorInModule(module, inner, position) => {
                place.source.clone_from(module);
                (inner, *position)
            }
            _ => break,
        };
        if place.outer.is_none() && !position.is_none() {
            place.outer = Some(position);
        }
        place.prepares |= is_client(&place.source);
        current = inner;
    }
    match current {
        EvalAltResult::ErrorTerminated(token, _) => {
            ended(token.clone().try_cast(), place.text(script, current))
        }
        EvalAltResult::Exit(..) => ChainEnd::Succeeded,
        EvalAltResult::ErrorRuntime(value, _) => {
            let failure = thrown(value, place.text(script, current));
            let blame = if place.prepares { Blame::Asking } else { failure.blame };
            ChainEnd::Failed(Failure { blame, ..failure })
        }
        other => {
            let place = place.text(script, other);
            ChainEnd::Failed(Failure { place, ..Failure::of_asking(told(other)) })
        }
    }
}

/// Whether this module is a client, which does what is right: a case uses it to prepare what it breaks.
fn is_client(source: &str) -> bool {
    matches!(source, "stdlib/acme.rhai" | "stdlib/acme_v1.rhai")
}

/// What the engine itself says, without the place, and with what to do about limits.
fn told(error: &EvalAltResult) -> String {
    let mut bare = error.to_string();
    if let Some(at) = bare.rfind(" (line ") {
        bare.truncate(at);
    }
    match error {
        EvalAltResult::ErrorStackOverflow(_) => {
            "functions call each other too deeply (limits: #{ call_levels })".to_owned()
        }
        EvalAltResult::ErrorDataTooLarge(..) => {
            format!("{bare} (limits: #{{ string_bytes, array_len, map_len }})")
        }
        _ => bare,
    }
}

/// Where an error happened, read from the outside in.
#[derive(Default)]
struct Place {
    /// Where the script itself called what failed.
    outer: Option<Position>,
    source: String,
    /// Whether it failed in something that a client does.
    prepares: bool,
}

impl Place {
    fn text(&self, script: &str, innermost: &EvalAltResult) -> String {
        let file = |source: &str| source.rsplit('/').next().unwrap_or(source).to_owned();
        let inner = innermost.position();
        let foreign = !self.source.is_empty() && file(&self.source) != file(script);
        match (self.outer, inner.is_none(), foreign) {
            (Some(outer), _, true) => {
                format!("{}{}, in {}{}", file(script), at(outer), file(&self.source), at(inner))
            }
            (_, false, false) => format!("{}{}", file(script), at(inner)),
            (Some(outer), true, false) => {
                format!("{}{}", file(script), at(outer))
            }
            _ => file(script),
        }
    }
}

fn at(position: Position) -> String {
    match (position.line(), position.position()) {
        (Some(line), Some(column)) => format!(":{line}:{column}"),
        (Some(line), None) => format!(":{line}"),
        _ => String::new(),
    }
}

/// What an end from outside means, for a script that returned all the same.
pub fn of_end(reason: Ended, script: &str) -> ChainEnd {
    let file = script.rsplit('/').next().unwrap_or(script);
    ended(Some(reason), file.to_owned())
}

fn ended(reason: Option<Ended>, place: String) -> ChainEnd {
    let message = match reason {
        Some(Ended::Stopped) => return ChainEnd::Stopped,
        Some(Ended::StackFull) => "the script recursed too deeply: its stack is full",
        Some(Ended::CpuBudget) => {
            "the script computed longer than its limit (limits: #{ cpu_ms }) without ending"
        }
        Some(Ended::NotInChain) => {
            "this function needs a running chain: call it from chain(), from the `send` of a case, \
             from setup() or teardown()"
        }
        None => "the script was ended",
    };
    ChainEnd::Failed(Failure { place, ..Failure::of_asking(message) })
}

/// What a script threw: a host error, a map with `message`, or any other value as text.
fn thrown(value: &Dynamic, place: String) -> Failure {
    if let Some(host) = value.read_lock::<HostError>() {
        let kind = host.kind.as_str();
        return Failure {
            kind: Some(kind.to_owned()),
            blame: blame(kind),
            place,
            ..Failure::new(&host.message)
        };
    }
    if let Some(map) = value.read_lock::<Map>()
        && let Some(message) = map.get("message")
    {
        let kind = map.get("kind").map(ToString::to_string);
        let blame = kind.as_deref().map_or(Blame::Asked, blame);
        return Failure { kind, place, blame, ..Failure::new(message.to_string()) };
    }
    // `throw ()` and `throw ""` say nothing by themselves.
    let message = match value.to_string() {
        text if text.trim().is_empty() => "it threw nothing that says why".to_owned(),
        text => text,
    };
    Failure { place, ..Failure::new(message) }
}

/// What an error of this `kind` is about: of coyote's own, those that arise before something is sent are
/// about the asking. A script that makes up a kind says so of whom it asked.
fn blame(kind: &str) -> Blame {
    const OF_ASKING: [ErrorKind; 11] = [
        ErrorKind::Argument,
        ErrorKind::Json,
        ErrorKind::Key,
        ErrorKind::Certificate,
        ErrorKind::File,
        ErrorKind::NoDirectory,
        ErrorKind::NoDatabase,
        ErrorKind::Database,
        ErrorKind::Refused,
        ErrorKind::Challenge,
        ErrorKind::Internal,
    ];
    let is_of_asking = OF_ASKING.iter().any(|one| one.as_str() == kind);
    if is_of_asking { Blame::Asking } else { Blame::Asked }
}

/// A word longer than this is a value that went wrong, of which the beginning is enough.
const LONGEST_WORD: usize = 200;
/// What is shown of such a word.
const SHOWN: usize = 80;

/// `message` with words cut that are too long to be read.
fn shortened(message: String) -> String {
    // Most messages are shorter than the longest word.
    if message.len() <= LONGEST_WORD {
        return message;
    }
    message.split_inclusive(char::is_whitespace).map(shortened_word).collect()
}

fn shortened_word(word: &str) -> Cow<'_, str> {
    let bare = word.trim_end();
    let length = bare.chars().count();
    match bare.char_indices().nth(SHOWN) {
        Some((end, _)) if length > LONGEST_WORD => {
            let blank = &word[bare.len()..];
            Cow::Owned(format!("{}... ({length} characters){blank}", &bare[..end]))
        }
        _ => Cow::Borrowed(word),
    }
}

/// What a panic in a host function leaves. `told` is what the panic hook kept.
pub fn panicked(payload: &(dyn std::any::Any + Send), told: Option<String>) -> Failure {
    let text = told
        .or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string))
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    Failure {
        kind: Some(ErrorKind::Internal.as_str().to_owned()),
        ..Failure::of_asking(format!(
            "a function of coyote panicked, which is a defect of coyote: {text}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_too_long_to_be_read_are_cut() {
        let long = "ä".repeat(100_000);
        let told = shortened(format!("the name {long} is no name"));
        assert_eq!(told, format!("the name {}... (100000 characters) is no name", "ä".repeat(80)));
        let plain = "a message of many short words, ".repeat(20);
        assert_eq!(shortened(plain.clone()), plain);
    }

    #[test]
    fn a_throw_of_nothing_is_told() {
        for value in [Dynamic::UNIT, "".into()] {
            let error = EvalAltResult::ErrorRuntime(value, Position::new(3, 5));
            let ChainEnd::Failed(failure) = read(&error, "a.rhai") else { panic!("it failed") };
            assert_eq!(failure.describe(), "it threw nothing that says why (a.rhai:3:5)");
        }
    }

    fn blamed(value: impl Into<Dynamic>, module: &str) -> Blame {
        let thrown = EvalAltResult::ErrorRuntime(value.into(), Position::new(3, 5));
        let call = EvalAltResult::ErrorInFunctionCall(
            "f".into(),
            module.into(),
            thrown.into(),
            Position::new(7, 1),
        );
        match read(&call, "a.rhai") {
            ChainEnd::Failed(failure) => failure.blame,
            end => panic!("it failed, but ended as {end:?}"),
        }
    }

    #[test]
    fn what_prepares_is_told_from_what_asks() {
        let host = |kind| Dynamic::from(HostError::new(kind, "x"));
        assert_eq!(blamed(host(ErrorKind::Timeout), "stdlib/bad.rhai"), Blame::Asked);
        assert_eq!(blamed(host(ErrorKind::Timeout), "stdlib/acme.rhai"), Blame::Asking);
        assert_eq!(blamed(host(ErrorKind::Argument), "a.rhai"), Blame::Asking);
        assert_eq!(blamed("it should not have", "a.rhai"), Blame::Asked);
        let error = EvalAltResult::ErrorFunctionNotFound("f".into(), Position::NONE);
        let ChainEnd::Failed(failure) = read(&error, "a.rhai") else { panic!("it failed") };
        assert_eq!(failure.blame, Blame::Asking);
    }
}
