//! What people read, from answers as the wire has them.

use docket_api::{json, pb};
use expect_test::expect;

use super::Style;
use super::explanation::provider_explanation;
use super::lists::{provider_comparison, would_change};
use super::overview::{in_brief, overview};
use super::status::status;
use super::table::GLUE;

/// An authority on the day on which its direction gave way to a notice; made smaller.
fn hull() -> pb::AuthorityStatus {
    json::from_str(
        r#"{
        "authority": {"id": "kingston-upon-hull", "name": "Kingston upon Hull", "gssCode": "E06000010", "dfeNumber": "810",
            "region": "Yorkshire and The Humber", "kind": "AUTHORITY_KIND_UNITARY"},
        "asOf": {"effectiveDate": {"year": 2022, "month": 8, "day": 5}, "knownTime": "2024-07-01T12:00:00Z",
            "knownPosition": "1071", "basis": "BASIS_PUBLISHED", "view": "VIEW_PUBLIC"},
        "existence": {"state": "EXISTENCE_STATE_EXISTS", "fromDate": {"year": 2009, "month": 1, "day": 1}},
        "profile": {"inspected": true, "inspection": "ilacs-2019-01-14", "kind": "INSPECTION_KIND_ILACS_STANDARD",
            "framework": "FRAMEWORK_ILACS_2018", "fieldworkDate": {"year": 2019, "month": 1, "day": 14},
            "publishedDate": {"year": 2019, "month": 5, "day": 17}, "countsFromDate": {"year": 2019, "month": 5, "day": 17},
            "grades": [
                {"kind": "JUDGEMENT_KIND_OVERALL_EFFECTIVENESS", "grade": "GRADE_INADEQUATE", "rawText": "Inadequate",
                    "restsOn": ["12eb59ce-0000-4000-8000-000000000001"]},
                {"kind": "JUDGEMENT_KIND_LEADERS", "grade": "GRADE_REQUIRES_IMPROVEMENT",
                    "rawText": "Requires improvement to be good"}]},
        "pathway": {"state": "PATHWAY_STATE_MONITORING", "sinceDate": {"year": 2019, "month": 5, "day": 17},
            "monitoringVisits": 1, "rule": "Inadequate overall: monitoring."},
        "obligations": [
            {"obligation": "ilacs-2019-01-14/written-statement", "kind": "OBLIGATION_KIND_WRITTEN_STATEMENT",
                "state": "OBLIGATION_STATE_OVERDUE", "nature": "OBLIGATION_NATURE_DUTY", "what": "written statement",
                "dueStatedDate": {"year": 2019, "month": 9, "day": 2}, "dueComputedDate": {"year": 2019, "month": 8, "day": 30},
                "datesDiffer": true, "statedDifferenceWorkingDays": 1, "daysOverdue": 1, "periodUnit": "PERIOD_UNIT_WORKING_DAYS",
                "legalBasis": "SI 2007/462 reg 3", "restsOn": ["ee866f59-0000-4000-8000-000000000002"]},
            {"obligation": "x/next", "kind": "OBLIGATION_KIND_NEXT_INSPECTION", "state": "OBLIGATION_STATE_OPEN",
                "nature": "OBLIGATION_NATURE_EXPECTATION", "dueComputedDate": {"year": 2023, "month": 1, "day": 14}},
            {"obligation": "x/report", "kind": "OBLIGATION_KIND_PUBLISH_REPORT", "state": "OBLIGATION_STATE_NOT_KNOWN",
                "nature": "OBLIGATION_NATURE_DUTY"}],
        "instruments": [
            {"instrument": "notice-2022-08-05", "kind": "INSTRUMENT_KIND_IMPROVEMENT_NOTICE", "standing": "STANDING_IN_FORCE",
                "domain": "SERVICE_DOMAIN_CHILDRENS_SOCIAL_CARE", "fromDate": {"year": 2022, "month": 8, "day": 5}},
            {"instrument": "direction-2020-03-16", "kind": "INSTRUMENT_KIND_DIRECTION", "standing": "STANDING_ENDED",
                "domain": "SERVICE_DOMAIN_SEND", "fromDate": {"year": 2020, "month": 3},
                "toDate": {"year": 2022, "month": 8, "day": 5}, "endedHow": "ENDED_HOW_REVOKED", "replacedBy": "notice-2022-08-05"}],
        "openCase": {"number": 1, "openedDate": {"year": 2019, "month": 5, "day": 17}},
        "cases": [{"number": 1, "openedDate": {"year": 2019, "month": 5, "day": 17}, "openingEvent": "ee866f59-0000-4000-8000-000000000002"}],
        "inspections": [{"inspection": "ilacs-2019-01-14", "kind": "INSPECTION_KIND_ILACS_STANDARD",
            "state": "INSPECTION_STATE_PUBLISHED", "publishedDate": {"year": 2019, "month": 5, "day": 17},
            "fieldwork": [{"firstDate": {"year": 2019, "month": 1, "day": 14}, "lastDate": {"year": 2019, "month": 1, "day": 25}}]}],
        "uncertainties": [{"eventId": "19e34bb0-0000-4000-8000-000000000003", "description": "the direction began on some day of March 2020"}]
    }"#,
    )
    .unwrap()
}

const NARROW: Style = Style { colour: false, width: Some(80), why: false };

