//! starry-signal, the other signal library for kernels: a program that does one work when it is told to.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::rival;

/// The name and version that the table shows.
pub(crate) const NAME: &str = "starry-signal 0.3.0";

/// The program, running.
#[derive(Debug)]
pub(crate) struct Starry {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Starry {
    /// Starts it.
    ///
    /// # Errors
    /// It is not built: `cargo xtask rivals` does that.
    pub(crate) fn start() -> Result<Self, String> {
        let path = rival::path("starry")?;
        let problem = |cause: &dyn core::fmt::Display| format!("{}: {cause}", path.display());
        let mut child = Command::new(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| problem(&error))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (orders, answers) = pipes.ok_or_else(|| problem(&"it has no pipes"))?;
        Ok(Self { child, orders, answers: BufReader::new(answers) })
    }

    /// Nanoseconds a call of one batch of a work.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) fn batch(&mut self, work: &str, threads: usize, calls: u32) -> Result<f64, String> {
        let problem = |cause: &dyn core::fmt::Display| format!("{NAME}: {work} {threads}: {cause}");
        writeln!(self.orders, "{work} {threads} {calls}").map_err(|error| problem(&error))?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(|error| problem(&error))?;
        answer.trim().parse().map_err(|_| problem(&format!("it answers `{}`", answer.trim())))
    }
}

impl Drop for Starry {
    fn drop(&mut self) {
        // It would end by itself when its input ends.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
