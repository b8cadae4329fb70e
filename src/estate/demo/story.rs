//! When everything happens: a week of daily runs, with the description's story
//! told among them. What an event looks like is the producers' business.

use serde_json::Value;

use super::check::{Estate, Load, Model};
use super::describe::{Arrival, Engine};
use super::error::EstateError;
use super::facets::RunRef;
use super::producers::airflow::{DagRun, Task, load_datasets, load_task, model_datasets};
use super::producers::dbt::Invocation;
use super::producers::debezium::{self, Side};
use super::producers::spark::Application;
use super::producers::{State, flink, registry};
use super::time::{MINUTE, Schedule};

const SECOND: i64 = 1000;
/// DAGs of loads: name, what they load, minute of the day's schedule.
const LOAD_DAGS: [(&str, Arrival, i64); 3] = [
    ("land_cdc", Arrival::Debezium, 0),
    ("copy_shop", Arrival::Copy, 6),
    ("sync_saas", Arrival::Fivetran, 10),
];
/// Minute at which the DAG of the web's clicks starts.
const WEB_MINUTE: i64 = 20;
/// Minute at which the DAG of dbt starts.
const DBT_MINUTE: i64 = 30;
/// From one dbt model's start to the next one's.
const MODEL_STEP: i64 = 40 * SECOND;

/// All events of the estate in the order in which they are to be sent.
pub(super) fn tell(estate: &Estate, now_ms: i64) -> Result<Vec<Value>, EstateError> {
    let mut teller = Teller {
        estate,
        schedule: Schedule::new(now_ms, estate.days)?,
        events: Vec::new(),
        late: None,
    };
    teller.registry()?;
    teller.streams()?;
    for day in 0..estate.days {
        teller.loads(day)?;
        teller.web(day)?;
        teller.dbt(day)?;
    }
    Ok(teller.in_sending_order())
}

struct Teller<'a> {
    estate: &'a Estate,
    schedule: Schedule,
    /// Events with their times in ms since 1970.
    events: Vec<(i64, Value)>,
    /// The event that was held back.
    late: Option<Value>,
}

impl<'a> Teller<'a> {
    fn tell(&mut self, at_ms: i64, event: Value) {
        self.events.push((at_ms, event));
    }

    /// By time, as everyone sends at once; the late one shortly before the end.
    fn in_sending_order(mut self) -> Vec<Value> {
        self.events.sort_by_key(|(at_ms, _)| *at_ms);
        let mut events: Vec<Value> = self.events.into_iter().map(|(_, event)| event).collect();
        if let Some(late) = self.late {
            let place = events.len().saturating_sub(3);
            events.insert(place, late);
        }
        events
    }

    /// Owners, tags, dashboards and exposures, told once; again what a rename changes.
    fn registry(&mut self) -> Result<(), EstateError> {
        let first = self.schedule.start_of(0) - 20 * MINUTE;
        for key in self.estate.datasets.keys() {
            self.tell(first, registry::dataset_event(self.estate, key, 0, first)?);
        }
        let later = first + 5 * MINUTE;
        for dashboard in &self.estate.dashboards {
            self.tell(
                later,
                registry::dashboard_event(self.estate, dashboard, later)?,
            );
        }
        for exposure in &self.estate.exposures {
            let event = registry::exposure_event(self.estate, exposure, later)?;
            self.tell(later, event);
        }
        let rename = &self.estate.story.rename;
        let at = self.schedule.start_of(rename.day) - 5 * MINUTE;
        let event = registry::dataset_event(self.estate, &rename.dataset, rename.day, at)?;
        self.tell(at, event);
        Ok(())
    }

