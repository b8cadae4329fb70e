"""Spark 3.5 with openlineage-spark, on one core."""

import lab as laboratory

TITLE = "Spark 3.5"
LEFT_OUT = [
    "Delta, Hudi, Hive metastore, Kafka, BigQuery and Snowflake: not tried here.",
    "Spark 4: its listener is another jar.",
]
ORDERS = "id,customer,status,price,quantity,day\n1,1,paid,5,2,2026-01-30\n2,2,paid,7,1,2026-01-31\n3,1,cancelled,9,1,2026-01-31\n"
CUSTOMERS = "id,country\n1,gb\n2,de\n"


def submit(lab, script, *arguments, **settings):
    jars = lab.jars()
    conf = {
        "spark.master": "local[1]", "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1",
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.jars": ",".join(map(str, jars)), "spark.driver.extraClassPath": ":".join(map(str, jars)),
        "spark.extraListeners": "io.openlineage.spark.agent.OpenLineageSparkListener",
        "spark.openlineage.transport.type": "http", "spark.openlineage.transport.url": lab.url,
        "spark.openlineage.transport.endpoint": "api/v1/lineage", "spark.openlineage.transport.compression": "gzip",
        "spark.openlineage.transport.auth.type": "api_key", "spark.openlineage.transport.auth.apiKey": "made-up",
        "spark.openlineage.namespace": "spark", "spark.sql.warehouse.dir": str(lab.work / "warehouse"),
    } | settings
    given = [part for name, value in conf.items() for part in ("--conf", f"{name}={value}")]
    env = lab.environment(PYSPARK_PYTHON=lab.python(), SPARK_LOCAL_IP="127.0.0.1", SPARK_HOME="")
    env.pop("SPARK_HOME")
    lab.run(lab.tool("spark-submit"), *given, lab.folder / script, *arguments, env=env)
    seen = lab.relay.seen
    lab.check("every body is gzip", all(one.headers.get("content-encoding") == "gzip" for one in seen))
    lab.check("every request carries the key", all(one.headers.get("authorization") == "Bearer made-up" for one in seen))
    lab.check("every event was taken at once", all(one.status == 201 for one in seen), [one.reason for one in seen if one.status != 201])


def files(lab):
    """CSV to Parquet and JSON: join, filter, groups, a partitioned write, and a write that fails."""
    for name, text in [("orders", ORDERS), ("customers", CUSTOMERS)]:
        folder = lab.work / "in" / name
        folder.mkdir(parents=True)
        (folder / "part.csv").write_text(text)
    submit(lab, "files.py", lab.work)
    lab.note("A write that fails before its first task is told as COMPLETE. One that fails in a task is told as FAIL and then as COMPLETE; Headwater shows FAIL.")


def jdbc(lab):
    """PostgreSQL over JDBC: a table read, a query read, a table written."""
    port, sql = lab.stack.enter_context(laboratory.postgres(lab.work))
    lab.names += [(f"127.0.0.1:{port}", "127.0.0.1:5432")]
    sql("create table orders (id int, customer int, status text, price numeric, quantity int)")
    sql("create table customers (id int, country text)")
    sql("insert into orders values (1, 1, 'paid', 5, 2), (2, 2, 'open', 7, 1); insert into customers values (1, 'gb'), (2, 'de')")
    submit(lab, "jdbc.py", lab.work, f"jdbc:postgresql://127.0.0.1:{port}/shop")


def iceberg(lab):
    """Iceberg in a folder: insert, MERGE INTO, and a table made from a query."""
    submit(lab, "iceberg.py", lab.work, **{
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.type": "hadoop", "spark.sql.catalog.lake.warehouse": str(lab.work / "lake"),
    })


CASES = {"files": files, "jdbc": jdbc, "iceberg": iceberg}
