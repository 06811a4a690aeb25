//! Tables that fit the terminal, and colours with a meaning.

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, TableStyle};
use docket_api::pb;

use super::Style;

/// What a cell's colour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing.
    Plain,
    /// Good news.
    Good,
    /// Worth a look.
    Watch,
    /// Bad news.
    Bad,
    /// Not certain.
    Unsure,
    /// There for those who ask.
    Aside,
    /// A name.
    Strong,
}

/// A cell of this tone.
pub(crate) fn cell(text: impl Into<String>, tone: Tone) -> Cell {
    let cell = Cell::new_owned(text.into());
    match tone {
        Tone::Plain => cell,
        Tone::Good => cell.fg(Color::Green),
        Tone::Watch => cell.fg(Color::Yellow),
        Tone::Bad => cell.fg(Color::Red),
        Tone::Unsure => cell.fg(Color::Magenta),
        Tone::Aside => cell.add_attribute(Attribute::Dim),
        Tone::Strong => cell.add_attribute(Attribute::Bold),
    }
}

/// A plain cell.
pub(crate) fn text(text: impl Into<String>) -> Cell {
    cell(text, Tone::Plain)
}

/// A cell for those who ask.
pub(crate) fn aside(text: impl Into<String>) -> Cell {
    cell(text, Tone::Aside)
}

/// What a grade's colour says.
pub(crate) fn grade_tone(grade: i32) -> Tone {
    match pb::Grade::try_from(grade) {
        Ok(pb::Grade::Outstanding | pb::Grade::Good | pb::Grade::TypicallyPositive) => Tone::Good,
        Ok(pb::Grade::RequiresImprovement | pb::Grade::Adequate | pb::Grade::Inconsistent) => Tone::Watch,
        Ok(pb::Grade::Inadequate | pb::Grade::WidespreadFailings) => Tone::Bad,
        Ok(pb::Grade::NotApplicable | pb::Grade::NotRecorded | pb::Grade::Unspecified) | Err(_) => {
            Tone::Aside
        }
    }
}

/// A table with a line of headings.
pub(crate) fn headed(style: Style, headings: &[&str], rows: Vec<Vec<Cell>>) -> String {
    let mut table = bare(style);
    table.set_header(
        headings.iter().map(|heading| cell(*heading, Tone::Strong).add_attribute(Attribute::Underlined)),
    );
    table.add_rows(rows);
    finish(&mut table, 0)
}

/// Rows without headings, set in by `indent` columns.
pub(crate) fn rows(style: Style, indent: u16, rows: Vec<Vec<Cell>>) -> String {
    let mut table = bare(style);
    table.add_rows(rows);
    finish(&mut table, indent)
}

fn bare(style: Style) -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).force_no_tty();
    if let Some(width) = style.width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    if style.colour {
        table.enforce_styling().style_text_only();
    }
    table
}

/// The text of a table, without spaces at the ends of lines, and with two columns between its columns.
fn finish(table: &mut Table, indent: u16) -> String {
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { indent } else { 0 }, 2));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn example() -> Vec<Vec<Cell>> {
        vec![
            vec![text("Leeds"), text("children's social care, in force since 5 Aug 2022")],
            vec![text("Hull"), cell("inadequate", Tone::Bad)],
        ]
    }

    #[test]
    fn a_narrow_table_wraps_at_words() {
        let style = Style { colour: false, width: Some(30), why: false };
        expect![[r"
            Name   What
            Leeds  children's social
                   care, in force since
                   5 Aug 2022
            Hull   inadequate
        "]]
        .assert_eq(&headed(style, &["Name", "What"], example()));
    }

    #[test]
    fn a_pipe_gets_one_line_for_each_row_and_no_colour() {
        let printed = rows(Style::plain(), 2, example());
        assert_eq!(printed.lines().count(), 2);
        assert!(!printed.contains('\u{1b}'), "{printed}");
        assert!(printed.starts_with("  Leeds  children"), "{printed}");
    }
}
