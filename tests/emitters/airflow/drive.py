"""Airflow 3 with its OpenLineage provider: `airflow dags test` on an SQLite metadata database."""

import shutil

TITLE = "Airflow 3"
LEFT_OUT = [
    "A scheduler with workers: `airflow dags test` runs the same listener in one process.",
    "SQL operators: their extractors need databases with accounts; on others they send runs without datasets.",
]


def dags_test(lab):
    """Two tasks with inlets and outlets, and a task that fails."""
    home = lab.work / "airflow"
    shutil.copytree(lab.folder / "dags", home / "dags")
    env = lab.environment(
        AIRFLOW_HOME=home, AIRFLOW__CORE__LOAD_EXAMPLES="False", AIRFLOW__CORE__UNIT_TEST_MODE="False",
        AIRFLOW__OPENLINEAGE__TRANSPORT=f'{{"type": "http", "url": "{lab.url}", "endpoint": "api/v1/lineage"}}',
        AIRFLOW__OPENLINEAGE__NAMESPACE="shop", AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{home}/airflow.db",
        PATH=f"{lab.tool('airflow').parent}:/usr/local/bin:/usr/bin:/bin",
    )
    airflow = lab.tool("airflow")
    lab.run(airflow, "db", "migrate", env=env)
    lab.run(airflow, "dags", "reserialize", env=env)
    lab.run(airflow, "dags", "test", "shop_load", "2026-01-31", env=env)
    lab.run(airflow, "dags", "test", "shop_export", "2026-01-31", env=env, codes=(0, 1))


CASES = {"dags-test": dags_test}
