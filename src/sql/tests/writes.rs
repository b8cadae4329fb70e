//! Statements that write.

use super::super::Dialect::{
    BigQuery, Databricks, DuckDb, Generic, MySql, Postgres, Snowflake, Spark, TSql,
};
use super::super::{Context, Verb, read};
use super::{check, relations};

#[test]
fn insert_by_columns_and_by_order() {
    check(
        Postgres,
        "t(a, b); s(x, y)",
        "INSERT INTO t (b, a) SELECT x, y + 1 FROM s",
        "
        > t
        b = s.x:I
        a = s.y:T",
    );
    check(
        Postgres,
        "t(a, b); s(x, y)",
        "INSERT INTO t SELECT * FROM s WHERE x > 0",
        "
        > t
        a = s.x:I
        b = s.y:I
        * = s.x:F",
    );
    check(
        Postgres,
        "t(a); s(x)",
        "INSERT INTO t (a) VALUES (1), (2)",
        "> t",
    );
    check(
        Postgres,
        "t(a); s(x)",
        "WITH w AS (SELECT x FROM s) INSERT INTO t SELECT x FROM w",
        "
        > t
        a = s.x:I",
    );
}

#[test]
fn insert_where_positions_are_not_known() {
    check(
        Postgres,
        "t(a, ...); s(x)",
        "INSERT INTO t SELECT x FROM s",
        "
        > t
        ...
        ! UNKNOWN_POSITIONS",
    );
    check(
        Postgres,
        "t(a, b); s(x, ...)",
        "INSERT INTO t (a, b) SELECT * FROM s",
        "
        > t
        ...
        ! UNKNOWN_POSITIONS",
    );
    check(
        Postgres,
        "t(a, b); s(x)",
        "INSERT INTO t SELECT x FROM s",
        "
        > t
        ...
        ! UNKNOWN_POSITIONS",
    );
}

#[test]
fn insert_overwrite_of_a_partition() {
    check(
        Spark,
        "t(a, b, day); s(x, y)",
        "INSERT OVERWRITE TABLE t PARTITION (day = '2026-01-01') SELECT x, y FROM s",
        "
        > t
        a = s.x:I
        b = s.y:I",
    );
    check(
        DuckDb,
        "t(a, b); s(b, a)",
        "INSERT INTO t BY NAME SELECT * FROM s",
        "
        > t
        b = s.b:I
        a = s.a:I",
    );
}

#[test]
fn upserts() {
    check(
        Postgres,
        "t(id, n, at); s(id, n)",
        "
        INSERT INTO t (id, n) SELECT id, n FROM s
        ON CONFLICT (id) DO UPDATE SET n = excluded.n + t.n, at = now()",
        "
        > t
        id = s.id:I
        n = t.n:T s.n:IT
        at =",
    );
}

#[test]
fn tables_and_views_from_queries() {
    check(
        Snowflake,
        "DB.S.T(A, B)",
        "CREATE OR REPLACE TABLE db.s.u AS SELECT a, b || 'x' AS bb FROM db.s.t",
        "
        > (db.s.u)
        a = DB.S.T.A:I
        bb = DB.S.T.B:T",
    );
    check(
        Postgres,
        "s.t(a); s.v(one)",
        "CREATE VIEW s.v (one) AS SELECT a FROM s.t",
        "
        > s.v
        one = s.t.a:I",
    );
    check(
        TSql,
        "t(a, b)",
        "SELECT a, b INTO dbo.copy FROM t",
        "
        > (dbo.copy)
        a = t.a:I
        b = t.b:I",
    );
    check(
        Snowflake,
        "t(a, b)",
        "CREATE TABLE c CLONE t",
        "
        > (c)
        a = t.a:I
        b = t.b:I",
    );
}

#[test]
fn tables_made_on_the_way_are_seen_through() {
    check(
        Postgres,
        "s(x, y, z); t(a)",
        "
        CREATE TEMP TABLE tmp AS SELECT x + 1 AS x1, y FROM s WHERE z > 0;
        INSERT INTO t (a) SELECT x1 FROM tmp WHERE y = 1",
        "
        > t
        a = s.x:T
        * = s.y:F s.z:F",
    );
    check(
        TSql,
        "s(x); u(x); t(a)",
        "
        CREATE TABLE #tmp (v int);
        INSERT INTO #tmp (v) SELECT x FROM s;
        INSERT INTO #tmp (v) SELECT x FROM u;
        INSERT INTO t (a) SELECT v FROM #tmp",
        "
        > t
        a = s.x:I u.x:I",
    );
}

