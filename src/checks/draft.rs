//! What a client sends to be stored.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::impact::report::{self, Report};

use super::FORMAT;

/// Characters of a title or name.
const TEXT: usize = 300;
/// Characters of a URL.
const URL: usize = 2_000;
/// Hex digits of an id.
const ID: usize = 24;

/// What a check is of, as far as flags and the environment of CI tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    /// Title of the pull request, say.
    #[serde(default)]
    pub title: Option<String>,
    /// The repository.
    #[serde(default)]
    pub repository: Option<String>,
    /// The branch that is to be merged.
    #[serde(default)]
    pub branch: Option<String>,
    /// The commit.
    #[serde(default)]
    pub commit: Option<String>,
    /// Where the pull request or the job is.
    #[serde(default)]
    pub url: Option<String>,
}

/// A check that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// Version of the format.
    pub headwater_stored_check: u32,
    /// When it was made.
    pub checked_at: DateTime<Utc>,
    /// What it is of.
    #[serde(flatten)]
    pub context: Context,
    /// What `headwater check` exits with.
    pub exit: u8,
    /// The report.
    pub report: Report,
}

/// Why a draft is none.
#[derive(Debug, Error)]
pub enum DraftError {
    /// It is not of the form.
    #[error(
        "the body is no check to be stored ({0}); it is {{\"headwaterStoredCheck\": {FORMAT}, \"checkedAt\", \"title\", \"repository\", \"branch\", \"commit\", \"url\", \"exit\", \"report\"}}, with the report as `headwater check --format json` writes it"
    )]
    Form(#[from] serde_json::Error),
    /// It is of another version.
    #[error(
        "{what} is {found}, and this server reads {expected}; use a client and a server of one version"
    )]
    Version {
        /// The member.
        what: &'static str,
        /// Its value.
        found: u32,
        /// What it should be.
        expected: u32,
    },
    /// A member is wrong.
    #[error("{member}: {reason}")]
    Member {
        /// The member.
        member: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl Draft {
    /// Reads what was sent.
    ///
    /// # Errors
    /// When it is not of the form, of another version, or a member is wrong.
    pub fn read(bytes: &[u8]) -> Result<Self, DraftError> {
        let draft: Self = serde_json::from_slice(bytes)?;
        let versions = [
            ("headwaterStoredCheck", draft.headwater_stored_check, FORMAT),
            (
                "report.headwaterCheck",
                draft.report.headwater_check,
                report::FORMAT,
            ),
        ];
        for (what, found, expected) in versions {
            if found != expected {
                return Err(DraftError::Version {
                    what,
                    found,
                    expected,
                });
            }
        }
        if draft.exit > 2 {
            let reason = format!("{} is not 0, 1 or 2", draft.exit);
            return Err(DraftError::Member {
                member: "exit",
                reason,
            });
        }
        draft.context.check()?;
        Ok(draft)
    }

    /// Its id: the same for the same draft.
    pub fn id(&self) -> String {
        // Only maps with other keys than texts and numbers beyond JSON fail, and there are none.
        let text = serde_json::to_vec(self).unwrap_or_default();
        let mut hash = blake3::hash(&text).to_hex().to_string();
        hash.truncate(ID);
        hash
    }
}

/// Whether a text may be an id.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == ID && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

impl Context {
    /// The same, with texts that are too long cut, and without those that are empty or no URL.
    #[must_use]
    pub fn fitted(self) -> Self {
        let fit = |text: Option<String>, most: usize| {
            let text: String = text?.trim().chars().filter(|c| !c.is_control()).collect();
            (!text.is_empty()).then(|| text.chars().take(most).collect())
        };
        Self {
            title: fit(self.title, TEXT),
            repository: fit(self.repository, TEXT),
            branch: fit(self.branch, TEXT),
            commit: fit(self.commit, TEXT),
            url: fit(self.url, URL).filter(|url| is_web(url)),
        }
    }

    fn check(&self) -> Result<(), DraftError> {
        for (member, text, most) in [
            ("title", &self.title, TEXT),
            ("repository", &self.repository, TEXT),
            ("branch", &self.branch, TEXT),
            ("commit", &self.commit, TEXT),
            ("url", &self.url, URL),
        ] {
            let Some(text) = text else { continue };
            let reason = if text.chars().count() > most {
                format!("it has more than {most} characters")
            } else if text.chars().any(char::is_control) {
                "it has control characters".to_owned()
            } else if member == "url" && !is_web(text) {
                format!("{text:?} begins neither with https:// nor with http://")
            } else {
                continue;
            };
            return Err(DraftError::Member { member, reason });
        }
        Ok(())
    }
}

/// A link that a browser may follow without running anything.
fn is_web(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    lower.starts_with("https://") || lower.starts_with("http://")
}
