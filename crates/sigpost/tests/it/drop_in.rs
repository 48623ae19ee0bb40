//! Drop-in names, side by side with the tools whose place they take: both are run on the same processes, in a PID
//! namespace of their own, and exit status, output and what the processes got are compared.
//!
//! A row of a table is one way to call a tool, and names the option it is about; `docs/drop-in.md` lists the same
//! options, and a test compares the two. A tool that is not there is skipped, with its reason; what ours is to do is
//! then checked all the same wherever a row says it.

mod cases;
mod docs;
mod family;
mod kill_rows;
mod killall_rows;
mod pgrep_rows;
mod row;
