/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "schema/atoms.h"
#include "schema/merge.h"

/* The 146 resource types of FHIR R4. A document of another type is one atom:
 * nobody here can say which of its elements mean something only together. */
static const char known[] =
	"Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse "
	"AuditEvent Basic Binary BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement "
	"CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition Claim ClaimResponse "
	"ClinicalImpression CodeSystem Communication CommunicationRequest CompartmentDefinition "
	"Composition ConceptMap Condition Consent Contract Coverage CoverageEligibilityRequest "
	"CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest "
	"DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference "
	"EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare "
	"EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit "
	"FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService "
	"ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation "
	"ImplementationGuide InsurancePlan Invoice Library Linkage List Location Measure MeasureReport "
	"Media Medication MedicationAdministration MedicationDispense MedicationKnowledge "
	"MedicationRequest MedicationStatement MedicinalProduct MedicinalProductAuthorization "
	"MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient "
	"MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged "
	"MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition "
	"MessageHeader MolecularSequence NamingSystem NutritionOrder Observation ObservationDefinition "
	"OperationDefinition OperationOutcome Organization OrganizationAffiliation Parameters Patient "
	"PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner PractitionerRole "
	"Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup "
	"ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment "
	"RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen "
	"SpecimenDefinition StructureDefinition StructureMap Subscription Substance "
	"SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation "
	"SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task "
	"TerminologyCapabilities TestReport TestScript ValueSet VerificationResult VisionPrescription";

/* Choice elements: one of these names with the name of a datatype behind it. */
static const char choices[] =
	"abatement[x] age[x] asNeeded[x] born[x] code[x] created[x] deceased[x] doseNumber[x] "
	"effective[x] event[x] identified[x] item[x] legallyBinding[x] manufacturer[x] medication[x] "
	"module[x] multipleBirth[x] occurred[x] occurrence[x] onset[x] performed[x] product[x] "
	"quantity[x] reported[x] scheduled[x] seriesDoses[x] serviced[x] source[x] start[x] "
	"statusReason[x] subject[x] target[x] timing[x] topic[x] value[x]";

static const char datatypes[] =
	"Address Age Annotation Attachment Base64Binary Boolean Canonical Code CodeableConcept Coding "
	"ContactDetail ContactPoint Contributor Count DataRequirement Date DateTime Decimal Distance "
	"Dosage Duration Expression HumanName Id Identifier Instant Integer Markdown Meta Money Oid "
	"ParameterDefinition Period PositiveInt Quantity Range Ratio Reference RelatedArtifact "
	"SampledData Signature String Time Timing TriggerDefinition UnsignedInt Uri Url UsageContext "
	"Uuid";

#define DRUG "MedicationRequest MedicationStatement MedicationDispense MedicationAdministration"

/*
 * A row of an array that holds something else in some document (identifier is
 * one object in Composition) does no harm: what is no array is an atom as it
 * stands (atoms.c), and an item without a key is part of the unmatched rest.
 */
