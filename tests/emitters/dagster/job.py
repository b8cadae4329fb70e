"""Three assets of a shop, one check that fails, one asset that fails."""

import sys

import dagster as dg


@dg.asset
def raw_orders():
    schema = dg.TableSchema([dg.TableColumn("id", "int"), dg.TableColumn("cents", "int"), dg.TableColumn("note", "text")])
    return dg.MaterializeResult(metadata={"dagster/row_count": 2, "dagster/column_schema": schema})


@dg.asset(deps=[raw_orders])
def stg_orders():
    lineage = dg.TableColumnLineage({
        "order_id": [dg.TableColumnDep(asset_key="raw_orders", column_name="id")],
        "amount": [dg.TableColumnDep(asset_key="raw_orders", column_name="cents")],
    })
    schema = dg.TableSchema([dg.TableColumn("order_id", "int"), dg.TableColumn("amount", "double")])
    return dg.MaterializeResult(metadata={"dagster/column_lineage": lineage, "dagster/column_schema": schema})


@dg.asset(deps=[stg_orders])
def revenue():
    lineage = dg.TableColumnLineage({"revenue": [dg.TableColumnDep(asset_key="stg_orders", column_name="amount")]})
    return dg.MaterializeResult(metadata={"dagster/column_lineage": lineage})


@dg.asset_check(asset=revenue)
def revenue_is_high():
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, metadata={"total": 12})


@dg.asset(deps=[revenue])
def weights():
    raise RuntimeError("the scales are broken")


defs = dg.Definitions(assets=[raw_orders, stg_orders, revenue, weights], asset_checks=[revenue_is_high])

if __name__ == "__main__":
    with dg.DagsterInstance.get() as instance:
        good = dg.materialize([raw_orders, stg_orders, revenue, revenue_is_high], instance=instance)
        bad = dg.materialize([revenue, weights], instance=instance, selection=[weights], raise_on_error=False)
        sys.exit(0 if good.success and not bad.success else "the runs did not end as they should")
