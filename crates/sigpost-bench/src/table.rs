//! The table: rows of a work, our figure, the rival's, the ratio and the target.

use std::fmt::{self, Write as _};

/// A figure with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figure {
    value: f64,
    unit: Unit,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Seconds, printed in the unit that fits.
    Seconds,
    /// Bytes.
    Bytes,
    /// How many.
    Count,
}

impl Figure {
    /// Seconds.
    pub(crate) const fn seconds(value: f64) -> Self {
        Self { value, unit: Unit::Seconds }
    }

    /// Nanoseconds.
    pub(crate) const fn nanoseconds(value: f64) -> Self {
        Self { value: value / 1e9, unit: Unit::Seconds }
    }

    /// Bytes.
    pub(crate) const fn bytes(value: f64) -> Self {
        Self { value, unit: Unit::Bytes }
    }

    /// A count.
    pub(crate) const fn count(value: f64) -> Self {
        Self { value, unit: Unit::Count }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value;
        match self.unit {
            Unit::Bytes => write!(f, "{value:.0} B"),
            Unit::Count if value.fract() == 0.0 => write!(f, "{value:.0}"),
            Unit::Count => write!(f, "{value:.2}"),
            Unit::Seconds if value < 1e-6 => write!(f, "{:.1} ns", value * 1e9),
            Unit::Seconds if value < 1e-3 => write!(f, "{:.1} µs", value * 1e6),
            Unit::Seconds if value < 1.0 => write!(f, "{:.1} ms", value * 1e3),
            Unit::Seconds => write!(f, "{value:.2} s"),
        }
    }
}

/// What is to be reached.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// Ours divided by the rival's is at most this.
    Ratio(f64),
    /// Our figure is at most this.
    AtMost(Figure),
    /// Our figure is at least this.
    AtLeast(Figure),
    /// Our figure is exactly this.
    Exactly(Figure),
    /// The figure is told, and nothing is asked of it.
    Told,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ratio(ratio) => write!(f, "≤ {ratio}×"),
            Self::AtMost(figure) => write!(f, "≤ {figure}"),
            Self::AtLeast(figure) => write!(f, "≥ {figure}"),
            Self::Exactly(figure) => write!(f, "= {figure}"),
            Self::Told => write!(f, "-"),
        }
    }
}

/// What became of the measurement.
#[derive(Clone, Debug)]
enum Found {
    /// Our figure, and the rival's name and figure.
    Figures(Figure, Option<(String, Figure)>),
    /// What cannot be had here, and why: not met.
    Absent(String),
    /// The work itself failed, and how: a defect.
    Broken(String),
}

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    work: String,
    found: Found,
    target: Target,
}

impl Row {
    /// Our figure beside a rival's (its name with its version).
    pub(crate) fn beside(work: impl Into<String>, ours: Figure, rival: &str, theirs: Figure, target: Target) -> Self {
        Self { work: work.into(), found: Found::Figures(ours, Some((rival.to_owned(), theirs))), target }
    }

    /// Our figure, where nobody else does the work.
    pub(crate) fn alone(work: impl Into<String>, ours: Figure, target: Target) -> Self {
        Self { work: work.into(), found: Found::Figures(ours, None), target }
    }

    /// What cannot be measured here: a rival that cannot be had, a privilege that is missing.
    pub(crate) fn absent(work: impl Into<String>, why: impl Into<String>, target: Target) -> Self {
        Self { work: work.into(), found: Found::Absent(why.into()), target }
    }

    /// The work itself went wrong.
    pub(crate) fn broken(work: impl Into<String>, how: impl Into<String>) -> Self {
        Self { work: work.into(), found: Found::Broken(how.into()), target: Target::Told }
    }

    /// What was measured.
    pub(crate) fn work(&self) -> &str {
        &self.work
    }

    /// Whether the work went wrong.
    pub(crate) const fn is_broken(&self) -> bool {
        matches!(self.found, Found::Broken(_))
    }

    /// Whether a count is not what it must be on any machine, however loaded: no matter of time.
    pub(crate) fn is_wrong(&self) -> bool {
        let is_counted = matches!(self.found, Found::Figures(..)) && matches!(self.target, Target::Exactly(_));
        is_counted && self.is_met() == Some(false)
    }

    fn ratio(&self) -> Option<f64> {
        match &self.found {
            Found::Figures(ours, Some((_, theirs))) if theirs.value > 0.0 => Some(ours.value / theirs.value),
            _ => None,
        }
    }

