"""dbt with dbt-ol, on the shop of fixtures/emitters/dbt-shop; one of its tests fails by design."""

import shutil

import lab as laboratory

TITLE = "dbt"
PROJECT = laboratory.FIXTURES / "dbt-shop"
LEFT_OUT = [
    "Column lineage in structured mode: whether dbt-ol has it depends on when it reads dbt's manifest. In most runs it has none.",
    "Other warehouses than DuckDB: they need accounts.",
    "dbt Cloud and dbt Fusion: neither is in a registry.",
]


def build(lab, structured=False, catalog=False):
    for part in ("dbt_project.yml", "profiles.yml", "seeds", "models", "tests"):
        source = PROJECT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, lab.work / part)
    folders = ["--project-dir", lab.work, "--profiles-dir", lab.work]
    env = lab.environment(
        OPENLINEAGE_URL=lab.url, OPENLINEAGE_NAMESPACE="shop", HEADWATER_DBT_DB=lab.work / "shop.duckdb",
        PATH=f"{lab.tool('dbt').parent}:/usr/local/bin:/usr/bin:/bin", DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    )
    # The recordings of fixtures/emitters/dbt-shop call the folder this.
    lab.names[0] = (str(lab.work), "/srv/shop")
    if catalog:
        lab.run(lab.tool("dbt"), "build", "--exclude", "every_order_is_above_ten", *folders, env=env)
        lab.run(lab.tool("dbt"), "docs", "generate", *folders, env=env)
    mode = ["--consume-structured-logs"] if structured else []
    # One test fails by design, which dbt tells as 1.
    text = lab.run(lab.tool("dbt-ol"), "build", *mode, *folders, env=env, codes=(1,))
    lab.check("dbt itself: 19 pass, 1 fails", "PASS=19 WARN=0 ERROR=1" in text)
    lab.check("dbt-ol sent each event without complaint", "failed to emit" not in text.lower())


def default(lab):
    """`dbt-ol build`. Events are sent after the run; only documented columns have a schema."""
    build(lab)


def default_catalog(lab):
    """`dbt docs generate`, then `dbt-ol build`: with catalog.json each column has a type."""
    build(lab, catalog=True)


def structured(lab):
    """`dbt-ol build --consume-structured-logs`. Events are sent as dbt works; no column lineage."""
    build(lab, structured=True)


def structured_catalog(lab):
    """Structured logs with a catalog.json beside them."""
    build(lab, structured=True, catalog=True)


CASES = {"default": default, "default-catalog": default_catalog, "structured": structured, "structured-catalog": structured_catalog}
# The other modes are recorded in fixtures/emitters/dbt-shop.
RECORD = ["default-catalog"]
