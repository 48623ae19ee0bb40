//! The examples are what `docs/library.md` shows.

#[test]
fn the_page_shows_the_examples_as_they_are_compiled() {
    let page = include_str!("../../../../docs/library.md");
    let examples = [
        include_str!("../../examples/supervisor.rs"),
        include_str!("../../examples/test_cleanup.rs"),
        include_str!("../../examples/job_table.rs"),
    ];
    for example in examples {
        assert!(page.contains(&format!("```rust\n{example}```")), "{}", example.lines().next().unwrap());
    }
}
