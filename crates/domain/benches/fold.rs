//! How long a status takes from an authority's own events, against the time to read the same events once.
//!
//! `cargo bench -p docket-domain`. After the measurements it prints the ratio of the two, from the same run: what folding costs over the
//! least that any answer from the history could do.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion};
use docket_domain::answer::status;
use docket_domain::date::{PartialDate, days_after};
use docket_domain::event::{
    DateRange, Fact, Fieldwork, InspectionStep, InstrumentStep, Issue, Judgement, ObligationStep, Recorded,
};
use docket_domain::national::National;
use docket_domain::status::{AsOf, AuthorityRef};
use docket_domain::terms::{
    Basis, EndedHow, Grade, InspectionKind, InstrumentKind, JudgementKind, ServiceDomain, View,
};
use docket_domain::{EventId, Position, Revision};
use jiff::Timestamp;
use jiff::civil::date;

/// Sizes of histories: an authority of today, a busy one, and far more than any has.
const SIZES: [usize; 3] = [30, 300, 3_000];
/// How long each ratio is measured.
const RATIO_TIME: Duration = Duration::from_millis(300);

/// A history of inspections, plans and instruments, `len` events long, from 2009 on.
fn history(len: usize) -> Vec<Recorded> {
    let kind = InspectionKind::IlacsStandard;
    let facts =
        (0..).flat_map(|round: i32| {
            let day = days_after(date(2009, 1, 1), round * 40).unwrap_or(date(2200, 1, 1));
            let on = PartialDate::Day(day);
            let inspection = format!("ilacs-{day}").parse().unwrap();
            let instrument = format!("direction-{day}").parse().unwrap();
            let ranges = vec![DateRange { first: on, last: on }];
            let fieldwork =
                Fieldwork { kind, ranges, theme: String::new(), sequence_number: 0, unpublished: false };
            let grade = if round % 2 == 0 { Grade::Inadequate } else { Grade::Good };
            let judgement = Judgement {
                kind: JudgementKind::OverallEffectiveness,
                grade,
                raw_text: String::from("as printed"),
            };
            let steps = [
                InspectionStep::Fieldwork(fieldwork),
                InspectionStep::Received,
                InspectionStep::Published { kind },
                InspectionStep::JudgementsMade { kind, judgements: vec![judgement] },
            ];
            let issue = Issue {
                kind: InstrumentKind::Direction,
                domain: ServiceDomain::ChildrensSocialCare,
                powers: vec![],
                holder: String::new(),
                term_end: PartialDate::Unknown,
                review_interval_months: None,
                report_due: PartialDate::Unknown,
                triggers: Vec::new(),
                replaces: None,
                under: None,
            };
            let obligation = format!("ilacs-{day}/written-statement").parse().unwrap();
            let mut facts: Vec<(PartialDate, Fact)> = Vec::new();
            facts.extend(steps.map(|step| {
                (on, Fact::Inspection { inspection: std::clone::Clone::clone(&inspection), step })
            }));
            facts.push((on, Fact::Obligation { obligation, step: ObligationStep::Submitted }));
            facts.extend([InstrumentStep::Issued(issue), InstrumentStep::Ended(EndedHow::Revoked)].map(
                |step| (on, Fact::Instrument { instrument: std::clone::Clone::clone(&instrument), step }),
            ));
            facts
        });
    let numbered = facts.take(len).zip(1_u64..);
    numbered
        .map(|((happened_on, fact), number)| Recorded {
            position: Position(number),
            revision: Revision(number),
            recorded_at: Timestamp::UNIX_EPOCH,
            id: EventId(u128::from(number).to_be_bytes()),
            happened_on,
            published: None,
            fact,
        })
        .collect()
}

fn national() -> National {
    let years = Fact::CalendarPublished { version: String::new(), first_year: 2007, last_year: 2400 };
    let mut events = history(1);
    if let Some(event) = events.first_mut() {
        event.fact = years;
        event.happened_on = PartialDate::Unknown;
    }
    National::fold(&events)
}

fn ask(history: &[Recorded], national: &National) {
    let authority = AuthorityRef {
        id: "hull".parse().unwrap(),
        name: String::new(),
        kind: None,
        region: String::new(),
        codes: vec![],
    };
    let as_of = AsOf {
        effective: date(2026, 11, 22),
        today: date(2026, 11, 22),
        known_position: Position(history.len() as u64),
        known_at: Timestamp::UNIX_EPOCH,
        basis: Basis::Published,
        view: View::Public,
    };
    black_box(status(authority, black_box(history), national, as_of));
}

/// Each event looked at and copied once.
fn read_once(history: &[Recorded]) {
    for event in history {
        black_box(event.clone());
    }
}

fn mean(mut work: impl FnMut()) -> Duration {
    let begin = Instant::now();
    let mut rounds = 0;
    while rounds < 3 || begin.elapsed() < RATIO_TIME {
        work();
        rounds += 1;
    }
    begin.elapsed() / rounds
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args().measurement_time(Duration::from_secs(3));
    let national = national();
    let mut group = criterion.benchmark_group("status");
    for size in SIZES {
        let history = history(size);
        group.bench_with_input(BenchmarkId::new("fold", size), &history, |bench, history| {
            bench.iter(|| ask(history, &national));
        });
        group.bench_with_input(BenchmarkId::new("read once", size), &history, |bench, history| {
            bench.iter(|| read_once(history));
        });
    }
    group.finish();
    for size in SIZES {
        let history = history(size);
        let fold = mean(|| ask(&history, &national));
        let least = mean(|| read_once(&history));
        let ratio = fold.as_secs_f64() / least.as_secs_f64();
        println!("{size} events: a status takes {fold:?}, reading them once {least:?}: ratio {ratio:.1}");
    }
    criterion.final_summary();
}
