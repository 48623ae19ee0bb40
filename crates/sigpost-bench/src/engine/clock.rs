//! The clock: the median of many short batches, so that what else runs on the machine falls out.

use std::time::Instant;

use crate::Size;

/// Nanoseconds a call, of a batch of so many calls.
pub(crate) fn batch(calls: u32, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

/// The figure in the middle.
pub(crate) fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// The median of so many batches; the closure measures one and says what a call took.
pub(crate) fn median(batches: usize, one: impl FnMut() -> f64) -> f64 {
    middle(core::iter::repeat_with(one).take(batches).collect())
}

/// The medians of two works that are done by turns.
///
/// # Errors
/// What the rival's says.
pub(crate) fn by_turns(
    batches: usize,
    mut ours: impl FnMut() -> f64,
    mut theirs: impl FnMut() -> Result<f64, String>,
) -> Result<(f64, f64), String> {
    let (mut our_figures, mut their_figures) = (Vec::new(), Vec::new());
    for _ in 0..batches {
        our_figures.push(ours());
        their_figures.push(theirs()?);
    }
    Ok((middle(our_figures), middle(their_figures)))
}

/// How many batches, and how many calls a batch.
pub(crate) const fn effort(size: Size) -> (usize, u32) {
    match size {
        Size::Full => (401, 2_000),
        Size::Smoke => (1, 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_figure_in_the_middle() {
        let mut figures = [3.0, 1.0, 2.0].into_iter();
        assert_eq!(median(3, || figures.next().unwrap_or_default()).to_bits(), 2.0_f64.to_bits());
        let both = by_turns(3, || 1.0, || Ok(2.0));
        assert_eq!(both, Ok((1.0, 2.0)));
        assert_eq!(by_turns(3, || 1.0, || Err("gone".to_owned())), Err("gone".to_owned()));
    }
}
