//! Workbooks for tests: small files in both formats, packed without compression.

use std::fmt::Write as _;

use super::sheet::Value;
use super::testing::cell;

/// An OpenDocument spreadsheet of sheets, each a name and its text.
pub(crate) fn ods(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut content =
        String::from("<?xml version=\"1.0\"?><office:document-content><office:body><office:spreadsheet>");
    for (name, written) in sheets {
        write!(content, "<table:table table:name=\"{name}\">").unwrap();
        for line in written.lines() {
            content.push_str("<table:table-row>");
            line.split('|').for_each(|written| content.push_str(&ods_cell(&cell(written))));
            content.push_str("</table:table-row>");
        }
        content.push_str("</table:table>");
    }
    content.push_str("</office:spreadsheet></office:body></office:document-content>");
    zip(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", "<manifest:manifest></manifest:manifest>"),
        ("content.xml", &content),
    ])
}

fn ods_cell(value: &Value) -> String {
    match value {
        Value::Empty => "<table:table-cell/>".to_owned(),
        Value::Date(day) => format!(
            "<table:table-cell office:value-type=\"date\" office:date-value=\"{day}T00:00:00\"><text:p>{day}</text:p></table:table-cell>"
        ),
        Value::Number(number) => format!(
            "<table:table-cell office:value-type=\"float\" office:value=\"{number}\"><text:p>{number}</text:p></table:table-cell>"
        ),
        Value::Text(text) | Value::Other(text) => {
            format!(
                "<table:table-cell office:value-type=\"string\"><text:p>{}</text:p></table:table-cell>",
                escaped(text)
            )
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// An Excel workbook of one sheet; its days are numbers with the format of a date.
pub(crate) fn xlsx(name: &str, written: &str) -> Vec<u8> {
    let mut sheet = String::from(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>",
    );
    for (row, line) in (1..).zip(written.lines()) {
        write!(sheet, "<row r=\"{row}\">").unwrap();
        for (column, written) in line.split('|').enumerate() {
            let at = super::sheet::address(column, row);
            match cell(written) {
                Value::Empty => {}
                Value::Date(day) => {
                    let days = (day - jiff::civil::date(1899, 12, 30)).get_days();
                    write!(sheet, "<c r=\"{at}\" s=\"1\"><v>{days}</v></c>").unwrap();
                }
                Value::Number(number) => write!(sheet, "<c r=\"{at}\"><v>{number}</v></c>").unwrap(),
                Value::Text(text) | Value::Other(text) => {
                    write!(sheet, "<c r=\"{at}\" t=\"inlineStr\"><is><t>{}</t></is></c>", escaped(&text))
                        .unwrap();
                }
            }
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>");
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    zip(&[
        ("[Content_Types].xml", &format!("<Types xmlns=\"{package}/content-types\"></Types>")),
        (
            "_rels/.rels",
            &format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns:r=\"{relations}\"><sheets><sheet name=\"{name}\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            "<styleSheet><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>",
        ),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

/// A ZIP archive of stored files.
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in files {
        let offset = u32::try_from(archive.len()).unwrap();
        let mut header = Vec::new();
        header.extend([10, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
        header.extend(crc32(content.as_bytes()).to_le_bytes());
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        header.extend(size.into_iter().chain(size));
        header.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        header.extend([0, 0]);
        archive.extend(b"PK\x03\x04".iter().chain(&header).chain(name.as_bytes()).chain(content.as_bytes()));
        directory.extend(b"PK\x01\x02\x0a\x00".iter().chain(&header));
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let (start, size) = (archive.len(), directory.len());
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0".iter().chain(&count).chain(&count));
    archive.extend(u32::try_from(size).unwrap().to_le_bytes());
    archive.extend(u32::try_from(start).unwrap().to_le_bytes());
    archive.extend([0, 0]);
    archive
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn both_formats_are_read_with_typed_days_at_their_addresses() {
    let written = "A title\n\nLocal authority name | Inspection date | 3\nHull | 2022-11-14 | Good & well";
    for bytes in [ods(&[("One", written)]), xlsx("One", written)] {
        let sheets = super::sheet::read(&bytes).unwrap();
        assert_eq!(sheets[0].name, "One");
        let last = &sheets[0].rows[2];
        assert_eq!((last.number, last.cell(1)), (4, &Value::Date(jiff::civil::date(2022, 11, 14))));
        assert_eq!(last.cell(2), &Value::Text("Good & well".to_owned()));
        assert_eq!(sheets[0].rows[1].cell(2), &Value::Number(3.0));
    }
}

#[test]
fn a_damaged_workbook_is_read_or_refused_and_stops_nothing() {
    let written = "Outcomes\nPublished on: | 2025-09-25\nLocal authority name | Inspection date | Overall effectiveness\nHull | 2022-11-14 | Good\nYork | 31/02/2022 | 3";
    let mut seed = 0x2025_0925_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for whole in [ods(&[("One", written)]), xlsx("One", written)] {
        for round in 0..1_500 {
            let mut bytes = whole.clone();
            if round % 3 == 0 {
                bytes.truncate(random(whole.len()));
            }
            for _ in 0..=random(4) {
                let at = random(bytes.len().max(1));
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(random(256)).unwrap();
                }
            }
            if let Ok(sheets) = super::sheet::read(&bytes)
                && let Ok(release) = super::release::identify(&sheets, None, String::new(), "x")
            {
                super::workbook::understand(&sheets, &release);
            }
        }
    }
}
