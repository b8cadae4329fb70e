"""Checks a table of an SQLite file with a real checkpoint; one of three expectations fails."""

import sqlite3
import sys

from great_expectations.checkpoint import Checkpoint
from great_expectations.core.batch import BatchRequest
from great_expectations.data_context import BaseDataContext
from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

path = sys.argv[1]
with sqlite3.connect(path) as database:
    database.execute("create table orders (id integer, amount real, status text)")
    database.executemany("insert into orders values (?, ?, ?)", [(1, 5.0, "paid"), (2, None, "paid"), (3, 9.0, "open")])

context = BaseDataContext(project_config=DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults(), anonymous_usage_statistics={"enabled": False}))
context.add_datasource(
    "shop", class_name="Datasource",
    execution_engine={"class_name": "SqlAlchemyExecutionEngine", "connection_string": f"sqlite:///{path}"},
    data_connectors={"tables": {"class_name": "InferredAssetSqlDataConnector", "include_schema_name": True}},
)
context.create_expectation_suite("orders")
request = BatchRequest(datasource_name="shop", data_connector_name="tables", data_asset_name="main.orders")
validator = context.get_validator(batch_request=request, expectation_suite_name="orders")
validator.expect_table_row_count_to_equal(3)
validator.expect_column_values_to_not_be_null("id")
validator.expect_column_values_to_not_be_null("amount")
validator.save_expectation_suite(discard_failed_expectations=False)

action = {
    "name": "openlineage",
    "action": {
        "class_name": "OpenLineageValidationAction", "module_name": "openlineage.common.provider.great_expectations",
        "openlineage_namespace": "shop", "job_name": "check_orders",
    },
}
store = {"name": "store", "action": {"class_name": "StoreValidationResultAction"}}
checkpoint = Checkpoint(
    name="orders", data_context=context, config_version=1.0, run_name_template="orders",
    validations=[{"batch_request": request, "expectation_suite_name": "orders"}], action_list=[store, action],
)
outcome = checkpoint.run()
sys.exit("one expectation should fail and did not" if outcome.success else 0)
