//! All of `options()`.

use super::limits::Limits;
use super::scenario::ScenarioOptions;
use super::threshold;
use crate::plan::fields::{Fields, FieldsError, cast, check_name};
use crate::record::threshold::Threshold;
use rhai::{Dynamic, ImmutableString, Map};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

/// How often a script may be picked relative to others.
pub(super) const WEIGHTS: RangeInclusive<f64> = 0.0..=1_000_000.0;

/// The columns that every `--csv` has.
pub const CSV_COLUMNS: &[&str] = &[
    "timestamp_us",
    "attacker",
    "chain",
    "endpoint",
    "method",
    "status",
    "error",
    "took_us",
    "local_port",
    "remote",
    "reused",
    "bytes_out",
    "bytes_in",
];

/// What a script says about itself, read once before a run.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptOptions {
    /// The chain's name in everything measured; what the names of a file's cases begin with.
    /// Default: the file's name with `-` for `_`, after `bad/` if it holds cases.
    pub name: String,
    /// How often the script is picked among several, relative to their weights. 0 keeps it out of
    /// the mix: it then runs only alone or in a scenario that gives it a weight. Default: 1.
    pub weight: f64,
    /// Whether `coyote once` runs it beside other scripts; one that is random by nature would spoil what
    /// it says of them. Default: yes.
    pub once: bool,
    /// Wait between an attacker's chains (`pause_ms`). Default: none.
    pub pause: Duration,
    /// Wait after a failed chain (`fail_pause_ms`); it doubles with each further failure. Default:
    /// 100 ms.
    pub fail_pause: Duration,
    /// Judged like those of `--threshold`.
    pub thresholds: Vec<Threshold>,
    /// Extra columns of `--csv`, filled with `res.note(name, value)`.
    pub columns: Vec<String>,
    /// For `coyote plan`, by name.
    pub scenarios: BTreeMap<String, ScenarioOptions>,
    /// What one chain may use up.
    pub limits: Limits,
}

/// All that is wrong with a script's `options()`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct OptionsErrors(pub Vec<FieldsError>);

impl ScriptOptions {
    const KEYS: &[&str] = &[
        "name",
        "weight",
        "once",
        "pause_ms",
        "fail_pause_ms",
        "thresholds",
        "columns",
        "scenarios",
        "limits",
    ];

    /// The options of a script without `options()`.
    pub fn defaults(name: String) -> Self {
        Self {
            name,
            weight: 1.0,
            once: true,
            pause: Duration::ZERO,
            fail_pause: Duration::from_millis(100),
            thresholds: Vec::new(),
            columns: Vec::new(),
            scenarios: BTreeMap::new(),
            limits: Limits::default(),
        }
    }

    /// The options of a script whose `options()` returned `value`; `()` is what a script without
    /// that function gives. It is called `name` unless it says otherwise.
    ///
    /// # Errors
    /// Every key that is unknown, of the wrong type or out of range; of what is inside each, the first.
    pub fn read(name: &str, value: &Dynamic) -> Result<Self, OptionsErrors> {
        Self::read_to_first_error(name, value).map_err(|first| {
            let map = value.read_lock::<Map>().map(|map| map.clone()).unwrap_or_default();
            let errors = map.into_iter().filter_map(|(key, value)| {
                let alone = Map::from([(key, value)]);
                Self::read_to_first_error(name, &alone.into()).err()
            });
            let errors: Vec<_> = errors.collect();
            OptionsErrors(if errors.is_empty() { vec![first] } else { errors })
        })
    }

    fn read_to_first_error(name: &str, value: &Dynamic) -> Result<Self, FieldsError> {
        let default = Self::defaults(name.to_owned());
        if value.is_unit() {
            return Ok(default);
        }
        let fields = Fields::new("options()", value, Self::KEYS)?;
        let name = fields.text("name")?;
        if let Some(name) = &name {
            check_name(&fields.path("name"), name)?;
        }
        let weight = fields.number("weight", WEIGHTS)?.unwrap_or(default.weight);
        let limits = fields.get("limits");
        let limits = limits.map(|value| Limits::read(&fields.path("limits"), value)).transpose()?;
        Ok(Self {
            name: name.unwrap_or(default.name),
            weight,
            once: fields.bool("once")?.unwrap_or(default.once),
            pause: fields.millis("pause_ms")?.unwrap_or(default.pause),
            fail_pause: fields.millis("fail_pause_ms")?.unwrap_or(default.fail_pause),
            thresholds: threshold::read_all(&fields)?,
            columns: columns(&fields)?,
            scenarios: ScenarioOptions::read_all(&fields, weight)?,
            limits: limits.unwrap_or(default.limits),
        })
    }
}