    /// Whether the target is reached; `None` where none is set. What is absent or broken reaches none.
    fn is_met(&self) -> Option<bool> {
        let Found::Figures(ours, _) = &self.found else { return Some(false) };
        match self.target {
            Target::Ratio(most) => Some(self.ratio().is_some_and(|ratio| ratio <= most)),
            Target::AtMost(most) => Some(ours.value <= most.value),
            Target::AtLeast(least) => Some(ours.value >= least.value),
            Target::Exactly(wanted) => Some((ours.value - wanted.value).abs() < f64::EPSILON),
            Target::Told => None,
        }
    }

    /// The cells: work, ratio, target, met, ours, rival.
    fn cells(&self) -> [String; 6] {
        let ratio = self.ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}×"));
        let met = match (&self.found, self.is_met()) {
            (Found::Absent(_), _) => "not measured",
            (Found::Broken(_), _) => "FAILED",
            (Found::Figures(..), None) => "-",
            (Found::Figures(..), Some(true)) => "yes",
            (Found::Figures(..), Some(false)) => "NO",
        };
        let (ours, rival) = match &self.found {
            Found::Figures(ours, rival) => {
                let rival = rival.as_ref().map_or_else(|| "-".to_owned(), |(name, figure)| format!("{name}: {figure}"));
                (ours.to_string(), rival)
            }
            Found::Absent(why) | Found::Broken(why) => ("-".to_owned(), why.clone()),
        };
        [self.work.clone(), ratio, self.target.to_string(), met.to_owned(), ours, rival]
    }
}

const HEADINGS: [&str; 6] = ["work", "ratio", "target", "met", "ours", "rival"];

/// The rows in columns, for a terminal.
pub(crate) fn plain(rows: &[Row]) -> String {
    let lines: Vec<[String; 6]> =
        core::iter::once(HEADINGS.map(str::to_owned)).chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 6] = core::array::from_fn(width);
    let mut text = String::new();
    for line in &lines {
        for (cell, width) in line.iter().zip(widths) {
            let _ = write!(text, "{cell:width$}  ");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

/// The rows as a table of the page.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let line = |cells: [String; 6]| format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
    let mut text = line(HEADINGS.map(str::to_owned));
    text.push_str("|---|---|---|---|---|---|\n");
    for row in rows {
        text.push_str(&line(row.cells()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_by_figures_only() {
        let row =
            |ours, target| Row::beside("work", Figure::seconds(ours), "rival 1", Figure::seconds(2.0), target).is_met();
        assert_eq!(row(1.0, Target::Ratio(0.5)), Some(true));
        assert_eq!(row(1.1, Target::Ratio(0.5)), Some(false));
        assert_eq!(row(1.1, Target::AtMost(Figure::seconds(1.0))), Some(false));
        assert_eq!(row(1.1, Target::AtLeast(Figure::seconds(1.0))), Some(true));
        assert_eq!(row(1.1, Target::Told), None);
        assert_eq!(Row::alone("work", Figure::count(0.0), Target::Exactly(Figure::count(0.0))).is_met(), Some(true));
        assert_eq!(Row::alone("work", Figure::count(1.0), Target::Exactly(Figure::count(0.0))).is_met(), Some(false));
        assert_eq!(Row::alone("work", Figure::count(1.0), Target::Ratio(9.0)).is_met(), Some(false));
        assert_eq!(Row::absent("work", "no rival", Target::Ratio(9.0)).is_met(), Some(false));
        assert!(Row::broken("work", "it fell").is_broken());
        let counted = |count| Row::alone("work", Figure::count(count), Target::Exactly(Figure::count(0.0)));
        assert!(counted(1.0).is_wrong() && !counted(0.0).is_wrong());
        assert!(!row_of_time().is_wrong() && row_of_time().is_met() == Some(false));
    }

    fn row_of_time() -> Row {
        Row::alone("work", Figure::seconds(2.0), Target::AtMost(Figure::seconds(1.0)))
    }

    #[test]
    fn figures_are_printed_in_the_unit_that_fits() {
        let printed: Vec<String> =
            [4e-9, 4e-6, 4e-3, 4.0].into_iter().map(|value| Figure::seconds(value).to_string()).collect();
        assert_eq!(printed, ["4.0 ns", "4.0 µs", "4.0 ms", "4.00 s"]);
        assert_eq!(Figure::count(33.25).to_string(), "33.25");
        assert_eq!(Figure::nanoseconds(4.0), Figure::seconds(4e-9));
        assert_eq!(Figure::bytes(96.0).to_string(), "96 B");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_bars_do_not_break_the_table() {
        let rows = [Row::alone("a | b", Figure::count(3.0), Target::Told)];
        assert_eq!(plain(&rows), "work   ratio  target  met  ours  rival\na | b  -      -       -    3     -\n");
        assert!(markdown(&rows).ends_with("| a \\| b | - | - | - | 3 | - |\n"));
    }
}
