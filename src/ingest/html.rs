//! Reads HTML: the main content as an outline, navigation and boilerplate dropped. Enter at [`outline`], or at [`fragment`] for a
//! piece within another syntax. What is dropped is left with its reason.

use std::sync::LazyLock;

use regex::Regex;
use scraper::node::Node;
use scraper::{ElementRef, Html, Selector};

use super::ladder;
use super::markdown::pattern;
use super::outline::{Element, Kind, Left, Link, Outline, plain};

/// Reads a page.
pub fn outline(page: &str) -> Outline {
    let document = Html::parse_document(page);
    let mut reader = Reader { whole: false, ..Reader::default() };
    let title = selected(&document, "title").map(|title| plain(&title.text().collect::<String>()));
    reader.outline.title = title.filter(|title| !title.is_empty());
    reader.outline.address = selected(&document, "link[rel=canonical]").and_then(|link| link.attr("href").map(str::to_owned));
    let main = ["main", "[role=main]", "article", "#main-content", "#main", "#content"].into_iter();
    let main = main.filter_map(|selector| selected(&document, selector)).find(|found| has_text(*found));
    let root = match main {
        Some(main) => {
            reader.leave("everything outside of the main content");
            reader.whole = true;
            main
        }
        None => document.root_element(),
    };
    reader.walk(root, 0);
    reader.finish();
    place(page, &mut reader.outline);
    reader.outline
}

/// Reads a piece of HTML: nothing of it is taken for navigation.
pub fn fragment(html: &str) -> Outline {
    let document = Html::parse_fragment(html);
    let mut reader = Reader { whole: true, ..Reader::default() };
    reader.walk(document.root_element(), 0);
    reader.finish();
    place(html, &mut reader.outline);
    reader.outline
}

/// Deeper nesting than any page needs is read as flat text: recursion has to end.
const DEEPEST: usize = 200;

/// This many links in a list of nothing but links are a menu.
const MENU: usize = 8;

static BOILERPLATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(^|[-_\s])(nav|navbar|navigation|menu|toc|sidebar|side-bar|footer|breadcrumbs?|cookies?|consent|banner|advert|social|share|skip-link|masthead|site-header|page-header-nav|related-posts|newsletter)([-_\s]|$)",
    )
});

fn selected<'a>(document: &'a Html, selector: &str) -> Option<ElementRef<'a>> {
    let selector = Selector::parse(selector).ok()?;
    document.select(&selector).next()
}

fn has_text(element: ElementRef<'_>) -> bool {
    element.text().map(str::trim).map(str::len).sum::<usize>() > 200
}

/// A line break that is meant; those of the source are white space.
const BREAK: &str = "\u{2028}";

#[derive(Default)]
struct Reader {
    outline: Outline,
    /// The main content was found, so that nothing within is dropped for its name.
    whole: bool,
    /// Text that stands in no block of its own yet.
    loose: Element,
    lists: u8,
    anchors: Vec<String>,
}

impl Reader {
    fn walk(&mut self, element: ElementRef<'_>, nesting: usize) {
        if nesting > DEEPEST {
            let text: String = element.text().collect();
            return self.take_text(&text);
        }
        for child in element.children() {
            match child.value() {
                Node::Text(text) => self.take_text(text),
                Node::Element(_) => {
                    if let Some(child) = ElementRef::wrap(child) {
                        self.element(child, nesting + 1);
                    }
                }
                _ => {}
            }
        }
    }

    fn element(&mut self, element: ElementRef<'_>, nesting: usize) {
        self.anchors.extend(element.attr("id").into_iter().chain(element.attr("name")).map(str::to_owned));
        match element.value().name() {
            "script" | "style" | "noscript" | "template" | "svg" | "head" | "iframe" | "object" | "button" | "select"
            | "input" => {}
            name @ ("nav" | "footer" | "aside") => self.drop(element, &format!("<{name}>")),
            "header" if !self.whole => self.drop(element, "<header>"),
            "form" if !self.whole => self.drop(element, "<form>"),
            _ if !self.whole && is_boilerplate(element) => {
                let name = element.attr("id").or_else(|| element.attr("class")).unwrap_or_default().to_owned();
                self.drop(element, &format!("<{} {name}>", element.value().name()));
            }
            _ if is_hidden(element) => self.drop(element, "hidden text"),
            name @ ("h1" | "h2" | "h3" | "h4" | "h5" | "h6") => {
                let depth = name.as_bytes()[1] - b'0';
                let anchors = std::mem::take(&mut self.anchors);
                self.block(Kind::Heading { depth, anchors }, element, nesting);
            }
            "p" | "dt" | "figcaption" | "blockquote" | "pre" | "summary" | "address" => {
                self.block(Kind::Paragraph, element, nesting)
            }
            "dd" => self.block(Kind::Item { depth: self.lists.max(1) }, element, nesting),
            "ul" | "ol" | "menu" => self.list(element, nesting),
            "table" => self.table(element, nesting),
            "br" => self.take_text(BREAK),
            "a" => self.link(element, nesting),
            "strong" | "b" => self.bold(element, nesting),
            name if is_inline(name) => self.walk(element, nesting),
            _ => {
                self.finish();
                self.walk(element, nesting);
                self.finish();
            }
        }
    }

