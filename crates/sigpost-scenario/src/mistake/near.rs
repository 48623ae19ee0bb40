//! "Did you mean": the word nearest to what was written.

/// The word of the list that is nearest to what was found: equal but for the case of letters, or at most a third
/// of its length away (one edit for a word of up to five letters).
pub(crate) fn nearest<'a>(found: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Distances grow with the square of the length; nothing that long is a slip of the finger.
    if found.len() > 64 {
        return None;
    }
    let lower = found.to_ascii_lowercase();
    let distance = |word: &str| strsim::damerau_levenshtein(&lower, &word.to_ascii_lowercase());
    let (best, word) = words.into_iter().map(|word| (distance(word), word)).min_by_key(|(distance, _)| *distance)?;
    (best <= (found.len() / 3).max(1) && best < found.len()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let words = ["TERM", "TSTP", "USR1"];
        assert_eq!(nearest("TREM", words), Some("TERM"));
        assert_eq!(nearest("term", words), Some("TERM"));
        assert_eq!(nearest("WINDOW", words), None);
        assert_eq!(nearest("", words), None);
    }
}
