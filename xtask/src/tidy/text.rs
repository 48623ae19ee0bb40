//! What holds for every text file of the project: no white space at the ends of lines, no notes to oneself, no paths
//! of one machine.

use crate::source;
use crate::tidy::Finding;
use crate::tree::has_extension;

/// Notes to oneself. They are split here so that this file does not hold them.
const NOTES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];

/// Folders that exist on the machine of whoever wrote the line, and nowhere else.
const FOREIGN_PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("sha", "red/")];

/// Texts that others wrote, or a machine: taken as they are.
const TAKEN_AS_THEY_ARE: &[&str] = &["LICENSE-APACHE", "Cargo.lock", "fuzz/corpus/", "fuzz/Cargo.lock"];

pub(crate) fn findings(path: &str, text: &str) -> Vec<Finding> {
    if TAKEN_AS_THEY_ARE.iter().any(|taken| path.starts_with(taken)) {
        return Vec::new();
    }
    let rust = has_extension(path, "rs");
    let lines = text.split('\n').enumerate();
    lines.flat_map(|(index, line)| refusals(line, rust).map(move |what| Finding::new(path, index + 1, what))).collect()
}

fn refusals(line: &str, rust: bool) -> impl Iterator<Item = &'static str> {
    let hits = [
        (line.ends_with(char::is_whitespace), "white space at the end of the line: remove it"),
        (NOTES.iter().any(|note| source::has_word(line, note)), "a note to oneself: do it, or open an issue"),
        (FOREIGN_PATHS.iter().any(|path| line.contains(path)), "a path of one machine: name the project's own"),
        (rust && is_ignored_example(line), "an example that nobody compiles: make it run, or mark it `text`"),
    ];
    hits.into_iter().filter(|(hit, _)| *hit).map(|(_, what)| what)
}

/// A doc comment that opens a block which rustdoc leaves out.
fn is_ignored_example(line: &str) -> bool {
    let trimmed = line.trim_start();
    trimmed.starts_with("//") && trimmed.split_once("```").is_some_and(|(_, kind)| source::has_word(kind, "ignore"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &str) -> Vec<usize> {
        findings("a.rs", text).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn white_space_at_the_end_of_a_line_is_found_on_every_line() {
        assert_eq!(lines_of("a \nb\n\tc\t\nd\r\ne "), [1, 3, 4, 5]);
    }

    #[test]
    fn notes_are_found_as_words_only() {
        assert_eq!(lines_of(&format!("// {}: x\n{}S\n", NOTES[0], NOTES[0])), [1]);
    }

    #[test]
    fn foreign_paths_and_ignored_examples_are_found() {
        assert_eq!(lines_of(&format!("see {}x\n/// ```rust,ignore\n/// ```\n", FOREIGN_PATHS[0])), [1, 2]);
    }
}
