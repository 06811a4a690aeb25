//! The words of the interim of 2020-21.

use super::terms;

terms! {
    /// Which of the relaxations of SI 2020/445 was used.
    Flexibility {
        NotCarried = 1, "not_carried";
        VirtualVisits = 2, "virtual_visits";
        MedicalReports = 3, "medical_reports";
        InspectionFrequency = 4, "inspection_frequency";
        OtherCarried = 5, "other_carried";
    }
}

terms! {
    /// Why somebody is visited first.
    PriorityCriterion {
        JudgedInadequate = 1, "judged_inadequate";
        PriorityActionOpen = 2, "priority_action_open";
        ConcernsSince = 3, "concerns_since";
        NotInspectedUnderFramework = 4, "not_inspected_under_framework";
        NewlyRegistered = 5, "newly_registered";
        TimeSinceLast = 6, "time_since_last";
        Sample = 7, "sample";
    }
}
