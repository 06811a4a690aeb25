//! What the index knows of one sealed chunk, in pages. Keys are big-endian, what is in a page is little-endian:
//!
//! | key | page |
//! | --- | --- |
//! | `o`, chunk, number of the page | for each event, the offset of its frame divided by 8 |
//! | `i`, chunk, number of the page, part | (hash of an event id, number of the event), in order |
//! | `t`, chunk, number of the page, part | (hash of a stream, its first revision here, where its list begins, how many events), in order |
//! | `l`, chunk, number of the page | numbers of events, stream after stream |
//! | `k`, chunk, 0, part | (kind, where its list begins, how many events) |
//! | `n`, chunk, number of the page | numbers of events, kind after kind |
//! | `f`, chunk, 0 for ids or 1 for streams, how many bytes, number of the page | a part of the filter; it may be missing |
//! | `c`, chunk | the record: how many pages there are, and by what the chunk is known again |
//!
//! A chunk is known by its first position, an event by its number in the chunk: 0, 1, 2 … A key with a hash `h` (its first four bytes) is in page
//! `h * pages / 2^32`. Only chunks of which every event could be read are put into pages, so revisions of a stream follow each other.

use docket_domain::{EventId, Position, Revision, StreamId};
use sha2::{Digest as _, Sha256};

use crate::bytes::{array_at, size, u32_at, u64_at};
use crate::event_log::LeafHash;
use crate::frame::ALIGN;
use crate::pages::{IndexFault, PAGE_BYTES_MAX, Pages};
use crate::segment::{Listed, Segment, first_of};

/// Layout of the pages; another number makes the index anew.
const VERSION: u32 = 3;
/// Numbers in a page of `o` or `l`.
const NUMBERS: usize = PAGE_BYTES_MAX / 4;
/// Bytes of an entry in a page of `i`.
const ID_LEN: usize = 8;
/// Bytes of an entry in a page of `k`.
const KIND_LEN: usize = 12;
/// Bytes of an entry in a page of `t`.
const STREAM_LEN: usize = 32;
/// A page of entries is filled to this part of it on average, so that few need a second part.
const FILL: usize = 3;

/// The record of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// First position of the chunk.
    pub(crate) chunk: Position,
    /// Number of its events.
    pub(crate) count: u32,
    /// Leaf hash of its last event.
    pub(crate) leaf: LeafHash,
    /// Pages of heads that were written with it, and how many heads; none where a later chunk has them.
    pub(crate) head_pages: u32,
    pub(crate) heads: u32,
    id_pages: u32,
    stream_pages: u32,
}

/// The hash by which the index knows an event id.
pub(crate) fn id_hash(id: EventId) -> u32 {
    u32_at(&Sha256::digest(id.0), 0).unwrap_or_default()
}

/// The hash by which the index knows a stream.
fn stream_hash(stream: &StreamId) -> [u8; 16] {
    array_at(&Sha256::digest(stream.as_str()), 0).unwrap_or_default()
}

/// The part of a stream's hash by which filters and pages are chosen.
fn short(hash: &[u8; 16]) -> u32 {
    u32_at(hash, 0).unwrap_or_default()
}

/// The key of a stream in the filters.
pub(crate) fn stream_key(stream: &StreamId) -> u32 {
    short(&stream_hash(stream))
}

/// The key of a page.
pub(crate) fn key(tag: u8, chunk: Position, numbers: &[u32]) -> Vec<u8> {
    let mut key = vec![tag];
    key.extend(chunk.0.to_be_bytes());
    numbers.iter().for_each(|number| key.extend(number.to_be_bytes()));
    key
}

/// Which of the pages holds a hash.
fn page_of(hash: u32, pages: u32) -> u32 {
    u32::try_from((u64::from(hash) * u64::from(pages)) >> 32).unwrap_or_default()
}

