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
        // Its value, if it has one, would be taken for the command: clap tells what is wrong with it.
        let Some(words) = words_of_option(command, &text) else { return arguments.to_vec() };
        at += words;
    }
    let Some(name) = rest.get(at) else { return arguments.to_vec() };
    let mut reordered = vec![program.clone(), name.clone()];
    reordered.extend_from_slice(&rest[..at]);
    reordered.extend_from_slice(&rest[at + 1..]);
    reordered
}

/// How many words the option `text` takes, itself included; `None` for an unknown one.
fn words_of_option(command: &Command, text: &str) -> Option<usize> {
    let named = text.strip_prefix("--");
    let (known, holds_its_value) = if let Some(named) = named {
        let name = named.split('=').next();
        (command.get_arguments().find(|option| option.get_long() == name), named.contains('='))
    } else {
        let mut letters = text[1..].chars();
        let letter = letters.next();
        // `-sFILE` holds its value itself.
        let known = command.get_arguments().find(|option| option.get_short() == letter);
        (known, letters.next().is_some())
    };
    let takes_next_word = known?.get_action().takes_values() && !holds_its_value;
    Some(if takes_next_word { 2 } else { 1 })
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
        assert_eq!(
            reordered("coyote --script a --insecure seq 1 2"),
            "coyote seq --script a --insecure 1 2"
        );
        assert_eq!(reordered("coyote --script=a once"), "coyote once --script=a");
        assert_eq!(reordered("coyote -sa once"), "coyote once -sa");
    }

    #[test]
    fn without_command_nothing_moves() {
        assert_eq!(reordered("coyote --script a"), "coyote --script a");
        assert_eq!(reordered("coyote --help"), "coyote --help");
    }

    #[test]
    fn an_unknown_option_is_left_for_clap_to_name() {
        assert_eq!(reordered("coyote --sript a once"), "coyote --sript a once");
        assert_eq!(reordered("coyote -x a once"), "coyote -x a once");
    }
}
