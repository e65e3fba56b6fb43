//! What the embedded page promises: whole, self-contained, and nothing in it fetched from elsewhere.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, str};

use tributary_web::{Asset, BUILT, CONTENT_SECURITY_POLICY, asset, graphiql, index};

fn text(asset: &Asset) -> &'static str {
    str::from_utf8(asset.bytes).expect("pages are UTF-8")
}

/// The values of `src` and `href` attributes.
fn references(html: &str) -> Vec<&str> {
    let after = html
        .split("src=\"")
        .skip(1)
        .chain(html.split("href=\"").skip(1));
    after.filter_map(|rest| rest.split('"').next()).collect()
}

fn page_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("page")
}

#[test]
fn every_file_that_a_page_names_is_embedded_and_cacheable_for_ever() {
    for page in [index(), graphiql()] {
        assert!(
            !page.immutable,
            "{} keeps its name when it changes",
            page.path
        );
        let references = references(text(page));
        assert_eq!(references.is_empty(), !BUILT, "{}", page.path);
        for reference in references {
            let found = asset(reference).unwrap_or_else(|| panic!("{reference} is not embedded"));
            assert!(found.immutable, "{reference}");
            assert!(!found.bytes.is_empty(), "{reference}");
        }
    }
}

#[test]
fn the_pages_are_the_page_and_the_explorer_or_a_note_that_says_why_not() {
    let mark = |built| {
        if BUILT {
            built
        } else {
            "touch web/page/package-lock.json"
        }
    };
    assert!(text(index()).contains(mark("<div id=\"root\">")));
    assert!(text(graphiql()).contains(mark("<div id=\"graphiql\">")));
    assert_eq!(index().content_type, "text/html; charset=utf-8");
}

#[test]
fn addresses_that_are_no_file_find_nothing() {
    for path in [
        "",
        "/",
        "/c/ada",
        "index.html",
        "/assets/",
        "/assets/../index.html",
    ] {
        assert_eq!(asset(path), None, "{path:?}");
    }
}

#[test]
fn entity_tags_are_quoted_and_tell_files_apart() {
    assert!(index().etag.starts_with('"') && index().etag.ends_with('"'));
    assert_eq!(index().etag != graphiql().etag, BUILT);
}

#[test]
fn no_script_needs_an_exception_from_the_policy() {
    let scripts = CONTENT_SECURITY_POLICY
        .split("; ")
        .find(|directive| directive.starts_with("script-src"));
    assert_eq!(scripts, Some("script-src 'self'"));
    for page in [index(), graphiql()] {
        for script in text(page).split("<script").skip(1) {
            assert!(
                script.starts_with(" type=\"module\" src=\"/assets/"),
                "inline script"
            );
        }
    }
}

#[test]
fn pages_and_style_sheets_fetch_nothing_from_elsewhere() {
    let style_sheets = references(text(index()))
        .into_iter()
        .chain(references(text(graphiql())))
        .filter(|path| path.ends_with(".css"))
        .map(|path| asset(path).expect("embedded"));
    for file in style_sheets.chain([index(), graphiql()]) {
        for outside in ["http:", "https:", "url(//", "\"//", "@import"] {
            assert!(
                !text(file).contains(outside),
                "{} names {outside}",
                file.path
            );
        }
    }
}

/// A registry's address in the lock file would tie every build to that registry.
#[test]
fn the_lock_file_names_no_registry() {
    let lock = fs::read_to_string(page_folder().join("package-lock.json")).expect("committed");
    assert!(!lock.contains("\"resolved\""));
    for line in lock.lines().filter(|line| line.contains("://")) {
        assert!(
            !line.contains("registry") && !line.contains(".tgz"),
            "{line}"
        );
    }
}

#[test]
fn dependencies_have_exact_versions() {
    let package = fs::read_to_string(page_folder().join("package.json")).expect("committed");
    let (_, dependencies) = package
        .split_once("\"dependencies\"")
        .expect("has dependencies");
    for loose in ["\"^", "\"~", "\"*", "latest"] {
        assert!(!dependencies.contains(loose), "{loose}");
    }
}

#[test]
fn text_is_never_shown_as_html() {
    let mut folders = vec![page_folder().join("src")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = fs::read_to_string(&path).expect("sources are UTF-8");
            for way in [
                "dangerouslySetInnerHTML",
                "innerHTML",
                "document.write",
                "eval(",
            ] {
                assert!(!source.contains(way), "{} uses {way}", path.display());
            }
            seen += 1;
        }
    }
    assert!(
        seen > 20,
        "the sources have moved: only {seen} files were read"
    );
}

fn node(arguments: &[&str]) {
    let output = Command::new("node")
        .args(arguments)
        .current_dir(page_folder())
        .output()
        .expect("the page was built, so node is there");
    assert!(
        output.status.success(),
        "node {arguments:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// esbuild drops types without reading them; this is where they are checked.
#[test]
fn the_types_hold() {
    if BUILT {
        node(&["node_modules/typescript/bin/tsc", "--noEmit"]);
    }
}

/// A field that the server renames fails here, not in a browser.
#[test]
fn the_page_asks_only_for_what_the_schema_has() {
    if BUILT {
        node(&["dev/check-operations.mjs"]);
    }
}
