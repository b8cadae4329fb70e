"""An Iceberg table that is made, filled, and merged into."""

import sys

from pyspark.sql import SparkSession

work = sys.argv[1]
spark = SparkSession.builder.appName("iceberg").getOrCreate()
spark.sql("create table lake.shop.customers (id int, name string, country string) using iceberg")
spark.sql("create table lake.shop.changes (id int, name string, country string) using iceberg")
spark.sql("insert into lake.shop.changes values (1, 'Ada', 'gb'), (2, 'Emmy', 'de')")
spark.sql("""
    merge into lake.shop.customers t using (select id, name, upper(country) as country from lake.shop.changes) s on t.id = s.id
    when matched then update set t.country = s.country
    when not matched then insert (id, name, country) values (s.id, s.name, s.country)
""")
spark.sql("create table lake.shop.by_country using iceberg as select country, count(name) as customers from lake.shop.customers group by country")
spark.stop()
