//! Builds the page with npm and writes a table of its files for `src/lib.rs` to embed.
//!
//! A machine without Node.js, or without a network, still gets a binary: it says what is missing on a
//! small page of its own. Nothing here runs again until a source of the page changes.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, io};

/// Below this, esbuild and the syntax of `build.mjs` do not run.
const NODE_MAJOR_MIN: u32 = 18;

/// What the page is made of, relative to this crate. Never `page/node_modules`: npm touches it.
const SOURCES: [&str; 8] = [
    "build.rs",
    "page/.npmrc",
    "page/build.mjs",
    "page/fallback.html",
    "page/package-lock.json",
    "page/package.json",
    "page/src",
    "page/tsconfig.json",
];

fn main() {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    println!("cargo::rerun-if-env-changed=TRIBUTARY_WEB_SKIP");

    // Asked for now, not when this was compiled: another checkout may have compiled it.
    let here = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let page = PathBuf::from(here).join("page");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));
    let built = out.join("page");

    let outcome = build_page(&page, &built);
    if let Err(reason) = &outcome {
        for line in reason.lines() {
            println!("cargo::warning={line}");
        }
        println!("cargo::warning=the web page is not in this build; its place is taken by a note");
        // The rest is npm's own words: good for whoever builds, nothing to embed and serve.
        let summary = reason.lines().next().unwrap_or_default();
        write_fallback(&page, &built, summary).expect("OUT_DIR is writable");
    }
    let table = table(&built, outcome.is_ok()).expect("the files just written are readable");
    fs::write(out.join("assets.rs"), table).expect("OUT_DIR is writable");
}

/// Installs what the lock file names and bundles the page into `built`. The error is for a person.
fn build_page(page: &Path, built: &Path) -> Result<(), String> {
    if env::var("TRIBUTARY_WEB_SKIP").is_ok_and(|value| value == "1") {
        return Err("TRIBUTARY_WEB_SKIP=1 was set for the build.".into());
    }
    require_node()?;
    // Two cargo calls with different target folders share one node_modules.
    let lock = File::create(page.join(".install.lock"))
        .map_err(|error| format!("web/page cannot be written, so npm cannot install: {error}."))?;
    lock.lock()
        .map_err(|error| format!("web/page/.install.lock cannot be locked: {error}."))?;
    install(page)?;
    run(
        Command::new("node")
            .arg("build.mjs")
            .arg(built)
            .current_dir(page),
        "node build.mjs",
    )
}

fn require_node() -> Result<(), String> {
    let version = Command::new("node").arg("--version").output();
    let version =
        version.map_err(|_| "Node.js is missing: there is no `node` on the PATH.".to_owned())?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|it| it.parse().ok());
    if major.is_none_or(|major: u32| major < NODE_MAJOR_MIN) {
        return Err(format!(
            "Node.js {NODE_MAJOR_MIN} or newer is needed; `node --version` says {version:?}."
        ));
    }
    Ok(())
}

/// `npm ci`, unless node_modules was already installed from this very lock file.
fn install(page: &Path) -> Result<(), String> {
    let wanted = fs::read(page.join("package-lock.json"))
        .map_err(|error| format!("web/page/package-lock.json cannot be read: {error}."))?;
    // Written last and removed by npm with the folder, so a broken installation has none.
    let stamp = page.join("node_modules/.installed-from");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let arguments = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    run(
        Command::new(npm).args(arguments).current_dir(page),
        "npm ci",
    )?;
    fs::write(&stamp, wanted)
        .map_err(|error| format!("{} cannot be written: {error}.", stamp.display()))
}

fn run(command: &mut Command, name: &str) -> Result<(), String> {
    match command.output() {
        Err(error) => Err(format!("`{name}` did not start: {error}.")),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let said: Vec<_> = said
                .lines()
                .filter(|line| !line.trim().is_empty())
                .take(8)
                .collect();
            Err(format!(
                "`{name}` failed in web/page ({}).\n{}",
                output.status,
                said.join("\n")
            ))
        }
    }
}

fn write_fallback(page: &Path, built: &Path, reason: &str) -> io::Result<()> {
    let _ = fs::remove_dir_all(built);
    fs::create_dir_all(built)?;
    let escaped = reason
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let html = fs::read_to_string(page.join("fallback.html"))?.replace("{{reason}}", &escaped);
    fs::write(built.join("index.html"), &html)?;
    fs::write(built.join("graphiql.html"), &html)
}

/// The Rust source of the table: one `Asset` for each file, sorted by path.
fn table(built: &Path, is_built: bool) -> io::Result<String> {
    let mut files = Vec::new();
    collect(built, &mut files)?;
    let mut files: Vec<(String, PathBuf)> = files
        .into_iter()
        .map(|file| {
            let relative = file.strip_prefix(built).expect("collected below it");
            (
                format!("/{}", relative.to_string_lossy().replace('\\', "/")),
                file,
            )
        })
        .collect();
    // The order of the strings, in which `asset` searches; paths would be ordered by component.
    files.sort();
    let mut source = format!(
        "/// Whether the page itself is in this binary, not the note that replaces it.\n\
         pub const BUILT: bool = {is_built};\n\nstatic ASSETS: &[Asset] = &[\n"
    );
    for (path, file) in files {
        let etag = format!("\"{:016x}\"", fnv1a(&fs::read(&file)?));
        writeln!(
            source,
            "    Asset {{ path: {path:?}, content_type: {:?}, etag: {etag:?}, immutable: {}, bytes: include_bytes!({:?}) }},",
            content_type(&path),
            // Only the bundler's names change with the content.
            path.starts_with("/assets/"),
            file.to_string_lossy(),
        )
        .expect("a String takes everything");
    }
    source.push_str("];\n");
    Ok(source)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// FNV-1a: an entity tag has to differ between two builds of one file, not to resist anybody.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
