//! Arguments as `getopt_long`(3) reads them: clusters of letters, attached values, long options that may be cut short,
//! operands anywhere; with the C library's words for what is wrong.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// Whether an option has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Value,
    /// Attached only: `-lTERM`, `--list=TERM`.
    Perhaps,
}

/// An option that a tool knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// Its letter, if it has one.
    pub(super) letter: Option<u8>,
    /// Its long name, by which it is also told apart here.
    pub(super) long: &'static str,
    pub(super) takes: Takes,
}

/// Shorthand for tables: an option with a letter.
pub(super) const fn letter(letter: u8, long: &'static str, takes: Takes) -> Known {
    Known { letter: Some(letter), long, takes }
}

/// Shorthand for tables: an option without one.
pub(super) const fn long(long: &'static str, takes: Takes) -> Known {
    Known { letter: None, long, takes }
}

/// One thing that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// An option by its long name, with its value.
    Option(&'static str, Option<OsString>),
    /// Anything else.
    Operand(OsString),
}

/// Reads all words.
///
/// # Errors
/// What is wrong with the first bad option, without the name of the program.
pub(super) fn read(words: &[OsString], table: &[Known]) -> Result<Vec<Word>, String> {
    let mut read = Vec::with_capacity(words.len());
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let bytes = word.as_bytes();
        if bytes == b"--" {
            read.extend(rest.by_ref().cloned().map(Word::Operand));
        } else if let Some(name) = bytes.strip_prefix(b"--") {
            read.push(read_long(name, table, &mut rest)?);
        } else if bytes.len() > 1 && bytes[0] == b'-' {
            read_cluster(&bytes[1..], table, &mut rest, &mut read)?;
        } else {
            read.push(Word::Operand(word.clone()));
        }
    }
    Ok(read)
}

/// `-abc`, `-uroot`, `-u root`: the letters after the dash.
pub(super) fn read_cluster<'a>(
    letters: &[u8],
    table: &[Known],
    rest: &mut impl Iterator<Item = &'a OsString>,
    read: &mut Vec<Word>,
) -> Result<(), String> {
    for (index, letter) in letters.iter().enumerate() {
        let shown = char::from(*letter);
        let Some(known) = table.iter().find(|known| known.letter == Some(*letter)) else {
            return Err(format!("invalid option -- '{shown}'"));
        };
        let attached = &letters[index + 1..];
        let value = match known.takes {
            Takes::Nothing => {
                read.push(Word::Option(known.long, None));
                continue;
            }
            Takes::Perhaps if attached.is_empty() => None,
            Takes::Value if attached.is_empty() => {
                let next = rest.next().ok_or_else(|| format!("option requires an argument -- '{shown}'"))?;
                Some(next.clone())
            }
            Takes::Perhaps | Takes::Value => Some(OsString::from_vec(attached.to_vec())),
        };
        read.push(Word::Option(known.long, value));
        return Ok(());
    }
    Ok(())
}

/// `--user=root`, `--user root`, `--us root`: what follows the dashes.
pub(super) fn read_long<'a>(
    text: &[u8],
    table: &[Known],
    rest: &mut impl Iterator<Item = &'a OsString>,
) -> Result<Word, String> {
    let mut halves = text.splitn(2, |byte| *byte == b'=');
    let name = String::from_utf8_lossy(halves.next().unwrap_or_default()).into_owned();
    let attached = halves.next().map(|value| OsStr::from_bytes(value).to_owned());
    let known = find_long(&name, table)?;
    let value = match (known.takes, attached) {
        (Takes::Nothing, Some(_)) => return Err(format!("option '--{}' doesn't allow an argument", known.long)),
        (Takes::Value, None) => {
            let next = rest.next().ok_or_else(|| format!("option '--{}' requires an argument", known.long))?;
            Some(next.clone())
        }
        (_, attached) => attached,
    };
    Ok(Word::Option(known.long, value))
}

/// The option of this name, or the only one that begins with it.
pub(super) fn find_long<'a>(name: &str, table: &'a [Known]) -> Result<&'a Known, String> {
    if let Some(known) = table.iter().find(|known| known.long == name) {
        return Ok(known);
    }
    let mut begun: Vec<&Known> =
        table.iter().filter(|known| !name.is_empty() && known.long.starts_with(name)).collect();
    // An option may have two letters.
    begun.dedup_by_key(|known| known.long);
    match *begun.as_slice() {
        [known] => Ok(known),
        [] => Err(format!("unrecognized option '--{name}'")),
        _ => {
            let names: Vec<_> = begun.iter().map(|known| format!("'--{}'", known.long)).collect();
            Err(format!("option '--{name}' is ambiguous; possibilities: {}", names.join(" ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [Known; 5] = [
        letter(b'u', "user", Takes::Value),
        letter(b'v', "verbose", Takes::Nothing),
        letter(b'V', "version", Takes::Nothing),
        letter(b'l', "list", Takes::Perhaps),
        long("ns", Takes::Value),
    ];

    fn told(words: &[&str]) -> String {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        match read(&words, &TABLE) {
            Err(line) => line,
            Ok(read) => {
                let shown = read.iter().map(|word| match word {
                    Word::Option(name, None) => (*name).to_owned(),
                    Word::Option(name, Some(value)) => format!("{name}={}", value.to_string_lossy()),
                    Word::Operand(word) => format!("({})", word.to_string_lossy()),
                });
                shown.collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn options_and_operands_may_stand_in_any_order_up_to_two_dashes() {
        assert_eq!(told(&["a", "-vu", "root", "-uroot", "b"]), "(a) verbose user=root user=root (b)");
        assert_eq!(told(&["--user=root", "--use", "root", "-"]), "user=root user=root (-)");
        assert_eq!(told(&["-v", "--", "-v", "--"]), "verbose (-v) (--)");
        assert_eq!(told(&["-l", "TERM", "-lTERM", "--list=TERM"]), "list (TERM) list=TERM list=TERM");
        assert_eq!(told(&["--ns", "-1"]), "ns=-1");
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_the_c_library() {
        assert_eq!(told(&["-vx"]), "invalid option -- 'x'");
        assert_eq!(told(&["-u"]), "option requires an argument -- 'u'");
        assert_eq!(told(&["--nss"]), "unrecognized option '--nss'");
        assert_eq!(told(&["--user"]), "option '--user' requires an argument");
        assert_eq!(told(&["--verbose=1"]), "option '--verbose' doesn't allow an argument");
        assert_eq!(told(&["--ver"]), "option '--ver' is ambiguous; possibilities: '--verbose' '--version'");
    }
}
