//! What there are tables of, column by column. A column is a name, the place of its value in an answer's canonical JSON, and what it says.
//!
//! Names and types of columns that have landed stay: new ones come at the end.

use docket_api::pb::{ColumnType, Table as Of};

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    /// Where its value is: names of fields with "." between them.
    pub(crate) at: &'static str,
    /// What it holds.
    pub kind: ColumnType,
    /// In words.
    pub says: &'static str,
    /// Of a number that a row with the part it is in may not have: then it is none, and not 0.
    pub(crate) may_be_none: bool,
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Which.
    pub of: Of,
    /// What a row is, and in which order they come.
    pub says: &'static str,
    /// From left to right.
    pub columns: &'static [Column],
}

const fn text(name: &'static str, at: &'static str, says: &'static str) -> Column {
    Column { name, at, kind: ColumnType::Text, says, may_be_none: false }
}

const fn integer(name: &'static str, at: &'static str, says: &'static str) -> Column {
    Column { name, at, kind: ColumnType::Integer, says, may_be_none: false }
}

const fn boolean(name: &'static str, at: &'static str, says: &'static str) -> Column {
    Column { name, at, kind: ColumnType::Boolean, says, may_be_none: false }
}

const fn date(name: &'static str, at: &'static str, says: &'static str) -> Column {
    Column { name, at, kind: ColumnType::Date, says, may_be_none: false }
}

const fn texts(name: &'static str, at: &'static str, says: &'static str) -> Column {
    Column { name, at, kind: ColumnType::Texts, says, may_be_none: false }
}

const ID: Column = text("authority_id", "authority.id", "Docket's own id of the authority; never changes");
const NAME: Column = text("authority_name", "authority.name", "its name on the day");
const CODE: Column = text("gss_code", "authority.gssCode", "its GSS code on the day");
const REGION: Column = text("region", "authority.region", "its region");

