//! Builds the browser catalog in `ui/` and makes a table of its files for `src/api/ui.rs`.
//!
//! With the feature `ui` (the default) this runs `npm ci --ignore-scripts` (when the lockfile is
//! new) and `vite build` into `OUT_DIR`. `UI_DIST=folder` takes a folder that is built already.
//! Where neither goes it fails and says what to do; it never makes an empty page.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the bundle is made of. `ui/node_modules` is not among it: the lockfile tells what is there.
const SOURCES: [&str; 7] = [
    "src",
    "public",
    "scripts",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
];

const WAYS_OUT: &str = "Either install Node 20.19 or later with npm, or set UI_DIST to a folder \
    that `npm run build` in ui/ has made elsewhere, or build without the browser catalog: \
    cargo build --no-default-features --features sql";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=UI_DIST");
    if env::var_os("CARGO_FEATURE_UI").is_none() {
        return;
    }
    if let Err(problem) = build() {
        eprintln!("\nThe browser catalog could not be built: {problem}\n\n{WAYS_OUT}\n");
        std::process::exit(1);
    }
}

fn build() -> Result<(), String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let dist = match env::var_os("UI_DIST").filter(|dist| !dist.is_empty()) {
        Some(dist) => prebuilt(&dist)?,
        None => bundled(&out)?,
    };
    fs::write(out.join("ui_assets.rs"), table(&dist)?)
        .map_err(|error| format!("writing ui_assets.rs: {error}"))
}

fn prebuilt(dist: &OsStr) -> Result<PathBuf, String> {
    let dist = fs::canonicalize(dist)
        .map_err(|error| format!("UI_DIST={}: {error}", dist.to_string_lossy()))?;
    println!("cargo:rerun-if-changed={}", dist.display());
    if !dist.join("index.html").is_file() {
        return Err(format!("UI_DIST={} has no index.html", dist.display()));
    }
    Ok(dist)
}

fn bundled(out: &Path) -> Result<PathBuf, String> {
    let root = env::var_os("CARGO_MANIFEST_DIR").ok_or("CARGO_MANIFEST_DIR is not set")?;
    let ui = Path::new(&root).join("ui");
    for source in SOURCES {
        println!("cargo:rerun-if-changed={}", ui.join(source).display());
    }
    // Two builds at once (an editor's check beside a test) must not both write node_modules.
    let lock = File::create(ui.join(".build-lock"))
        .map_err(|error| format!("{}/.build-lock: {error}", ui.display()))?;
    lock.lock()
        .map_err(|error| format!("locking ui/.build-lock: {error}"))?;
    install(&ui)?;
    let dist = out.join("ui-dist");
    run(
        Command::new("npm")
            .args(["run", "--silent", "build", "--", "--outDir"])
            .arg(&dist)
            .env("UI_OUT", &dist)
            .current_dir(&ui),
        "npm run build",
    )?;
    run(
        Command::new("node")
            .arg("scripts/pack.mjs")
            .arg(&dist)
            .current_dir(&ui),
        "node scripts/pack.mjs",
    )?;
    Ok(dist)
}

/// Installs what the lockfile lists, unless that is there.
fn install(ui: &Path) -> Result<(), String> {
    let lockfile = fs::read(ui.join("package-lock.json"))
        .map_err(|error| format!("ui/package-lock.json: {error}"))?;
    let wanted = format!("{:016x}\n", hash(&lockfile));
    let stamp = ui.join("node_modules/.headwater-installed");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    run(
        Command::new("npm")
            .args([
                "ci",
                "--include=dev",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
            ])
            .current_dir(ui),
        "npm ci --ignore-scripts",
    )?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

fn run(command: &mut Command, what: &str) -> Result<(), String> {
    let done = command
        .output()
        .map_err(|error| format!("`{what}` could not be started: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    Err(format!("`{what}` in ui/ failed ({}):\n{said}", done.status))
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// The table of all files, as Rust.
fn table(dist: &Path) -> Result<String, String> {
    let mut files = Vec::new();
    list(dist, &mut files).map_err(|error| format!("reading {}: {error}", dist.display()))?;
    files.sort();
    let mut text = String::from("&[\n");
    for file in &files {
        let packed = [".br", ".gz"]
            .iter()
            .any(|end| file.to_string_lossy().ends_with(end));
        if packed {
            continue;
        }
        let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let path = file
            .strip_prefix(dist)
            .map_err(|error| error.to_string())?
            .to_string_lossy()
            .replace('\\', "/");
        let beside = |end: &str| {
            let mut name = file.clone().into_os_string();
            name.push(end);
            Path::new(&name).is_file().then(|| include(&name))
        };
        let (brotli, gzip) = (option(beside(".br")), option(beside(".gz")));
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "    Asset {{ path: {path:?}, etag: \"\\\"{:016x}\\\"\", plain: {}, brotli: {brotli}, gzip: {gzip} }},",
            hash(&bytes),
            include(file.as_os_str()),
        );
    }
    text.push_str("]\n");
    Ok(text)
}

fn include(path: &OsStr) -> String {
    format!("include_bytes!({:?})", path.to_string_lossy())
}

fn option(value: Option<String>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}

fn list(dir: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
