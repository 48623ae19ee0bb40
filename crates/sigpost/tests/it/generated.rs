//! Help, version, manual pages, completions: all made from the one definition.

use snapbox::cmd::Command;
use snapbox::str;

fn sigpost() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sigpost"))
}

fn printed(words: &[&str]) -> String {
    let output = sigpost().args(words).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &[][..]), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

const VERBS: [&str; 12] =
    ["send", "explain", "ls", "end", "wait", "why", "tree", "signals", "demo", "drill", "completions", "man"];

#[test]
fn the_short_help_is_a_page_with_every_verb() {
    sigpost().arg("-h").assert().success().stdout_eq(str![[r"
Send signals on Linux, with a receipt for every target

Usage: sigpost VERB [OPTION]... [TARGET]...
       sigpost [-SIG] TARGET...

Verbs:
  send         Send a signal (TERM unless named), a receipt line for each target
  explain      Tell what a signal would do, and by which rule; nothing is sent
  ls           List what is selected, and what it catches, ignores, blocks
  end          TERM and CONT, time to obey, then KILL; tell each one's end
  wait         Wait until targets are gone; tell how each ended, where known
  why          Tell why a process is still alive, and what would end it
  tree         Show sessions, groups, processes, and what they do about signals
  watch        Show live who sends what to whom, and what became of it, on the whole machine
  signals      List the signals: number, name, default action, what it is for
  demo         Signal a small family of its own, to show what receipts are
  drill        Run scenarios on the engine, on the Linux kernel, or on both
  completions  Print the completion script for a shell
  man          Print the manual page, as roff: sigpost man | man -l -

Options:
  -h, --help     Print help (see more with '--help')
  -V, --version  Print version

`sigpost help VERB` has the options; `sigpost --help` targets, statuses, examples
`sigpost install-names DIR` links kill, pkill, pgrep, pidwait, killall to sigpost

"]]);
}

#[test]
fn the_long_help_explains_targets_statuses_and_gives_examples() {
    for words in [&["--help"][..], &["help"]] {
        let help = printed(words);
        for part in ["Targets (freely mixed):", "Exit status:", "Examples:", "sigpost demo"] {
            assert!(help.contains(part), "{part}");
        }
    }
}

#[test]
fn every_verb_has_help_a_manual_page_and_a_place_in_the_completions() {
    for verb in VERBS {
        assert_eq!(printed(&["help", verb]), printed(&[verb, "--help"]));
        assert!(printed(&["man", verb]).contains(&format!("sigpost\\-{verb}")), "{verb}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = printed(&["completions", shell]);
        assert!(VERBS.iter().all(|verb| script.contains(verb)), "{shell}");
        assert!(script.contains("all-or-none"), "{shell}");
    }
    let page = printed(&["man"]);
    let sections = [".TH sigpost 1", ".SH \"TARGETS\"", ".SH \"EXIT STATUS\"", ".SH \"EXAMPLES\""];
    assert!(sections.iter().all(|section| page.contains(section)), "{page}");
    assert_eq!(printed(&["--version"]), concat!("sigpost ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    let own = std::process::id().to_string();
    assert!(!printed(&["ls", &own]).contains('\x1b'));
    assert!(printed(&["ls", "--color", "always", &own]).contains('\x1b'));
}
