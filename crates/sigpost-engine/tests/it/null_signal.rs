//! Signal number 0: every check, and nothing sent.

use sigpost_engine::Activity;
use sigpost_engine::personality::{ALL, LINUX};

use crate::world::{OTHER, World};

/// [S1.9] It tells of existence and of permission, and leaves no trace.
#[test]
fn the_null_signal_is_checked_like_any_other_and_never_sent() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.user(OTHER, &["b"]);
        world.sleeps("a", Activity::Interruptible);
        assert_eq!(world.kill("sh", "a", 0), "0: a probed");
        assert_eq!(world.kill("sh", "b", 0), "EPERM: b EPERM");
        assert_eq!(world.kill("sh", "4711", 0), "ESRCH");
        assert_eq!(world.sigqueue("sh", "a", 0, 1), "0: a probed");
        assert_eq!(world.raise("a", 0), "0: a probed");
        assert_eq!(world.run(), "");
        assert!(world.pending("a").is_empty() && world.activity("a") == Activity::Interruptible);
    }
}

/// [S3.1] An ID that is there is there even if its process has ended and was not reaped.
#[test]
fn number_0_finds_whoever_has_the_id() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.ended("b");
    assert_eq!(world.kill("sh", "b", 0), "0: b probed");
    let number = world.number("b").to_string();
    assert!(world.news_of("b").is_some());
    assert_eq!(world.kill("sh", &number, 0), "ESRCH", "b has been reaped");
    assert_eq!(world.kill("sh", "a", 0), "0: a probed");
    assert_eq!(world.kill("sh", "-a", 0), "0: a probed");
    assert_eq!(world.run(), "");
}
