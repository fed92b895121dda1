# SPDX-License-Identifier: ISC
"""The tables of schema/FORMAT.md, "The tables", read from the document itself; and R4's types, by HL7's list."""
import functools
import os
import re

DOCUMENT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../schema/FORMAT.md")

R4 = frozenset("""
Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary
BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem
ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest CompartmentDefinition
Composition ConceptMap Condition Consent Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue
Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference
EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence
EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse
HealthcareService ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan
Invoice Library Linkage List Location Measure MeasureReport Media Medication MedicationAdministration MedicationDispense
MedicationKnowledge MedicationRequest MedicationStatement MedicinalProduct MedicinalProductAuthorization
MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction
MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical MedicinalProductUndesirableEffect
MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder Observation ObservationDefinition
OperationDefinition OperationOutcome Organization OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation
Person PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson
RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis
Schedule SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap Subscription Substance
SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial
SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport TestScript ValueSet
VerificationResult VisionPrescription
""".split())
# of these, those whose element note is a list of Annotation
NOTED = frozenset("""
AllergyIntolerance CarePlan CareTeam ChargeItem ClinicalImpression Communication CommunicationRequest Condition Device
DeviceDefinition DeviceRequest DeviceUseStatement EffectEvidenceSynthesis Evidence EvidenceVariable FamilyMemberHistory Goal
GuidanceResponse ImagingStudy Immunization Invoice List Media MedicationAdministration MedicationDispense MedicationRequest
MedicationStatement NutritionOrder Observation Procedure RequestGroup ResearchStudy RiskAssessment RiskEvidenceSynthesis
ServiceRequest Specimen Task
""".split())


class Group:
    def __init__(self, types, where, elements, mark):
        self.types, self.where, self.elements = types, where, elements
        self.always, self.plain, self.bookkeeping = mark == "always", mark == "plain", mark == "bookkeeping"
        self.critical = mark if mark not in ("", "always", "plain", "bookkeeping") else None


class Rule:
    def __init__(self, types, where, elements, shape, key):
        self.types, self.where, self.elements = types, where, elements
        self.shape = shape.split(",")[0]                # object, items, boxes
        self.nested = "in themselves" in shape
        self.kind, _, self.at = key.partition(" at ")


def rows(title, text):
    """Cells of the table that follows **title**."""
    part = text[text.index(f"**{title}.**"):]
    table = re.search(r"\n\n((?:\|.*\n)+)", part).group(1).splitlines()[2:]
    for line in table:
        cells = [c.strip().strip("`") for c in line.strip("|").split("|")]
        types = None if cells[0] == "every" else frozenset(cells[0].split())
        yield [types, tuple(cells[1].split(".")) if cells[1] else (), cells[2].split()] + cells[3:]


def names(title, text):
    part = text[text.index(f"**{title}**:"):]
    return re.findall(r"`([^`]+)`", part[:part.index(".\n")])


with open(DOCUMENT, encoding="utf-8") as _f:
    _text = _f.read()
GROUPS = tuple(Group(*row) for row in rows("Groups", _text))
RULES = tuple(Rule(*row) for row in rows("Rules", _text))
DATATYPES = frozenset(names("Datatypes", _text))
CHOICES = sorted((n[:-3] for n in names("Choices", _text)), key=len, reverse=True)
if len(GROUPS) < 10 or len(RULES) < 20 or len(DATATYPES) < 40 or len(CHOICES) < 30:
    raise ValueError("the tables of schema/FORMAT.md are not where they were")


@functools.lru_cache(None)
def element(key):
    """An element's name in the tables: without the underscore, and a choice by its name."""
    name = key[1:] if key.startswith("_") else key
    for c in CHOICES:
        if name.startswith(c) and name[len(c):] in DATATYPES:
            return c + "[x]"
    return name


@functools.lru_cache(None)
def find(table, kind, where, name):
    """The row of a type before that of every type."""
    for own in (True, False):
        for row in table:
            if row.where == where and name in row.elements and (row.types is not None) == own and (not own or kind in row.types):
                return row
    return None
