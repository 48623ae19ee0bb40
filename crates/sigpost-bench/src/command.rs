//! The command: CPU time of whole command lines, beside kill, pkill, killall and ps.

pub(crate) mod duel;
mod ending;
pub(crate) mod kernel_receipts;

use crate::Size;
use crate::command::duel::{Duel, Rival, Side};
use crate::table::{Row, Target};

/// Where all or few of many processes have the name.
const NAMES: &[Duel] = &[
    Duel {
        work: "send -s CONT NAME, all of them match",
        ours: "send -s CONT {name}",
        against: &[
            Side { rival: Rival::Pkill, words: "-CONT -x {name}", target: Target::Ratio(0.27) },
            Side { rival: Rival::Killall, words: "-CONT {name}", target: Target::Ratio(0.9) },
            Side { rival: Rival::UtilLinuxKill, words: "-a -s CONT {name}", target: Target::Told },
            Side { rival: Rival::UutilsPkill, words: "-CONT -x {name}", target: Target::Ratio(0.15) },
        ],
    },
    Duel {
        work: "the same with --json (inode, status)",
        ours: "send -s CONT --json {name}",
        against: &[Side { rival: Rival::Pkill, words: "-CONT -x {name}", target: Target::Ratio(0.6) }],
    },
    Duel {
        work: "the same with -q",
        ours: "send -q -s CONT {name}",
        against: &[
            Side { rival: Rival::Pkill, words: "-CONT -x {name}", target: Target::Ratio(0.27) },
            Side { rival: Rival::Killall, words: "-CONT {name}", target: Target::Ratio(0.9) },
        ],
    },
    Duel {
        work: "ls NAME",
        ours: "ls {name}",
        against: &[Side { rival: Rival::Ps, words: SIGNAL_COLUMNS, target: Target::Ratio(0.25) }],
    },
    Duel {
        work: "ls -l NAME",
        ours: "ls -l {name}",
        against: &[Side { rival: Rival::Ps, words: SIGNAL_COLUMNS, target: Target::Ratio(0.5) }],
    },
    Duel {
        work: "send -q -s CONT g:PGID",
        ours: "send -q -s CONT g:{group}",
        against: &[
            Side { rival: Rival::ProcpsKill, words: "-CONT -- -{group}", target: Target::Ratio(1.5) },
            Side { rival: Rival::UtilLinuxKill, words: "-CONT -- -{group}", target: Target::Told },
        ],
    },
    Duel {
        work: "send -s CONT g:PGID, predictions and all",
        ours: "send -s CONT g:{group}",
        against: &[Side { rival: Rival::ProcpsKill, words: "-CONT -- -{group}", target: Target::Told }],
    },
];

/// The columns of ps that tell what a process does about signals.
const SIGNAL_COLUMNS: &str = "-e -o pid,ppid,pgid,sid,stat,comm,pending,blocked,ignored,caught";

const MANY: &[Duel] = &[
    Duel {
        work: "send -s CONT NAME, all of them match",
        ours: "send -s CONT {name}",
        against: &[
            Side { rival: Rival::Pkill, words: "-CONT -x {name}", target: Target::Ratio(0.25) },
            Side { rival: Rival::Killall, words: "-CONT {name}", target: Target::Ratio(0.9) },
        ],
    },
    Duel {
        work: "send -s CONT NAME, ten of them match",
        ours: "send -s CONT {few}",
        against: &[
            Side { rival: Rival::Pkill, words: "-CONT -x {few}", target: Target::Ratio(0.14) },
            Side { rival: Rival::Killall, words: "-CONT {few}", target: Target::Ratio(0.5) },
            Side { rival: Rival::UtilLinuxKill, words: "-a -s CONT {few}", target: Target::Ratio(0.65) },
        ],
    },
];

/// Without any target: what a start costs.
const START: &[Duel] = &[Duel {
    work: "start-up: signals TERM",
    ours: "signals TERM",
    against: &[
        Side { rival: Rival::ProcpsKill, words: "-l TERM", target: Target::Ratio(1.5) },
        Side { rival: Rival::UtilLinuxKill, words: "-l TERM", target: Target::Told },
        Side { rival: Rival::UutilsKill, words: "-l TERM", target: Target::Told },
    ],
}];

/// The rows of the command.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let (thousand, ten_thousand, rounds) = match size {
        Size::Full => (1_000, 10_000, 21),
        Size::Smoke => (10, 20, 0),
    };
    let mut rows = duel::rows(START, 1, if size == Size::Full { 201 } else { 0 });
    rows.extend(duel::rows(NAMES, thousand, rounds));
    rows.extend(duel::rows(MANY, ten_thousand, rounds.min(9)));
    rows.extend(kernel_receipts::rows(thousand, size));
    rows.extend(ending::rows(thousand, size));
    rows
}
