//! Any command line of a drop-in name is read or declined with a text; `kill` means everyone, or its own group, only where
//! a word says that number; and no other tool means everybody by a line that asks nothing.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use sigpost::arguments::{JudgedTool, judge_tool};

const TOOLS: [&str; 5] = ["kill", "pkill", "pgrep", "pidwait", "killall"];

/// The first byte chooses the tool; the words after it are parted by zeroes.
///
/// # Panics
/// If a line that is accepted reaches everyone, or the own group, and has no word for it.
pub fn run(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let tool = TOOLS[usize::from(*first) % TOOLS.len()];
    let mut words = vec![OsString::from(tool)];
    words.extend(rest.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())));
    let says = |number: i32| {
        let text = |word: &OsString| word.to_str().map(str::trim_start).and_then(|word| word.parse().ok());
        words.iter().any(|word| text(word) == Some(number))
    };
    match judge_tool(&words) {
        JudgedTool::Declined(text) => assert!(!text.trim().is_empty(), "{words:?} was declined without a word"),
        JudgedTool::Kills(numbers) => {
            for number in numbers.into_iter().filter(|number| [0, -1].contains(number)) {
                assert!(says(number), "{words:?} is for {number} and does not say it");
            }
        }
        JudgedTool::Selects(asks) => assert!(asks, "{words:?} asks nothing, and so means everybody"),
        JudgedTool::NoTool => panic!("{words:?} is a tool's"),
    }
}
