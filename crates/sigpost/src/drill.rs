//! `sigpost drill`: scenarios, run on the engine, on the Linux kernel, or on both, which are then compared.
//!
//! A file with a mistake is told like a compiler's error, and then nothing of the invocation is run. The last line
//! is the sum.

mod files;
mod kernel;
mod random;
mod tell;

use clap::builder::PossibleValuesParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use sigpost_drill::{Both, Divergence, Ledger};
use sigpost_scenario::{Ending, EngineWorld, PersonalityName, Report, World, run as run_scenario};

use sigpost_sys::turns;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::print;
use files::File;
use kernel::Kernel;
use tell::{Outcome, Tally, Told};

/// Where scenarios are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    Engine,
    Linux,
    Both,
}

impl On {
    const WORDS: [&'static str; 3] = ["engine", "linux", "both"];

    fn read(matches: &ArgMatches) -> Result<Self, Failure> {
        let is_said = matches.value_source("on") == Some(ValueSource::CommandLine);
        match matches.get_one::<String>("on").map(String::as_str) {
            Some("linux") => Ok(Self::Linux),
            Some("both") => Ok(Self::Both),
            _ if !matches.get_flag("alone") => Ok(Self::Engine),
            _ if is_said => Err(Failure::usage("--alone runs on the kernel: with --on linux (the default), or both")),
            _ => Ok(Self::Linux),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Linux => "linux",
            Self::Both => "both",
        }
    }
}

/// The verb's arguments.
pub(crate) fn definition() -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).help(help).action(ArgAction::SetTrue);
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    Command::new("drill")
        .bin_name("sigpost drill")
        .max_term_width(100)
        .about("Run scenarios on the engine, on the Linux kernel, or on both")
        .override_usage(
            "sigpost drill [OPTION]... FILE|FOLDER...\n       sigpost drill --random N [--seed S]\n       \
             sigpost drill --alone [--power-off] [OPTION]... FILE|FOLDER...",
        )
        .arg(
            Arg::new("files")
                .value_name("FILE|FOLDER")
                .help("Scenario files, or folders of `.drill` files")
                .action(ArgAction::Append)
                .value_parser(value_parser!(std::path::PathBuf)),
        )
        .arg(
            option("on", "WORLD", "Run on the engine, on real processes in a private namespace, or compare the two")
                .value_parser(PossibleValuesParser::new(On::WORDS))
                .default_value("engine"),
        )
        .arg(
            option("personality", "SYSTEM", "Only under this system's rules")
                .value_parser(PossibleValuesParser::new(PersonalityName::ALL.map(PersonalityName::word))),
        )
        .arg(option("random", "N", "Make N scenarios at random and try those").value_parser(value_parser!(u64)))
        .arg(option("seed", "S", "The first seed of --random").value_parser(value_parser!(u64)).default_value("1"))
        .arg(
            option("cpu", "N", "With --random: keep everyone on this CPU, ahead of all others there if that is allowed")
                .value_parser(value_parser!(usize)),
        )
        .arg(flag("alone", "Run on the kernel in the machine itself, as its process 1 with nobody else there"))
        .arg(flag("power-off", "With --alone: power the machine off at the end").requires("alone"))
        .arg(flag("stop", "With --random and --json: stop at the first finding"))
        .arg(flag("json", "Print a JSON line for each run; with --random for each finding, and one with the counts"))
        .arg(flag("list", "List the scenarios and run nothing").conflicts_with_all(["fmt", "json", "deny-skips"]))
        .arg(
            flag("fmt", "Write the files anew in their canonical form, and run nothing")
                .conflicts_with_all(["json", "deny-skips"]),
        )
        .arg(flag("deny-skips", "A scenario that cannot be run here is a failure"))
        .arg(Arg::new("puppet").long("puppet").hide(true).num_args(0..).allow_hyphen_values(true).value_parser(value_parser!(String)))
        .arg(option("color", "WHEN", "Colour the output").value_parser(["auto", "always", "never"]))
        .after_long_help(
            "Exit status:\n  0    none failed; what cannot be run here was skipped with its reason\n  1    some failed, or nothing \
             could be run\n  2    a file has a \
             mistake: nothing was run\n  3    something failed inside",
        )
}

/// Runs the verb.
///
/// # Errors
/// Exit 2: no file, a file that cannot be read or has a mistake. Exit 3: the ledger or the output.
pub(crate) fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    if let Some(words) = matches.get_many::<String>("puppet") {
        // A process of a scenario has executed this program.
        let words: Vec<String> = words.cloned().collect();
        std::process::exit(sigpost_drill::executed(&words));
    }
    let on = On::read(matches)?;
    if !matches.get_flag("alone") {
        return run_on(matches, on, || if on == On::Engine { Kernel::None } else { Kernel::in_namespaces() });
    }
    // Verified before anything else is done, and before the machine may be powered off.
    let alone = Kernel::alone()?;
    let outcome = run_on(matches, on, || alone);
    if !matches.get_flag("power-off") {
        return outcome;
    }
    if let Err(failure) = &outcome {
        print::remark(&failure.line);
    }
    Err(kernel::power_off())
}