    fn drop(&mut self, element: ElementRef<'_>, what: &str) {
        if element.text().any(|text| !text.trim().is_empty()) {
            self.leave(what);
        }
    }

    fn leave(&mut self, what: &str) {
        let reason = "navigation or boilerplate, and no content of the page".to_owned();
        self.outline.left.push(Left { line: 0, what: what.to_owned(), reason, content: false });
    }

    fn take_text(&mut self, text: &str) {
        self.loose.text.push_str(text);
    }

    /// Ends the paragraph of loose text, if there is one.
    fn finish(&mut self) {
        let loose = std::mem::take(&mut self.loose);
        let text = plain(&loose.text);
        if !text.is_empty() {
            self.outline.elements.push(Element { text, ..loose });
        }
    }

    fn block(&mut self, kind: Kind, element: ElementRef<'_>, nesting: usize) {
        self.finish();
        self.loose.kind = kind;
        let at = self.outline.elements.len();
        self.walk(element, nesting);
        self.loose.kind = if self.outline.elements.len() == at { self.loose.kind.clone() } else { Kind::Paragraph };
        self.finish();
    }

    fn list(&mut self, list: ElementRef<'_>, nesting: usize) {
        let items: Vec<ElementRef<'_>> = list.child_elements().collect();
        let only_links = |item: &ElementRef<'_>| {
            let links: usize = item.descendent_elements().filter(|e| e.value().name() == "a").map(|a| text_length(a)).sum();
            links > 0 && links == text_length(*item)
        };
        if !self.whole && items.len() >= MENU && items.iter().all(only_links) {
            return self.drop(list, "a list of links");
        }
        self.lists = self.lists.saturating_add(1);
        for item in items {
            self.item(item, nesting);
        }
        self.lists -= 1;
    }

    /// An item comes before the items within it, and its own text is all that is not theirs.
    fn item(&mut self, item: ElementRef<'_>, nesting: usize) {
        self.finish();
        let at = self.outline.elements.len();
        let kind = Kind::Item { depth: self.lists };
        self.outline.elements.push(Element { kind, ..Element::default() });
        self.walk(item, nesting);
        self.finish();
        // Paragraphs directly within the item are part of it.
        let depth = self.lists;
        let mut own = Vec::new();
        let mut index = at + 1;
        while index < self.outline.elements.len() {
            let inner = matches!(self.outline.elements[index].kind, Kind::Item { depth: inner } if inner > depth);
            if inner || matches!(self.outline.elements[index].kind, Kind::Row { .. }) {
                index += 1;
            } else {
                own.push(self.outline.elements.remove(index));
            }
        }
        let element = &mut self.outline.elements[at];
        element.text = plain(&own.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(" "));
        element.bold = own.first().and_then(|first| first.bold.clone());
        element.links = own.into_iter().flat_map(|part| part.links).collect();
        if element.text.is_empty() {
            self.outline.elements.remove(at);
        }
    }

    fn table(&mut self, table: ElementRef<'_>, nesting: usize) {
        self.finish();
        let mut rows: Vec<TableRow> = Vec::new();
        for row in table.descendent_elements().filter(|element| element.value().name() == "tr") {
            let cells: Vec<ElementRef<'_>> =
                row.child_elements().filter(|cell| matches!(cell.value().name(), "td" | "th")).collect();
            let is_header = cells.iter().all(|cell| cell.value().name() == "th");
            rows.push(TableRow { is_header, cells: cells.into_iter().map(|cell| self.cell(cell, nesting)).collect() });
        }
        let header = rows.first().filter(|row| row.is_header).map(TableRow::texts).unwrap_or_default();
        let body = if header.is_empty() { &rows } else { &rows[1..] };
        let texts: Vec<Vec<String>> = body.iter().map(TableRow::texts).collect();
        let about_levels = ladder::is_about_levels(&header, &texts);
        for (row, cells) in body.iter().zip(texts) {
            // A table that only lays a page out holds parts of it.
            let cells = if about_levels { cells } else { self.laid_out(row) };
            if cells.iter().any(|text| !text.is_empty()) {
                let links = row.cells.iter().flat_map(|cell| cell.links.clone()).collect();
                let text = plain(&cells.join(" | "));
                let kind = Kind::Row { header: header.clone(), cells };
                self.outline.elements.push(Element { kind, text, links, ..Element::default() });
            }
        }
    }

    fn cell(&mut self, cell: ElementRef<'_>, nesting: usize) -> TableCell {
        let at = self.outline.elements.len();
        self.walk(cell, nesting + 2);
        let loose = std::mem::take(&mut self.loose);
        let lines = loose.text.split(BREAK).map(plain).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        TableCell { parts: self.outline.elements.split_off(at), text: lines, links: loose.links }
    }

    /// The loose texts of a row; what stands in blocks of its own becomes parts of the page.
    fn laid_out(&mut self, row: &TableRow) -> Vec<String> {
        self.outline.elements.extend(row.cells.iter().flat_map(|cell| cell.parts.clone()));
        row.cells.iter().map(|cell| cell.text.clone()).collect()
    }

    fn link(&mut self, element: ElementRef<'_>, nesting: usize) {
        let before = self.loose.text.len();
        self.walk(element, nesting);
        if let (Some(target), Some(text)) = (element.attr("href"), self.loose.text.get(before..)) {
            let link = Link { text: plain(text), target: target.to_owned() };
            self.loose.links.push(link);
        }
    }

    fn bold(&mut self, element: ElementRef<'_>, nesting: usize) {
        let first = self.loose.text.trim().is_empty();
        self.walk(element, nesting);
        if first {
            self.loose.bold = Some(plain(&self.loose.text));
        }
    }
}

