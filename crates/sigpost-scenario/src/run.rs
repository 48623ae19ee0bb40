//! The runner: walks a scenario against a world, and compares.

mod record;
mod report;

pub use record::record;
pub use report::{Ending, Failure, Finding, Report};

use crate::coverage::{Coverage, Standing};
use crate::step::Act;
use crate::{
    Budget, Condition, Expectation, ExpectedReceipt, Observation, ObservedReceipt, PersonalityName, Scenario,
    ScriptLine, Step, Trouble, World,
};

/// Runs a scenario against a fresh world that follows this personality's rules. The run ends at the first line on
/// which something is not as the scenario says; everything that is wrong on that line is told.
pub fn run(scenario: &Scenario, personality: PersonalityName, world: &mut dyn World) -> Report {
    let mut report = Report { personality, ending: Ending::Passed, unchecked: 0, coverage: Coverage::default() };
    if let Err(trouble) = world.begin(scenario) {
        let span = scenario.declarations.first().map(crate::Declaration::span).unwrap_or_default();
        report.ending = Ending::of(trouble, span);
        return report;
    }
    for line in &scenario.script {
        let (span, outcome) = match line {
            ScriptLine::Step(step) => (step.span, run_step(step, world, &mut report)),
            ScriptLine::Expectation(expected) => (expected.span, check(expected, world, &mut report)),
        };
        match outcome {
            Ok(findings) if findings.is_empty() => {}
            Ok(findings) => {
                report.ending = Ending::Failed(Failure { span, findings });
                return report;
            }
            Err(trouble) => {
                report.ending = Ending::of(trouble, span);
                return report;
            }
        }
    }
    report
}

fn run_step(step: &Step, world: &mut dyn World, report: &mut Report) -> Result<Vec<Finding>, Trouble> {
    if let Act::Call(actor, _) = &step.act {
        world.can_act(*actor)?;
    }
    let seen = world.step(step, &mut Budget::default())?;
    report.coverage.add(step, &seen, |_| Standing::Ready);
    let mut findings = Vec::new();
    findings.extend(compare_result(step, &seen));
    if let Some(expected) = &step.receipts {
        report.unchecked += unchecked(&seen.receipts);
        findings.extend(compare_receipts(expected, &seen.receipts));
    }
    Ok(findings)
}

fn unchecked(receipts: &[ObservedReceipt]) -> u32 {
    u32::try_from(receipts.iter().filter(|receipt| receipt.verdict.is_none()).count()).unwrap_or(u32::MAX)
}

fn compare_result(step: &Step, seen: &Observation) -> Option<Finding> {
    let expected = step.result.as_ref()?;
    if seen.result.is_some_and(|found| expected.admits(&found)) {
        return None;
    }
    let found = seen.result.map_or_else(|| "no result".to_owned(), |found| format!("= {found}"));
    Some(Finding { expected: format!("= {expected}"), found })
}

/// Every receipt that differs, is missing, or was not expected.
fn compare_receipts(expected: &[ExpectedReceipt], seen: &[ObservedReceipt]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for receipt in expected {
        let found = match seen.iter().find(|seen| seen.process == receipt.process) {
            Some(ObservedReceipt { verdict: None, .. }) => continue,
            Some(found) if found.verdict == Some(receipt.verdict) => continue,
            Some(found) => found.to_string(),
            None => format!("no receipt for {}", receipt.process),
        };
        findings.push(Finding { expected: receipt.to_string(), found });
    }
    for extra in seen.iter().filter(|seen| !expected.iter().any(|receipt| receipt.process == seen.process)) {
        findings.push(Finding { expected: format!("no receipt for {}", extra.process), found: extra.to_string() });
    }
    findings
}

fn check(expected: &Expectation, world: &mut dyn World, report: &mut Report) -> Result<Vec<Finding>, Trouble> {
    let mut findings = Vec::new();
    for condition in &expected.conditions {
        let found = match world.observe(expected.subject, condition) {
            Err(Trouble::Unseen(_)) => {
                report.unchecked = report.unchecked.saturating_add(1);
                continue;
            }
            found => found?,
        };
        if !found.as_ref().is_some_and(|found| condition.admits(found)) {
            let found = found.as_ref().map_or_else(|| nothing_instead_of(condition), Condition::to_string);
            findings.push(Finding { expected: condition.to_string(), found });
        }
    }
    Ok(findings)
}

fn nothing_instead_of(condition: &Condition) -> String {
    match condition {
        Condition::Returned(_) => "no call that had blocked has returned".to_owned(),
        Condition::Sender(_) | Condition::Code(_) => "no signal was handled or accepted".to_owned(),
        Condition::BlockedInCall => "it is in no call".to_owned(),
        Condition::SameSleep => "it was woken".to_owned(),
        _ => "nothing of the kind".to_owned(),
    }
}
