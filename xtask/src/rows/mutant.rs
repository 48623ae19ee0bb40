//! Applying a mutant: one place in one source file.

use std::ops::Range;

use super::table::Mutant;
use crate::source;

/// The text with the mutant in it, or why it does not fit.
pub(crate) fn apply(mutant: &Mutant, text: &str) -> Result<String, String> {
    if mutant.find.is_empty() || mutant.find == mutant.replace {
        return Err("the mutant changes nothing: let `find` and `replace` differ".to_owned());
    }
    let place = only_place(mutant, text)?;
    let stripped = source::strip(text);
    let line = text[..place.start].matches('\n').count();
    if source::tests_start(&stripped.bare).is_some_and(|tests| line >= tests) {
        return Err(format!("the mutant changes the tests of {}: change what they test", mutant.file));
    }
    Ok(format!("{}{}{}", &text[..place.start], mutant.replace, &text[place.end..]))
}

fn only_place(mutant: &Mutant, text: &str) -> Result<Range<usize>, String> {
    let starts: Vec<usize> = text.match_indices(&mutant.find).map(|(start, _)| start).collect();
    match starts[..] {
        [start] => Ok(start..start + mutant.find.len()),
        _ => Err(format!(
            "`{}` stands {} times in {}: let `find` fit exactly one place",
            mutant.find,
            starts.len(),
            mutant.file
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(find: &str, replace: &str) -> Mutant {
        Mutant { file: "a.rs".to_owned(), find: find.to_owned(), replace: replace.to_owned() }
    }

    #[test]
    fn the_only_occurrence_is_replaced() {
        assert_eq!(apply(&mutant("a < b", "a <= b"), "if a < b {}").as_deref(), Ok("if a <= b {}"));
    }

    #[test]
    fn none_or_several_occurrences_are_refused() {
        assert!(apply(&mutant("c", "d"), "a b").is_err());
        assert!(apply(&mutant("a", "d"), "a a").is_err());
    }

    #[test]
    fn a_mutant_that_changes_nothing_is_refused() {
        assert!(apply(&mutant("a", "a"), "a").is_err());
        assert!(apply(&mutant("", "a"), "").is_err());
    }

    #[test]
    fn the_tests_themselves_are_not_mutated() {
        let text = "fn f() {}\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n";
        assert!(apply(&mutant("fn g", "fn h"), text).is_err());
        assert!(apply(&mutant("fn f", "fn h"), text).is_ok());
    }
}
