//! The canonical form: one way to write each thing.

use sigpost_scenario::{Scenario, format};

#[test]
fn everything_has_one_way_of_being_written() {
    let untidy = "#title

personality   posix linux
process sh   uid=1000/1000/1000   session tty
 process worker parent=sh group catch=SIGTERM,10 block={} stopped # the one

\t# below a gap
process x catch={HUP , }
";
    // A space around the comma or the equals sign of an option is a mistake; elsewhere it is none.
    assert!(format(untidy.as_bytes()).is_err());
    let untidy = untidy.replace("{HUP , }", "{HUP,INT}");
    let tidy = "# title

personality linux posix
process sh     uid=1000 session tty
process worker parent=sh group catch=USR1,TERM stopped  # the one

# below a gap
process x catch=HUP,INT
";
    assert_eq!(format(untidy.as_bytes()).unwrap(), tidy);
    assert_eq!(format(tidy.as_bytes()).unwrap(), tidy);
}

#[test]
fn steps_and_expectations_are_spaced_in_one_way() {
    let declared = "process a\nprocess b parent=a\nthread t of a\n\n";
    for (untidy, tidy) in [
        ("a :kill(b,SIGTERM)=0->b = terminates", "a: kill(b, TERM) = 0 -> b=terminates"),
        ("a: kill( - b , 15 )", "a: kill(-b, TERM)"),
        ("a: kill(-1, 265) = EINVAL -> none", "a: kill(-1, 265) = EINVAL -> none"),
        (
            "a: sigaction(USR1,catch,NODEFER,RESTART,mask={ USR2,HUP })",
            "a: sigaction(USR1, catch, RESTART, NODEFER, mask={HUP,USR2})",
        ),
        ("a: sigaction(USR1, hold, mask = {})", "a: sigaction(USR1, hold)"),
        ("a: sigwaitinfo({ all }) = RTMIN+0(7)", "a: sigwaitinfo({all}) = RTMIN(7)"),
        ("a: setresuid(-1, 0,-1)", "a: setresuid(-1, 0, -1)"),
        ("a: fork(c,id=b)", "a: fork(c, id=b)"),
        ("t: thread_exit( )", "t: thread_exit()"),
        ("a: pidfd_send_signal(b,0,group)", "a: pidfd_send_signal(b, 0, group)"),
        ("kernel :pgsignal( none,HUP,checkctty )", "kernel: pgsignal(none, HUP, checkctty)"),
        (
            "expect a . main :pending = { }  handled=[ USR1 , USR2( -7 ) ]",
            "expect a.main: pending={} handled=[USR1,USR2(-7)]",
        ),
        ("expect b: returned( EINTR ) code = -60 sender = a.main", "expect b: returned(EINTR) code=-60 sender=a.main"),
    ] {
        let source = format!("{declared}{untidy}\n");
        let expected = format!("process a\nprocess b parent=a\nthread t of a\n\n{tidy}\n");
        assert_eq!(format(source.as_bytes()).unwrap(), expected, "{untidy}");
    }
}

#[test]
fn spaces_inside_an_option_are_free_where_no_comma_and_no_equals_sign_stands() {
    let untidy = "process a uid=1 / 2/ 3 catch={ USR1,HUP } block={ all } ignore={ }\nthread t of a block={ TERM }\n";
    let tidy = "process a uid=1/2/3 catch=HUP,USR1 block={all}\nthread t of a block=TERM\n";
    assert_eq!(format(untidy.as_bytes()).unwrap(), tidy);
    for wrong in ["uid= 1", "uid =1", "catch=USR1, HUP", "catch=USR1 ,HUP", "catch={USR1, HUP}", "catch= {USR1}"] {
        assert!(format(format!("process a {wrong}\n").as_bytes()).is_err(), "{wrong}");
    }
}

#[test]
fn a_comment_loses_the_spaces_and_tabs_around_it_and_nothing_else() {
    let untidy = "#\t \u{3000}wide\u{a0} \t\nprocess a   #  one\t two \n";
    let tidy = "# \u{3000}wide\u{a0}\nprocess a  # one\t two\n";
    assert_eq!(format(untidy.as_bytes()).unwrap(), tidy);
    assert_eq!(format(tidy.as_bytes()).unwrap(), tidy);
}

#[test]
fn a_file_that_says_linux_and_one_that_says_nothing_mean_the_same() {
    let said = Scenario::parse(b"personality linux\nprocess a\n").unwrap();
    assert_eq!(said, Scenario::parse(b"process a\n").unwrap());
}

#[test]
fn the_example_of_the_language_is_in_canonical_form() {
    let example = "# killpg reaches every member of the group, and nobody else
personality linux freebsd posix

process sh    uid=1000 session
process a     parent=sh group
process b     parent=sh group=a catch=USR1
process other parent=sh group

sh: killpg(a, USR1) = 0 -> a=terminates b=handles
expect a: killed(USR1)
expect b: handled=[USR1] running
expect other: running
sh: wait(a) = killed(USR1)
";
    assert_eq!(format(example.as_bytes()).unwrap(), example);
}
