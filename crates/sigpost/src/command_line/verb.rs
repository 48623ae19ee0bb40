//! Which verb the command line means, and when it may go without one.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use clap::Command;

use super::{definition, selecting, signal_word};
use crate::failure::Failure;
use crate::names::Name;
use crate::render::escape::printable;
use crate::target;

/// What the command can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Send,
    Explain,
    Ls,
    End,
    Wait,
    Why,
    Tree,
    Watch,
    Signals,
    Demo,
    Drill,
    Completions,
    Man,
    InstallNames,
}

impl Verb {
    /// Every verb, in the order of the help.
    pub(crate) const ALL: [Self; 14] = [
        Self::Send,
        Self::Explain,
        Self::Ls,
        Self::End,
        Self::Wait,
        Self::Why,
        Self::Tree,
        Self::Watch,
        Self::Signals,
        Self::Demo,
        Self::Drill,
        Self::Completions,
        Self::Man,
        Self::InstallNames,
    ];

    /// The word for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Explain => "explain",
            Self::Ls => "ls",
            Self::End => "end",
            Self::Wait => "wait",
            Self::Why => "why",
            Self::Tree => "tree",
            Self::Watch => "watch",
            Self::Signals => "signals",
            Self::Demo => "demo",
            Self::Drill => "drill",
            Self::Completions => "completions",
            Self::Man => "man",
            Self::InstallNames => "install-names",
        }
    }

    /// The verb's arguments: the one definition that parser, help, manual pages and completions are made from.
    pub(crate) fn definition(self) -> Command {
        match self {
            Self::Send => definition::send(),
            Self::Explain => definition::explain(),
            Self::Ls => definition::ls(),
            Self::End => definition::end(),
            Self::Wait => definition::wait(),
            Self::Why => definition::why(),
            Self::Tree => definition::tree(),
            Self::Watch => crate::watch::definition(),
            Self::Signals => definition::signals(),
            Self::Demo => definition::demo(),
            Self::Drill => crate::drill::definition(),
            Self::Completions => definition::completions(),
            Self::Man => definition::man(),
            Self::InstallNames => definition::install_names(),
        }
    }

    /// Whether it takes a signal.
    pub(crate) const fn sends(self) -> bool {
        matches!(self, Self::Send | Self::Explain | Self::End)
    }

    /// The verb of this name.
    pub(crate) fn named(word: &OsStr) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| word == verb.name())
    }
}

/// What the first words decide.
pub(crate) enum Choice {
    /// This verb, with these arguments.
    Verb(Verb, Vec<OsString>),
    /// Help or version of the whole command.
    TopLevel(Vec<OsString>),
}

/// Chooses the verb from all words of the command line.
///
/// A bare word in first place must be a verb. Without one it is a send, only when the first argument is a signal
/// or when every target is a number or a prefixed form: a mistyped verb must never be taken for a command name.
///
/// # Errors
/// Exit 2: a first word that is no verb, or a bare word among the targets of a send without a verb.
pub(crate) fn choose(mut words: Vec<OsString>) -> Result<Choice, Failure> {
    let Some(first) = words.first().cloned() else {
        return Err(Failure::usage(
            "no verb and no target: `sigpost send TARGET...` sends TERM, `sigpost demo` shows what receipts are, \
             `sigpost --help` lists the rest",
        ));
    };
    if let Some(verb) = Verb::named(&first) {
        words.remove(0);
        return Ok(Choice::Verb(verb, words));
    }
    match first.as_bytes() {
        b"-h" | b"--help" | b"-V" | b"--version" => return Ok(Choice::TopLevel(words)),
        b"help" => return help(words.get(1)),
        _ => {}
    }
    let listing = words.iter().take_while(|word| *word != "--").position(|word| word == "-l");
    if let Some(place) = listing {
        words.remove(place);
        return Ok(Choice::Verb(Verb::Signals, words));
    }
    if !target::is_number_or_prefixed(&first) {
        return Err(no_verb(&first));
    }
    if signal_word::is_signal_option(&first) {
        refuse_late_verb(&words)?;
    } else {
        refuse_bare_words(&words)?;
    }
    Ok(Choice::Verb(Verb::Send, words))
}

/// `sigpost help`, `sigpost help send`.
fn help(about: Option<&OsString>) -> Result<Choice, Failure> {
    let long_help = vec![OsString::from("--help")];
    match about {
        None => Ok(Choice::TopLevel(long_help)),
        Some(word) => match Verb::named(word) {
            Some(verb) => Ok(Choice::Verb(verb, long_help)),
            None => Err(no_verb(word)),
        },
    }
}

/// The words that are targets: no options, no values of options.
fn targets(words: &[OsString]) -> Vec<&OsString> {
    let definition = definition::send();
    let mut found = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            found.extend(rest.by_ref());
        } else if signal_word::takes_value(&definition, &word.to_string_lossy()) {
            rest.next();
        } else if !word.as_bytes().starts_with(b"-") {
            found.push(word);
        }
    }
    found
}

/// `sigpost -TERM send 4711`: the verb comes first; `send` is hardly meant as a command name.
fn refuse_late_verb(words: &[OsString]) -> Result<(), Failure> {
    match targets(words).first().and_then(|word| Verb::named(word)) {
        Some(verb) => {
            let (verb, first) = (verb.name(), printable(words[0].as_bytes()));
            Err(Failure::usage(format!(
                "the verb comes first: sigpost {verb} {first} ...; for a command of that name: n:{verb}"
            )))
        }
        None => Ok(()),
    }
}

