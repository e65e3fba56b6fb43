//! What the domain's source says about events: the tables of `events!`, structs and enumerations, each
//! with its documentation. rustfmt keeps all of it in one form, so that lines are enough to read it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// An event as its table declares it.
pub struct Declared {
    /// Its stored name.
    pub name: String,
    /// Its current version.
    pub version: u32,
    /// The struct that is its payload.
    pub payload: String,
    /// What it means, and who writes it: paragraphs.
    pub docs: Vec<String>,
    /// What each version after the first changed.
    pub changes: Vec<String>,
    /// Where the table stands.
    pub file: PathBuf,
}

/// A field of a struct.
#[derive(Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type, as it is written.
    pub kind: String,
    /// What it is.
    pub docs: String,
    /// Its own fields stand in its place.
    pub flat: bool,
}

/// What a type is made of.
#[derive(Clone)]
pub enum Shape {
    /// Fields.
    Struct(Vec<Field>),
    /// Words, each with what it means.
    Words(Vec<(String, String)>),
}

/// The domain's source, as far as it tells of events.
#[derive(Default)]
pub struct Source {
    /// Every event, table by table.
    pub events: Vec<Declared>,
    shapes: BTreeMap<(String, PathBuf), Shape>,
}

impl Source {
    /// Reads the folder of the domain's source.
    ///
    /// # Errors
    /// When a file cannot be read or has a form that is not known here.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut files = vec![];
        gather(folder, &mut files)?;
        files.sort();
        let mut source = Self::default();
        for file in files {
            let text = std::fs::read_to_string(&file)?;
            let lines: Vec<_> = text.lines().collect();
            source
                .take(&file, &lines)
                .with_context(|| format!("{}", file.display()))?;
        }
        Ok(source)
    }

    /// A type by its name: in the file that uses it, beside it, or the only one of that name.
    pub fn shape(&self, name: &str, used_in: &Path) -> Option<&Shape> {
        let named = || {
            let all = self.shapes.iter();
            all.filter(|((known, _), _)| known == name)
        };
        let beside = |file: &Path| file.parent() == used_in.parent();
        let mut found = named().filter(|((_, file), _)| file == used_in);
        let mut near =
            named().filter(|((_, file), _)| beside(file) && !file.ends_with("upcasts.rs"));
        let only = named().collect::<Vec<_>>();
        found
            .next()
            .or_else(|| near.next())
            .or_else(|| (only.len() == 1).then(|| only[0]))
            .map(|(_, shape)| shape)
    }

    fn take(&mut self, file: &Path, lines: &[&str]) -> Result<()> {
        let mut docs: Vec<String> = vec![];
        let mut snake_case = false;
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            at += 1;
            let bare = line.trim();
            if let Some(text) = bare.strip_prefix("///") {
                docs.push(text.trim().to_owned());
                continue;
            }
            if bare.starts_with("#[") {
                snake_case |= bare.contains("rename_all = \"snake_case\"");
                continue;
            }
            let open = |start: &str| {
                let rest = line.strip_prefix(start)?;
                let name = rest.trim_end_matches(" {}").trim_end_matches(" {");
                name.chars()
                    .all(char::is_alphanumeric)
                    .then(|| name.to_owned())
            };
            if *line == "events! {" {
                at = self.table(file, lines, at)?;
            } else if let Some(name) = open("pub struct ") {
                let fields = if line.ends_with("{}") {
                    vec![]
                } else {
                    fields(lines, &mut at)
                };
                let shape = Shape::Struct(fields);
                self.shapes.insert((name, file.to_owned()), shape);
            } else if let Some(name) = open("pub enum ")
                && snake_case
            {
                let shape = Shape::Words(words(lines, &mut at));
                self.shapes.insert((name, file.to_owned()), shape);
            }
            docs.clear();
            snake_case = false;
        }
        Ok(())
    }

    /// Reads a table from the line after its head; gives the line after its end.
    fn table(&mut self, file: &Path, lines: &[&str], mut at: usize) -> Result<usize> {
        let mut docs: Vec<String> = vec![String::new()];
        while let Some(line) = lines.get(at) {
            at += 1;
            let bare = line.trim();
            if let Some(text) = bare.strip_prefix("///") {
                paragraph(&mut docs, text.trim());
            } else if *line == "}" {
                return Ok(at);
            } else if let Some((payload, rest)) = bare.split_once(" = \"") {
                let (name, rest) = rest.split_once('"').context("a name without an end")?;
                let version: String = rest
                    .chars()
                    .skip_while(|c| !c.is_ascii_digit())
                    .take_while(char::is_ascii_digit)
                    .collect();
                let mut changes = vec![];
                if rest.contains("upcast [") {
                    while let Some(step) = lines.get(at).filter(|step| step.trim() != "];") {
                        let change = step.split('"').nth(1).context("a step without a change")?;
                        changes.push(change.to_owned());
                        at += 1;
                    }
                }
                self.events.push(Declared {
                    name: name.to_owned(),
                    version: version.parse().context("a version")?,
                    payload: payload.to_owned(),
                    docs: std::mem::replace(&mut docs, vec![String::new()]),
                    changes,
                    file: file.to_owned(),
                });
            } else {
                docs = vec![String::new()];
            }
        }
        bail!("a table of events without an end")
    }
}

fn paragraph(docs: &mut Vec<String>, line: &str) {
    match docs.last_mut() {
        Some(_) if line.is_empty() => docs.push(String::new()),
        Some(last) => {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(line);
        }
        None => docs.push(line.to_owned()),
    }
}

fn fields(lines: &[&str], at: &mut usize) -> Vec<Field> {
    let (mut fields, mut docs, mut flat) = (vec![], vec![String::new()], false);
    while let Some(line) = lines.get(*at) {
        *at += 1;
        let bare = line.trim();
        if *line == "}" {
            break;
        }
        if let Some(text) = bare.strip_prefix("///") {
            paragraph(&mut docs, text.trim());
        } else if bare.starts_with("#[") {
            flat |= bare.contains("flatten");
        } else if let Some((name, kind)) = bare
            .trim_start_matches("pub ")
            .trim_end_matches(',')
            .split_once(": ")
        {
            fields.push(Field {
                name: name.to_owned(),
                kind: kind.to_owned(),
                docs: docs.join(" "),
                flat,
            });
            (docs, flat) = (vec![String::new()], false);
        }
    }
    fields
}

fn words(lines: &[&str], at: &mut usize) -> Vec<(String, String)> {
    let (mut words, mut docs) = (vec![], vec![String::new()]);
    while let Some(line) = lines.get(*at) {
        *at += 1;
        let bare = line.trim();
        if *line == "}" {
            break;
        }
        if let Some(text) = bare.strip_prefix("///") {
            paragraph(&mut docs, text.trim());
        } else if !bare.starts_with('#') {
            words.push((snake(bare.trim_end_matches(',')), docs.join(" ")));
            docs = vec![String::new()];
        }
    }
    words
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for (index, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let is_test = name.is_some_and(|name| name.contains("test") || name == "macros.rs");
        if is_test {
            continue;
        }
        if path.is_dir() {
            gather(&path, files)?;
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
