//! The installation's one secret, in a file outside the database.

use crate::private;
use anyhow::{Context as _, bail};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use tributary_store::{Environment, Keyring};

/// Reads the secret, or makes it at the first start.
///
/// # Errors
/// When the file cannot be read or made, or does not hold 64 hexadecimal digits. A secret is never
/// replaced: stream keys and addresses could not be read under another one.
pub fn keyring(file: &Path, env: &Environment) -> anyhow::Result<Keyring> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => make(file, env)?,
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", file.display()));
        }
    };
    let Some(secret) = parse(text.trim()) else {
        bail!("{} must hold 64 hexadecimal digits", file.display());
    };
    Ok(Keyring::new(&secret))
}

/// Reads a secret that is there; `None` if it is not. Makes none.
///
/// # Errors
/// When the file cannot be read, or does not hold 64 hexadecimal digits.
pub fn existing(file: &Path) -> anyhow::Result<Option<Keyring>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", file.display()));
        }
    };
    parse(text.trim())
        .map(|secret| Some(Keyring::new(&secret)))
        .with_context(|| format!("{} must hold 64 hexadecimal digits", file.display()))
}

fn make(file: &Path, env: &Environment) -> anyhow::Result<String> {
    let secret: [u8; 32] = env.bytes();
    let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let beside = folder.join(format!("secret.{}.new", env.uuid()));
    let place = || -> io::Result<String> {
        private::folder(folder)?;
        let placed = write_new(&beside, &text).and_then(|()| fs::hard_link(&beside, file));
        let _never_made = fs::remove_file(&beside);
        match placed {
            Ok(()) => {
                File::open(folder)?.sync_all()?;
                Ok(text)
            }
            // Another node was quicker: an installation has one secret, and this is it.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => fs::read_to_string(file),
            Err(error) => Err(error),
        }
    };
    place().with_context(|| format!("the secret {} cannot be made", file.display()))
}

/// Only its owner may read it, from the first moment on; and it is whole before it has its name, so
/// that a crash leaves no half of it. The name is given by a link, which never replaces what is there.
fn write_new(file: &Path, text: &str) -> io::Result<()> {
    let mut made = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    made.write_all(text.as_bytes())?;
    made.sync_all()
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut secret = [0; 32];
    for (byte, pair) in secret.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_secret_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/secret.key");
        let env = Environment::system();
        let first = keyring(&file, &env).unwrap();
        let second = keyring(&file, &env).unwrap();
        assert_eq!(first.token_key(), second.token_key());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        let deep = folder.path().join("deep");
        assert_eq!(mode(&deep), 0o700);
        let there = fs::read_dir(&deep).unwrap().count();
        assert_eq!(there, 1, "nothing is left beside it");
        fs::write(&file, "short").unwrap();
        assert!(
            keyring(&file, &env)
                .unwrap_err()
                .to_string()
                .contains("64 hexadecimal")
        );
    }

    #[test]
    fn a_secret_that_another_node_made_meanwhile_is_the_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        let env = Environment::system();
        let first = make(&file, &env).unwrap();
        assert_eq!(make(&file, &env).unwrap(), first);
        assert_eq!(fs::read_to_string(&file).unwrap(), first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
