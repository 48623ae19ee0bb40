//! Events as lines for people: when, the signal, from whom, to whom, and what became of it.

use core::fmt::Write as _;
use core::time::Duration;

use anstyle::{AnsiColor, Style};
use sigpost_engine::Verdict;
use sigpost_linux::user::Users;
use sigpost_linux::watch::{Ended, Generated, How, Taken};
use unicode_width::UnicodeWidthStr as _;

use super::cause;
use super::clock::Clock;
use super::ends;

/// Writes lines. Columns are as wide as what is usual in them: lines come one by one.
pub(super) struct Lines {
    pub(super) users: Users,
    pub(super) clock: Clock,
}

const ORIGIN: usize = 24;
const TARGET: usize = 18;

impl Lines {
    /// `23:01:02.123456  TERM  5120 bash (root)  ->  4711 nginx  terminates`.
    pub(super) fn signal(&self, generated: &Generated) -> String {
        let (dim, plain) = (Style::new().dimmed(), Style::new());
        let origin = cause::origin(generated, &self.users);
        let mut target = cause::number_and_name(&generated.target);
        if !generated.for_process && generated.target.thread != generated.target.pid {
            let _ = write!(target, " thread {}", generated.target.thread);
        }
        let became = became(generated);
        let style = generated.verdict.map_or(plain, colour);
        let how = match generated.how {
            How::Tgkill => "  by tgkill",
            How::Sigqueue(_) => "  by sigqueue",
            _ => "",
        };
        format!(
            "{dim}{}{dim:#}  {:<6}  {origin}{:gap$}  ->  {target}{:space$}  {style}{became}{style:#}{dim}{how}{dim:#}\n",
            self.clock.time_of_day(generated.time),
            generated.signal.to_string(),
            "",
            "",
            gap = ORIGIN.saturating_sub(origin.width()),
            space = TARGET.saturating_sub(target.width()),
        )
    }

    /// That it was taken, and how long it had to wait.
    pub(super) fn taken(&self, taken: &Taken, name: &str, waited: Option<u64>) -> String {
        let dim = Style::new().dimmed();
        let by = if taken.by_handler { "its handler runs" } else { "it acts by default" };
        let thread = match taken.thread {
            thread if thread == taken.process => String::new(),
            thread => format!(" thread {thread}"),
        };
        let waited =
            waited.map_or_else(String::new, |waited| format!(", {} later", ends::told(Duration::from_nanos(waited))));
        format!(
            "{dim}{}  {:<6}  taken by {} {name}{thread}: {by}{waited}{dim:#}\n",
            self.clock.time_of_day(taken.time),
            taken.signal.to_string(),
            taken.process,
        )
    }

    /// That a process ended, and who did it.
    pub(super) fn ended(&self, ended: &Ended, by: Option<&Generated>) -> String {
        let dim = Style::new().dimmed();
        let sentence = ends::sentence(ended, by, &self.users);
        format!("{dim}{}{dim:#}  ended   {sentence}\n", self.clock.time_of_day(ended.time))
    }
}

/// The verdict, with the kernel's own result where that does not follow from it.
fn became(generated: &Generated) -> String {
    match generated.verdict {
        Some(verdict) if generated.fate == sigpost_linux::generated::Fate::InfoLost => format!("{verdict} (info lost)"),
        Some(verdict) => verdict.to_string(),
        None => generated.fate.word().to_owned(),
    }
}

fn colour(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Terminates | Verdict::Dumps => AnsiColor::Red.on_default(),
        Verdict::Handles | Verdict::Accepts | Verdict::Continues => AnsiColor::Green.on_default(),
        Verdict::Pends | Verdict::Defers | Verdict::Stops | Verdict::Traces | Verdict::QueueFull => {
            AnsiColor::Yellow.on_default()
        }
        _ => Style::new().dimmed(),
    }
}
