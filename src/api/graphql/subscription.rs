//! The root of what can be heard.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

use super::contracts::ViolationChange;
use super::refs::engine;

/// News of an event that was accepted.
#[derive(SimpleObject)]
pub struct NewEvent {
    /// Its place in the log; null when news was missed because the client was too slow.
    pub seq: Option<u64>,
    /// `RUN`, `JOB` or `DATASET`.
    pub kind: Option<&'static str>,
    /// The state it reports, on run events.
    pub state: Option<&'static str>,
    /// Its time.
    pub time: Option<DateTime<Utc>>,
    /// Who sent it.
    pub producer: Option<String>,
    /// Namespace of its job or dataset.
    pub namespace: Option<String>,
    /// Name of its job or dataset.
    pub name: Option<String>,
    /// How many news were missed before this one.
    pub missed: u64,
}

/// What can be heard.
pub struct Subscription;

/// What can be heard, over WebSocket.
#[Subscription]
impl Subscription {
    /// Events as they are accepted, from the moment of subscribing.
    async fn new_events(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = NewEvent> + use<>> {
        let notices = BroadcastStream::new(engine(ctx)?.notices());
        Ok(notices.map(|notice| match notice {
            Ok(notice) => NewEvent {
                seq: Some(notice.seq),
                kind: Some(notice.kind),
                state: notice.state,
                time: notice.time.to_utc(),
                producer: Some(notice.producer),
                namespace: Some(notice.subject.0),
                name: Some(notice.subject.1),
                missed: 0,
            },
            Err(BroadcastStreamRecvError::Lagged(missed)) => NewEvent {
                seq: None,
                kind: None,
                state: None,
                time: None,
                producer: None,
                namespace: None,
                name: None,
                missed,
            },
        }))
    }

    /// Violations that open, close or are excused, from the moment of subscribing.
    async fn violation_changed(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = ViolationChange> + use<>> {
        let news = BroadcastStream::new(engine(ctx)?.violation_news());
        Ok(news.map(|news| match news {
            Ok(news) => ViolationChange::new(news),
            Err(BroadcastStreamRecvError::Lagged(missed)) => ViolationChange::of_missed(missed),
        }))
    }
}
