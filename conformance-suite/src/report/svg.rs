//! A small writer of SVG: escaped text, fixed decimals, an accessible name on every drawing. Knows nothing of reports.
//!
//! Colours and fonts come from the page's style sheet through classes, so that drawings follow dark mode and print.

use super::text::visible;

/// A drawing under way. Coordinates are in CSS pixels at natural size.
pub struct Svg {
    body: String,
}

/// Where a text's x lies.
#[derive(Clone, Copy)]
pub enum Anchor {
    /// At its start.
    Start,
    /// In its middle.
    Middle,
    /// At its end.
    End,
}

/// Text for HTML and SVG: hidden characters written out, markup escaped.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

impl Svg {
    /// An empty drawing.
    pub fn new() -> Svg {
        Svg { body: String::new() }
    }

    /// A rectangle.
    pub fn rect(&mut self, class: &str, [x, y, width, height]: [f64; 4]) {
        self.body.push_str(&format!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            width.max(0.0),
            height.max(0.0)
        ));
    }

    /// A rectangle with an opacity of its own, for heat.
    pub fn heat(&mut self, opacity: f64, [x, y, width, height]: [f64; 4]) {
        self.body.push_str(&format!(
            "<rect class=\"heat\" fill-opacity=\"{opacity:.3}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        ));
    }

    /// A line.
    pub fn line(&mut self, class: &str, [x1, y1, x2, y2]: [f64; 4]) {
        self.body.push_str(&format!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    /// A dot.
    pub fn dot(&mut self, class: &str, x: f64, y: f64, radius: f64) {
        self.body.push_str(&format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"/>"));
    }

    /// A downward arrowhead with its tip at (x, y).
    pub fn arrowhead(&mut self, x: f64, y: f64) {
        self.body.push_str(&format!("<path class=\"head\" d=\"M{x:.1} {y:.1}l-4 -7h8z\"/>"));
    }

    /// A path; `data` is ours, never a submission's text.
    pub fn path(&mut self, class: &str, data: &str) {
        self.body.push_str(&format!("<path class=\"{class}\" d=\"{data}\"/>"));
    }

    /// An arrowhead to the right with its tip at (x, y).
    pub fn arrowhead_right(&mut self, x: f64, y: f64) {
        self.body.push_str(&format!("<path class=\"head\" d=\"M{x:.1} {y:.1}l-7 -4v8z\"/>"));
    }

    /// A text on one line.
    pub fn text(&mut self, class: &str, anchor: Anchor, [x, y]: [f64; 2], text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escape(text);
        self.body.push_str(&format!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    /// The finished drawing, `title` and `desc` told to those who do not see it.
    pub fn finish(self, class: &str, width: f64, height: f64, title: &str, desc: &str) -> String {
        format!(
            "<svg class=\"{class}\" role=\"img\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\
             <title>{}</title><desc>{}</desc>{}</svg>",
            escape(title),
            escape(desc),
            self.body
        )
    }
}
