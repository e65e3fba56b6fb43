//! A file system so small that it can be filled.

use super::guard::Guard;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Takes it away when the test is gone. What is still open there lives on until it is closed.
const UNMOUNT: &str = r#"
while read -r _; do :; done
umount --lazy "$1" 2>/dev/null || sudo --non-interactive umount --lazy "$1"
"#;

/// See the [module](self). Unmounted when it is dropped.
pub struct SmallDisk {
    // In this order: unmounted before its folder is removed.
    _guard: Guard,
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one, for which one must be root or may become it.
    pub fn mount(mebibytes: u32) -> Self {
        let folder = TempDir::new().unwrap();
        let mount = |program: &str, before: &[&str]| {
            Command::new(program)
                .args(before)
                .args(["-t", "tmpfs", "-o"])
                .arg(format!("size={mebibytes}m,mode=0777"))
                .arg("tmpfs")
                .arg(folder.path())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        };
        assert!(
            mount("mount", &[]) || mount("sudo", &["--non-interactive", "mount"]),
            "a small disk cannot be mounted: run this test as root, as somebody who may `sudo` without a \
             password, or in a container with CAP_SYS_ADMIN"
        );
        let guard = Guard::start(UNMOUNT, &[OsStr::new(folder.path())]);
        Self {
            _guard: guard,
            folder,
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves no room.
    pub fn fill(&self) {
        let mut filler = File::create(self.filler()).unwrap();
        let mut piece = 1 << 20;
        while piece > 0 {
            match filler.write(&vec![0; piece]) {
                Ok(written) if written > 0 => {}
                Ok(_) | Err(_) => piece /= 2,
            }
        }
    }

    /// Makes room again.
    pub fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }
}
