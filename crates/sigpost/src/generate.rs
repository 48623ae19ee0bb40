//! `sigpost completions` and `sigpost man`: made from the one definition of the arguments.

use std::io;

use clap::{ArgMatches, Command};
use clap_mangen::Man;

use crate::command_line::definition;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::print;

/// Prints the completion script of a shell.
///
/// # Errors
/// Exit 3: the output cannot be written.
pub(crate) fn completions(matches: &ArgMatches) -> Result<Exit, Failure> {
    let shell = matches.get_one::<clap_complete::Shell>("shell").copied();
    let shell = shell.ok_or_else(|| Failure::usage("SHELL is missing: bash, elvish, fish, powershell or zsh"))?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition::whole(), "sigpost", &mut script);
    print::results(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// Prints the manual page of the whole command, or of one verb.
///
/// # Errors
/// Exit 3: the output cannot be written.
pub(crate) fn manual(matches: &ArgMatches) -> Result<Exit, Failure> {
    let mut whole = definition::whole();
    whole.build();
    let verb = matches.get_one::<String>("verb");
    let page = verb.and_then(|name| whole.find_subcommand(name)).unwrap_or(&whole).clone();
    let roff = roff(page).map_err(|error| Failure::internal(format!("the manual page cannot be made: {error}")))?;
    print::results(&String::from_utf8_lossy(&roff))?;
    Ok(Exit::Done)
}

fn roff(page: Command) -> io::Result<Vec<u8>> {
    let tables = page.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let has_verbs = page.has_subcommands();
    let version = concat!("sigpost ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(page).manual("sigpost").source(version);
    let mut roff = Vec::new();
    man.render_title(&mut roff)?;
    man.render_name_section(&mut roff)?;
    man.render_synopsis_section(&mut roff)?;
    man.render_description_section(&mut roff)?;
    if has_verbs {
        man.render_subcommands_section(&mut roff)?;
    }
    man.render_options_section(&mut roff)?;
    for table in tables.split("\n\n").filter(|table| !table.is_empty()) {
        roff.extend(section(table).bytes());
    }
    Ok(roff)
}

/// A block of the long help, a heading and its lines, as a section whose lines are kept as they are.
fn section(table: &str) -> String {
    let (heading, lines) = table.split_once('\n').unwrap_or((table, ""));
    let heading = heading.split([':', '(']).next().unwrap_or_default().trim().to_uppercase();
    let mut roff = format!(".SH \"{heading}\"\n.nf\n");
    for line in lines.lines() {
        // A control line would begin with a dot or a quote: none does after the escape that prints nothing.
        roff += "\\&";
        roff += &line.replace('\\', "\\e").replace('-', "\\-");
        roff.push('\n');
    }
    roff + ".fi\n"
}
