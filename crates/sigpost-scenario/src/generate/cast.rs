//! Who is there while a random scenario is made up.

use sigpost_engine::SignalSet;

use super::Random;
use crate::{Name, Reference, Target};

/// A process or thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: Name,
    /// The process: of a thread, the one it is of.
    pub(super) process: Name,
    pub(super) parent: Name,
    pub(super) session: Name,
    pub(super) leads_group: bool,
    pub(super) zombie: bool,
    /// Whether it is likely able to act: nothing was done that stops, blocks or ends it for sure.
    pub(super) able: bool,
    pub(super) ignore: SignalSet,
}

impl Member {
    pub(super) fn is_thread(&self) -> bool {
        self.name != self.process
    }
}

/// Everyone who is there; `init` first.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) members: Vec<Member>,
    /// Sessions with a terminal, and those of them with a process in front.
    pub(super) terminals: Vec<Name>,
    pub(super) in_front: Vec<Name>,
    named: u32,
}

impl Default for Cast {
    fn default() -> Self {
        let init = Member {
            name: Name::INIT,
            process: Name::INIT,
            parent: Name::INIT,
            session: Name::INIT,
            leads_group: true,
            zombie: false,
            able: true,
            ignore: SignalSet::EMPTY,
        };
        Self { members: vec![init], terminals: Vec::new(), in_front: Vec::new(), named: 0 }
    }
}

impl Cast {
    /// A name that nobody has.
    pub(super) fn new_name(&mut self, letter: char) -> Name {
        self.named += 1;
        Name::new(&format!("{letter}{}", self.named)).unwrap_or(Name::INIT)
    }

    pub(super) fn member(&self, name: Name) -> Member {
        self.members.iter().find(|member| member.name == name).copied().unwrap_or(self.members[0])
    }

    /// The names of those for whom this is true.
    pub(super) fn those(&self, mut is: impl FnMut(&Member) -> bool) -> Vec<Name> {
        self.members.iter().filter(|member| is(member)).map(|member| member.name).collect()
    }

    pub(super) fn processes(&self) -> Vec<Name> {
        self.those(|member| !member.is_thread())
    }

    pub(super) fn any_process(&self, random: &mut Random) -> Name {
        random.pick_or(&self.processes(), Name::INIT)
    }

    /// Anyone, sometimes a main thread as a thread.
    pub(super) fn anyone(&self, random: &mut Random) -> Reference {
        let names = self.those(|_| true);
        let name = random.pick_or(&names, Name::INIT);
        Reference { name, main: !self.member(name).is_thread() && random.chance(1, 8) }
    }

    /// Who acts next: init seldom, for it is the one that everyone depends on.
    pub(super) fn actor(&self, random: &mut Random) -> Name {
        let able = self.those(|member| member.able && member.name != Name::INIT);
        if random.chance(1, 12) { Name::INIT } else { random.pick_or(&able, Name::INIT) }
    }

    /// An ID of one process or thread, seldom one of nobody.
    pub(super) fn id(&self, random: &mut Random) -> Target {
        if random.chance(1, 30) { Target::Nobody } else { Target::Id(self.anyone(random)) }
    }

    /// An ID of many: a group's, everyone's, one of the special integers.
    pub(super) fn ids(&self, random: &mut Random) -> Target {
        match random.below(20) {
            0..=4 => Target::Zero,
            5 => Target::MinusOne,
            6 => Target::IntMin,
            7 => Target::IntMax,
            8 => Target::One,
            9 => Target::MinusNobody,
            10 => Target::Nobody,
            _ => {
                let leaders = self.those(|member| member.leads_group);
                Target::Minus(random.pick_or(&leaders, Name::INIT))
            }
        }
    }

    pub(super) fn disable(&mut self, name: Name) {
        for member in self.members.iter_mut().filter(|member| member.name == name) {
            member.able = false;
        }
    }
}
