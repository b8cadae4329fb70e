"""Dagster with dagster-openlineage as its event log storage."""

TITLE = "Dagster"
LEFT_OUT = ["Its sensor: it does not run on Dagster's default SQLite storage."]
INSTANCE = """event_log_storage:
  module: dagster_openlineage
  class: OpenLineageEventLogStorage
  config:
    wrapped:
      module: dagster._core.storage.event_log
      class: SqliteEventLogStorage
      config: {base_dir: BASE/history/runs}
    namespace: shop
    timeout: 20
telemetry: {enabled: false}
"""


def storage(lab):
    """Three assets with column lineage, a failed check, and an asset that fails."""
    home = lab.work / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text(INSTANCE.replace("BASE", str(home)))
    lab.run(lab.python(), lab.folder / "job.py", env=lab.environment(OPENLINEAGE_URL=lab.url, DAGSTER_HOME=home))


CASES = {"storage": storage}
