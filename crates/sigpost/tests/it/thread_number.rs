//! The number of a thread that is no main thread names nobody: one answer of every verb.

use crate::namespace::{alone, sigpost};
use crate::victim::{NONE, Setup, Victim};

#[test]
fn the_number_of_a_thread_is_declined_by_every_verb_with_the_same_line() {
    alone(|| {
        let victim = Victim::start(Setup { second_thread: true, ..Setup::default() });
        let thread = victim.second_thread().to_string();
        let line = format!("{thread} is a thread of process {}: name the process", victim.pid());
        let verbs: [&[&str]; 10] = [
            &["-USR1"],
            &["send", "-USR1", "-v"],
            &["send", "-USR1", "--json"],
            &["send", "-USR1", "-n"],
            &["send", "-USR1", "-q"],
            &["explain", "-USR1"],
            &["end"],
            &["wait"],
            &["ls"],
            &["ls", "--json"],
        ];
        for verb in verbs {
            let answer = sigpost(verb.iter().copied().chain([thread.as_str()]));
            assert_eq!((answer.code, answer.stdout.as_str()), (Some(2), ""), "{verb:?}: {answer:?}");
            assert_eq!(answer.stderr, format!("sigpost: {line}\n"), "{verb:?}");
        }
        let main = victim.pid().to_string();
        for words in [[main.as_str(), &thread], [&thread, &main]] {
            for quiet in [&["-USR1"][..], &["send", "-q", "-USR1"]] {
                let answer = sigpost(quiet.iter().copied().chain(words));
                assert_eq!(answer.code, Some(2), "nor does anybody named beside it get it: {answer:?}");
            }
        }
        assert_eq!(victim.signals(), NONE);
    });
}
