//! Reliability: wrong deliveries, survivors, and what else must not happen, counted under stress.

use crate::Size;
use crate::table::{Row, Target};

/// The rows of reliability.
pub(crate) fn rows(_size: Size) -> Vec<Row> {
    vec![Row::absent("reliability", "nothing is measured yet", Target::Told)]
}
