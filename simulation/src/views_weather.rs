//! The weather between a node's projectors and their database.

use crate::database::Database;
use crate::defect::Defect;
use crate::life::Life;
use crate::skies::Skies;
use futures::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tributary_projections::testing::{Fate, Step, Weather};

/// See the [module](self).
pub struct ViewsWeather {
    life: Arc<Life>,
    skies: Arc<Skies>,
    database: Arc<Database>,
    is_spared: AtomicBool,
}

impl ViewsWeather {
    /// A node's.
    pub fn new(life: Arc<Life>, skies: Arc<Skies>, database: Arc<Database>) -> Self {
        Self {
            life,
            skies,
            database,
            is_spared: AtomicBool::new(false),
        }
    }

    /// Whether accidents pass it by from now on.
    pub fn spare(&self, is_spared: bool) {
        self.is_spared.store(is_spared, Ordering::Relaxed);
    }
}

impl Weather for ViewsWeather {
    fn before(&self, step: Step) -> BoxFuture<'_, Fate> {
        Box::pin(async move {
            if self.life.during(self.skies.travel()).await.is_none() {
                return Fate::Gone;
            }
            if step == Step::Commit && self.database.breaks(Defect::TearsReadModels) {
                return Fate::Torn;
            }
            match self
                .skies
                .projector_cut(self.is_spared.load(Ordering::Relaxed))
            {
                None => Fate::Done,
                Some(false) => Fate::LostBefore,
                Some(true) => Fate::LostAfter,
            }
        })
    }

    fn after(&self, _: Step) -> BoxFuture<'_, Fate> {
        Box::pin(async {
            match self.life.during(self.skies.travel()).await {
                Some(()) => Fate::Done,
                None => Fate::Gone,
            }
        })
    }
}
