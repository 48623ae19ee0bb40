//! Every input that fuzzing has found worth keeping passes.

use std::fs;
use std::path::Path;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut inputs: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} is empty", folder.display());
    for path in inputs {
        println!("{}", path.display());
        run(&fs::read(&path).unwrap());
    }
}

#[test]
fn the_corpus_of_steps_passes() {
    replay("steps", sigpost_fuzz::steps::run);
}

#[test]
fn the_corpus_of_scenario_text_passes() {
    replay("scenario_text", sigpost_fuzz::scenario_text::run);
}

#[test]
fn the_corpus_of_proc_files_passes() {
    replay("proc_files", sigpost_fuzz::proc_files::run);
}

#[test]
fn the_corpus_of_drop_in_names_passes() {
    replay("drop_in", sigpost_fuzz::drop_in::run);
}

#[test]
fn the_corpus_of_arguments_passes() {
    replay("arguments", sigpost_fuzz::arguments::run);
}
