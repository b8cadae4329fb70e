"""From PostgreSQL over JDBC to a folder, and back into another table."""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

work, url = sys.argv[1], sys.argv[2]
spark = SparkSession.builder.appName("jdbc").getOrCreate()
access = {"user": "shop", "password": "shop", "driver": "org.postgresql.Driver"}

orders = spark.read.jdbc(url, "public.orders", properties=access)
lines = orders.where(orders.status == "paid").select(orders.id.alias("order_id"), (orders.price * orders.quantity).alias("amount"))
lines.write.mode("overwrite").parquet(f"{work}/lake/lines")

query = "(select c.id as customer, c.country, o.price from public.orders o join public.customers c on c.id = o.customer) q"
joined = spark.read.jdbc(url, query, properties=access)
totals = joined.groupBy("country").agg(f.sum("price").alias("total"))
totals.write.mode("overwrite").jdbc(url, "public.totals", properties=access)
spark.stop()
