//! The contest: command lines run by turns, and the median of what each costs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// A command line that is measured.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    program: PathBuf,
    arguments: Vec<String>,
}

impl Line {
    /// The words of the line stand between blanks: none holds one.
    pub(crate) fn new(program: &Path, words: &str) -> Self {
        Self { program: program.to_owned(), arguments: words.split_whitespace().map(str::to_owned).collect() }
    }

    /// The command, with its input and output at `/dev/null`.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Runs it once.
    pub(crate) fn run(&self) -> Result<Cost, String> {
        let problem = |cause: String| format!("{} {}: {cause}", self.program.display(), self.arguments.join(" "));
        let start = Instant::now();
        let child = self.command().spawn().map_err(|error| problem(error.to_string()))?;
        let pid = i32::try_from(child.id()).map_err(|error| problem(error.to_string()))?;
        let (status, cost) = sigpost_sys::cost::wait(pid).map_err(|error| problem(error.to_string()))?;
        let wall = start.elapsed();
        if status.success() {
            Ok(Cost { cpu: cost.cpu.as_secs_f64(), wall: wall.as_secs_f64() })
        } else {
            Err(problem(status.to_string()))
        }
    }
}

/// Seconds that a line took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    /// CPU, its own code's and the kernel's.
    pub(crate) cpu: f64,
    /// By the clock.
    pub(crate) wall: f64,
}

/// Runs the lines by turns, so many rounds after one that does not count, and returns each one's medians.
///
/// # Errors
/// A line could not be run, or did not succeed.
pub(crate) fn by_turns(lines: &[Line], rounds: usize) -> Result<Vec<Cost>, String> {
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); lines.len()];
    for round in 0..=rounds {
        for turn in 0..lines.len() {
            // Nobody always comes after the same one.
            let index = if round % 2 == 0 { turn } else { lines.len() - 1 - turn };
            let cost = lines[index].run()?;
            if round > 0 || rounds == 0 {
                costs[index].push(cost);
            }
        }
    }
    Ok(costs
        .iter()
        .map(|costs| Cost { cpu: median(costs, |cost| cost.cpu), wall: median(costs, |cost| cost.wall) })
        .collect())
}

/// The middle one, or the mean of the two in the middle.
fn median<T>(of: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    let mut figures: Vec<f64> = of.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => 0.0,
        length if length % 2 == 1 => figures[middle],
        _ => f64::midpoint(figures[middle - 1], figures[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0], |figure| *figure).to_bits(), 2.0_f64.to_bits());
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0], |figure| *figure).to_bits(), 2.5_f64.to_bits());
        assert_eq!(median::<f64>(&[], |figure| *figure).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn a_line_that_fails_is_an_error_that_names_it() {
        let line = Line::new(Path::new("/bin/false"), "a b");
        assert!(line.run().is_err_and(|cause| cause.starts_with("/bin/false a b: ")));
        let lines = [Line::new(Path::new("/bin/true"), "")];
        assert_eq!(by_turns(&lines, 2).map(|costs| costs.len()), Ok(1));
    }
}
