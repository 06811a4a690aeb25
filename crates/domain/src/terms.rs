//! The words of the field. Numbers are the wire's and the log's: never changed, never used again.

mod interim;
mod plans;
mod providers;

pub use interim::*;
pub use plans::*;
pub use providers::*;

/// Declares an enumeration with the number and the name of each member. A member `if test` is there for the tests of this crate alone.
macro_rules! terms {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$member_doc:meta])* $member:ident = $number:literal, $text:literal $(, if $there:meta)?;)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $(#[doc = $text] $(#[$member_doc])* $(#[cfg($there)])? $member,)+ }

        impl $name {
            /// Every member, in the order of the numbers.
            pub const ALL: &'static [Self] = &[$($(#[cfg($there)])? Self::$member),+];

            /// The number on the wire.
            #[must_use]
            pub const fn number(self) -> i32 {
                match self { $($(#[cfg($there)])? Self::$member => $number,)+ }
            }

            /// The member of this number.
            #[must_use]
            pub const fn from_number(number: i32) -> Option<Self> {
                match number { $($(#[cfg($there)])? $number => Some(Self::$member),)+ _ => None }
            }

            /// The name, in lower case with underscores.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($(#[cfg($there)])? Self::$member => $text,)+ }
            }
        }
    };
}

use terms;

terms! {
    /// Which of a council's services a fact is about.
    ServiceDomain {
        ChildrensSocialCare = 1, "childrens_social_care";
        Send = 2, "send";
        RegulatedProvision = 3, "regulated_provision";
    }
}

terms! {
    /// What Ofsted came to do.
    InspectionKind {
        Jar = 1, "jar";
        Unannounced = 2, "unannounced";
        Slac = 3, "slac";
        ChildProtection = 4, "child_protection";
        TargetedLookedAfter = 5, "targeted_looked_after";
        Sif = 6, "sif";
        SifReinspection = 7, "sif_reinspection";
        IlacsStandard = 8, "ilacs_standard";
        IlacsShort = 9, "ilacs_short";
        FocusedVisit = 10, "focused_visit";
        MonitoringVisit = 11, "monitoring_visit";
        ActionPlanningVisit = 12, "action_planning_visit";
        CovidAssuranceVisit = 13, "covid_assurance_visit";
        Jtai = 14, "jtai";
        AreaSendFull = 15, "area_send_full";
        AreaSendRevisit = 16, "area_send_revisit";
        AreaSendMonitoring = 17, "area_send_monitoring";
        Ilacs = 18, "ilacs";
        AnnualEngagementMeeting = 19, "annual_engagement_meeting";
        SelfEvaluation = 20, "self_evaluation";
        ProviderFull = 21, "provider_full";
        ProviderInterim = 22, "provider_interim";
        ProviderAssuranceVisit = 23, "provider_assurance_visit";
        ProviderMonitoringVisit = 24, "provider_monitoring_visit";
        ProviderEmergency = 25, "provider_emergency";
        SecureTrainingCentre = 26, "secure_training_centre";
        Cafcass = 27, "cafcass";
        EarlyYears = 28, "early_years";
        School = 29, "school";
        FurtherEducation = 30, "further_education";
        EducationVisit2020 = 31, "education_visit_2020";
    }
}

terms! {
    /// The rules an inspection was made under.
    Framework {
        Jar = 1, "jar";
        Unannounced = 2, "unannounced";
        Slac = 3, "slac";
        ChildProtection = 4, "child_protection";
        TargetedLookedAfter = 5, "targeted_looked_after";
        Sif = 6, "sif";
        Ilacs2018 = 7, "ilacs_2018";
        Ilacs2023 = 8, "ilacs_2023";
        Ilacs2026 = 9, "ilacs_2026";
        CovidInterim = 10, "covid_interim";
        Jtai = 11, "jtai";
        AreaSend2016 = 12, "area_send_2016";
        AreaSend2023 = 13, "area_send_2023";
        Engagement = 14, "engagement";
        ProviderBefore2017 = 15, "provider_before_2017";
        Sccif = 16, "sccif";
        SecureTrainingCentre = 17, "secure_training_centre";
        Cafcass = 18, "cafcass";
        EarlyYears = 19, "early_years";
        School = 20, "school";
        FurtherEducation = 21, "further_education";
        ProviderInterim = 22, "provider_interim";
        MadeUp = 99, "made_up", if test;
    }
}

terms! {
    /// What is judged.
    JudgementKind {
        OverallEffectiveness = 1, "overall_effectiveness";
        Leaders = 2, "leaders";
        HelpAndProtection = 3, "help_and_protection";
        ChildrenInCareAndCareLeavers = 4, "children_in_care_and_care_leavers";
        ChildrenInCare = 5, "children_in_care";
        CareLeavers = 6, "care_leavers";
        SifHelpAndProtection = 7, "sif_help_and_protection";
        SifLookedAfterAndPermanence = 8, "sif_looked_after_and_permanence";
        SifAdoption = 9, "sif_adoption";
        SifCareLeavers = 10, "sif_care_leavers";
        SifLeadership = 11, "sif_leadership";
        LscbEffectiveness = 12, "lscb_effectiveness";
        Safeguarding = 13, "safeguarding";
        LookedAfter = 14, "looked_after";
        AreaSendOutcome = 15, "area_send_outcome";
        OverallExperiencesAndProgress = 16, "overall_experiences_and_progress";
        HelpedAndProtected = 17, "helped_and_protected";
        LeadersAndManagers = 18, "leaders_and_managers";
        InterimEffectiveness = 19, "interim_effectiveness";
    }
}

terms! {
    /// A grade. *Not applicable* and *not recorded* stand only in answers.
    Grade {
        Outstanding = 1, "outstanding";
        Good = 2, "good";
        RequiresImprovement = 3, "requires_improvement";
        Inadequate = 4, "inadequate";
        Adequate = 5, "adequate";
        TypicallyPositive = 6, "typically_positive";
        Inconsistent = 7, "inconsistent";
        WidespreadFailings = 8, "widespread_failings";
        NotApplicable = 9, "not_applicable";
        NotRecorded = 10, "not_recorded";
        ImprovedEffectiveness = 11, "improved_effectiveness";
        SustainedEffectiveness = 12, "sustained_effectiveness";
        DeclinedEffectiveness = 13, "declined_effectiveness";
    }
}

terms! {
    /// What has to be done by a day, or is expected by one.
    ObligationKind {
        PublishReport = 1, "publish_report";
        WrittenStatement = 2, "written_statement";
        FocusedVisitPlanDraft = 3, "focused_visit_plan_draft";
        FocusedVisitPlanFinal = 4, "focused_visit_plan_final";
        JtaiStatement = 5, "jtai_statement";
        JarPublishReport = 6, "jar_publish_report";
        SendWrittenStatement = 7, "send_written_statement";
        SendPriorityActionPlan = 8, "send_priority_action_plan";
        SendMonitoring = 9, "send_monitoring";
        SendRevisit = 10, "send_revisit";
        FirstMonitoringVisit = 11, "first_monitoring_visit";
        NextMonitoringVisit = 12, "next_monitoring_visit";
        NextInspection = 13, "next_inspection";
        OnSiteAfterCall = 14, "on_site_after_call";
        DraftComments = 15, "draft_comments";
        PublicationExpected = 16, "publication_expected";
        PauseLimit = 17, "pause_limit";
        NoticeReview = 18, "notice_review";
        CommissionerReport = 19, "commissioner_report";
        Other = 20, "other";
        Requirement = 21, "requirement";
        ComplianceStep = 22, "compliance_step";
        Representations = 23, "representations";
        Appeal = 24, "appeal";
        ComplianceVisit = 25, "compliance_visit";
        ReturnAfterInadequate = 26, "return_after_inadequate";
        RestrictionReview = 27, "restriction_review";
        AnnualEngagement = 28, "annual_engagement";
    }
}

terms! {
    /// What stands between the Secretary of State and an authority.
    InstrumentKind {
        ImprovementNotice = 1, "improvement_notice";
        Direction = 2, "direction";
        Commissioner = 3, "commissioner";
        Adviser = 4, "adviser";
        FlexibilityLetter = 5, "flexibility_letter";
        Supervision = 6, "supervision";
        Trust = 7, "trust";
    }
}

terms! {
    /// Education Act 1996 s.497A, by subsection.
    DirectionPower {
        S497A4 = 1, "497a_4";
        S497A4A = 2, "497a_4a";
        S497A4B = 3, "497a_4b";
    }
}

terms! {
    /// What kind of council it is.
    AuthorityKind {
        County = 1, "county";
        Unitary = 2, "unitary";
        MetropolitanDistrict = 3, "metropolitan_district";
        LondonBorough = 4, "london_borough";
    }
}

terms! {
    /// Whose numbering a code belongs to.
    CodeScheme {
        Gss = 1, "gss";
        DfeNumber = 2, "dfe_number";
        OfstedUrn = 3, "ofsted_urn";
    }
}

terms! {
    /// What kind of body delivers the services.
    DeliveryKind {
        Company = 1, "company";
        Trust = 2, "trust";
        PartnerAuthority = 3, "partner_authority";
    }
}

terms! {
    /// Whether a delivery arrangement was chosen or directed.
    DeliveryBasis {
        Voluntary = 1, "voluntary";
        Directed = 2, "directed";
    }
}

terms! {
    /// What Ofsted's letter says of a plan.
    PlanReviewOutcome {
        Reflects = 1, "reflects";
        DoesNotReflect = 2, "does_not_reflect";
    }
}

terms! {
    /// Whose count of days a question means.
    Basis {
        Published = 1, "published";
        Inspected = 2, "inspected";
    }
}

terms! {
    /// Whether a question may see what is under embargo.
    View {
        Public = 1, "public";
        Restricted = 2, "restricted";
    }
}

terms! {
    /// How surely an event is known.
    Confidence {
        Official = 1, "official";
        Secondary = 2, "secondary";
        Inferred = 3, "inferred";
    }
}

terms! {
    /// Legal existence of an authority on a day.
    ExistenceState {
        NotYet = 1, "not_yet";
        Exists = 2, "exists";
        Closed = 3, "closed";
    }
}

terms! {
    /// What Ofsted does next with an authority.
    PathwayState {
        Uninspected = 1, "uninspected";
        Short = 2, "short";
        Standard = 3, "standard";
        Monitoring = 4, "monitoring";
        Closed = 5, "closed";
        Undetermined = 6, "undetermined";
        Paused = 7, "paused";
    }
}

terms! {
    /// Whether something holds on the day asked.
    Standing {
        InForce = 1, "in_force";
        Ended = 2, "ended";
        Uncertain = 3, "uncertain";
    }
}

terms! {
    /// How an instrument ended.
    EndedHow {
        Lifted = 1, "lifted";
        Revoked = 2, "revoked";
        Expired = 3, "expired";
        Replaced = 4, "replaced";
        Ended = 5, "ended";
        AuthorityClosed = 6, "authority_closed";
        CarriedOver = 7, "carried_over";
    }
}

terms! {
    /// Where an obligation stands on the day asked.
    ObligationState {
        Open = 1, "open";
        Overdue = 2, "overdue";
        Met = 3, "met";
        MetLate = 4, "met_late";
        Waived = 5, "waived";
        Transferred = 6, "transferred";
        Superseded = 7, "superseded";
        Voided = 8, "voided";
        NotKnown = 9, "not_known";
        Lapsed = 10, "lapsed";
    }
}

terms! {
    /// Whether something is owed, only expected, or allowed.
    ObligationNature {
        Duty = 1, "duty";
        Expectation = 2, "expectation";
        Right = 3, "right";
    }
}

terms! {
    /// What a period is counted in. Never converted into one another.
    PeriodUnit {
        WorkingDays = 1, "working_days";
        CalendarDays = 2, "calendar_days";
        Weeks = 3, "weeks";
        Months = 4, "months";
    }
}

terms! {
    /// How far an inspection has come.
    InspectionState {
        Notified = 1, "notified";
        Deferred = 2, "deferred";
        Fieldwork = 3, "fieldwork";
        Paused = 4, "paused";
        Incomplete = 5, "incomplete";
        Draft = 6, "draft";
        Complaint = 7, "complaint";
        Received = 8, "received";
        Published = 9, "published";
        Republished = 10, "republished";
        Revised = 11, "revised";
        Withdrawn = 12, "withdrawn";
    }
}

terms! {
    /// What is measured: the days from one thing to another.
    IntervalMeasure {
        SinceFullInspection = 1, "since_full_inspection";
        BetweenFullInspections = 2, "between_full_inspections";
        FieldworkEndToPublication = 3, "fieldwork_end_to_publication";
        FieldworkStartToPublication = 4, "fieldwork_start_to_publication";
        ReportToNotice = 5, "report_to_notice";
        ReportToDirection = 6, "report_to_direction";
        NoticeToDirection = 7, "notice_to_direction";
        DirectionToExit = 8, "direction_to_exit";
    }
}

terms! {
    /// What intervals are put together by.
    IntervalGrouping {
        Authority = 1, "authority";
        Region = 2, "region";
        Year = 3, "year";
        InspectionKind = 4, "inspection_kind";
        Grade = 5, "grade";
    }
}
