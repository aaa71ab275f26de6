//! What people are told of scripts that cannot run: what belongs together in one message, and when it
//! is over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::attacker::readiness::{NONE_READY_HINT, Readiness, Standing, by_cause};
use crate::script::failure::Failure;
use crate::sink::human::{self, counted, listed, printable};

/// Scripts are asked at moments of their own: of those that fail for one cause the last does so about a
/// second after the first. Until then nothing is told of them.
const SETTLE: Duration = Duration::from_millis(1_500);
/// What goes on is not told again before this time.
const AGAIN: Duration = Duration::from_secs(10);
/// A question that takes this long is told.
const SLOW: Duration = Duration::from_secs(5);
/// Names in a message; the summary has all of them.
const MOST_NAMES: usize = 5;

/// Watches the scripts of a run.
pub(super) struct Waiting {
    readiness: Arc<Readiness>,
    names: Vec<String>,
    told: Vec<Told>,
    none_ready: NoneReady,
}

/// What was told of one script.
#[derive(Debug, Clone, Default)]
struct Told {
    /// That it fails, and not yet that it no longer does.
    fails: bool,
    fails_at: Option<Instant>,
    slow: bool,
}

/// What was told of all together.
#[derive(Debug, Default)]
struct NoneReady {
    since: Option<Instant>,
    told: bool,
    told_at: Option<Instant>,
}

impl Waiting {
    /// Nothing was told yet; `names` has that of each script.
    pub(super) fn new(readiness: Arc<Readiness>, names: Vec<String>) -> Self {
        let told = vec![Told::default(); names.len()];
        Self { readiness, names, told, none_ready: NoneReady::default() }
    }

    /// What is to be told now. Call it about once a second. `none_left` says that attackers find nothing
    /// to run.
    pub(super) fn look(&mut self, none_left: bool, now: Instant) -> Vec<String> {
        let standings: Vec<Standing> =
            (0..self.names.len()).map(|script| self.readiness.standing(script)).collect();
        let mut notes = self.failing(&standings, now);
        notes.extend(self.recovered(&standings, now));
        notes.extend(self.slow(&standings, now));
        let known = standings.iter().all(|one| one.answered || is_slow(one, now));
        notes.extend(self.none(none_left && known, &standings, now));
        notes
    }

    /// How long no script has been ready, as of the last look.
    pub(super) fn none_ready_for(&self, now: Instant) -> Option<Duration> {
        self.none_ready.since.map(|since| now.saturating_duration_since(since))
    }

    /// Tells of all that fail as soon as one of them has failed for long enough.
    fn failing(&mut self, standings: &[Standing], now: Instant) -> Vec<String> {
        let fails = standings.iter().enumerate().filter_map(|(script, standing)| {
            let told = &self.told[script];
            let is_news = !told.fails && told.fails_at.is_none_or(|at| now - at >= AGAIN);
            standing.fails().filter(|_| is_news).map(|failing| (script, failing))
        });
        let fails: Vec<_> = fails.collect();
        if !fails.iter().any(|(_, failing)| now.saturating_duration_since(failing.since) >= SETTLE)
        {
            return Vec::new();
        }
        for (script, _) in &fails {
            self.told[*script] =
                Told { fails: true, fails_at: Some(now), ..self.told[*script].clone() };
        }
        let failures = fails.into_iter().map(|(script, failing)| (script, failing.failure.clone()));
        let told = |(scripts, failure): (Vec<usize>, Failure)| match scripts[..] {
            [script] => {
                let (name, why) = (&self.names[script], failure.describe());
                format!("{name} is not ready: its ready() failed: {}", printable(&why))
            }
            _ => format!(
                "{} wait ({}): their ready() failed: {}",
                counted(scripts.len() as u64, "script"),
                self.list(&scripts),
                printable(&failure.message)
            ),
        };
        by_cause(failures).into_iter().map(told).collect()
    }

