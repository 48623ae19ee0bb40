//! Processes as signals see them: sessions, their groups, and in each group who was started by whom.

use std::collections::HashSet;

use sigpost_engine::{GroupId, Pid, SessionId};

use crate::snapshot::Snapshot;

/// A session with those of its groups that have members here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionBranch {
    /// Its number; `None`: outside of our PID namespace.
    pub id: Option<SessionId>,
    /// By ascending number.
    pub groups: Vec<GroupBranch>,
}

/// A group with its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupBranch {
    /// Its number; `None`: outside of our PID namespace.
    pub id: Option<GroupId>,
    /// Parents before their children.
    pub members: Vec<Member>,
}

/// A process in its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// How many ancestors in line are in the same group.
    pub depth: usize,
    /// The process.
    pub process: Snapshot,
}

/// Orders the processes by session, group and descent; all by ascending number.
///
/// ```
/// use sigpost_linux::{Snapshot, family_tree};
///
/// let own = Snapshot::of_caller()?;
/// let sessions = family_tree::of(vec![own.clone()]);
/// assert_eq!(sessions[0].id, own.session);
/// assert_eq!(sessions[0].groups[0].members[0].process.pid, own.pid);
/// # Ok::<(), sigpost_linux::ReadError>(())
/// ```
pub fn of(mut processes: Vec<Snapshot>) -> Vec<SessionBranch> {
    processes.sort_by_key(|process| (process.session, process.group, process.pid));
    let mut sessions: Vec<SessionBranch> = Vec::new();
    for family in processes.chunk_by(|one, other| (one.session, one.group) == (other.session, other.group)) {
        let group = GroupBranch { id: family[0].group, members: by_descent(family) };
        match sessions.last_mut() {
            Some(session) if session.id == family[0].session => session.groups.push(group),
            _ => sessions.push(SessionBranch { id: family[0].session, groups: vec![group] }),
        }
    }
    sessions
}

/// The members of one group, each after its parent. `/proc` is read one after the other, so a number may have been
/// given out again meanwhile and a line of parents lead back to its beginning: nobody is lost by that.
fn by_descent(family: &[Snapshot]) -> Vec<Member> {
    let pids: HashSet<Pid> = family.iter().map(|process| process.pid).collect();
    let is_root = |process: &&Snapshot| process.parent.is_none_or(|parent| !pids.contains(&parent));
    let mut members = Vec::with_capacity(family.len());
    let mut placed = HashSet::with_capacity(family.len());
    // A stack, so the last is taken first.
    let mut next: Vec<(usize, &Snapshot)> = family.iter().filter(is_root).map(|root| (0, root)).rev().collect();
    loop {
        while let Some((depth, process)) = next.pop() {
            if placed.insert(process.pid) {
                let children = family.iter().filter(|child| child.parent == Some(process.pid));
                next.extend(children.map(|child| (depth + 1, child)).rev());
                members.push(Member { depth, process: process.clone() });
            }
        }
        match family.iter().find(|process| !placed.contains(&process.pid)) {
            Some(left_over) => next.push((0, left_over)),
            None => return members,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32, group: i32, session: i32) -> Snapshot {
        let own = Snapshot::of_caller().unwrap();
        let parent = Pid::new(parent);
        let (group, session) = (GroupId::new(group), SessionId::new(session));
        Snapshot { pid: Pid::new(pid).unwrap(), parent, group, session, ..own }
    }

    #[test]
    fn groups_stand_in_their_sessions_and_children_after_their_parents() {
        let processes = vec![
            process(9, 7, 7, 5),
            process(5, 1, 5, 5),
            process(8, 7, 7, 5),
            process(7, 5, 7, 5),
            process(3, 1, 3, 3),
        ];
        let told: Vec<_> = of(processes)
            .into_iter()
            .flat_map(|session| session.groups)
            .flat_map(|group| group.members.into_iter().map(move |member| (group.id, member)))
            .map(|(group, member)| (group.unwrap().get(), member.process.pid.get(), member.depth))
            .collect();
        assert_eq!(told, [(3, 3, 0), (5, 5, 0), (7, 7, 0), (7, 8, 1), (7, 9, 1)]);
    }

    #[test]
    fn a_circle_of_parents_loses_nobody() {
        let sessions = of(vec![process(7, 8, 5, 5), process(8, 7, 5, 5)]);
        assert_eq!(sessions[0].groups[0].members.len(), 2);
    }
}
