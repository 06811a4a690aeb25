//! Tables that fit the terminal, and colours with a meaning.

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, TableStyle, Width};
use docket_api::pb;

use super::Style;
use crate::when::MONTHS;

/// Longest word that is kept whole in a narrow table.
const WORD_CHARS_MAX: u16 = 20;
/// Spaces between columns.
const GAP: u16 = 2;

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
    let cell = Cell::new_owned(glue_dates(&text.into()));
    match tone {
        Tone::Plain => cell,
        Tone::Good => cell.fg(Color::DarkGreen),
        Tone::Watch => cell.fg(Color::DarkYellow),
        Tone::Bad => cell.fg(Color::DarkRed),
        Tone::Unsure => cell.fg(Color::DarkMagenta),
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

/// A space at which no line is broken, while a table is being laid out.
pub(crate) const GLUE: char = '\u{a0}';

/// Keeps the parts of a date on one line.
fn glue_dates(text: &str) -> String {
    let mut glued = String::new();
    let mut before = "";
    for word in text.split_inclusive([' ', '\n']) {
        let bare = word.trim_end();
        let month =
            MONTHS.contains(&before.trim_end()) && bare.starts_with(|first: char| first.is_ascii_digit());
        let day = MONTHS.contains(&bare) && before.starts_with(|first: char| first.is_ascii_digit());
        if (month || day) && glued.ends_with(' ') {
            glued.pop();
            glued.push(GLUE);
        }
        glued.push_str(word);
        before = word;
    }
    glued
}

/// What a grade's colour says.
pub(crate) fn grade_tone(grade: i32) -> Tone {
    match pb::Grade::try_from(grade) {
        Ok(
            pb::Grade::Outstanding
            | pb::Grade::Good
            | pb::Grade::TypicallyPositive
            | pb::Grade::ImprovedEffectiveness
            | pb::Grade::SustainedEffectiveness,
        ) => Tone::Good,
        Ok(pb::Grade::RequiresImprovement | pb::Grade::Adequate | pb::Grade::Inconsistent) => Tone::Watch,
        Ok(pb::Grade::Inadequate | pb::Grade::WidespreadFailings | pb::Grade::DeclinedEffectiveness) => {
            Tone::Bad
        }
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

/// Rows without headings, set in by `indent` columns. A column in which nothing stands takes no room.
pub(crate) fn rows(style: Style, indent: u16, rows: Vec<Vec<Cell>>) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let stands =
        |column: usize| rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.content().is_empty()));
    let kept: Vec<bool> = (0..columns).map(stands).collect();
    let mut table = bare(style);
    table.add_rows(rows.into_iter().map(|row| {
        row.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(cell, _)| cell).collect::<Vec<_>>()
    }));
    finish(&mut table, indent)
}

/// A paragraph, wrapped at words.
pub(crate) fn paragraph(style: Style, indent: u16, words: &str) -> String {
    rows(style, indent, vec![vec![text(words)]])
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
    let widths = least_widths(table, indent);
    let last = widths.len().saturating_sub(1);
    for ((index, column), width) in table.column_iter_mut().enumerate().zip(widths) {
        let (before, after) = (if index == 0 { indent } else { 0 }, if index == last { 0 } else { GAP });
        column.set_padding((before, after));
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width + before + after)));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end().replace(GLUE, " ").as_str());
        text.push('\n');
    }
    text
}

/// The least that each column should have: its longest word whole, and for the column with the most text a good part of
/// the table; less of both where there is no room for that.
fn least_widths(table: &Table, indent: u16) -> Vec<u16> {
    let mut words: Vec<u16> = Vec::new();
    let mut lines: Vec<u16> = Vec::new();
    for row in table.header().into_iter().chain(table.row_iter()) {
        for (column, content) in row.cell_iter().map(Cell::content).enumerate() {
            widen(&mut words, column, content.split([' ', '\n']));
            widen(&mut lines, column, content.lines());
        }
    }
    let Some(width) = table.width() else {
        return words;
    };
    let gaps = GAP * u16::try_from(words.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let room = width.saturating_sub(gaps).saturating_sub(indent);
    if room < words.iter().sum() {
        words.iter_mut().for_each(|word| *word = WORD_CHARS_MAX.min(*word));
    }
    let longest = lines.iter().max().copied().unwrap_or(0);
    let others: u16 = words.iter().sum();
    if let Some(widest) = lines.iter().position(|line| *line == longest)
        && let Some(least) = words.get_mut(widest)
    {
        let free = room.saturating_sub(others - *least);
        *least = (*least).max(longest.min(room / 5 * 2).min(free));
    }
    words
}

/// Makes a column as wide as the longest of its parts.
fn widen<'a>(widths: &mut Vec<u16>, column: usize, parts: impl Iterator<Item = &'a str>) {
    let longest = parts.map(|part| part.chars().count()).max().unwrap_or(0);
    let longest = u16::try_from(longest).unwrap_or(u16::MAX / 64);
    match widths.get_mut(column) {
        Some(width) => *width = longest.max(*width),
        None => widths.push(longest),
    }
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
        expect![[r#"
            Name   What
            Leeds  children's social care,
                   in force since
                   5 Aug 2022
            Hull   inadequate
        "#]]
        .assert_eq(&headed(style, &["Name", "What"], example()));
    }

    #[test]
    fn a_date_is_not_broken() {
        let style = Style { colour: false, width: Some(18), why: false };
        let printed = rows(style, 0, vec![vec![text("direction since 16 Mar 2020, varied")]]);
        assert_eq!(printed, "direction since\n16 Mar 2020,\nvaried\n");
    }

    #[test]
    fn an_empty_column_takes_no_room() {
        let printed = rows(Style::plain(), 0, vec![vec![text("a"), text(""), text("b")]]);
        assert_eq!(printed, "a  b\n");
    }

    #[test]
    fn a_pipe_gets_one_line_for_each_row_and_no_colour() {
        let printed = rows(Style::plain(), 2, example());
        assert_eq!(printed.lines().count(), 2);
        assert!(!printed.contains('\u{1b}'), "{printed}");
        assert!(printed.starts_with("  Leeds  children"), "{printed}");
    }
}