    /// Debezium's and Flink's runs: started before the first day, still running.
    fn streams(&mut self) -> Result<(), EstateError> {
        let since = self.schedule.start_of(0) - 10 * MINUTE;
        let estate = self.estate;
        for load in estate
            .loads
            .iter()
            .filter(|load| load.by == Arrival::Debezium)
        {
            let start = debezium::event(estate, load, since, since, Side::None)?;
            self.tell(since, start);
            for day in 0..estate.days {
                let at = self.schedule.start_of(day) - 2 * MINUTE;
                for (at, side) in [(at, Side::Table), (at + 3 * SECOND, Side::Topic)] {
                    let event = debezium::event(estate, load, since, at, side)?;
                    self.tell(at, event);
                }
            }
        }
        for model in self.models(Engine::Flink) {
            self.tell(since, flink::event(estate, model, since, since, 0)?);
            for day in 0..estate.days {
                let at = self.schedule.start_of(day) - MINUTE;
                let event = flink::event(estate, model, since, at, (day + 1) * 1440)?;
                self.tell(at, event);
            }
        }
        Ok(())
    }

    fn models(&self, engine: Engine) -> impl Iterator<Item = &'a Model> + use<'a> {
        let models = self.estate.models.iter();
        models.filter(move |model| model.engine == engine)
    }

    fn loads(&mut self, day: usize) -> Result<(), EstateError> {
        for (name, by, minute) in LOAD_DAGS {
            let scheduled = self.schedule.start_of(day) + minute * MINUTE;
            let dag = DagRun::new(name, scheduled);
            self.tell(scheduled, dag.event(State::Start, scheduled)?);
            let mut at = scheduled + 2 * SECOND;
            let loads = self.estate.loads.iter().filter(|load| load.by == by);
            for load in loads.collect::<Vec<&Load>>() {
                let (operator, task) = load_task(load);
                let task = Task {
                    dag: &dag,
                    name: &task,
                    attempt: 1,
                    operator,
                };
                let datasets = load_datasets(self.estate, load, day)?;
                at = self.task(&task, at, 50 * SECOND, &datasets)?;
            }
            self.tell(at, dag.event(State::Complete, at)?);
        }
        Ok(())
    }

    /// A task that succeeds after `took` ms; returns when the next may start.
    fn task(
        &mut self,
        task: &Task<'_>,
        at: i64,
        took: i64,
        datasets: &(Vec<Value>, Vec<Value>),
    ) -> Result<i64, EstateError> {
        for (state, at) in [(State::Start, at), (State::Complete, at + took)] {
            self.tell(at, task.event(state, at, None, datasets.clone())?);
        }
        Ok(at + took + SECOND)
    }

    /// Spark's daily job and the landing of what Spark and Flink make.
    fn web(&mut self, day: usize) -> Result<(), EstateError> {
        let scheduled = self.schedule.start_of(day) + WEB_MINUTE * MINUTE;
        let dag = DagRun::new("web_clicks", scheduled);
        self.tell(scheduled, dag.event(State::Start, scheduled)?);
        let mut at = scheduled + 2 * SECOND;
        for model in self.models(Engine::Spark) {
            at = self.spark(&dag, model, day, at)?;
        }
        for model in self.models(Engine::Airflow) {
            let table = model.dataset.rsplit('.').next().unwrap_or_default();
            let name = format!("land_{table}");
            let operator = "CopyFromExternalStageToSnowflakeOperator";
            let task = Task {
                dag: &dag,
                name: &name,
                attempt: 1,
                operator,
            };
            let datasets = model_datasets(self.estate, model, day)?;
            at = self.task(&task, at, 40 * SECOND, &datasets)?;
        }
        self.tell(at, dag.event(State::Complete, at)?);
        Ok(())
    }

