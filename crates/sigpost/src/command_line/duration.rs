//! Durations on the command line: `10s`, `250ms`, `1.5m`, `2h`; a bare number is seconds.

use core::time::Duration;

use sigpost_engine::Signal;

use super::signal_word::{self, Chosen};

/// Reads one.
///
/// # Errors
/// A line without the name of the option: it is no number, negative, or has another unit.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let number_ends = text.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(number_ends);
    let seconds = match unit {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(String::from("a number with ms, s, m or h, as in 500ms or 10s")),
    };
    let number: f64 = number.parse().map_err(|_| String::from("a number with ms, s, m or h, as in 500ms or 10s"))?;
    let whole = Duration::try_from_secs_f64(number * seconds);
    // A year is longer than anybody waits, and what is longer still may not fit into the clock.
    whole.ok().filter(|duration| duration.as_secs() <= 366 * 24 * 3600).ok_or_else(|| String::from("a year at most"))
}

/// Reads `KILL@5s`: a signal and when it is sent.
///
/// # Errors
/// As [`parse`]; no signal of that name; the null signal.
pub(crate) fn parse_step(text: &str) -> Result<(Signal, Duration), String> {
    let Some((signal, after)) = text.split_once('@') else {
        return Err(String::from("a signal, @, and when: KILL@5s"));
    };
    match signal_word::parse(signal) {
        Ok(Chosen(Some(signal))) => Ok((signal, parse(after)?)),
        Ok(Chosen(None)) => Err(String::from("the null signal does nothing: name a signal, as in KILL@5s")),
        Err(failure) => Err(failure.line),
    }
}

/// A duration for people: `12 ms`, `1.0 s`, `2 m 5 s`.
pub(crate) fn told(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0 => String::from("0 ms"),
        1..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{:.1} s", duration.as_secs_f64()),
        _ => {
            let seconds = duration.as_secs();
            let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            let parts = [(hours, "h"), (minutes, "m"), (rest, "s")];
            let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}"));
            parts.collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_seconds_and_units_are_obeyed() {
        let millis = |text| parse(text).map(|duration| duration.as_millis());
        assert_eq!(millis("10"), Ok(10_000));
        assert_eq!(millis("10s"), Ok(10_000));
        assert_eq!(millis("250ms"), Ok(250));
        assert_eq!(millis("1.5m"), Ok(90_000));
        assert_eq!(millis("2h"), Ok(7_200_000));
        assert_eq!(millis("0"), Ok(0));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "s", "-1", "1 s", "1d", "1e9", "inf", "NaN", ".", "1..2", "10S", "99999999999h", "9000h"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_step_is_a_signal_and_when() {
        assert_eq!(parse_step("KILL@5s"), Ok((Signal::KILL, Duration::from_secs(5))));
        assert_eq!(parse_step("9@0.5"), Ok((Signal::KILL, Duration::from_millis(500))));
        for text in ["KILL", "KILL@", "@5s", "0@5s", "KLIL@5s", "KILL@5x"] {
            assert!(parse_step(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_told_as_people_say_them() {
        let cases = [(0, "0 ms"), (12, "12 ms"), (1049, "1.0 s"), (125_000, "2 m 5 s"), (7_200_000, "2 h")];
        for (millis, text) in cases {
            assert_eq!(told(Duration::from_millis(millis)), text);
        }
    }
}