static const struct ac_merge_rule rules[] = {
	{ .types = "*", .in = "", .names = "meta", .shape = AC_SHAPE_OBJECT, .path = "meta" },
	{ .types = "*", .in = "meta", .names = "tag security", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_CODE, .at = "" },
	{ .types = "*", .in = "", .shape = AC_SHAPE_ITEMS, .key = AC_KEY_IDENT, .at = "",
	  .names = "identifier" },
	{ .types = "*", .in = "", .shape = AC_SHAPE_ITEMS, .key = AC_KEY_CODE, .at = "",
	  .names = "category reasonCode bodySite complication followUp usedCode specialty serviceType "
	           "serviceCategory securityLabel excludeFoodModifier foodPreferenceModifier program "
	           "programEligibility jurisdiction" },
	{ .types = "*", .in = "", .shape = AC_SHAPE_ITEMS, .key = AC_KEY_REF, .at = "",
	  .names = "account addresses allergyIntolerance author basedOn careTeam complicationDetail "
	           "contributor derivedFrom detectedIssue device endpoint eventHistory "
	           "generalPractitioner goal hasMember imagingStudy implicated insurance ingredient "
	           "interpreter managingOrganization outcomeReference partOf performer problem reasonReference "
	           "recipient relevantHistory replaces report result resultsInterpreter specimen "
	           "supportingInfo supportingInformation target usedReference" },
	{ .types = "*", .in = "", .shape = AC_SHAPE_ITEMS, .key = AC_KEY_ID, .at = "",
	  .names = "address contact contained content evidence extension name note photo qualification stage "
	           "telecom" },

	{ .types = "Appointment", .in = "", .names = "participant", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_REF, .at = "actor" },
	{ .types = "CarePlan", .in = "", .names = "activity", .shape = AC_SHAPE_BOXES,
	  .key = AC_KEY_CODE, .at = "detail.code", .path = "activity" },
	{ .types = "CarePlan", .in = "activity", .names = "detail", .shape = AC_SHAPE_OBJECT,
	  .path = "activity.detail" },
	{ .types = "CarePlan", .in = "activity", .names = "outcomeReference", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_REF, .at = "" },
	{ .types = "CarePlan", .in = "activity", .names = "outcomeCodeableConcept",
	  .shape = AC_SHAPE_ITEMS, .key = AC_KEY_CODE, .at = "" },
	{ .types = "CarePlan", .in = "activity", .names = "progress", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_ID, .at = "" },
	{ .types = "CarePlan", .in = "activity.detail", .names = "goal reasonReference performer",
	  .shape = AC_SHAPE_ITEMS, .key = AC_KEY_REF, .at = "" },
	{ .types = "CarePlan", .in = "activity.detail", .names = "reasonCode",
	  .shape = AC_SHAPE_ITEMS, .key = AC_KEY_CODE, .at = "" },
	{ .types = "CareTeam", .in = "", .names = "participant", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_REF, .at = "member" },
	{ .types = "Composition", .in = "", .names = "section", .shape = AC_SHAPE_BOXES,
	  .key = AC_KEY_CODE, .at = "code", .path = "section", .again = true },
	{ .types = "Composition", .in = "section", .names = "entry", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_REF, .at = "" },
	{ .types = "DiagnosticReport", .in = "", .names = "media", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_REF, .at = "link" },
	{ .types = "Encounter", .in = "", .names = "participant", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_REF, .at = "individual" },
	{ .types = "Encounter EpisodeOfCare", .in = "", .names = "diagnosis",
	  .shape = AC_SHAPE_ITEMS, .key = AC_KEY_REF, .at = "condition" },
	{ .types = "Encounter", .in = "", .names = "location", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_REF, .at = "location" },
	{ .types = "FamilyMemberHistory", .in = "", .names = "condition", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_CODE, .at = "code" },
	{ .types = "Goal", .in = "", .names = "target", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_CODE, .at = "measure" },
	{ .types = "Group", .in = "", .names = "member", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_REF, .at = "entity" },
	{ .types = "List", .in = "", .names = "entry", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_REF, .at = "item" },
	{ .types = "Patient RelatedPerson", .in = "", .names = "communication",
	  .shape = AC_SHAPE_ITEMS, .key = AC_KEY_CODE, .at = "language" },
	{ .types = "Patient", .in = "", .names = "link", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_REF, .at = "other" },
	{ .types = "Person", .in = "", .names = "link", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_REF, .at = "target" },
	{ .types = "Procedure", .in = "", .names = "performer", .shape = AC_SHAPE_ITEMS,
	  .key = AC_KEY_REF, .at = "actor" },
	{ .types = "QuestionnaireResponse", .in = "", .names = "item", .shape = AC_SHAPE_BOXES,
	  .key = AC_KEY_CODE, .at = "linkId", .path = "item", .again = true },
};

