//! The command: CPU time of whole command lines, beside kill, pkill, killall and ps.

use crate::Size;
use crate::table::{Row, Target};

/// The rows of the command.
pub(crate) fn rows(_size: Size) -> Vec<Row> {
    vec![Row::absent("the command", "nothing is measured yet", Target::Told)]
}