#[test]
fn a_status_fits_eighty_columns_and_names_what_each_part_rests_on() {
    expect![[r#"
        Kingston upon Hull  kingston-upon-hull
        GSS E06000010 · DfE 810 · unitary · Yorkshire and The Humber
        As of 5 Aug 2022, as known at 1 Jul 2024 13:00:00 BST (@1071); judgements count
        from publication

        Authority  exists since 1 Jan 2009

        Social care  ILACS standard, fieldwork from 14 Jan 2019, published 17 May 2019  ilacs-2019-01-14
          overall effectiveness  inadequate            12eb59ce
          leaders                requires improvement

        Area SEND  no graded inspection counts on this day

        Pathway  monitoring since 17 May 2019, 1 monitoring visit

        Instruments  1 in force, 1 ended
          improvement notice,  in force since 5 Aug 2022     notice-2022-08-05
          social care
          direction, SEND      Mar 2020 to 5 Aug 2022,       direction-2020-03-16
                               revoked, replaced by
                               notice-2022-08-05

        Obligations  1 overdue, 0 open, 1 expected
          overdue by 1  2 Sep 2019 (stated);          written statement  ee866f59
          working day   computed 30 Aug 2019, 1
                        working day apart
          expected      14 Jan 2023 (computed)        next inspection
          and 1 more obligation of which nothing says whether it was met (--why lists all)

        Cases  case 1 is open since 17 May 2019
          case 1  open  since 17 May 2019  ee866f59

        Next  nothing that a date is known of

        Inspections  1 inspection or visit
          ILACS standard  14 Jan 2019 to 25 Jan 2019  published 17 May 2019

        Not certain
          the direction began on some day of March 2020  19e34bb0
    "#]]
    .assert_eq(&status(NARROW, &hull()));
}

#[test]
fn who_asks_why_gets_whole_ids_the_law_and_what_is_not_known() {
    let text = status(Style::plain().why(true), &hull());
    for said in [
        "ee866f59-0000-4000-8000-000000000002",
        "SI 2007/462 reg 3",
        "not known",
        "Inadequate overall: monitoring.",
    ] {
        assert!(text.contains(said), "{said} is missing in\n{text}");
    }
}

#[test]
fn a_row_of_all_authorities_shows_grades_instruments_and_what_is_owed() {
    expect![[r#"
        Authority           Judged                Grades  Pathway                       In force                       Owed
        Kingston upon Hull  Jan 2019, ILACS 2018  I RI    monitoring since 17 May 2019  improvement notice 5 Aug 2022  1 overdue

        Grades: RI requires improvement, I inadequate; in this order:
          ILACS 2018  overall effectiveness · leaders
    "#]].assert_eq(&overview(Style::plain(), &[hull()]));
}

#[test]
fn an_answer_in_brief_has_the_grades_the_pathway_and_what_is_in_force() {
    expect![[r#"
        ILACS 2018: I RI
        monitoring
        improvement notice since 5 Aug 2022
        1 overdue"#]]
    .assert_eq(&in_brief(&hull()).replace(GLUE, " "));
}

#[test]
fn a_provider_whose_name_is_withheld_is_told_by_its_number() {
    let status: pb::ProviderStatus = json::from_str(
        r#"{"provider": {"urn": "SC012345"}, "asOf": {"effectiveDate": {"year": 2024, "month": 3, "day": 1}},
            "registration": {"state": "REGISTRATION_STATE_REGISTERED"}}"#,
    )
    .unwrap();
    let change = pb::FieldChange { field: "registration.state".to_owned(), ..Default::default() };
    let would = pb::RecordResponse {
        provider_changes: vec![pb::ProviderStatusChange {
            before: None,
            after: Some(status.clone()),
            changes: vec![change.clone()],
        }],
        ..Default::default()
    };
    let compared = pb::CompareProviderResponse {
        first: Some(status.clone()),
        second: Some(status.clone()),
        changes: vec![change],
    };
    let explained = pb::ExplainProviderResponse { provider: status.provider, ..Default::default() };
    let told = would_change(NARROW, &would);
    assert!(told.starts_with("\nname withheld  SC012345 (not registered now)\n"), "{told}");
    for told in [told, provider_comparison(NARROW, &compared), provider_explanation(NARROW, explained)] {
        assert!(told.contains("name withheld  SC012345"), "{told}");
    }
    assert_eq!(would_change(NARROW, &pb::RecordResponse::default()), "No answer would change.\n");
}

#[test]
fn colour_is_used_only_where_it_is_understood() {
    let colour = Style { colour: true, ..NARROW };
    assert!(status(colour, &hull()).contains("\u{1b}["));
    assert!(!status(NARROW, &hull()).contains('\u{1b}'));
}

#[test]
fn monitoring_visits_are_counted_in_all_and_since_the_judgements_that_count_now() {
    let mut hull = hull();
    let pathway = hull.pathway.as_mut().unwrap();
    pathway.monitoring_visits = 6;
    pathway.usual_monitoring_visits =
        Some(pb::UsualVisits { made: 0, count: 6, ..pb::UsualVisits::default() });
    let page = status(Style::plain(), &hull);
    let told =
        "6 monitoring visits in all; 0 since the judgements that count now, usually 6 before a re-inspection";
    assert!(page.contains(told), "{page}");
}
