//! All parts, in the order in which they are read.

use crate::record::summary::Summary;
use crate::sink::style::Style;
use crate::sink::text::PARTS;

/// The whole summary, ending with a line feed.
pub fn render(summary: &Summary, style: Style) -> String {
    let mut out = String::new();
    for part in PARTS {
        part(summary, style, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use std::collections::BTreeMap;

    use crate::record::errors::ErrorSource;
    use crate::record::fixture::summary;
    use crate::record::summary::{ErrorBlock, LatencyBlock, RowCounts, ThresholdBlock};
    use crate::sink::text::parts::WIDTH;

    #[test]
    fn the_whole_text() {
        let text = render(&summary(), Style::PLAIN);
        let expected = include_str!("expected.txt");
        assert_eq!(text, expected, "\n{text}");
    }

    /// A run with more of everything than there is room for.
    fn crowded() -> Summary {
        let mut summary = summary();
        let block = LatencyBlock {
            count: 123_456_789,
            failed: 1_234_567,
            rate_per_s: 123_456.7,
            avg: Some(12.3),
            ..LatencyBlock::default()
        };
        for n in 0..100 {
            summary.endpoints.insert(format!("GET /some/rather/long/path/*/{n}"), block.clone());
            summary.errors.push(ErrorBlock {
                source: ErrorSource::Chain,
                message: format!("{n} ").repeat(40),
                count: 1,
                example: String::new(),
            });
            let stage = summary.stages[0].clone();
            summary.stages.push(stage);
        }
        summary
    }

    #[test]
    fn a_crowded_run_fits_its_width() {
        let text = render(&crowded(), Style::PLAIN);
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(WIDTH), "{text}");
        assert_eq!(text.matches("\nand ").count(), 4, "{text}");
    }

    #[test]
    fn what_failed_is_shown_before_what_did_not() {
        let mut summary = summary();
        for n in 0..60 {
            let block = LatencyBlock { count: 100, ..LatencyBlock::default() };
            summary.chains.insert(format!("well-{n}"), block);
        }
        let failed = LatencyBlock { count: 1, failed: 1, ..LatencyBlock::default() };
        summary.chains.insert("rare".to_owned(), failed);
        let text = render(&summary, Style::PLAIN);
        assert!(text.contains("\nrare "), "{text}");
        let chains = text.split("\nREQUESTS").next().expect("the first part");
        assert_eq!(chains.matches("\nwell-").count(), 40 - 2, "{text}");
        // 60 that are well, one that is not, and the two of every summary here.
        assert!(chains.contains("\nand 23 more\n"), "{text}");
        for n in 0..50 {
            let failed = LatencyBlock { count: 1, failed: 1, ..LatencyBlock::default() };
            summary.chains.insert(format!("broken-{n}"), failed);
        }
        let text = render(&summary, Style::PLAIN);
        assert!(text.contains("\nand 73 more, 12 of them with failures\n"), "{text}");
    }

    #[test]
    fn a_masked_message_has_an_example() {
        let shown = |message: &str, example: &str| {
            let mut summary = summary();
            let (message, example) = (message.to_owned(), example.to_owned());
            let source = ErrorSource::Chain;
            summary.errors = vec![ErrorBlock { source, message, count: 1, example }];
            let text = render(&summary, Style::PLAIN);
            text.split_once("ERRORS\n").map(|(_, rest)| rest.to_owned()).unwrap_or_default()
        };
        let text = shown("no control of \"*.*.com\"", "no control of \"*.a1b2c3.com\"");
        let expected =
            "1 chain  no control of \"*.*.com\"\n         e.g. no control of \"*.a1b2c3.com\"\n\n";
        assert!(text.starts_with(expected), "{text}");
        let id = "newOrder/3/3735928559";
        let told =
            |id| format!("finding {id}: answered 500: {}; -e MUTATION={id}", "told ".repeat(20));
        let text = shown(&told("newOrder/*/*"), &told(id));
        assert!(text.contains(&format!("-e MUTATION={id}\n")), "{text}");
        assert!(!shown("closed", "closed").contains("e.g."));
        assert!(!shown("closed by all", "closed by all\n of them").contains("e.g."));
        let long = "x".repeat(131_072);
        let text = shown(&long, &format!("y{long}"));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.len() < 2_000, "{text}");
    }

    #[test]
    fn colours_do_not_change_the_text() {
        let coloured = render(&crowded(), Style::COLOR);
        let mut plain = String::new();
        let mut pieces = coloured.split('\x1b');
        plain.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            plain.push_str(piece.split_once('m').expect("a code ends with m").1);
        }
        assert_eq!(plain, render(&crowded(), Style::PLAIN));
    }

    #[test]
    fn chains_that_waited_say_since_when_they_run() {
        let mut summary = summary();
        let own = |seconds| Some(Duration::from_millis(seconds));
        for (chain, after) in [("new-authorization", own(1_250)), ("never", None)] {
            summary.eligible(chain, after);
        }
        let text = render(&summary, Style::PLAIN);
        assert!(text.contains("\nready: never never, new-authorization after 1.25 s\n"), "{text}");
        summary.eligible("never", Some(Duration::ZERO));
        assert!(!render(&summary, Style::PLAIN).contains("never never"));
    }

    #[test]
    fn tables_show_what_changed() {
        let mut summary = summary();
        let rows = |before, after, estimated| RowCounts { before, after, estimated };
        summary.database = Some(BTreeMap::from([
            ("authorizations".to_owned(), rows(Some(12_000_000), Some(12_000_500), true)),
            ("certificates".to_owned(), rows(Some(3), None, false)),
            ("pending_authorizations".to_owned(), rows(Some(7), Some(5), false)),
        ]));
        let text = render(&summary, Style::PLAIN);
        let expected = "\nDATABASE                     before        after  change\n\
                        authorizations          ~12,000,000  ~12,000,500   ~+500\n\
                        certificates                      3            -       -\n\
                        pending authorizations            7            5      -2\n";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn thresholds_say_what_was_observed() {
        let block = |expr: &str, ok, observed, ended_run_at_s| ThresholdBlock {
            expr: expr.to_owned(),
            ok,
            observed,
            ended_run_at_s,
        };
        let mut summary = summary();
        summary.thresholds = vec![
            block("http_req_duration: p(95)<80 abort 2s", false, Some(94.25), Some(3.1)),
            block("checks: rate>0.99", true, Some(0.999_999_9), None),
            block("chain_duration{chain:never}: avg<1", false, None, None),
        ];
        let text = render(&summary, Style::PLAIN);
        let expected = "
THRESHOLDS                              observed   verdict
http_req_duration: p(95)<80 abort 2s       94.25  breached
checks: rate>0.99                      0.9999999     holds
chain_duration{chain:never}: avg<1    no samples  breached
the run was ended after 3.10 s by: http_req_duration: p(95)<80 abort 2s
";
        assert!(text.contains(expected), "{text}");
        let coloured = render(&summary, Style::COLOR);
        assert!(coloured.contains("\x1b[31m  breached\x1b[0m"), "{coloured:?}");
    }
}