    /// Tells that those which failed answer again, once all do or those that do not had their time.
    fn recovered(&mut self, standings: &[Standing], now: Instant) -> Option<String> {
        let told: Vec<usize> = (0..standings.len()).filter(|at| self.told[*at].fails).collect();
        let recovered = told.iter().filter_map(|script| {
            let failing = standings[*script].failing.as_ref()?;
            Some((*script, failing.until?, failing.until? - failing.since))
        });
        let recovered: Vec<_> = recovered.collect();
        let first = recovered.iter().map(|(_, until, _)| *until).min()?;
        if recovered.len() < told.len() && now.saturating_duration_since(first) < SETTLE {
            return None;
        }
        let scripts: Vec<usize> = recovered.iter().map(|(script, ..)| *script).collect();
        for script in &scripts {
            self.told[*script].fails = false;
        }
        let took = recovered.iter().map(|(.., took)| *took).max()?;
        let took = human::millis(took.as_secs_f64() * 1e3);
        let names = self.list(&scripts);
        Some(match scripts.len() {
            1 => format!("the ready() of {names} answers again, after {took}"),
            count => {
                format!("the ready() of {count} scripts answers again, after {took} ({names})")
            }
        })
    }

    /// Tells of each script once that it does not answer.
    fn slow(&mut self, standings: &[Standing], now: Instant) -> Vec<String> {
        let mut notes = Vec::new();
        for (script, standing) in standings.iter().enumerate() {
            if is_slow(standing, now) && !self.told[script].slow {
                self.told[script].slow = true;
                let last =
                    if self.readiness.is_ready(script) { "; until it does, it runs" } else { "" };
                let name = &self.names[script];
                notes.push(format!(
                    "{name}: its ready() has not answered for {} s{last}",
                    SLOW.as_secs()
                ));
            }
        }
        notes
    }

    /// Tells that attackers have nothing to do, from time to time, and when they have.
    fn none(&mut self, none: bool, standings: &[Standing], now: Instant) -> Option<String> {
        if !none {
            let since = self.none_ready.since.take()?;
            if !std::mem::take(&mut self.none_ready.told) {
                return None;
            }
            let took = human::millis((now - since).as_secs_f64() * 1e3);
            let ready: Vec<usize> =
                (0..self.names.len()).filter(|at| self.readiness.is_ready(*at)).collect();
            return Some(format!("attackers go on after {took}: ready are {}", self.list(&ready)));
        }
        let since = *self.none_ready.since.get_or_insert(now);
        if self.none_ready.told_at.is_some_and(|at| now - at < AGAIN) {
            return None;
        }
        self.none_ready.told_at = Some(now);
        let begun = match std::mem::replace(&mut self.none_ready.told, true) {
            false => "no script is ready; attackers wait until one is".to_owned(),
            true => format!("no script has been ready for {} s", (now - since).as_secs()),
        };
        let all: Vec<usize> = (0..self.names.len()).collect();
        // Those that fail have told why.
        let one_says_no = standings.iter().any(|one| one.answered && one.fails().is_none());
        let hint = if one_says_no { format!("; {NONE_READY_HINT}") } else { String::new() };
        Some(format!("{begun} ({}){hint}", self.list(&all)))
    }

    fn list(&self, scripts: &[usize]) -> String {
        let names: Vec<&str> = scripts.iter().map(|script| self.names[*script].as_str()).collect();
        listed(&names, MOST_NAMES)
    }
}

