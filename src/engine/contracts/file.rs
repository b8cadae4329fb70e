//! Reading a policy file and the ODCS documents that it names.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::contract::odcs;
use crate::contract::policy::{Glob, Policy, yaml};

/// When a file was written, and how long it is.
pub(super) type Stamp = Vec<(PathBuf, SystemTime, u64)>;

/// Reads a policy file and the documents that it names, and what tells their versions apart.
///
/// # Errors
/// What is wrong with them, each with its file and place.
pub fn read_policy(file: &Path) -> Result<(Policy, String), Vec<String>> {
    let text = text_of(file)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(text.as_bytes());
    let policy = Policy::read_with(&text, &mut |pattern| {
        let found = documents(file, pattern)?;
        for (name, text) in &found {
            hasher.update(name.as_bytes());
            hasher.update(text.as_bytes());
        }
        Ok(found)
    });
    let policy = policy.map_err(|problems| told(file, &problems))?;
    Ok((policy, hasher.finalize().to_hex()[..16].to_owned()))
}

/// The text of a policy with what its documents promise in it, for a server that does not have them.
///
/// # Errors
/// What is wrong with them, each with its file and place.
pub fn whole_policy(file: &Path) -> Result<String, Vec<String>> {
    let text = text_of(file)?;
    let whole = odcs::whole(&text, &mut |pattern| documents(file, pattern));
    whole.map_err(|problems| told(file, &problems))
}

fn text_of(file: &Path) -> Result<String, Vec<String>> {
    let shown = file.display();
    std::fs::read_to_string(file)
        .map_err(|error| vec![format!("cannot read the policy {shown}: {error}")])
}

fn told(file: &Path, problems: &[crate::contract::policy::Problem]) -> Vec<String> {
    let problems = problems.iter();
    problems
        .map(|problem| format!("{}:{problem}", file.display()))
        .collect()
}

/// The files of a pattern, in order of their names, with their texts.
fn documents(policy: &Path, pattern: &str) -> Result<Vec<(String, String)>, String> {
    let paths = matching(policy, pattern)?;
    if paths.is_empty() {
        return Err(format!(
            "{pattern:?} matches no file; paths are relative to the policy file"
        ));
    }
    let texts = paths.into_iter().map(|path| {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|error| format!("cannot read {shown}: {error}"))?;
        Ok((shown, text))
    });
    texts.collect()
}

/// A path relative to the policy file, or of a folder the files whose names match.
fn matching(policy: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    let (folder, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
    let is_pattern = |text: &str| text.contains(['*', '?', '{', '[']);
    if is_pattern(folder) {
        return Err(format!(
            "{pattern:?}: only the name of the file may be a pattern, the folder may not"
        ));
    }
    let beside = policy.parent().unwrap_or(Path::new(""));
    if !is_pattern(name) {
        return Ok(vec![beside.join(pattern)]);
    }
    let glob = Glob::new(name).map_err(|reason| format!("{pattern:?} is no pattern: {reason}"))?;
    let folder = if folder.is_empty() && pattern.starts_with('/') {
        PathBuf::from("/")
    } else {
        beside.join(folder)
    };
    // The folder of a policy that is named without one is the current.
    let listed = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        &folder
    };
    let listed = std::fs::read_dir(listed)
        .map_err(|error| format!("cannot read the folder {}: {error}", listed.display()))?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in listed.flatten() {
        if glob.matches(&entry.file_name().to_string_lossy()) {
            paths.push(folder.join(entry.file_name()));
        }
    }
    paths.sort();
    Ok(paths)
}

/// The documents that a policy file names as it stands now, also where it is wrong or one of them is
/// missing; none where it cannot be read at all.
pub(super) fn named_by(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let Ok(policy) = yaml::read(&text) else {
        return Vec::new();
    };
    let patterns = odcs::patterns(&policy);
    patterns.map(|(_, pattern)| pattern.to_owned()).collect()
}

/// How a policy file and the documents that it names stand now; none while the policy is not there.
pub(super) fn stamp(file: &Path, documents: &[String]) -> Option<Stamp> {
    let of = |path: PathBuf| {
        let found = std::fs::metadata(&path).ok()?;
        Some((path, found.modified().ok()?, found.len()))
    };
    let mut stamp = vec![of(file.to_owned())?];
    for pattern in documents {
        let paths = matching(file, pattern).unwrap_or_default();
        stamp.extend(paths.into_iter().filter_map(of));
    }
    Some(stamp)
}
