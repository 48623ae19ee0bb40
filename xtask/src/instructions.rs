//! `instructions`: how many the engine's commonest works take, counted by valgrind: a guard against a regression that
//! a clock on a shared machine would not show. Without valgrind it is skipped, and says so.

use std::process::Command;

use crate::{Outcome, Tree, bench};

/// A work, as `sigpost-bench --count` knows it, and the most instructions that one call of it may take: what it took
/// when this was written, and a tenth.
const WORKS: &[(&str, u64)] = &[
    ("post-+-take", 240),
    ("all-but-the-last-block-it,-8", 276),
    ("all-block-it,-the-last-sigwaits,-8", 277),
    ("a-post-that-is-ignored", 55),
    ("a-post-that-merges", 54),
    ("group", 130),
    ("life", 2_240),
];

const CALLS: u64 = 10_000;

/// Counts each work and compares.
pub(crate) fn run(tree: &Tree) -> Outcome {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind is not there");
        return Ok(());
    }
    let program = bench::built(tree)?;
    let count = |work: &str, calls: u64| {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&program);
        let output = command.arg(format!("--count={work}:{calls}")).output().map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stderr);
        collected(&text).ok_or_else(|| format!("valgrind counts no instructions of {work}: {text}"))
    };
    let mut worse = Vec::new();
    for (work, most) in WORKS {
        // What starting up takes is in both.
        let each = count(work, 2 * CALLS)?.saturating_sub(count(work, CALLS)?) / CALLS;
        println!("{work}: {each} instructions, at most {most}");
        if each > *most {
            worse.push(*work);
        }
    }
    if worse.is_empty() { Ok(()) } else { Err(format!("more instructions than before: {}", worse.join(", "))) }
}

/// The number behind `Collected :`.
fn collected(text: &str) -> Option<u64> {
    text.split_once("Collected : ")?.1.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_what_valgrind_says() {
        assert_eq!(collected("==7== Collected : 4321\n==7==\n"), Some(4321));
        assert_eq!(collected("==7== nothing"), None);
    }
}
