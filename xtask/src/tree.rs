//! The files of the project: what git tracks, and what it would track if it were added.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The workspace's folder, and its files as paths relative to it, sorted.
#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    files: Vec<String>,
}

impl Tree {
    /// Asks git for the files. Fails where there is no git or no repository.
    pub(crate) fn read() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask has no folder above it")?.to_path_buf();
        let output = Command::new("git")
            .args(["ls-files", "-co", "--exclude-standard", "-z"])
            .current_dir(&root)
            .output()
            .map_err(|error| format!("git ls-files: {error}: install git"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("git ls-files: {}: run it in a clone of the project", said.trim()));
        }
        let mut files: Vec<String> = String::from_utf8_lossy(&output.stdout)
            .split('\0')
            // A file that is deleted but still tracked is listed, and is not there.
            .filter(|path| !path.is_empty() && root.join(path).is_file())
            .map(str::to_owned)
            .collect();
        files.sort();
        files.dedup();
        Ok(Self { root, files })
    }

    /// The workspace's folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Every file, sorted.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// Every Rust file, sorted.
    pub(crate) fn rust_files(&self) -> impl Iterator<Item = &str> {
        self.files().filter(|path| has_extension(path, "rs"))
    }

    /// Whether the project holds this file, or a file below this folder (written with a slash at its end).
    pub(crate) fn holds(&self, path: &str) -> bool {
        self.files().any(|file| file == path || (path.ends_with('/') && file.starts_with(path)))
    }

    /// The text of a file; one that is not UTF-8 (a corpus, an image) has none.
    pub(crate) fn text(&self, path: &str) -> Result<Option<String>, String> {
        let bytes = fs::read(self.root.join(path)).map_err(|error| format!("{path}: {error}"))?;
        Ok(String::from_utf8(bytes).ok())
    }

    /// The text of a file that must be there and be text.
    pub(crate) fn required(&self, path: &str) -> Result<String, String> {
        if !self.holds(path) {
            return Err(format!("{path} is missing: write it"));
        }
        self.text(path)?.ok_or_else(|| format!("{path} is not UTF-8: save it as UTF-8"))
    }
}

/// Whether a path ends with this extension.
pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}
