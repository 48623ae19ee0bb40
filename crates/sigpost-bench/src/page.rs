//! The page `docs/speed.md`: between two marks a part, what the last run of that part found.

use std::fs;
use std::path::Path;

/// Puts the text of a part between its marks; everything else stays.
///
/// # Errors
/// The page cannot be read or written, or lacks the marks.
pub(crate) fn write(page: &Path, part: &str, text: &str) -> Result<(), String> {
    let problem = |cause: &dyn core::fmt::Display| format!("{}: {cause}", page.display());
    let old = fs::read_to_string(page).map_err(|error| problem(&error))?;
    let (begin, end) = marks(part);
    let new = replaced(&old, part, text).ok_or_else(|| problem(&format!("no lines `{begin}` and `{end}`")))?;
    fs::write(page, new).map_err(|error| problem(&error))
}

fn marks(part: &str) -> (String, String) {
    (format!("<!-- {part}: begin -->"), format!("<!-- {part}: end -->"))
}

fn replaced(page: &str, part: &str, text: &str) -> Option<String> {
    let (begin, end) = marks(part);
    let (above, rest) = page.split_once(&begin)?;
    let (_, below) = rest.split_once(&end)?;
    Some(format!("{above}{begin}\n{}\n{end}{below}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_of_the_part_is_replaced() {
        let page = "a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n<!-- y: begin -->\n<!-- y: end -->\n";
        let new = "a\n<!-- x: begin -->\nnew\n<!-- x: end -->\nb\n<!-- y: begin -->\n<!-- y: end -->\n";
        assert_eq!(replaced(page, "x", "new\n").as_deref(), Some(new));
        assert_eq!(replaced(page, "z", "new"), None);
    }
}
