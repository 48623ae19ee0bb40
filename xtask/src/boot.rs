//! `boot`: the corpus on a kernel of its own, in a machine of its own: QEMU, a kernel that was found or is named, and
//! an image with the static command as `/init` and the scenarios. `/proc` is not mounted.
//!
//! Nothing is installed. What is missing is said, with the command that gets it.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::image::Image;
use crate::{Outcome, Tree, cargo, static_build};

const QEMU: &str = "qemu-system-x86_64";
/// A kernel to boot, before those that are looked for.
const KERNEL: &str = "SIGPOST_BOOT_KERNEL";
/// After so long the machine is switched off.
const LIMIT: Duration = Duration::from_mins(10);
const TO_INIT: &str = "drill --alone --power-off /scenarios";

/// Boots and judges by the last line.
pub(crate) fn run(tree: &Tree, arguments: &[&str]) -> Outcome {
    let kernel = match arguments {
        [] => find_kernel(tree)?,
        ["--kernel", path] => PathBuf::from(path),
        _ => return Err("usage: cargo xtask boot [--kernel FILE]".to_owned()),
    };
    if !has_qemu() {
        return Err(format!("{QEMU} is not there: `apt-get install --no-install-recommends qemu-system-x86`"));
    }
    boot(tree, &kernel)
}

/// As CI does: where something is missing, that is said and nothing more.
pub(crate) fn run_if_possible(tree: &Tree) -> Outcome {
    match find_kernel(tree) {
        Ok(kernel) if has_qemu() => boot(tree, &kernel),
        Ok(_) => {
            println!("skipped: {QEMU} is not there");
            Ok(())
        }
        Err(cause) => {
            println!("skipped: {cause}");
            Ok(())
        }
    }
}

fn has_qemu() -> bool {
    Command::new(QEMU).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// The one that is named, one that was unpacked under the target folder, or one of the machine's own.
fn find_kernel(tree: &Tree) -> Result<PathBuf, String> {
    if let Some(named) = env::var_os(KERNEL) {
        return Ok(named.into());
    }
    let unpacked = cargo::target_folder(tree)?.join("boot");
    let kernels = [unpacked.join("boot"), PathBuf::from("/boot")].into_iter().find_map(|folder| newest_in(&folder));
    kernels.ok_or_else(|| {
        format!(
            "no kernel to boot: name one (--kernel FILE, or {KERNEL}), or get Debian's: `apt-get download \
             $(apt-cache depends linux-image-cloud-amd64 | awk '/Depends/ {{print $2; exit}}') && dpkg -x \
             linux-image-*.deb {}`",
            unpacked.display()
        )
    })
}

fn newest_in(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let is_kernel = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vmlinuz"));
    entries.filter(is_kernel).max()
}

fn boot(tree: &Tree, kernel: &Path) -> Outcome {
    let command = static_build::build(tree)?;
    let image = cargo::target_folder(tree)?.join("boot-image.cpio");
    fs::write(&image, image_of(tree, &command)?).map_err(|error| format!("{}: {error}", image.display()))?;
    println!("{} with {}", kernel.display(), image.display());
    let begun = Instant::now();
    let lines = watch(machine(kernel, &image)?)?;
    println!("{:.1} s in the machine", begun.elapsed().as_secs_f64());
    judge(&lines)
}

/// The command as `/init`, the corpus, and what `/init` writes to.
fn image_of(tree: &Tree, command: &Path) -> Result<Vec<u8>, String> {
    let mut image = Image::default();
    image.folder("/dev");
    image.device("/dev/console", 5, 1);
    image.device("/dev/null", 1, 3);
    image.device("/dev/tty", 5, 0);
    image.device("/dev/ptmx", 5, 2);
    image.program("/init", &read(command)?);
    let mut folders = Vec::new();
    for path in tree.files().filter(|path| path.starts_with("scenarios/")) {
        for (at, _) in path.match_indices('/') {
            if !folders.contains(&&path[..at]) {
                folders.push(&path[..at]);
                image.folder(&path[..at]);
            }
        }
        image.file(path, &read(&tree.root().join(path))?);
    }
    Ok(image.finish())
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn machine(kernel: &Path, image: &Path) -> Result<Child, String> {
    let mut command = Command::new(QEMU);
    command.args(["-accel", "tcg", "-m", "512", "-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio"]);
    command.arg("-kernel").arg(kernel).arg("-initrd").arg(image);
    // On a busy host the emulated clock is too late for Linux's check of it at boot, which then gives up.
    command.arg("-append").arg(format!("console=ttyS0 quiet panic=-1 no_timer_check -- {TO_INIT}"));
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command.spawn().map_err(|error| format!("{QEMU}: {error}"))
}

/// Shows what the machine says but which scenario it begins, until it is off; all of it.
fn watch(mut machine: Child) -> Result<Vec<String>, String> {
    let output = machine.stdout.take().ok_or("no output of the machine")?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                break;
            }
        }
    });
    let begun = Instant::now();
    let mut lines: Vec<String> = Vec::new();
    loop {
        match receiver.recv_timeout(LIMIT.saturating_sub(begun.elapsed())) {
            Ok(line) => {
                if !line.starts_with("running ") {
                    println!("{line}");
                }
                lines.push(line);
            }
            Err(RecvTimeoutError::Disconnected) => {
                machine.wait().map_err(|error| format!("{QEMU}: {error}"))?;
                return Ok(lines);
            }
            Err(RecvTimeoutError::Timeout) => {
                machine.kill().and_then(|()| machine.wait()).map_err(|error| format!("{QEMU}: {error}"))?;
                let last = lines.iter().rfind(|line| line.starts_with("running ")).map_or("nothing yet", |line| line);
                return Err(format!("the machine was not off after {} seconds: {last}", LIMIT.as_secs()));
            }
        }
    }
}

/// The last line is the sum; nothing may have failed, and something must have passed.
fn judge(lines: &[String]) -> Outcome {
    let sum = lines.iter().rfind(|line| line.ends_with(" skipped") && line.contains(" passed, "));
    let Some(sum) = sum else {
        let last = lines.iter().rfind(|line| line.starts_with("running ")).map_or("before the first", |line| line);
        return Err(format!("the machine ended without a sum: {last}"));
    };
    let number = |word: &str| sum.split(", ").find_map(|part| part.strip_suffix(word)?.trim().parse::<u64>().ok());
    match (number("passed"), number("failed")) {
        (Some(1..), Some(0)) => Ok(()),
        _ => Err(format!("in the machine: {sum}")),
    }
}
