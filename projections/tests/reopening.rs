//! What is found at the next start.

use crate::support::story::story;
use crate::support::{Engine, Place, Running, arrived, impatient, start};
use tributary_projections::ViewsUrl;
use tributary_projections::testing::MemoryLog;

tributary_store::on_both_engines!(
    read_models_of_another_program_are_made_anew,
    what_a_dead_rebuild_left_behind_is_removed,
    read_models_that_are_gone_are_made_anew,
);

fn events() -> Vec<tributary_domain::Recorded> {
    story(
        &(0..200_u32)
            .map(|n| n.wrapping_mul(2_654_435_761) >> 3)
            .collect::<Vec<_>>(),
    )
}

async fn stopped(engine: Engine) -> Running {
    let running = Running::after(engine, events()).await;
    running.projectors.stop().await;
    running.views.close().await;
    running
}

async fn read_models_of_another_program_are_made_anew(engine: Engine) {
    let running = stopped(engine).await;
    let before = running.place.dump().await;
    running
        .place
        .tamper("UPDATE generation SET schema_hash = 'another'")
        .await;
    running.place.tamper("DELETE FROM chat_messages").await;
    let views = running.place.open(&running.log).await;
    assert_eq!(running.place.dump().await, before);
    assert_eq!(running.place.generations().await, ["2"]);
    assert_eq!(views.position(), running.views.position());
    let projectors = start(&views, &running.log, impatient()).await;
    arrived(&views, views.position()).await;
    projectors.stop().await;
}

async fn what_a_dead_rebuild_left_behind_is_removed(engine: Engine) {
    let running = stopped(engine).await;
    let before = running.place.dump().await;
    match &running.place.url {
        ViewsUrl::Sqlite(folder) => {
            for name in ["views-2.db", "views-2.db-wal", "views-7.db"] {
                std::fs::write(folder.join(name), "half a rebuild").unwrap();
            }
        }
        ViewsUrl::Postgres(_) => {
            running
                .place
                .tamper("CREATE SCHEMA views_2; CREATE TABLE views_2.x (y INT)")
                .await;
            running.place.tamper("CREATE SCHEMA views_7").await;
        }
    }
    running.place.open(&running.log).await;
    assert_eq!(running.place.generations().await, ["1"]);
    assert_eq!(running.place.dump().await, before);
}

async fn read_models_that_are_gone_are_made_anew(engine: Engine) {
    let running = stopped(engine).await;
    let before = running.place.dump().await;
    match &running.place.url {
        ViewsUrl::Sqlite(folder) => std::fs::remove_file(folder.join("views-1.db")).unwrap(),
        ViewsUrl::Postgres(_) => {
            running.place.tamper("DROP SCHEMA views_1 CASCADE").await;
        }
    }
    let views = running.place.open(&running.log).await;
    assert_eq!(running.place.dump().await, before);
    assert!(
        views
            .status()
            .iter()
            .all(|status| status.position == views.position())
    );
}

#[tokio::test]
async fn a_pointer_that_is_no_number_is_told() {
    let place = Place::fresh(Engine::Sqlite).await;
    let ViewsUrl::Sqlite(folder) = &place.url else {
        unreachable!()
    };
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("views.current"), "one").unwrap();
    let Err(error) = tributary_projections::Views::open(&place.url, &MemoryLog::default()).await
    else {
        panic!("opened")
    };
    assert!(error.to_string().contains("remove it"), "{error}");
}