#[test]
fn trap_14_merge_names_its_source_table() {
    check(
        Spark,
        "db.customers(id, name, city); db.changes(id, name, city)",
        "
        MERGE INTO spark_catalog.db.customers t USING spark_catalog.db.changes s ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET t.name = s.name, t.city = upper(s.city)
        WHEN NOT MATCHED THEN INSERT (id, name, city) VALUES (s.id, s.name, s.city)",
        "
        > db.customers
        name = db.changes.name:I
        city = db.changes.city:IT
        id = db.changes.id:I
        * = db.customers.id:J db.changes.id:J",
    );
}

#[test]
fn merge_with_stars() {
    check(
        Databricks,
        "t(id, a, ...); s(id, ...)",
        "
        MERGE INTO t USING (SELECT * FROM s WHERE live) s ON t.id = s.id AND t.a > 0
        WHEN MATCHED AND s.gone THEN DELETE
        WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
        "
        > t
        id = s.id:I
        a = s.a:I
        ...
        * = t.id:J t.a:J s.id:J s.live:F s.gone:F",
    );
    check(
        BigQuery,
        "t(id, a); s(x, y)",
        "
        MERGE t USING s ON t.id = s.x WHEN NOT MATCHED THEN INSERT ROW",
        "
        > t
        id = s.x:I
        a = s.y:I
        * = t.id:J s.x:J",
    );
}

#[test]
fn merge_from_a_query() {
    check(
        Snowflake,
        "TGT(ID, TOTAL); SRC(ID, AMOUNT, DAY)",
        "
        merge into tgt using (select id, sum(amount) as total from src where day > 3 group by id) q
        on tgt.id = q.id when matched then update set total = tgt.total + q.total
        when not matched then insert (id, total) values (q.id, q.total)",
        "
        > TGT
        TOTAL = TGT.TOTAL:T SRC.AMOUNT:A
        ID = SRC.ID:I
        * = TGT.ID:J SRC.ID:JG SRC.DAY:F",
    );
}

#[test]
fn updates() {
    check(
        Postgres,
        "t(id, a, b); s(id, x)",
        "UPDATE t SET a = s.x, b = t.b + 1 FROM s WHERE s.id = t.id",
        "
        > t
        a = t.id:F s.id:F s.x:I
        b = t.id:F t.b:T s.id:F",
    );
    check(
        TSql,
        "dbo.t(id, a); dbo.s(id, x)",
        "UPDATE q SET a = s.x FROM dbo.t AS q JOIN dbo.s AS s ON s.id = q.id",
        "
        > dbo.t
        a = dbo.t.id:J dbo.s.id:J dbo.s.x:I",
    );
    check(
        MySql,
        "t(id, a); s(id, x)",
        "UPDATE t JOIN s ON s.id = t.id SET t.a = s.x",
        "
        > t
        a = t.id:J s.id:J s.x:I",
    );
    check(
        Postgres,
        "t(id, a, b); s(id, x, y)",
        "
        UPDATE t SET (a, b) = (SELECT x, y FROM s WHERE s.id = t.id)",
        "
        > t
        a = t.id:F s.id:F s.x:I
        b = t.id:F s.id:F s.y:I",
    );
}

#[test]
fn deletes() {
    check(
        Postgres,
        "t(id); s(id)",
        "DELETE FROM t WHERE id IN (SELECT id FROM s)",
        "
        > t
        * = t.id:F s.id:F",
    );
    check(
        Postgres,
        "t(id); s(id, f)",
        "DELETE FROM t USING s WHERE s.id = t.id AND s.f",
        "
        > t
        * = t.id:F s.id:F s.f:F",
    );
}

#[test]
fn a_query_fills_the_target_that_is_known_from_elsewhere() {
    let context = Context {
        dialect: Generic,
        relations: relations("m(Total, n); s(x)"),
        target: Some(0),
        ..Context::default()
    };
    let statements = read("select sum(x) as total, count(*) from s", &context);
    assert_eq!(
        super::told(&context, &statements[0]),
        ["> m", "Total = s.x:A", "...", "! UNNAMED_COLUMN",]
    );
}

#[test]
fn what_moves_no_data_is_told_as_nothing() {
    let context = Context::default();
    let text =
        "SET x = 1; DROP TABLE a; TRUNCATE TABLE b; CREATE TABLE c (d int); GRANT SELECT ON a TO b";
    let statements = read(text, &context);
    assert_eq!(statements.len(), 5);
    for statement in statements {
        assert_eq!(statement.verb, Verb::Other);
        assert!(statement.is_complete(), "{statement:?}");
        assert!(statement.columns.is_empty() && statement.target.is_none());
    }
}
