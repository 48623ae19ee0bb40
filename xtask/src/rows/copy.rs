//! A copy of the tree in which mutants are made, beside a target folder of its own. Both stay between runs, so that
//! only what changed is built again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Tree;

/// The copy and where it builds.
#[derive(Debug)]
pub(crate) struct Copy {
    /// The root of the copy.
    pub(crate) root: PathBuf,
    /// Its target folder.
    pub(crate) target: PathBuf,
}

impl Copy {
    /// Brings the copy in `folder` up to date with the tree, whatever an earlier run left there.
    ///
    /// A file is written only if it differs: cargo goes by the times of files, and a restored file must be newer than
    /// what was built from its mutant.
    pub(crate) fn make(tree: &Tree, folder: &Path) -> Result<Self, String> {
        let copy = Self { root: folder.join("tree"), target: folder.join("target") };
        let wanted: BTreeSet<PathBuf> = tree.files().map(|file| copy.root.join(file)).collect();
        fs::create_dir_all(&copy.root).map_err(|error| format!("{}: {error}", copy.root.display()))?;
        remove_others(&copy.root, &wanted).map_err(|error| format!("{}: {error}", copy.root.display()))?;
        for file in tree.files() {
            copy.take(tree, file).map_err(|error| format!("{file}: {error}"))?;
        }
        Ok(copy)
    }

    fn take(&self, tree: &Tree, file: &str) -> std::io::Result<()> {
        let (from, to) = (tree.root().join(file), self.root.join(file));
        let wanted = fs::read(&from)?;
        if fs::read(&to).is_ok_and(|there| there == wanted) {
            return Ok(());
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&to, wanted)?;
        fs::set_permissions(&to, fs::metadata(&from)?.permissions())
    }

    /// The text of a file of the copy.
    pub(crate) fn text(&self, file: &str) -> Result<String, String> {
        fs::read_to_string(self.root.join(file)).map_err(|error| format!("{file}: {error}"))
    }

    /// Writes a file of the copy.
    pub(crate) fn write(&self, file: &str, text: &str) -> Result<(), String> {
        fs::write(self.root.join(file), text).map_err(|error| format!("{file}: {error}"))
    }
}

fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            remove_others(&path, wanted)?;
        } else if !wanted.contains(&path) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
