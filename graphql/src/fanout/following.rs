//! One operation of one connection: a result that is waited for, a replay, or a seat in a group.

use super::group::Member;
pub(crate) use super::group::Step;
use super::outbox::{Key, Outbox};
use super::plan::Plan;
use super::seats::Seat;
use super::{Ending, payload, replay};
use crate::Fault;
use crate::api::Api;
use crate::auth::Caller;
use crate::executor::never_executed;
use crate::messages::Language;
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};
use futures::StreamExt as _;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::mpsc::{self, Receiver, Sender, error::TryRecvError};
use tokio::task::AbortHandle;
use tributary_domain::Position;

/// The most items of a replay, or of a feed for one alone, that wait for their client.
const LANE_MAX: usize = 64;

/// See the [module](self). Dropped, it is over.
pub(crate) struct Following {
    api: Api,
    outbox: Arc<Outbox>,
    key: Key,
    stage: Stage,
}

enum Stage {
    Alone(Lane),
    Replay(Lane, Box<Plan>),
    Live(Member),
    Over(Ending),
}

/// What a task says to one connection.
pub(super) enum Delivery {
    Item {
        place: Option<Position>,
        payload: Box<[u8]>,
    },
    /// A replay has brought everything up to here.
    Reached(Position),
    /// It is over.
    End(Ending),
}

impl From<super::group::Item> for Delivery {
    fn from(item: super::group::Item) -> Self {
        Self::Item {
            place: Some(item.place),
            payload: item.payload,
        }
    }
}

/// A task that works for one connection. It ends with it.
struct Lane {
    deliveries: Receiver<Delivery>,
    task: AbortHandle,
}

impl Lane {
    fn spawn<F>(work: impl FnOnce(Sender<Delivery>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (sender, deliveries) = mpsc::channel(LANE_MAX);
        let task = tokio::spawn(work(sender)).abort_handle();
        Self { deliveries, task }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Api {
    /// Begins an operation. `resume` is newer than the `after` of the document. The outbox hears of what
    /// there is to take; the first look is the caller's own.
    pub(crate) fn begin(
        &self,
        request: Request,
        caller: Caller,
        resume: Option<&str>,
        (outbox, key): (&Arc<Outbox>, Key),
    ) -> Following {
        let stage = self.stage(request, caller, resume, (outbox, key));
        Following {
            api: self.clone(),
            outbox: Arc::clone(outbox),
            key,
            stage: stage.unwrap_or_else(|fault| Stage::Over(Ending::fault(fault, caller.language))),
        }
    }

    fn stage(
        &self,
        mut request: Request,
        caller: Caller,
        resume: Option<&str>,
        waker: (&Arc<Outbox>, Key),
    ) -> Result<Stage, Fault> {
        let document = self.document(&mut request)?;
        if let Some((plan, after)) = Plan::of(&document, &request, caller, resume)? {
            return Ok(self.take_seat(Box::new(plan), after, waker));
        }
        let kind = document.kind(request.operation_name.as_deref());
        let is_feed = kind == Some(OperationType::Subscription);
        let (api, outbox, key) = (self.clone(), Arc::clone(waker.0), waker.1);
        let request = request.data(caller);
        Ok(Stage::Alone(Lane::spawn(move |sender| async move {
            if is_feed {
                let mut responses = api.follow(request);
                while let Some(response) = responses.next().await {
                    if !say(&sender, &response).await {
                        break;
                    }
                    outbox.ready(key);
                }
            } else {
                say(&sender, &api.answer(request).await).await;
            }
            let _gone = sender.send(Delivery::End(Ending::Complete)).await;
            outbox.ready(key);
        })))
    }

    fn take_seat(
        &self,
        plan: Box<Plan>,
        after: Option<Position>,
        waker: (&Arc<Outbox>, Key),
    ) -> Stage {
        match self.seat(&plan, after, waker) {
            Seat::Live(member) => Stage::Live(member),
            Seat::Behind(after) => {
                let (api, replayed) = (self.clone(), (*plan).clone());
                let waker = (Arc::clone(waker.0), waker.1);
                let lane =
                    Lane::spawn(move |sender| replay::run(api, replayed, after, sender, waker));
                Stage::Replay(lane, plan)
            }
        }
    }
}

/// Hands over a response; false when it was the last.
async fn say(sender: &Sender<Delivery>, response: &Response) -> bool {
    let never = never_executed(response);
    let delivery = if never {
        Delivery::End(Ending::errors(&response.errors))
    } else {
        let payload = payload(response);
        Delivery::Item {
            place: None,
            payload,
        }
    };
    sender.send(delivery).await.is_ok() && !never
}

impl Following {
    /// Gives what there is to `each`, as JSON with its place in the log if it has one, as long as that
    /// wants more.
    pub(crate) fn take(&mut self, each: &mut dyn FnMut(Option<Position>, &[u8]) -> bool) -> Step {
        loop {
            let reached = match &mut self.stage {
                Stage::Over(ending) => return Step::Ended(ending.clone()),
                Stage::Live(member) => {
                    let is_of_events = member.is_of_events();
                    return member.take(&mut |place, payload| {
                        each(Some(place).filter(|_| is_of_events), payload)
                    });
                }
                Stage::Alone(lane) | Stage::Replay(lane, _) => match lane.take(each) {
                    Taken::Step(step) => return step,
                    Taken::Reached(place) => place,
                },
            };
            let Stage::Replay(_, plan) =
                std::mem::replace(&mut self.stage, Stage::Over(Ending::Complete))
            else {
                return Step::Ended(Ending::Complete);
            };
            let waker = (&self.outbox, self.key);
            self.stage = self.api.take_seat(plan, Some(reached), waker);
        }
    }
}

enum Taken {
    Step(Step),
    Reached(Position),
}

impl Lane {
    fn take(&mut self, each: &mut dyn FnMut(Option<Position>, &[u8]) -> bool) -> Taken {
        loop {
            match self.deliveries.try_recv() {
                Ok(Delivery::Item { place, payload }) => {
                    if !each(place, &payload) {
                        return Taken::Step(Step::More);
                    }
                }
                Ok(Delivery::Reached(place)) => return Taken::Reached(place),
                Ok(Delivery::End(ending)) => return Taken::Step(Step::Ended(ending)),
                Err(TryRecvError::Empty) => return Taken::Step(Step::Idle),
                Err(TryRecvError::Disconnected) => {
                    let fault = Fault::defect("an operation ended without a word");
                    return Taken::Step(Step::Ended(Ending::fault(fault, Language::English)));
                }
            }
        }
    }
}