fn run_on(matches: &ArgMatches, on: On, kernel: impl FnOnce() -> Kernel) -> Result<Exit, Failure> {
    if let Some(count) = matches.get_one::<u64>("random") {
        refuse_with_random(matches, on)?;
        let seed = matches.get_one::<u64>("seed").copied().unwrap_or(1);
        if let Some(cpu) = matches.get_one::<usize>("cpu") {
            keep_on(*cpu)?;
        }
        if matches.get_flag("json") {
            return random::campaign::run(on, &kernel(), seed, *count, matches.get_flag("stop"));
        }
        return random::run(on, &kernel(), seed, *count, matches.get_flag("deny-skips"));
    }
    if matches.value_source("seed") == Some(ValueSource::CommandLine) {
        return Err(Failure::usage("--seed is the first seed of --random N, and there is none"));
    }
    let paths: Vec<_> = matches.get_many("files").into_iter().flatten().collect();
    if paths.is_empty() {
        return Err(Failure::usage("no scenario: name files or folders, or --random N"));
    }
    let files = files::read(&paths)?;
    if matches.get_flag("list") {
        return files.iter().try_for_each(File::list).map(|()| Exit::Done);
    }
    if matches.get_flag("fmt") {
        return files.iter().try_for_each(File::format).map(|()| Exit::Done);
    }
    let only = matches.get_one::<String>("personality").and_then(|word| PersonalityName::from_word(word));
    if let Some(other) = only.filter(|only| on != On::Engine && *only != PersonalityName::Linux) {
        return Err(Failure::usage(format!("--personality {other} goes with --on engine: the kernel here is linux")));
    }
    run_files(&files, on, &kernel(), only, [matches.get_flag("json"), matches.get_flag("deny-skips")])
}

/// `--random` makes its own scenarios: what is said about files would be lost.
fn refuse_with_random(matches: &ArgMatches, on: On) -> Result<(), Failure> {
    if on == On::Linux && matches.get_flag("json") {
        let why = "--random --json compares the engine with the kernel: give --on both, or --on engine";
        return Err(Failure::usage(why));
    }
    if matches.contains_id("files") {
        return Err(Failure::usage("--random makes its own scenarios: name files, or --random, not both"));
    }
    let is_given = |name: &&str| matches.value_source(name) == Some(ValueSource::CommandLine);
    match ["list", "fmt", "personality"].into_iter().find(is_given) {
        Some(name) => Err(Failure::usage(format!("--{name} goes with files, not with --random"))),
        None => Ok(()),
    }
}

/// Keeps this process and those of its scenarios on one CPU, where they take turns: who is told to do something does it
/// at once. Without the right to go first they share the CPU with everyone, and it takes longer.
fn keep_on(cpu: usize) -> Result<(), Failure> {
    turns::stay_on(cpu).map_err(|errno| Failure::usage(format!("--cpu {cpu}: {errno}: name a CPU that is there")))?;
    let _ = turns::go_first();
    Ok(())
}

fn run_files(
    files: &[File],
    on: On,
    kernel: &Kernel,
    only: Option<PersonalityName>,
    [json, deny_skips]: [bool; 2],
) -> Result<Exit, Failure> {
    let mut ledger = Ledger::known().map_err(|error| Failure::internal(error.to_string()))?;
    let mut tally = Tally::default();
    for file in files {
        kernel.announce(&file.path);
        for told in run_file(file, on, kernel, only, &mut ledger)? {
            tally.add(&told);
            told.print(json)?;
        }
    }
    tally.print(json)?;
    Ok(if tally.failed(deny_skips) { Exit::Nothing } else { Exit::Done })
}

/// Runs a scenario under each of its personalities that the world can be.
fn run_file<'a>(
    file: &'a File,
    on: On,
    kernel: &Kernel,
    only: Option<PersonalityName>,
    ledger: &mut Ledger,
) -> Result<Vec<Told<'a>>, Failure> {
    let told = |personality, outcome, unchecked| Told { file, on, personality, outcome, unchecked };
    let wanted = |name: &PersonalityName| only.is_none_or(|only| only == *name);
    let names: Vec<_> = file.scenario.personalities.iter().filter(wanted).collect();
    if on == On::Engine {
        let run = |name: PersonalityName| {
            let report = run_scenario(&file.scenario, name, &mut EngineWorld::new(name));
            told(name, Outcome::of(report.ending), report.unchecked)
        };
        return Ok(names.into_iter().map(run).collect());
    }
    let linux = PersonalityName::Linux;
    if !names.contains(&linux) {
        let reason = Outcome::Skipped("it does not hold under linux".to_owned());
        return Ok(vec![told(linux, reason, 0)]);
    }
    let kernel = kernel.world().map_err(|error| Failure::internal(format!("{}: {error}", file.path)))?;
    if on == On::Linux {
        let report = play(file, kernel).0;
        return Ok(vec![told(linux, Outcome::of(report.ending), report.unchecked)]);
    }
    let (report, both) = play(file, Both::new(EngineWorld::new(linux), kernel));
    let unknown = both.divergences().iter().filter(|divergence| ledger.reason(divergence, &file.scenario).is_none());
    let unknown: Vec<Divergence> = unknown.cloned().collect();
    let unchecked = both.unchecked();
    let outcome = match report.ending {
        Ending::Passed if !unknown.is_empty() => Outcome::Diverges(unknown),
        ending => Outcome::of(ending),
    };
    Ok(vec![told(linux, outcome, unchecked)])
}

fn play<W: World>(file: &File, mut world: W) -> (Report, W) {
    (run_scenario(&file.scenario, PersonalityName::Linux, &mut world), world)
}

/// The colours of the scenario crate's own renderer, as `--color` and the terminal decide.
fn colour() -> sigpost_scenario::Colour {
    colour_on(&std::io::stdout())
}

fn colour_on(stream: &impl anstream::stream::RawStream) -> sigpost_scenario::Colour {
    match anstream::AutoStream::choice(stream) {
        anstream::ColorChoice::Never => sigpost_scenario::Colour::Never,
        _ => sigpost_scenario::Colour::Always,
    }
}

/// A line on standard output.
fn line(text: &str) -> Result<(), Failure> {
    print::results(&format!("{text}\n"))
}
