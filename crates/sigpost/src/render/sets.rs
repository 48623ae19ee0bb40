//! Sets of signals for people: names, and what is missing where that is shorter.

use core::fmt::Write as _;

use sigpost_engine::{Signal, SignalSet};

/// `HUP,TERM`; `all but CHLD` where nearly all are in it (KILL and STOP, which cannot be, are not counted); `-` for none.
/// The two realtime numbers that the C library keeps for itself are not named.
pub(crate) fn names(set: SignalSet) -> String {
    names_among(set, SignalSet::ALL)
}

/// The same where only signals 1 to 31 are known, as `stat` has them: `all` is all of these.
pub(crate) fn names_of_standard(set: SignalSet) -> String {
    names_among(set, SignalSet::from_bits((1 << 31) - 1))
}

fn names_among(set: SignalSet, known: SignalSet) -> String {
    let named = known - SignalSet::from_bits(Signal::RTMIN.bit() - (1 << 31));
    let set = set & named;
    let missing = named - SignalSet::UNCATCHABLE - set;
    if set.is_empty() {
        "-".to_owned()
    } else if missing.is_empty() {
        "all".to_owned()
    } else if missing.iter().count() < (set - SignalSet::UNCATCHABLE).iter().count() {
        format!("all but {}", joined(missing))
    } else {
        joined(set)
    }
}

/// The names of the members.
pub(crate) fn list(set: SignalSet) -> Vec<String> {
    set.iter().map(|signal| signal.to_string()).collect()
}

fn joined(set: SignalSet) -> String {
    let mut names = String::with_capacity(64);
    for signal in set.iter() {
        if !names.is_empty() {
            names.push(',');
        }
        let _ = write!(names, "{signal}");
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_told_in_the_shorter_way() {
        let of = |signals: &[Signal]| SignalSet::of(signals);
        assert_eq!(names(SignalSet::EMPTY), "-");
        assert_eq!(names(of(&[Signal::HUP, Signal::TERM])), "HUP,TERM");
        assert_eq!(names(of(&[Signal::KILL])), "KILL");
        assert_eq!(names(SignalSet::from_bits(0b11 << 31) | of(&[Signal::TERM])), "TERM");
        assert_eq!(names_of_standard(SignalSet::from_bits((1 << 31) - 1) - SignalSet::UNCATCHABLE), "all");
        assert_eq!(names_of_standard(of(&[Signal::HUP])), "HUP");
        assert_eq!(names(SignalSet::ALL), "all");
        assert_eq!(names(SignalSet::ALL - SignalSet::UNCATCHABLE), "all");
        assert_eq!(names(SignalSet::ALL - of(&[Signal::CHLD, Signal::KILL])), "all but CHLD");
    }
}
