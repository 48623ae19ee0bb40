//! The parser takes any bytes and never panics.

use proptest::prelude::*;
use sigpost_scenario::{Colour, PersonalityName, Scenario, Weights, format, generate};

fn try_all(bytes: &[u8]) -> Result<(), TestCaseError> {
    match Scenario::parse(bytes) {
        Err(mistakes) => {
            prop_assert!(!mistakes.0.is_empty());
            for mistake in &mistakes.0 {
                prop_assert!(mistake.span.start <= mistake.span.end && mistake.span.end <= bytes.len(), "{}", mistake);
                prop_assert!(mistake.span.line >= 1 && mistake.span.column >= 1);
            }
            prop_assert!(!mistakes.render("a.drill", bytes, Colour::Never).is_empty());
        }
        Ok(scenario) => {
            prop_assert_eq!(Scenario::parse(scenario.to_string().as_bytes()), Ok(scenario));
            let tidy = format(bytes).unwrap();
            prop_assert_eq!(format(tidy.as_bytes()).unwrap(), tidy);
        }
    }
    Ok(())
}

/// What lines are made of.
#[rustfmt::skip]
const PIECES: [&str; 62] = [
    "process ", "thread ", "expect ", "personality ", "kernel", "a", "b", "t", "init", ":", " ", "\n", "=", "(",
    ")", "{", "}", "[", "]", ",", "-", "->", ".main", "#", "kill", "sigaction", "fork", "wait", "sigprocmask",
    "all", "none", "any", "nobody", "TERM", "SIGUSR1", "RTMIN+1", "RTMAX-99", "KILL", "0", "1", "-1", "65",
    "4294967296", "uid=", "catch=", "group", "group=", "session", "tty", "foreground", "zombie", "parent=", "of ",
    "EPERM", "terminates", "handles", "pending=", "handled=", "returned(", "stopped(", "\r", "linux",
];

/// Pieces of lines, so that wrong lines are nearly right.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        30 => (0..PIECES.len()).prop_map(|index| PIECES[index].to_owned()),
        1 => any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #![proptest_config(crate::cases::same_every_time(1000))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        try_all(&bytes)?;
    }

    #[test]
    fn any_pieces_are_read_or_refused(pieces in proptest::collection::vec(piece(), 0..60)) {
        try_all(pieces.concat().as_bytes())?;
    }

    #[test]
    fn a_file_with_one_byte_changed_is_read_or_refused(seed: u64, at: usize, byte: u8) {
        let weights = Weights { guesses: true, ..Weights::of(PersonalityName::Linux) };
        let mut bytes = generate(seed, &weights).to_string().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        try_all(&bytes)?;
        bytes.truncate(at);
        try_all(&bytes)?;
    }
}
