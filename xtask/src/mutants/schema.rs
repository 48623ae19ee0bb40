//! Weaving: all mutants of a file into its copy, so that a number in the environment chooses one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::list::{Mutant, Place, Span};
use crate::cargo;
use crate::rows::Copy;

/// The root of the copy's engine, and what it gets at its end: the number of the mutant that is asked for.
const ROOT: &str = "crates/sigpost-engine/src/lib.rs";
const CHOICE: &str = "
extern crate std;
pub(crate) fn mutant() -> u32 {
    static CHOSEN: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *CHOSEN.get_or_init(|| std::env::var(\"SIGPOST_MUTANT\").ok().and_then(|word| word.parse().ok()).unwrap_or(0))
}
";

/// How often the copy is compiled to find out which mutants do not.
const ROUNDS: usize = 12;

/// Writes the mutants into the copy; which of them (by their place in the list) do not compile.
pub(crate) fn weave(copy: &Copy, mutants: &[Mutant]) -> Result<BTreeSet<usize>, String> {
    let mut originals: BTreeMap<&str, String> = BTreeMap::new();
    for mutant in mutants {
        if !originals.contains_key(mutant.file.as_str()) {
            originals.insert(&mutant.file, copy.text(&mutant.file)?);
        }
    }
    let root = copy.text(ROOT)?;
    copy.write(ROOT, &format!("{root}{CHOICE}"))?;
    let mut unviable: BTreeSet<usize> = BTreeSet::new();
    for _ in 0..ROUNDS {
        let mut lines = BTreeMap::new();
        for (&file, text) in &originals {
            let of_file =
                mutants.iter().enumerate().filter(|(number, mutant)| mutant.file == file && !unviable.contains(number));
            let (woven, whose) = weave_file(text, &of_file.collect::<Vec<_>>());
            copy.write(file, &woven)?;
            lines.insert(file, whose);
        }
        let wrong = compile(copy, &lines)?;
        if wrong.is_empty() {
            return Ok(unviable);
        }
        eprintln!("{} mutants do not compile", wrong.len());
        unviable.extend(wrong);
    }
    Err(format!("after {ROUNDS} rounds there are still mutants that do not compile"))
}

/// A file with its mutants in it, and for each line the mutant whose body it is part of.
fn weave_file(text: &str, mutants: &[(usize, &Mutant)]) -> (String, Vec<Option<usize>>) {
    let mut functions: BTreeMap<Span, Vec<(usize, &Mutant)>> = BTreeMap::new();
    for &(number, mutant) in mutants {
        if let Some(function) = &mutant.function {
            functions.entry(function.span).or_default().push((number, mutant));
        }
    }
    let (mut woven, mut whose, mut done) = (String::new(), Vec::new(), 0);
    for (span, mutants) in functions {
        let (start, end) = (offset(text, span.start), offset(text, span.end));
        let body = start + body_start(&text[start..end]);
        if body < done {
            continue;
        }
        // What chooses at run time is no constant.
        add(&mut woven, &mut whose, &text[done..body].replace("const fn", "fn"), None);
        add(&mut woven, &mut whose, "{ match crate::mutant() {\n", None);
        for (number, mutant) in mutants {
            let (from, to) = (offset(text, mutant.span.start), offset(text, mutant.span.end));
            let arm = format!("{} => {}{}{}\n", number + 1, &text[body..from], mutant.replacement, &text[to..end]);
            add(&mut woven, &mut whose, &arm, Some(number));
        }
        add(&mut woven, &mut whose, &format!("_ => {}\n}} }}", &text[body..end]), None);
        done = end;
    }
    add(&mut woven, &mut whose, &text[done..].replace("const fn", "fn"), None);
    (woven, whose)
}

/// Adds text, and notes whose its lines are: a line's owner is decided where the line begins.
fn add(woven: &mut String, whose: &mut Vec<Option<usize>>, text: &str, owner: Option<usize>) {
    let begins = woven.is_empty() || woven.ends_with('\n');
    let lines = text.matches('\n').count() + usize::from(!text.is_empty() && !text.ends_with('\n'));
    whose.extend(std::iter::repeat_n(owner, lines - usize::from(!begins && lines > 0)));
    woven.push_str(text);
}

/// The place of a function's opening brace: the first that is not in an attribute or a comment before it.
fn body_start(function: &str) -> usize {
    let mut at = 0;
    for line in function.split_inclusive('\n') {
        let code = line.trim_start();
        if !code.starts_with("//")
            && !code.starts_with("#[")
            && let Some(brace) = line.find('{')
        {
            return at + brace;
        }
        at += line.len();
    }
    at
}

fn offset(text: &str, place: Place) -> usize {
    let line: usize = text.split_inclusive('\n').take(place.line - 1).map(str::len).sum();
    let column = text[line..].char_indices().nth(place.column - 1).map_or(text.len() - line, |(at, _)| at);
    line + column
}

/// Compiles the copy's engine; which mutants the errors are in. An error elsewhere is the tool's.
fn compile(copy: &Copy, lines: &BTreeMap<&str, Vec<Option<usize>>>) -> Result<BTreeSet<usize>, String> {
    let mut command = cargo::command(&copy.root);
    command.env("CARGO_TARGET_DIR", &copy.target).env("RUSTFLAGS", "--cap-lints=allow");
    let output = command
        .args(["check", "--package", "sigpost-engine", "--message-format", "json"])
        .output()
        .map_err(|error| format!("cargo check: {error}"))?;
    let mut wrong = BTreeSet::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: Value = serde_json::from_str(line).unwrap_or_default();
        if message["message"]["level"] != "error" {
            continue;
        }
        let spans = message["message"]["spans"].as_array().cloned().unwrap_or_default();
        let owners = spans.iter().filter_map(|span| {
            let line = usize::try_from(span["line_start"].as_u64()?).ok()?;
            *lines.get(span["file_name"].as_str()?)?.get(line - 1)?
        });
        let owners: BTreeSet<usize> = owners.collect();
        if owners.is_empty() && !spans.is_empty() {
            return Err(format!("the woven copy does not compile: {}", message["message"]["rendered"]));
        }
        wrong.extend(owners);
    }
    if wrong.is_empty() && !output.status.success() {
        return Err(format!("the woven copy does not compile: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "/// Not {here}.\nconst fn f(a: u8) -> bool {\n    a == 1\n}\nfn g() {}\n";

    fn mutant(start: (usize, usize), end: (usize, usize), replacement: &str) -> Mutant {
        let place = |(line, column)| Place { line, column };
        let function = super::super::list::Function { span: Span { start: place((1, 1)), end: place((4, 2)) } };
        let span = Span { start: place(start), end: place(end) };
        Mutant {
            file: String::new(),
            function: Some(function),
            span,
            replacement: replacement.to_owned(),
            name: String::new(),
        }
    }

    #[test]
    fn a_function_gets_a_body_for_each_of_its_mutants() {
        let (equal, always) = (mutant((3, 7), (3, 9), "!="), mutant((3, 5), (3, 11), "true"));
        let (woven, whose) = weave_file(TEXT, &[(6, &equal), (7, &always)]);
        let expected = "/// Not {here}.\nfn f(a: u8) -> bool { match crate::mutant() {\n7 => {\n    a != 1\n}\n8 => {\n    true\n}\n_ => {\n    a == 1\n}\n} }\nfn g() {}\n";
        assert_eq!(woven, expected);
        assert_eq!(whose.len(), woven.lines().count());
        assert_eq!((whose[3], whose[6], whose[9]), (Some(6), Some(7), None));
    }
}
