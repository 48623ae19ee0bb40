//! From the words of the command line to what is to be done.
//!
//! Three steps: the verb is chosen ([`verb`]), the signal word `-TERM` is taken out ([`signal_word`]), and what is
//! left is read by the definition of that one verb ([`definition`]), so that a plain send does not pay for building
//! the help of all the others.

pub(crate) mod complaint;
pub(crate) mod definition;
pub(crate) mod duration;
pub(crate) mod options;
pub(crate) mod selecting;
pub(crate) mod signal_word;
pub(crate) mod verb;

use std::ffi::OsString;

use clap::ArgMatches;

use crate::failure::Failure;
use complaint::Complaint;
use signal_word::Chosen;
use verb::Verb;

/// What is to be done, as far as the command line says.
pub(crate) enum Request {
    /// One of the verbs, with its arguments.
    Verb {
        /// Which one.
        verb: Verb,
        /// The signal of `-TERM`, if there was one.
        signal: Option<Chosen>,
        /// Everything else.
        matches: ArgMatches,
    },
    /// Help or version was asked for: this text, on standard output.
    Print(clap::builder::StyledStr),
}

/// Reads the command line, without the name of the program.
///
/// # Errors
/// Exit 2: no verb of that name, a second signal, an unknown option, a value that is none.
pub(crate) fn read(words: Vec<OsString>) -> Result<Request, Failure> {
    let (verb, words) = match verb::choose(words)? {
        verb::Choice::Verb(verb, words) => (verb, words),
        verb::Choice::TopLevel(words) => return top_level(words),
    };
    let definition = verb.definition().no_binary_name(true);
    let (signal, words) = if verb.sends() { signal_word::take(words, &definition)? } else { (None, words) };
    if let Some(line) = complaint::no_text(&words, &definition) {
        return Err(Failure::usage(line));
    }
    match definition.try_get_matches_from(words) {
        Ok(matches) => Ok(Request::Verb { verb, signal, matches }),
        Err(error) => complaint::judge(&error, &format!("sigpost {}", verb.name())).map_or_else(Err, print),
    }
}

/// `sigpost --help`, `sigpost --version`: the whole tree is built only here.
fn top_level(words: Vec<OsString>) -> Result<Request, Failure> {
    match definition::whole().no_binary_name(true).try_get_matches_from(words) {
        Ok(_) => Err(Failure::internal("the help could not be built: this is a defect of sigpost")),
        Err(error) => complaint::judge(&error, "sigpost").map_or_else(Err, print),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the good half of `map_or_else`")]
fn print(complaint: Complaint) -> Result<Request, Failure> {
    Ok(Request::Print(complaint.0))
}
