//! Rust source with its comments, and on demand its strings, blanked out: what the checks look at.

use std::str::Chars;

/// A source text twice, line for line and column for column as it was.
#[derive(Debug, Default)]
pub(crate) struct Stripped {
    /// Without comments.
    pub(crate) code: String,
    /// Without comments and without what strings and character literals hold.
    pub(crate) bare: String,
}

/// Blanks comments, and strings too in the second text. Line breaks stay where they are.
pub(crate) fn strip(text: &str) -> Stripped {
    let mut scan = Scan { rest: text.chars(), before: ' ', stripped: Stripped::default() };
    while let Some(c) = scan.peek() {
        scan.step(c);
    }
    scan.stripped
}

/// Lines that hold code: no comments, no blank lines, and without the tests at the end of the file.
pub(crate) fn code_lines(text: &str) -> usize {
    let stripped = strip(text);
    let end = tests_start(&stripped.bare).unwrap_or(usize::MAX);
    stripped.code.lines().take(end).filter(|line| !line.trim().is_empty()).count()
}

/// The line (from 0) where the `#[cfg(test)] mod … { … }` begins that ends the file, if one does.
pub(crate) fn tests_start(bare: &str) -> Option<usize> {
    let lines: Vec<&str> = bare.lines().collect();
    let start = lines.iter().position(|line| line.trim_end() == "#[cfg(test)]")?;
    let attributes = lines[start..].iter().take_while(|line| line.starts_with('#')).count();
    let opening = start + attributes;
    let opens = lines.get(opening).is_some_and(|line| line.starts_with("mod ") && line.trim_end().ends_with('{'));
    let closing = opening + lines[opening..].iter().position(|line| line.trim_end() == "}")?;
    // Code below the tests would escape the count.
    let ends_the_file = lines[closing + 1..].iter().all(|line| line.trim().is_empty());
    (opens && ends_the_file).then_some(start)
}

struct Scan<'a> {
    rest: Chars<'a>,
    /// The character before: `r"` opens a raw string, but not in `var"`.
    before: char,
    stripped: Stripped,
}

impl Scan<'_> {
    fn step(&mut self, c: char) {
        let rest = self.rest.as_str();
        if rest.starts_with("//") {
            self.blank_while(|text| !text.starts_with('\n'));
        } else if rest.starts_with("/*") {
            self.block_comment();
        } else if let Some(hashes) = raw_string(rest).filter(|_| !is_word(self.before)) {
            self.raw_string(hashes);
        } else if c == '"' {
            self.quoted('"');
        } else if c == '\'' && is_character(rest) {
            self.quoted('\'');
        } else {
            self.keep();
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    /// One character, into the first text as it is if `code`, and into the second if `bare`; else as a blank.
    fn take(&mut self, code: bool, bare: bool) {
        let Some(c) = self.rest.next() else { return };
        self.before = c;
        let blank = if c == '\n' { '\n' } else { ' ' };
        self.stripped.code.push(if code { c } else { blank });
        self.stripped.bare.push(if bare { c } else { blank });
    }

    fn keep(&mut self) {
        self.take(true, true);
    }

    fn blank_while(&mut self, goes_on: impl Fn(&str) -> bool) {
        while !self.rest.as_str().is_empty() && goes_on(self.rest.as_str()) {
            self.take(false, false);
        }
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            let rest = self.rest.as_str();
            if rest.starts_with("/*") {
                depth += 1;
                self.take(false, false);
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.take(false, false);
            }
            self.take(false, false);
            if depth == 0 || self.rest.as_str().is_empty() {
                return;
            }
        }
    }

    /// A string or character literal, from its opening quote to its closing one.
    fn quoted(&mut self, quote: char) {
        self.keep();
        while let Some(c) = self.peek() {
            if c == quote {
                return self.keep();
            }
            if c == '\\' {
                self.take(true, false);
            }
            self.take(true, false);
        }
    }

    /// A raw string: it ends at a quote with as many hashes as it began with.
    fn raw_string(&mut self, hashes: usize) {
        let end = format!("\"{}", "#".repeat(hashes));
        while self.peek().is_some_and(|c| c != '"') {
            self.keep();
        }
        self.keep();
        while !self.rest.as_str().is_empty() && !self.rest.as_str().starts_with(&end) {
            self.take(true, false);
        }
        for _ in end.chars() {
            self.keep();
        }
    }
}

/// How many hashes the raw string has that begins here, if one does.
fn raw_string(text: &str) -> Option<usize> {
    let prefixes = ["r", "br", "cr"];
    let after = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let opening = after.trim_start_matches('#');
    opening.starts_with('"').then(|| after.len() - opening.len())
}

/// Whether a character literal begins here, and not a lifetime.
fn is_character(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    let (first, second) = (chars.next(), chars.next());
    first == Some('\\') || second == Some('\'')
}

/// Whether a character belongs to a name.
pub(crate) fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Whether `word` stands in the text by itself, not as part of a longer name.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_strings_stay_in_the_code() {
        let text = "let a = \"// no comment\"; // one\nlet b = /* a /* nested */ one */ 1;\n";
        let code = strip(text).code;
        assert!(code.contains("// no comment") && !code.contains("one") && code.ends_with("1;\n"));
    }

    #[test]
    fn strings_go_in_the_bare_text() {
        let text = "f(\"a \\\" unsafe\", r#\"unsafe \" {\"#, br\"unsafe\", 'u', '\\'', \"\\\\\"); unsafe_code";
        let bare = strip(text).bare;
        assert!(!has_word(&bare, "unsafe"), "{bare}");
        assert!(bare.ends_with("); unsafe_code"), "{bare}");
        assert_eq!(bare.len(), text.len());
    }

    #[test]
    fn a_lifetime_opens_no_literal() {
        let text = "fn f<'a>(x: &'a str) -> &'static str { \"unsafe\" }";
        assert_eq!(strip(text).bare, "fn f<'a>(x: &'a str) -> &'static str { \"      \" }");
    }

    #[test]
    fn a_comment_that_is_never_closed_ends_with_the_file() {
        assert_eq!(strip("a /* b").code, "a     ");
        assert_eq!(strip("a \"b").bare, "a \" ");
    }

    #[test]
    fn only_lines_with_code_count() {
        let text = "//! Doc.\n\n/// Doc.\nfn f() {\n    // why\n    g(); // what\n    /* a\n    b */\n}\n";
        assert_eq!(code_lines(text), 3);
    }

    #[test]
    fn the_lines_of_a_string_count() {
        assert_eq!(code_lines("const A: &str = \"\n// one\ntwo\";\n"), 3);
    }

    #[test]
    fn tests_at_the_end_do_not_count() {
        let text = "fn f() {}\n\n#[cfg(test)]\n#[allow(x, reason = \"y\")]\nmod tests {\n    fn g() {}\n}\n";
        assert_eq!(code_lines(text), 1);
    }

    #[test]
    fn tests_in_the_middle_or_in_a_file_of_their_own_hide_nothing() {
        assert_eq!(code_lines("#[cfg(test)]\nmod tests {\n}\nfn f() {}\n"), 4);
        assert_eq!(code_lines("#[cfg(test)]\nmod tests;\nfn f() {\n}\n"), 4);
        assert_eq!(code_lines("fn f() {}\n#[cfg(test)]\nmod tests;\n"), 3);
    }

    #[test]
    fn a_word_stands_by_itself() {
        assert!(has_word("unsafe { }", "unsafe"));
        assert!(!has_word("unsafe_code(is_unsafe)", "unsafe"));
    }
}
