/* SPDX-License-Identifier: ISC */
/*
 * Method: an invariant is a line in a table: the frame it is for, its name in
 * FHIR, a claim (schema/claim.h) or a function where a claim cannot say it, and
 * the sentence for the person.
 *
 * Of the 203 error constraints of R4, ele-1 is checked in schema/validate.c, txt-1
 * and txt-2 in schema/xhtml.c.
 * For a later day, 33 of them: cpb-7, ctm-1, eld-11, eld-12, eld-16, eld-19, eld-3,
 * ig-1, ig-2, md-1, ppc-2, ppc-3, ppc-4, ppc-5, sdf-15, sdf-15a, sdf-19, sdf-20, sdf-22,
 * sdf-23, sdf-8, sdf-8a, sdf-9, tcp-1, tim-9, tst-10, tst-11, tst-13, tst-5, tst-6,
 * tst-7, tst-8, tst-9.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "schema/claim.h"
#include "schema/rules.h"

struct rule {
	const char *at, *key, *test, *says;
	/* test is its argument: 1 holds, 0 broken, -1 no memory */
	int (*holds)(const struct ac_val *root, const struct ac_val *obj, const char *arg);
};

/* ---------------------------------------------- what the language cannot say */

/* dom-2, dom-4, dom-5: nothing of that name in what is contained. */
static int
no_contained(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	(void)root;
	return !ac_claim_first(obj, arg);
}

/* Is "#id" a string anywhere below v? */
static bool
mentions(const struct ac_val *v, const char *id, size_t n)
{
	uint32_t i;

	if (v->kind == AC_STR)
		return v->n == n + 1 && v->s[0] == '#' && !memcmp(v->s + 1, id, n);
	for (i = 0; v->kind == AC_ARR && i < v->n; i++)
		if (mentions(&v->items[i], id, n))
			return true;
	for (i = 0; v->kind == AC_MAP && i < v->n; i++)
		if (mentions(&v->pairs[i].val, id, n))
			return true;
	return false;
}

/* dom-3: what is contained is referred to, or refers to its container. */
static int
contained_used(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	const struct ac_val *list = ac_val_get(obj, "contained");
	const char *id;
	uint32_t i;

	(void)root;
	(void)arg;
	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		if ((id = ac_val_str(&list->items[i], "id")) && !mentions(obj, id, strlen(id))
		    && !mentions(&list->items[i], "", 0))
			return 0;
	return 1;
}

/* ref-1: a local reference finds its resource. */
static int
local_reference(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	const struct ac_val *list = ac_val_get(root, "contained");
	const char *ref = ac_val_str(obj, "reference"), *id;
	uint32_t i;

	(void)arg;
	if (!ref || ref[0] != '#' || !ref[1])
		return 1;
	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		if ((id = ac_val_str(&list->items[i], "id")) && !strcmp(id, ref + 1))
			return 1;
	return 0;
}

/* bdl-3, bdl-4: each entry has it where the claim holds, none where it does not. */
static int
entries_have(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	const struct ac_val *list = ac_val_get(obj, "entry");
	const char *claim = strchr(arg, ' ') + 1;
	int want = ac_claim_holds(obj, claim);
	char name[16] = "";
	uint32_t i;

	(void)root;
	memcpy(name, arg, (size_t)(claim - 1 - arg));
	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		if ((ac_val_get(&list->items[i], name) != NULL) != want)
			return 0;
	return 1;
}

struct named { const char *url, *version; };

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcmp(x->url, y->url);

	return c ? c : strcmp(x->version, y->version);
}

/* bdl-7: no two entries with one fullUrl and one version. */
static int
entries_differ(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	const struct ac_val *list = ac_val_get(obj, "entry");
	const char *type = ac_val_str(obj, "type");
	struct named *names;
	uint32_t i, n = 0;
	int out = 1;

	(void)root;
	(void)arg;
	if ((type && !strcmp(type, "history")) || !list || list->kind != AC_ARR || !list->n)
		return 1;
	if (!(names = calloc(list->n, sizeof *names)))
		return -1;
	for (i = 0; i < list->n; i++) {
		const struct ac_val *meta = ac_val_get(ac_val_get(&list->items[i], "resource"), "meta");

		if (!(names[n].url = ac_val_str(&list->items[i], "fullUrl")))
			continue;
		names[n].version = ac_val_str(meta, "versionId");
		if (!names[n++].version)
			names[n - 1].version = "";
	}
	qsort(names, n, sizeof *names, by_name);
	for (i = 1; i < n && out; i++)
		out = by_name(&names[i - 1], &names[i]) != 0;
	free(names);
	return out;
}