static const struct ac_merge_group groups[] = {
	/* the three of the design, and the drug itself: contained resources are
	 * where a drug may be described, modifierExtension may turn all around */
	{ .types = DRUG, .in = "", .critical = "*",
	  .names = "medication[x] dosageInstruction dosage status statusReason statusReason[x] "
	           "doNotPerform intent effective[x] contained modifierExtension" },
	{ .types = "Medication", .in = "", .critical = "*",
	  .names = "code ingredient form amount status contained modifierExtension" },
	{ .types = "Observation", .in = "", .critical = "*",
	  .names = "code value[x] component status effective[x] issued referenceRange "
	           "dataAbsentReason interpretation bodySite method modifierExtension" },
	{ .types = "AllergyIntolerance", .in = "", .critical = "*",
	  .names = "code clinicalStatus verificationStatus criticality reaction type "
	           "modifierExtension" },
	/* verified, refuted, entered in error: of what? */
	{ .types = "Condition", .in = "", .critical = "verificationStatus",
	  .names = "verificationStatus code bodySite modifierExtension" },
	{ .types = "Condition", .in = "", .names = "clinicalStatus abatement[x]" },
	/* "not-done" and "do not perform" say nothing without what */
	{ .types = "Procedure", .in = "",
	  .names = "status statusReason code bodySite modifierExtension" },
	{ .types = "Immunization", .in = "",
	  .names = "vaccineCode status statusReason occurrence[x] doseQuantity lotNumber "
	           "expirationDate modifierExtension" },
	{ .types = "ServiceRequest", .in = "",
	  .names = "code orderDetail quantity[x] doNotPerform modifierExtension" },
	{ .types = "DeviceRequest", .in = "", .names = "code[x] parameter modifierExtension" },
	{ .types = "SupplyRequest", .in = "", .names = "item[x] quantity parameter modifierExtension" },
	{ .types = "DiagnosticReport", .in = "",
	  .names = "status code conclusion conclusionCode effective[x] issued modifierExtension" },
	{ .types = "CarePlan", .in = "activity.detail",
	  .names = "kind code product[x] dailyAmount quantity doNotPerform" },
	{ .types = "CarePlan", .in = "activity.detail", .names = "status statusReason",
	  .plain = true },
	{ .types = "QuestionnaireResponse", .in = "item", .names = "answer text", .plain = true },
	{ .types = "Appointment Slot", .in = "", .names = "start end minutesDuration",
	  .plain = true },
	{ .types = "Goal", .in = "", .names = "lifecycleStatus statusDate statusReason",
	  .plain = true },
	/* what a server counts for itself: it would set every two exports in dispute */
	{ .types = "*", .in = "meta", .names = "versionId lastUpdated source", .silent = true },
	{ .types = "*", .in = "", .names = "status statusReason", .plain = true },
};

/* The whole of a document whose type nobody here knows. */
static const struct ac_merge_rule unknown_meta = {
	.types = "*", .in = "", .names = "meta", .shape = AC_SHAPE_OBJECT, .path = "meta"
};
static const struct ac_merge_group unknown_all = { .types = "*", .in = "", .names = "*" };

bool
ac_merge_next(const char **list, const char **name, uint32_t *n)
{
	const char *p = *list;

	while (*p == ' ')
		p++;
	*name = p;
	*list = strchrnul(p, ' ');
	*n = (uint32_t)(*list - p);
	return *n > 0;
}

static bool
listed(const char *list, const char *s, uint32_t n)
{
	const char *name;
	uint32_t nname;

	while (ac_merge_next(&list, &name, &nname))
		if (nname == n && !memcmp(name, s, n))
			return true;
	return false;
}

/* A bit that names share by chance: where it is missing, no list need be searched. */
static uint64_t
bit(const char *s, uint32_t n)
{
	return n ? (uint64_t)1 << (((unsigned char)s[0] * 5u + (unsigned char)s[n - 1] * 3u + n) & 63) : UINT64_MAX;
}

static uint64_t
bits(const char *list)
{
	const char *name;
	uint64_t all = 0;
	uint32_t n;

	while (ac_merge_next(&list, &name, &n))
		all |= bit(name, n);
	return all;
}

static bool
applies(const char *types, const char *type)
{
	return !strcmp(types, "*") || listed(types, type, (uint32_t)strlen(type));
}

void
ac_merge_for(struct ac_merge *r, const char *type)
{
	size_t i;

	memset(r, 0, sizeof *r);
	r->known = listed(known, type, (uint32_t)strlen(type));
	if (!r->known) {
		r->rule[r->nrule++] = &unknown_meta;
		r->group[r->ngroup++] = &unknown_all;
	}
	for (i = 0; i < sizeof rules / sizeof *rules; i++)
		if (r->known && applies(rules[i].types, type))
			r->rule[r->nrule++] = &rules[i];
	for (i = 0; i < sizeof groups / sizeof *groups; i++)
		if ((r->known || !strcmp(groups[i].in, "meta")) && applies(groups[i].types, type))
			r->group[r->ngroup++] = &groups[i];
	for (i = 0; i < r->nrule; i++)
		r->rule_bits[i] = bits(r->rule[i]->names);
	for (i = 0; i < r->ngroup; i++)
		r->group_bits[i] = r->group[i] == &unknown_all ? UINT64_MAX : bits(r->group[i]->names);
}

