//! What can be told by GraphQL. Each becomes an event in the log, like any other: nothing is written
//! to the catalog past it.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use bytes::Bytes;
use chrono::Utc;
use serde_json::{Value, json};

use crate::openlineage::facets::CONSUMER;

use super::refs::{DatasetRef, coded, engine};

/// Producer of the events that Headwater makes itself.
const PRODUCER: &str = "urn:headwater";

/// Who only reads what others make.
#[derive(InputObject)]
pub struct ConsumerInput {
    /// Namespace under which it is to be known: the tool, for example `looker`.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What it is: dashboard, report, export, feature …
    #[graphql(validator(min_length = 1))]
    pub kind: String,
    /// Whose it is.
    #[graphql(default)]
    pub owners: Vec<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Datasets that it reads, all of them: those named when it was registered before and not now
    /// are read no more. What its runs tell counts beside.
    #[graphql(default)]
    pub reads: Vec<DatasetRef>,
}

/// An event that was made durable.
#[derive(SimpleObject)]
pub struct Registered {
    /// Its place in the log: answers have it once `appliedSeq` is there.
    pub seq: u64,
}

/// What can be told.
pub struct Mutation;

/// What can be told.
#[Object]
impl Mutation {
    /// Registers a consumer, or says anew what it is and reads: a static `JobEvent` with the facet
    /// `headwater_consumer`. By POST alone.
    async fn register_consumer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who it is.")] consumer: ConsumerInput,
    ) -> Result<Registered> {
        tell(ctx, &event(&consumer)).await
    }

    /// Takes the registration of a consumer back, and what it was registered to read: it is a job
    /// like others from then on, unless the policy says otherwise. By POST alone.
    async fn unregister_consumer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its namespace.")] namespace: String,
        #[graphql(desc = "Its name.")] name: String,
    ) -> Result<Registered> {
        let engine = engine(ctx)?;
        if engine.catalog().job_id(&namespace, &name).is_none() {
            let message = format!("no job {name:?} in namespace {namespace:?} has been seen");
            return Err(coded("NOT_FOUND", message));
        }
        let facets = json!({CONSUMER: facet(json!({"consumer": false}))});
        tell(ctx, &job_event(&namespace, &name, &facets)).await
    }
}

async fn tell(ctx: &Context<'_>, event: &Value) -> Result<Registered> {
    let now = Utc::now().timestamp_millis();
    let source = Bytes::from(event.to_string());
    let answer = engine(ctx)?.accept_as_is(vec![source], now).await;
    let answer = answer.map_err(|refusal| {
        let message = format!("{refusal}{}", refusal.advice());
        coded("NOT_TAKEN", message)
    })?;
    match answer.into_iter().next() {
        Some(Ok(receipt)) => Ok(Registered { seq: receipt.seq }),
        Some(Err(error)) => Err(coded("BAD_INPUT", error)),
        None => Err(coded("NOT_TAKEN", "the server is stopping")),
    }
}

fn facet(mut body: Value) -> Value {
    body["_producer"] = PRODUCER.into();
    body["_schemaURL"] = "urn:headwater:consumer".into();
    body
}

fn job_event(namespace: &str, name: &str, facets: &Value) -> Value {
    json!({
        "eventTime": Utc::now().to_rfc3339(),
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",
        "job": {"namespace": namespace, "name": name, "facets": facets},
    })
}

fn event(consumer: &ConsumerInput) -> Value {
    let mut facets = json!({CONSUMER: facet(json!({"consumer": true, "kind": consumer.kind}))});
    if !consumer.owners.is_empty() {
        let owners: Vec<Value> = consumer
            .owners
            .iter()
            .map(|name| json!({"name": name}))
            .collect();
        facets["ownership"] = facet(json!({"owners": owners}));
    }
    if let Some(description) = &consumer.description {
        facets["documentation"] = facet(json!({"description": description}));
    }
    let mut event = job_event(&consumer.namespace, &consumer.name, &facets);
    let named = |one: &DatasetRef| json!({"namespace": one.namespace, "name": one.name});
    event["inputs"] = consumer.reads.iter().map(named).collect();
    event
}
