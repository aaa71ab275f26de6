//! Options work before and after the command, and repeatable ones given in both places add up: so
//! those before it are moved behind it, where one parser sees them all.

use std::ffi::OsString;

use clap::Command;

/// `coyote -s a hammer 5 -s b` becomes `coyote hammer -s a 5 -s b`.
pub(super) fn options_after_command(command: &Command, arguments: &[OsString]) -> Vec<OsString> {
    let Some((program, rest)) = arguments.split_first() else { return Vec::new() };
    let mut at = 0;
    while let Some(argument) = rest.get(at) {
        let text = argument.to_string_lossy();
        if !text.starts_with('-') || text == "-" {
            break;
        }
        // Help and version are the program's own.
        if matches!(text.as_ref(), "--" | "--help" | "-h" | "--version" | "-V") {
            return arguments.to_vec();
        }
        at += if takes_next_word(command, &text) { 2 } else { 1 };
    }
    let Some(name) = rest.get(at) else { return arguments.to_vec() };
    let mut reordered = vec![program.clone(), name.clone()];
    reordered.extend_from_slice(&rest[..at]);
    reordered.extend_from_slice(&rest[at + 1..]);
    reordered
}

/// Whether the option `text` has its value in the next word.
fn takes_next_word(command: &Command, text: &str) -> bool {
    let known = match text.strip_prefix("--") {
        Some(long) if long.contains('=') => return false,
        Some(long) => command.get_arguments().find(|option| option.get_long() == Some(long)),
        None => {
            let mut letters = text[1..].chars();
            let letter = letters.next();
            // `-sFILE` holds its value itself.
            if letters.next().is_some() {
                return false;
            }
            command.get_arguments().find(|option| option.get_short() == letter)
        }
    };
    known.is_some_and(|option| option.get_action().takes_values())
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction};

    use super::*;

    fn reordered(line: &str) -> String {
        let command = Command::new("coyote")
            .arg(Arg::new("script").long("script").short('s').action(ArgAction::Append))
            .arg(Arg::new("insecure").long("insecure").action(ArgAction::SetTrue));
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let words = options_after_command(&command, &words);
        words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn options_move_behind_the_command() {
        assert_eq!(reordered("coyote -s a hammer 5 -s b"), "coyote hammer -s a 5 -s b");
        assert_eq!(reordered("coyote --script a --insecure seq 1 2"), "coyote seq --script a --insecure 1 2");
        assert_eq!(reordered("coyote --script=a once"), "coyote once --script=a");
        assert_eq!(reordered("coyote -sa once"), "coyote once -sa");
    }

    #[test]
    fn without_command_nothing_moves() {
        assert_eq!(reordered("coyote --script a"), "coyote --script a");
        assert_eq!(reordered("coyote --help"), "coyote --help");
    }
}
