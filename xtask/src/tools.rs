//! The programs that tests call, and how they get onto a machine.

pub mod python;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail, ensure};

use crate::workspace::{output, root, status};
use crate::{no_arguments, postgres};

/// Something that tests call, the Debian package it comes in, and whether it is here.
struct Tool {
    name: &'static str,
    package: &'static str,
    is_here: fn() -> bool,
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "PostgreSQL",
        package: "postgresql",
        is_here: || postgres::programs().is_some(),
    },
    Tool {
        name: "ffmpeg",
        package: "ffmpeg",
        is_here: || on_path("ffmpeg"),
    },
    Tool {
        name: "ffprobe",
        package: "ffmpeg",
        is_here: || on_path("ffprobe"),
    },
    Tool {
        name: "chromium",
        package: "chromium",
        is_here: || on_path("chromium"),
    },
    Tool {
        name: "node",
        package: "nodejs",
        is_here: || on_path("node"),
    },
    Tool {
        name: "npm",
        package: "npm",
        is_here: || on_path("npm"),
    },
    Tool {
        name: "ffplay",
        package: "ffmpeg",
        is_here: || on_path("ffplay"),
    },
    Tool {
        name: "nginx's RTMP module",
        package: "libnginx-mod-rtmp",
        is_here: || Path::new("/usr/lib/nginx/modules/ngx_rtmp_module.so").exists(),
    },
    Tool {
        name: "GStreamer",
        package: "gstreamer1.0-tools",
        is_here: || on_path("gst-launch-1.0"),
    },
    Tool {
        name: "GStreamer's test pictures",
        package: "gstreamer1.0-plugins-base",
        is_here: || has_gstreamer_plugin("libgstvideotestsrc.so"),
    },
    Tool {
        name: "GStreamer's FLV",
        package: "gstreamer1.0-plugins-good",
        is_here: || has_gstreamer_plugin("libgstflv.so"),
    },
    Tool {
        name: "GStreamer's RTMP",
        package: "gstreamer1.0-plugins-bad",
        is_here: || has_gstreamer_plugin("libgstrtmp2.so"),
    },
    Tool {
        name: "GStreamer's H.264",
        package: "gstreamer1.0-plugins-ugly",
        is_here: || has_gstreamer_plugin("libgstx264.so"),
    },
    Tool {
        name: "hledger",
        package: "hledger",
        is_here: || on_path("hledger"),
    },
    Tool {
        name: "Python's venv",
        package: "python3-venv",
        is_here: python::is_here,
    },
];

/// Of playwright-core, as pinned in xtask/browser/package.json.
const NODE_VERSION_MIN: u32 = 18;

/// `cargo xtask tools`.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    no_arguments("tools", arguments)?;
    install_missing()?;
    println!("everything that the tests need is here");
    Ok(ExitCode::SUCCESS)
}

/// Installs the tools that are not here, and the node modules.
pub fn install_missing() -> Result<()> {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !(tool.is_here)()).collect();
    if !missing.is_empty() {
        let machine = Machine::look();
        let Some(prefix) = machine.root_prefix() else {
            bail!(machine.refusal(&missing))
        };
        let packages = packages(&missing);
        println!("installing {}", packages.join(" "));
        apt_get(prefix, &["update"])?;
        apt_get(
            prefix,
            &[&["install", "--yes", "--no-install-recommends"], &*packages].concat(),
        )?;
        for tool in missing {
            ensure!(
                (tool.is_here)(),
                "{} was installed but is not found",
                tool.name
            );
        }
    }
    check_node_version()?;
    for folder in ["xtask/browser", "tests/node"] {
        install_node_modules(folder)?;
    }
    python::install_packages()
}

