//! Which SPDX identifier a licence tells, by its identifier, its usual name or a known address. Knows no law, no
//! expressions of several licences, and guesses nothing: what could be two licences, such as a page that GPL-3.0-only
//! and GPL-3.0-or-later share, tells none.

/// Identifiers of the SPDX list that data are found under, beside those of Creative Commons.
const IDS: [&str; 52] = [
    "0BSD",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "AFL-3.0",
    "Apache-2.0",
    "Artistic-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "BSL-1.0",
    "C-UDA-1.0",
    "CC-PDDC",
    "CC0-1.0",
    "CDLA-Permissive-1.0",
    "CDLA-Permissive-2.0",
    "CDLA-Sharing-1.0",
    "CECILL-2.1",
    "DL-DE-BY-2.0",
    "DL-DE-ZERO-2.0",
    "ECL-2.0",
    "EPL-2.0",
    "etalab-2.0",
    "EUPL-1.1",
    "EUPL-1.2",
    "GFDL-1.3-only",
    "GFDL-1.3-or-later",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "NCSA",
    "NLOD-2.0",
    "O-UDA-1.0",
    "ODbL-1.0",
    "ODC-By-1.0",
    "OFL-1.1",
    "OGL-UK-3.0",
    "OSL-3.0",
    "PDDL-1.0",
    "PostgreSQL",
    "Python-2.0",
    "Unlicense",
    "WTFPL",
    "Zlib",
];

/// Longer texts are no identifiers and no addresses of a licence.
const MOST_BYTES: usize = 200;

/// The SPDX identifier that a licence tells as it is written: `MIT`, `cc by 4.0`,
/// `https://opensource.org/licenses/MIT`, `https://creativecommons.org/licenses/by/4.0/`. None where it tells none or
/// could mean two.
#[must_use]
pub fn spdx(written: &str) -> Option<String> {
    let written = written.trim();
    if written.len() > MOST_BYTES {
        return None;
    }
    let lower = written.to_ascii_lowercase();
    match lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")) {
        Some(address) => of_address(address),
        None => of_name(&lower),
    }
}

/// By a name in lower case.
fn of_name(name: &str) -> Option<String> {
    let name = name.replace(' ', "-");
    let name = name.strip_prefix("the-").unwrap_or(&name);
    let name = name.strip_suffix("-license").or_else(|| name.strip_suffix("-licence")).unwrap_or(name);
    if let Some((kind, version)) = name.strip_prefix("cc-").and_then(|rest| rest.rsplit_once('-'))
        && let Some(id) = creative_commons(kind, version)
    {
        return Some(id);
    }
    let name = match name {
        "apache-license-2.0" => "Apache-2.0",
        "cc0" => "CC0-1.0",
        other => other,
    };
    IDS.iter().find(|id| id.eq_ignore_ascii_case(name)).map(|&id| id.to_owned())
}

/// By an address in lower case, without its scheme.
fn of_address(address: &str) -> Option<String> {
    let address = address.strip_prefix("www.").unwrap_or(address);
    let address = address.split(['?', '#']).next().unwrap_or(address).trim_end_matches('/');
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    let path = [".html", ".txt", ".php", ".json"].iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
    let below = |folder: &str| path.strip_prefix(folder).filter(|rest| !rest.contains('/'));
    let known = |id: &str| Some(id.to_owned());
    match (host, path) {
        ("creativecommons.org", _) => of_creative_commons(path),
        ("spdx.org" | "choosealicense.com", _) => of_name(below("licenses/")?),
        ("opensource.org", _) => of_name(below("licenses/").or_else(|| below("license/"))?),
        ("apache.org", "licenses/license-2.0") => known("Apache-2.0"),
        ("mozilla.org", "mpl/2.0" | "en-us/mpl/2.0") => known("MPL-2.0"),
        ("opendatacommons.org", "licenses/odbl" | "licenses/odbl/1-0" | "licenses/odbl/1.0") => known("ODbL-1.0"),
        ("opendatacommons.org", "licenses/by" | "licenses/by/1-0" | "licenses/by/1.0") => known("ODC-By-1.0"),
        ("opendatacommons.org", "licenses/pddl" | "licenses/pddl/1-0" | "licenses/pddl/1.0") => known("PDDL-1.0"),
        ("cdla.dev", "permissive-2-0") => known("CDLA-Permissive-2.0"),
        ("cdla.dev", "permissive-1-0") => known("CDLA-Permissive-1.0"),
        ("cdla.dev", "sharing-1-0") => known("CDLA-Sharing-1.0"),
        ("unlicense.org", "") => known("Unlicense"),
        ("govdata.de", "dl-de/by-2-0") => known("DL-DE-BY-2.0"),
        ("govdata.de", "dl-de/zero-2-0") => known("DL-DE-ZERO-2.0"),
        ("nationalarchives.gov.uk", "doc/open-government-licence/version/3") => known("OGL-UK-3.0"),
        _ => None,
    }
}

/// `licenses/by-nc/4.0`, with a page of the licence behind it or none. Ports to a country are other licences.
fn of_creative_commons(path: &str) -> Option<String> {
    let mut parts = path.split('/');
    let (what, kind, version) = (parts.next()?, parts.next()?, parts.next()?);
    let is_page = |part: &str| matches!(part.split('.').next(), Some("legalcode" | "deed"));
    if !parts.all(is_page) {
        return None;
    }
    match (what, kind, version) {
        ("licenses", kind, version) => creative_commons(kind, version),
        ("publicdomain", "zero", "1.0") => Some("CC0-1.0".to_owned()),
        _ => None,
    }
}

fn creative_commons(kind: &str, version: &str) -> Option<String> {
    let known = matches!(kind, "by" | "by-sa" | "by-nc" | "by-nd" | "by-nc-sa" | "by-nc-nd")
        && matches!(version, "1.0" | "2.0" | "2.5" | "3.0" | "4.0");
    known.then(|| format!("CC-{}-{version}", kind.to_ascii_uppercase()))
}
