"""Revenue by country from two CSV files, orders by day, and two writes that fail."""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

work = sys.argv[1]
spark = SparkSession.builder.appName("files").getOrCreate()
orders = spark.read.csv(f"{work}/in/orders", header=True, inferSchema=True)
customers = spark.read.csv(f"{work}/in/customers", header=True, inferSchema=True)

kept = orders.where(orders.status != "cancelled").join(customers, orders.customer == customers.id)
revenue = kept.groupBy(customers.country).agg(
    f.sum(orders.price * orders.quantity).alias("revenue"), f.max(orders.day).alias("last_day"))
revenue.write.mode("overwrite").parquet(f"{work}/lake/revenue")

by_day = kept.select(orders.id.alias("order_id"), f.upper(customers.country).alias("country"), orders.day)
by_day.write.mode("overwrite").partitionBy("day").parquet(f"{work}/lake/by_day")

spark.read.parquet(f"{work}/lake/revenue").where("revenue > 10").select("country", "revenue").write.mode("overwrite").json(f"{work}/lake/report")



def must_fail(data, folder):
    try:
        data.write.mode("overwrite").parquet(f"{work}/lake/{folder}")
    except Exception as error:
        print(f"failed as it should: {str(error)[:80]}")
    else:
        sys.exit(f"the write of {folder} should fail and did not")


# Fails in a task, after the job has started to write.
weight = f.raise_error(f.concat(f.lit("no scales for "), orders.status)).cast("string")
must_fail(orders.select(orders.id, weight.alias("weight")), "weights")
# Fails before any task: Parquet cannot hold a column without a type.
must_fail(orders.select(orders.id, f.lit(None).alias("nothing")), "untyped")
spark.stop()