fn packages(tools: &[&Tool]) -> Vec<&'static str> {
    let mut packages: Vec<_> = tools.iter().map(|tool| tool.package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// What decides whether we may install.
struct Machine {
    debian: bool,
    root: bool,
    sudo: bool,
}

impl Machine {
    fn look() -> Self {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let succeeds = |command: &mut Command| output(command).is_ok();
        Self {
            debian: release.lines().any(|line| line == "ID=debian") && on_path("apt-get"),
            root: output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0"),
            sudo: succeeds(Command::new("sudo").args(["--non-interactive", "true"])),
        }
    }

    /// The words before a command that root must run; None if we may not install here. Package
    /// names are Debian's own: elsewhere (Ubuntu's chromium is a snap) they mean other things.
    fn root_prefix(&self) -> Option<&'static [&'static str]> {
        match self {
            Self { debian: false, .. }
            | Self {
                root: false,
                sudo: false,
                ..
            } => None,
            Self { root: true, .. } => Some(&[]),
            Self { sudo: true, .. } => Some(&["sudo", "--non-interactive"]),
        }
    }

    fn refusal(&self, missing: &[&Tool]) -> String {
        let names: Vec<_> = missing.iter().map(|tool| tool.name).collect();
        let names = names.join(", ");
        if self.debian {
            format!(
                "the tests need {names}. Installing takes root or passwordless sudo; please run:\n  \
                 sudo apt-get update && sudo apt-get install --no-install-recommends {}",
                packages(missing).join(" ")
            )
        } else {
            format!(
                "the tests need {names}, and this machine is not Debian, where they would be \
                 installed for you. Please install them so that they are on the PATH."
            )
        }
    }
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> Result<()> {
    // `env`, because sudo passes no variables on.
    let env = ["env", "DEBIAN_FRONTEND=noninteractive"];
    let apt_get = ["apt-get", "--quiet=2", "--option=Dpkg::Use-Pty=0"];
    let words = [prefix, &env, &apt_get, arguments].concat();
    // A hundred packages have much to say; it matters only if they fail.
    output(Command::new(words[0]).args(&words[1..]))
        .with_context(|| format!("apt-get {}", arguments.join(" ")))?;
    Ok(())
}

fn check_node_version() -> Result<()> {
    let version = output(Command::new("node").arg("--version"))?;
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .unwrap_or_default();
    let major: u32 = major
        .parse()
        .with_context(|| format!("node's version is {version:?}"))?;
    ensure!(
        major >= NODE_VERSION_MIN,
        "node {} is too old: the tests need node {NODE_VERSION_MIN} or newer",
        version.trim()
    );
    Ok(())
}

/// Installs exactly what package-lock.json says, unless that is what is there.
fn install_node_modules(name: &str) -> Result<()> {
    let folder = root().join(name);
    let lock = fs::read(folder.join("package-lock.json")).context("package-lock.json")?;
    let installed = folder.join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("installing node modules into {name}");
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&folder);
    ensure!(status(&mut npm)?.success(), "npm ci failed in {name}");
    fs::write(&installed, lock).context("cannot note which node modules are installed")
}

/// Debian keeps them in a folder for each kind of machine.
fn has_gstreamer_plugin(file: &str) -> bool {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    folders
        .map(|folder| folder.path().join("gstreamer-1.0").join(file))
        .any(|plugin| plugin.is_file())
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| is_in(program, &path))
}

fn is_in(program: &str, path: &OsStr) -> bool {
    std::env::split_paths(path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVELOPER: Machine = Machine {
        debian: true,
        root: false,
        sudo: false,
    };

    #[test]
    fn only_root_on_debian_installs() {
        assert_eq!(DEVELOPER.root_prefix(), None);
        assert_eq!(
            Machine {
                root: true,
                ..DEVELOPER
            }
            .root_prefix(),
            Some(&[][..])
        );
        let sudo = Machine {
            sudo: true,
            ..DEVELOPER
        };
        assert_eq!(sudo.root_prefix(), Some(&["sudo", "--non-interactive"][..]));
        let elsewhere = Machine {
            debian: false,
            root: true,
            sudo: true,
        };
        assert_eq!(elsewhere.root_prefix(), None);
    }

    #[test]
    fn a_refusal_names_each_tool_and_each_package_once() {
        let all: Vec<&Tool> = TOOLS.iter().collect();
        let refusal = DEVELOPER.refusal(&all);
        assert!(
            refusal.contains("PostgreSQL, ffmpeg, ffprobe, chromium, node, npm"),
            "{refusal}"
        );
        let packages = refusal.rsplit("--no-install-recommends ").next().unwrap();
        let packages: Vec<&str> = packages.split(' ').collect();
        for package in ["postgresql", "ffmpeg", "chromium", "nodejs", "npm"] {
            assert!(packages.contains(&package), "{refusal}");
        }
        let once: std::collections::BTreeSet<_> = packages.iter().collect();
        assert_eq!(once.len(), packages.len(), "{refusal}");
        let elsewhere = Machine {
            debian: false,
            ..DEVELOPER
        }
        .refusal(&all[..1]);
        assert!(
            elsewhere.contains("the tests need PostgreSQL, and"),
            "{elsewhere}"
        );
    }

    #[test]
    fn a_program_is_found_only_where_it_is() {
        let here = root().join("xtask");
        assert!(is_in("Cargo.toml", here.as_os_str()));
        assert!(!is_in("Cargo.toml", OsStr::new("/nowhere")));
        assert!(!is_in("src", here.as_os_str()), "a folder is no program");
    }
}
