//! Which SQL a text is written in.

use sqlparser::dialect as syntax;

/// A dialect of SQL, as far as it is told apart here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Dialect {
    /// Not known: the union of what most of them understand.
    #[default]
    Generic,
    /// `PostgreSQL` and what speaks like it.
    Postgres,
    /// Amazon Redshift.
    Redshift,
    /// Snowflake.
    Snowflake,
    /// Google `BigQuery`.
    BigQuery,
    /// Apache Spark and Hive.
    Spark,
    /// Databricks.
    Databricks,
    /// `DuckDB`.
    DuckDb,
    /// Trino, Presto and Athena.
    Trino,
    /// Microsoft SQL Server and Synapse.
    TSql,
    /// `MySQL` and `MariaDB`.
    MySql,
    /// `SQLite`.
    Sqlite,
}

impl Dialect {
    /// By a name that a producer or a person uses (`postgres`, `spark`, `mssql`, …).
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let dialect = match name.as_str() {
            "postgres" | "postgresql" | "pg" | "cockroach" | "cockroachdb" | "greenplum" => {
                Self::Postgres
            }
            "redshift" => Self::Redshift,
            "snowflake" => Self::Snowflake,
            "bigquery" => Self::BigQuery,
            "spark" | "sparksql" | "spark_sql" | "hive" | "iceberg" => Self::Spark,
            "databricks" | "unitycatalog" => Self::Databricks,
            "duckdb" => Self::DuckDb,
            "trino" | "presto" | "athena" | "awsathena" | "starburst" => Self::Trino,
            "mssql" | "tsql" | "sqlserver" | "synapse" | "fabric" => Self::TSql,
            "mysql" | "mariadb" => Self::MySql,
            "sqlite" => Self::Sqlite,
            "ansi" | "generic" | "sql" => Self::Generic,
            _ => return None,
        };
        Some(dialect)
    }

    /// By the scheme of a dataset's namespace, as `OpenLineage`'s naming has it
    /// (`postgres://host:5432`, `bigquery`, `awsathena://athena.eu.amazonaws.com`).
    pub fn of_namespace(namespace: &str) -> Option<Self> {
        let scheme = namespace.split("://").next().unwrap_or(namespace);
        Self::named(scheme)
    }

    /// How it is called in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Postgres => "postgres",
            Self::Redshift => "redshift",
            Self::Snowflake => "snowflake",
            Self::BigQuery => "bigquery",
            Self::Spark => "spark",
            Self::Databricks => "databricks",
            Self::DuckDb => "duckdb",
            Self::Trino => "trino",
            Self::TSql => "tsql",
            Self::MySql => "mysql",
            Self::Sqlite => "sqlite",
        }
    }

    /// The syntax that it is parsed with. Trino has none of its own in the parser.
    pub(super) fn syntax(self) -> Box<dyn syntax::Dialect> {
        match self {
            Self::Generic | Self::Trino => Box::new(syntax::GenericDialect {}),
            Self::Postgres => Box::new(syntax::PostgreSqlDialect {}),
            Self::Redshift => Box::new(syntax::RedshiftSqlDialect {}),
            Self::Snowflake => Box::new(syntax::SnowflakeDialect {}),
            Self::BigQuery => Box::new(syntax::BigQueryDialect {}),
            Self::Spark => Box::new(syntax::SparkSqlDialect {}),
            Self::Databricks => Box::new(syntax::DatabricksDialect {}),
            Self::DuckDb => Box::new(syntax::DuckDbDialect {}),
            Self::TSql => Box::new(syntax::MsSqlDialect {}),
            Self::MySql => Box::new(syntax::MySqlDialect {}),
            Self::Sqlite => Box::new(syntax::SQLiteDialect {}),
        }
    }

    /// An identifier without quotes, as this dialect stores it.
    pub(super) fn fold(self, name: &str) -> String {
        if self == Self::Snowflake {
            name.to_uppercase()
        } else {
            name.to_lowercase()
        }
    }

    /// Whether a select list may use the aliases that stand before in it.
    pub(super) fn lateral_aliases(self) -> bool {
        matches!(
            self,
            Self::Generic
                | Self::Snowflake
                | Self::Redshift
                | Self::Spark
                | Self::Databricks
                | Self::DuckDb
        )
    }

    /// Whether an unnamed column is called after its function or the column that it casts.
    pub(super) fn names_expressions(self) -> bool {
        matches!(self, Self::Postgres | Self::Redshift)
    }
}
