//! The words for what stands in a plan, and for indicators.

use super::terms;

terms! {
    /// How far an action has come.
    ActionState {
        NotStarted = 1, "not_started";
        UnderWay = 2, "under_way";
        Done = 3, "done";
        Stopped = 4, "stopped";
    }
}

terms! {
    /// What a report found that a plan answers.
    FindingKind {
        AreaForImprovement = 1, "area_for_improvement";
        PriorityAction = 2, "priority_action";
    }
}

terms! {
    /// What an indicator measures.
    IndicatorKind {
        StaffTurnover = 1, "staff_turnover";
        Vacancies = 2, "vacancies";
        AgencyShare = 3, "agency_share";
        Caseload = 4, "caseload";
        StaffAbsence = 5, "staff_absence";
        Other = 6, "other";
    }
}
