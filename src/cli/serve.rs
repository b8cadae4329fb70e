//! `serve` and `demo`: the server from start to graceful stop.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::net::TcpListener;

use crate::api::bounded_router;
use crate::config::Config;
use crate::engine::{DataDir, Engine};
use crate::estate::demo;

use super::listen::{self, ConnectionLimits};
use super::remote;

pub fn serve(config: &Config) -> anyhow::Result<ExitCode> {
    start_logging();
    let shown = toml::to_string(config).context("showing the settings")?;
    tracing::info!("settings:\n{shown}");
    runtime()?.block_on(async {
        let (address, server) = start(config).await?;
        println!("headwater listens on http://{address}");
        std::io::stdout().flush()?;
        server.await.context("the server task")?
    })?;
    Ok(ExitCode::SUCCESS)
}

pub fn demo(mut config: Config, data: Option<&Path>) -> anyhow::Result<ExitCode> {
    start_logging();
    let temporary = match data {
        Some(dir) if dir.exists() && std::fs::read_dir(dir)?.next().is_some() => {
            bail!(
                "{} is not empty; the demo starts on a fresh folder",
                dir.display()
            )
        }
        Some(dir) => {
            dir.clone_into(&mut config.server.data);
            None
        }
        None => {
            let dir = std::env::temp_dir().join(format!("headwater-demo-{}", uuid::Uuid::new_v4()));
            config.server.data.clone_from(&dir);
            Some(dir)
        }
    };
    std::fs::create_dir_all(&config.server.data)?;
    config.policy.file = config.server.data.join("headwater.policy.yaml");
    let policy = demo::demo_policy(chrono::Utc::now().timestamp_millis());
    std::fs::write(&config.policy.file, policy).context("writing the demo's policy")?;
    let done = runtime()?.block_on(async {
        let (address, server) = start(&config).await?;
        let url = format!("http://{address}");
        let loaded = {
            let url = url.clone();
            tokio::task::spawn_blocking(move || load_demo(&url))
                .await
                .context("loading the demo")?
        };
        show_demo(&url, loaded?)?;
        server.await.context("the server task")?
    });
    if let Some(dir) = temporary {
        remove_demo(&dir);
    }
    done?;
    Ok(ExitCode::SUCCESS)
}

fn remove_demo(dir: &Path) {
    if let Err(error) = std::fs::remove_dir_all(dir) {
        eprintln!(
            "the demo's data could not be removed from {}: {error}",
            dir.display()
        );
    }
}

/// Sends the demo estate through the front door, and after it the event that its contracts turn away.
/// Returns how many events it has.
fn load_demo(url: &str) -> anyhow::Result<usize> {
    let now = chrono::Utc::now().timestamp_millis();
    let mut events = demo::demo_events(now)?;
    events.extend(demo::shortcuts(now)?);
    for batch in events.chunks(100) {
        let sent = remote::send_batch(url, &serde_json::to_vec(batch)?)?;
        if let Some((index, reason)) = sent.refused.first() {
            bail!("the demo's event {index} was refused: {reason}");
        }
    }
    remote::wait_until_answered(url, Duration::from_secs(60))?;
    let away = vec![demo::turned_away(now)?];
    let sent = remote::send_batch(url, &serde_json::to_vec(&away)?)?;
    if sent.refused.is_empty() {
        bail!("the demo's contracts took in the event that they should turn away");
    }
    Ok(events.len())
}

fn show_demo(url: &str, events: usize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "\nHeadwater demo: {events} events of one company are loaded.\n"
    )?;
    for (what, path, more) in [
        ("front page", "/", String::new()),
        ("contracts", "/contracts", "what breaks them".to_owned()),
        (
            "quarantine",
            "/quarantine",
            "one event that a contract turned away".to_owned(),
        ),
        (
            "GraphQL",
            "/graphql",
            format!("POST, GET; schema at {url}/schema.graphql"),
        ),
        ("status", "/api/v1/status", String::new()),
    ] {
        let more = if more.is_empty() {
            more
        } else {
            format!("   ({more})")
        };
        writeln!(out, "  {what:<12} {url}{path}{more}")?;
    }
    writeln!(out, "\nFive things to try:\n")?;
    for (n, question) in demo::things_to_try()?.iter().enumerate() {
        let body = serde_json::json!({"query": question.query}).to_string();
        let body = body.replace('\'', "'\\''");
        writeln!(out, "{}. {}\n", n + 1, question.title)?;
        writeln!(
            out,
            "   curl -s {url}/graphql -H 'Content-Type: application/json' -d '{body}'\n"
        )?;
    }
    writeln!(out, "Stop with Ctrl-C.")?;
    out.flush()?;
    Ok(())
}

type Serving = tokio::task::JoinHandle<anyhow::Result<()>>;

async fn start(config: &Config) -> anyhow::Result<(SocketAddr, Serving)> {
    let dir = DataDir(config.server.data.clone());
    let options = config.engine();
    let engine = tokio::task::spawn_blocking(move || Engine::open(&dir, options)).await??;
    for note in &engine.opening {
        tracing::warn!("{note}");
    }
    let engine = Arc::new(engine);
    if !config.policy.file.as_os_str().is_empty() {
        // A wrong file is no reason to stop later, but nobody should start with one.
        let problems = engine.load_policy(&config.policy.file).err();
        if let Some(problems) = problems {
            bail!("the policy is wrong:\n{}", problems.join("\n"));
        }
    }
    reload_on_hangup(Arc::clone(&engine));
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder();
    let metrics = recorder
        .map_err(|error| tracing::warn!(%error, "metrics"))
        .ok();
    let app = bounded_router(
        Arc::clone(&engine),
        config.limits(),
        config.query_limits(),
        config.server.allowed_origins.clone(),
        metrics,
    );
    let listener = TcpListener::bind(&config.server.listen)
        .await
        .with_context(|| {
            format!(
                "cannot listen on {}; is another server there?",
                config.server.listen
            )
        })?;
    let address = listener.local_addr()?;
    let limits = ConnectionLimits {
        connections: config.server.max_connections,
        head: Duration::from_secs(config.server.head_seconds),
    };
    let serving = tokio::spawn(async move {
        listen::serve(listener, app, limits, stopped()).await;
        tracing::info!("stopping: writing what is not written");
        tokio::task::spawn_blocking(move || engine.stop()).await??;
        Ok(())
    });
    Ok((address, serving))
}

/// Reads the policy again at each SIGHUP, for as long as the server runs.
fn reload_on_hangup(engine: Arc<Engine>) {
    let hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    let Ok(mut hangup) = hangup else {
        return;
    };
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            let engine = Arc::clone(&engine);
            // What is wrong with it stands in the log and in the status.
            _ = tokio::task::spawn_blocking(move || engine.reload_policy()).await;
        }
    });
}

/// Resolves at SIGTERM or Ctrl-C.
async fn stopped() {
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    let interrupted = tokio::signal::ctrl_c();
    match terminate {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupted => {}
            }
        }
        Err(_) => _ = interrupted.await,
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let built = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build();
    built.context("starting the runtime")
}

/// Structured logs on standard error: text on a terminal, JSON elsewhere; `RUST_LOG` filters.
fn start_logging() {
    use std::io::IsTerminal;
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,headwater=info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if std::io::stderr().is_terminal() {
        logs.try_init()
    } else {
        logs.json().try_init()
    };
    if let Err(error) = started {
        eprintln!("headwater: logging could not be started: {error}");
    }
}