static int
no_version_in_url(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	const char *url = ac_val_str(obj, "fullUrl");

	(void)root;
	(void)arg;
	return !url || !strstr(url, "/_history/");
}

static const char *
text_of(const struct ac_val *v, const char *key)
{
	const char *s = ac_val_str(v, key);

	return s ? s : "";
}

static bool
same_coding(const struct ac_val *a, const struct ac_val *b)
{
	static const char *const keys[] = { "system", "version", "code", "display" };
	size_t i;

	for (i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(text_of(a, keys[i]), text_of(b, keys[i])))
			return false;
	return true;
}

static bool
share_coding(const struct ac_val *a, const struct ac_val *b)
{
	const struct ac_val *x = ac_val_get(a, "coding"), *y = ac_val_get(b, "coding");
	uint32_t i, j;

	for (i = 0; x && x->kind == AC_ARR && i < x->n; i++)
		for (j = 0; y && y->kind == AC_ARR && j < y->n; j++)
			if (same_coding(&x->items[i], &y->items[j]))
				return true;
	return false;
}

/* obs-7: with a value, no component has the Observation's own code. */
static int
components_differ(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	const struct ac_val *list = ac_val_get(obj, "component");
	uint32_t i;

	(void)root;
	(void)arg;
	if (!ac_claim_first(obj, "value[x]"))
		return 1;
	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		if (share_coding(ac_val_get(&list->items[i], "code"), ac_val_get(obj, "code")))
			return 0;
	return 1;
}

/* Gathers `name` of the items of a list, and of theirs. Their depth is bounded:
 * the document's was when it was read. */
static void
gather_below(struct ac_claim_bag *b, const struct ac_val *obj, const char *list_name, const char *name)
{
	const struct ac_val *list = ac_val_get(obj, list_name);
	uint32_t i;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++) {
		ac_claim_gather(b, ac_val_get(&list->items[i], name));
		gather_below(b, &list->items[i], list_name, name);
	}
}

/* csd-1, que-2: "list name", all the way down. */
static int
all_differ(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	const char *name = strchr(arg, ' ') + 1;
	struct ac_claim_bag bag = { 0 };
	char list[16] = "";

	(void)root;
	memcpy(list, arg, (size_t)(name - 1 - arg));
	gather_below(&bag, obj, list, name);
	return ac_claim_differ(&bag);
}

/* nsd-2: one preferred identifier of each kind. */
static int
preferred_differ(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	const struct ac_val *list = ac_val_get(obj, "uniqueId"), *v;
	struct ac_claim_bag bag = { 0 };
	uint32_t i;

	(void)root;
	(void)arg;
	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		if ((v = ac_val_get(&list->items[i], "preferred")) && v->kind == AC_BOOL && v->b)
			ac_claim_gather(&bag, ac_val_get(&list->items[i], "type"));
	return ac_claim_differ(&bag);
}

/* "list claim": the claim holds for every item. */
static int
each_item(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	const char *claim = strchr(arg, ' ') + 1;
	const struct ac_val *list;
	char name[16] = "";
	uint32_t i;
	int holds = 1;

	(void)root;
	memcpy(name, arg, (size_t)(claim - 1 - arg));
	list = ac_val_get(obj, name);
	for (i = 0; holds > 0 && list && list->kind == AC_ARR && i < list->n; i++)
		holds = ac_claim_holds(&list->items[i], claim);
	return holds;
}

/* rng-2: low and high in one unit are in order. */
static int
range_in_order(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	const struct ac_val *low = ac_val_get(obj, "low"), *high = ac_val_get(obj, "high");

	(void)root;
	(void)arg;
	if (strcmp(text_of(low, "code"), text_of(high, "code"))
	    || strcmp(text_of(low, "unit"), text_of(high, "unit")))
		return 1;
	return ac_claim_in_order(ac_val_get(low, "value"), ac_val_get(high, "value"));
}

/* eld-2: min is not over max, a number or "*". */
static int
min_under_max(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	const struct ac_val *min = ac_val_get(obj, "min");
	const char *max = ac_val_str(obj, "max");

	(void)root;
	(void)arg;
	return !max || !strcmp(max, "*") || !min || min->kind != AC_INT
		|| min->i <= strtoll(max, NULL, 10);
}

/* sdf-11: a snapshot begins with the type itself. */
static int
snapshot_is_type(const struct ac_val *root, const struct ac_val *obj, const char *arg)
{
	const struct ac_val *at = ac_claim_first(obj, arg);
	const char *type = ac_val_str(obj, "type"), *kind = ac_val_str(obj, "kind");

	(void)root;
	return !type || !kind || !strcmp(kind, "logical") || !at || at->kind != AC_STR
		|| !strcmp(at->s, type);
}

