//! What is what to a `StatsD` server. Names never change: dashboards go by them.

use std::collections::HashMap;

use ahash::RandomState;

use crate::record::series::{MAX_LABELS, OTHER};

/// How much of a chain's or endpoint's name is kept, so that each value fits a datagram.
const MOST_CHARS: usize = 200;

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Successful,
    Failed,
}

impl Outcome {
    pub(super) fn of(ok: bool) -> Self {
        if ok { Self::Successful } else { Self::Failed }
    }
}

/// All names of one run; each is made once.
pub(super) struct Names {
    prefix: String,
    attackers: String,
    traffic_in: String,
    traffic_out: String,
    chains: Pairs,
    requests: Pairs,
}

/// By chain or endpoint, the names of what is successful and what failed.
type Pairs = HashMap<Box<str>, [String; 2], RandomState>;

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            attackers: format!("{prefix}.NumAttackers"),
            traffic_in: format!("{prefix}.TrafficIn"),
            traffic_out: format!("{prefix}.TrafficOut"),
            chains: Pairs::default(),
            requests: Pairs::default(),
        }
    }

    pub(super) fn attackers(&self) -> &str {
        &self.attackers
    }

    pub(super) fn traffic_in(&self) -> &str {
        &self.traffic_in
    }

    pub(super) fn traffic_out(&self) -> &str {
        &self.traffic_out
    }

    pub(super) fn chain(&mut self, chain: &str, outcome: Outcome) -> &str {
        pair(&mut self.chains, &self.prefix, "ChainsTook", chain, outcome)
    }

    pub(super) fn request(&mut self, endpoint: &str, outcome: Outcome) -> &str {
        pair(&mut self.requests, &self.prefix, "RequestsTook", endpoint, outcome)
    }

    /// A figure of this process.
    pub(super) fn process(&self, figure: &str) -> String {
        format!("Procstats.{}.{figure}", self.prefix)
    }
}

fn pair<'a>(
    known: &'a mut Pairs,
    prefix: &str,
    kind: &str,
    thing: &str,
    outcome: Outcome,
) -> &'a str {
    // As in the summary: ids in endpoints must not eat the memory, here or on the server.
    let has_room = known.len() < MAX_LABELS || known.contains_key(thing);
    let thing = if has_room { thing } else { OTHER };
    if !known.contains_key(thing) {
        let part = sanitised(thing);
        let names = ["Successful", "Failed"].map(|end| format!("{prefix}.{kind}.{part}.{end}"));
        known.insert(thing.into(), names);
    }
    &known[thing][outcome as usize]
}

/// `thing` as one part of a name: letters, digits, `_` and `-` stay, `/` becomes `-`, everything else
/// `_`. A dot would begin another part, and the rest means something to `StatsD` or Graphite.
fn sanitised(thing: &str) -> String {
    let clean = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => c,
        '/' => '-',
        _ => '_',
    };
    let part: String = thing.chars().take(MOST_CHARS).map(clean).collect();
    if part.is_empty() { "_".to_owned() } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_mean_nothing_to_a_server() {
        assert_eq!(sanitised("new-order"), "new-order");
        assert_eq!(sanitised("GET /acme/v1.2/*"), "GET_-acme-v1_2-_");
        assert_eq!(sanitised("a:1|c\nb@0.1 é"), "a_1_c_b_0_1__");
        assert_eq!(sanitised(""), "_");
        assert_eq!(sanitised(&"x".repeat(500)).len(), MOST_CHARS);
    }

    #[test]
    fn too_many_endpoints_become_other() {
        let mut names = Names::new("p");
        for id in 0..MAX_LABELS {
            names.request(&format!("order/{id}"), Outcome::Failed);
        }
        let name = |names: &mut Names, id| names.request(id, Outcome::Failed).to_owned();
        assert_eq!(name(&mut names, "order/7"), "p.RequestsTook.order-7.Failed");
        assert_eq!(name(&mut names, "order/x"), "p.RequestsTook.other.Failed");
    }
}