static const char *
where(const struct ac_merge_rule *box)
{
	return box ? box->path : "";
}

/* A type's own rows stand behind the general ones and win. */
const struct ac_merge_rule *
ac_merge_rule(const struct ac_merge *r, const struct ac_merge_rule *box, const char *key, uint32_t nkey)
{
	uint32_t i;

	if (box && box->again && listed(box->names, key, nkey))
		return box;
	if (ac_merge_group(r, box, key, nkey))
		return NULL;
	for (i = r->nrule; i-- > 0;)
		if (r->rule_bits[i] & bit(key, nkey) && !strcmp(r->rule[i]->in, where(box))
		    && listed(r->rule[i]->names, key, nkey))
			return r->rule[i];
	return NULL;
}

const char *
ac_merge_base(const char *key, uint32_t nkey, uint32_t *nbase)
{
	const char *list = choices, *name;
	uint32_t n, capital;

	if (nkey > 1 && key[0] == '_') {
		key++;
		nkey--;
	}
	*nbase = nkey;
	for (capital = 0; capital < nkey && !(key[capital] >= 'A' && key[capital] <= 'Z'); capital++)
		;
	if (capital == nkey) /* no datatype's name in it */
		return key;
	while (ac_merge_next(&list, &name, &n))
		if (nkey > n - 3 && !memcmp(key, name, n - 3)
		    && listed(datatypes, key + n - 3, nkey - (n - 3))) {
			*nbase = n;
			return name;
		}
	return key;
}

const struct ac_merge_group *
ac_merge_group(const struct ac_merge *r, const struct ac_merge_rule *box, const char *base,
	uint32_t nbase)
{
	const struct ac_merge_group *g;
	uint32_t i;

	for (i = 0; i < r->ngroup; i++) {
		g = r->group[i];
		if (!(r->group_bits[i] & bit(base, nbase)) || strcmp(g->in, where(box)))
			continue;
		if (g == &unknown_all ? !listed("resourceType id meta", base, nbase)
		    : listed(g->names, base, nbase))
			return g;
	}
	return NULL;
}

/* Whether a status says entered-in-error, as a code or a CodeableConcept. */
static bool
in_error(const struct ac_val *map, const char *key)
{
	const struct ac_val *v = ac_val_get(map, key), *codings;
	const char *code;
	uint32_t i;

	if (v && v->kind == AC_STR)
		return !strcmp(v->s, "entered-in-error");
	codings = ac_val_get(v, "coding");
	for (i = 0; codings && codings->kind == AC_ARR && i < codings->n; i++)
		if ((code = ac_val_str(&codings->items[i], "code")) && !strcmp(code, "entered-in-error"))
			return true;
	return false;
}

static bool
differs(const struct ac_val *a, const struct ac_val *b, const char *name, uint32_t n)
{
	uint32_t i, nbase;
	const char *base;
	const struct ac_val *v;

	for (i = 0; a && i < a->n; i++) {
		base = ac_merge_base(a->pairs[i].key, a->pairs[i].nkey, &nbase);
		v = ac_val_get(b, a->pairs[i].key);
		if (nbase == n && !memcmp(base, name, n) && !(v && ac_atoms_same(v, &a->pairs[i].val)))
			return true;
	}
	return false;
}

bool
ac_merge_critical(const struct ac_merge_group *g, const struct ac_val *const *maps, uint32_t n)
{
	static const char *const status[] = { "status", "verificationStatus" };
	const char *list = g && g->critical ? g->critical : "", *name;
	uint32_t i, wrong, nname;
	size_t s;

	if (!strcmp(list, "*"))
		return true;
	while (ac_merge_next(&list, &name, &nname))
		for (i = 1; i < n; i++)
			if (differs(maps[0], maps[i], name, nname) || differs(maps[i], maps[0], name, nname))
				return true;
	for (s = 0; s < 2; s++) {
		for (i = wrong = 0; i < n; i++)
			wrong += in_error(maps[i], status[s]);
		if (wrong && wrong < n)
			return true;
	}
	return false;
}
