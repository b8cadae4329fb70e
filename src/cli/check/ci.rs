//! What a check is of, as runners of CI tell it in the environment.

use serde_json::Value;

use crate::checks::Context;

/// Reads the environment of GitHub Actions or GitLab CI; nothing elsewhere.
///
/// `variable` gives a variable, `file` the text of a file: GitHub tells the pull request in one.
pub fn context(
    variable: &dyn Fn(&str) -> Option<String>,
    file: &dyn Fn(&str) -> Option<String>,
) -> Context {
    let told = |name: &str| variable(name).filter(|text| !text.is_empty());
    if told("GITHUB_ACTIONS").is_some() {
        return github(&told, file);
    }
    if told("GITLAB_CI").is_some() {
        return gitlab(&told);
    }
    Context::default()
}

fn github(told: &dyn Fn(&str) -> Option<String>, file: &dyn Fn(&str) -> Option<String>) -> Context {
    let event = told("GITHUB_EVENT_PATH").and_then(|path| file(&path));
    let event: Value = event
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let of = |place: &str| event.pointer(place)?.as_str().map(str::to_owned);
    let run = || {
        let (server, repository, run) = (
            told("GITHUB_SERVER_URL")?,
            told("GITHUB_REPOSITORY")?,
            told("GITHUB_RUN_ID")?,
        );
        Some(format!("{server}/{repository}/actions/runs/{run}"))
    };
    Context {
        title: of("/pull_request/title").or_else(|| told("GITHUB_WORKFLOW")),
        repository: told("GITHUB_REPOSITORY"),
        branch: told("GITHUB_HEAD_REF").or_else(|| told("GITHUB_REF_NAME")),
        // What is checked out on a pull request is a merge that nobody looks for.
        commit: of("/pull_request/head/sha").or_else(|| told("GITHUB_SHA")),
        url: of("/pull_request/html_url").or_else(run),
    }
}

fn gitlab(told: &dyn Fn(&str) -> Option<String>) -> Context {
    let request = || {
        let (project, number) = (
            told("CI_MERGE_REQUEST_PROJECT_URL")?,
            told("CI_MERGE_REQUEST_IID")?,
        );
        Some(format!("{project}/-/merge_requests/{number}"))
    };
    Context {
        title: told("CI_MERGE_REQUEST_TITLE").or_else(|| told("CI_COMMIT_TITLE")),
        repository: told("CI_PROJECT_PATH"),
        branch: told("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME").or_else(|| told("CI_COMMIT_REF_NAME")),
        commit: told("CI_COMMIT_SHA"),
        url: request().or_else(|| told("CI_JOB_URL")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)], event: &str) -> Context {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, text)| (*text).to_owned())
        };
        context(&variable, &|path| {
            (path == "/event.json").then(|| event.to_owned())
        })
    }

    fn texts(context: Context) -> [String; 5] {
        let Context {
            title,
            repository,
            branch,
            commit,
            url,
        } = context;
        [title, repository, branch, commit, url].map(Option::unwrap_or_default)
    }

    #[test]
    fn runners_tell_what_is_checked() {
        let github = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "o/shop"),
            ("GITHUB_SERVER_URL", "https://github.example.org"),
            ("GITHUB_RUN_ID", "12"),
            ("GITHUB_WORKFLOW", "checks"),
            ("GITHUB_SHA", "merge"),
            ("GITHUB_HEAD_REF", "drop-email"),
            ("GITHUB_REF_NAME", "7/merge"),
            ("GITHUB_EVENT_PATH", "/event.json"),
        ];
        let event = r#"{"pull_request": {"title": "Drop email", "head": {"sha": "abc"},
            "html_url": "https://github.example.org/o/shop/pull/7"}}"#;
        assert_eq!(
            texts(of(&github, event)),
            [
                "Drop email",
                "o/shop",
                "drop-email",
                "abc",
                "https://github.example.org/o/shop/pull/7"
            ]
        );
        // A push has no pull request; an event that is no JSON tells nothing.
        assert_eq!(
            texts(of(&github, "…")),
            [
                "checks",
                "o/shop",
                "drop-email",
                "merge",
                "https://github.example.org/o/shop/actions/runs/12"
            ]
        );
        let gitlab = [
            ("GITLAB_CI", "true"),
            ("CI_PROJECT_PATH", "g/shop"),
            ("CI_MERGE_REQUEST_TITLE", "Drop email"),
            ("CI_MERGE_REQUEST_IID", "7"),
            (
                "CI_MERGE_REQUEST_PROJECT_URL",
                "https://gitlab.example.org/g/shop",
            ),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "drop-email"),
            ("CI_COMMIT_SHA", "abc"),
        ];
        assert_eq!(
            texts(of(&gitlab, "")),
            [
                "Drop email",
                "g/shop",
                "drop-email",
                "abc",
                "https://gitlab.example.org/g/shop/-/merge_requests/7"
            ]
        );
        assert_eq!(
            of(&[("GITHUB_ACTIONS", ""), ("GITHUB_SHA", "x")], ""),
            Context::default()
        );
    }
}
