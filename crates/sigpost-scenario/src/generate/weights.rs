//! What random scenarios are made of.

use sigpost_engine::Signal;

use super::Random;
use crate::PersonalityName;

/// A part of the language that random scenarios can have more or less of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Signals to one process or thread.
    Send,
    /// Signals to groups and to everyone.
    SendGroup,
    /// Changes of masks.
    Mask,
    /// Changes of dispositions, returns from handlers.
    Disposition,
    /// Waiting for signals: pause, sigsuspend, the sigwait family, read.
    SignalWait,
    /// Waiting for children.
    ChildWait,
    /// Sessions and groups.
    Group,
    /// fork, vfork, clone, exec, exit.
    Life,
    /// Threads.
    Thread,
    /// Changes of user IDs.
    User,
    /// Tracing.
    Trace,
    /// Terminals.
    Terminal,
    /// Acts of the kernel that only the engine can make.
    Kernel,
    /// Faults.
    Fault,
}

impl Feature {
    /// All features.
    pub const ALL: [Self; 14] = [
        Self::Send,
        Self::SendGroup,
        Self::Mask,
        Self::Disposition,
        Self::SignalWait,
        Self::ChildWait,
        Self::Group,
        Self::Life,
        Self::Thread,
        Self::User,
        Self::Trace,
        Self::Terminal,
        Self::Kernel,
        Self::Fault,
    ];
}

/// How much of what a random scenario has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Under whose rules it holds; what that system never had does not occur.
    pub personality: PersonalityName,
    /// The least and the largest number of declared processes and threads.
    pub processes: (u32, u32),
    /// The least and the largest number of steps.
    pub steps: (u32, u32),
    /// How often a step is of each feature, relative to the others. 0: never.
    pub features: [u32; Feature::ALL.len()],
    /// How many of a hundred scenarios have a scene: steps that bring a target to where signals seldom find one, and a
    /// signal. For Linux only.
    pub scenes: u32,
    /// Signals that a scenario has more of than of others, so that one meets another of its kind; none: no such.
    pub favourites: [Option<Signal>; 3],
    /// Whether results, receipts and expectations are made up. Such a scenario is well formed and as good as never
    /// true: it tries parser and printer.
    pub guesses: bool,
}

impl Weights {
    /// What the engine is tried with under a personality.
    pub const fn of(personality: PersonalityName) -> Self {
        let features = [30, 20, 12, 10, 8, 8, 6, 8, 6, 3, 3, 2, 6, 2];
        Self {
            personality,
            processes: (4, 7),
            steps: (12, 24),
            features,
            scenes: 0,
            favourites: [None; 3],
            guesses: false,
        }
    }

    /// What a live kernel is compared with: nothing that only the engine can do.
    pub const fn live() -> Self {
        let all = Self::of(PersonalityName::Linux).with(Feature::Kernel, 0).with(Feature::Trace, 5);
        Self { processes: (5, 8), steps: (20, 32), scenes: 80, ..all }
    }

    /// The same for one scenario, which has its favourites.
    pub(super) fn for_one(&self, random: &mut Random) -> Self {
        let mut favourites = self.favourites;
        for favourite in &mut favourites {
            *favourite = Some(super::declare::signal(random, self));
        }
        Self { favourites, ..self.clone() }
    }

    /// The same with another weight for one feature.
    #[must_use]
    pub const fn with(mut self, feature: Feature, weight: u32) -> Self {
        self.features[feature as usize] = weight;
        self
    }

    /// The weight of a feature.
    pub const fn weight(&self, feature: Feature) -> u32 {
        self.features[feature as usize]
    }
}
