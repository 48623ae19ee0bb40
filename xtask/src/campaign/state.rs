//! What of a campaign is done: a line a part, in the target folder. Parts of other sources do not count.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{Outcome, Tree, cargo};

/// The parts that are done with these sources.
#[derive(Debug)]
pub(super) struct State {
    /// The file; none: nothing is kept.
    path: Option<PathBuf>,
    revision: String,
    done: BTreeMap<(u64, u64), Vec<Value>>,
}

impl State {
    /// Keeps nothing.
    pub(super) const fn none() -> Self {
        Self { path: None, revision: String::new(), done: BTreeMap::new() }
    }

    /// What was done with these sources. A line that cannot be read was not finished.
    pub(super) fn open(tree: &Tree, revision: &str) -> Result<Self, String> {
        let folder = cargo::target_folder(tree)?.join("campaign");
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let path = folder.join("parts.jsonl");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let mut done = BTreeMap::new();
        // What was changed and not committed may have been changed again.
        let counts = !revision.ends_with("changes");
        for line in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).filter(|_| counts) {
            let (first, count) = (line["first"].as_u64(), line["count"].as_u64());
            if let (Some(first), Some(count), true) = (first, count, line["revision"] == revision) {
                done.insert((first, count), line["lines"].as_array().cloned().unwrap_or_default());
            }
        }
        Ok(Self { path: Some(path), revision: revision.to_owned(), done })
    }

    /// What a part said, if it is done.
    pub(super) fn find(&self, part: (u64, u64)) -> Option<Vec<Value>> {
        self.done.get(&part).cloned()
    }

    /// Keeps what a part said.
    pub(super) fn keep(&mut self, part: (u64, u64), lines: &[Value]) -> Outcome {
        let Some(path) = self.path.as_ref().filter(|_| !self.done.contains_key(&part)) else { return Ok(()) };
        let line = json!({ "revision": self.revision, "first": part.0, "count": part.1, "lines": lines });
        let file = OpenOptions::new().create(true).append(true).open(path);
        let written = file.and_then(|mut file| writeln!(file, "{line}"));
        written.map_err(|error| format!("{}: {error}", path.display()))?;
        self.done.insert(part, lines.to_vec());
        Ok(())
    }
}
