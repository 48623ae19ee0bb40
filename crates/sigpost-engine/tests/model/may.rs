//! Permission, held to the model in every combination of IDs, signals and kinds of call.

use sigpost_engine::send::permission::{Call, Relation, may_signal};
use sigpost_engine::{Credentials, Signal};

use crate::engine::personality;
use crate::table::Os;
use crate::world::World;

fn every_user() -> impl Iterator<Item = Credentials> {
    let ids = [0, 1000, 2000];
    let triples = ids.into_iter().flat_map(move |real| {
        ids.into_iter().flat_map(move |effective| ids.into_iter().map(move |saved| (real, effective, saved)))
    });
    triples.flat_map(|(real, effective, saved)| {
        [(false, false), (false, true), (true, false), (true, true)].map(|(privileged, changed_ids)| Credentials {
            real,
            effective,
            saved,
            privileged,
            changed_ids,
        })
    })
}

fn agree(os: Os, world: &World, call: Call, relation: Relation) {
    let (sender, target) = (world.processes[1].user, world.processes[2].user);
    for signal in Signal::all().map(Some).chain([None]) {
        let theirs = may_signal(&sender, &target, relation, signal, call, personality(os));
        let ours = world.may(1, 2, signal, call != Call::One, call == Call::Group);
        assert_eq!(theirs, ours, "{os:?} {call:?} {signal:?} {sender:?} {target:?} {relation:?}");
    }
}

#[test]
fn the_engine_permits_what_the_model_permits_in_every_combination() {
    for os in Os::ALL {
        let mut world = World::new(os);
        world.add(2, Some(0), Some(2), 2, Credentials::user(0));
        world.add(3, Some(0), Some(3), 3, Credentials::user(0));
        for (same_session, descendant) in [(false, false), (false, true), (true, false), (true, true)] {
            world.processes[2].session = if same_session { 2 } else { 3 };
            world.processes[2].parent = Some(usize::from(descendant));
            let relation = Relation { same_process: false, same_session, descendant, privileged_over: true };
            for sender in every_user().filter(|user| !user.changed_ids) {
                for target in every_user().filter(|user| !user.privileged) {
                    (world.processes[1].user, world.processes[2].user) = (sender, target);
                    for call in [Call::One, Call::Group, Call::Everyone] {
                        agree(os, &world, call, relation);
                    }
                }
            }
        }
    }
}
