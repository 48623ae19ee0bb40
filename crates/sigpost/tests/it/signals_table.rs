//! `sigpost signals`.

use snapbox::cmd::Command;
use snapbox::str;

fn sigpost() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sigpost"))
}

#[test]
fn one_signal_by_name_by_number_and_with_the_short_option() {
    for words in [&["signals", "TERM"][..], &["signals", "SIGTERM"], &["signals", "15"], &["-l", "TERM"]] {
        sigpost()
            .args(words)
            .assert()
            .success()
            .stdout_eq("15  TERM  terminates  polite request to end: the default of kill(1)\n");
    }
}

#[test]
fn the_members_of_a_mask() {
    sigpost().args(["signals", "0x8000000000010102"]).assert().success().stdout_eq(str![[r"
 2  INT    terminates  interrupt typed at the terminal (Ctrl-C)
 9  KILL   terminates  kill: cannot be caught, blocked or ignored
17  CHLD   ignores     a child ended, stopped or continued
64  RTMAX  terminates  realtime, for the program's own use: queued, in order, with a value

"]]);
    sigpost().args(["signals", "0x0"]).assert().success().stdout_eq("");
    // As /proc/PID/status prints it.
    sigpost().args(["signals", "0000000000004002"]).assert().success().stdout_eq(str![[r"
 2  INT   terminates  interrupt typed at the terminal (Ctrl-C)
15  TERM  terminates  polite request to end: the default of kill(1)

"]]);
    sigpost().args(["signals", "0000000000000000"]).assert().success().stdout_eq("");
}

#[test]
fn the_table_has_all_64_in_order() {
    let output = sigpost().arg("signals").output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<i32> =
        table.lines().map(|line| line.split_whitespace().next().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (1..=64).collect::<Vec<_>>());
}

/// \[S3.7\]: what is no signal is refused with the reason.
#[test]
fn what_is_no_signal_is_refused() {
    let cases = [
        ("65", "65 is no signal: signals are numbered 1 to 64; `sigpost signals` lists them"),
        ("265", "265 is no signal: signals are numbered 1 to 64; `sigpost signals` lists them"),
        ("TREM", "`TREM` is no signal (did you mean TERM?); `sigpost signals` lists them"),
        ("term", "`term` is no signal (names are in capitals: TERM); `sigpost signals` lists them"),
        ("143", "143 is no signal; as an exit status of a shell it says that TERM (15) ended the command"),
        ("0x", "0x is no mask of signals: up to 16 hexadecimal digits after 0x, as in 0x4002"),
        (
            "0x11111111111111111",
            "0x11111111111111111 is no mask of signals: up to 16 hexadecimal digits after 0x, as in 0x4002",
        ),
        (
            "00000000000004002",
            "00000000000004002 is no signal: signals are numbered 1 to 64; `sigpost signals` lists them",
        ),
        ("", "`` is no signal; `sigpost signals` lists them"),
    ];
    for (word, line) in cases {
        sigpost().args(["signals", word]).assert().code(2).stdout_eq("").stderr_eq(format!("sigpost: {line}\n"));
    }
}
