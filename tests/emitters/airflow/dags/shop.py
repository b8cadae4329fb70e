"""Two DAGs of a shop: one whose tasks declare inlets and outlets, one that fails."""

import datetime

from airflow.providers.common.compat.openlineage.facet import Dataset
from airflow.sdk import dag, task

ORDERS = Dataset(namespace="postgres://db.example.org:5432", name="shop.public.orders")
CUSTOMERS = Dataset(namespace="postgres://db.example.org:5432", name="shop.public.customers")
STG = Dataset(namespace="warehouse", name="staging.orders")
REVENUE = Dataset(namespace="warehouse", name="marts.revenue")
FILE = Dataset(namespace="file", name="/exports/revenue.csv")
start = datetime.datetime(2026, 1, 1)


@dag(start_date=start, schedule=None, tags=["shop"])
def shop_load():
    @task(inlets=[ORDERS, CUSTOMERS], outlets=[STG])
    def stage():
        return 2

    @task(inlets=[STG], outlets=[REVENUE])
    def sum_up(count: int):
        return count

    sum_up(stage())


@dag(start_date=start, schedule=None)
def shop_export():
    @task(inlets=[REVENUE], outlets=[FILE])
    def export():
        raise RuntimeError("the printer is on fire")

    export()


shop_load()
shop_export()