impl Sealed {
    /// Puts a whole chunk into pages; the record is put by [`Sealed::put_record`], after whatever else belongs to it.
    pub(crate) fn write(segment: &Segment, pages: &Pages) -> Result<Self, IndexFault> {
        let chunk = segment.chunk;
        put_numbers(pages, b'o', chunk, segment.offsets())?;
        let mut ids: Vec<(u32, u32)> = segment.ids().map(|(id, number)| (id_hash(*id), number)).collect();
        ids.sort_unstable();
        let ids: Vec<(u32, [u8; ID_LEN])> = ids
            .into_iter()
            .map(|(hash, number)| (hash, joined(&hash.to_le_bytes(), &number.to_le_bytes())))
            .collect();
        let id_pages = put_entries(pages, b'i', chunk, &ids)?;
        let mut streams: Vec<_> =
            segment.streams().map(|(stream, events)| (stream_hash(stream), events)).collect();
        streams.sort_unstable();
        let mut list = Vec::with_capacity(segment.count());
        let mut table = Vec::with_capacity(streams.len());
        for (hash, events) in streams {
            let first = events.first().map_or(0, |(revision, _)| revision.0);
            let mut entry = [0; STREAM_LEN];
            let begin = u32::try_from(list.len()).unwrap_or(u32::MAX);
            let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
            let whole =
                [&hash[..], &first.to_le_bytes(), &begin.to_le_bytes(), &count.to_le_bytes()].concat();
            entry.copy_from_slice(&whole);
            table.push((short(&hash), entry));
            list.extend(events.iter().map(|(_, number)| *number));
        }
        table.sort_by_key(|(hash, _)| *hash);
        let stream_pages = put_entries(pages, b't', chunk, &table)?;
        put_numbers(pages, b'l', chunk, &list)?;
        put_kinds(segment, pages)?;
        Ok(Self {
            chunk,
            count: u32::try_from(segment.count()).unwrap_or(u32::MAX),
            leaf: segment.leaves().last().copied().unwrap_or_default(),
            head_pages: 0,
            heads: 0,
            id_pages,
            stream_pages,
        })
    }

    /// Puts the record, which says that all of the pages are there.
    pub(crate) fn put_record(&self, pages: &Pages) -> Result<(), IndexFault> {
        let mut record = Vec::new();
        for number in [VERSION, self.count, self.id_pages, self.stream_pages, self.head_pages, self.heads] {
            record.extend(number.to_le_bytes());
        }
        record.extend(self.leaf);
        pages.put("adding a chunk to the index", &key(b'c', self.chunk, &[]), record)
    }

    /// The record of a chunk, if there is one.
    pub(crate) fn read(chunk: Position, pages: &Pages) -> Result<Option<Self>, IndexFault> {
        let Some(record) = pages.get("reading the record of a chunk", &key(b'c', chunk, &[]))? else {
            return Ok(None);
        };
        let number = |at| u32_at(&record, at);
        let sealed = || {
            Some(Self {
                chunk,
                count: number(4)?,
                id_pages: number(8)?,
                stream_pages: number(12)?,
                head_pages: number(16)?,
                heads: number(20)?,
                leaf: array_at(&record, 24)?,
            })
        };
        if number(0) != Some(VERSION) {
            return Err(IndexFault("the record of a chunk is of another version".to_owned()));
        }
        sealed().map(Some).ok_or_else(|| IndexFault("the record of a chunk is too short".to_owned()))
    }

    /// Position of the chunk's last event.
    pub(crate) fn last(&self) -> Position {
        Position((self.chunk.0 + u64::from(self.count)).saturating_sub(1))
    }

    /// The offset of the frame that holds this position.
    pub(crate) fn offset(&self, pages: &Pages, position: Position) -> Result<Option<u64>, IndexFault> {
        let number = position.0.checked_sub(self.chunk.0).filter(|number| *number < u64::from(self.count));
        let Some(number) = number else { return Ok(None) };
        let units = self.number(pages, b'o', size(number))?;
        Ok(Some(u64::from(units) * ALIGN as u64))
    }

    /// Where events are whose id has this hash.
    pub(crate) fn ids(&self, pages: &Pages, hash: u32) -> Result<Vec<Position>, IndexFault> {
        let mut found = Vec::new();
        self.each_entry(pages, b'i', page_of(hash, self.id_pages), ID_LEN, &mut |entry| {
            if u32_at(entry, 0) == Some(hash) {
                found.extend(u32_at(entry, 4).map(|number| Position(self.chunk.0 + u64::from(number))));
            }
        })?;
        Ok(found)
    }

    /// The hashes of all ids, or of all streams, as the filters know them.
    pub(crate) fn hashes(&self, pages: &Pages, streams: bool) -> Result<Vec<u32>, IndexFault> {
        let (tag, count, len) =
            if streams { (b't', self.stream_pages, STREAM_LEN) } else { (b'i', self.id_pages, ID_LEN) };
        let mut hashes = Vec::new();
        for page in 0..count {
            self.each_entry(pages, tag, page, len, &mut |entry| hashes.extend(u32_at(entry, 0)))?;
        }
        Ok(hashes)
    }

    /// The filter of the ids, or of the streams, if one of so many bytes is there.
    pub(crate) fn filter(
        &self,
        pages: &Pages,
        streams: bool,
        bytes: usize,
    ) -> Result<Option<Vec<u8>>, IndexFault> {
        let mut bits = Vec::with_capacity(bytes);
        for number in (0_u32..).take(bytes.div_ceil(PAGE_BYTES_MAX)) {
            let key = filter_key(self.chunk, streams, bytes, number);
            match pages.get("reading a filter in the index", &key)? {
                Some(page) => bits.extend(&*page),
                None => return Ok(None),
            }
        }
        Ok((bits.len() == bytes).then_some(bits))
    }

