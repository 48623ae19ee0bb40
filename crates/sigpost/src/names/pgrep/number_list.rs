//! Lists as these tools take them: values with commas between them, of which one must fit.

/// Reads a list with a reader for its values. An empty list is none.
///
/// # Errors
/// The line for the value that is none.
pub(super) fn read<T>(text: &str, value: impl Fn(&str) -> Result<T, String>) -> Result<Option<Vec<T>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.split(',').map(value).collect::<Result<_, _>>().map(Some)
}

/// A number with or without a sign. Numbers that no process can have are numbers all the same: they fit nobody.
pub(super) fn number(text: &str, what: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let value = if digits.is_empty() { Some(0) } else { text.parse().ok() };
    value.filter(|_| is_number).ok_or_else(|| format!("{what}: {text}"))
}

/// What atoi(3) makes of a text: the number it begins with, or 0.
pub(super) fn leading(text: &str) -> i64 {
    let text = text.trim_start();
    let sign_and_digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = sign_and_digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(sign_and_digits.len());
    text[..text.len() - sign_and_digits.len() + digits].parse().unwrap_or(0)
}

/// Those of a list that can be an ID at all.
pub(super) fn ids<T>(numbers: &[i64], new: impl Fn(i32) -> Option<T>) -> Vec<T> {
    numbers.iter().filter_map(|number| i32::try_from(*number).ok().and_then(&new)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_strictly_or_as_loosely_as_these_tools_read_them() {
        assert_eq!(number("12", "x"), Ok(12));
        assert_eq!(number("-1", "x"), Ok(-1));
        assert_eq!(number("+3", "x"), Ok(3));
        assert_eq!(number("1a", "not a number"), Err("not a number: 1a".to_owned()));
        assert_eq!((leading("12abc"), leading("abc"), leading("-3"), leading(" 7")), (12, 0, -3, 7));
        assert_eq!(read("", |text| number(text, "x")), Ok(None));
        assert_eq!(read("1,2", |text| number(text, "x")), Ok(Some(vec![1, 2])));
    }
}
