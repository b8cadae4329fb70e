//! What one dialect has and others have not.

use super::super::Dialect::{
    BigQuery, Databricks, DuckDb, Generic, MySql, Postgres, Redshift, Snowflake, Spark, Sqlite,
    TSql, Trino,
};
use super::check;

#[test]
fn snowflake() {
    check(
        Snowflake,
        "DB.RAW.EVENTS(ID, SRC, AT)",
        "
        select id, src:customer.name::string as customer, f.value:sku::string as sku
        from db.raw.events, lateral flatten(input => src:items) f",
        "
        id = DB.RAW.EVENTS.ID:I
        customer = DB.RAW.EVENTS.SRC:T
        sku = DB.RAW.EVENTS.SRC:T",
    );
    check(
        Snowflake,
        "T(ID, AT, X)",
        "
        select id, x from t qualify row_number() over (partition by id order by at desc) = 1",
        "
        id = T.ID:I
        x = T.X:I
        * = T.ID:F T.AT:F",
    );
    check(
        Snowflake,
        "T(A, B)",
        "select a + 1 as c, c * 2 as d from t",
        "
        c = T.A:T
        d = T.A:T",
    );
    check(
        Snowflake,
        "T(A, B, C)",
        "select * exclude (b) rename (c as d) from t",
        "
        A = T.A:I
        d = T.C:I",
    );
    check(
        Snowflake,
        "T(S, E)",
        "select datediff(day, s, e) as days, dateadd(month, 1, s) as next from t",
        "
        days = T.S:T T.E:T
        next = T.S:T",
    );
    check(
        Snowflake,
        "T(A, K)",
        "select iff(k = 1, a, 0) as x, listagg(a, ',') within group (order by k) as l from t",
        "
        x = T.A:T T.K:C
        l = T.A:A T.K:A",
    );
}

