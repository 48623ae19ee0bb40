//! The six systems.

use super::{
    BroadcastExclusion, CheckTerminal, ContExemption, DeliveryOrder, GroupRefusal, KillpgOne, KillpgZero, OrphanedStop,
    OtherError, Personality, Privilege, QueueFull, QueueLimit, StopOfSleeper, TakerChoice, UserIdRule, WaiterKeeps,
};
use crate::Errno;

/// Every personality.
pub static ALL: [&Personality; 6] = [&LINUX, &FREEBSD, &POSIX, &BSD43, &BSD44, &AIXRT];

/// Linux, as its kernel/signal.c and a running 6.18 answer.
pub static LINUX: Personality = Personality {
    name: "linux",
    highest_signal: 64,
    user_ids: UserIdRule::RealEffectiveWithRealSaved,
    user_ids_in_group: UserIdRule::RealEffectiveWithRealSaved,
    changed_ids_restrict: false,
    privilege: Privilege::Capability,
    cont_exemption: ContExemption::SameSession,
    system_processes_left_out: false,
    broadcast_leaves_out: BroadcastExclusion::InitAndSender,
    broadcast_all_refused: Ok(()),
    group_some_refused: GroupRefusal::Succeeds,
    group_all_refused: Errno::EPERM,
    init_left_out_of_group: false,
    killpg_zero: KillpgZero::OwnGroup,
    killpg_one: KillpgOne::Everyone,
    killpg_negative: Errno::EINVAL,
    kill_int_min: Errno::ESRCH,
    signal_checked_first: false,
    zombie_is_found: true,
    zombie_group_is_found: true,
    coalesces: true,
    keeps_ignored_when_blocked: true,
    waiter_keeps_ignored: WaiterKeeps::Nobody,
    taker: TakerChoice::MainFirst,
    ignored_child_end_is_not_sent: true,
    cont_always_continues: true,
    stop_of_sleeper: StopOfSleeper::Wakes,
    vfork_child_stops: true,
    orphaned_terminal_stop: OrphanedStop::AtDelivery,
    queue_limit: QueueLimit::PerUser,
    queue_full: QueueFull::Linux,
    sigpending_reports_unblocked: false,
    delivery_order: DeliveryOrder::ThreadThenProcess,
    checkctty: CheckTerminal::Everyone,
    kill_takes_thread_id: true,
    raise_is_for_thread: true,
    stop_to_stopped_is_dropped: false,
    tracer_sees_blocked: false,
    exec_resets_ignored_child: false,
    group_other_error: OtherError::LastIfNoneSent,
    fatal_at_generation: true,
    has_setsid: true,
    has_nocldstop: true,
    has_continued_news: true,
};

/// FreeBSD, after its `sys/kern/kern_sig.c` and `kern_prot.c`.
pub static FREEBSD: Personality = Personality {
    name: "freebsd",
    changed_ids_restrict: true,
    system_processes_left_out: true,
    broadcast_leaves_out: BroadcastExclusion::InitAndSender,
    broadcast_all_refused: Err(Errno::EPERM),
    init_left_out_of_group: true,
    killpg_one: KillpgOne::NoGroup,
    signal_checked_first: true,
    coalesces: false,
    keeps_ignored_when_blocked: false,
    ignored_child_end_is_not_sent: false,
    stop_of_sleeper: StopOfSleeper::InPlace,
    vfork_child_stops: false,
    orphaned_terminal_stop: OrphanedStop::OnArrival,
    queue_limit: QueueLimit::PerProcess(128),
    queue_full: QueueFull::KillLosesInformation,
    sigpending_reports_unblocked: true,
    delivery_order: DeliveryOrder::LowestOfBoth,
    checkctty: CheckTerminal::OnlyWithTerminal,
    kill_takes_thread_id: false,
    stop_to_stopped_is_dropped: true,
    exec_resets_ignored_child: true,
    group_other_error: OtherError::FirstWins,
    fatal_at_generation: false,
    waiter_keeps_ignored: WaiterKeeps::AnyTaker,
    taker: TakerChoice::ReadyFirst,
    ..LINUX
};

