//! Column types and names as a load changes them on the way from a source to
//! Kafka or Snowflake.

/// The Snowflake type in which a source's type is landed; `None` if unknown.
pub(super) fn snowflake_type(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "int8" | "int4" | "integer" | "long" => "NUMBER(38,0)",
        "currency" => "NUMBER(18,2)",
        "text" | "string" | "id" | "reference" | "picklist" | "email" => "VARCHAR",
        "bool" | "boolean" => "BOOLEAN",
        "timestamptz" | "timestamp" | "datetime" => "TIMESTAMP_TZ",
        "date" => "DATE",
        _ => return None,
    })
}

/// The Kafka Connect type in which Debezium sends a Postgres type.
pub(super) fn connect_type(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "int8" => "INT64",
        "int4" => "INT32",
        "text" | "timestamptz" => "STRING",
        "bool" => "BOOLEAN",
        _ => return None,
    })
}

/// The column name in RAW: small letters, words parted by `_` (`OwnerId` is
/// landed as `owner_id`).
pub(super) fn landed_name(name: &str) -> String {
    let mut landed = String::with_capacity(name.len() + 2);
    let mut after_small = false;
    for sign in name.chars() {
        if sign.is_ascii_uppercase() && after_small {
            landed.push('_');
        }
        after_small = sign.is_ascii_lowercase();
        landed.push(sign.to_ascii_lowercase());
    }
    landed
}

#[cfg(test)]
mod tests {
    use super::landed_name;

    #[test]
    fn capitals_become_words() {
        assert_eq!(landed_name("OwnerId"), "owner_id");
        assert_eq!(landed_name("Billing_Email__c"), "billing_email__c");
        assert_eq!(landed_name("placed_at"), "placed_at");
    }
}
