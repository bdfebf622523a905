//! Gets ready what the binary embeds: the folders below, where a change makes a new binary, and what pages load. That is the style sheet
//! and the icon, always, and scripts with their npm parts, where Node is there: npm and Vite work in the output folder, for two minutes at most. Without
//! them the pages work as they are. `COMPETENCY_WEB=off` does not even try, `COMPETENCY_WEB=require` takes no failure.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

const PATIENCE: Duration = Duration::from_secs(120);

fn main() {
    for path in ["data", "ontology", "queries", "web/templates", "web/src", "web/package-lock.json", "web/vite.config.js"] {
        println!("cargo:rerun-if-changed={path}");
    }
    println!("cargo:rerun-if-env-changed=COMPETENCY_WEB");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the output folder"));
    let assets = out.join("assets");
    let wanted = env::var("COMPETENCY_WEB").unwrap_or_default();
    // The folders of data change more often than the pages: what was bundled from the same sources is good still.
    let (stamp, made_of) = (out.join("web.stamp"), format!("{wanted} {}", digest_of(Path::new("web")).expect("web can be read")));
    if fs::read_to_string(&stamp).is_ok_and(|made| made == made_of) && assets.is_dir() {
        return;
    }
    let _ = fs::remove_dir_all(&assets);
    let bundled = if wanted == "off" { Ok(()) } else { bundle(&out.join("web"), &assets) };
    if let Err(why) = &bundled {
        assert!(wanted != "require", "the scripts of the pages could not be bundled: {why}");
        println!("cargo:warning=pages come without scripts (table filters, workbench, graph view): {why}");
        let _ = fs::remove_dir_all(&assets);
    }
    for name in ["style.css", "icon.svg"] {
        hashed(name, &assets).expect("a file of web/src can be copied to the output folder");
    }
    // What failed is tried again the next time.
    let kept = if bundled.is_ok() { fs::write(&stamp, made_of) } else { fs::write(&stamp, "") };
    kept.expect("a file can be written to the output folder");
}

/// A digest of the files that pages are made from; what npm puts beside them is none of them.
fn digest_of(folder: &Path) -> io::Result<u64> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    let mut hasher = DefaultHasher::new();
    for path in paths {
        if path.is_file() {
            hasher.write(path.to_string_lossy().as_bytes());
            hasher.write(&fs::read(path)?);
        } else if path.ends_with("src") {
            hasher.write_u64(digest_of(&path)?);
        }
    }
    Ok(hasher.finish())
}

/// Bundles a copy of `web`, so that nothing is written beside the sources.
fn bundle(work: &Path, assets: &Path) -> Result<(), String> {
    let told = |error: io::Error| error.to_string();
    let _ = fs::remove_dir_all(work.join("src"));
    copy(Path::new("web"), work).map_err(told)?;
    let until = Instant::now() + PATIENCE;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(Command::new(npm).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(work), until)?;
    let vite = work.join("node_modules/vite/bin/vite.js");
    run(Command::new("node").arg(vite).arg("build").env("COMPETENCY_WEB_OUT", assets).current_dir(work), until)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), target)?;
        } else if entry.file_name() == "src" {
            copy(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Runs a command to its end, or ends it.
fn run(command: &mut Command, until: Instant) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let log = fs::File::create(Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("web.log"))
        .map_err(|error| error.to_string())?;
    let errors = log.try_clone().map_err(|error| error.to_string())?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("{name} cannot be run: {error}"))?;
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("{name} ended with {status}; web.log in cargo's output folder has its words")),
            None if Instant::now() > until => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{name} took longer than {} s", PATIENCE.as_secs()));
            }
            None => thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// A file that needs no Node, under a name that changes with what is in it.
fn hashed(name: &str, assets: &Path) -> io::Result<()> {
    fs::create_dir_all(assets)?;
    let (stem, ending) = name.split_once('.').expect("a file has an ending");
    let content = fs::read(Path::new("web/src").join(name))?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&content);
    fs::write(assets.join(format!("{stem}-{:016x}.{ending}", hasher.finish())), content)
}
