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

/// Writes all heads; tells how many pages they took, and how many they are.
pub(crate) fn write(pages: &Pages, chunk: Position, tips: &Tips) -> Result<(u32, u32), IndexFault> {
    let mut number = 0;
    let mut page = Vec::new();
    let put = |number: u32, page: Vec<u8>| {
        pages.put("adding the heads to the index", &key(b'h', chunk, &[number]), page)
    };
    for (stream, tip) in tips {
        let name = stream.as_str().as_bytes();
        let mut head = Vec::from(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
        head.extend(name);
        head.extend(tip.revision.0.to_le_bytes());
        head.extend(tip.leaf.unwrap_or_default());
        if page.len() + head.len() > PAGE_BYTES_MAX {
            put(number, std::mem::take(&mut page))?;
            number += 1;
        }
        page.extend(head);
    }
    put(number, page)?;
    Ok((number + 1, u32::try_from(tips.len()).unwrap_or(u32::MAX)))
}

/// The heads at the end of this chunk.
pub(crate) fn read(pages: &Pages, sealed: &Sealed) -> Result<Tips, IndexFault> {
    let mut tips = Tips::default();
    for number in 0..sealed.head_pages {
        let page = pages.need("reading the heads of the index", &key(b'h', sealed.chunk, &[number]))?;
        let mut rest: &[u8] = &page;
        while !rest.is_empty() {
            let head = take(&mut rest);
            let (stream, tip) = head.ok_or_else(|| IndexFault("a head in it is cut".to_owned()))?;
            tips.insert(stream, tip);
        }
    }
    if tips.len() == sealed.heads as usize && sealed.head_pages > 0 {
        Ok(tips)
    } else {
        Err(IndexFault(format!("it has {} heads, not {}", tips.len(), sealed.heads)))
    }
}

fn take(rest: &mut &[u8]) -> Option<(docket_domain::StreamId, Tip)> {
    let length = usize::from(u16_at(rest, 0)?);
    let name = std::str::from_utf8(rest.get(2..2 + length)?).ok()?.parse().ok()?;
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
