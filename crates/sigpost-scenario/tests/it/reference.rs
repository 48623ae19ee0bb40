//! docs/scenario-language.md against the language: every word has its place there, and what it shows is right.

use sigpost_engine::Verdict;
use sigpost_scenario::{Call, Code, Flags, KernelCall, MistakeKind, Name, Outcome, PersonalityName, Scenario};

const PAGE: &str = include_str!("../../../../docs/scenario-language.md");

/// Whether the word stands in a piece of code of the page.
fn is_told(word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    PAGE.split('`').skip(1).step_by(2).any(|code| code.split(|c| !is_part(c)).any(|part| part == word))
}

#[test]
fn every_word_of_the_language_is_in_its_reference() {
    let mut words: Vec<String> = Call::WORDS.iter().chain(&KernelCall::WORDS).map(|word| (*word).to_owned()).collect();
    words.extend(Verdict::ALL.map(|verdict| verdict.word().to_owned()));
    words.extend(PersonalityName::ALL.map(|name| name.word().to_owned()));
    words.extend(Outcome::ERRORS.map(|errno| errno.to_string()));
    words.extend(Code::WORDS.map(|(word, _)| word.to_owned()));
    words.extend(Flags::WORDS.map(|(word, _)| word.to_owned()));
    words.extend(Name::RESERVED.map(str::to_owned));
    words.extend(crate::usage::OPTIONS.map(|option| option.trim_end_matches('=').to_owned()));
    words.extend(crate::usage::CONDITIONS.map(str::to_owned));
    words.retain(|word| !is_told(word));
    assert!(words.is_empty(), "not in docs/scenario-language.md: {words:?}");
}

#[test]
fn every_kind_of_mistake_is_in_the_reference_with_its_number() {
    for kind in MistakeKind::ALL {
        let cell = format!("| M{} | {} |", kind.number(), kind.headline());
        assert!(PAGE.contains(&cell), "{cell}");
    }
}

#[test]
fn the_example_of_the_reference_holds_and_is_in_canonical_form() {
    let (_, example) = PAGE.split_once("```drill\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    assert_eq!(sigpost_scenario::format(example.as_bytes()).unwrap(), example);
    let scenario = Scenario::parse(example.as_bytes()).unwrap();
    for personality in scenario.personalities.iter() {
        let mut world = sigpost_scenario::EngineWorld::new(personality);
        let report = sigpost_scenario::run(&scenario, personality, &mut world);
        assert!(report.ending.is_passed(), "{:?}", report.ending);
    }
}
