//! `layers`: which crate may depend on which, and which may hold unsafe code.
//!
//! Only normal and build dependencies count: tests may look at every crate, what is shipped may not.

use serde_json::Value;

use crate::{Outcome, Tree, cargo, source};

/// What a crate may depend on.
#[derive(Clone, Copy, Debug)]
enum May {
    /// On nothing at all, not even a crate from elsewhere.
    Nothing,
    /// On these crates of the workspace, and on any from elsewhere.
    These(&'static [&'static str]),
}

const ENGINE: &str = "sigpost-engine";
const SCENARIO: &str = "sigpost-scenario";
const SYS: &str = "sigpost-sys";
const LINUX: &str = "sigpost-linux";
const DRILL: &str = "sigpost-drill";
const COMMAND: &str = "sigpost";

/// Every member of the workspace. The lower never knows the upper; nothing knows the automation or the benches.
const LAYERS: &[(&str, May)] = &[
    (ENGINE, May::Nothing),
    (SCENARIO, May::These(&[ENGINE])),
    (SYS, May::These(&[])),
    (LINUX, May::These(&[ENGINE, SYS])),
    (DRILL, May::These(&[ENGINE, SCENARIO, LINUX, SYS])),
    (COMMAND, May::These(&[ENGINE, SCENARIO, SYS, LINUX, DRILL])),
    ("sigpost-bench", May::These(&[ENGINE, SCENARIO, SYS, LINUX, DRILL, COMMAND])),
    ("xtask", May::These(&[])),
];

/// The one crate that may hold unsafe code.
const UNSAFE_CRATE: &str = SYS;

/// A member of the workspace, as `cargo metadata` tells it.
#[derive(Debug)]
struct Member {
    name: String,
    /// Names of the normal and build dependencies.
    dependencies: Vec<String>,
    /// Paths of the library's and the programs' roots.
    roots: Vec<String>,
}

/// Prints every edge that is not allowed and every root that does not forbid unsafe code.
pub(crate) fn run(tree: &Tree) -> Outcome {
    let members = members(&cargo::metadata(tree)?)?;
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let mut problems: Vec<String> = members.iter().flat_map(|member| edges_not_allowed(member, &names)).collect();
    for member in &members {
        problems.extend(roots_that_allow_unsafe(tree, member)?);
    }
    for problem in &problems {
        println!("{problem}");
    }
    if problems.is_empty() {
        println!("{} crates, every edge allowed", members.len());
        return Ok(());
    }
    Err(format!("{} breaches of the layers, listed above", problems.len()))
}

fn edges_not_allowed(member: &Member, ours: &[&str]) -> Vec<String> {
    let name = &member.name;
    let Some((_, may)) = LAYERS.iter().find(|(known, _)| known == name) else {
        return vec![format!("{name}: not in the layers: say in xtask/src/layers.rs what it may depend on")];
    };
    let refused = |dependency: &&String| match may {
        May::Nothing => true,
        May::These(allowed) => ours.contains(&dependency.as_str()) && !allowed.contains(&dependency.as_str()),
    };
    let refused = member.dependencies.iter().filter(refused);
    refused
        .map(|dependency| format!("{name}: may not depend on {dependency}: move what it needs down a layer"))
        .collect()
}

fn roots_that_allow_unsafe(tree: &Tree, member: &Member) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    for root in &member.roots {
        let text = std::fs::read_to_string(root).map_err(|error| format!("{root}: {error}"))?;
        let forbids = source::strip(&text).bare.lines().any(|line| line.trim() == "#![forbid(unsafe_code)]");
        if !forbids && member.name != UNSAFE_CRATE {
            let root = root.strip_prefix(&format!("{}/", tree.root().display())).unwrap_or(root);
            problems.push(format!("{root} lacks #![forbid(unsafe_code)]: write it under the module doc"));
        }
    }
    Ok(problems)
}

fn members(metadata: &Value) -> Result<Vec<Member>, String> {
    let packages = metadata["packages"].as_array().ok_or("cargo metadata: no packages")?;
    Ok(packages.iter().map(member).collect())
}

fn member(package: &Value) -> Member {
    let list = |field: &str| package[field].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    // A dependency of tests has the kind "dev", one of the build script "build", a normal one none.
    let shipped = |dependency: &Value| dependency["kind"].as_str() != Some("dev");
    let is_root = |target: &Value| {
        let kinds = target["kind"].as_array().into_iter().flatten();
        kinds.filter_map(Value::as_str).any(|kind| ["lib", "bin", "proc-macro"].contains(&kind))
    };
    Member {
        name: text(&package["name"]),
        dependencies: list("dependencies")
            .iter()
            .filter(|found| shipped(found))
            .map(|found| text(&found["name"]))
            .collect(),
        roots: list("targets").iter().filter(|found| is_root(found)).map(|found| text(&found["src_path"])).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, dependencies: &Value) -> Member {
        member(&json!({ "name": name, "dependencies": dependencies, "targets": [] }))
    }

    #[test]
    fn the_engine_may_depend_on_nothing_at_all() {
        let engine = package(ENGINE, &json!([{ "name": "libc", "kind": null }, { "name": "proptest", "kind": "dev" }]));
        assert_eq!(edges_not_allowed(&engine, &[ENGINE]).len(), 1);
    }

    #[test]
    fn an_edge_upwards_is_a_breach_and_one_downwards_is_not() {
        let linux = package(LINUX, &json!([{ "name": ENGINE, "kind": null }, { "name": "rustix", "kind": null }]));
        assert!(edges_not_allowed(&linux, &[ENGINE, LINUX, COMMAND]).is_empty());
        let linux = package(LINUX, &json!([{ "name": COMMAND, "kind": "build" }]));
        assert_eq!(edges_not_allowed(&linux, &[ENGINE, LINUX, COMMAND]).len(), 1);
    }

    #[test]
    fn a_member_that_nobody_placed_is_a_breach() {
        assert_eq!(edges_not_allowed(&package("sigpost-new", &json!([])), &[]).len(), 1);
    }
}
