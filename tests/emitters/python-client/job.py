"""A made-up nightly load of a shop, told with the OpenLineage Python client.

What it says is what it does:

    load_orders     stg_orders      <- orders, customers    kept orders only, joined on the customer
    build_revenue   revenue         <- stg_orders           sum of paid orders by country
    score           scores, audit   <- stg_orders -> scores, customers -> audit (lineage facet)
    publish         lake folder     <- revenue              the folder is also the table lake.revenue
    read_lake       report          <- lake.revenue         reads it under its table name
    export_revenue  a file          <- revenue              fails
    weekly revenue  a dashboard     <- revenue              a job event
"""

import datetime
import sys
import uuid

from openlineage.client import OpenLineageClient
from openlineage.client import event_v2 as ol
from openlineage.client import facet_v2 as facet
from openlineage.client import set_producer
from openlineage.client.generated import lineage

POSTGRES, WAREHOUSE, LAKE = "postgres://db.example.org:5432", "warehouse", "s3://lake"
ORDERS, CUSTOMERS = (POSTGRES, "shop.public.orders"), (POSTGRES, "shop.public.customers")
STG_ORDERS, REVENUE = (WAREHOUSE, "staging.stg_orders"), (WAREHOUSE, "marts.revenue")
SCORES, AUDIT, REPORT = (WAREHOUSE, "ml.scores"), (WAREHOUSE, "ml.audit"), (WAREHOUSE, "marts.report")
FOLDER, TABLE, FILE = (LAKE, "marts/revenue"), ("hive://metastore.example.org:9083", "lake.revenue"), ("file", "/exports/revenue.csv")

column = facet.column_lineage_dataset
DIRECT = [column.Transformation("DIRECT", "IDENTITY")]
SUM = [column.Transformation("DIRECT", "AGGREGATION")]
JOIN, FILTER = [column.Transformation("INDIRECT", "JOIN")], [column.Transformation("INDIRECT", "FILTER")]
start = datetime.datetime(2026, 1, 31, 2, 0, tzinfo=datetime.timezone.utc)
minute = 0


def now() -> str:
    """A minute later each time: events of one run must be in order."""
    global minute
    minute += 1
    return (start + datetime.timedelta(minutes=minute)).isoformat()


def made_from(transformations, *sources):
    return column.Fields([column.InputField(*dataset, field, transformations) for dataset, field in sources])


def schema(*names):
    return facet.schema_dataset.SchemaDatasetFacet([facet.schema_dataset.SchemaDatasetFacetFields(name, "text") for name in names])


def out(dataset, **facets):
    return ol.OutputDataset(*dataset, facets=facets)


def run(client, name, inputs, outputs, sql=None, error=None):
    """One run of a job: START, then COMPLETE, or FAIL with a message."""
    facets = {"sql": facet.sql_job.SQLJobFacet(sql)} if sql else {}
    job = ol.Job("shop", name, facets)
    run_id = str(uuid.uuid4())
    inputs = [ol.InputDataset(*dataset) for dataset in inputs]
    client.emit(ol.RunEvent(eventTime=now(), eventType=ol.RunState.START, run=ol.Run(run_id), job=job, inputs=inputs, outputs=[]))
    failure = {"errorMessage": facet.error_message_run.ErrorMessageRunFacet(error, "python")} if error else {}
    state = ol.RunState.FAIL if error else ol.RunState.COMPLETE
    client.emit(ol.RunEvent(eventTime=now(), eventType=state, run=ol.Run(run_id, failure), job=job, inputs=inputs, outputs=outputs))


def main():
    set_producer("https://example.org/shop-jobs")
    client = OpenLineageClient()
    run(client, "load_orders", [ORDERS, CUSTOMERS], [out(
        STG_ORDERS,
        schema=schema("order_id", "country", "amount", "paid"),
        columnLineage=column.ColumnLineageDatasetFacet(
            fields={
                "order_id": made_from(DIRECT, (ORDERS, "id")),
                "country": made_from(DIRECT, (CUSTOMERS, "country")),
                "amount": made_from(DIRECT, (ORDERS, "price_cents"), (ORDERS, "quantity")),
                "paid": made_from(DIRECT, (ORDERS, "paid_at")),
            },
            dataset=[
                column.InputField(*ORDERS, "customer_id", JOIN), column.InputField(*CUSTOMERS, "id", JOIN),
                column.InputField(*ORDERS, "deleted", FILTER),
            ],
        ),
    )])
    run(client, "build_revenue", [STG_ORDERS], [out(
        REVENUE,
        schema=schema("country", "revenue"),
        columnLineage=column.ColumnLineageDatasetFacet(
            fields={"country": made_from(DIRECT, (STG_ORDERS, "country")), "revenue": made_from(SUM, (STG_ORDERS, "amount"))},
            dataset=[column.InputField(*STG_ORDERS, "paid", FILTER)],
        ),
    )], sql="create table marts.revenue as select country, sum(amount) as revenue from staging.stg_orders where paid is not null group by country")

    def source(dataset, field):
        return lineage.LineageDatasetInput(*dataset, type="DATASET", field=field)

    # One run, two outputs, each from one of the two inputs: pairing all with all would be wrong.
    run(client, "score", [STG_ORDERS, CUSTOMERS], [
        out(SCORES, lineage=lineage.LineageDatasetFacet(
            inputs=[lineage.LineageDatasetInput(*STG_ORDERS, type="DATASET")],
            fields={"score": lineage.LineageFieldEntry([source(STG_ORDERS, "amount")])})),
        out(AUDIT, lineage=lineage.LineageDatasetFacet(
            inputs=[lineage.LineageDatasetInput(*CUSTOMERS, type="DATASET")],
            fields={"customer": lineage.LineageFieldEntry([source(CUSTOMERS, "id")])})),
    ])
    symlinks = facet.symlinks_dataset.SymlinksDatasetFacet([facet.symlinks_dataset.Identifier(*TABLE, type="TABLE")])
    run(client, "publish", [REVENUE], [out(FOLDER, symlinks=symlinks)])
    run(client, "read_lake", [TABLE], [out(REPORT, schema=schema("country"))])
    run(client, "export_revenue", [REVENUE], [out(FILE)], error="No space left on device: /exports/revenue.csv")
    client.emit(ol.JobEvent(eventTime=now(), job=ol.Job("bi", "weekly revenue"), inputs=[ol.InputDataset(*REVENUE)]))
    owner = facet.ownership_dataset.OwnershipDatasetFacet([facet.ownership_dataset.Owner("team:finance", "MAINTAINER")])
    client.emit(ol.DatasetEvent(eventTime=now(), dataset=ol.StaticDataset(*REVENUE, facets={"ownership": owner})))
    if not client.close(timeout=60):
        sys.exit("the client did not send everything in time")


main()
