"""Two flows of a shop, as deployments; what a task reads and writes is told by table artifacts."""

import sys

from prefect import flow, serve, task
from prefect.artifacts import create_table_artifact


def dataset(way: str, table: str):
    create_table_artifact(
        key=f"{way}-{table.replace('_', '-')}", table=[{"database_uri": "postgres://db.example.org:5432/shop", "table": table}],
        description=f"ol-dataset_{way}",
    )


@task
def stage():
    dataset("input", "raw_orders")
    dataset("output", "stg_orders")


@task
def sum_up():
    dataset("input", "stg_orders")
    dataset("output", "revenue")


@flow(name="shop load")
def load():
    stage()
    sum_up()


@task
def export_file():
    dataset("input", "revenue")
    raise RuntimeError("the printer is on fire")


@flow(name="shop export")
def export():
    export_file()


if __name__ == "__main__":
    serve(load.to_deployment(name="nightly"), export.to_deployment(name="nightly"), limit=1)