/* sorted by frame */
static const struct rule rules[] = {
	{ "Age", "age-1", "(value > code) & (!system | system=http://unitsofmeasure.org) & (!value | !value<=0)",
		AC_WORD("needs a UCUM code and a value above 0"), NULL },
	{ "AllergyIntolerance", "ait-1", "verificationStatus.coding.code=entered-in-error | clinicalStatus",
		AC_WORD("needs a clinicalStatus unless it was entered in error"), NULL },
	{ "AllergyIntolerance", "ait-2", "verificationStatus.coding.code=entered-in-error > !clinicalStatus",
		AC_WORD("was entered in error and may have no clinicalStatus"), NULL },
	{ "Appointment", "app-2", "(start & end) | !(start | end)",
		AC_WORD("needs start and end together"), NULL },
	{ "Appointment", "app-3", "(start & end) | status=proposed,cancelled,waitlist",
		AC_WORD("needs a start and an end in this status"), NULL },
	{ "Appointment", "app-4", "cancelationReason > status=noshow,cancelled",
		AC_WORD("has a cancelationReason without being cancelled"), NULL },
	{ "Appointment.participant", "app-1", "type | actor",
		AC_WORD("needs a type or an actor"), NULL },
	{ "AppointmentResponse", "apr-1", "participantType | actor",
		AC_WORD("needs a participantType or an actor"), NULL },
	{ "Attachment", "att-1", "data > contentType",
		AC_WORD("has data and needs a contentType"), NULL },
	{ "AuditEvent.entity", "sev-1", "!(name & query)",
		AC_WORD("may not have both name and query"), NULL },
	{ "Bundle", "bdl-1", "total > type=searchset,history",
		AC_WORD("has a total, which only a search or a history has"), NULL },
	{ "Bundle", "bdl-2", "entry.search > type=searchset",
		AC_WORD("has entry.search, which only a search result has"), NULL },
	{ "Bundle", "bdl-3", "request type=batch,transaction,history",
		AC_WORD("needs a request in each entry of a batch, transaction or history, and in no other"), entries_have },
	{ "Bundle", "bdl-4", "response type=batch-response,transaction-response,history",
		AC_WORD("needs a response in each entry of a response or history, and in no other"), entries_have },
	{ "Bundle", "bdl-7", NULL,
		AC_WORD("has two entries with one fullUrl and version"), entries_differ },
	{ "Bundle", "bdl-9", "type=document > identifier.system & identifier.value",
		AC_WORD("is a document and needs an identifier with system and value"), NULL },
	{ "Bundle", "bdl-10", "type=document > timestamp",
		AC_WORD("is a document and needs a timestamp"), NULL },
	{ "Bundle", "bdl-11", "type=document > entry[0].resource.resourceType=Composition",
		AC_WORD("is a document and must begin with a Composition"), NULL },
	{ "Bundle", "bdl-12", "type=message > entry[0].resource.resourceType=MessageHeader",
		AC_WORD("is a message and must begin with a MessageHeader"), NULL },
	{ "Bundle.entry", "bdl-5", "resource | request | response",
		AC_WORD("needs a resource, a request or a response"), NULL },
	{ "Bundle.entry", "bdl-8", NULL,
		AC_WORD("has a version in its fullUrl"), no_version_in_url },
	{ "CapabilityStatement", "cpb-1", "rest | messaging | document",
		AC_WORD("needs rest, messaging or document"), NULL },
	{ "CapabilityStatement", "cpb-2", "description | software | implementation",
		AC_WORD("needs a description, software or implementation"), NULL },
	{ "CapabilityStatement", "cpb-3", "messaging.endpoint > kind=instance",
		AC_WORD("has a messaging endpoint, which only an instance has"), NULL },
	{ "CapabilityStatement", "cpb-14", "kind=instance > implementation",
		AC_WORD("is an instance and needs an implementation"), NULL },
	{ "CapabilityStatement", "cpb-15", "kind=capability > software & !implementation",
		AC_WORD("is a capability and needs software, no implementation"), NULL },
	{ "CapabilityStatement", "cpb-16", "kind=requirements > !software & !implementation",
		AC_WORD("is of requirements and may have no software or implementation"), NULL },
	{ "CapabilityStatement.rest", "cpb-9", "~resource.type",
		AC_WORD("names a resource type twice"), NULL },
	{ "CapabilityStatement.rest.resource", "cpb-12", "~searchParam.name",
		AC_WORD("names a search parameter twice"), NULL },
	{ "CarePlan.activity", "cpl-3", "!(detail & reference)",
		AC_WORD("may not have both detail and reference"), NULL },
	{ "CodeSystem", "csd-1", "concept code",
		AC_WORD("defines a code twice"), all_differ },
	{ "Composition.section", "cmp-1", "text | entry | section",
		AC_WORD("needs a text, an entry or a section"), NULL },
	{ "Composition.section", "cmp-2", "!(emptyReason & entry)",
		AC_WORD("may not have both emptyReason and entry"), NULL },
	{ "ConceptMap.group.element.target", "cmd-1", "equivalence=narrower,inexact > comment",
		AC_WORD("needs a comment for this equivalence"), NULL },
	{ "ConceptMap.group.unmapped", "cmd-2", "mode=fixed > code",
		AC_WORD("needs a code in mode fixed"), NULL },
	{ "ConceptMap.group.unmapped", "cmd-3", "mode=other-map > url",
		AC_WORD("needs a url in mode other-map"), NULL },
	{ "Condition", "con-4", "abatement[x] > clinicalStatus.coding.code=resolved,remission,inactive",
		AC_WORD("has abated and needs a clinicalStatus of inactive, remission or resolved"), NULL },
	{ "Condition", "con-5", "verificationStatus.coding.code=entered-in-error > !clinicalStatus",
		AC_WORD("was entered in error and may have no clinicalStatus"), NULL },
	{ "Condition.evidence", "con-2", "code | detail",
		AC_WORD("needs a code or a detail"), NULL },
	{ "Condition.stage", "con-1", "summary | assessment",
		AC_WORD("needs a summary or an assessment"), NULL },
	{ "Consent", "ppc-1", "policy | policyRule",
		AC_WORD("needs a policy or a policyRule"), NULL },
	{ "ContactPoint", "cpt-2", "value > system",
		AC_WORD("has a value and needs a system"), NULL },
	{ "Count", "cnt-3", "(value > code) & (!system | system=http://unitsofmeasure.org) & (!code | code=1)",
		AC_WORD("needs the UCUM code 1"), NULL },
	{ "CoverageEligibilityResponse.insurance.item", "ces-1", "1(category,productOrService)",
		AC_WORD("needs a category or a productOrService, not both"), NULL },
	{ "DataRequirement.codeFilter", "drq-1", "1(path,searchParam)",
		AC_WORD("needs a path or a searchParam, not both"), NULL },
	{ "DataRequirement.dateFilter", "drq-2", "1(path,searchParam)",
		AC_WORD("needs a path or a searchParam, not both"), NULL },
	{ "Distance", "dis-1", "(value > code) & (!system | system=http://unitsofmeasure.org)",
		AC_WORD("needs a UCUM code"), NULL },
	{ "DomainResource", "dom-2", "contained.contained",
		AC_WORD("contains a resource that contains another"), no_contained },
	{ "DomainResource", "dom-3", NULL,
		AC_WORD("contains a resource that nothing refers to"), contained_used },
	{ "DomainResource", "dom-4", "!(contained.meta.versionId | contained.meta.lastUpdated)",
		AC_WORD("contains a resource with a version of its own"), NULL },
	{ "DomainResource", "dom-5", "contained.meta.security",
		AC_WORD("contains a resource with a security label of its own"), no_contained },
	{ "Duration", "drt-1", "code > system=http://unitsofmeasure.org & value",
		AC_WORD("needs UCUM as system, and a value"), NULL },
	{ "ElementDefinition", "eld-2", NULL,
		AC_WORD("has a min over its max"), min_under_max },
	{ "ElementDefinition", "eld-5", "contentReference > !(type | defaultValue[x] | fixed[x] | pattern[x] | example | minValue[x] | maxValue[x] | maxLength | binding)",
		AC_WORD("has a contentReference and may have no type or values of its own"), NULL },
	{ "ElementDefinition", "eld-6", "fixed[x] > !type[1]",
		AC_WORD("has a fixed value and may have one type only"), NULL },
	{ "ElementDefinition", "eld-7", "pattern[x] > !type[1]",
		AC_WORD("has a pattern and may have one type only"), NULL },
	{ "ElementDefinition", "eld-8", "!(pattern[x] & fixed[x])",
		AC_WORD("may not have both a pattern and a fixed value"), NULL },
	{ "ElementDefinition", "eld-13", "~type.code",
		AC_WORD("names a type twice"), NULL },
	{ "ElementDefinition", "eld-14", "~constraint.key",
		AC_WORD("names a constraint twice"), NULL },
	{ "ElementDefinition", "eld-15", "!(defaultValue[x] & meaningWhenMissing)",
		AC_WORD("may not have both a default and meaningWhenMissing"), NULL },
	{ "ElementDefinition", "eld-18", "isModifier=true > isModifierReason",
		AC_WORD("is a modifier and needs a reason"), NULL },
	{ "ElementDefinition", "eld-22", "sliceIsConstraining > sliceName",
		AC_WORD("needs a sliceName"), NULL },
	{ "ElementDefinition.slicing", "eld-1", "discriminator | description",
		AC_WORD("needs a discriminator or a description"), NULL },
	{ "ElementDefinition.type", "eld-4", "aggregation > code=Reference,canonical",
		AC_WORD("has an aggregation, which only references have"), NULL },
	{ "ElementDefinition.type", "eld-17", "targetProfile > code=Reference,canonical",
		AC_WORD("has a targetProfile, which only references have"), NULL },
	{ "Expression", "exp-1", "expression | reference",
		AC_WORD("needs an expression or a reference"), NULL },
	{ "Extension", "ext-1", "1(extension,value[x])",
		AC_WORD("needs a value or extensions, not both"), NULL },
	{ "FamilyMemberHistory", "fhs-1", "!(age[x] & born[x])",
		AC_WORD("may not have both age and born"), NULL },
	{ "FamilyMemberHistory", "fhs-2", "estimatedAge > age[x]",
		AC_WORD("has estimatedAge without an age"), NULL },
	{ "Goal.target", "gol-1", "detail[x] > measure",
		AC_WORD("has a detail and needs a measure"), NULL },
	{ "Group", "grp-1", "member > actual=true",
		AC_WORD("has members and must be actual"), NULL },
	{ "Immunization.education", "imm-1", "documentType | reference",
		AC_WORD("needs a documentType or a reference"), NULL },
	{ "ImmunizationRecommendation.recommendation", "imr-1", "vaccineCode | targetDisease",
		AC_WORD("needs a vaccineCode or a targetDisease"), NULL },
	{ "InsurancePlan", "ipn-1", "identifier | name",
		AC_WORD("needs an identifier or a name"), NULL },
	{ "Linkage", "lnk-1", "item[1]",
		AC_WORD("needs two items or more"), NULL },
	{ "List", "lst-1", "!(emptyReason & entry)",
		AC_WORD("may not have both emptyReason and entry"), NULL },
	{ "List", "lst-2", "entry.deleted > mode=changes",
		AC_WORD("marks an entry deleted outside a list of changes"), NULL },
	{ "List", "lst-3", "entry.date > mode=working",
		AC_WORD("dates an entry outside a working list"), NULL },
	{ "Measure.group", "mea-1", "stratifier ((code | description | criteria) | component) & !((code | description | criteria) & component)",
		AC_WORD("needs a criterion or components in each stratifier, not both"), each_item },
	{ "MeasureReport", "mrp-1", "type=data-collection > !group",
		AC_WORD("is a data collection and may have no group"), NULL },
	{ "MeasureReport.group.stratifier", "mrp-2", "stratum 1(value,component)",
		AC_WORD("needs a value or components in each stratum, not both"), each_item },
	{ "MedicationAdministration.dosage", "mad-1", "dose | rate[x]",
		AC_WORD("needs a dose or a rate"), NULL },
	{ "MedicationDispense", "mdd-1", "whenPrepared<=whenHandedOver",
		AC_WORD("was handed over before it was prepared"), NULL },
	{ "MolecularSequence", "msq-3", "coordinateSystem=0,1",
		AC_WORD("needs 0 or 1 as coordinateSystem"), NULL },
	{ "MolecularSequence.referenceSeq", "msq-5", "(chromosome & genomeBuild) | !(chromosome | genomeBuild)",
		AC_WORD("needs chromosome and genomeBuild together"), NULL },
	{ "MolecularSequence.referenceSeq", "msq-6", "1(genomeBuild,referenceSeqId,referenceSeqPointer,referenceSeqString)",
		AC_WORD("needs exactly one of genomeBuild, referenceSeqId, referenceSeqPointer and referenceSeqString"), NULL },
	{ "NamingSystem", "nsd-1", "kind=root > !uniqueId.type=uuid",
		AC_WORD("is of kind root and may have no uuid"), NULL },
	{ "NamingSystem", "nsd-2", NULL,
		AC_WORD("prefers two identifiers of one type"), preferred_differ },
	{ "Observation", "obs-6", "!(dataAbsentReason & value[x])",
		AC_WORD("may not have both a value and a dataAbsentReason"), NULL },
	{ "Observation", "obs-7", NULL,
		AC_WORD("has a component with its own code beside its value"), components_differ },
	{ "Observation.referenceRange", "obs-3", "low | high | text",
		AC_WORD("needs a low, a high or a text"), NULL },
	{ "OperationDefinition.parameter", "opd-1", "type | part",
		AC_WORD("needs a type or parts"), NULL },
	{ "OperationDefinition.parameter", "opd-2", "searchType > type=string",
		AC_WORD("has a searchType and must be a string"), NULL },
	{ "OperationDefinition.parameter", "opd-3", "targetProfile > type=Reference,canonical",
		AC_WORD("has a targetProfile, which only references have"), NULL },
	{ "Organization", "org-1", "identifier | name",
		AC_WORD("needs an identifier or a name"), NULL },
	{ "Organization", "org-2", "!address.use=home",
		AC_WORD("may not have a home address"), NULL },
	{ "Organization", "org-3", "!telecom.use=home",
		AC_WORD("may not have a home telephone"), NULL },
	{ "Parameters.parameter", "inv-1", "1(part,value[x],resource)",
		AC_WORD("needs exactly one of a value, a resource and parts"), NULL },
	{ "Patient.contact", "pat-1", "name | telecom | address | organization",
		AC_WORD("needs a name, telecom, address or organization"), NULL },
	{ "Period", "per-1", "start<=end",
		AC_WORD("ends before it starts"), NULL },
	{ "Quantity", "qty-3", "code > system",
		AC_WORD("has a unit code and needs its system"), NULL },
	{ "Questionnaire", "que-2", "item linkId",
		AC_WORD("uses a linkId twice"), all_differ },
	{ "Questionnaire.item", "que-1", "(type=group > item) & (type=display > !item)",
		AC_WORD("is a group without items, or a display with items"), NULL },
	{ "Questionnaire.item", "que-3", "type=display > !code",
		AC_WORD("is a display and may have no code"), NULL },
	{ "Questionnaire.item", "que-4", "!(answerOption & answerValueSet)",
		AC_WORD("may not have both answerOption and answerValueSet"), NULL },
	{ "Questionnaire.item", "que-5", "answerValueSet | answerOption > type=choice,open-choice,decimal,integer,date,dateTime,time,string,quantity",
		AC_WORD("may have no answer options for this type"), NULL },
	{ "Questionnaire.item", "que-6", "type=display > !required & !repeats",
		AC_WORD("is a display and may not be required or repeat"), NULL },
	{ "Questionnaire.item", "que-8", "type=group,display > !initial",
		AC_WORD("may have no initial value for this type"), NULL },
	{ "Questionnaire.item", "que-9", "type=display > !readOnly",
		AC_WORD("is a display and may not be read-only"), NULL },
	{ "Questionnaire.item", "que-10", "maxLength > type=boolean,decimal,integer,string,text,url,open-choice",
		AC_WORD("may have no maxLength for this type"), NULL },
	{ "Questionnaire.item", "que-11", "!(answerOption & initial)",
		AC_WORD("may not have both answerOption and initial"), NULL },
	{ "Questionnaire.item", "que-12", "enableWhen[2] > enableBehavior",
		AC_WORD("has several conditions and needs an enableBehavior"), NULL },
	{ "Questionnaire.item", "que-13", "initial[1] > repeats=true",
		AC_WORD("has several initial values and must repeat"), NULL },
	{ "Questionnaire.item.enableWhen", "que-7", "operator=exists > answerBoolean",
		AC_WORD("needs a boolean answer for this operator"), NULL },
	{ "QuestionnaireResponse.item", "qrs-1", "!(answer & item)",
		AC_WORD("may not have both answers and items"), NULL },
	{ "Range", "rng-2", NULL,
		AC_WORD("has a low over its high"), range_in_order },
	{ "Ratio", "rat-1", "((numerator & denominator) | !(numerator | denominator)) & (numerator | extension)",
		AC_WORD("needs a numerator and a denominator"), NULL },
	{ "Reference", "ref-1", NULL,
		AC_WORD("refers to a contained resource that is not there"), local_reference },
	{ "RequestGroup.action", "rqg-1", "1(resource,action)",
		AC_WORD("needs a resource or actions, not both"), NULL },
	{ "RiskAssessment.prediction", "ras-1", "(probabilityRange.low > probabilityRange.low.code=% & probabilityRange.low.system=http://unitsofmeasure.org) & (probabilityRange.high > probabilityRange.high.code=% & probabilityRange.high.system=http://unitsofmeasure.org)",
		AC_WORD("needs its probability in UCUM percent"), NULL },
	{ "RiskAssessment.prediction", "ras-2", "probabilityDecimal<=100",
		AC_WORD("has a probability over 100"), NULL },
	{ "SearchParameter", "spd-1", "xpath > xpathUsage",
		AC_WORD("has an xpath and needs an xpathUsage"), NULL },
	{ "SearchParameter", "spd-2", "chain > type=reference",
		AC_WORD("has chains, which only references have"), NULL },
	{ "ServiceRequest", "prr-1", "orderDetail > code",
		AC_WORD("has an orderDetail and needs a code"), NULL },
	{ "StructureDefinition", "sdf-1", "derivation=constraint | ~snapshot.element.path",
		AC_WORD("describes an element twice"), NULL },
	{ "StructureDefinition", "sdf-4", "abstract=true | baseDefinition",
		AC_WORD("needs a baseDefinition"), NULL },
	{ "StructureDefinition", "sdf-5", "type=Extension & !derivation=specialization > context",
		AC_WORD("is an extension and needs a context"), NULL },
	{ "StructureDefinition", "sdf-6", "snapshot | differential",
		AC_WORD("needs a snapshot or a differential"), NULL },
	{ "StructureDefinition", "sdf-11", "snapshot.element[0].path",
		AC_WORD("has a snapshot of another type"), snapshot_is_type },
	{ "StructureDefinition", "sdf-16", "~snapshot.element.id",
		AC_WORD("uses an element id twice in its snapshot"), NULL },
	{ "StructureDefinition", "sdf-17", "~differential.element.id",
		AC_WORD("uses an element id twice in its differential"), NULL },
	{ "StructureDefinition", "sdf-18", "contextInvariant > type=Extension",
		AC_WORD("has a contextInvariant, which only extensions have"), NULL },
	{ "StructureDefinition", "sdf-21", "differential.element.defaultValue[x] > derivation=specialization",
		AC_WORD("has default values, which only a specialization has"), NULL },
	{ "StructureDefinition.differential", "sdf-14", "element id",
		AC_WORD("has an element without an id"), each_item },
	{ "StructureDefinition.mapping", "sdf-2", "name | uri",
		AC_WORD("needs a name or a uri"), NULL },
	{ "StructureDefinition.snapshot", "sdf-3", "element definition & min & max",
		AC_WORD("has an element without definition, min or max"), each_item },
	{ "StructureDefinition.snapshot", "sdf-8b", "element base",
		AC_WORD("has an element without its base"), each_item },
	{ "StructureDefinition.snapshot", "sdf-10", "element binding > binding.valueSet | binding.description",
		AC_WORD("has a binding without a value set"), each_item },
	{ "StructureDefinition.snapshot", "sdf-14", "element id",
		AC_WORD("has an element without an id"), each_item },
	{ "StructureMap.group.rule.target", "smp-1", "element > context",
		AC_WORD("has an element and needs a context"), NULL },
	{ "StructureMap.group.rule.target", "smp-2", "context > contextType",
		AC_WORD("has a context and needs a contextType"), NULL },
	{ "Task", "inv-1", "authoredOn<=lastModified",
		AC_WORD("was modified before it was authored"), NULL },
	{ "TerminologyCapabilities", "tcp-2", "description | software | implementation",
		AC_WORD("needs a description, software or implementation"), NULL },
	{ "TerminologyCapabilities", "tcp-3", "kind=instance > implementation",
		AC_WORD("is an instance and needs an implementation"), NULL },
	{ "TerminologyCapabilities", "tcp-4", "kind=capability > software & !implementation",
		AC_WORD("is a capability and needs software, no implementation"), NULL },
	{ "TerminologyCapabilities", "tcp-5", "kind=requirements > !software & !implementation",
		AC_WORD("is of requirements and may have no software or implementation"), NULL },
	{ "TestReport.setup.action", "inv-1", "1(operation,assert)",
		AC_WORD("needs an operation or an assert, not both"), NULL },
	{ "TestReport.test.action", "inv-2", "1(operation,assert)",
		AC_WORD("needs an operation or an assert, not both"), NULL },
	{ "TestScript.metadata.capability", "tst-4", "required | validated",
		AC_WORD("must be required or validated"), NULL },
	{ "TestScript.setup.action", "tst-1", "1(operation,assert)",
		AC_WORD("needs an operation or an assert, not both"), NULL },
	{ "TestScript.setup.action.assert", "tst-12", "!direction | direction=response | (!response & !responseCode)",
		AC_WORD("asserts a response of a request"), NULL },
	{ "TestScript.test.action", "tst-2", "1(operation,assert)",
		AC_WORD("needs an operation or an assert, not both"), NULL },
	{ "TestScript.variable", "tst-3", "!(expression & headerField & path)",
		AC_WORD("may not have expression, headerField and path together"), NULL },
	{ "Timing.repeat", "tim-1", "duration > durationUnit",
		AC_WORD("has a duration and needs its unit"), NULL },
	{ "Timing.repeat", "tim-2", "period > periodUnit",
		AC_WORD("has a period and needs its unit"), NULL },
	{ "Timing.repeat", "tim-4", "0<=duration",
		AC_WORD("has a negative duration"), NULL },
	{ "Timing.repeat", "tim-5", "0<=period",
		AC_WORD("has a negative period"), NULL },
	{ "Timing.repeat", "tim-6", "periodMax > period",
		AC_WORD("has a periodMax without a period"), NULL },
	{ "Timing.repeat", "tim-7", "durationMax > duration",
		AC_WORD("has a durationMax without a duration"), NULL },
	{ "Timing.repeat", "tim-8", "countMax > count",
		AC_WORD("has a countMax without a count"), NULL },
	{ "Timing.repeat", "tim-10", "!(timeOfDay & when)",
		AC_WORD("may not have both timeOfDay and when"), NULL },
	{ "TriggerDefinition", "trd-1", "!(data & timing[x])",
		AC_WORD("may not have both data and timing"), NULL },
	{ "TriggerDefinition", "trd-2", "condition > data",
		AC_WORD("has a condition and needs data"), NULL },
	{ "TriggerDefinition", "trd-3", "(type=named-event > name) & (type=periodic > timing[x]) & (type=data-changed,data-added,data-modified,data-removed,data-accessed,data-access-ended > data)",
		AC_WORD("needs what its type says: a name, a timing or data"), NULL },
	{ "ValueSet.compose.include", "vsd-1", "valueSet | system",
		AC_WORD("needs a valueSet or a system"), NULL },
	{ "ValueSet.compose.include", "vsd-2", "concept | filter > system",
		AC_WORD("needs a system"), NULL },
	{ "ValueSet.compose.include", "vsd-3", "!(concept & filter)",
		AC_WORD("may not have both concepts and filters"), NULL },
	{ "ValueSet.expansion.contains", "vsd-6", "code | display",
		AC_WORD("needs a code or a display"), NULL },
	{ "ValueSet.expansion.contains", "vsd-9", "code | abstract=true",
		AC_WORD("needs a code unless it is abstract"), NULL },
	{ "ValueSet.expansion.contains", "vsd-10", "code > system",
		AC_WORD("has a code and needs its system"), NULL },
};

