"""dlt with dlt-openlineage: a list of dicts into DuckDB."""

TITLE = "dlt"
LEFT_OUT = ["Sources over a network, and other destinations than DuckDB."]


def duckdb(lab):
    """Two resources into three tables, one of them unnested, and a load whose source breaks off."""
    env = lab.environment(OPENLINEAGE_URL=lab.url, RUNTIME__DLTHUB_TELEMETRY="false", DLT_DATA_DIR=lab.work / "dlt")
    lab.run(lab.python(), lab.folder / "job.py", lab.work / "shop.duckdb", env=env)
    lab.note("dlt names the inputs and outputs of a whole load, so each output is inferred from each input. In truth `raw.customers` comes from `customers` alone.")


CASES = {"duckdb": duckdb}
