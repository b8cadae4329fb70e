import os

import sqlmesh_openlineage

sqlmesh_openlineage.install(url=os.environ["OPENLINEAGE_URL"], namespace="shop")

from sqlmesh.core.config import Config, DuckDBConnectionConfig, GatewayConfig, ModelDefaultsConfig  # noqa: E402

config = Config(
    gateways={"local": GatewayConfig(connection=DuckDBConnectionConfig(database=os.environ["SHOP_DB"]))},
    default_gateway="local",
    model_defaults=ModelDefaultsConfig(dialect="duckdb", start="2026-01-01"),
    disable_anonymized_analytics=True,
)
