//! As much of Markdown as finding links and headings takes.

use std::collections::BTreeMap;

/// A link and its line, counted from 1.
#[derive(Debug, PartialEq)]
pub struct Link<'a> {
    pub line: usize,
    pub target: &'a str,
}

/// The targets of `[text](target)`, `![image](target)` and `[label]: target`, outside of code.
pub fn links(text: &str) -> impl Iterator<Item = Link<'_>> {
    prose(text).flat_map(|(line, prose)| {
        let inline = outside_code(prose)
            .flat_map(|part| part.split("](").skip(1))
            .map(to_target);
        definition(prose)
            .into_iter()
            .chain(inline)
            .map(move |target| Link { line, target })
    })
}

/// Up to the closing parenthesis or a title, without angle brackets.
fn to_target(rest: &str) -> &str {
    match rest.strip_prefix('<') {
        Some(rest) => rest.split('>').next().unwrap_or(rest),
        None => rest.split([')', ' ']).next().unwrap_or(rest),
    }
}

fn definition(line: &str) -> Option<&str> {
    let (label, target) = line.strip_prefix('[')?.split_once("]: ")?;
    (!label.starts_with('^')).then(|| to_target(target.trim()))
}

/// The names that a link's `#…` may have, made from the headings as GitHub does.
pub fn anchors(text: &str) -> impl Iterator<Item = String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    prose(text)
        .filter_map(|(_, line)| heading(line))
        .map(move |heading| {
            let anchor = slug(heading);
            let times = seen.entry(anchor.clone()).or_default();
            *times += 1;
            if *times == 1 {
                anchor
            } else {
                format!("{anchor}-{}", *times - 1)
            }
        })
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    ((1..=6).contains(&level) && rest.starts_with(' ')).then(|| rest.trim())
}

fn slug(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

/// The lines outside of fenced code.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let line = line.trim_start();
        match fence {
            Some(open) => {
                if line.starts_with(open) {
                    fence = None;
                }
                false
            }
            None => {
                fence = ["```", "~~~"]
                    .into_iter()
                    .find(|open| line.starts_with(open));
                fence.is_none()
            }
        }
    })
}

/// The parts of a line that are not between backticks.
fn outside_code(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(text: &str) -> Vec<&str> {
        links(text).map(|link| link.target).collect()
    }

    #[test]
    fn links_images_and_definitions_are_found() {
        assert_eq!(
            targets("[a](b.md) and ![c](d.png \"title\")"),
            ["b.md", "d.png"]
        );
        assert_eq!(targets("[a](<b c.md>)"), ["b c.md"]);
        assert_eq!(targets("[label]: e.md\n[^1]: a footnote"), ["e.md"]);
        assert_eq!(targets("[`code`](f.md)"), ["f.md"]);
    }

    #[test]
    fn code_holds_no_links() {
        assert_eq!(
            targets("`[a](b.md)`\n```\n[a](c.md)\n```\n[a](d.md)"),
            ["d.md"]
        );
    }

    #[test]
    fn a_link_knows_its_line() {
        assert_eq!(
            links("x\n[a](b)").next(),
            Some(Link {
                line: 2,
                target: "b"
            })
        );
    }

    #[test]
    fn headings_become_anchors() {
        let text = "# The `log`, in order\n## Try it\n## Try it\n```\n# not this\n```\n#nor this";
        let anchors: Vec<String> = anchors(text).collect();
        assert_eq!(anchors, ["the-log-in-order", "try-it", "try-it-1"]);
    }
}
