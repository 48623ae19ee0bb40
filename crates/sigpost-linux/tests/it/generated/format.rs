//! The tracepoint's `format` file and its records, as bytes.

use proptest::prelude::*;
use sigpost_engine::{Signal, ThreadId};
use sigpost_linux::generated::{Fate, Format};

const FORMAT: &[u8] = b"name: signal_generate
ID: 261
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:int sig;\toffset:8;\tsize:4;\tsigned:1;
\tfield:int errno;\toffset:12;\tsize:4;\tsigned:1;
\tfield:int code;\toffset:16;\tsize:4;\tsigned:1;
\tfield:char comm[16];\toffset:20;\tsize:16;\tsigned:0;
\tfield:pid_t pid;\toffset:36;\tsize:4;\tsigned:1;
\tfield:int group;\toffset:40;\tsize:4;\tsigned:1;
\tfield:int result;\toffset:44;\tsize:4;\tsigned:1;

print fmt: \"sig=%d errno=%d\", REC->sig, REC->errno
";

fn raw(signal: i32, pid: i32, result: i32) -> Vec<u8> {
    let numbers = |numbers: &[i32]| numbers.iter().flat_map(|number| number.to_ne_bytes()).collect::<Vec<u8>>();
    [numbers(&[0, 77, signal, 0, 0]), b"worker\0xxxxxxxxx".to_vec(), numbers(&[pid, 1, result, 0])].concat()
}

#[test]
fn a_record_is_read_where_the_format_says() {
    let format = Format::parse(FORMAT).unwrap();
    assert_eq!(format.id(), 261);
    let record = format.decode(5, &raw(10, 4711, 2)).unwrap();
    assert_eq!((record.time, record.sender.map(ThreadId::get)), (5, Some(77)));
    assert_eq!((record.signal, record.pid.get(), record.group), (Signal::USR1, 4711, true));
    assert_eq!((record.comm.as_bytes(), record.fate), (&b"worker"[..], Fate::AlreadyPending));
}

#[test]
fn a_kernel_that_moves_a_field_is_followed() {
    let text = String::from_utf8(FORMAT.to_vec()).unwrap();
    let moved = text.replace("pid_t pid;\toffset:36", "pid_t pid;\toffset:48");
    let mut bytes = raw(10, 4711, 0);
    bytes.splice(48..52, 99_i32.to_ne_bytes());
    assert_eq!(Format::parse(moved.as_bytes()).unwrap().decode(0, &bytes).unwrap().pid.get(), 99);
}

#[test]
fn a_format_without_a_field_or_with_another_size_is_refused() {
    let text = String::from_utf8(FORMAT.to_vec()).unwrap();
    for (from, to) in [("int result", "int outcome"), ("ID: 261", "ID: x"), ("offset:8;\tsize:4", "offset:8;\tsize:8")]
    {
        assert!(Format::parse(text.replace(from, to).as_bytes()).is_err(), "{from} -> {to}");
    }
}

#[test]
fn a_record_of_no_known_signal_process_or_fate_is_none() {
    let format = Format::parse(FORMAT).unwrap();
    for (signal, pid, result) in [(0, 1, 0), (65, 1, 0), (10, 0, 0), (10, -1, 0), (10, 1, 5), (10, 1, -1)] {
        assert_eq!(format.decode(0, &raw(signal, pid, result)), None);
    }
    assert_eq!(format.decode(0, &raw(10, 1, 0)[..47]), None);
}

proptest! {
    #![proptest_config(crate::cases::same_every_time(256))]

    #[test]
    fn no_format_and_no_record_make_the_parsers_panic(
        cut in 0..FORMAT.len(),
        put in proptest::collection::vec(any::<u8>(), 0..40),
        record in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut bytes = FORMAT.to_vec();
        bytes.splice(cut..(cut + put.len()).min(FORMAT.len()), put);
        if let Ok(format) = Format::parse(&bytes) {
            let _ = format.decode(0, &record);
        }
        let _ = Format::parse(&record);
    }

    #[test]
    fn offsets_of_any_size_are_no_panic(offset in any::<u64>(), size in any::<u64>()) {
        let text = String::from_utf8(FORMAT.to_vec()).unwrap();
        for field in ["offset:20;\tsize:16", "offset:36;\tsize:4"] {
            let bytes = text.replace(field, &format!("offset:{offset};\tsize:{size}"));
            if let Ok(format) = Format::parse(bytes.as_bytes()) {
                let _ = format.decode(0, &raw(10, 1, 0));
            }
        }
    }
}
