//! The words for regulated providers and what is enforced against them.

use super::terms;

terms! {
    /// What a provider is registered or inspected as.
    ProviderKind {
        ChildrensHome = 1, "childrens_home";
        SecureChildrensHome = 2, "secure_childrens_home";
        SecureTrainingCentre = 3, "secure_training_centre";
        IndependentFosteringAgency = 4, "independent_fostering_agency";
        VoluntaryAdoptionAgency = 5, "voluntary_adoption_agency";
        AdoptionSupportAgency = 6, "adoption_support_agency";
        ResidentialFamilyCentre = 7, "residential_family_centre";
        ResidentialHolidayScheme = 8, "residential_holiday_scheme";
        BoardingSchool = 9, "boarding_school";
        ResidentialSpecialSchool = 10, "residential_special_school";
        ResidentialSpecialSchoolAsHome = 11, "residential_special_school_as_home";
        FurtherEducationWithResidence = 12, "further_education_with_residence";
        SupportedAccommodation = 13, "supported_accommodation";
        Cafcass = 14, "cafcass";
        EarlyYearsSetting = 15, "early_years_setting";
        School = 16, "school";
        College = 17, "college";
    }
}

terms! {
    /// Who runs a provider.
    ProviderSector {
        Private = 1, "private";
        LocalAuthority = 2, "local_authority";
        Voluntary = 3, "voluntary";
        HealthAuthority = 4, "health_authority";
        Academy = 5, "academy";
        Public = 6, "public";
    }
}

terms! {
    /// How a registration ended.
    RegistrationEnd {
        Voluntary = 1, "voluntary";
        ByNotice = 2, "by_notice";
        UrgentOrder = 3, "urgent_order";
    }
}

terms! {
    /// Whether a provider is registered on the day asked.
    RegistrationState {
        NotYet = 1, "not_yet";
        Registered = 2, "registered";
        Suspended = 3, "suspended";
        Cancelled = 4, "cancelled";
    }
}

terms! {
    /// What is enforced against a provider.
    MeasureKind {
        ComplianceNotice = 1, "compliance_notice";
        Restriction = 2, "restriction";
        Proposal = 3, "proposal";
        Suspension = 4, "suspension";
        Condition = 5, "condition";
        UrgentOrder = 6, "urgent_order";
        Prosecution = 7, "prosecution";
    }
}

terms! {
    /// How far a measure has come.
    MeasureStage {
        Served = 1, "served";
        Representations = 2, "representations";
        Decided = 3, "decided";
        Appealed = 4, "appealed";
        Determined = 5, "determined";
        Ended = 6, "ended";
    }
}

terms! {
    /// What a notice of proposal proposes.
    ProposalKind {
        RefuseRegistration = 1, "refuse_registration";
        ImposeCondition = 2, "impose_condition";
        VaryCondition = 3, "vary_condition";
        RemoveCondition = 4, "remove_condition";
        Suspend = 5, "suspend";
        Cancel = 6, "cancel";
    }
}

terms! {
    /// How a compliance notice came to its end.
    ComplianceOutcome {
        Complied = 1, "complied";
        NotComplied = 2, "not_complied";
        Withdrawn = 3, "withdrawn";
    }
}

terms! {
    /// What a notice of decision says.
    DecisionOutcome {
        Adopted = 1, "adopted";
        NotAdopted = 2, "not_adopted";
    }
}

terms! {
    /// What became of an appeal.
    AppealOutcome {
        Allowed = 1, "allowed";
        Dismissed = 2, "dismissed";
        Withdrawn = 3, "withdrawn";
        StruckOut = 4, "struck_out";
    }
}

terms! {
    /// What became of a prosecution.
    ProsecutionOutcome {
        Convicted = 1, "convicted";
        Acquitted = 2, "acquitted";
        Withdrawn = 3, "withdrawn";
    }
}
