//! Any command line is read or declined with one line; and none that is read means more than it says: everyone, the
//! caller's own group, init.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use sigpost::arguments::{Judged, judge};
use sigpost_linux::pattern::{Pattern, PatternOptions};

/// The words are parted by zeroes.
///
/// # Panics
/// If a line that is accepted reaches everyone, or init, and does not say so.
pub fn run(bytes: &[u8]) {
    let words: Vec<OsString> = bytes.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect();
    let says = |option: &str| words.iter().any(|word| word == option);
    match judge(words.clone()) {
        Judged::Declined { line, status } => {
            assert_eq!(status, 2, "{words:?}: {line}");
            assert!(!line.is_empty(), "{words:?} was declined without a word");
        }
        Judged::Sends { everyone, broadcast, allow_init, inverse, targets, .. } => {
            assert!(!broadcast || says("--broadcast"), "{words:?} means --broadcast and does not say it");
            assert!(broadcast || !(everyone || inverse), "{words:?} is for everyone");
            assert!(!allow_init || says("--allow-init"), "{words:?} means --allow-init and does not say it");
            assert!(!everyone || targets.is_empty(), "{words:?} is for everyone and for {targets:?}");
            for target in &targets {
                assert!(is_meant(target, broadcast, allow_init), "{words:?} is for {target}");
            }
        }
        Judged::Harmless => {}
    }
}

/// Whether what was said aloud is enough for a target, by its canonical form alone.
fn is_meant(target: &str, broadcast: bool, allow_init: bool) -> bool {
    let number = |digits: &str| digits.split(':').next().and_then(|digits| digits.parse::<i64>().ok());
    let id = match target.split_once(':') {
        Some(("g" | "s", digits)) => number(digits),
        Some(("t", digits)) => return number(digits).is_some_and(|id| id > 1 || (id == 1 && broadcast)),
        Some(("c", path)) => return broadcast || path.bytes().any(|byte| byte != b'/'),
        // A port, a name: whoever has it, but neither init nor sigpost's own line.
        Some(("" | "n", rest)) => return !rest.is_empty(),
        _ if target.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-')
            && !target.starts_with("-F ") =>
        {
            number(target)
        }
        // A file, or a regular expression: one that matches the empty string matches everyone.
        _ => return broadcast || !matches_nothing(target),
    };
    id.is_some_and(|id| id > 1 || (id == 1 && allow_init))
}

fn matches_nothing(target: &str) -> bool {
    let expression = target.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let pattern = expression.map(|expression| Pattern::new(expression, PatternOptions::default()));
    pattern.is_some_and(|pattern| pattern.is_ok_and(|pattern| pattern.matches(b"")))
}
