//! Writing down what a world does.

use crate::step::Act;
use crate::{
    Budget, Condition, Declaration, Expectation, ExpectedReceipt, Name, Observation, Reference, Scenario, ScriptLine,
    Span, Step, Trouble, World,
};

/// Runs the steps of a scenario and writes down what comes of them: the same scenario with the results and receipts
/// that the world gave, and after each step, of every process and thread, those answers to the questions that have
/// changed. Steps whose actor cannot act, and steps that the world does not support, are left out, so that a scenario
/// made at random becomes one that runs.
/// Run against another world, the outcome says where the two differ.
///
/// A question is a condition of the kind that is asked about; its content does not matter.
///
/// # Errors
/// The [`Trouble`] that ended the run; of a step other than [`Trouble::CannotAct`] and [`Trouble::Unsupported`].
pub fn record(scenario: &Scenario, world: &mut dyn World, questions: &[Condition]) -> Result<Scenario, Trouble> {
    world.begin(scenario)?;
    let mut known: Vec<Name> = scenario.declarations.iter().map(Declaration::name).collect();
    let mut answers: Vec<(Name, Condition)> = Vec::new();
    let mut recorded = Scenario { script: Vec::new(), ..scenario.clone() };
    for step in scenario.steps() {
        let Some(step) = record_step(step, &known, world)? else { continue };
        if let Act::Call(_, call) = &step.act {
            known.extend(call.declares());
        }
        recorded.script.push(ScriptLine::Step(step));
        for name in &known {
            recorded.script.extend(ask(*name, questions, &mut answers, world)?);
        }
    }
    Ok(recorded)
}

/// The step with what came of it; `None` if it cannot be made.
fn record_step(step: &Step, known: &[Name], world: &mut dyn World) -> Result<Option<Step>, Trouble> {
    if !step.mentions().all(|name| name == Name::INIT || known.contains(&name)) {
        return Ok(None);
    }
    if let Act::Call(actor, _) = &step.act {
        match world.can_act(*actor) {
            Err(Trouble::CannotAct(_)) => return Ok(None),
            outcome => outcome?,
        }
    }
    let seen = match world.step(step, &mut Budget::default()) {
        Err(Trouble::CannotAct(_) | Trouble::Unsupported(_)) => return Ok(None),
        outcome => outcome?,
    };
    Ok(Some(as_seen(step, &seen)))
}

fn as_seen(step: &Step, seen: &Observation) -> Step {
    let sends = match &step.act {
        Act::Call(_, call) => call.sends(),
        Act::Kernel(call) => call.sends(),
    };
    let all_seen = seen.receipts.iter().all(|receipt| receipt.verdict.is_some());
    let expected = |receipt: &crate::ObservedReceipt| {
        receipt.verdict.map(|verdict| ExpectedReceipt { process: receipt.process, verdict })
    };
    let receipts = (sends && all_seen).then(|| seen.receipts.iter().filter_map(expected).collect());
    Step { result: seen.result, receipts, ..step.clone() }
}

/// An expectation of those answers that differ from the last ones.
fn ask(
    name: Name,
    questions: &[Condition],
    answers: &mut Vec<(Name, Condition)>,
    world: &mut dyn World,
) -> Result<Option<ScriptLine>, Trouble> {
    let subject = Reference::to(name);
    let mut conditions = Vec::new();
    for question in questions {
        let found = match world.observe(subject, question) {
            Err(Trouble::Unsupported(_) | Trouble::Unseen(_)) | Ok(None) => continue,
            found => found?,
        };
        let Some(found) = found else { continue };
        // Handlers are told once: what is told is written down, and nothing is not.
        if let Condition::Handled(handled) = &found {
            if !handled.is_empty() {
                conditions.push(found);
            }
            continue;
        }
        let same_kind = |(of, last): &&mut (Name, Condition)| {
            *of == name && core::mem::discriminant(last) == core::mem::discriminant(&found)
        };
        match answers.iter_mut().find(same_kind) {
            Some((_, last)) if *last == found => {}
            Some((_, last)) => {
                *last = found.clone();
                conditions.push(found);
            }
            None => {
                answers.push((name, found.clone()));
                conditions.push(found);
            }
        }
    }
    let expectation = Expectation { subject, conditions, span: Span::default() };
    Ok((!expectation.conditions.is_empty()).then_some(ScriptLine::Expectation(expectation)))
}