/// POSIX.1-2024; where it leaves the choice, Linux's unless a field's doc says otherwise.
pub static POSIX: Personality = Personality {
    name: "posix",
    system_processes_left_out: true,
    broadcast_leaves_out: BroadcastExclusion::Init,
    broadcast_all_refused: Err(Errno::EPERM),
    killpg_one: KillpgOne::NoGroup,
    signal_checked_first: true,
    ignored_child_end_is_not_sent: false,
    stop_of_sleeper: StopOfSleeper::InPlace,
    orphaned_terminal_stop: OrphanedStop::AtGeneration,
    queue_limit: QueueLimit::PerProcess(32),
    queue_full: QueueFull::Fails,
    delivery_order: DeliveryOrder::LowestOfBoth,
    kill_takes_thread_id: false,
    stop_to_stopped_is_dropped: true,
    fatal_at_generation: false,
    waiter_keeps_ignored: WaiterKeeps::AnyTaker,
    taker: TakerChoice::ReadyFirst,
    ..LINUX
};

/// 4.3BSD as released in 1986, after its `kern_sig.c`.
pub static BSD43: Personality = Personality {
    name: "bsd43",
    highest_signal: 31,
    user_ids: UserIdRule::EffectiveWithEffective,
    user_ids_in_group: UserIdRule::EffectiveWithEffective,
    privilege: Privilege::EffectiveRoot,
    cont_exemption: ContExemption::DescendantInGroup,
    system_processes_left_out: true,
    broadcast_leaves_out: BroadcastExclusion::ChildrenOfProcessZeroAndSender,
    broadcast_all_refused: Err(Errno::ESRCH),
    group_some_refused: GroupRefusal::FailsAfterwards,
    init_left_out_of_group: true,
    killpg_zero: KillpgZero::NoGroup,
    killpg_one: KillpgOne::GroupOne,
    killpg_negative: Errno::ESRCH,
    signal_checked_first: true,
    zombie_is_found: false,
    zombie_group_is_found: false,
    keeps_ignored_when_blocked: false,
    ignored_child_end_is_not_sent: false,
    cont_always_continues: false,
    stop_of_sleeper: StopOfSleeper::InPlaceButTstpEndsChildOfInit,
    vfork_child_stops: false,
    orphaned_terminal_stop: OrphanedStop::NotJudged,
    queue_limit: QueueLimit::NoQueue,
    delivery_order: DeliveryOrder::LowestOfBoth,
    kill_takes_thread_id: false,
    raise_is_for_thread: false,
    stop_to_stopped_is_dropped: true,
    tracer_sees_blocked: true,
    fatal_at_generation: false,
    has_setsid: false,
    has_nocldstop: false,
    has_continued_news: false,
    waiter_keeps_ignored: WaiterKeeps::AnyTaker,
    taker: TakerChoice::ReadyFirst,
    ..LINUX
};

/// 4.4BSD-Lite2, after its `kern_sig.c`.
pub static BSD44: Personality = Personality {
    name: "bsd44",
    user_ids: UserIdRule::RealEffectiveWithRealEffective,
    user_ids_in_group: UserIdRule::RealEffectiveWithRealEffective,
    cont_exemption: ContExemption::SameSession,
    system_processes_left_out: true,
    broadcast_leaves_out: BroadcastExclusion::InitAndSender,
    group_some_refused: GroupRefusal::Succeeds,
    group_all_refused: Errno::ESRCH,
    killpg_zero: KillpgZero::OwnGroup,
    killpg_one: KillpgOne::NoGroup,
    cont_always_continues: true,
    stop_of_sleeper: StopOfSleeper::InPlace,
    orphaned_terminal_stop: OrphanedStop::OnArrival,
    checkctty: CheckTerminal::OnlyWithTerminal,
    exec_resets_ignored_child: true,
    has_setsid: true,
    has_nocldstop: true,
    ..BSD43
};

/// AIX/RT 2.2.1, after its manual pages kill(2) and killpg(3); what they leave open is 4.3BSD's, its ancestor's.
pub static AIXRT: Personality = Personality {
    name: "aixrt",
    user_ids: UserIdRule::RealEffectiveWithRealEffective,
    cont_exemption: ContExemption::None,
    system_processes_left_out: true,
    broadcast_leaves_out: BroadcastExclusion::InitAndOtherUsers,
    group_some_refused: GroupRefusal::AllOrNone,
    killpg_zero: KillpgZero::OwnGroup,
    killpg_negative: Errno::EINVAL,
    cont_always_continues: true,
    stop_of_sleeper: StopOfSleeper::InPlace,
    orphaned_terminal_stop: OrphanedStop::AtGeneration,
    ..BSD43
};
