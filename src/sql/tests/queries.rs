//! Queries as they are written everywhere; the first ones are like those of TPC-H.

use super::super::Dialect::{Generic, Postgres};
use super::check;

const SHOP: &str = "
    customer(c_id, c_name, c_nation, c_segment, c_balance);
    orders(o_id, o_customer, o_status, o_total, o_date, o_priority);
    item(l_order, l_part, l_supplier, l_quantity, l_price, l_discount, l_tax, l_flag, l_ship, l_commit, l_receipt);
    part(p_id, p_name, p_brand, p_type, p_size);
    supplier(s_id, s_name, s_nation);
    supply(ps_part, ps_supplier, ps_cost, ps_left);
    nation(n_id, n_name, n_region);
    region(r_id, r_name)";

#[test]
fn sums_by_group() {
    check(Generic, SHOP, "
        SELECT l_flag, sum(l_quantity) AS quantity, sum(l_price * (1 - l_discount)) AS revenue, count(*) AS n
        FROM item WHERE l_ship <= DATE '1998-09-02' GROUP BY l_flag ORDER BY l_flag", "
        l_flag = item.l_flag:I
        quantity = item.l_quantity:A
        revenue = item.l_price:A item.l_discount:A
        n =
        * = item.l_flag:GS item.l_ship:F");
}

#[test]
fn least_cost_supplier() {
    check(Generic, SHOP, "
        SELECT s_name, n_name, p_id FROM part, supplier, supply, nation
        WHERE p_id = ps_part AND s_id = ps_supplier AND p_size = 15 AND s_nation = n_id
          AND ps_cost = (SELECT min(ps_cost) FROM supply, supplier WHERE p_id = ps_part AND s_id = ps_supplier)
        LIMIT 100", "
        s_name = supplier.s_name:I
        n_name = nation.n_name:I
        p_id = part.p_id:I
        * = part.p_id:F part.p_size:F supplier.s_id:F supplier.s_nation:F supply.ps_part:F supply.ps_supplier:F supply.ps_cost:F nation.n_id:F");
}

#[test]
fn shipping_priority() {
    check(Generic, SHOP, "
        SELECT l_order, sum(l_price * (1 - l_discount)) AS revenue, o_date
        FROM customer JOIN orders ON c_id = o_customer JOIN item ON l_order = o_id
        WHERE c_segment = 'BUILDING' GROUP BY l_order, o_date ORDER BY revenue DESC, o_date", "
        l_order = item.l_order:I
        revenue = item.l_price:A item.l_discount:A
        o_date = orders.o_date:I
        * = customer.c_id:J customer.c_segment:F orders.o_id:J orders.o_customer:J orders.o_date:GS item.l_order:JG item.l_price:S item.l_discount:S");
}

#[test]
fn exists_and_semi_joins() {
    check(
        Generic,
        SHOP,
        "
        SELECT o_priority, count(*) AS n FROM orders
        WHERE EXISTS (SELECT * FROM item WHERE l_order = o_id AND l_commit < l_receipt)
        GROUP BY o_priority",
        "
        o_priority = orders.o_priority:I
        n =
        * = orders.o_id:F orders.o_priority:G item.l_order:F item.l_commit:F item.l_receipt:F",
    );
    check(
        Postgres,
        SHOP,
        "SELECT s_name FROM supplier WHERE s_id NOT IN (SELECT ps_supplier FROM supply WHERE ps_left > 0)",
        "
        s_name = supplier.s_name:I
        * = supplier.s_id:F supply.ps_supplier:F supply.ps_left:F",
    );
}

#[test]
fn volume_between_nations() {
    check(Generic, SHOP, "
        SELECT supp_nation, l_year, sum(volume) AS revenue FROM (
          SELECT n1.n_name AS supp_nation, n2.n_name AS cust_nation, extract(year FROM l_ship) AS l_year,
                 l_price * (1 - l_discount) AS volume
          FROM supplier, item, orders, customer, nation n1, nation n2
          WHERE s_id = l_supplier AND o_id = l_order AND c_id = o_customer
            AND s_nation = n1.n_id AND c_nation = n2.n_id) AS shipping
        GROUP BY supp_nation, l_year", "
        supp_nation = nation.n_name:I
        l_year = item.l_ship:T
        revenue = item.l_price:A item.l_discount:A
        * = customer.c_id:F customer.c_nation:F orders.o_id:F orders.o_customer:F item.l_order:F item.l_supplier:F item.l_ship:G supplier.s_id:F supplier.s_nation:F nation.n_id:F nation.n_name:G");
}

#[test]
fn share_by_case() {
    check(Generic, SHOP, "
        SELECT 100.0 * sum(CASE WHEN p_type LIKE 'PROMO%' THEN l_price ELSE 0 END) / sum(l_price) AS share
        FROM item JOIN part ON l_part = p_id", "
        share = item.l_price:A part.p_type:C
        * = item.l_part:J part.p_id:J");
}

#[test]
fn view_and_having() {
    check(Generic, SHOP, "
        WITH revenue (supplier_no, total) AS (SELECT l_supplier, sum(l_price) FROM item GROUP BY l_supplier)
        SELECT s_id, total FROM supplier, revenue WHERE s_id = supplier_no
          AND total = (SELECT max(total) FROM revenue)", "
        s_id = supplier.s_id:I
        total = item.l_price:A
        * = item.l_supplier:GF item.l_price:F supplier.s_id:F");
    check(
        Generic,
        SHOP,
        "SELECT l_order FROM item GROUP BY l_order HAVING sum(l_quantity) > 300",
        "
        l_order = item.l_order:I
        * = item.l_order:G item.l_quantity:F",
    );
}

#[test]
fn left_join_and_derived_columns() {
    check(Generic, SHOP, "
        SELECT c_count, count(*) AS customers FROM (
          SELECT c_id, count(o_id) FROM customer LEFT OUTER JOIN orders ON c_id = o_customer GROUP BY c_id
        ) AS c (c_id, c_count) GROUP BY c_count", "
        c_count = orders.o_id:A
        customers =
        * = customer.c_id:JG orders.o_id:G orders.o_customer:J");
}

#[test]
fn chains_of_common_tables_with_stars() {
    check(Postgres, "raw.orders(id, customer_id, status, amount)", "
        WITH source AS (SELECT * FROM raw.orders),
             renamed AS (SELECT id AS order_id, customer_id, amount / 100.0 AS amount FROM source WHERE status <> 'x'),
             final AS (SELECT *, amount * 2 AS twice FROM renamed)
        SELECT * FROM final", "
        order_id = raw.orders.id:I
        customer_id = raw.orders.customer_id:I
        amount = raw.orders.amount:T
        twice = raw.orders.amount:T
        * = raw.orders.status:F");
}

#[test]
fn a_star_of_partly_known_columns_hands_on_what_is_named() {
    check(Postgres, "raw.orders(id, ...)", "
        WITH source AS (SELECT * FROM raw.orders), renamed AS (SELECT id AS order_id, amount FROM source)
        SELECT * FROM renamed", "
        order_id = raw.orders.id:I
        amount = raw.orders.amount:I");
    check(
        Postgres,
        "raw.orders(id, ...)",
        "SELECT *, 1 AS one FROM raw.orders",
        "
        id = raw.orders.id:I
        one =
        ...",
    );
}

#[test]
fn qualified_stars_and_aliases() {
    check(
        Postgres,
        "a(id, x); b(id, y)",
        "SELECT a.*, bb.y AS z FROM a JOIN b AS bb ON a.id = bb.id",
        "
        id = a.id:I
        x = a.x:I
        z = b.y:I
        * = a.id:J b.id:J",
    );
}

#[test]
fn using_makes_one_column_of_two() {
    check(
        Postgres,
        "a(id, x); b(id, y); c(id, z)",
        "SELECT * FROM a JOIN b USING (id) LEFT JOIN c USING (id)",
        "
        id = a.id:I b.id:I c.id:I
        x = a.x:I
        y = b.y:I
        z = c.z:I
        * = a.id:J b.id:J c.id:J",
    );
    check(
        Postgres,
        "a(id, x); b(id, y)",
        "SELECT id, y FROM a NATURAL JOIN b",
        "
        id = a.id:I b.id:I
        y = b.y:I
        * = a.id:J b.id:J",
    );
}

#[test]
fn unions_go_by_position() {
    check(
        Postgres,
        "a(id, x); b(k, y)",
        "SELECT id, x FROM a UNION ALL SELECT k, y + 1 FROM b",
        "
        id = a.id:I b.k:I
        x = a.x:I b.y:T",
    );
    check(
        Postgres,
        "a(id); b(k)",
        "SELECT id FROM a UNION SELECT k FROM b ORDER BY 1",
        "
        id = a.id:I b.k:I
        * = a.id:GS b.k:GS",
    );
    check(
        Postgres,
        "a(id, z); b(k)",
        "SELECT id FROM a EXCEPT SELECT k FROM b",
        "
        id = a.id:I
        * = a.id:F b.k:F",
    );
}

#[test]
fn windows() {
    check(
        Postgres,
        "s(day, shop, total)",
        "
        SELECT sum(total) OVER (PARTITION BY shop ORDER BY day) AS running,
               row_number() OVER w AS n, lag(total) OVER w AS before
        FROM s WINDOW w AS (PARTITION BY shop)",
        "
        running = s.day:W s.shop:W s.total:A
        n = s.shop:W
        before = s.shop:W s.total:T",
    );
}

#[test]
fn correlated_subqueries_and_scalars() {
    check(
        Postgres,
        "a(id, x); b(a_id, y, at)",
        "
        SELECT id, (SELECT max(y) FROM b WHERE b.a_id = a.id) AS top FROM a",
        "
        id = a.id:I
        top = a.id:F b.a_id:F b.y:A",
    );
    check(Postgres, "a(id, x); b(a_id, y, at)", "
        SELECT a.id, l.y FROM a CROSS JOIN LATERAL (SELECT y FROM b WHERE b.a_id = a.id ORDER BY at LIMIT 1) l", "
        id = a.id:I
        y = b.y:I
        * = a.id:F b.a_id:F b.at:S");
}

#[test]
fn distinct_depends_on_all_columns() {
    check(
        Postgres,
        "a(id, x, y)",
        "SELECT DISTINCT x, y FROM a",
        "
        x = a.x:I
        y = a.y:I
        * = a.x:G a.y:G",
    );
    check(
        Postgres,
        "a(id, x, y)",
        "SELECT DISTINCT ON (id) x FROM a ORDER BY id, y DESC",
        "
        x = a.x:I
        * = a.id:GS a.y:S",
    );
}

#[test]
fn recursive_queries() {
    check(
        Postgres,
        "staff(id, boss, name)",
        "
        WITH RECURSIVE chain (id, top, depth) AS (
          SELECT id, name, 0 FROM staff WHERE boss IS NULL
          UNION ALL
          SELECT s.id, c.top, c.depth + 1 FROM staff s JOIN chain c ON s.boss = c.id)
        SELECT * FROM chain",
        "
        id = staff.id:I
        top = staff.name:I
        depth =
        * = staff.id:J staff.boss:JF",
    );
}

#[test]
fn names_that_differ_by_case() {
    check(
        Postgres,
        "Shop.TA(ID, Name)",
        "SELECT ta.id, \"NAME\" AS n FROM shop.ta",
        "
        id = Shop.TA.ID:I
        n = Shop.TA.Name:I",
    );
    check(
        Postgres,
        "t(a, A)",
        "SELECT a AS x, \"A\" AS y FROM t",
        "
        x = t.a:I
        y = t.A:I",
    );
}

#[test]
fn names_are_looked_up_by_all_their_parts() {
    check(
        Postgres,
        "db.s1.t(a); db.s2.t(a)",
        "SELECT a FROM s2.t",
        "a = db.s2.t.a:I",
    );
    check(
        Postgres,
        "db.s1.t(a); db.s2.t(a)",
        "SELECT a FROM t",
        "
        a = ?
        ! AMBIGUOUS_DATASET",
    );
    check(Postgres, "s1.t(a)", "SELECT a FROM db.s1.t", "a = s1.t.a:I");
}

#[test]
fn a_common_table_hides_a_dataset_of_its_name() {
    check(
        Postgres,
        "orders(id, x)",
        "
        WITH orders AS (SELECT id AS oid FROM orders) SELECT oid FROM orders",
        "oid = orders.id:I",
    );
}

#[test]
fn nested_with_and_values() {
    check(
        Postgres,
        "t(a)",
        "
        WITH x AS (WITH y AS (SELECT a AS b FROM t) SELECT b AS c FROM y)
        SELECT c, v.n FROM x JOIN (VALUES (1, 'a'), (2, 'b')) AS v (k, n) ON v.k = x.c",
        "
        c = t.a:I
        n =
        * = t.a:J",
    );
}
