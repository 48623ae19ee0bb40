//! The shrinker: the smallest scenario that still fails.

use crate::{
    Condition, Declaration, Name, Personalities, Place, Privilege, ProcessDeclaration, RunState, Scenario, ScriptLine,
    Step,
};
use sigpost_engine::SignalSet;

/// Cuts a failing scenario down: fewer processes, fewer steps, fewer conditions, fewer options, one personality; as
/// long as `fails` says of the smaller one that it still fails. Every scenario that `fails` is shown is valid.
/// `fails` is called at most `tries` times.
///
/// What it returns is the smallest found; if nothing smaller fails, the scenario itself.
pub fn shrink(scenario: &Scenario, tries: u32, fails: impl FnMut(&Scenario) -> bool) -> Scenario {
    let mut search = Search { best: scenario.clone(), left: tries, fails };
    loop {
        let before = search.best.clone();
        search.fewer_declarations();
        search.fewer_lines();
        search.fewer_conditions();
        search.plainer_processes();
        search.one_personality();
        if search.best == before || search.left == 0 {
            return search.best;
        }
    }
}

struct Search<F> {
    best: Scenario,
    left: u32,
    fails: F,
}

impl<F: FnMut(&Scenario) -> bool> Search<F> {
    /// Takes the smaller scenario for the best if it is valid and still fails.
    fn try_this(&mut self, smaller: &Scenario) -> bool {
        if self.left == 0 || *smaller == self.best || Scenario::parse(smaller.to_string().as_bytes()).is_err() {
            return false;
        }
        self.left -= 1;
        let fails = (self.fails)(smaller);
        if fails {
            self.best = smaller.clone();
        }
        fails
    }

    fn fewer_declarations(&mut self) {
        for index in (0..self.best.declarations.len()).rev() {
            let Some(declaration) = self.best.declarations.get(index) else { continue };
            let smaller = without(&self.best, declaration.name());
            self.try_this(&smaller);
        }
    }

    /// Cuts pieces of the script, from the whole down to single lines.
    fn fewer_lines(&mut self) {
        let mut size = self.best.script.len();
        while size > 0 {
            let mut end = self.best.script.len();
            while end > 0 {
                let start = end.saturating_sub(size);
                let mut smaller = self.best.clone();
                smaller.script.drain(start..end);
                self.try_this(&repaired(smaller));
                end = start.min(self.best.script.len());
            }
            size /= 2;
        }
    }

    fn fewer_conditions(&mut self) {
        for line in 0..self.best.script.len() {
            let mut index = conditions(&mut self.best, line).map_or(0, |all| all.len());
            while index > 0 {
                index -= 1;
                let mut smaller = self.best.clone();
                if let Some(all) = conditions(&mut smaller, line).filter(|all| all.len() > 1) {
                    all.remove(index);
                    self.try_this(&smaller);
                }
            }
        }
    }

    /// Takes options away, one at a time.
    fn plainer_processes(&mut self) {
        for index in 0..self.best.declarations.len() {
            for plainer in PLAINER {
                let mut smaller = self.best.clone();
                match smaller.declarations.get_mut(index) {
                    Some(Declaration::Process(process)) => plainer(process),
                    Some(Declaration::Thread(thread)) => thread.block = SignalSet::EMPTY,
                    None => continue,
                }
                self.try_this(&smaller);
            }
        }
    }

    fn one_personality(&mut self) {
        let all = self.best.personalities;
        if all.iter().count() < 2 {
            return;
        }
        for name in all.iter() {
            let smaller = Scenario { personalities: Personalities::only(name), ..self.best.clone() };
            if self.try_this(&smaller) {
                return;
            }
        }
    }
}

fn conditions(scenario: &mut Scenario, line: usize) -> Option<&mut Vec<Condition>> {
    match scenario.script.get_mut(line)? {
        ScriptLine::Expectation(expectation) => Some(&mut expectation.conditions),
        ScriptLine::Step(_) => None,
    }
}

/// Each takes one option away.
const PLAINER: [fn(&mut ProcessDeclaration); 13] = [
    |process| process.parent = None,
    |process| process.user = None,
    |process| process.privilege = Privilege::ByUser,
    |process| process.system = false,
    |process| process.place = Place::Inherited,
    |process| process.namespace = false,
    |process| (process.tty, process.foreground) = (false, false),
    |process| process.ignore = SignalSet::EMPTY,
    |process| process.catch = SignalSet::EMPTY,
    |process| process.block = SignalSet::EMPTY,
    |process| process.run_state = RunState::Ready,
    |process| process.traced_by = None,
    |process| process.sigpending_limit = None,
];

/// The scenario without a process or thread and everything that mentions it.
fn without(scenario: &Scenario, name: Name) -> Scenario {
    let mut smaller = scenario.clone();
    smaller.declarations.retain(|declaration| declaration.name() != name);
    for line in &mut smaller.script {
        if let ScriptLine::Step(Step { receipts: Some(receipts), .. }) = line {
            receipts.retain(|receipt| receipt.process != name);
        }
    }
    repaired(smaller)
}

/// The scenario without the lines that have become wrong: those that mention what is no longer declared. Taking one
/// away may make another wrong, so it goes on until none is.
fn repaired(scenario: Scenario) -> Scenario {
    let text = scenario.to_string();
    let mut lines: Vec<&str> = text.lines().collect();
    loop {
        let mistakes = match Scenario::parse(lines.join("\n").as_bytes()) {
            Ok(repaired) => return repaired,
            Err(mistakes) => mistakes,
        };
        let wrong: Vec<usize> = mistakes.0.iter().map(|mistake| mistake.span.line as usize).collect();
        let before = lines.len();
        let mut number = 0;
        lines.retain(|_| {
            number += 1;
            !wrong.contains(&number)
        });
        if lines.len() == before {
            return scenario;
        }
    }
}