/* The first rule for the frame, or what stands in its place. */
static size_t
search(const char *frame)
{
	size_t lo = 0, hi = sizeof rules / sizeof *rules, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (strcmp(rules[mid].at, frame) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

#define NONE   UINT16_MAX
#define FRAMES 1024 /* R4 has fewer */
_Static_assert(sizeof rules / sizeof *rules < NONE, "a rule's number fits");

/* The search's answers, once per process: an object asks for its frame and each base. */
static uint16_t first_of[FRAMES];
static pthread_once_t first_once = PTHREAD_ONCE_INIT;

static void
find_all(void)
{
	const char *name;
	size_t i, at;

	for (i = 0; i < ac_r4_nframes && i < FRAMES; i++) {
		name = ac_fhir_name(&ac_r4_frames[i]);
		at = search(name);
		first_of[i] = at < sizeof rules / sizeof *rules && !strcmp(rules[at].at, name) ? (uint16_t)at : NONE;
	}
}

enum ac_err
ac_rules_check(const struct ac_r4_frame *f, const struct ac_val *root, const struct ac_val *obj,
	void (*broken)(void *ctx, const char *key, const char *says, bool error), void *ctx)
{
	size_t i, frame;
	int r;

	pthread_once(&first_once, find_all);
	for (; f; f = ac_fhir_base(f)) {
		frame = (size_t)(f - ac_r4_frames);
		for (i = frame < FRAMES ? first_of[frame] : search(ac_fhir_name(f)); i < sizeof rules / sizeof *rules
		     && !strcmp(rules[i].at, ac_fhir_name(f)); i++) {
			if ((r = rules[i].holds ? rules[i].holds(root, obj, rules[i].test)
			    : ac_claim_holds(obj, rules[i].test)) < 0)
				return AC_ENOMEM;
			/* a contained resource that nothing refers to does no harm,
			 * and engines do not agree on the rule */
			if (!r)
				broken(ctx, rules[i].key, rules[i].says, strcmp(rules[i].key, "dom-3") != 0);
		}
	}
	return AC_OK;
}