/// Without a verb and without a leading signal, a bare word may be a mistake; and options that select are too
/// many to be meant by chance.
fn refuse_bare_words(words: &[OsString]) -> Result<(), Failure> {
    let options = words.iter().take_while(|word| *word != "--").map(|word| printable(word.as_bytes()));
    // `-USR1` is a signal and no `-U`: the signal word wins over every cluster of letters.
    let starts = |word: &String| {
        word.starts_with('-') && !signal_word::is_signal_option(OsStr::new(word)) && selecting::selects(word)
    };
    if let Some(option) = options.into_iter().find(starts) {
        return Err(Failure::usage(format!(
            "{option} selects by more than numbers: that needs the verb, as in sigpost send {option} ..."
        )));
    }
    match targets(words).into_iter().find(|word| !target::is_number_or_prefixed(word)) {
        Some(word) => {
            let text = printable(word.as_bytes());
            Err(Failure::usage(format!(
                "{text}: without a verb every target is a number or a prefixed form; for a command of that name: \
                 sigpost send {text}"
            )))
        }
        None => Ok(()),
    }
}

/// A first word that is no verb.
fn no_verb(word: &OsStr) -> Failure {
    let text = printable(word.as_bytes());
    if target::is_signal_name(&text) {
        return Failure::usage(format!(
            "no verb `{text}`; for the signal write -{text}: sigpost -{text} TARGET...; for a command of that name: \
             sigpost send n:{text}"
        ));
    }
    let meant = Verb::ALL.map(Verb::name).into_iter().chain(["help"]).chain(Name::ALL.map(Name::word));
    let nearest = meant.map(|name| (strsim::damerau_levenshtein(&text, name), name)).min();
    let hint = match nearest {
        // A letter in three: of shorter words others are too near.
        Some((distance, name)) if distance * 3 <= name.len() => format!(" (did you mean `{name}`?)"),
        _ => String::new(),
    };
    Failure::usage(format!("no verb `{text}`{hint}; for a command of that name: sigpost send {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(words: &[&str]) -> Result<(Option<Verb>, usize), String> {
        match choose(words.iter().map(OsString::from).collect()) {
            Ok(Choice::Verb(verb, rest)) => Ok((Some(verb), rest.len())),
            Ok(Choice::TopLevel(rest)) => Ok((None, rest.len())),
            Err(failure) => Err(failure.line),
        }
    }

    #[test]
    fn the_first_word_is_the_verb_or_it_is_a_send_of_numbers() {
        let cases: [(&[&str], Option<Verb>, usize); 19] = [
            (&["-v", "-USR1", "4711"], Some(Verb::Send), 3),
            (&["--json", "-USR1", "4711"], Some(Verb::Send), 3),
            (&["4711", "-USR1"], Some(Verb::Send), 2),
            (&["-q", "4711", "-USR1"], Some(Verb::Send), 3),
            (&["-v", "-USR1", "g:4711", "4712", "-q"], Some(Verb::Send), 5),
            (&["explain", "nginx"], Some(Verb::Explain), 1),
            (&["send", "ls"], Some(Verb::Send), 1),
            (&["-9", "4711"], Some(Verb::Send), 2),
            (&["-9", "nginx"], Some(Verb::Send), 2),
            (&["-s", "TERM", "nginx"], Some(Verb::Send), 3),
            (&["4711", "g:5", "n:nginx"], Some(Verb::Send), 3),
            (&["-n", "--max", "3", "4711"], Some(Verb::Send), 4),
            (&["--", "4711"], Some(Verb::Send), 2),
            (&["-l"], Some(Verb::Signals), 0),
            (&["-l", "9"], Some(Verb::Signals), 1),
            (&["9", "-l"], Some(Verb::Signals), 1),
            (&["help", "ls"], Some(Verb::Ls), 1),
            (&["help"], None, 1),
            (&["--version"], None, 1),
        ];
        for (words, verb, rest) in cases {
            assert_eq!(chosen(words), Ok((verb, rest)), "{words:?}");
        }
    }

    #[test]
    fn a_mistyped_verb_is_never_a_command_name() {
        let cases: [(&[&str], &str); 11] = [
            (&["-v", "-USR1", "nginx"], "sigpost send nginx"),
            (&["4711", "-U", "0"], "-U selects by more than numbers"),
            (&["-ve", "4711", "4712"], "-ve selects by more than numbers"),
            (&["-vqu0", "4711"], "-vqu0 selects by more than numbers"),
            (&["expalin", "nginx"], "did you mean `explain`?"),
            (&["sned"], "did you mean `send`?"),
            (&["signal"], "did you mean `signals`?"),
            (&["nginx"], "sigpost send nginx"),
            (&["TERM", "4711"], "-TERM"),
            (&["4711", "nginx"], "sigpost send nginx"),
            (&["--json", "nginx"], "sigpost send nginx"),
        ];
        for (words, part) in cases {
            assert!(chosen(words).is_err_and(|line| line.contains(part)), "{words:?}");
        }
    }
}
