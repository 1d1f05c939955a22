//! Catalogues of controls by the first part of their ids: what each is, of which date, and how a control is cited in it.
//! Knows titles only; what a control asks for stands in the catalogue.

use super::wording::Lang;
use crate::verdict::Text;

/// A catalogue.
pub struct Catalogue {
    /// First part of its controls' ids.
    id: &'static str,
    /// English and Chinese title.
    title: (&'static str, &'static str),
    /// Date of the edition.
    pub date: &'static str,
    /// How a control is cited: the words before numbered parts.
    style: Style,
}

/// How the rest of a control's id is read.
#[derive(Clone, Copy)]
enum Style {
    /// `art-15-1` is Article 15(1), `annex-xi-1-1-f` is Annex XI 1(1)(f).
    Law,
    /// `measure-2-5` is MEASURE 2.5, `a-7-4` is A.7.4.
    Dotted,
}

static CATALOGUES: [Catalogue; 5] = [
    Catalogue {
        id: "eu-ai-act",
        title: ("Regulation (EU) 2024/1689 (Artificial Intelligence Act)", "欧盟《人工智能法》（条例 (EU) 2024/1689）"),
        date: "2024-07-12",
        style: Style::Law,
    },
    Catalogue {
        id: "nist-ai-rmf",
        title: (
            "NIST AI 100-1, Artificial Intelligence Risk Management Framework 1.0",
            "NIST AI 100-1《人工智能风险管理框架》1.0",
        ),
        date: "2023-01-26",
        style: Style::Dotted,
    },
    Catalogue {
        id: "iso-42001",
        title: ("ISO/IEC 42001:2023, AI management system", "ISO/IEC 42001:2023《人工智能管理体系》"),
        date: "2023-12",
        style: Style::Dotted,
    },
    Catalogue {
        id: "gb-t-45654",
        title: (
            "GB/T 45654-2025, Basic security requirements for generative AI services",
            "GB/T 45654-2025《网络安全技术 生成式人工智能服务安全基本要求》",
        ),
        date: "2025-04-25",
        style: Style::Dotted,
    },
    Catalogue {
        id: "tc260-003",
        title: (
            "TC260-003, Basic security requirements for generative AI services",
            "TC260-003《生成式人工智能服务安全基本要求》",
        ),
        date: "2024-02-29",
        style: Style::Dotted,
    },
];

/// The catalogue of a control, and the rest of its id.
pub fn of(control: &str) -> Option<(&'static Catalogue, &str)> {
    let (id, rest) = control.split_once('.')?;
    CATALOGUES.iter().find(|catalogue| catalogue.id == id).map(|catalogue| (catalogue, rest))
}

impl Catalogue {
    /// Its title.
    pub fn title(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.title.0,
            Lang::Zh => self.title.1,
        }
    }

    /// How the catalogue itself calls the control; none for an id of another form.
    pub fn citation(&self, rest: &str) -> Option<Text> {
        let parts: Vec<&str> = rest.split('-').filter(|part| !part.is_empty()).collect();
        let (first, numbers) = parts.split_first()?;
        match (self.style, *first) {
            (Style::Law, "art") => {
                let (article, points) = numbers.split_first()?;
                let points = bracketed(points);
                Some(Text { en: format!("Article {article}{points}"), zh: format!("第 {article} 条{points}") })
            }
            (Style::Law, "annex") => {
                let (annex, points) = numbers.split_first()?;
                let (section, points) = points.split_first().map_or(("", points), |(first, rest)| (*first, rest));
                let place = format!("{} {section}{}", annex.to_uppercase(), bracketed(points));
                let place = place.trim_end();
                Some(Text { en: format!("Annex {place}"), zh: format!("附件 {place}") })
            }
            (Style::Law, _) => None,
            (Style::Dotted, _) => {
                let joint = if first.len() == 1 { "." } else { " " };
                let cited = format!("{}{joint}{}", first.to_uppercase(), numbers.join("."));
                let cited = cited.trim_end_matches(['.', ' ']).to_owned();
                Some(Text { en: cited.clone(), zh: cited })
            }
        }
    }
}

fn bracketed(points: &[&str]) -> String {
    points.iter().map(|point| format!("({point})")).collect()
}
