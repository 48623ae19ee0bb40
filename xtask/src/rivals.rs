//! `rivals`: fetches the tools that sigpost is compared with.
//!
//! procps and psmisc are packages of the system. kill of util-linux is built from the system's source package, since
//! the `/bin/kill` of Debian is that of procps; it becomes `rivals/kill` in cargo's target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::succeed;
use crate::{Outcome, Tree, cargo};

/// Fetches each that is not there yet; one that cannot be had does not keep the others away.
pub(crate) fn run(tree: &Tree) -> Outcome {
    let folder = cargo::target_folder(tree)?.join("rivals");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let results = [
        ("procps, psmisc", packages(&["pkill", "killall"], &["procps", "psmisc"])),
        ("kill of util-linux", util_linux_kill(&folder)),
        ("kill of uutils", uutils_kill(&folder)),
        ("starry-signal", starry(tree, &folder)),
    ];
    let mut missing = Vec::new();
    for (name, result) in results {
        match result {
            Ok(()) => println!("{name}: there"),
            Err(cause) => {
                println!("{name}: not to be had: {cause}");
                missing.push(name);
            }
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(format!("not to be had: {}", missing.join("; "))) }
}

/// Whether a program is on the PATH.
fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Installs the packages, where one of the programs is not there.
fn packages(programs: &[&str], packages: &[&str]) -> Outcome {
    if programs.iter().all(|program| is_there(program)) {
        return Ok(());
    }
    let wanted = packages.join(" ");
    if !is_there("apt-get") || !is_root() {
        return Err(format!("install {wanted}: only root, by apt-get, can have that done here"));
    }
    succeed(Command::new("apt-get").args(["install", "--yes", "--no-install-recommends"]).args(packages))
}

fn is_root() -> bool {
    let said = Command::new("id").arg("-u").output();
    said.is_ok_and(|output| output.stdout == b"0\n")
}

/// The distribution's patches make generated files look old; those that came with the source will do.
const GENERATORS_STAY_AWAY: [&str; 4] = ["ACLOCAL=true", "AUTOCONF=true", "AUTOHEADER=true", "AUTOMAKE=true"];

/// Builds `rivals/kill` from the source package of util-linux.
fn util_linux_kill(folder: &Path) -> Outcome {
    let built = folder.join("kill");
    if built.is_file() {
        return Ok(());
    }
    packages(&["gcc", "make", "xz", "dpkg-source"], &["gcc", "libc6-dev", "make", "xz-utils", "dpkg-dev"])?;
    let source = source_package(folder)?;
    let configure =
        ["--disable-all-programs", "--enable-kill", "--disable-nls", "--disable-shared", "--without-python"];
    succeed(Command::new("./configure").arg("--quiet").args(configure).current_dir(&source))?;
    succeed(Command::new("make").args(["--silent", "kill"]).args(GENERATORS_STAY_AWAY).current_dir(&source))?;
    fs::copy(source.join("kill"), &built).map(drop).map_err(|error| format!("{}: {error}", built.display()))
}

/// Has apt fetch and unpack the source package; the folder it is in.
fn source_package(folder: &Path) -> Result<PathBuf, String> {
    let apt = folder.join("apt");
    fs::create_dir_all(apt.join("lists/partial")).map_err(|error| format!("{}: {error}", apt.display()))?;
    fs::write(apt.join("sources.list"), "").map_err(|error| format!("{}: {error}", apt.display()))?;
    let parts = apt.join("sources.d");
    write_source_entries(&parts)?;
    let option = |name: &str, at: &Path| format!("{name}={}", at.display());
    let options = [
        option("Dir::Etc::SourceList", &apt.join("sources.list")),
        option("Dir::Etc::SourceParts", &parts),
        option("Dir::State::Lists", &apt.join("lists")),
        "APT::Sandbox::User=root".to_owned(),
    ];
    let options: Vec<&str> = options.iter().flat_map(|option| ["-o", option]).collect();
    succeed(Command::new("apt-get").args(&options).args(["--quiet=2", "update"]))?;
    let source = ["--quiet=2", "source", "util-linux"];
    succeed(Command::new("apt-get").args(&options).args(source).current_dir(folder))?;
    let unpacked = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut unpacked = unpacked.filter_map(Result::ok).map(|entry| entry.path());
    unpacked
        .find(|path| {
            path.is_dir() && path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"util-"))
        })
        .ok_or_else(|| "apt-get source left no folder util-linux-*".to_owned())
}

/// The system's own entries of its distribution's archive, with the sources beside the binaries.
fn write_source_entries(parts: &Path) -> Outcome {
    fs::create_dir_all(parts).map_err(|error| format!("{}: {error}", parts.display()))?;
    let ours = fs::read_dir("/etc/apt/sources.list.d").map_err(|error| format!("apt's sources: {error}"))?;
    let ours = ours.filter_map(Result::ok).map(|entry| entry.path());
    for file in ours.chain([PathBuf::from("/etc/apt/sources.list")]).filter(|file| file.is_file()) {
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let Some(name) = file.file_name().filter(|_| text.contains("/debian") || text.contains("/ubuntu")) else {
            continue;
        };
        let to = parts.join(name);
        fs::write(&to, with_sources(&text)).map_err(|error| format!("{}: {error}", to.display()))?;
    }
    Ok(())
}

/// Entries for source packages instead of those for binary ones, in either format.
fn with_sources(entries: &str) -> String {
    let lines = entries.lines().map(|line| match line.trim() {
        "Types: deb" => "Types: deb-src".to_owned(),
        entry if entry.starts_with("deb ") => entry.replacen("deb ", "deb-src ", 1),
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

/// Installs `rivals/uutils/bin/kill`.
fn uutils_kill(folder: &Path) -> Outcome {
    let root = folder.join("uutils");
    if root.join("bin/kill").is_file() {
        return Ok(());
    }
    let mut install = cargo::command(folder);
    install.args(["install", "--quiet", "--locked", "uu_kill", "--root"]).arg(&root);
    // Not among our own products: a folder that is built anew for each of them.
    install.arg("--target-dir").arg(folder.join("uutils-target"));
    succeed(&mut install)
}

/// Builds `rivals/starry` from `bench/rivals/`, a workspace of its own: the library asks for an unstable compiler.
fn starry(tree: &Tree, folder: &Path) -> Outcome {
    let built = folder.join("starry");
    if built.is_file() {
        return Ok(());
    }
    let products = folder.join("starry-target");
    let mut making = cargo::command(&tree.root().join("bench/rivals"));
    making.args(["build", "--quiet", "--release", "--locked", "--target-dir"]).arg(&products);
    succeed(making.env("RUSTC_BOOTSTRAP", "1"))?;
    let product = products.join("release/starry");
    fs::copy(&product, &built).map(drop).map_err(|error| format!("{}: {error}", product.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_for_binaries_become_entries_for_sources_in_both_formats() {
        let entries = "Types: deb\nSuites: a\n# deb b\ndeb [x] b c\n";
        assert_eq!(with_sources(entries), "Types: deb-src\nSuites: a\n# deb b\ndeb-src [x] b c\n");
    }
}