/// `scripts/new_authz.rhai` is `new-authz`. Characters that a name may not have become `-` too.
pub fn default_name(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    let name: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
        .take(100)
        .collect();
    if name.is_empty() { "script".to_owned() } else { name }
}

fn columns(fields: &Fields) -> Result<Vec<String>, FieldsError> {
    let mut taken: BTreeSet<String> = CSV_COLUMNS.iter().map(|&name| name.to_owned()).collect();
    let mut column = |(path, value): &(String, Dynamic)| {
        let name = cast::<ImmutableString>(path, value, "string")?.into_owned();
        check_name(path, &name)?;
        if taken.insert(name.clone()) {
            Ok(name)
        } else {
            Err(FieldsError::new(path, format!("there is already a column `{name}`")))
        }
    };
    fields.array("columns")?.iter().map(&mut column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;

    fn read(text: &str) -> Result<ScriptOptions, String> {
        let value = rhai::Engine::new().eval::<Dynamic>(text).expect("the test's map");
        let name = default_name(Path::new("scripts/new_authz.rhai"));
        let options = ScriptOptions::read(&name, &value);
        options.map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_given() {
        let options = read("()").expect("no options are fine");
        assert_eq!(options, read("#{}").expect("so are none"));
        assert_eq!(options.name, "new-authz");
        assert_eq!(options.weight.to_bits(), 1.0_f64.to_bits());
        assert_eq!(
            (options.pause, options.fail_pause),
            (Duration::ZERO, Duration::from_millis(100))
        );
        assert_eq!(options.limits, Limits::default());
    }

    #[test]
    fn names_of_odd_files() {
        let name = |path| default_name(Path::new(path));
        assert_eq!(name("a b/c d_é.rhai"), "c-d--");
        assert_eq!(name(""), "script");
    }

    #[test]
    fn everything_given() {
        let options = read(
            r#"#{
                name: "mixed", weight: 2, pause_ms: 1.5, fail_pause_ms: 0,
                thresholds: ["chains: count>1", #{ expr: "checks: rate>0.9", abort: true, grace: "10s" }],
                columns: ["backend"],
                limits: #{ cpu_ms: 20 },
                scenarios: #{
                    peak: #{ profile: "rate 100/1m", start_after: 30, duration: "5m", weight: 3,
                             exec: "other", env: #{ A: 1, B: "b" }, tags: #{ kind: "peak" },
                             thresholds: ["chain_failed: rate<0.1"] },
                    base: #{ profile: "hammer 10" },
                },
            }"#,
        )
        .expect("all of it is right");
        assert_eq!((options.name.as_str(), options.weight.to_bits()), ("mixed", 2.0_f64.to_bits()));
        assert_eq!(
            (options.pause, options.fail_pause),
            (Duration::from_micros(1500), Duration::ZERO)
        );
        let thresholds = options.thresholds.iter();
        let thresholds: Vec<_> = thresholds.map(|one| (one.text(), one.abort())).collect();
        let aborting = ("checks: rate>0.9 abort 10s", Some(Duration::from_secs(10)));
        assert_eq!(thresholds, [("chains: count>1", None), aborting]);
        assert_eq!(options.columns, ["backend"]);
        assert_eq!(options.limits.cpu, Duration::from_millis(20));
        let peak = &options.scenarios["peak"];
        assert_eq!((peak.exec.as_deref(), peak.function()), (Some("other"), "other"));
        assert_eq!(Ok(&peak.profile), profile::parse("rate 100/1m").as_ref());
        assert_eq!(
            (peak.start_after.as_secs(), peak.duration),
            (30, Some(Duration::from_secs(300)))
        );
        assert_eq!((peak.env["A"].as_str(), peak.env["B"].as_str()), ("1", "b"));
        assert_eq!(peak.tags["kind"], "peak");
        assert_eq!(peak.thresholds[0].text(), "chain_failed{scenario:peak}: rate<0.1");
        let base = &options.scenarios["base"];
        assert_eq!((base.function(), base.weight.to_bits()), ("chain", 2.0_f64.to_bits()));
    }

    #[test]
    fn every_mistake_is_named() {
        let told = read("#{ weight: -1, wieght: 1, pause_ms: \"x\", name: \"fine\" }");
        assert_eq!(
            told,
            Err("options().pause_ms: want number, got string; options().weight: want 0 to 1000000, \
                 got -1; options(): unknown key `wieght`; did you mean `weight`?"
                .to_owned())
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (text, message) in [
            ("7", "options(): want map, got integer"),
            ("#{ wieght: 1 }", "options(): unknown key `wieght`; did you mean `weight`?"),
            ("#{ weight: \"1\" }", "options().weight: want number, got string"),
            ("#{ weight: -1 }", "options().weight: want 0 to 1000000, got -1"),
            ("#{ pause_ms: || 1 }", "options().pause_ms: want number, got function"),
            ("#{ fail_pause_ms: -0.5 }", "options().fail_pause_ms: want 0 to 86400000, got -0.5"),
            ("#{ name: 1 }", "options().name: want string, got integer"),
            (
                "#{ name: \"a b\" }",
                "options().name: want 1 to 100 letters, digits, `-`, `_`, `.`; \
                got \"a b\"",
            ),
            ("#{ thresholds: \"x\" }", "options().thresholds: want array, got string"),
            ("#{ thresholds: [1] }", "options().thresholds[0]: want string or map, got integer"),
            (
                "#{ thresholds: [\"checks: rate>0\", #{ exp: 1 }] }",
                "options().thresholds[1]: unknown key `exp`; did you mean `expr`?",
            ),
            ("#{ thresholds: [#{ abort: true }] }", "options().thresholds[0]: `expr` is missing"),
            (
                "#{ thresholds: [#{ expr: \"x\", abort: 1 }] }",
                "options().thresholds[0].abort: want bool, got integer",
            ),
            (
                "#{ thresholds: [#{ expr: \"x\", grace: 1 }] }",
                "options().thresholds[0].grace: it needs `abort: true`",
            ),
            (
                "#{ thresholds: [\"x\"] }",
                "options().thresholds[0]: want `:` here, as in `http_req_duration: p(95)<800`\n    \
                 x\n     ^",
            ),
            (
                "#{ thresholds: [#{ expr: \"x: avg=1\" }] }",
                "options().thresholds[0].expr: write == for equal\n    x: avg=1\n          ^",
            ),
            (
                "#{ thresholds: [#{ expr: \"x: avg<1 abort\", abort: true }] }",
                "options().thresholds[0].abort: `expr` says `abort` already",
            ),
            ("#{ columns: [1] }", "options().columns[0]: want string, got integer"),
            ("#{ columns: [\"a\", \"a\"] }", "options().columns[1]: there is already a column `a`"),
            (
                "#{ columns: [\"status\"] }",
                "options().columns[0]: there is already a column `status`",
            ),
            ("#{ limits: #{ cpu_ms: -1 } }", "options().limits.cpu_ms: want 1 to 3600000, got -1"),
            (
                "#{ scenarios: #{ a: #{} } }",
                "options().scenarios.a: `profile` is missing; write for \
                example \"rate 100/1m\"",
            ),
            (
                "#{ scenarios: #{ a: #{ profil: 1 } } }",
                "options().scenarios.a: unknown key `profil`; did you mean `profile`?",
            ),
            (
                "#{ scenarios: #{ a: #{ profile: \"hamer 1\" } } }",
                "options().scenarios.a.profile: there is no profile `hamer`; did you mean `hammer`?",
            ),
            (
                "#{ scenarios: #{ a: #{ profile: \"hammer 1\", max_attackers: 3 } } }",
                "options().scenarios.a.max_attackers: it is for rate and ramp; other profiles say how \
                 many attackers there are",
            ),
            (
                "#{ scenarios: #{ a: #{ profile: \"hammer 1\", duration: 0 } } }",
                "options().scenarios.a.duration: a scenario must last longer than 0",
            ),
            (
                "#{ scenarios: #{ a: #{ profile: \"hammer 1\", start_after: true } } }",
                "options().scenarios.a.start_after: want number or string, got bool",
            ),
            (
                "#{ scenarios: #{ a: #{ profile: \"hammer 1\", env: #{ K: [] } } } }",
                "options().scenarios.a.env.K: want string, number or bool, got array",
            ),
        ] {
            assert_eq!(read(text).expect_err(text), message);
        }
    }

    #[test]
    fn times_say_what_to_write() {
        let text = "#{ scenarios: #{ a: #{ profile: \"hammer 1\", duration: \"soon\" } } }";
        let message = read(text).expect_err("it is no time");
        assert!(message.starts_with("options().scenarios.a.duration: `soon` is no"), "{message}");
    }
}
