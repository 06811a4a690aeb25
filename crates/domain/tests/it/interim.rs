//! The visits of the interim of 2020-21 to providers and schools.

use docket_domain::terms::{Framework, InspectionKind, JudgementKind, ProviderKind};

use crate::given::*;
use crate::providers::{on_the_day, provider_of};

#[test]
fn the_visits_of_the_interim_are_told_with_their_letters_and_change_no_profile() {
    for (of, full, visit) in [
        (ProviderKind::ChildrensHome, InspectionKind::ProviderFull, InspectionKind::ProviderAssuranceVisit),
        (ProviderKind::School, InspectionKind::School, InspectionKind::EducationVisit2020),
    ] {
        let overall = match of {
            ProviderKind::School => JudgementKind::OverallEffectiveness,
            _ => JudgementKind::OverallExperiencesAndProgress,
        };
        let given = vec![
            provider_of(of),
            fieldwork("full-2019-05-14", full, "2019-05-14"),
            judged("full-2019-05-14", full, "2019-06-20", &[(overall, Good)]),
            published("full-2019-05-14", full, "2019-06-20"),
            fieldwork("visit-2020-10-06", visit, "2020-10-06"),
            published("visit-2020-10-06", visit, "2020-11-10"),
        ];
        let status = on_the_day("2020-11-10", given);
        let profile = status.profile.unwrap();
        assert_eq!(
            (profile.inspection.as_str(), profile.grades[0].grade),
            ("full-2019-05-14", Good),
            "{of:?}"
        );
        let told = &status.inspections[0];
        assert_eq!((told.kind, told.published), (Some(visit), Some(on("2020-11-10"))));
        assert_eq!(told.framework, Some(Framework::CovidInterim));
    }
}
