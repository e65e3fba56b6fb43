//! Read models of the log itself.

use crate::support::{DEADLINE, Engine, Place, impatient, within};
use tributary_domain::HistoryId;
use tributary_projections::{ProjectionState, Projectors, RebuildOptions, Views};
use tributary_store::Log;
use tributary_store::testing::{self, register, say, streamer};

tributary_store::on_both_engines!(
    what_was_acknowledged_can_be_read,
    an_event_of_a_newer_program_parks_every_projection_right_before_it,
);

/// A log, and read models that follow it.
struct Ground {
    log: Log,
    views: Views,
    projectors: Projectors<Log>,
    _places: (Place, testing::Place),
}

impl Ground {
    async fn fresh(engine: Engine) -> Self {
        let place = Place::fresh(engine).await;
        let log_place = testing::Place::fresh(engine).await;
        let log = log_place.open().await;
        let views = Views::open(&place.url, &log).await.unwrap();
        let projectors = Projectors::start(views.clone(), log.clone(), impatient())
            .await
            .unwrap();
        Self {
            log,
            views,
            projectors,
            _places: (place, log_place),
        }
    }

    async fn close(self) {
        self.projectors.stop().await;
        self.views.close().await;
        self.log.close().await;
    }
}

async fn what_was_acknowledged_can_be_read(engine: Engine) {
    let ground = Ground::fresh(engine).await;
    let (log, views) = (&ground.log, &ground.views);
    let (account, command) = register("Ada");
    let position = log.execute(command).await.unwrap().position;
    views.wait_for(position, DEADLINE).await.unwrap();
    let found = views.account_named("ada").await.unwrap().unwrap();
    let event = log.event_at(position).await.unwrap().unwrap();
    assert_eq!((found.id, found.created_at), (account, event.recorded_at));

    let channel = streamer(log, "Bob").await;
    for n in 0..50 {
        let said = say(channel, account, &format!("message {n}"));
        let position = log.execute(said).await.unwrap().position;
        views.wait_for(position, DEADLINE).await.unwrap();
        let message = views.message(position).await.unwrap().unwrap();
        assert_eq!(message.text, Some(format!("message {n}")));
    }
    let never = tokio_util::sync::CancellationToken::new();
    let report = ground
        .projectors
        .rebuild(&RebuildOptions::default(), &never, |_| ())
        .await
        .unwrap();
    assert!(report.is_equal() && report.switched, "{report:?}");
    assert_eq!(report.position, log.head());
    ground.close().await;
}

async fn an_event_of_a_newer_program_parks_every_projection_right_before_it(engine: Engine) {
    let ground = Ground::fresh(engine).await;
    let (log, views) = (&ground.log, &ground.views);
    let (account, command) = register("Ada");
    let last_known = log.execute(command).await.unwrap().position;
    let newer = testing::Written {
        history: HistoryId::Account(account),
        sequence: 2,
        name: "account.role_granted",
        version: "99",
        payload: "{}",
        personal: None,
    };
    let at = newer.append_to(log.storage().as_ref()).await;
    // This program goes on writing behind it.
    log.execute(register("Eve").1).await.unwrap();
    let parked = views.status_when(|all| {
        all.iter().all(|status| match &status.state {
            ProjectionState::Parked { at: place, reason } => {
                *place == at && reason.contains("account.role_granted version 99")
            }
            _ => false,
        })
    });
    let parked = within("every projection parks", parked).await;
    assert!(parked.iter().all(|status| status.position == last_known));
    assert!(views.account_named("Ada").await.unwrap().is_some());
    assert!(views.account_named("Eve").await.unwrap().is_none());
    ground.close().await;
}
