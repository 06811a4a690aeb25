//! The last event of each stream at the end of a sealed chunk, in pages, so that opening need not look for them.
//!
//! Key: `h`, chunk, number of the page. Page: one head after the other, none across two pages: length of the stream's name (2 bytes), name,
//! revision (8 bytes), leaf hash. Only the heads of the last chunk in pages are kept.

use docket_domain::{Position, Revision};

use crate::admit::Tip;
use crate::bytes::{array_at, u16_at, u64_at};
use crate::index::Tips;
use crate::pages::{IndexFault, PAGE_BYTES_MAX, Pages};
use crate::sealed::{Sealed, key};
use crate::segment::Segment;

/// Which heads are put into pages with a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// None: a later chunk follows at once.
    Later,
    /// The tips of the index as they are: no event was added after those of this chunk.
    AsTheyAre,
    /// Those of the chunk before, and what this one changed of them. So nobody has to remember the tips as they were then.
    GoOn,
}

/// Heads on their way into pages.
struct Writing<'a> {
    pages: &'a Pages,
    chunk: Position,
    number: u32,
    page: Vec<u8>,
    heads: u32,
}

impl<'a> Writing<'a> {
    fn new(pages: &'a Pages, chunk: Position) -> Self {
        Self { pages, chunk, number: 0, page: Vec::new(), heads: 0 }
    }

    fn add(&mut self, name: &str, tip: Tip) -> Result<(), IndexFault> {
        let mut head = Vec::from(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
        head.extend(name.as_bytes());
        head.extend(tip.revision.0.to_le_bytes());
        head.extend(tip.leaf.unwrap_or_default());
        if self.page.len() + head.len() > PAGE_BYTES_MAX {
            self.put()?;
        }
        self.page.extend(head);
        self.heads += 1;
        Ok(())
    }

    fn put(&mut self) -> Result<(), IndexFault> {
        let (key, page) = (key(b'h', self.chunk, &[self.number]), std::mem::take(&mut self.page));
        self.number += 1;
        self.pages.put("adding the heads to the index", &key, page)
    }

    /// Tells how many pages they took, and how many they are.
    fn end(mut self) -> Result<(u32, u32), IndexFault> {
        self.put()?;
        Ok((self.number, self.heads))
    }
}

/// Writes all heads; tells how many pages they took, and how many they are.
pub(crate) fn write(pages: &Pages, chunk: Position, tips: &Tips) -> Result<(u32, u32), IndexFault> {
    let mut writing = Writing::new(pages, chunk);
    for (stream, tip) in tips {
        writing.add(stream.as_str(), *tip)?;
    }
    writing.end()
}

/// Writes the heads of the chunk before with what this one changed of them; tells as [`write`] does.
pub(crate) fn go_on(
    pages: &Pages,
    before: Option<&Sealed>,
    segment: &Segment,
) -> Result<(u32, u32), IndexFault> {
    let mut writing = Writing::new(pages, segment.chunk);
    let mut grown = 0;
    if let Some(before) = before {
        each(pages, before, &mut |name, tip| {
            let newer = segment.tip(name);
            grown += usize::from(newer.is_some());
            writing.add(name, newer.unwrap_or(tip))
        })?;
    }
    let mut new = 0;
    for (stream, tip) in segment.new_tips() {
        new += 1;
        writing.add(stream.as_str(), tip)?;
    }
    if grown + new != segment.streams().len() {
        return Err(IndexFault("a stream that goes on has no head in it".to_owned()));
    }
    writing.end()
}

/// The heads at the end of this chunk.
pub(crate) fn read(pages: &Pages, sealed: &Sealed) -> Result<Tips, IndexFault> {
    let mut tips = Tips::default();
    tips.reserve(sealed.heads as usize);
    each(pages, sealed, &mut |name, tip| {
        let stream = name.parse().map_err(|_| IndexFault("a head in it is of no stream".to_owned()))?;
        tips.insert(stream, tip);
        Ok(())
    })?;
    if tips.len() == sealed.heads as usize {
        Ok(tips)
    } else {
        Err(IndexFault(format!("it has {} heads, not {}", tips.len(), sealed.heads)))
    }
}

/// Shows each of them.
fn each(
    pages: &Pages,
    sealed: &Sealed,
    show: &mut dyn FnMut(&str, Tip) -> Result<(), IndexFault>,
) -> Result<(), IndexFault> {
    let mut heads = 0;
    for number in 0..sealed.head_pages {
        let page = pages.need("reading the heads of the index", &key(b'h', sealed.chunk, &[number]))?;
        let mut rest: &[u8] = &page;
        while !rest.is_empty() {
            let head = take(&mut rest);
            let (name, tip) = head.ok_or_else(|| IndexFault("a head in it is cut".to_owned()))?;
            show(name, tip)?;
            heads += 1;
        }
    }
    if heads == sealed.heads && sealed.head_pages > 0 {
        Ok(())
    } else {
        Err(IndexFault(format!("it has {heads} heads, not {}", sealed.heads)))
    }
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<(&'a str, Tip)> {
    let length = usize::from(u16_at(rest, 0)?);
    let name = std::str::from_utf8(rest.get(2..2 + length)?).ok()?;
    let revision = Revision(u64_at(rest, 2 + length)?);
    let leaf = array_at(rest, 10 + length)?;
    *rest = rest.get(42 + length..)?;
    Some((name, Tip { revision, leaf: Some(leaf) }))
}

/// Removes the heads of other chunks.
pub(crate) fn remove_others(pages: &Pages, chunk: Position) -> Result<(), IndexFault> {
    let doing = "removing older heads from the index";
    for found in pages.keys(doing, b"h")? {
        if !found.starts_with(&key(b'h', chunk, &[])) {
            pages.remove(doing, &found)?;
        }
    }
    Ok(())
}