fn is_slow(standing: &Standing, now: Instant) -> bool {
    standing.asked_at.is_some_and(|at| now.saturating_duration_since(at) >= SLOW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attacker::readiness::Answer;

    /// A run of these scripts, all asked, with a clock of its own.
    struct Run {
        readiness: Arc<Readiness>,
        waiting: Waiting,
        start: Instant,
    }

    impl Run {
        fn of(names: &[&str]) -> Self {
            let readiness = Arc::new(Readiness::new(names.iter().map(|_| true)));
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            let waiting = Waiting::new(Arc::clone(&readiness), names);
            Self { readiness, waiting, start: Instant::now() }
        }

        fn at(&self, second: f64) -> Instant {
            self.start + Duration::from_secs_f64(second)
        }

        fn answer(&self, script: usize, answer: impl Into<Answer>, second: f64) {
            self.readiness.answer(script, answer.into(), self.at(second));
        }

        fn look(&mut self, second: f64) -> Vec<String> {
            self.waiting.look(false, self.at(second))
        }
    }

    fn refused() -> Answer {
        let kind = Some("connect".to_owned());
        Answer::Failed(Failure { kind, place: "x:1:1".into(), ..Failure::new("refused") })
    }

    #[test]
    fn what_fails_together_is_told_together_and_when_it_is_over() {
        let mut run = Run::of(&["a", "b", "c"]);
        for script in 0..3 {
            run.answer(script, true, 0.0);
        }
        run.answer(0, refused(), 1.0);
        assert_eq!(run.look(2.0), [""; 0]);
        run.answer(1, refused(), 2.0);
        run.answer(0, refused(), 2.0);
        assert_eq!(run.look(2.6), ["2 scripts wait (a, b): their ready() failed: refused"]);
        assert_eq!(run.look(3.6), [""; 0], "it is told once");
        run.answer(0, true, 5.0);
        assert_eq!(run.look(5.2), [""; 0], "the other may do so too");
        run.answer(1, false, 5.9);
        let told = "the ready() of 2 scripts answers again, after 4.00 s (a, b)";
        assert_eq!(run.look(6.0), [told]);
        assert_eq!(run.look(7.0), [""; 0]);
    }

    #[test]
    fn one_that_fails_now_and_then_is_not_told_each_time() {
        let mut run = Run::of(&["a"]);
        run.answer(0, refused(), 0.0);
        assert_eq!(run.look(2.0), ["a is not ready: its ready() failed: refused (x:1:1)"]);
        run.answer(0, true, 2.0);
        assert_eq!(run.look(2.5), ["the ready() of a answers again, after 2.00 s"]);
        run.answer(0, refused(), 3.0);
        assert_eq!(run.look(6.0), [""; 0]);
        assert_eq!(run.look(12.5).len(), 1, "that it goes on is");
    }

    #[test]
    fn a_question_without_an_answer_is_told_once() {
        let mut run = Run::of(&["a"]);
        run.readiness.ask(0, run.at(0.0));
        assert_eq!(run.look(4.0), [""; 0]);
        assert_eq!(run.look(5.0), ["a: its ready() has not answered for 5 s"]);
        assert_eq!(run.look(6.0), [""; 0]);
    }

    #[test]
    fn that_none_is_ready_is_told_again_and_when_it_is_over() {
        let mut run = Run::of(&["a", "b"]);
        run.answer(0, false, 0.0);
        let none = |run: &mut Run, second| run.waiting.look(true, run.at(second));
        assert_eq!(none(&mut run, 0.5), [""; 0], "one has not answered yet");
        run.answer(1, false, 1.0);
        let told = "no script is ready; attackers wait until one is (a, b); none of the given";
        assert!(none(&mut run, 1.0)[0].starts_with(told));
        assert_eq!(none(&mut run, 2.0), [""; 0]);
        assert_eq!(run.waiting.none_ready_for(run.at(3.0)), Some(Duration::from_secs(2)));
        assert!(none(&mut run, 11.0)[0].starts_with("no script has been ready for 10 s (a, b); "));
        run.answer(1, true, 12.0);
        assert_eq!(run.look(12.0), ["attackers go on after 11.0 s: ready are b"]);
        assert_eq!(run.waiting.none_ready_for(run.at(13.0)), None);
        run.answer(1, false, 13.0);
        assert_eq!(none(&mut run, 13.0), [""; 0], "that was told a moment ago");
    }
}
