//! Regulated providers: what is published on an unknown day, and what hangs on the kind of provider.

use docket_domain::event::InspectionStep;
use docket_domain::terms::InspectionState;

use crate::given::*;
use crate::providers::{full, home, on_the_day};

#[test]
fn an_inspection_whose_report_came_out_on_an_unknown_day_is_published_and_not_certain() {
    let mut given = vec![home()];
    given.extend(full("full-2014-05-14", "2014-05-14", "", [Good, Good, Good]));
    let status = on_the_day("2016-01-01", given.clone());
    assert_eq!(status.inspections[0].state, InspectionState::Published);
    assert!(!status.uncertainties.is_empty());
    let history = recorded(given.clone());
    let steps = docket_domain::why::provider_steps(&status, &history, &[]);
    let step = steps.iter().find(|step| step.field == "inspections[full-2014-05-14].state").unwrap();
    assert!(step.because.contains("not known"), "{}", step.because);
    let otherwise = step.otherwise.join("; ");
    assert!(otherwise.contains("if its day were known"), "{otherwise}");
    assert!(!otherwise.contains("report_published"), "{otherwise}");
    given.push(inspection("full-2014-05-14", "2014-09-01", InspectionStep::Withdrawn));
    assert_eq!(on_the_day("2016-01-01", given).inspections[0].state, InspectionState::Withdrawn);
}
