//! Names of files: each says what is in it.

use crate::Tree;
use crate::tidy::Finding;

/// Names that describe code and not what it is about.
const EMPTY_NAMES: &[&str] = &["utils", "common", "helpers", "types", "manager"];

pub(crate) fn findings(tree: &Tree) -> Vec<Finding> {
    tree.rust_files().filter_map(|path| refusal(path).map(|what| Finding::new(path, 0, what))).collect()
}

fn refusal(path: &str) -> Option<&'static str> {
    let mut names = path.split('/').map(|part| part.trim_end_matches(".rs"));
    if path.ends_with("/mod.rs") {
        return Some("a mod.rs: name the file after its module, beside the module's folder");
    }
    names.any(|name| EMPTY_NAMES.contains(&name)).then_some("a name that says nothing: name it after what it is about")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_files_with_empty_names_are_refused() {
        assert!(refusal("crates/sigpost/src/utils.rs").is_some());
        assert!(refusal("crates/sigpost/tests/common/pty.rs").is_some());
        assert!(refusal("crates/sigpost/src/signal/mod.rs").is_some());
        assert!(refusal("crates/sigpost/src/signal_types.rs").is_none());
    }
}
