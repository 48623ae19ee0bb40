//! The ledger of known divergences. Every entry has a reason and a source, and one that matches nothing is an error of
//! a full run: it has become wrong.

use core::fmt;
use std::path::Path;

use sigpost_scenario::Scenario;
use toml::Table;

use crate::Divergence;

/// The known divergences.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// A divergence as it is printed, with `*` for any text.
    pattern: String,
    /// What the whole scenario has to look like besides, with `*` for any text; empty: anything.
    scenario: String,
    reason: String,
    /// Only kernels older than this one are excused; `None`: all are.
    before: Option<Release>,
    used: bool,
}

/// A kernel's version: `6.18.44`, of whatever follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Release([u32; 3]);

impl Release {
    /// What is no number is 0, as what is not there.
    fn parse(text: &str) -> Self {
        let mut parts = text.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
        Self(core::array::from_fn(|_| parts.next().unwrap_or(0)))
    }

    fn running() -> Self {
        Self::parse(&rustix::system::uname().release().to_string_lossy())
    }
}

/// Why a ledger cannot be read.
#[derive(Debug)]
pub struct LedgerError(String);

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for LedgerError {}

impl Ledger {
    /// The ledger of this crate, `divergences.toml`: what of it is about the running kernel.
    ///
    /// # Errors
    /// It is not well formed.
    pub fn known() -> Result<Self, LedgerError> {
        Self::parse(include_str!("../divergences.toml")).map(|ledger| ledger.about(Release::running()))
    }

    fn about(mut self, kernel: Release) -> Self {
        self.entries.retain(|entry| entry.before.is_none_or(|before| kernel < before));
        self
    }

    /// Reads one from a file.
    ///
    /// # Errors
    /// It cannot be read, or is not well formed.
    pub fn read(path: &Path) -> Result<Self, LedgerError> {
        let text =
            std::fs::read_to_string(path).map_err(|error| LedgerError(format!("{}: {error}", path.display())))?;
        Self::parse(&text)
    }

    /// Reads `[[divergence]]` entries, each with `pattern`, `reason` and `source`; `scenario` and `before`, the first
    /// kernel that differs no more, may be given.
    ///
    /// # Errors
    /// It is not TOML, or an entry lacks a key.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let table: Table = text.parse().map_err(|error| LedgerError(format!("the ledger is not TOML: {error}")))?;
        let Some(list) = table.get("divergence") else { return Ok(Self::default()) };
        let list = list.as_array().ok_or_else(|| LedgerError("`divergence` is not a list".to_owned()))?;
        let entries = list.iter().map(|entry| {
            let key = |key: &str| {
                let value = entry.get(key).and_then(|value| value.as_str());
                value.map(str::to_owned).ok_or_else(|| LedgerError(format!("an entry of the ledger has no `{key}`")))
            };
            key("source")?;
            let scenario = entry.get("scenario").and_then(|value| value.as_str()).unwrap_or("*").to_owned();
            let before = entry.get("before").and_then(|value| value.as_str()).map(Release::parse);
            Ok(Entry { pattern: key("pattern")?, scenario, reason: key("reason")?, before, used: false })
        });
        entries.collect::<Result<Vec<_>, LedgerError>>().map(|entries| Self { entries })
    }

    /// The reason for a divergence in this scenario, if it is known.
    pub fn reason(&mut self, divergence: &Divergence, scenario: &Scenario) -> Option<&str> {
        let (text, scenario) = (divergence.to_string(), scenario.to_string());
        let is_it = |entry: &&mut Entry| matches(&entry.pattern, &text) && matches(&entry.scenario, &scenario);
        let entry = self.entries.iter_mut().find(is_it)?;
        entry.used = true;
        Some(&entry.reason)
    }

    /// The patterns that have matched something.
    pub fn used(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|entry| entry.used).map(|entry| entry.pattern.as_str())
    }

    /// The patterns that should have matched and have not so far. Those of older kernels need not: stable kernels get
    /// some of what newer ones have.
    pub fn stale(&self) -> impl Iterator<Item = &str> {
        let is_stale = |entry: &&Entry| !entry.used && entry.before.is_none();
        self.entries.iter().filter(is_stale).map(|entry| entry.pattern.as_str())
    }
}

/// Whether the text is the pattern, where `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(head) else { return false };
    let mut ends = (0..=text.len()).filter(|end| text.is_char_boundary(*end));
    ends.any(|end| matches(rest, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divergence() -> Divergence {
        let [step, what, engine, kernel] = ["a: raise(TERM)", "result", "0", "EPERM"].map(str::to_owned);
        Divergence { line: 3, step, what, engine, kernel }
    }

    #[test]
    fn an_entry_that_matches_gives_its_reason_and_is_no_longer_stale() {
        let text = "[[divergence]]\npattern = 'after `*: raise(*)`: result: *'\nreason = 'r'\nsource = 's'";
        let mut ledger = Ledger::parse(text).unwrap();
        assert_eq!(ledger.stale().count(), 1);
        assert_eq!(ledger.reason(&divergence(), &Scenario::default()), Some("r"));
        assert_eq!(ledger.stale().count(), 0);
    }

    #[test]
    fn an_entry_for_something_else_does_not_match() {
        let text = "[[divergence]]\npattern = 'after `*: kill(*)`: result: *'\nreason = 'r'\nsource = 's'";
        assert_eq!(Ledger::parse(text).unwrap().reason(&divergence(), &Scenario::default()), None);
    }

    #[test]
    fn an_entry_for_older_kernels_is_one_for_them_alone_and_never_stale() {
        let text = "[[divergence]]\npattern = '*'\nbefore = '6.18.44'\nreason = 'r'\nsource = 's'";
        let excuses = |kernel: &str| {
            let mut ledger = Ledger::parse(text).unwrap().about(Release::parse(kernel));
            assert_eq!(ledger.stale().count(), 0);
            ledger.reason(&divergence(), &Scenario::default()).is_some()
        };
        assert!(["6.1.0-37-amd64", "6.12.107+deb13-amd64", "6.18.15", "6.18"].into_iter().all(excuses));
        assert!(!["6.18.44-vm", "6.18.100", "6.19-rc1", "7.2.13"].into_iter().any(excuses));
    }

    #[test]
    fn an_entry_for_other_scenarios_does_not_match() {
        let text = "[[divergence]]\npattern = '*'\nscenario = '*: exec()*'\nreason = 'r'\nsource = 's'";
        let mut ledger = Ledger::parse(text).unwrap();
        assert_eq!(ledger.reason(&divergence(), &Scenario::default()), None);
        let scenario = Scenario::parse(b"process a\na: exec()").unwrap();
        assert_eq!(ledger.reason(&divergence(), &scenario), Some("r"));
    }

    #[test]
    fn an_entry_without_a_source_is_refused() {
        assert!(Ledger::parse("[[divergence]]\npattern = 'p'\nreason = 'r'").is_err());
    }

    #[test]
    fn the_ledger_of_this_crate_can_be_read() {
        assert!(Ledger::known().is_ok());
    }
}
