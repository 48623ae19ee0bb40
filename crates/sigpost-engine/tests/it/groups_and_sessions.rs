//! `setpgid` and `setsid`: each error, and what nothing but the right call changes.

use sigpost_engine::personality::{BSD43, LINUX};
use sigpost_engine::{Errno, SetGroupError, SetSessionError};

use crate::world::World;

fn setpgid(world: &mut World, caller: &str, target: i32, group: i32) -> Result<(), SetGroupError> {
    let result = world.system.setpgid(world.key(caller), target, group);
    world.check();
    result
}

#[test]
fn setpgid_names_each_mistake() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.place("sh", "elsewhere", 200, 200, 200);
    world.fork("a", "grandchild");
    let [a, b, grandchild, elsewhere] = ["a", "b", "grandchild", "elsewhere"].map(|name| world.number(name));
    assert_eq!(setpgid(&mut world, "sh", a, -1), Err(SetGroupError::NegativeGroup));
    assert_eq!(setpgid(&mut world, "sh", grandchild, 0), Err(SetGroupError::NoSuchProcess), "a child's child");
    assert_eq!(setpgid(&mut world, "a", b, 0), Err(SetGroupError::NoSuchProcess), "a sibling");
    assert_eq!(setpgid(&mut world, "sh", 4711, 0), Err(SetGroupError::NoSuchProcess));
    assert_eq!(setpgid(&mut world, "sh", -1, 0), Err(SetGroupError::NegativeGroup), "it stands for the group, too");
    assert_eq!(setpgid(&mut world, "sh", -1, a), Err(SetGroupError::NoSuchProcess));
    assert_eq!(setpgid(&mut world, "sh", elsewhere, 0), Err(SetGroupError::OtherSession));
    assert_eq!(setpgid(&mut world, "sh", 0, 0), Err(SetGroupError::OtherSession), "it leads its session");
    assert_eq!(setpgid(&mut world, "sh", a, 4711), Err(SetGroupError::NoSuchGroup));
    assert_eq!(setpgid(&mut world, "sh", a, elsewhere), Err(SetGroupError::NoSuchGroup), "a group of another session");
    world.system.exec(world.thread("b")).unwrap();
    assert_eq!(setpgid(&mut world, "sh", b, b), Err(SetGroupError::ChildHasExecuted));
    assert_eq!(setpgid(&mut world, "b", 0, 0), Ok(()), "itself it may move");
    let numbers = [
        SetGroupError::NegativeGroup,
        SetGroupError::NotAProcess,
        SetGroupError::NoSuchProcess,
        SetGroupError::ChildHasExecuted,
        SetGroupError::OtherSession,
        SetGroupError::NoSuchGroup,
        SetGroupError::NoMemory,
    ];
    let expected =
        [Errno::EINVAL, Errno::EINVAL, Errno::ESRCH, Errno::EACCES, Errno::EPERM, Errno::EPERM, Errno::ENOMEM];
    assert_eq!(numbers.map(SetGroupError::errno), expected);
}

#[test]
fn setpgid_makes_a_group_joins_one_and_goes_back() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    let [a, b, sh] = ["a", "b", "sh"].map(|name| world.number(name));
    let group =
        |world: &World, name: &str| world.system.group_id(world.system.group(world.key(name)).unwrap()).unwrap().get();
    for (target, to, expected) in [(b, 0, b), (b, a, a), (b, sh, sh), (b, b, b)] {
        assert_eq!(setpgid(&mut world, "sh", target, to), Ok(()));
        assert_eq!((group(&world, "a"), group(&world, "b")), (a, expected));
    }
}

#[test]
fn setsid_is_for_those_who_lead_no_group() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.system.set_terminal(world.key("sh"), true).unwrap();
    assert_eq!(world.system.setsid(world.key("a")).map(drop), Err(SetSessionError::LeadsGroup));
    assert_eq!(world.system.setsid(world.key("sh")).map(drop), Err(SetSessionError::LeadsGroup));
    world.fork("b", "c");
    let c = world.number("c");
    assert!(world.system.setsid(world.key("b")).is_ok());
    world.check();
    let session = world.system.session(world.key("b")).unwrap();
    assert_eq!(world.system.session_id(session).unwrap().get(), world.number("b"));
    assert_ne!(world.system.session(world.key("c")), Some(session), "its child stays behind");
    assert!(!world.system.has_terminal(world.key("b")) && world.system.has_terminal(world.key("c")));
    // The group's number is in use though its leader has moved on.
    world.fork("c", "d");
    let d = world.number("d");
    setpgid(&mut world, "c", c, c).unwrap();
    setpgid(&mut world, "c", d, c).unwrap();
    let sh = world.number("a");
    setpgid(&mut world, "c", 0, sh).unwrap();
    assert_eq!(world.system.setsid(world.key("c")).map(drop), Err(SetSessionError::LeadsGroup), "one it once led");
    assert!(world.system.setsid(world.key("d")).is_ok());
    world.check();
}

#[test]
fn setsid_fails_with_its_own_numbers() {
    let mut world = World::with_job(&BSD43, &["a", "b"]);
    assert_eq!(world.system.setsid(world.key("b")).map(drop), Err(SetSessionError::NotKnown));
    let key = world.key("b");
    world.ended("b");
    world.run();
    let _ = world.system.reap(key);
    assert_eq!(world.system.setsid(key).map(drop), Err(SetSessionError::NoCaller));
    let all =
        [SetSessionError::NoCaller, SetSessionError::LeadsGroup, SetSessionError::NotKnown, SetSessionError::NoMemory];
    let expected = [Errno::ESRCH, Errno::EPERM, Errno::EINVAL, Errno::ENOMEM];
    assert_eq!(all.map(SetSessionError::errno), expected);
}
