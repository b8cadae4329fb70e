"""Debezium 3.5 as an engine in one process, on PostgreSQL 15 with logical decoding."""

import json

import lab as laboratory

TITLE = "Debezium 3.5"
LEFT_OUT = [
    "Kafka Connect: the engine runs the same connector and the same transform, without a broker.",
    "Debezium 3.3, which sends its connector's password in clear text: a recording is in `fixtures/recordings/debezium.ndjson`.",
]
COLUMNS = """query { dataset(namespace: "kafka://broker.example.org:9092", name: "shopdb.public.customers") { columns { name } } }"""


def postgres(lab):
    """Two tables into two topics: the rows that are there at the start."""
    port, sql = lab.stack.enter_context(laboratory.postgres(lab.work, logical=True))
    lab.names.append((f"127.0.0.1:{port}", "127.0.0.1:5432"))
    lab.names.append((f"database.port={port}", "database.port=5432"))
    sql("create table orders (id int primary key, customer int, amount numeric, status text)")
    sql("create table customers (id int primary key, name text)")
    sql("insert into orders values (1, 1, 5, 'paid'), (2, 2, 7, 'open'); insert into customers values (1, 'Ada'), (2, 'Emmy')")
    (lab.work / "openlineage.yml").write_text(json.dumps({"transport": {"type": "http", "url": lab.url, "endpoint": "/api/v1/lineage"}}))
    classes = ":".join(map(str, lab.jars()))
    lab.run("java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classes, lab.folder / "Capture.java", port, lab.work, 4)
    events = "\n".join(lab.server.events())
    lab.check("the connector's password is not in what it sends", "database.password=shop" not in events)
    lab.note("No event names both a table and its topic, so each topic is inferred from each table of the connector. In truth it is one topic from one table.")
    lab.server.settle()
    topic = lab.server.graphql(COLUMNS)["dataset"]
    found = {column["name"] for column in topic["columns"]}
    lab.check("the columns of a row are columns of the topic, by path", {"before.id", "before.name", "after.id", "after.name", "op"} <= found, sorted(found))


CASES = {"postgres": postgres}