#[test]
fn bigquery() {
    check(BigQuery, "p.d.orders(id, items, customer)", "
        select o.id, item.sku, o.customer.name as name from `p.d.orders` o, unnest(o.items) as item", "
        id = p.d.orders.id:I
        sku = p.d.orders.items:T
        name = p.d.orders.customer:T");
    check(
        BigQuery,
        "p.d.t(a, b, c)",
        "select * except (b) replace (c + 1 as c) from `p`.d.t",
        "
        a = p.d.t.a:I
        c = p.d.t.c:T",
    );
    check(
        BigQuery,
        "d.t(id, tags)",
        "select id, tag from d.t, t.tags as tag",
        "
        id = d.t.id:I
        tag = d.t.tags:T",
    );
    check(
        BigQuery,
        "d.t(a, b, at)",
        "
        select struct(a as x, b as y) as s, array_agg(b order by at limit 1)[offset(0)] as top,
               timestamp_trunc(at, day) as d, countif(a > 0) as n
        from d.t",
        "
        s = d.t.a:T d.t.b:T
        top = d.t.b:A d.t.at:S
        d = d.t.at:T
        n = d.t.a:A",
    );
    check(
        BigQuery,
        "d.sales(shop, quarter, amount)",
        "
        select * from (select shop, quarter, amount from d.sales)
        pivot (sum(amount) as total for quarter in ('Q1', 'Q2'))",
        "
        shop = d.sales.shop:I
        total_Q1 = d.sales.quarter:C d.sales.amount:A
        total_Q2 = d.sales.quarter:C d.sales.amount:A
        * = d.sales.shop:G",
    );
}

#[test]
fn spark_and_databricks() {
    check(
        Spark,
        "db.t(id, items)",
        "
        select id, item.sku from db.t lateral view explode(items) x as item",
        "
        id = db.t.id:I
        sku = db.t.items:T",
    );
    check(
        Spark,
        "a(id); b(id)",
        "select id from a left anti join b on a.id = b.id",
        "
        id = a.id:I
        * = a.id:J b.id:J",
    );
    check(
        Databricks,
        "t(xs, k)",
        "select transform(xs, x -> x + k) as ys, collect_list(k) as ks from t",
        "
        ys = t.xs:T t.k:T
        ks = t.k:A",
    );
    check(Spark, "t(a)", "select `a` from `t`", "a = t.a:I");
}

#[test]
fn postgres() {
    check(
        Postgres,
        "t(doc, at, xs)",
        "
        select doc->>'name' as name, doc #>> '{a,b}' as ab, date_trunc('month', at)::date as m, x.v
        from t, unnest(xs) as x(v) where at > now() - interval '1 day'",
        "
        name = t.doc:T
        ab = t.doc:T
        m = t.at:T
        v = t.xs:T
        * = t.at:F",
    );
    check(
        Postgres,
        "t(a, b)",
        "select count(*) filter (where a > 0) as n, string_agg(b, ',' order by a) as s, a::text from t group by a",
        "
        n = t.a:C
        s = t.a:S t.b:A
        a = t.a:T
        * = t.a:G",
    );
    check(
        Postgres,
        "t(a)",
        "select max(a), coalesce(a, 0) from t",
        "
        max = t.a:A
        coalesce = t.a:T",
    );
    check(
        Postgres,
        "t(id, n)",
        "select g.day, t.n from generate_series(1, 10) as g(day) left join t on t.id = g.day",
        "
        day =
        n = t.n:I
        * = t.id:J",
    );
    check(
        Postgres,
        "t(a, b)",
        "select row_to_json(t) as j from t",
        "j = t.a:T t.b:T",
    );
    check(
        Postgres,
        "t(a, b, c)",
        "select a, b, sum(c) as s from t group by grouping sets ((a), (a, b), ())",
        "
        a = t.a:I
        b = t.b:I
        s = t.c:A
        * = t.a:G t.b:G",
    );
}

#[test]
fn redshift() {
    check(Redshift, "s.t(id, at, v)", "
        select id, v as w, w + 1 as z, listagg(v, ',') within group (order by at) over (partition by id) as l from s.t", "
        id = s.t.id:I
        w = s.t.v:I
        z = s.t.v:T
        l = s.t.id:W s.t.at:A s.t.v:A");
}

#[test]
fn duckdb() {
    check(
        DuckDb,
        "t(a, b, c)",
        "from t select a, b where c",
        "
        a = t.a:I
        b = t.b:I
        * = t.c:F",
    );
    check(
        DuckDb,
        "t(a, b)",
        "select * exclude (a) from t",
        "b = t.b:I",
    );
    check(
        DuckDb,
        "t(a, b)",
        "select b, sum(a) as s from t group by all order by all",
        "
        b = t.b:I
        s = t.a:A
        * = t.a:S t.b:GS",
    );
    check(
        DuckDb,
        "a(x, y); b(y, z)",
        "select * from a union all by name select * from b",
        "
        x = a.x:I
        y = a.y:I b.y:I
        z = b.z:I",
    );
    check(
        DuckDb,
        "\"main\".t(a)",
        "select \"a\" from main.t",
        "
        a = ?
        ! UNKNOWN_DATASET",
    );
}

#[test]
fn trino() {
    check(
        Trino,
        "hive.s.t(id, tags)",
        "
        select id, tag from hive.s.t cross join unnest(tags) as x (tag)",
        "
        id = hive.s.t.id:I
        tag = hive.s.t.tags:T",
    );
    check(
        Trino,
        "s.t(a, b)",
        "select approx_distinct(a) as n, if(b > 0, a) as c, try_cast(a as bigint) as d from s.t",
        "
        n = s.t.a:A
        c = s.t.a:T s.t.b:C
        d = s.t.a:T",
    );
}

#[test]
fn tsql() {
    check(TSql, "dbo.t(id, a, at)", "
        select top 10 [id], isnull(a, 0) as a, datediff(day, at, getdate()) as age from [dbo].[t] with (nolock) order by at", "
        id = dbo.t.id:I
        a = dbo.t.a:T
        age = dbo.t.at:T
        * = dbo.t.at:S");
    check(
        TSql,
        "o(id); l(oid, n)",
        "select o.id, x.n from o outer apply (select max(n) as n from l where l.oid = o.id) x",
        "
        id = o.id:I
        n = l.n:A
        * = o.id:F l.oid:F",
    );
    check(
        TSql,
        "s(k, v, q)",
        "select k, [1], [2] from (select k, v, q from s) x pivot (sum(v) for q in ([1], [2])) p",
        "
        k = s.k:I
        1 = s.v:A s.q:C
        2 = s.v:A s.q:C
        * = s.k:G",
    );
    check(
        TSql,
        "s(k, a, b)",
        "select k, n, v from s unpivot (v for n in (a, b)) u",
        "
        k = s.k:I
        n =
        v = s.a:I s.b:I",
    );
}

#[test]
fn mysql_and_sqlite() {
    check(
        MySql,
        "t(a, b)",
        "select `a`, group_concat(b separator ';') as bs, if(a, b, null) as c from t",
        "
        a = t.a:I
        bs = t.b:A
        c = t.a:C t.b:T",
    );
    check(
        Sqlite,
        "t(a, b)",
        "select a, b from t where rowid > 5",
        "
        a = t.a:I
        b = t.b:I",
    );
}

#[test]
fn what_a_dialect_refuses_is_read_as_generic_sql() {
    check(
        Postgres,
        "t(id, at)",
        "select id from t qualify row_number() over (order by at) = 1",
        "
        id = t.id:I
        * = t.at:F",
    );
    check(Generic, "t(id)", "select id::int as i from t", "i = t.id:T");
}
