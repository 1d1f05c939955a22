//! A dataset's page: what the law asks of data, filled from what was declared and what was measured. A row that nothing
//! fills says so: a gap is told, not left out.

use super::number;
use super::wording::{Lang, fill, word};
use crate::verdict::{ClauseReport, DatasetReport, Measured};

/// A control, what it asks in English and Chinese, the measures that fill it, and the keys of declarations that do.
struct Row {
    control: &'static str,
    en: &'static str,
    zh: &'static str,
    measures: &'static [&'static str],
    said: &'static [&'static str],
}

/// One row a control that asks something of data. Paraphrases; EU: Regulation (EU) 2024/1689; GB/T 45654-2025 and
/// TC260-003-2024 by their sections, from secondary sources: hold them against the texts.
const ROWS: [Row; 17] = [
    Row {
        control: "eu-ai-act.art-10-2-a",
        en: "Which choices were made in the design of the data, and why",
        zh: "数据设计中的选择及其理由",
        measures: &[],
        said: &["rationale"],
    },
    Row {
        control: "eu-ai-act.art-10-2-b",
        en: "How the data were collected, where they come from, and for what purpose",
        zh: "数据的收集过程、来源与目的",
        measures: &["sources", "digest", "freshness"],
        said: &["url", "method", "period", "purpose", "consent"],
    },
    Row {
        control: "eu-ai-act.art-10-2-c",
        en: "How the data were prepared: annotation, cleaning, updating",
        zh: "数据的准备：标注、清洗与更新",
        measures: &["replays", "label_errors", "fleiss_kappa", "krippendorff_alpha"],
        said: &["annotators", "guidelines", "agreement"],
    },
    Row {
        control: "eu-ai-act.art-10-2-d",
        en: "What is assumed of the data: what they measure and stand for",
        zh: "对数据的假设：所度量与所代表的内容",
        measures: &[],
        said: &["assumptions"],
    },
    Row {
        control: "eu-ai-act.art-10-2-e",
        en: "Whether there are enough data, and fit ones",
        zh: "数据的数量与适用性",
        measures: &["rows", "schema", "bytes"],
        said: &[],
    },
    Row {
        control: "eu-ai-act.art-10-2-f",
        en: "Examination for possible bias",
        zh: "对可能偏差的审查",
        measures: &["label_gap", "proxy", "demographic_parity_difference", "equalized_odds_difference"],
        said: &[],
    },
    Row {
        control: "eu-ai-act.art-10-2-g",
        en: "What is done to find, prevent and lessen bias",
        zh: "发现、预防与减轻偏差的措施",
        measures: &["demographic_parity_difference", "equalized_odds_difference"],
        said: &["mitigation"],
    },
    Row {
        control: "eu-ai-act.art-10-2-h",
        en: "Gaps of the data, and how they can be addressed",
        zh: "数据缺口及其应对",
        measures: &["nulls", "representativeness", "balance"],
        said: &["gaps"],
    },
    Row {
        control: "eu-ai-act.art-10-3",
        en: "Relevant, representative, as free of errors and complete as can be",
        zh: "相关、具代表性，并尽可能无误且完整",
        measures: &[
            "duplicates",
            "near_duplicates",
            "leakage",
            "near_leakage",
            "encoding",
            "ranges",
            "patterns",
            "uniqueness",
        ],
        said: &[],
    },
    Row {
        control: "eu-ai-act.art-10-4",
        en: "The place, the situation and the people that the data are of, and those that the model is for",
        zh: "数据与模型所面向的地域、情境与人群",
        measures: &["representativeness", "language", "psi", "ks", "chi_square", "jensen_shannon"],
        said: &["setting", "language", "period"],
    },
    Row {
        control: "eu-ai-act.art-10-5",
        en: "Special categories of personal data, and what safeguards them",
        zh: "特殊类别个人数据及其保护措施",
        measures: &["personal_data", "k_anonymity", "l_diversity", "t_closeness"],
        said: &["special_categories", "safeguards"],
    },
    Row {
        control: "gb-t-45654.5-1",
        en: "Safety and diversity of the sources of a corpus",
        zh: "语料来源安全与多样性",
        measures: &["source_share", "language", "licences"],
        said: &["licence"],
    },
    Row {
        control: "gb-t-45654.5-1-legality",
        en: "Licences, contracts and records that allow the use of a source",
        zh: "来源合法性：许可、合同与采集记录",
        measures: &["licences", "sources"],
        said: &["licence", "contract"],
    },
    Row {
        control: "gb-t-45654.5-2",
        en: "Personal information and intellectual property in a corpus",
        zh: "语料中的个人信息与知识产权",
        measures: &["personal_data", "k_anonymity", "l_diversity", "t_closeness"],
        said: &["consent", "licence"],
    },
    Row {
        control: "gb-t-45654.5-3",
        en: "Safety of annotation: rules, annotators, samples that are verified",
        zh: "标注安全：规则、标注人员与抽样核验",
        measures: &["label_errors", "fleiss_kappa", "krippendorff_alpha"],
        said: &["annotators", "guidelines"],
    },
    Row {
        control: "gb-t-45654.9-2",
        en: "Assessment of a corpus by samples",
        zh: "语料的抽样评估",
        measures: &["label_errors", "acceptance"],
        said: &[],
    },
    Row {
        control: "iso-42001.a-7-5",
        en: "Provenance of data",
        zh: "数据溯源",
        measures: &["digest", "sources", "contamination"],
        said: &["url"],
    },
];

