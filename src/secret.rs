//! The installation's one secret, in a file outside the database.

use anyhow::{Context as _, bail};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use tributary_store::{Environment, Keyring};

/// Reads the secret, or makes it at the first start.
///
/// # Errors
/// When the file cannot be read or made, or does not hold 64 hexadecimal digits. A secret is never
/// replaced: stream keys and addresses could not be read under another one.
pub fn keyring(file: &Path, env: &Environment) -> anyhow::Result<Keyring> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(file, env)?,
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", file.display()));
        }
    };
    let Some(secret) = parse(text.trim()) else {
        bail!("{} must hold 64 hexadecimal digits", file.display());
    };
    Ok(Keyring::new(&secret))
}

fn make(file: &Path, env: &Environment) -> anyhow::Result<String> {
    let secret: [u8; 32] = env.bytes();
    let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let write = || -> std::io::Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        // Only its owner may read it, from the first moment on.
        let mut options = std::fs::File::options();
        let mut made = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)?;
        made.write_all(text.as_bytes())?;
        made.sync_all()
    };
    write().with_context(|| format!("the secret {} cannot be made", file.display()))?;
    Ok(text)
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
        assert_eq!(
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        std::fs::write(&file, "short").unwrap();
        assert!(
            keyring(&file, &env)
                .unwrap_err()
                .to_string()
                .contains("64 hexadecimal")
        );
    }
}
