//! The page that `sigpost watch --html FILE` writes: a timeline with one lane a process and one arrow a signal.
//!
//! One file that needs nothing else: no network, no build step. Style, script and events are put into it as they are;
//! the script draws, zooms and searches.

#[cfg(test)]
mod in_chromium;

use std::io::{self, Write};

const FRAME: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// Writes the page for these events, each the JSON object that `--json` prints for it; `lost` is how many were
/// generated and not seen.
///
/// # Errors
/// What writing to `page` says.
pub(crate) fn write<'a>(mut page: impl Write, mut events: impl Iterator<Item = &'a str>, lost: u64) -> io::Result<()> {
    for part in FRAME.split('@') {
        match part {
            "STYLE" => page.write_all(STYLE.as_bytes())?,
            "SCRIPT" => page.write_all(SCRIPT.as_bytes())?,
            "EVENTS" => data(&mut page, &mut events, lost)?,
            text => page.write_all(text.as_bytes())?,
        }
    }
    page.flush()
}

fn data<'a>(page: &mut impl Write, events: &mut impl Iterator<Item = &'a str>, lost: u64) -> io::Result<()> {
    write!(page, "{{\"lost\":{lost},\"events\":[")?;
    if let Some(event) = events.next() {
        page.write_all(shielded(event).as_bytes())?;
    }
    for event in events {
        write!(page, ",\n{}", shielded(event))?;
    }
    page.write_all(b"]}")
}

/// In JSON a `<` stands in strings only; written as an escape it cannot end the script element, whatever a process calls
/// itself.
fn shielded(event: &str) -> String {
    event.trim_end().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_name_cannot_end_the_script_element() {
        let mut page = Vec::new();
        write(&mut page, core::iter::once(r#"{"target":{"comm":"</script><b>"}}"#), 0).expect("a vector takes it");
        let page = String::from_utf8(page).expect("text");
        assert_eq!(page.matches("</script>").count(), 2);
        assert!(page.contains("\\u003c/script>\\u003cb>"));
    }

    #[test]
    fn the_frame_has_each_place_once() {
        for place in ["@STYLE@", "@SCRIPT@", "@EVENTS@"] {
            assert_eq!(FRAME.matches(place).count(), 1, "{place}");
        }
    }
}