    fn spark(
        &mut self,
        dag: &DagRun,
        model: &Model,
        day: usize,
        at: i64,
    ) -> Result<i64, EstateError> {
        let table = model.dataset.rsplit('.').next().unwrap_or_default();
        let name = format!("spark_{table}");
        let task = Task {
            dag,
            name: &name,
            attempt: 1,
            operator: "SparkSubmitOperator",
        };
        let application = Application {
            estate: self.estate,
            model,
            day,
            scheduled_ms: at,
            task: task.run(),
            dag: dag.run.clone(),
        };
        self.tell(at + SECOND, application.event(State::Start, at + SECOND)?);
        let sql_start = at + 10 * SECOND;
        self.tell(sql_start, application.sql_event(State::Start, sql_start)?);
        let sql_end = at + 3 * MINUTE;
        let complete = application.sql_event(State::Complete, sql_end)?;
        let late = &self.estate.story.late;
        if late.job == model.dataset && late.day == day {
            self.late = Some(complete);
        } else {
            self.tell(sql_end, complete);
        }
        let end = sql_end + SECOND;
        self.tell(end, application.event(State::Complete, end)?);
        self.task(&task, at, 4 * MINUTE, &(Vec::new(), Vec::new()))
    }

    fn dbt(&mut self, day: usize) -> Result<(), EstateError> {
        let scheduled = self.schedule.start_of(day) + DBT_MINUTE * MINUTE;
        let dag = DagRun::new("dbt_daily", scheduled);
        self.tell(scheduled, dag.event(State::Start, scheduled)?);
        let mut at = scheduled + 2 * SECOND;
        let failure = &self.estate.story.failure;
        let mut attempt = 1;
        if failure.day == day {
            let failed_at = self.build(&dag, day, attempt, at, Some(&failure.model))?;
            at = failed_at + i64::from(failure.retry_after_minutes) * MINUTE;
            attempt += 1;
        }
        let end = self.build(&dag, day, attempt, at, None)?;
        self.tell(end, dag.event(State::Complete, end)?);
        Ok(())
    }

    /// One `dbt build`, up to the model that fails if one does; returns when
    /// the task ended.
    fn build(
        &mut self,
        dag: &DagRun,
        day: usize,
        attempt: u32,
        at: i64,
        fails: Option<&str>,
    ) -> Result<i64, EstateError> {
        let task = Task {
            dag,
            name: "dbt_build",
            attempt,
            operator: "BashOperator",
        };
        let task_run: RunRef = task.run();
        let invocation = Invocation {
            estate: self.estate,
            day,
            scheduled_ms: at,
            attempt,
            task: task_run,
            dag: dag.run.clone(),
        };
        self.tell(at, task.event(State::Start, at, None, Default::default())?);
        let mut at = at + 5 * SECOND;
        self.tell(at, invocation.event(State::Start, at)?);
        for model in self.models(Engine::Dbt) {
            at += MODEL_STEP;
            self.tell(at, invocation.model_event(model, State::Start, at, None)?);
            let done = at + MODEL_STEP / 2;
            if fails == Some(model.dataset.as_str()) {
                let message = Some(self.estate.story.failure.message.as_str());
                let failed = invocation.model_event(model, State::Fail, done, message)?;
                self.tell(done, failed);
                return self.failed(&task, &invocation, done + SECOND);
            }
            self.tell(
                done,
                invocation.model_event(model, State::Complete, done, None)?,
            );
            if !model.tests.is_empty() {
                let tested = done + 5 * SECOND;
                self.tell(done, invocation.test_event(model, State::Start, done)?);
                self.tell(
                    tested,
                    invocation.test_event(model, State::Complete, tested)?,
                );
            }
        }
        at += MODEL_STEP;
        self.tell(at, invocation.event(State::Complete, at)?);
        at += SECOND;
        self.tell(
            at,
            task.event(State::Complete, at, None, Default::default())?,
        );
        Ok(at + SECOND)
    }

    fn failed(
        &mut self,
        task: &Task<'_>,
        invocation: &Invocation<'_>,
        at: i64,
    ) -> Result<i64, EstateError> {
        self.tell(at, invocation.event(State::Fail, at)?);
        let at = at + SECOND;
        let message = Some("Bash command failed. The command returned a non-zero exit code 1.");
        self.tell(
            at,
            task.event(State::Fail, at, message, Default::default())?,
        );
        Ok(at)
    }
}
