//! Breadth-first search: from one state, every step that can be made, until no new state comes.

use core::panic::AssertUnwindSafe;
use std::collections::HashMap;
use std::panic::{catch_unwind, resume_unwind};

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::facts::{ProcessFacts, canonical};
use crate::node::Node;
use crate::step::Step;

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// States, told apart by what a caller can see.
    pub(crate) states: usize,
    /// States, told apart also by who has been told to look.
    pub(crate) hidden: usize,
    /// Steps made, from every state every one.
    pub(crate) steps: usize,
}

/// How each state was first reached.
#[derive(Default)]
struct Ways {
    seen: HashMap<Vec<u8>, usize>,
    from: Vec<(usize, Option<Step>)>,
}

impl Ways {
    fn is_new(&mut self, name: Vec<u8>, from: usize, step: Option<Step>) -> Option<usize> {
        let number = self.from.len();
        if self.seen.contains_key(&name) {
            return None;
        }
        self.seen.insert(name, number);
        self.from.push((from, step));
        Some(number)
    }

    /// The shortest way to a state.
    fn path(&self, mut number: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        while let (from, Some(step)) = self.from[number] {
            steps.push(step);
            number = from;
        }
        steps.reverse();
        steps
    }
}

/// Searches from a state; `steps` says what can be done in each. Panics, and prints the shortest way there, where a
/// rule is broken.
pub(crate) fn search<N: Node>(start: N, steps: impl Fn(&[ProcessFacts]) -> Vec<Step>) -> Found {
    let mut ways = Ways::default();
    let mut visible = std::collections::HashSet::new();
    let mut count = 0;
    let (name, hidden) = canonical(start.facts(), &start.hidden());
    visible.insert(name.clone());
    let first = ways.is_new([name, hidden].concat(), 0, None).unwrap();
    let mut queue = VecDeque::from([(first, start)]);
    while let Some((number, node)) = queue.pop_front() {
        guard(&ways, number, None, || node.check());
        for step in steps(node.facts()) {
            count += 1;
            let next = guard(&ways, number, Some(step), || node.after(step));
            let (name, hidden) = canonical(next.facts(), &next.hidden());
            if let Some(new) = ways.is_new([name.as_slice(), &hidden].concat(), number, Some(step)) {
                visible.insert(name);
                queue.push_back((new, next));
            }
        }
    }
    Found { states: visible.len(), hidden: ways.from.len(), steps: count }
}

fn guard<T>(ways: &Ways, number: usize, step: Option<Step>, work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|cause| {
        eprintln!("after these steps: {:?}", ways.path(number));
        if let Some(step) = step {
            eprintln!("the step: {step:?}");
        }
        resume_unwind(cause)
    })
}
