//! Words for generated datasets and columns, so that a search over them means
//! something. A name follows from a number; different numbers never share one.

use std::borrow::Cow;

const DOMAINS: [&str; 16] = [
    "billing",
    "catalog",
    "checkout",
    "claims",
    "crm",
    "finance",
    "fraud",
    "fulfilment",
    "hr",
    "inventory",
    "logistics",
    "marketing",
    "payments",
    "pricing",
    "support",
    "web",
];
const ENTITIES: [&str; 32] = [
    "accounts",
    "addresses",
    "campaigns",
    "carts",
    "clicks",
    "contacts",
    "contracts",
    "coupons",
    "customers",
    "deliveries",
    "devices",
    "discounts",
    "employees",
    "events",
    "experiments",
    "invoices",
    "items",
    "leads",
    "ledgers",
    "orders",
    "pages",
    "parcels",
    "policies",
    "products",
    "quotes",
    "refunds",
    "returns",
    "sessions",
    "shipments",
    "subscriptions",
    "tickets",
    "vendors",
];
const SCOPES: [&str; 16] = [
    "all",
    "daily",
    "weekly",
    "monthly",
    "current",
    "history",
    "by_region",
    "by_channel",
    "by_segment",
    "enriched",
    "deduped",
    "snapshot",
    "summary",
    "detail",
    "open",
    "closed",
];
const COLUMN_FIRST: [&str; 40] = [
    "account", "active", "average", "base", "billing", "booked", "campaign", "channel", "contract",
    "created", "currency", "customer", "delivery", "discount", "due", "external", "first", "gross",
    "internal", "invoice", "item", "last", "line", "max", "min", "net", "order", "parent",
    "payment", "planned", "product", "region", "sales", "session", "shipping", "source", "status",
    "tax", "total", "updated",
];
const COLUMN_SECOND: [(&str, &str); 40] = [
    ("id", "NUMBER"),
    ("key", "VARCHAR"),
    ("code", "VARCHAR"),
    ("name", "VARCHAR"),
    ("amount", "NUMBER(18,2)"),
    ("quantity", "NUMBER"),
    ("count", "NUMBER"),
    ("rate", "FLOAT"),
    ("ratio", "FLOAT"),
    ("price", "NUMBER(18,2)"),
    ("cost", "NUMBER(18,2)"),
    ("value", "NUMBER(18,2)"),
    ("margin", "NUMBER(18,2)"),
    ("balance", "NUMBER(18,2)"),
    ("fee", "NUMBER(18,2)"),
    ("date", "DATE"),
    ("at", "TIMESTAMP_TZ"),
    ("month", "DATE"),
    ("year", "NUMBER"),
    ("week", "NUMBER"),
    ("type", "VARCHAR"),
    ("class", "VARCHAR"),
    ("group", "VARCHAR"),
    ("segment", "VARCHAR"),
    ("reason", "VARCHAR"),
    ("label", "VARCHAR"),
    ("note", "VARCHAR"),
    ("email", "VARCHAR"),
    ("phone", "VARCHAR"),
    ("city", "VARCHAR"),
    ("country", "VARCHAR"),
    ("flag", "BOOLEAN"),
    ("rank", "NUMBER"),
    ("score", "FLOAT"),
    ("index", "NUMBER"),
    ("hash", "VARCHAR"),
    ("version", "NUMBER"),
    ("source", "VARCHAR"),
    ("target", "VARCHAR"),
    ("unit", "VARCHAR"),
];
/// Different column names before a number is put behind.
const COLUMNS: u32 = 1600;
/// Different table names before a number is put behind.
const TABLES: u32 = 16 * 32 * 16;

/// The domain and the table name (without layer) for `index`.
pub(super) fn table(index: u32) -> (&'static str, String) {
    // Odd, so that the walk meets each of the 2^13 names once.
    let at = (index % TABLES).wrapping_mul(2_741) % TABLES;
    let domain = pick(&DOMAINS, at);
    let entity = pick(&ENTITIES, at / 16);
    let scope = pick(&SCOPES, at / 512);
    match index / TABLES {
        0 => (domain, format!("{domain}_{entity}_{scope}")),
        round => (domain, format!("{domain}_{entity}_{scope}_{}", round + 1)),
    }
}

/// A team that could own things of the domain.
pub(super) fn team(domain: &str) -> String {
    format!("team:{domain}-data")
}

fn pick<T: Copy, const N: usize>(words: &[T; N], at: u32) -> T {
    words[at as usize % N]
}

/// The names of all columns. A dataset's columns are a walk over them from its
/// `start`, so two datasets share some names, as they do in life.
pub(super) struct ColumnNames(Vec<String>);

impl ColumnNames {
    /// Puts the words together.
    pub(super) fn new() -> Self {
        let words = (0..COLUMNS).map(|at| {
            let first = pick(&COLUMN_FIRST, at / 40);
            format!("{first}_{}", pick(&COLUMN_SECOND, at).0)
        });
        Self(words.collect())
    }

    fn place(start: u32, column: u32) -> u32 {
        // 1_001 and 1_600 have no common factor: no name comes twice.
        (start % COLUMNS + (column % COLUMNS) * 1_001) % COLUMNS
    }

    /// The name of column `column` of the dataset whose walk begins at `start`.
    pub(super) fn name(&self, start: u32, column: u32) -> Cow<'_, str> {
        let word = self.0[Self::place(start, column) as usize].as_str();
        match column / COLUMNS {
            0 => Cow::Borrowed(word),
            round => Cow::Owned(format!("{word}_{}", round + 1)),
        }
    }

    /// Its type.
    pub(super) fn kind(start: u32, column: u32) -> &'static str {
        pick(&COLUMN_SECOND, Self::place(start, column)).1
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let tables: HashSet<String> = (0..40_000).map(|index| table(index).1).collect();
        assert_eq!(tables.len(), 40_000);
        let names = ColumnNames::new();
        let columns: HashSet<_> = (0..10_000).map(|column| names.name(77, column)).collect();
        assert_eq!(columns.len(), 10_000);
    }
}
