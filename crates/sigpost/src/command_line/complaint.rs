//! What the argument parser objects to, as one line.

use clap::Error;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ErrorKind};

use crate::failure::Failure;

/// Help or version text that was asked for: no objection.
pub(crate) struct Complaint(pub(crate) StyledStr);

/// Options that are planned and not there yet: they must not read as mistyped ones.
const NOT_YET: [&str; 3] = [
    "--ask",
    "--require-handler",
    "-o",
];

/// Text to print where help or the version was asked for, otherwise the failure as one line. `command` is what
/// to type before `--help`.
pub(crate) fn judge(error: &Error, command: &str) -> Result<Complaint, Failure> {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return Ok(Complaint(error.render()));
    }
    Err(Failure::usage(line(error, command)))
}

fn line(error: &Error, command: &str) -> String {
    let option = context(error, ContextKind::InvalidArg).unwrap_or_default();
    let help = format!("`{command} --help` lists the options");
    match error.kind() {
        ErrorKind::UnknownArgument if NOT_YET.contains(&option.as_str()) => {
            format!("the option {option} is not there yet; {help}")
        }
        ErrorKind::UnknownArgument => match context(error, ContextKind::SuggestedArg) {
            Some(other) => format!("no option {option} (did you mean {other}?); {help}"),
            None if option.starts_with('-') => format!("no option {option}; {help}"),
            None => format!("{option} is one argument too many; {help}"),
        },
        ErrorKind::InvalidValue => invalid_value(error, &option, &help),
        ErrorKind::ValueValidation => {
            let value = context(error, ContextKind::InvalidValue).unwrap_or_default();
            let cause = core::error::Error::source(error).map_or_else(String::new, |source| format!(" ({source})"));
            format!("{option} does not take `{value}`{cause}; {help}")
        }
        ErrorKind::ArgumentConflict => match context(error, ContextKind::PriorArg) {
            Some(other) if other != option => format!("{option} and {other} exclude each other"),
            _ => format!("{option} is given twice; once is enough"),
        },
        ErrorKind::MissingRequiredArgument => format!("{option} is missing; {help}"),
        _ => first_line(error),
    }
}

fn invalid_value(error: &Error, option: &str, help: &str) -> String {
    let value = context(error, ContextKind::InvalidValue).unwrap_or_default();
    match (value.is_empty(), context(error, ContextKind::ValidValue)) {
        (true, _) => format!("{option} needs a value; {help}"),
        (false, Some(valid)) => format!("{option} does not take `{value}`, only one of: {valid}"),
        (false, None) => format!("{option} does not take `{value}`; {help}"),
    }
}

fn context(error: &Error, kind: ContextKind) -> Option<String> {
    let text = error.get(kind)?.to_string();
    // A definition such as `--max <N>` stands for the option alone.
    let name = text.split(" <").next().unwrap_or(&text);
    let name = name.trim_end_matches("...").trim_matches(['<', '>', '[', ']']);
    (!name.is_empty()).then(|| name.to_owned())
}

fn first_line(error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
