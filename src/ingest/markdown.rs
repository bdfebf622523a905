//! Reads Markdown with what handbooks add to it: front matter, template calls, attribute lists, HTML. Enter at [`outline`].
//! What is no text of the page is left with its reason, never dropped in silence.

use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use regex::Regex;

use super::html;
use super::outline::{Element, Kind, Left, Link, Outline, lines, plain};

/// Reads a page.
pub fn outline(page: &str) -> Outline {
    let mut outline = Outline::default();
    let page = without_front_matter(&page.replace("\r\n", "\n").replace('\r', "\n"), &mut outline);
    let page = without_templates(page, &mut outline);
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let starts: Vec<usize> = std::iter::once(0).chain(page.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let line = |offset: usize| starts.partition_point(|start| *start <= offset);
    let mut reader = Reader { outline, ..Reader::default() };
    for (event, range) in Parser::new_ext(&page, options).into_offset_iter() {
        reader.take(event, line(range.start));
    }
    reader.outline
}

static TEMPLATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?s)<%.*?%>|\{%.*?%\}|\{\{.*?\}\}"));
static ATTRIBUTES: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^[ \t]*\{:[^}\n]*\}[ \t]*$|\{:[^}\n]*\}"));
static CRAMPED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^(#{1,6})([\p{L}*\[])"));
static CONTENTS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^([ \t]*[-*1.]+[ \t]+TOC[ \t]*$)|^[ \t]*\[\[?_?TOC_?\]?\][ \t]*$"));
static ANCHOR: LazyLock<Regex> = LazyLock::new(|| pattern(r#"<a\s[^>]*?(?:id|name)\s*=\s*["']([^"']+)["']"#));

pub(super) fn pattern(text: &str) -> Regex {
    // Every pattern is a literal of ours; one that does not parse matches nothing and fails the tests.
    Regex::new(text).unwrap_or_else(|_| Regex::new("$^").unwrap_or_else(|_| unreachable!("an empty pattern parses")))
}

/// Reads the few entries of front matter that say what a page is, and blanks it. It stands at the very beginning only: further down, a
/// line of dashes is a rule.
fn without_front_matter(page: &str, outline: &mut Outline) -> String {
    let page = page.trim_start_matches('\u{feff}');
    let Some(fence) = ["---", "+++"].into_iter().find(|fence| page.starts_with(&format!("{fence}\n"))) else {
        return page.to_owned();
    };
    let Some(end) = page[fence.len()..].find(&format!("\n{fence}")).map(|at| fence.len() + at) else { return page.to_owned() };
    for line in page[..end].lines() {
        let Some((key, value)) = line.split_once([':', '=']) else { continue };
        let slot = match key.trim() {
            "title" => &mut outline.title,
            "canonical_path" | "canonical" | "url" | "permalink" => &mut outline.address,
            _ => continue,
        };
        let value = plain(value.trim().trim_matches(['"', '\'']));
        *slot = slot.take().or(Some(value)).filter(|value| !value.is_empty());
    }
    let rest = &page[end + 1..];
    let after = rest.find('\n').unwrap_or(rest.len());
    let lines = page[..=end].matches('\n').count();
    format!("{}{}", "\n".repeat(lines), &rest[after..])
}

/// Blanks what a site generator would have replaced, and keeps every line where it is.
fn without_templates(mut text: String, outline: &mut Outline) -> String {
    let line = |text: &str, at: usize| text[..at].matches('\n').count() + 1;
    for found in TEMPLATE.find_iter(&text) {
        let call = plain(found.as_str());
        let content = ["partial", "include", "render", "data.", "yield"].iter().any(|word| call.contains(word));
        let reason = if content { "a template call: what it would insert is not in this file" } else { "a template call" };
        outline.left.push(Left { line: line(&text, found.start()), what: call, reason: reason.to_owned(), content });
    }
    for found in CONTENTS.find_iter(&text) {
        let what = plain(found.as_str());
        let reason = "stands for a table of contents".to_owned();
        outline.left.push(Left { line: line(&text, found.start()), what, reason, content: false });
    }
    let blank = |found: &regex::Captures<'_>| found[0].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect::<String>();
    for blanked in [&TEMPLATE, &ATTRIBUTES, &CONTENTS] {
        text = blanked.replace_all(&text, blank).into_owned();
    }
    CRAMPED.replace_all(&text, "$1 $2").into_owned()
}

#[derive(Default)]
struct Reader {
    outline: Outline,
    /// Where the element now being read stands among the elements: items may hold items, so there may be several.
    open: Vec<usize>,
    lists: u8,
    link: Option<(String, String)>,
    /// The text of the bold words that are open, if they stand at the beginning of their element.
    bold: Option<String>,
    code: Option<(usize, String)>,
    html: Option<(usize, String)>,
    anchors: Vec<String>,
    /// The header of the table being read; empty while the header itself is.
    header: Option<Vec<String>>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: usize) {
        match event {
            Event::Start(tag) => self.start(tag, line),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text),
            Event::SoftBreak | Event::HardBreak => self.text(" "),
            Event::Html(html) => self.html.get_or_insert_with(|| (line, String::new())).1.push_str(&html),
            Event::InlineHtml(html) => self.inline_html(&html),
            Event::FootnoteReference(_) | Event::TaskListMarker(_) | Event::Rule => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, line: usize) {
        match tag {
            Tag::Heading { level, id, .. } => {
                let anchors = self.anchors.drain(..).chain(id.map(CowStr::into_string)).collect();
                self.push(Kind::Heading { depth: depth(level), anchors }, line);
            }
            // A paragraph within an item is part of the item.
            Tag::Paragraph if !self.open.is_empty() => self.text(" "),
            Tag::Paragraph => self.push(Kind::Paragraph, line),
            Tag::List(_) => self.lists = self.lists.saturating_add(1),
            Tag::Item => self.push(Kind::Item { depth: self.lists }, line),
            Tag::Link { dest_url, .. } => self.link = Some((String::new(), dest_url.into_string())),
            Tag::Strong if self.element().is_some_and(|element| element.text.trim().is_empty()) => {
                self.bold = Some(String::new())
            }
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((line, language));
            }
            Tag::Table(_) => self.header = Some(Vec::new()),
            Tag::TableHead | Tag::TableRow => {
                let header = self.header.clone().unwrap_or_default();
                self.push(Kind::Row { header, cells: Vec::new() }, line);
            }
            Tag::TableCell => {
                if let Some(Kind::Row { cells, .. }) = self.element().map(|element| &mut element.kind) {
                    cells.push(String::new());
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableRow => self.close(),
            TagEnd::Paragraph if self.element().is_some_and(|element| element.kind == Kind::Paragraph) => self.close(),
            TagEnd::List(_) => self.lists = self.lists.saturating_sub(1),
            TagEnd::Link => {
                if let (Some((text, target)), Some(element)) = (self.link.take(), self.element()) {
                    element.links.push(Link { text: plain(&text), target });
                }
            }
            TagEnd::Strong => {
                if let (Some(bold), Some(element)) = (self.bold.take(), self.element()) {
                    element.bold = Some(plain(&bold));
                }
            }
            TagEnd::CodeBlock => self.code = None,
            TagEnd::HtmlBlock => self.leave_html(),
            TagEnd::TableHead => {
                self.close();
                if let Some(Kind::Row { cells, .. }) = self.outline.elements.pop().map(|element| element.kind) {
                    self.header = Some(cells);
                }
            }
            TagEnd::Table => self.header = None,
            _ => {}
        }
    }

    fn element(&mut self) -> Option<&mut Element> {
        self.open.last().and_then(|at| self.outline.elements.get_mut(*at))
    }

    fn push(&mut self, kind: Kind, line: usize) {
        self.open.push(self.outline.elements.len());
        self.outline.elements.push(Element::new(kind, "", line));
    }

    fn close(&mut self) {
        let Some(element) = self.open.pop().and_then(|at| self.outline.elements.get_mut(at)) else { return };
        if let Kind::Row { cells, .. } = &mut element.kind {
            cells.iter_mut().for_each(|cell| *cell = lines(cell));
            element.text = cells.join(" | ");
        }
        element.text = plain(&element.text);
        // A line of dashes below a whole paragraph makes a heading of it that nobody meant.
        let is_sentence = element.text.ends_with('.') && element.text.len() > 100;
        if is_sentence && matches!(element.kind, Kind::Heading { .. }) {
            element.kind = Kind::Paragraph;
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((line, language)) = self.code.take() {
            let what = if language.is_empty() { "code".to_owned() } else { format!("code ({language})") };
            let reason = if language == "mermaid" { "a diagram" } else { "a block of code" };
            self.outline.left.push(Left { line, what, reason: reason.to_owned(), content: false });
            return;
        }
        for open in [self.link.as_mut().map(|(text, _)| text), self.bold.as_mut()].into_iter().flatten() {
            open.push_str(text);
        }
        if let Some(element) = self.element() {
            element.text.push_str(text);
            if let Kind::Row { cells, .. } = &mut element.kind
                && let Some(cell) = cells.last_mut()
            {
                cell.push_str(text);
            }
        }
    }

    fn inline_html(&mut self, html: &str) {
        self.anchors.extend(anchors(html));
        if html.starts_with("<br") {
            self.text("\n");
        }
        let named: Vec<String> = self.anchors.clone();
        if let Some(Kind::Heading { anchors, .. }) = self.element().map(|element| &mut element.kind) {
            anchors.extend(named);
            self.anchors.clear();
        }
    }

    /// HTML within Markdown: what it says is read, what it shows is left.
    fn leave_html(&mut self) {
        let Some((line, html)) = self.html.take() else { return };
        self.anchors.extend(anchors(&html));
        let inner = html::fragment(&html);
        let what = html.split_whitespace().next().unwrap_or_default().trim_end_matches('>').to_owned() + ">";
        if inner.elements.is_empty() && !html.starts_with("<a") {
            let reason = if html.starts_with("<!--") { "a comment" } else { "HTML without text, such as a video" };
            self.outline.left.push(Left { line, what, reason: reason.to_owned(), content: false });
        }
        let placed = |element: Element| Element { line: line + element.line.saturating_sub(1), ..element };
        self.outline.elements.extend(inner.elements.into_iter().map(placed));
    }
}

fn anchors(html: &str) -> impl Iterator<Item = String> {
    ANCHOR.captures_iter(html).map(|found| found[1].to_owned())
}

fn depth(level: HeadingLevel) -> u8 {
    level as u8
}
