//! The frame of the page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{SECTIONS, header};
use crate::report::chart::dark_rules;
use crate::report::model::Model;

const STYLE: &str = include_str!("style.css");

/// Nothing is loaded and nothing runs, whatever a name or an error holds.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The report as one HTML file.
pub fn render(model: &Model) -> String {
    let title = format!("coyote: {}", title(model));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (style()) }
            }
            body {
                main {
                    (header::header(model))
                    @for section in SECTIONS {
                        @if let Some(section) = section(model) { (section) }
                    }
                }
            }
        }
    };
    page.into_string()
}

fn title(model: &Model) -> &str {
    let summary = &model.summary;
    let names = [summary.command.as_str(), summary.started.as_str()];
    names.into_iter().find(|name| !name.is_empty()).unwrap_or("a run")
}

/// The style sheet. None of it is anybody else's text.
fn style() -> Markup {
    let dark = dark_rules();
    PreEscaped(format!("{STYLE}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n"))
}
