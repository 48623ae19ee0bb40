//! Every kind of mistake, M1 to M36: a file that has it, and how it is shown.

use std::path::{Path, PathBuf};

use sigpost_scenario::{Colour, MistakeKind, Scenario};
use snapbox::Data;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mistakes")
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "drill"))
        .collect();
    files.sort();
    files
}

/// The number in a file's name: 7 of `m07_option_twice.drill`.
fn number(path: &Path) -> u8 {
    path.file_name().unwrap().to_str().unwrap()[1..3].parse().unwrap()
}

#[test]
fn each_file_has_the_mistake_that_it_is_named_after_and_no_other() {
    for path in files() {
        let source = std::fs::read(&path).unwrap();
        let mistakes = Scenario::parse(&source).expect_err(&path.display().to_string());
        for mistake in &mistakes.0 {
            // `runing` is an option that is none, a condition without value is an option without value: M6, M8, M9.
            assert_eq!(mistake.kind.number(), number(&path), "{}: {mistake}", path.display());
        }
    }
}

#[test]
fn each_kind_of_mistake_has_a_file() {
    let numbers: Vec<u8> = files().iter().map(|path| number(path)).collect();
    for kind in MistakeKind::ALL {
        assert!(numbers.contains(&kind.number()), "no file for M{}", kind.number());
    }
}

#[test]
fn each_mistake_is_shown_as_a_compiler_shows_errors() {
    for path in files() {
        let source = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let mistakes = Scenario::parse(&source).expect_err(name);
        let shown = mistakes.render(name, &source, Colour::Never);
        let kept = Data::read_from(&path.with_extension("txt"), None);
        snapbox::Assert::new().action_env("SNAPSHOTS").eq(shown, kept.raw());
    }
}

#[test]
fn the_text_underlined_is_the_wrong_one() {
    let source = b"process a\n  a: kill(a, TREM)  # tuesday\n";
    let mistakes = Scenario::parse(source).unwrap_err();
    let mistake = &mistakes.0[0];
    assert_eq!((mistake.kind, mistake.span.line, mistake.span.column), (MistakeKind::UnknownSignal, 2, 14));
    assert_eq!(&source[mistake.span.start..mistake.span.end], b"TREM");
    assert_eq!(mistake.suggestion.as_deref(), Some("TERM"));
    assert_eq!(
        mistake.to_string(),
        "2:14: unknown signal (M17): expected a signal: `TERM`, `SIGTERM`, `RTMIN+1` or a number from 1 to 64; \
         did you mean `TERM`?"
    );
}

#[test]
fn a_mistake_does_not_make_others_below_it() {
    // The names of wrong declarations and of wrong forks are known below.
    let source = b"process a grop\nprocess b parent=a\nb: fork(c, id=)\nc: kill(a, TERM)\nexpect c: running\n";
    let mistakes = Scenario::parse(source).unwrap_err();
    let lines: Vec<u32> = mistakes.0.iter().map(|mistake| mistake.span.line).collect();
    assert_eq!(lines, [1, 3], "{mistakes}");
}

#[test]
fn carriage_returns_around_a_comment_are_none_of_it() {
    let laid_out = sigpost_scenario::format(b"#\r title\r \r\r\nprocess a\r\n").unwrap();
    assert_eq!(laid_out, "# title\nprocess a\n");
}

#[test]
fn carriage_returns_before_newlines_are_no_mistake() {
    let scenario = Scenario::parse(b"# title\r\nprocess a\r\na: pause() = blocks\r\n").unwrap();
    assert_eq!(scenario.title.as_deref(), Some("title"));
}

#[test]
fn only_spaces_and_tabs_stand_between_words() {
    for wrong in ["process a\x0cuid=1\n", "process a\x0buid=1\n", "process a\rprocess b\n", "\x0cprocess a\n"] {
        let mistakes = Scenario::parse(wrong.as_bytes()).unwrap_err();
        assert_eq!(mistakes.0.len(), 1, "{mistakes}");
    }
    assert!(Scenario::parse(b"\tprocess\ta \t uid=1\t#\x0c\n").is_ok());
}