struct TableRow {
    is_header: bool,
    cells: Vec<TableCell>,
}

/// A cell: what stands in blocks within it, and its loose text, line by line.
struct TableCell {
    parts: Vec<Element>,
    text: String,
    links: Vec<Link>,
}

impl TableRow {
    fn texts(&self) -> Vec<String> {
        let text = |cell: &TableCell| {
            let parts = cell.parts.iter().map(|part| part.text.as_str()).chain([cell.text.as_str()]);
            parts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
        };
        self.cells.iter().map(text).collect()
    }
}

fn text_length(element: ElementRef<'_>) -> usize {
    plain(&element.text().collect::<String>()).len()
}

fn is_boilerplate(element: ElementRef<'_>) -> bool {
    let role = element.attr("role").is_some_and(|role| ["navigation", "banner", "contentinfo", "search"].contains(&role));
    let named = [element.attr("id"), element.attr("class")].into_iter().flatten().any(|name| BOILERPLATE.is_match(name));
    role || (named && !matches!(element.value().name(), "html" | "body"))
}

fn is_hidden(element: ElementRef<'_>) -> bool {
    let style = element.attr("style").is_some_and(|style| style.replace(' ', "").contains("display:none"));
    style || element.attr("hidden").is_some() || element.attr("aria-hidden") == Some("true")
}

fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "span"
            | "em"
            | "i"
            | "u"
            | "s"
            | "code"
            | "kbd"
            | "sub"
            | "sup"
            | "small"
            | "mark"
            | "abbr"
            | "time"
            | "font"
            | "q"
            | "cite"
            | "label"
            | "var"
            | "samp"
            | "del"
            | "ins"
            | "bdi"
            | "bdo"
            | "wbr"
            | "tt"
            | "big"
    )
}

/// Finds the lines, which the parser does not tell: the parts of a page come in the order of its source.
fn place(page: &str, outline: &mut Outline) {
    let (mut at, mut line) = (0, 1);
    for element in &mut outline.elements {
        let first: String = element.text.split(' ').take(3).collect::<Vec<_>>().join(" ");
        let Some(found) = page[at..].find(&first).filter(|_| !first.is_empty()) else { continue };
        line += page[at..at + found].matches('\n').count();
        at += found;
        element.line = line;
    }
}
