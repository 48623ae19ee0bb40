//! Which options of a process go together, and which sessions, groups and terminals it can be in.

use sigpost_engine::{Signal, SignalSet};

use super::names::{Kind, Known, Names};
use super::option::Spans;
use crate::{Mistake, MistakeKind, Name, Personalities, PersonalityName, Place, ProcessDeclaration, RunState, Span};

/// Checks the options against each other and against the processes above.
///
/// # Errors
/// M20, M31, M32, M33, M35.
pub(super) fn check(
    process: &ProcessDeclaration,
    spans: &Spans<'_>,
    names: &mut Names,
    personalities: Personalities,
) -> Result<Known, Mistake> {
    excluded_pairs(process, spans)?;
    if let Some((_, span)) = spans.first_of(&["nogroup"]) {
        needs_old_system(span, personalities)?;
    }
    caught_and_ignored(process, spans)?;
    parent_can_have_it(process, spans, names)?;
    let session = session_of(process, names);
    if let (Place::GroupOf(leader), Some(span)) = (process.place, spans.of("group=")) {
        group_is_led(leader, session, span, names)?;
    }
    terminal(process, session, spans, names)?;
    Ok(Known {
        kind: Kind::Process,
        session,
        leads_group: matches!(process.place, Place::Session | Place::Group),
        zombie: process.run_state == RunState::Zombie,
        ignore: process.ignore,
    })
}

fn excluded_pairs(process: &ProcessDeclaration, spans: &Spans<'_>) -> Result<(), Mistake> {
    const PLACES: [&str; 4] = ["session", "group", "group=", "nogroup"];
    const OF_THE_LIVING: [&str; 5] = ["ignore", "catch", "traced_by", "privileged", "unprivileged"];
    let second = |words: &[&str]| {
        let (first, _) = spans.first_of(words)?;
        let others: Vec<&str> = words.iter().copied().filter(|word| *word != first).collect();
        spans.first_of(&others)
    };
    let wrong = |span: Span, expected: &str| Err(Mistake::new(MistakeKind::ExcludedPair, span, expected));
    if let Some((_, span)) = second(&PLACES) {
        return wrong(span, "one of `session`, `group`, `group=` and `nogroup`");
    }
    if let Some((_, span)) = second(&["privileged", "unprivileged"]) {
        return wrong(span, "one of `privileged` and `unprivileged`");
    }
    if let (Some(span), true) = (spans.of("tty"), process.place != Place::Session) {
        return wrong(span, "`session` with `tty`: only who leads a session has a terminal");
    }
    if let (RunState::Zombie, Some((_, span))) = (process.run_state, spans.first_of(&OF_THE_LIVING)) {
        return wrong(span, "a zombie without dispositions, tracer and privilege: it has ended");
    }
    Ok(())
}

fn needs_old_system(span: Span, personalities: Personalities) -> Result<(), Mistake> {
    use PersonalityName::{AixRt, Bsd43};
    let Some(personality) = personalities.iter().find(|name| !matches!(name, Bsd43 | AixRt)) else { return Ok(()) };
    let expected = format!("a group: under `{personality}` every process is in one");
    Err(Mistake::new(MistakeKind::NeverHad, span, expected))
}

fn caught_and_ignored(process: &ProcessDeclaration, spans: &Spans<'_>) -> Result<(), Mistake> {
    let both = (process.catch & process.ignore) - SignalSet::UNCATCHABLE;
    match (both.first(), spans.of("catch"), spans.of("ignore")) {
        (Some(signal), Some(catch), Some(ignore)) => {
            let later = if catch.start > ignore.start { catch } else { ignore };
            let expected = format!("`{signal}` in one of `catch` and `ignore`");
            Err(Mistake::new(MistakeKind::CaughtAndIgnored, later, expected))
        }
        _ => Ok(()),
    }
}

fn parent_can_have_it(process: &ProcessDeclaration, spans: &Spans<'_>, names: &Names) -> Result<(), Mistake> {
    let (Some(parent), Some(span)) = (process.parent.and_then(|name| names.get(name)), spans.of("parent")) else {
        return Ok(());
    };
    if parent.zombie {
        return Err(Mistake::new(MistakeKind::ExcludedPair, span, "a parent that is alive: a zombie has no children"));
    }
    if process.run_state == RunState::Zombie && parent.ignore.contains(Signal::CHLD) {
        let expected = "a parent that does not ignore CHLD: children of such a one leave no zombies";
        return Err(Mistake::new(MistakeKind::ExcludedPair, spans.of("zombie").unwrap_or(span), expected));
    }
    Ok(())
}

/// The process that leads the session; `None` if a mistake above hides it.
fn session_of(process: &ProcessDeclaration, names: &Names) -> Option<Name> {
    if process.place == Place::Session {
        return Some(process.name);
    }
    names.get(process.parent.unwrap_or(Name::INIT)).and_then(|parent| parent.session)
}

fn group_is_led(leader: Name, session: Option<Name>, span: Span, names: &Names) -> Result<(), Mistake> {
    let Some(known) = names.get(leader).filter(|known| known.kind == Kind::Process) else { return Ok(()) };
    let wrong = |expected: String| Err(Mistake::new(MistakeKind::GroupLeader, span, expected));
    if !known.leads_group {
        return wrong(format!("a process that leads a group: `{leader}` has neither `group` nor `session`"));
    }
    match (known.session, session) {
        (Some(theirs), Some(ours)) if theirs != ours => wrong(format!(
            "a group of this process's own session: `{leader}` is in that of `{theirs}`, this one in that of `{ours}`"
        )),
        _ => Ok(()),
    }
}

fn terminal(
    process: &ProcessDeclaration,
    session: Option<Name>,
    spans: &Spans<'_>,
    names: &mut Names,
) -> Result<(), Mistake> {
    if process.tty {
        names.terminals.push(process.name);
    }
    let (Some(span), Some(session)) = (spans.of("foreground"), session) else { return Ok(()) };
    if !names.terminals.contains(&session) {
        let expected = format!("a terminal: `{session}`, which leads the session, has no `tty`");
        return Err(Mistake::new(MistakeKind::Foreground, span, expected));
    }
    if names.in_front.contains(&session) {
        let expected = format!("one `foreground` in the session of `{session}`");
        return Err(Mistake::new(MistakeKind::Foreground, span, expected));
    }
    names.in_front.push(session);
    Ok(())
}
