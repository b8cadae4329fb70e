//! What the shop's models are made from: the tables of `fixtures/emitters/dbt-shop/TRUTH.md`, read
//! from the SQL by hand. Names are short.

/// Each mart column, and the raw columns that the default recording names for it; those that decide
/// about all of its mart's rows apart.
pub const MARTS: [(&str, &[&str]); 13] = [
    ("fct_orders.order_id", &["raw_orders.id"]),
    ("fct_orders.customer_id", &["raw_orders.customer_id"]),
    ("fct_orders.country", &["raw_customers.country"]),
    ("fct_orders.ordered_on", &["raw_orders.ordered_on"]),
    ("fct_orders.amount", &["raw_payments.amount_cents"]),
    (
        "fct_orders.net_amount",
        &["raw_orders.coupon_code", "raw_payments.amount_cents"],
    ),
    ("dim_customers.customer_id", &["raw_customers.id"]),
    (
        "dim_customers.full_name",
        &["raw_customers.first_name", "raw_customers.last_name"],
    ),
    ("dim_customers.email", &["raw_customers.email"]),
    (
        "dim_customers.signed_up_on",
        &["raw_customers.signed_up_on"],
    ),
    ("dim_customers.order_count", &["raw_orders.id"]),
    (
        "dim_customers.lifetime_value",
        &["raw_payments.amount_cents"],
    ),
    ("dim_customers.first_order_on", &["raw_orders.ordered_on"]),
];

/// Each column of each model, and the columns that its own run names.
pub const MODELS: [(&str, &[&str]); 36] = [
    ("stg_customers.customer_id", &["raw_customers.id"]),
    (
        "stg_customers.full_name",
        &["raw_customers.first_name", "raw_customers.last_name"],
    ),
    ("stg_customers.email", &["raw_customers.email"]),
    ("stg_customers.country", &["raw_customers.country"]),
    (
        "stg_customers.signed_up_on",
        &["raw_customers.signed_up_on"],
    ),
    ("stg_orders.order_id", &["raw_orders.id"]),
    ("stg_orders.customer_id", &["raw_orders.customer_id"]),
    ("stg_orders.ordered_on", &["raw_orders.ordered_on"]),
    ("stg_orders.status", &["raw_orders.status"]),
    ("stg_orders.has_coupon", &["raw_orders.coupon_code"]),
    ("stg_payments.payment_id", &["raw_payments.id"]),
    ("stg_payments.order_id", &["raw_payments.order_id"]),
    ("stg_payments.method", &["raw_payments.method"]),
    ("stg_payments.amount", &["raw_payments.amount_cents"]),
    ("stg_payments.paid_at", &["raw_payments.paid_at"]),
    ("int_order_payments.order_id", &["stg_orders.order_id"]),
    (
        "int_order_payments.customer_id",
        &["stg_orders.customer_id"],
    ),
    ("int_order_payments.ordered_on", &["stg_orders.ordered_on"]),
    ("int_order_payments.status", &["stg_orders.status"]),
    ("int_order_payments.has_coupon", &["stg_orders.has_coupon"]),
    ("int_order_payments.amount", &["stg_payments.amount"]),
    ("int_order_payments.last_paid_at", &["stg_payments.paid_at"]),
    // `count(*)` in a CTE: its source is the CTE, which dbt-ol takes for a dataset.
    ("int_order_payments.payment_count", &["paid.payment_count"]),
    ("fct_orders.order_id", &["int_order_payments.order_id"]),
    (
        "fct_orders.customer_id",
        &["int_order_payments.customer_id"],
    ),
    ("fct_orders.country", &["stg_customers.country"]),
    ("fct_orders.ordered_on", &["int_order_payments.ordered_on"]),
    ("fct_orders.amount", &["int_order_payments.amount"]),
    (
        "fct_orders.net_amount",
        &["int_order_payments.amount", "int_order_payments.has_coupon"],
    ),
    ("dim_customers.customer_id", &["stg_customers.customer_id"]),
    ("dim_customers.full_name", &["stg_customers.full_name"]),
    ("dim_customers.email", &["stg_customers.email"]),
    (
        "dim_customers.signed_up_on",
        &["stg_customers.signed_up_on"],
    ),
    (
        "dim_customers.order_count",
        &["int_order_payments.order_id"],
    ),
    (
        "dim_customers.lifetime_value",
        &["int_order_payments.amount"],
    ),
    (
        "dim_customers.first_order_on",
        &["int_order_payments.ordered_on"],
    ),
];

/// Raw columns that have no effect on a mart.
pub const WITHOUT_EFFECT: [&str; 2] = ["raw_payments.id", "raw_payments.paid_at"];

/// Each model, and the columns of the datasets it reads that decide about its rows: join, filter and
/// group columns. The recording names none of them; its SQL does.
pub const DECIDING: [(&str, &[&str]); 4] = [
    ("stg_customers", &["raw_customers.country"]),
    (
        "int_order_payments",
        &[
            "stg_orders.order_id",
            "stg_payments.order_id",
            "stg_payments.method",
        ],
    ),
    (
        "fct_orders",
        &[
            "int_order_payments.customer_id",
            "int_order_payments.status",
            "stg_customers.customer_id",
        ],
    ),
    (
        "dim_customers",
        &[
            "int_order_payments.customer_id",
            "int_order_payments.status",
            "stg_customers.customer_id",
            "stg_customers.full_name",
            "stg_customers.email",
            "stg_customers.signed_up_on",
        ],
    ),
];

/// Each mart, and the raw columns that decide about its rows, over all models.
pub const MARTS_DECIDED_BY: [(&str, &[&str]); 2] = [
    (
        "fct_orders",
        &[
            "raw_orders.id",
            "raw_orders.customer_id",
            "raw_orders.status",
            "raw_payments.order_id",
            "raw_payments.method",
            "raw_customers.id",
            "raw_customers.country",
        ],
    ),
    (
        "dim_customers",
        &[
            "raw_orders.id",
            "raw_orders.customer_id",
            "raw_orders.status",
            "raw_payments.order_id",
            "raw_payments.method",
            "raw_customers.id",
            "raw_customers.country",
            "raw_customers.first_name",
            "raw_customers.last_name",
            "raw_customers.email",
            "raw_customers.signed_up_on",
        ],
    ),
];

/// Each dataset, and those it is made from.
pub const EDGES: [(&str, &[&str]); 6] = [
    ("stg_customers", &["raw_customers"]),
    ("stg_orders", &["raw_orders"]),
    ("stg_payments", &["raw_payments"]),
    ("int_order_payments", &["stg_orders", "stg_payments"]),
    ("fct_orders", &["int_order_payments", "stg_customers"]),
    ("dim_customers", &["int_order_payments", "stg_customers"]),
];