/// A control, what it asks, and what is known.
pub(super) struct Told {
    pub(super) control: &'static str,
    pub(super) asks: &'static str,
    pub(super) found: Vec<String>,
}

/// The rows of a dataset.
pub(super) fn controls(name: &str, dataset: &DatasetReport, clauses: &[ClauseReport], lang: Lang) -> Vec<Told> {
    let told = |row: &Row| {
        let asks = if lang == Lang::Zh { row.zh } else { row.en };
        let mut found = said(row, dataset, lang);
        if row.control == "eu-ai-act.art-10-2-e" {
            let rows =
                dataset.splits.iter().filter_map(|(split, s)| Some(format!("{split}: {}", number::count(s.rows?))));
            found.extend(rows);
        }
        let measured = clauses.iter().flat_map(|clause| clause.measured.iter().map(move |m| (clause, m)));
        let measured = measured.filter(|(_, m)| is_of(m, row, name));
        found.extend(measured.map(|(clause, m)| value(&clause.id, m)));
        found.dedup();
        if found.is_empty() {
            found.push(word("sheet.none", lang).to_owned());
        }
        Told { control: row.control, asks, found }
    };
    ROWS.iter().map(told).collect()
}

fn said(row: &Row, dataset: &DatasetReport, lang: Lang) -> Vec<String> {
    let mut found = Vec::new();
    for source in &dataset.sources {
        let keys: Vec<String> =
            row.said.iter().filter_map(|key| Some(format!("{key}: {}", source.said.get(*key)?))).collect();
        if !keys.is_empty() {
            let name = source.name.clone().unwrap_or_else(|| word("sheet.annotation", lang).to_owned());
            let text = format!("{name} ({})", keys.join("; "));
            found.push(fill(word("sheet.declared", lang), &[("text", &text)]));
        }
    }
    found
}

/// Whether a value is of one of the row's measures over the dataset.
fn is_of(measured: &Measured, row: &Row, dataset: &str) -> bool {
    let Some((measure, rest)) = measured.measure.split_once('(') else { return false };
    let over = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == dataset);
    row.measures.contains(&measure) && over
}

fn value(clause: &str, measured: &Measured) -> String {
    let number = number::value(measured).unwrap_or_else(|| "✓/✗".to_owned());
    let interval = number::interval(measured).map(|interval| format!(" {interval}")).unwrap_or_default();
    format!("{clause}: {} = {number}{interval}", measured.measure)
}