    /// At most `limit` events of a stream after this position, oldest first.
    pub(crate) fn forward(
        &self,
        pages: &Pages,
        stream: &StreamId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Listed>, IndexFault> {
        let Some(run) = self.run(pages, stream)? else { return Ok(Vec::new()) };
        let from = self.first_after(pages, run, after)?;
        self.listed(pages, run, from, run.count.min(from.saturating_add(limit)))
    }

    /// At most `limit` events of a stream before this position, newest first.
    pub(crate) fn back(
        &self,
        pages: &Pages,
        stream: &StreamId,
        before: Position,
        limit: usize,
    ) -> Result<Vec<Listed>, IndexFault> {
        let Some(run) = self.run(pages, stream)? else { return Ok(Vec::new()) };
        let to = self.first_after(pages, run, Position(before.0.saturating_sub(1)))?;
        let mut listed = self.listed(pages, run, to.saturating_sub(limit), to)?;
        listed.reverse();
        Ok(listed)
    }

    /// At most `limit` events of these kinds after this position, oldest first.
    pub(crate) fn of_kinds(
        &self,
        pages: &Pages,
        kinds: &[u32],
        after: Position,
        limit: usize,
    ) -> Result<Vec<Position>, IndexFault> {
        let mut runs = Vec::new();
        self.each_entry(pages, b'k', 0, KIND_LEN, &mut |entry| {
            let (kind, begin, count) = (u32_at(entry, 0), u32_at(entry, 4), u32_at(entry, 8));
            if let (Some(kind), Some(begin), Some(count)) = (kind, begin, count)
                && kinds.contains(&kind)
            {
                let (begin, count) = (begin as usize, count as usize);
                runs.push(Run { tag: b'n', first: Revision::NONE, begin, count });
            }
        })?;
        let mut found = Vec::new();
        for run in runs {
            let from = self.first_after(pages, run, after)?;
            let listed = self.listed(pages, run, from, run.count.min(from.saturating_add(limit)))?;
            found.extend(listed.into_iter().map(|(_, position)| position));
        }
        Ok(first_of(found, limit))
    }

    /// How many of the stream's events here are at this position or before.
    fn first_after(&self, pages: &Pages, run: Run, after: Position) -> Result<usize, IndexFault> {
        if after < self.chunk {
            return Ok(0);
        }
        let (mut low, mut high) = (0, run.count);
        while low < high {
            let middle = low + (high - low) / 2;
            let number = self.number(pages, run.tag, run.begin + middle)?;
            if self.chunk.0 + u64::from(number) <= after.0 { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    /// These events of a stream.
    fn listed(&self, pages: &Pages, run: Run, from: usize, to: usize) -> Result<Vec<Listed>, IndexFault> {
        let mut listed = Vec::with_capacity(to.saturating_sub(from));
        let mut page = None;
        for at in from..to {
            let (number, within) = ((run.begin + at) / NUMBERS, (run.begin + at) % NUMBERS);
            let held = match page.take().filter(|(held, _)| *held == number) {
                Some((_, held)) => held,
                None => pages.need("reading a stream in the index", &self.numbers_key(run.tag, number))?,
            };
            let event = u32_at(&held, within * 4).ok_or_else(short_page)?;
            listed.push((Revision(run.first.0 + at as u64), Position(self.chunk.0 + u64::from(event))));
            page = Some((number, held));
        }
        Ok(listed)
    }

    /// Where the list of a stream is.
    fn run(&self, pages: &Pages, stream: &StreamId) -> Result<Option<Run>, IndexFault> {
        let hash = stream_hash(stream);
        let mut found = None;
        self.each_entry(pages, b't', page_of(short(&hash), self.stream_pages), STREAM_LEN, &mut |entry| {
            if entry.starts_with(&hash) {
                let first = u64_at(entry, 16).map(Revision);
                let begin = u32_at(entry, 24).map(|begin| begin as usize);
                let count = u32_at(entry, 28).map(|count| count as usize);
                found = first.zip(begin).zip(count).map(|((first, begin), count)| Run {
                    tag: b'l',
                    first,
                    begin,
                    count,
                });
            }
        })?;
        Ok(found)
    }

    /// A number of the pages `o` or `l`.
    fn number(&self, pages: &Pages, tag: u8, at: usize) -> Result<u32, IndexFault> {
        let page = pages.need("looking up an event", &self.numbers_key(tag, at / NUMBERS))?;
        u32_at(&page, at % NUMBERS * 4).ok_or_else(short_page)
    }

    fn numbers_key(&self, tag: u8, page: usize) -> Vec<u8> {
        key(tag, self.chunk, &[u32::try_from(page).unwrap_or(u32::MAX)])
    }

    /// Shows every entry of a page and of its further parts.
    fn each_entry(
        &self,
        pages: &Pages,
        tag: u8,
        page: u32,
        len: usize,
        show: &mut dyn FnMut(&[u8]),
    ) -> Result<(), IndexFault> {
        for part in 0.. {
            let bytes = pages.need("looking into a chunk's pages", &key(tag, self.chunk, &[page, part]))?;
            bytes.chunks_exact(len).for_each(&mut *show);
            if bytes.len() < PAGE_BYTES_MAX / len * len {
                break;
            }
        }
        Ok(())
    }
}

/// Where the list of a stream, or of a kind, is in a chunk.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Of the pages that hold it.
    tag: u8,
    /// Revision of the stream's first event in the chunk.
    first: Revision,
    begin: usize,
    count: usize,
}

fn short_page() -> IndexFault {
    IndexFault("a page is too short".to_owned())
}

fn joined(a: &[u8; 4], b: &[u8; 4]) -> [u8; ID_LEN] {
    let mut joined = [0; ID_LEN];
    joined.iter_mut().zip(a.iter().chain(b)).for_each(|(to, from)| *to = *from);
    joined
}

/// Puts the list of each kind, and where it is.
fn put_kinds(segment: &Segment, pages: &Pages) -> Result<(), IndexFault> {
    let (mut list, mut table) = (Vec::new(), Vec::new());
    for (kind, events) in segment.kinds() {
        let begin = u32::try_from(list.len()).unwrap_or(u32::MAX);
        let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
        let mut entry = [0; KIND_LEN];
        let whole = [kind.to_le_bytes(), begin.to_le_bytes(), count.to_le_bytes()].concat();
        entry.copy_from_slice(&whole);
        // All in the first page and its parts: kinds are few.
        table.push((0, entry));
        list.extend_from_slice(events);
    }
    put_parts(pages, &key(b'k', segment.chunk, &[0]), &table)?;
    put_numbers(pages, b'n', segment.chunk, &list)
}

/// Puts the filter of the ids of a chunk, or of its streams.
pub(crate) fn put_filter(
    pages: &Pages,
    chunk: Position,
    streams: bool,
    bits: &[u8],
) -> Result<(), IndexFault> {
    for (number, part) in (0_u32..).zip(bits.chunks(PAGE_BYTES_MAX)) {
        let key = filter_key(chunk, streams, bits.len(), number);
        pages.put("adding a filter to the index", &key, part.to_vec())?;
    }
    Ok(())
}

fn filter_key(chunk: Position, streams: bool, bytes: usize, number: u32) -> Vec<u8> {
    key(b'f', chunk, &[u32::from(streams), u32::try_from(bytes).unwrap_or(u32::MAX), number])
}

/// Puts numbers into pages, one after the other.
fn put_numbers(pages: &Pages, tag: u8, chunk: Position, numbers: &[u32]) -> Result<(), IndexFault> {
    for (page, numbers) in (0_u32..).zip(numbers.chunks(NUMBERS)) {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        pages.put("adding a chunk to the index", &key(tag, chunk, &[page]), bytes)?;
    }
    Ok(())
}

/// Puts entries, which are in the order of their hashes, into the pages of their hashes; tells how many pages there are.
fn put_entries<const N: usize>(
    pages: &Pages,
    tag: u8,
    chunk: Position,
    entries: &[(u32, [u8; N])],
) -> Result<u32, IndexFault> {
    let in_part = PAGE_BYTES_MAX / N;
    let count = u32::try_from(entries.len().div_ceil(in_part * (FILL - 1) / FILL).max(1)).unwrap_or(u32::MAX);
    let mut rest = entries;
    for page in 0..count {
        let (of_page, after) = rest.split_at(rest.partition_point(|(hash, _)| page_of(*hash, count) <= page));
        rest = after;
        put_parts(pages, &key(tag, chunk, &[page]), of_page)?;
    }
    Ok(count)
}

/// Puts the entries of one page into as many parts as it takes; the last is not full.
fn put_parts<const N: usize>(
    pages: &Pages,
    page: &[u8],
    entries: &[(u32, [u8; N])],
) -> Result<(), IndexFault> {
    let in_part = PAGE_BYTES_MAX / N;
    let mut rest = entries;
    for part in 0_u32.. {
        let (now, later) = rest.split_at(rest.len().min(in_part));
        let bytes = now.iter().flat_map(|(_, entry)| *entry).collect();
        pages.put("adding a chunk to the index", &[page, &part.to_be_bytes()].concat(), bytes)?;
        if now.len() < in_part {
            break;
        }
        rest = later;
    }
    Ok(())
}
