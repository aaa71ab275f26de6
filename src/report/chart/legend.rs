//! Which colour is which curve. It is HTML: names can be long, and are somebody else's.

use maud::{Markup, html};

use super::palette::Ink;

/// The names of curves with their colours.
pub(crate) fn legend<'a>(curves: impl IntoIterator<Item = (Ink, &'a str)>) -> Markup {
    html! {
        ul class="legend" {
            @for (ink, name) in curves {
                li {
                    svg viewBox="0 0 20 8" aria-hidden="true" {
                        line x1="0" y1="4" x2="20" y2="4" stroke-width="4" stroke=(ink.hex()) {}
                    }
                    (name)
                }
            }
        }
    }
}