/// Every table.
pub const TABLES: &[Table] = &[
    Table {
        of: Of::Statuses,
        says: "a row for each authority that exists on the day, by name",
        columns: &[
            ID,
            NAME,
            CODE,
            REGION,
            text("dfe_number", "authority.dfeNumber", "its number at the Department for Education"),
            text("ofsted_urn", "authority.ofstedUrn", "its number at Ofsted"),
            text(
                "overall_effectiveness",
                "overall.grade",
                "the grade that counts on the day; not_applicable where the framework has none",
            ),
            text("inspection", "status.profile.inspection", "the inspection whose judgements count"),
            text("inspection_kind", "status.profile.kind", "its kind"),
            text("framework", "status.profile.framework", "the framework under which it was made"),
            date("fieldwork_date", "status.profile.fieldworkDate", "its first day"),
            date("published_date", "status.profile.publishedDate", "the day of its report"),
            text("pathway", "status.pathway.state", "which inspection pathway is followed"),
            date("pathway_since_date", "status.pathway.sinceDate", "since when"),
            integer(
                "monitoring_visits",
                "status.pathway.monitoringVisits",
                "monitoring visits since the pathway began",
            ),
            integer(
                "open_priority_actions",
                "counts.openPriorityActions",
                "areas for priority action that are open",
            ),
            integer(
                "instruments_in_force",
                "counts.instrumentsInForce",
                "notices, directions and appointments in force",
            ),
            integer(
                "obligations_open",
                "counts.obligationsOpen",
                "obligations that are open, overdue ones among them",
            ),
            integer("obligations_overdue", "counts.obligationsOverdue", "obligations that are overdue"),
            integer(
                "case_number",
                "status.openCase.number",
                "the number of the open case; none where no case is open",
            ),
            date("case_opened_date", "status.openCase.openedDate", "since when it is open"),
            boolean("uncertain", "counts.uncertain", "whether an uncertain date decides part of the answer"),
        ],
    },
    Table {
        of: Of::Judgements,
        says: "a row for each judgement that counts on the day, by authority, service and judgement as its framework has them",
        columns: &[
            ID,
            NAME,
            CODE,
            REGION,
            text("service_domain", "domain", "which services were judged"),
            text("inspection", "profile.inspection", "the inspection"),
            text("inspection_kind", "profile.kind", "its kind"),
            text("framework", "profile.framework", "the framework under which it was made"),
            date("fieldwork_date", "profile.fieldworkDate", "its first day"),
            date("published_date", "profile.publishedDate", "the day of its report"),
            date(
                "counts_from_date",
                "profile.countsFromDate",
                "the day from which it counts, by the basis asked",
            ),
            text("judgement", "judgement.kind", "what was judged"),
            text(
                "grade",
                "judgement.grade",
                "the grade; not_applicable where the framework has no such judgement, not_recorded where nothing recorded tells it",
            ),
            text("raw_text", "judgement.rawText", "the grade as printed"),
            texts("rests_on", "judgement.restsOn", "the events that say so"),
        ],
    },
    Table {
        of: Of::Obligations,
        says: "a row for each obligation known on the day, by authority, in the order of its status",
        columns: &[
            ID,
            NAME,
            CODE,
            REGION,
            text("obligation", "obligation.obligation", "its key"),
            text("obligation_kind", "obligation.kind", "what it is"),
            text("service_domain", "obligation.domain", "over which services"),
            text("state", "obligation.state", "how it stands on the day"),
            text("nature", "obligation.nature", "whether it is a duty, a right or an expectation"),
            text("what", "obligation.what", "in words"),
            date("trigger_date", "obligation.triggerDate", "the day from which it is counted"),
            integer("period_length", "obligation.periodLength", "how long"),
            text("period_unit", "obligation.periodUnit", "in which unit"),
            date("due_stated_date", "obligation.dueStatedDate", "due, as a document says"),
            date("due_computed_date", "obligation.dueComputedDate", "due, by the rule"),
            date(
                "due_estimated_date",
                "obligation.dueEstimatedDate",
                "due, estimated from the publication where the receipt is not recorded",
            ),
            date("met_date", "obligation.metDate", "when it was met"),
            integer(
                "days_overdue",
                "obligation.daysOverdue",
                "days after the due date: working days where the period counts those",
            ),
            text("legal_basis", "obligation.legalBasis", "the law or handbook"),
            boolean("uncertain", "obligation.uncertain", "whether an uncertain date decides"),
            texts("rests_on", "obligation.restsOn", "the events that say so"),
        ],
    },
    Table {
        of: Of::Instruments,
        says: "a row for each instrument and appointment that began by the day, by authority, in the order of its status",
        columns: &[
            ID,
            NAME,
            CODE,
            REGION,
            text("instrument", "instrument.instrument", "its key"),
            text("instrument_kind", "instrument.kind", "what it is"),
            text("service_domain", "instrument.domain", "over which services"),
            text("standing", "instrument.standing", "how it stands on the day"),
            date("from_date", "instrument.fromDate", "its first day"),
            date("to_date", "instrument.toDate", "the first day on which it was no longer in force"),
            text("ended_how", "instrument.endedHow", "how it ended"),
            text("replaces", "instrument.replaces", "which one it replaced"),
            text("replaced_by", "instrument.replacedBy", "which one replaced it"),
            text("holder", "instrument.holder", "commissioner, adviser or trust"),
            text("legal_basis", "instrument.legalBasis", "the law"),
            texts("rests_on", "instrument.restsOn", "the events that say so"),
        ],
    },
    Table {
        of: Of::Cases,
        says: "a row for each case that began by the day, by authority and number",
        columns: &[
            ID,
            NAME,
            CODE,
            REGION,
            integer("case_number", "case.number", "1, 2, 3 … for one authority"),
            date("opened_date", "case.openedDate", "since when it is or was open"),
            date(
                "closed_date",
                "case.closedDate",
                "the first day on which it was closed; none while it is open",
            ),
            text("opening_event", "case.openingEvent", "the event that opened it"),
            text("closing_event", "case.closingEvent", "the event that closed it"),
            boolean("uncertain", "case.uncertain", "whether an uncertain date decides"),
        ],
    },
    Table {
        of: Of::Events,
        says: "a row for each event recorded by the position asked, by position; of one that the view does not show, its place and hashes alone",
        columns: &[
            integer("position", "position", "1, 2, 3 … over the whole log"),
            integer("revision", "revision", "1, 2, 3 … in its stream"),
            text("record_time", "recordTime", "when Docket learned it: an instant in UTC"),
            text("stream", "event.stream", "whose event it is"),
            text("event_id", "event.eventId", "its id"),
            text("event_kind", "kind", "what happened"),
            date("happened_date", "event.happenedOn", "when it happened"),
            date("published_date", "event.publishedDate", "when it was published, where it says so"),
            text("confidence", "event.confidence", "how surely it is known"),
            text("recorded_by", "recordedBy", "who recorded it"),
            text("sources", "sources", "the titles of its sources"),
            text("body", "body", "what it says, as canonical JSON"),
            text("leaf_hash", "leafHash", "its hash in the log, base64 (RFC 6962)"),
        ],
    },
    Table {
        of: Of::Intervals,
        says: "a row for each interval of social care, by measure and rank, those that are left out last",
        columns: &[
            ID,
            NAME,
            CODE,
            REGION,
            text("measure", "measure", "from what to what it counts"),
            text("begins", "interval.begins", "the inspection or instrument with which it begins"),
            date("from_date", "interval.fromDate", "its first day, which is not counted"),
            text(
                "ends",
                "interval.ends",
                "the inspection or instrument with which it ends; none for the day asked",
            ),
            date("to_date", "interval.toDate", "its last day"),
            integer("days", "interval.days", "calendar days"),
            Column {
                may_be_none: true,
                ..integer(
                    "working_days",
                    "interval.workingDays",
                    "working days; none outside of the years whose bank holidays are known",
                )
            },
            integer("rank", "interval.rank", "1 for the longest of its measure"),
            text("left_out_because", "interval.leftOutBecause", "why it is not counted"),
            texts("rests_on", "interval.restsOn", "the events that say so"),
        ],
    },
];
