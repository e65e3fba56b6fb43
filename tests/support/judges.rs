//! Programs of others that know nothing of us, and say what they make of our exports.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// How long one program may take: a whole year of money is a lot for some of them.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// What a program says. It must succeed.
pub async fn said(program: &Path, arguments: &[&str]) -> String {
    let run = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let run = tokio::time::timeout(PATIENCE, run).await;
    let run = run.unwrap_or_else(|_| panic!("{} does not come to its end", program.display()));
    let run = run.unwrap_or_else(|error| {
        panic!(
            "{}: {error}; `cargo xtask tools` installs it",
            program.display()
        )
    });
    let (said, complained) = (
        run.stdout,
        String::from_utf8_lossy(&run.stderr).into_owned(),
    );
    let said = String::from_utf8(said).unwrap();
    assert!(run.status.success(), "{arguments:?}: {said}{complained}");
    said
}

/// A program of the Python packages that `cargo xtask tools` installs.
pub fn python(program: &str) -> PathBuf {
    let folder = std::env::var_os("TEST_PYTHON_DIR")
        .expect("TEST_PYTHON_DIR is set: run the tests with `cargo xtask test`");
    Path::new(&folder).join("bin").join(program)
}

/// A program of `tests/python`.
pub fn judge(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/python")
        .join(name);
    file.to_str().unwrap().to_owned()
}

/// Where what the program says is not what the API says, number for number.
pub fn differences(place: &str, worked_out: &Value, told: &Value) -> Vec<String> {
    let differ = || vec![format!("{place}: {worked_out} and {told}")];
    match (worked_out, told) {
        (Value::Object(fields), Value::Object(_)) => fields
            .iter()
            .flat_map(|(name, field)| differences(&format!("{place}.{name}"), field, &told[name]))
            .collect(),
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .flat_map(|(n, (one, other))| differences(&format!("{place}[{n}]"), one, other))
            .collect(),
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            match (one - other).abs() < 1e-6 {
                true => vec![],
                false => differ(),
            }
        }
        (one, other) if one == other => vec![],
        _ => differ(),
    }
}
