//! With a real PostgreSQL; where none is installed, only `cargo xtask test` insists on it.

use super::*;

/// Printed by the victim, so that the test below knows what must go.
const VICTIM_FOLDER: &str = "the victim's folder: ";
/// Set for the victim only: `cargo test -- --include-ignored` must not wait for ever.
const VICTIM_CALLED: &str = "XTASK_VICTIM_CALLED";

fn installed() -> bool {
    let installed = programs().is_some();
    let required = std::env::var_os("TEST_POSTGRES_URL").is_some();
    assert!(installed || !required, "PostgreSQL's programs are missing");
    if !installed {
        eprintln!("not tested: PostgreSQL is not installed; `cargo xtask test` installs it");
    }
    installed
}

fn psql(url: &str, query: &str) -> Result<String> {
    let psql = programs().unwrap().join("psql");
    output(Command::new(psql).args(["-XAtc", query, url])).map(|text| text.trim().to_owned())
}

fn process_lives(process: u32) -> bool {
    // One that waits to be reaped has ended: where nobody reaps orphans it may stay for ever.
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state
        .rsplit(") ")
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + STOP_MAX;
    while !holds() {
        assert!(Instant::now() < deadline, "still not so: {what}");
        sleep(POLL);
    }
}

#[test]
fn a_server_syncs_asks_for_its_password_and_leaves_nothing() {
    if !installed() {
        return;
    }
    let server = Server::start().unwrap();
    for (setting, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("max_connections", "200"),
    ] {
        assert_eq!(
            psql(server.url(), &format!("SHOW {setting}")).unwrap(),
            value
        );
    }
    let password = server.url().split([':', '@']).nth(2).unwrap();
    let refused = psql(&server.url().replace(password, "guess"), "SELECT 1").unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("password authentication failed"),
        "{refused}"
    );

    let folder = server.folder.clone();
    let process = server.running.as_ref().unwrap().server.id();
    server.stop().unwrap();
    assert!(!folder.exists());
    assert!(!process_lives(process));
}

#[test]
fn a_server_whose_folder_was_removed_is_stopped_all_the_same() {
    if !installed() {
        return;
    }
    let server = Server::start().unwrap();
    let process = server.running.as_ref().unwrap().server.id();
    fs::remove_dir_all(&server.folder).unwrap();
    server.stop().unwrap();
    assert!(!process_lives(process));
}

#[test]
fn a_panic_stops_the_server() {
    if !installed() {
        return;
    }
    let server = Server::start().unwrap();
    let (folder, process) = (
        server.folder.clone(),
        server.running.as_ref().unwrap().server.id(),
    );
    let test = std::thread::spawn(move || {
        let _server = server;
        panic!("as a test of ours might");
    });
    assert!(test.join().is_err());
    assert!(!folder.exists());
    assert!(!process_lives(process));
}

#[test]
fn a_run_that_is_killed_leaves_neither_server_nor_folder() {
    if !installed() {
        return;
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "postgres::tests::victim",
            "--ignored",
            "--nocapture",
        ])
        .env(VICTIM_CALLED, "yes")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(victim.stdout.take().unwrap()));
    let folder = lines
        .map(Result::unwrap)
        .find_map(|line| {
            line.split_once(VICTIM_FOLDER)
                .map(|(_, path)| PathBuf::from(path))
        })
        .unwrap();
    let pid = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    let process: u32 = pid.lines().next().unwrap().parse().unwrap();
    assert!(process_lives(process));

    victim.kill().unwrap();
    victim.wait().unwrap();
    eventually("the folder is gone", || !folder.exists());
    eventually("the server is gone", || !process_lives(process));
}

#[test]
#[ignore = "it waits to be killed by the test above"]
fn victim() {
    if std::env::var_os(VICTIM_CALLED).is_none() {
        return;
    }
    let server = Server::start().unwrap();
    println!("{VICTIM_FOLDER}{}", server.folder.display());
    loop {
        std::thread::park();
    }
}
