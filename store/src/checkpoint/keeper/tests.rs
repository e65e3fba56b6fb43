use super::*;
use crate::checkpoint::{Fault, read};

fn keeper(file: &Path) -> Keeper {
    Keeper {
        file: file.to_owned(),
        key: CheckpointKey::new(&[1; 32]),
        newest: None,
        file_bytes_max: 1_500,
    }
}

fn append(keeper: &mut Keeper, position: usize) {
    let head = Head {
        position: Position::START.plus(position),
        hash: [1; 32],
        recorded_at: Timestamp::UNIX_EPOCH,
    };
    let line = keeper.line(&[1; 32], &head, "node", Timestamp::UNIX_EPOCH);
    keeper.append(&line).unwrap();
    keeper.newest = Some((head.position, hash_of_line(&line)));
}

#[test]
fn a_full_file_is_set_aside_and_the_next_goes_on_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("checkpoints.jsonl");
    let mut keeper = keeper(&file);
    for position in 1..=10 {
        append(&mut keeper, position);
    }
    let all = files(&file).unwrap();
    assert!(all.len() > 2, "{all:?}");
    assert_eq!(all.last(), Some(&file));
    let lines = read(&all, Some(keeper.key.public())).unwrap();
    assert_eq!(lines.problems, []);
    assert_eq!(lines.checkpoints.len(), 10);
    let without_the_second = [all[0].clone(), all[2].clone()];
    let problems = read(&without_the_second, None).unwrap().problems;
    assert_eq!(problems.len(), 1, "a whole file is missed, too");
}

#[test]
fn a_line_that_was_torn_off_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("checkpoints.jsonl");
    let mut keeper = keeper(&file);
    append(&mut keeper, 1);
    let mut torn = File::options().append(true).open(&file).unwrap();
    torn.write_all(b"{\"version\":1,\"log").unwrap();
    let lines = read(std::slice::from_ref(&file), None).unwrap();
    assert_eq!((lines.checkpoints.len(), lines.problems.len()), (1, 0));
    append(&mut keeper, 2);
    let lines = read(std::slice::from_ref(&file), None).unwrap();
    assert_eq!((lines.checkpoints.len(), lines.problems.len()), (2, 0));
}

/// What is wrong with the lines of a file when it holds these of five, in this order.
fn problems(kept: &[usize]) -> Vec<(u64, Fault)> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("checkpoints.jsonl");
    let mut keeper = Keeper {
        file_bytes_max: u64::MAX,
        ..keeper(&file)
    };
    for position in 1..=5 {
        append(&mut keeper, position);
    }
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let kept: Vec<_> = kept.iter().map(|number| lines[number - 1]).collect();
    fs::write(&file, kept.join("\n") + "\n").unwrap();
    let read = read(std::slice::from_ref(&file), Some(keeper.key.public())).unwrap();
    let problems = read.problems.into_iter();
    problems
        .map(|problem| (problem.line, problem.fault))
        .collect()
}

#[test]
fn a_line_that_is_missing_or_out_of_place_is_told() {
    assert_eq!(problems(&[1, 2, 3, 4, 5]), []);
    assert_eq!(problems(&[2, 3, 4, 5]), [(1, Fault::BeginningRemoved)]);
    assert_eq!(problems(&[1, 2, 4, 5]), [(3, Fault::LinesRemoved)]);
    assert_eq!(
        problems(&[1, 3, 2, 4, 5]),
        [
            (2, Fault::LinesRemoved),
            (3, Fault::LinesRemoved),
            (4, Fault::LinesRemoved)
        ]
    );
    assert_eq!(problems(&[1, 1, 2, 3, 4, 5]), [(2, Fault::LinesRemoved)]);
    // The newest lines may be missing: what they state, the others do not know.
    assert_eq!(problems(&[1, 2, 3]), []);
}

#[test]
fn lines_that_follow_each_other_and_go_back_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("checkpoints.jsonl");
    let mut keeper = keeper(&file);
    append(&mut keeper, 5);
    append(&mut keeper, 3);
    let problems = read(std::slice::from_ref(&file), None).unwrap().problems;
    let [problem] = &problems[..] else {
        panic!("{problems:?}")
    };
    assert!(
        matches!(problem.fault, Fault::GoesBack { .. }),
        "{problem:?}"
    );
}
