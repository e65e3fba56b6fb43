//! Packages of Python that tests call, in a folder of their own.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::workspace::{root, status};

/// What is installed.
const REQUIREMENTS: &str = "tests/python/requirements.txt";

/// Where it is installed.
pub fn folder() -> PathBuf {
    root().join("target/python")
}

/// Whether Python can make such a folder. Debian has that in a package of its own.
pub fn is_here() -> bool {
    let mut python = Command::new("python3");
    python
        .args(["-c", "import ensurepip, venv"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

/// Installs exactly what is asked for, unless that is what is there.
pub fn install_packages() -> Result<()> {
    let wanted = fs::read(root().join(REQUIREMENTS)).context(REQUIREMENTS)?;
    let installed = folder().join("installed.txt");
    if fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("installing packages of Python into {}", folder().display());
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(folder());
    ensure!(status(&mut make)?.success(), "python3 -m venv failed");
    let mut pip = Command::new(folder().join("bin/pip"));
    pip.args(["--quiet", "--disable-pip-version-check", "install"])
        .args(["--requirement", REQUIREMENTS])
        .current_dir(root());
    ensure!(status(&mut pip)?.success(), "pip install failed");
    fs::write(&installed, wanted).context("cannot note which packages of Python are installed")
}
