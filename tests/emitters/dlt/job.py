"""Orders with their lines from a list into DuckDB, and a load that fails."""

import os
import sys

import dlt
import dlt_openlineage

dlt_openlineage.install(url=os.environ["OPENLINEAGE_URL"], namespace="shop")


@dlt.resource(name="orders")
def orders():
    yield [
        {"id": 1, "customer": "Ada", "lines": [{"article": "tea", "price": 5}, {"article": "mug", "price": 7}]},
        {"id": 2, "customer": "Emmy", "lines": [{"article": "tea", "price": 5}]},
    ]


@dlt.resource(name="customers")
def customers():
    yield [{"name": "Ada", "country": "gb"}, {"name": "Emmy", "country": "de"}]


@dlt.resource(name="prices")
def prices():
    yield {"article": "tea", "price": 5}
    raise RuntimeError("the price list is torn")


database = dlt.destinations.duckdb(sys.argv[1])
# Two resources, two tables each from one of them: `raw.orders__lines` is made from `orders`.
dlt.pipeline("shop_load", destination=database, dataset_name="raw").run([orders(), customers()])
try:
    dlt.pipeline("price_load", destination=database, dataset_name="raw").run(prices())
except Exception as error:
    print(f"failed as it should: {type(error).__name__}")
else:
    sys.exit("the load that should fail did not")
