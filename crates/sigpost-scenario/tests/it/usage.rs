//! Everything that the language has a word for is used by the scenarios of the project, and not once only.

use alloc::collections::{BTreeMap, BTreeSet};

use sigpost_engine::Verdict;
use sigpost_scenario::{Act, Call, Declaration, KernelCall, Scenario, ScriptLine, Step};

use crate::corpus::corpus;

/// How often each word has to be used at least.
const ENOUGH: u32 = 5;

pub(crate) const OPTIONS: [&str; 22] = [
    "parent",
    "session",
    "group",
    "group=",
    "nogroup",
    "namespace",
    "uid",
    "privileged",
    "unprivileged",
    "system",
    "tty",
    "foreground",
    "ignore",
    "catch",
    "block",
    "stopped",
    "sleeping",
    "killable",
    "uninterruptible",
    "zombie",
    "traced_by",
    "sigpending_limit",
];

pub(crate) const CONDITIONS: [&str; 22] = [
    "running",
    "sleeping",
    "killable",
    "uninterruptible",
    "zombie",
    "reaped",
    "blocked_in_call",
    "same_sleep",
    "stopped",
    "killed",
    "dumped",
    "trace_stopped",
    "exited",
    "pending",
    "blocked",
    "handled",
    "returned",
    "group",
    "session",
    "parent",
    "sender",
    "code",
];

/// What kind of word it is, and the word.
type Uses = BTreeMap<(&'static str, String), u32>;

fn count(uses: &mut Uses, kind: &'static str, word: &str) {
    *uses.entry((kind, word.to_owned())).or_default() += 1;
}

/// The option as its printed form begins; a group of one's own and another's group are two.
fn count_options(uses: &mut Uses, declaration: &Declaration) {
    let text = declaration.to_string();
    if text.starts_with("thread ") {
        return;
    }
    for option in text.split(' ').skip(2).filter(|option| !option.is_empty()) {
        let word = option.split('=').next().unwrap_or(option);
        count(uses, "option", if option.starts_with("group=") { "group=" } else { word });
    }
}

fn count_step(uses: &mut Uses, step: &Step) {
    let kind = if matches!(step.act, Act::Kernel(_)) { "kernel call" } else { "call" };
    count(uses, kind, step.act.word());
    for receipt in step.receipts.iter().flatten() {
        count(uses, "verdict", &receipt.verdict.to_string());
    }
}

fn uses() -> Uses {
    let mut uses = Uses::new();
    for (_, source) in corpus() {
        let scenario = Scenario::parse(&source).unwrap();
        scenario.declarations.iter().for_each(|declaration| count_options(&mut uses, declaration));
        for line in &scenario.script {
            match line {
                ScriptLine::Step(step) => count_step(&mut uses, step),
                ScriptLine::Expectation(expected) => {
                    for condition in &expected.conditions {
                        let text = condition.to_string();
                        count(&mut uses, "condition", text.split(['(', '=']).next().unwrap_or(&text));
                    }
                }
            }
        }
    }
    uses
}

#[test]
fn every_word_of_the_language_is_used_by_several_scenarios() {
    let counts = uses();
    let verdicts: Vec<String> =
        Verdict::ALL.iter().filter(|verdict| is_written(**verdict)).map(Verdict::to_string).collect();
    let words = [
        ("call", Call::WORDS.to_vec()),
        ("kernel call", KernelCall::WORDS.to_vec()),
        ("option", OPTIONS.to_vec()),
        ("condition", CONDITIONS.to_vec()),
        ("verdict", verdicts.iter().map(String::as_str).collect()),
    ];
    let mut rare = Vec::new();
    let mut known = BTreeSet::new();
    for (kind, words) in words {
        for word in words {
            known.insert((kind, word.to_owned()));
            let used = counts.get(&(kind, word.to_owned())).copied().unwrap_or_default();
            if used < ENOUGH {
                rare.push(format!("{kind} {word}: {used}"));
            }
        }
    }
    assert!(rare.is_empty(), "used less than {ENOUGH} times:\n{}", rare.join("\n"));
    let unknown: Vec<_> = counts.keys().filter(|used| !known.contains(*used)).collect();
    assert!(unknown.is_empty(), "counted, but not listed here: {unknown:?}");
}

/// Whether scenarios can write a verdict: those of a live host cannot come of a scenario.
fn is_written(verdict: Verdict) -> bool {
    let text = format!("process a\na: kill(a, 0) -> a={verdict}\n");
    Scenario::parse(text.as_bytes()).is_ok()
}

#[test]
fn no_two_scenarios_show_the_same() {
    let corpus = corpus();
    assert!(corpus.len() >= 260, "{}", corpus.len());
    let mut titles = BTreeMap::new();
    for (path, source) in &corpus {
        let title = source.split(|byte| *byte == b'\n').next().map(<[u8]>::to_vec);
        if let Some(other) = titles.insert(title, path) {
            panic!("{} and {} begin with the same line", other.display(), path.display());
        }
    }
}
