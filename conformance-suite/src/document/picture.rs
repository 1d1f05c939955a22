//! A model as people draw architectures, as a picture that stands alone.

use crate::certify::boxes;
use crate::report::{Lang, drawing};
use lmstd_compiler::ir::graph::Graph;

/// Colours and fonts, which a page gives to the same drawing through its own style sheet.
const STYLE: &str = "<style>svg{font-family:system-ui,sans-serif;fill:#1b1b1b;background:#fff}text{font-size:11.5px}\
.tick,.ops{font-size:10.5px;fill:#555}.box{fill:#fff;stroke:#777}.behind{fill:#f2f2f2;stroke:#bbb}\
.frame{fill:none;stroke:#777;stroke-dasharray:4 3}.arrow,.lane{stroke:#777;fill:none}.head{fill:#777}\
.scope{font-weight:600}</style>";

/// The picture of a program; none where it has no layers.
pub fn picture(name: &str, graph: &Graph, lang: Lang) -> Option<String> {
    let svg = drawing::architecture(name, &boxes::layers(graph), lang)?;
    let (head, body) = svg.split_once('>')?;
    Some(format!("{head} xmlns=\"http://www.w3.org/2000/svg\">{STYLE}{body}\n"))
}
