/* SPDX-License-Identifier: ISC */
/* The view and the diff, case by case. */
#include <time.h>

#include "history.h"
#include "shared.h"

/* ------------------------------------------------------------ safety table */

/* One document whose elements are `now`, changed to `one` or `two`; a conflict
 * of the two is on `path`. */
struct row {
	const char *type, *now, *one, *two, *path;
	bool safety;
};

#define DRUG1 "'medicationCodeableConcept':{'text':'mercaptopurine'},'dosageInstruction':[{'text':'50 mg'}]"
#define DRUG2 "'medicationCodeableConcept':{'text':'methotrexate'},'dosageInstruction':[{'text':'20 mg'}]"
#define CODED(s) "'coding':[{'system':'s','code':'" s "'}]"

static const struct row rows[] = {
	/* a medication's drug, dosage, route and status */
	{ "MedicationRequest", "'status':'active'," DRUG1, "'status':'active',"
	  "'medicationCodeableConcept':{'text':'mercaptopurine'},'dosageInstruction':[{'text':'25 mg'}]",
	  "'status':'active'," DRUG2, "medicationCodeableConcept", true },
	{ "MedicationRequest", "'status':'active'," DRUG1, "'status':'stopped'," DRUG1,
	  "'status':'on-hold'," DRUG1, "status", true },
	{ "MedicationRequest", "'status':'active'," DRUG1,
	  "'status':'stopped'," DRUG1, "'status':'active','medicationCodeableConcept':"
	  "{'text':'mercaptopurine'},'dosageInstruction':[{'text':'75 mg'}]", "dosageInstruction", true },
	{ "MedicationRequest", "'status':'active'," DRUG1, "'status':'active','doNotPerform':true,"
	  DRUG1, "'status':'active'," DRUG2, "medicationCodeableConcept", true },
	{ "MedicationRequest",
	  "'medicationReference':{'reference':'#m'},'contained':[{'resourceType':'Medication','id':'m',"
	  "'code':{'text':'a'}}]",
	  "'medicationReference':{'reference':'#m'},'contained':[{'resourceType':'Medication','id':'m',"
	  "'code':{'text':'b'}}]",
	  "'medicationReference':{'reference':'#m'},'dosageInstruction':[{'text':'x'}],'contained':"
	  "[{'resourceType':'Medication','id':'m','code':{'text':'a'}}]", "dosageInstruction", true },
	{ "MedicationStatement", "'status':'active','medicationReference':{'reference':'Medication/1'},"
	  "'dosage':[{'text':'1'}]", "'status':'active','medicationReference':{'reference':"
	  "'Medication/1'},'dosage':[{'text':'2'}]", "'status':'active','medicationReference':"
	  "{'reference':'Medication/2'},'dosage':[{'text':'1'}]", "medicationReference", true },
	{ "MedicationDispense", DRUG1, DRUG2, "'status':'cancelled'," DRUG1,
	  "medicationCodeableConcept", true },
	{ "MedicationAdministration", "'dosage':{'text':'1','route':{'text':'oral'}}",
	  "'dosage':{'text':'1','route':{'text':'iv'}}", "'dosage':{'text':'2','route':{'text':'oral'}}",
	  "dosage", true },
	{ "Medication", "'code':{'text':'a'}", "'code':{'text':'b'}",
	  "'code':{'text':'a'},'form':{'text':'tablet'}", "code", true },
	/* an observation's code, value, components, status, times and ranges */
	{ "Observation", "'status':'final','valueQuantity':{'value':4.0,'unit':'g/l'}",
	  "'status':'final','valueQuantity':{'value':4.00,'unit':'g/l'}",
	  "'status':'final','valueString':'low'", "valueString", true },
	{ "Observation", "'status':'preliminary','valueQuantity':{'value':4}",
	  "'status':'final','valueQuantity':{'value':4}", "'status':'preliminary','valueQuantity':"
	  "{'value':5}", "valueQuantity", true },
	{ "Observation", "'code':{'text':'a'},'component':[{'code':{'text':'c'}}]",
	  "'code':{'text':'b'},'component':[{'code':{'text':'c'}}]",
	  "'code':{'text':'a'},'component':[{'code':{'text':'d'}}]", "code", true },
	{ "Observation", "'effectiveDateTime':'2020','valueInteger':1",
	  "'effectiveInstant':'2020-01-01T00:00:00Z','valueInteger':1",
	  "'effectiveDateTime':'2020','valueInteger':2", "valueInteger", true },
	{ "Observation", "'valueInteger':1,'referenceRange':[{'low':{'value':1}}]",
	  "'valueInteger':1,'referenceRange':[{'low':{'value':2}}]",
	  "'referenceRange':[{'low':{'value':1}}]", "valueInteger", true },
	{ "Observation", "'_valueString':{'extension':[{'url':'u'}]}", "'valueString':'a'",
	  "'_valueString':{'extension':[{'url':'v'}]}", "valueString", true },
	{ "Observation", "'valueInteger':1", "'valueInteger':1,'modifierExtension':[{'url':'not'}]",
	  "'valueInteger':2", "valueInteger", true },
	/* an allergy's code, statuses, criticality and reactions */
	{ "AllergyIntolerance", "'code':{'text':'a'},'criticality':'low'",
	  "'code':{'text':'a'},'criticality':'high'", "'code':{'text':'b'},'criticality':'low'",
	  "code", true },
	{ "AllergyIntolerance", "'clinicalStatus':{" CODED("active") "}",
	  "'clinicalStatus':{" CODED("resolved") "}", "'clinicalStatus':{" CODED("active") "},"
	  "'verificationStatus':{" CODED("refuted") "}", "clinicalStatus", true },
	{ "AllergyIntolerance", "'code':{'text':'a'},'reaction':[{'severity':'mild'}]",
	  "'code':{'text':'a'},'reaction':[{'severity':'severe'}]", "'code':{'text':'a'}",
	  "reaction", true },
	/* a condition's verification, and what it verifies */
	{ "Condition", "'verificationStatus':{" CODED("provisional") "}",
	  "'verificationStatus':{" CODED("confirmed") "}",
	  "'verificationStatus':{" CODED("refuted") "}", "verificationStatus", true },
	{ "Condition", "'code':{'text':'a'},'verificationStatus':{" CODED("provisional") "}",
	  "'code':{'text':'b'},'verificationStatus':{" CODED("provisional") "}",
	  "'code':{'text':'a'},'verificationStatus':{" CODED("refuted") "}", "verificationStatus", true },
	{ "Condition", "'code':{'text':'a'}", "'code':{'text':'b'}", "'code':{'text':'c'}", "code", false },
	{ "Condition", "'clinicalStatus':{" CODED("active") "}", "'clinicalStatus':{" CODED("remission") "}",
	  "'clinicalStatus':{" CODED("resolved") "}", "clinicalStatus", false },
	/* entered in error, wherever there is a status */
	{ "Procedure", "'status':'preparation'", "'status':'completed'",
	  "'status':'entered-in-error'", "status", true },
	{ "Procedure", "'status':'preparation'", "'status':'completed'", "'status':'not-done'",
	  "status", false },
	{ "Encounter", "'status':'planned'", "'status':'finished'", "'status':'entered-in-error'",
	  "status", true },
	{ "Encounter", "'status':'planned'", "'status':'finished'", "'status':'cancelled'",
	  "status", false },
	{ "Encounter", "'status':'entered-in-error'", "'status':'finished'", "'status':'cancelled'",
	  "status", false },
	{ "FutureThing", "'status':'a','b':1", "'status':'entered-in-error','b':1", "'status':'a','b':2",
	  "b", true },
	/* the others */
	{ "FutureThing", "'b':1,'c':1", "'b':2,'c':1", "'b':1,'c':2", "b", false },
	{ "Patient", "'birthDate':'1970'", "'birthDate':'1971'", "'birthDate':'1972'", "birthDate", false },
	{ "Patient", "'birthDate':'1970'", "'_birthDate':{'id':'a'}", "'birthDate':'1972'",
	  "birthDate", false },
	{ "Condition", "'onsetString':'long ago'", "'onsetDateTime':'2001'", "'onsetAge':{'value':3}",
	  "onsetAge", false },
	{ "Patient", "'name':[{'family':'A'}]", "'name':[{'family':'B'}]", "'name':[{'given':['A']}]",
	  "name", false },
};

static struct history H;

static char *
doc(const char *type, const char *elements, const char *note)
{
	char *s = ac_arena_get(&H.arena, strlen(elements) + strlen(note) + 200);

	sprintf(s, "{'resourceType':'%s','id':'x',%s,'language':'%s'}", type, elements, note);
	return s;
}

static void
start(const char *type)
{
	history_free(&H);
	H.type = type;
}

static void
expect_body(const char *json)
{
	history_view(&H);
	assert_string_equal(history_body(&H), json);
}

/* The same, elements in any order. */
static void
expect_same(const char *json)
{
	history_view(&H);
	if (!history_same(H.view.body, history_json(&H.arena, json)))
		fail_msg("%s is not %s", history_body(&H), json);
}

static void
expect(const char *disputes)
{
	history_view(&H);
	assert_string_equal(history_disputes(&H), disputes);
}

static void
row_one_side(const struct row *r, const char *change)
{
	bool unknown = !strcmp(r->type, "FutureThing");

	start(r->type);
	history_add(&H, "", AC_OP_PUT, doc(r->type, r->now, "en"));
	history_add(&H, "a", AC_OP_SET, doc(r->type, change, "en"));
	history_add(&H, "a", AC_OP_SET, doc(r->type, r->now, unknown ? "en" : "fr"));
	expect_same(doc(r->type, change, unknown ? "en" : "fr"));
	assert_int_equal(H.view.ndisputes, 0);
	assert_int_equal(H.view.nheads, 2);
	/* and the other way round, later */
	H.node[1].time = 9;
	expect_same(doc(r->type, change, unknown ? "en" : "fr"));
	assert_int_equal(H.view.ndisputes, 0);
}

static void
row_both(const struct row *r)
{
	start(r->type);
	history_add(&H, "", AC_OP_PUT, doc(r->type, r->now, "en"));
	history_add(&H, "a", AC_OP_SET, doc(r->type, r->one, "en"));
	history_add(&H, "a", AC_OP_SET, doc(r->type, r->one, "en"));
	expect_same(doc(r->type, r->one, "en"));
	assert_int_equal(H.view.ndisputes, 0);

	H.n = 2;
	history_add(&H, "a", AC_OP_SET, doc(r->type, r->two, "en"));
	history_view(&H);
	assert_int_equal(H.view.ndisputes, 1);
	assert_string_equal(H.view.disputes[0].path, r->path);
	assert_int_equal(H.view.disputes[0].safety, r->safety);
	assert_int_equal(H.view.safety, r->safety);
	assert_true(H.view.conflict);
	assert_int_equal(H.view.disputes[0].nsides, 2);
	assert_int_equal(H.view.disputes[0].sides[0].node, 1);
	assert_int_equal(H.view.disputes[0].sides[1].node, 2);
	expect_same(doc(r->type, r->two, "en"));
	/* the later in time is shown, whatever the order of the nodes */
	H.node[1].time = 9;
	expect_same(doc(r->type, r->one, "en"));
}

/* Only a resolve ends it. */
static void
row_ends(const struct row *r)
{
	start(r->type);
	history_add(&H, "", AC_OP_PUT, doc(r->type, r->now, "en"));
	history_add(&H, "a", AC_OP_SET, doc(r->type, r->one, "en"));
	history_add(&H, "a", AC_OP_SET, doc(r->type, r->two, "en"));
	history_add(&H, "bc", AC_OP_SET, doc(r->type, r->one, "en"));
	history_view(&H);
	assert_int_equal(H.view.ndisputes, 1);
	assert_int_equal(H.view.nheads, 1);
	history_add(&H, "d", AC_OP_PUT, doc(r->type, r->now, "en"));
	history_view(&H);
	assert_int_equal(H.view.disputes[0].nsides, 3);
	history_add(&H, "e", AC_OP_RESOLVE, doc(r->type, r->one, "en"));
	expect_same(doc(r->type, r->one, "en"));
	assert_int_equal(H.view.ndisputes, 0);
	history_add(&H, "f", AC_OP_SET, doc(r->type, r->two, "en"));
	expect_same(doc(r->type, r->two, "en"));
	assert_int_equal(H.view.ndisputes, 0);
}

/* What a person takes is what the other side said. */
static void
row_take(const struct row *r)
{
	const struct ac_val *out = NULL;

	row_both(r); /* b is later: shown; take c */
	assert_int_equal(ac_view_take(&out, &H.arena, r->type, H.view.body, r->path,
		H.node[2].body, NULL), AC_OK);
	assert_true(history_same(out, history_json(&H.arena, doc(r->type, r->two, "en"))));
}

static void
row_deleted(const struct row *r)
{
	start(r->type);
	history_add(&H, "", AC_OP_PUT, doc(r->type, r->now, "en"));
	history_add(&H, "a", AC_OP_RM, NULL);
	history_add(&H, "a", AC_OP_SET, doc(r->type, r->one, "en"));
	expect("!=b:-|c:+");
	expect_same(doc(r->type, r->one, "en"));
	history_add(&H, "bc", AC_OP_SET, doc(r->type, r->two, "en"));
	expect("!=b:-|c:+");
	history_add(&H, "d", AC_OP_RM, NULL);
	expect("!=b:-|c:+");
	history_add(&H, "e", AC_OP_RESOLVE, NULL);
	expect("");
	assert_null(H.view.body);
}

static void
safety_table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		row_one_side(&rows[i], rows[i].one);
		row_one_side(&rows[i], rows[i].two);
		row_both(&rows[i]);
		row_ends(&rows[i]);
		row_take(&rows[i]);
		row_deleted(&rows[i]);
	}
	assert_true(i > 30);
	history_free(&H);
}

/* ------------------------------------------------------------------ graphs */

#define P(x) "{'resourceType':'Patient','id':'x'," x "}"

static void
unites(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_PUT, P("'gender':'male','birthDate':'1970'"));
	history_add(&H, "a", AC_OP_SET, P("'gender':'female','birthDate':'1970'"));
	history_add(&H, "a", AC_OP_SET, P("'gender':'male','active':true"));
	history_add(&H, "a", AC_OP_SET, P("'photo':[{'url':'u'}],'gender':'male','birthDate':'1970'"));
	expect_body(P("'photo':[{'url':'u'}],'gender':'female','active':true"));
	assert_int_equal(H.view.nheads, 3);
	assert_false(H.view.conflict);
	history_free(&H);
}

static void
one_head_is_itself(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_PUT, P("'gender':'male','birthDate':'1970'"));
	history_add(&H, "a", AC_OP_SET, P("'birthDate':'1970','gender':'female'"));
	history_view(&H);
	assert_ptr_equal(H.view.body, H.node[1].body);
	history_free(&H);
}

static void
nothing_at_all(void **state)
{
	(void)state;
	start("Patient");
	history_view(&H);
	assert_null(H.view.body);
	assert_int_equal(H.view.nheads, 0);
	history_free(&H);
}

static void
crisscross(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_PUT, P("'gender':'male'"));
	history_add(&H, "a", AC_OP_SET, P("'gender':'female'"));
	history_add(&H, "a", AC_OP_SET, P("'gender':'other'"));
	history_add(&H, "bc", AC_OP_RESOLVE, P("'gender':'female'"));
	history_add(&H, "bc", AC_OP_RESOLVE, P("'gender':'other'"));
	expect("gender=d:'female'|e:'other'");
	history_add(&H, "de", AC_OP_RESOLVE, P("'gender':'unknown'"));
	expect("");
	/* both settled it alike: nothing to settle */
	H.n = 4;
	history_add(&H, "bc", AC_OP_RESOLVE, P("'gender':'female'"));
	expect("");
	assert_string_equal(history_body(&H), P("'gender':'female'"));
	history_free(&H);
}

static void
revert_is_a_write(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_PUT, P("'gender':'male'"));
	history_add(&H, "a", AC_OP_SET, P("'gender':'female'"));
	history_add(&H, "b", AC_OP_REVERT, P("'gender':'male'"));
	history_add(&H, "a", AC_OP_SET, P("'gender':'other'"));
	expect("gender=c:'male'|d:'other'");
	history_free(&H);
}

static void
descendants_beat_times(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_PUT, P("'gender':'male'"))->time = 1000;
	history_add(&H, "a", AC_OP_SET, P("'gender':'female'"))->time = 3;
	history_add(&H, "a", AC_OP_SET, P("'gender':'male','active':true"))->time = 2;
	expect_body(P("'gender':'female','active':true"));
	history_free(&H);
}

/* An import that comes again merges with what a person did since. */
static void
import_again(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_IMPORT, P("'gender':'male','birthDate':'1970'"));
	history_add(&H, "a", AC_OP_SET, P("'gender':'female','birthDate':'1970'"));
	history_add(&H, "a", AC_OP_IMPORT, P("'gender':'male','birthDate':'1971'"));
	expect_body(P("'gender':'female','birthDate':'1971'"));
	history_add(&H, "c", AC_OP_IMPORT, P("'gender':'other','birthDate':'1971'"));
	expect("gender=b:'female'|d:'other'");
	history_free(&H);
}

/* What a server counts for itself is no conflict. */
static void
bookkeeping(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_IMPORT, P("'meta':{'versionId':'1','lastUpdated':'2001'},'gender':'male'"));
	history_add(&H, "a", AC_OP_IMPORT, P("'meta':{'versionId':'2','lastUpdated':'2002'},'gender':'male'"));
	history_add(&H, "a", AC_OP_IMPORT, P("'meta':{'versionId':'3','lastUpdated':'2003','tag':"
		"[{'system':'s','code':'c'}]},'gender':'male'"));
	H.node[1].time = 9;
	expect_body(P("'meta':{'versionId':'2','lastUpdated':'2002','tag':[{'system':'s','code':'c'}]},"
		"'gender':'male'"));
	assert_int_equal(H.view.ndisputes, 0);
	/* nor a word against deletion */
	history_add(&H, "a", AC_OP_RM, NULL);
	expect("!=c:+|d:-");
	H.node[2].body = history_json(&H.arena, P("'meta':{'versionId':'3'},'gender':'male'"));
	expect("");
	assert_null(H.view.body);
	H.n = 3;
	/* an edit that carries the older one leaves nothing behind */
	history_add(&H, "bc", AC_OP_SET, P("'meta':{'versionId':'3','lastUpdated':'2003'},'gender':'male'"));
	history_view(&H);
	assert_int_equal(H.view.ndisputes, 0);
	assert_ptr_equal(H.view.body, H.node[3].body);
	history_free(&H);
}

static void
two_roots(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_IMPORT, P("'gender':'male','active':true"));
	history_add(&H, "", AC_OP_IMPORT, P("'gender':'female','birthDate':'1970'"));
	expect("gender=a:'male'|b:'female'");
	assert_string_equal(history_body(&H), P("'gender':'female','birthDate':'1970','active':true"));
	history_free(&H);
	start("Observation");
	history_add(&H, "", AC_OP_IMPORT, "{'resourceType':'Observation','status':'final'}");
	history_add(&H, "", AC_OP_IMPORT, "{'resourceType':'Observation','status':'amended'}");
	expect("status!=a:{'status':'final'}|b:{'status':'amended'}");
	history_free(&H);
}

static void
deletions(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_PUT, P("'gender':'male'"));
	history_add(&H, "a", AC_OP_RM, NULL);
	history_add(&H, "a", AC_OP_RM, NULL);
	expect("");
	assert_null(H.view.body);
	assert_int_equal(H.view.nheads, 2);
	/* a version that changed nothing is no edit */
	history_add(&H, "a", AC_OP_IMPORT, P("'gender':'male'"));
	expect("");
	assert_null(H.view.body);
	/* brought back */
	history_add(&H, "bcd", AC_OP_PUT, P("'active':true"));
	expect_body(P("'active':true"));
	assert_int_equal(H.view.ndisputes, 0);
	/* and gone: against nothing */
	history_add(&H, "e", AC_OP_RM, NULL);
	expect("");
	assert_null(H.view.body);
	history_free(&H);

	/* deleted, and brought back elsewhere without change: no conflict; changed: one */
	start("Patient");
	history_add(&H, "", AC_OP_PUT, P("'gender':'male'"));
	history_add(&H, "a", AC_OP_RM, NULL);
	history_add(&H, "b", AC_OP_RM, NULL);
	history_add(&H, "b", AC_OP_PUT, P("'gender':'male'"));
	expect("");
	assert_string_equal(history_body(&H), P("'gender':'male'"));
	history_free(&H);
}

/* What was in conflict when it was deleted is so when it comes back. */
static void
deleted_in_conflict(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_PUT, P("'gender':'male'"));
	history_add(&H, "a", AC_OP_SET, P("'gender':'female'"));
	history_add(&H, "a", AC_OP_SET, P("'gender':'other'"));
	history_add(&H, "bc", AC_OP_RESOLVE, NULL);
	expect("");
	history_add(&H, "d", AC_OP_PUT, P("'gender':'female'"));
	expect("gender=b:'female'|c:'other'");
	history_free(&H);
}

static void
incomplete(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_PUT, P("'gender':'male'"));
	history_add(&H, "a", AC_OP_SET, P("'gender':'other'"));
	history_view(&H);
	assert_false(H.view.incomplete);
	H.node[1].incomplete = true;
	expect("");
	assert_true(H.view.incomplete);
	assert_string_equal(history_body(&H), P("'gender':'other'"));
	history_free(&H);
}

static void
bad_graphs(void **state)
{
	struct ac_view v;

	(void)state;
	start("Patient");
	history_add(&H, "b", AC_OP_PUT, P("'gender':'male'"));
	history_add(&H, "a", AC_OP_PUT, P("'gender':'male'"));
	assert_int_equal(ac_view_make(&v, &H.arena, "Patient", H.node, 2, NULL), AC_EINVAL);
	H.n = 0;
	history_add(&H, "a", AC_OP_PUT, P("'gender':'male'"));
	assert_int_equal(ac_view_make(&v, &H.arena, "Patient", H.node, 1, NULL), AC_EINVAL);
	H.n = 0;
	history_add(&H, "b", AC_OP_PUT, P("'gender':'male'"));
	assert_int_equal(ac_view_make(&v, &H.arena, "Patient", H.node, 1, NULL), AC_EINVAL);
	H.n = 0;
	history_add(&H, "", AC_OP_PUT, "[1]");
	assert_int_equal(ac_view_make(&v, &H.arena, "Patient", H.node, 1, NULL), AC_EINVAL);
	history_free(&H);
}

/* ------------------------------------------------------------------ guests */

#define M(s, dose, more) "{'resourceType':'MedicationRequest','status':'" s "','dosageInstruction'" \
	":[{'text':'" dose "'}]" more "}"
#define G(s, dose) "{'dosageInstruction':[{'text':'" dose "'}],'status':'" s "'}"

static struct ac_node *
guest(struct ac_node *v, uint32_t author)
{
	v->guest = true;
	v->author = author;
	return v;
}

static void
guest_proposes(void **state)
{
	(void)state;
	start("MedicationRequest");
	history_add(&H, "", AC_OP_PUT, M("active", "50", ""));
	guest(history_add(&H, "a", AC_OP_SET, M("active", "25", ",'note':[{'text':'less'}]")), 7);
	expect("dosageInstruction!?=a:" G("active", "50") "|b:" G("active", "25"));
	assert_false(H.view.conflict);
	assert_false(H.view.safety);
	assert_string_equal(history_body(&H), M("active", "50", ",'note':[{'text':'less'}]"));
	/* his other edit, over what he was shown, takes nothing back */
	guest(history_add(&H, "b", AC_OP_SET, M("active", "50", "")), 7);
	expect("dosageInstruction!?=a:" G("active", "50") "|b:" G("active", "25"));
	/* another proposal of his replaces the first; another guest's does not */
	guest(history_add(&H, "c", AC_OP_SET, M("active", "30", "")), 7);
	expect("dosageInstruction!?=a:" G("active", "50") "|d:" G("active", "30"));
	guest(history_add(&H, "d", AC_OP_SET, M("active", "10", "")), 8);
	expect("dosageInstruction!?=a:" G("active", "50") "|d:" G("active", "30") "|e:" G("active", "10"));
	/* an owner's edit of something else settles nothing; a guest's resolve neither */
	history_add(&H, "e", AC_OP_SET, M("active", "50", ",'priority':'asap'"));
	guest(history_add(&H, "f", AC_OP_RESOLVE, M("active", "50", ",'priority':'asap'")), 8);
	expect("dosageInstruction!?=a:" G("active", "50") "|d:" G("active", "30") "|e:" G("active", "10"));
	/* an owner's word does */
	history_add(&H, "g", AC_OP_RESOLVE, M("active", "50", ",'priority':'asap'"));
	expect("");
	assert_ptr_equal(H.view.body, H.node[7].body);
	H.n = 7;
	history_add(&H, "g", AC_OP_SET, M("active", "10", ",'priority':'asap'"));
	expect("");
	assert_ptr_equal(H.view.body, H.node[7].body);
	/* one that had not seen the proposals does not */
	H.n = 7;
	history_add(&H, "a", AC_OP_SET, M("active", "60", ""));
	expect("dosageInstruction!?=h:" G("active", "60") "|d:" G("active", "30") "|e:" G("active", "10"));
	/* and may happen to agree with one */
	H.n = 7;
	history_add(&H, "a", AC_OP_SET, M("active", "10", ""));
	expect("dosageInstruction!?=h:" G("active", "10") "|d:" G("active", "30"));
	history_free(&H);
}

static void
guest_deletes(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_PUT, P("'gender':'male'"));
	guest(history_add(&H, "a", AC_OP_RM, NULL), 7);
	expect("!?=a:+|b:-");
	assert_string_equal(history_body(&H), P("'gender':'male'"));
	assert_false(H.view.conflict);
	/* an owner's edit of a field is no answer */
	history_add(&H, "b", AC_OP_SET, P("'gender':'female'"));
	expect("!?=c:+|b:-");
	history_add(&H, "c", AC_OP_RESOLVE, P("'gender':'female'"));
	expect("");
	H.n = 3;
	history_add(&H, "c", AC_OP_RM, NULL);
	expect("");
	assert_null(H.view.body);
	/* bringing it back is a proposal, too */
	guest(history_add(&H, "d", AC_OP_PUT, P("'gender':'other'")), 7);
	expect("!?=d:-|e:+");
	assert_null(H.view.body);
	history_free(&H);
}

/* A guest's edit against an owner's deletion: an ordinary edit is a conflict, a
 * proposal is shown as one. */
static void
guest_against_deletion(void **state)
{
	(void)state;
	start("MedicationRequest");
	history_add(&H, "", AC_OP_PUT, M("active", "50", ""));
	history_add(&H, "a", AC_OP_RM, NULL);
	guest(history_add(&H, "a", AC_OP_SET, M("active", "50", ",'priority':'asap'")), 7);
	expect("!=b:-|c:+");
	H.n = 2;
	guest(history_add(&H, "a", AC_OP_SET, M("active", "25", "")), 7);
	expect("!?=b:-|c:+");
	assert_null(H.view.body);
	history_free(&H);
}

static void
guest_own(void **state)
{
	(void)state;
	start("MedicationRequest");
	guest(history_add(&H, "", AC_OP_PUT, M("active", "50", "")), 7);
	guest(history_add(&H, "a", AC_OP_SET, M("active", "25", "")), 7);
	expect_body(M("active", "25", ""));
	assert_int_equal(H.view.ndisputes, 0);
	/* not another guest's; who does not become its author by a second beginning */
	guest(history_add(&H, "b", AC_OP_SET, M("active", "10", "")), 8);
	expect("dosageInstruction!?=b:" G("active", "25") "|c:" G("active", "10"));
	H.n = 2;
	guest(history_add(&H, "", AC_OP_PUT, M("active", "25", "")), 8);
	guest(history_add(&H, "bc", AC_OP_SET, M("active", "10", "")), 8);
	expect("dosageInstruction!?=c:" G("active", "25") "|d:" G("active", "10"));
	history_free(&H);
	/* nor of an owner's */
	start("MedicationRequest");
	history_add(&H, "", AC_OP_PUT, M("active", "50", ""));
	guest(history_add(&H, "", AC_OP_PUT, M("active", "25", "")), 8);
	expect("dosageInstruction!?=a:" G("active", "50") "|b:" G("active", "25"));
	history_free(&H);
}

static void
guest_ordinary(void **state)
{
	(void)state;
	start("Procedure");
	history_add(&H, "", AC_OP_PUT, "{'resourceType':'Procedure','status':'preparation'}");
	guest(history_add(&H, "a", AC_OP_SET, "{'resourceType':'Procedure','status':'completed'}"), 7);
	expect_body("{'resourceType':'Procedure','status':'completed'}");
	guest(history_add(&H, "b", AC_OP_SET, "{'resourceType':'Procedure','status':'entered-in-error'}"), 7);
	expect("status!?=b:{'status':'completed'}|c:{'status':'entered-in-error'}");
	history_free(&H);
	start("AllergyIntolerance");
	history_add(&H, "", AC_OP_PUT, "{'resourceType':'AllergyIntolerance','id':'x'}");
	guest(history_add(&H, "a", AC_OP_SET, "{'resourceType':'AllergyIntolerance','id':'x',"
		"'criticality':'high'}"), 7);
	expect("criticality!?=a:-|b:{'criticality':'high'}");
	history_free(&H);
}

/* ------------------------------------------------------------------ arrays */

#define L(x) "{'resourceType':'List','entry':[" x "]}"
#define E(r, x) "{'item':{'reference':'Condition/" r "'}" x "}"

static void
problems_unite(void **state)
{
	(void)state;
	start("List");
	history_add(&H, "", AC_OP_PUT, L(E("1", "") "," E("2", "")));
	history_add(&H, "a", AC_OP_SET, L(E("3", "") "," E("1", "") "," E("2", "")));
	history_add(&H, "a", AC_OP_SET, L(E("1", ",'date':'2020'") "," E("2", "") "," E("4", "")));
	expect_body(L(E("1", ",'date':'2020'") "," E("2", "") "," E("4", "") "," E("3", "")));
	assert_int_equal(H.view.ndisputes, 0);
	/* taken away here, changed there: in conflict, and shown */
	history_add(&H, "b", AC_OP_SET, L(E("3", "") "," E("2", "")));
	expect("entry[2]=c:" E("1", ",'date':'2020'") "|d:-");
	assert_string_equal(history_body(&H), L(E("3", "") "," E("2", "") "," E("1", ",'date':'2020'")
		"," E("4", "")));
	history_free(&H);
}

static void
problems_path(void **state)
{
	const struct ac_val *out = NULL;

	(void)state;
	problems_unite(NULL);
	start("List");
	history_add(&H, "", AC_OP_PUT, L(E("1", "") "," E("2", "")));
	history_add(&H, "a", AC_OP_SET, L(E("1", ",'date':'2020'")));
	history_add(&H, "a", AC_OP_SET, L(E("2", ",'date':'2020'")));
	expect("entry[1]=b:" E("1", ",'date':'2020'") "|c:-;entry[0]=b:-|c:" E("2", ",'date':'2020'"));
	assert_int_equal(ac_view_take(&out, &H.arena, "List", H.view.body, "entry[1]",
		H.node[2].body, NULL), AC_OK);
	assert_int_equal(ac_view_take(&out, &H.arena, "List", out, "entry[0]",
		H.node[2].body, NULL), AC_OK);
	assert_true(ac_val_equal(out, H.node[2].body));
	assert_int_equal(ac_view_take(&out, &H.arena, "List", H.view.body, "entry[1]",
		H.node[1].body, NULL), AC_OK);
	assert_int_equal(ac_view_take(&out, &H.arena, "List", out, "entry[0]",
		H.node[1].body, NULL), AC_OK);
	assert_true(ac_val_equal(out, H.node[1].body));
	assert_int_equal(ac_view_take(&out, &H.arena, "List", out, "entry[7]",
		H.node[1].body, NULL), AC_EUSAGE);
	assert_int_equal(ac_view_take(&out, &H.arena, "List", out, "entry[x]",
		H.node[1].body, NULL), AC_EUSAGE);
	assert_int_equal(ac_view_take(&out, &H.arena, "List", out, "[0]",
		H.node[1].body, NULL), AC_EUSAGE);
	assert_int_equal(ac_view_take(&out, &H.arena, "List", out, "entry[0]", NULL, NULL), AC_EUSAGE);
	assert_true(ac_val_equal(out, H.node[1].body));
	history_free(&H);
}

/* Items without a key, and with one that two have, are one value together. */
static void
unmatched(void **state)
{
	(void)state;
	start("Patient");
	history_add(&H, "", AC_OP_PUT, P("'identifier':[{'value':'1'},{'type':{'text':'a'}}]"));
	history_add(&H, "a", AC_OP_SET, P("'identifier':[{'value':'1'},{'type':{'text':'b'}}]"));
	history_add(&H, "a", AC_OP_SET, P("'identifier':[{'value':'1','use':'old'},{'value':'2'},"
		"{'type':{'text':'a'}},{'type':{'text':'c'}}]"));
	expect("identifier[2]=b:[{'type':{'text':'b'}}]|c:[{'type':{'text':'a'}},{'type':{'text':'c'}}]");
	H.node[1].time = 9;
	expect_body(P("'identifier':[{'value':'1','use':'old'},{'type':{'text':'b'}},{'value':'2'}]"));
	H.n = 1;
	history_add(&H, "a", AC_OP_SET, P("'identifier':[{'value':'1'},{'value':'1'}]"));
	history_add(&H, "a", AC_OP_SET, P("'identifier':[{'value':'1','use':'old'},{'type':{'text':'a'}}]"));
	expect("identifier[0]=b:-|c:{'value':'1','use':'old'}");
	assert_string_equal(history_body(&H), P("'identifier':[{'value':'1','use':'old'},"
		"{'value':'1'},{'value':'1'}]"));
	history_free(&H);
	/* no item matched anywhere: the array is the value */
	start("Patient");
	history_add(&H, "", AC_OP_PUT, P("'name':[{'family':'a'}]"));
	history_add(&H, "a", AC_OP_SET, P("'name':[{'family':'b'}]"));
	history_add(&H, "a", AC_OP_SET, P("'active':true"));
	expect("name=b:[{'family':'b'}]|c:-");
	assert_string_equal(history_body(&H), P("'active':true,'name':[{'family':'b'}]"));
	history_free(&H);
}

#define C(x) "{'resourceType':'CarePlan','activity':[" x "]}"
#define A(id, detail) "{'id':'" id "','detail':{" detail "}}"

static void
activities(void **state)
{
	const struct ac_val *out = NULL;

	(void)state;
	start("CarePlan");
	history_add(&H, "", AC_OP_PUT, C(A("1", "'status':'scheduled','description':'x'") ","
		A("2", "'status':'scheduled'")));
	history_add(&H, "a", AC_OP_SET, C(A("1", "'status':'completed','description':'x'")));
	history_add(&H, "a", AC_OP_SET, C(A("2", "'status':'scheduled'") ","
		A("1", "'status':'scheduled','description':'y'")));
	expect_body(C(A("1", "'status':'completed','description':'y'")));
	assert_int_equal(H.view.ndisputes, 0);
	history_add(&H, "c", AC_OP_SET, C(A("2", "'status':'in-progress'") ","
		A("1", "'status':'cancelled','description':'y'")));
	expect("activity[1].detail.status=b:'completed'|d:'cancelled';"
		"activity[0]=b:-|d:" A("2", "'status':'in-progress'"));
	assert_string_equal(history_body(&H), C(A("2", "'status':'in-progress'") ","
		A("1", "'status':'cancelled','description':'y'")));
	assert_int_equal(ac_view_take(&out, &H.arena, "CarePlan", H.view.body,
		"activity[1].detail.status", H.node[1].body, NULL), AC_OK);
	assert_int_equal(ac_view_take(&out, &H.arena, "CarePlan", out, "activity[0]",
		H.node[1].body, NULL), AC_OK);
	assert_true(ac_val_equal(out, history_json(&H.arena,
		C(A("1", "'status':'completed','description':'y'")))));
	/* half an item that one side no longer wants is never shown */
	H.n = 1;
	history_add(&H, "a", AC_OP_SET, C(A("2", "'status':'scheduled'")));
	history_add(&H, "a", AC_OP_SET, C(A("1", "'status':'completed','description':'x'") ","
		A("2", "'status':'scheduled'")));
	expect("activity[0]=b:-|c:" A("1", "'status':'completed','description':'x'"));
	H.node[1].time = 9;
	expect("activity[1]=c:" A("1", "'status':'completed','description':'x'") "|b:-");
	assert_string_equal(history_body(&H), C(A("2", "'status':'scheduled'") ","
		A("1", "'status':'completed','description':'x'")));
	history_free(&H);
}

/* Not what the rule expects, in any one version: a plain element in all. */
static void
misshapen(void **state)
{
	(void)state;
	start("CarePlan");
	history_add(&H, "", AC_OP_PUT, C(A("1", "'status':'scheduled'") "," A("2", "'status':'scheduled'")));
	history_add(&H, "a", AC_OP_SET, C(A("1", "'status':'completed'") "," A("2", "'status':'scheduled'")));
	history_add(&H, "a", AC_OP_SET, "{'resourceType':'CarePlan','activity':{'id':'1'}}");
	expect("activity=b:[" A("1", "'status':'completed'") "," A("2", "'status':'scheduled'") "]|"
		"c:{'id':'1'}");
	history_free(&H);
}

static void
key_order(void **state)
{
	(void)state;
	start("Observation");
	history_add(&H, "", AC_OP_PUT, "{'resourceType':'Observation','valueQuantity':{'value':1}}");
	history_add(&H, "a", AC_OP_SET, "{'resourceType':'Observation','valueQuantity':{'value':2,'unit':'g'}}");
	history_add(&H, "a", AC_OP_SET, "{'resourceType':'Observation','valueQuantity':{'unit':'g','value':2}}");
	expect("");
	history_free(&H);
}

/* -------------------------------------------------------------------- diff */

static void
expect_diff(const char *from, const char *to, const char *changes)
{
	const struct ac_val *f = from ? history_json(&H.arena, from) : NULL;
	const struct ac_val *t = to ? history_json(&H.arena, to) : NULL;
	const struct ac_change *c = NULL;
	struct ac_buf b = { 0 };
	size_t n = 0, i;

	assert_int_equal(ac_diff(&c, &n, &H.arena, f, t), AC_OK);
	for (i = 0; i < n; i++) {
		assert_int_equal(ac_buf_addf(&b, "%s%s%s=", i ? ";" : "", c[i].path,
			c[i].safety ? "!" : ""), AC_OK);
		history_text(&b, *c[i].path ? c[i].from : NULL);
		assert_int_equal(ac_buf_add(&b, "|", 1), AC_OK);
		history_text(&b, *c[i].path ? c[i].to : NULL);
	}
	assert_int_equal(ac_buf_add(&b, "", 1), AC_OK);
	assert_string_equal(b.p, changes);
	ac_buf_free(&b);
	history_free(&H);
}

static void
diffs(void **state)
{
	(void)state;
	expect_diff(P("'gender':'male'"), P("'gender':'male'"), "");
	expect_diff(NULL, NULL, "");
	expect_diff(P("'gender':'male'"), NULL, "!=-|-");
	expect_diff(NULL, P("'gender':'male'"), "!=-|-");
	expect_diff(P("'gender':'male','active':true"), P("'active':false,'birthDate':'1970'"),
		"active=true|false;birthDate=-|'1970';gender='male'|-");
	expect_diff(M("active", "50", ""), M("stopped", "25", ",'priority':'asap'"),
		"status!='active'|'stopped';dosageInstruction!=[{'text':'50'}]|[{'text':'25'}];"
		"priority=-|'asap'");
	expect_diff("{'resourceType':'Observation','valueString':'a','_valueString':{'id':'1'}}",
		"{'resourceType':'Observation','valueInteger':1}",
		"valueInteger!=-|1;valueString!='a'|-;_valueString!={'id':'1'}|-");
	expect_diff("{'resourceType':'Encounter','status':'planned'}",
		"{'resourceType':'Encounter','status':'entered-in-error'}",
		"status!='planned'|'entered-in-error'");
	expect_diff("{'resourceType':'Encounter','status':'planned'}",
		"{'resourceType':'Encounter','status':'finished'}", "status='planned'|'finished'");
	expect_diff(L(E("1", "") "," E("2", "")), L(E("2", ",'date':'2020'") "," E("3", "")),
		"entry[0]=" E("2", "") "|" E("2", ",'date':'2020'") ";entry[1]=-|" E("3", "")
		";entry[0]=" E("1", "") "|-");
	expect_diff(L(E("1", "") "," E("2", "")), L(E("2", "") "," E("1", "")),
		"entry=[" E("1", "") "," E("2", "") "]|[" E("2", "") "," E("1", "") "]");
	expect_diff(C(A("1", "'status':'a'")), C(A("1", "'status':'b'")),
		"activity[0].detail.status='a'|'b'");
	expect_diff(P("'name':[{'family':'a'}]"), P("'name':[{'family':'a'},{'family':'b'}]"),
		"name=[{'family':'a'}]|[{'family':'a'},{'family':'b'}]");
	expect_diff(P("'meta':{'versionId':'1'}"), P("'meta':{'versionId':'2'}"),
		"meta.versionId='1'|'2'");
	expect_diff(P("'identifier':[{'value':'1'}]"), P("'identifier':{'value':'1'}"),
		"identifier=[{'value':'1'}]|{'value':'1'}");
}

static void
take_deleted(void **state)
{
	const struct ac_val *out = NULL, *p;

	(void)state;
	start("Patient");
	p = history_json(&H.arena, P("'gender':'male'"));
	assert_int_equal(ac_view_take(&out, &H.arena, "Patient", p, "", NULL, NULL), AC_OK);
	assert_null(out);
	assert_int_equal(ac_view_take(&out, &H.arena, "Patient", NULL, "gender", p, NULL), AC_OK);
	assert_null(out);
	assert_int_equal(ac_view_take(&out, &H.arena, "Patient", NULL, "", p, NULL), AC_OK);
	assert_ptr_equal(out, p);
	history_free(&H);
}

/* ------------------------------------------------------------ real records */

struct real {
	unsigned resources;
};

/* Two devices change one element each; the merge has both and all the rest. */
static void
real_resource(struct real *r, const struct ac_val *doc)
{
	const char *type = ac_val_str(doc, "resourceType");
	struct ac_val one = ac_val_text("xx"), two = ac_val_bool(true);
	const struct ac_change *c;
	size_t n;

	start(type);
	history_add(&H, "", AC_OP_IMPORT, NULL)->body = doc;
	history_add(&H, "a", AC_OP_SET, NULL)->body = ac_val_set(&H.arena, doc, "language", &one);
	history_add(&H, "a", AC_OP_SET, NULL)->body = ac_val_set(&H.arena, doc, "xNotOfR4", &two);
	history_view(&H);
	if (H.view.ndisputes)
		fail_msg("%s: %s", type, history_disputes(&H));
	/* the later is the base, the other's is put in its place or at the end */
	if (!ac_val_get(doc, "language"))
		assert_true(ac_val_equal(H.view.body,
			ac_val_set(&H.arena, H.node[2].body, "language", &one)));
	assert_int_equal(ac_diff(&c, &n, &H.arena, doc, H.view.body), AC_OK);
	assert_int_equal(n, 2);
	assert_int_equal(ac_diff(&c, &n, &H.arena, doc, doc), AC_OK);
	assert_int_equal(n, 0);
	/* two roots alike are one document; deleted and brought back it is itself */
	H.n = 1;
	history_add(&H, "", AC_OP_IMPORT, NULL)->body = doc;
	history_view(&H);
	assert_int_equal(H.view.ndisputes, 0);
	assert_true(ac_val_equal(H.view.body, doc));
	r->resources++;
}

static void
real_value(struct real *r, const struct ac_val *v)
{
	const struct ac_val *entries = ac_val_get(v, "entry"), *doc;
	uint32_t i;

	/* a document of an unknown type is one atom: it would be in conflict */
	if (!ac_val_str(v, "resourceType") || !ac_fhir_type_known(ac_val_str(v, "resourceType")))
		return;
	real_resource(r, v);
	for (i = 0; entries && entries->kind == AC_ARR && i < entries->n; i++)
		if ((doc = ac_val_get(&entries->items[i], "resource")))
			real_value(r, doc);
}

static void
real_text(void *ctx, const unsigned char *p, size_t n)
{
	struct ac_arena a = { 0 };
	const struct ac_val *v;

	if (ac_json_read(&v, &a, p, n, NULL) == AC_OK)
		real_value(ctx, v);
	ac_arena_free(&a);
}

static void
real_file(void *ctx, const struct shared_file *f)
{
	shared_texts(f, real_text, ctx);
}

static void
real_records(void **state)
{
	static const char *const suffixes[] = { ".json", ".ndjson", NULL };
	struct real r = { 0 };
	unsigned files = shared_each("dev", suffixes, real_file, &r);

	(void)state;
	if (!files)
		print_message("# no shared data\n");
	else
		assert_true(r.resources > 1000);
	print_message("# files %u resources %u\n", files, r.resources);
	history_free(&H);
}

/* ------------------------------------------------------------------- sizes */

/* Fifty devices that write 10,000 versions, joining now and then; and a line of
 * 10,000. Time is told, not judged: the bound only catches another order. */
static void
many_versions(void **state)
{
	enum { N = 10000, HEADS = 50 };
	struct ac_node *node = calloc(N, sizeof *node);
	uint32_t (*parents)[2] = calloc(N, sizeof *parents), i, way;
	struct ac_arena a = { .max = (size_t)4 << 30 };
	struct ac_val dose, note;
	struct ac_view v;
	clock_t from;
	double took;

	(void)state;
	for (way = 0; way < 2; way++) {
		for (i = 0; i < N; i++) {
			parents[i][0] = i && way ? i - 1 : i >= HEADS ? i - HEADS : 0;
			parents[i][1] = i >= 2 * HEADS && !way ? i - HEADS - 1 : 0;
			node[i] = (struct ac_node){ .parents = parents[i], .author = i % HEADS, .time = i,
				.nparents = i == 0 ? 0 : !way && i >= 2 * HEADS && i % 7 == 0 ? 2 : 1 };
			memcpy(node[i].id, &i, sizeof i);
			note = ac_val_int(i);
			dose = ac_val_int(i / 100);
			node[i].body = history_json(&a, "{'resourceType':'MedicationRequest','id':'x',"
				"'meta':{'versionId':'1'},'status':'active','intent':'order','note':[{'text':"
				"'a'}],'identifier':[{'value':'1'},{'value':'2'}]}");
			node[i].body = ac_val_set(&a, node[i].body, i % 2 ? "priority" : "authoredOn", &note);
			node[i].body = ac_val_set(&a, node[i].body, "doNotPerform", &dose);
		}
		from = clock();
		assert_int_equal(ac_view_make(&v, &a, "MedicationRequest", node, N, NULL), AC_OK);
		took = (double)(clock() - from) / CLOCKS_PER_SEC;
		print_message("# %u versions, %u heads, %u disputes: %.2f s\n", (unsigned)N, v.nheads,
			v.ndisputes, took);
		assert_true(took < 60);
	}
	ac_arena_free(&a);
	free(node);
	free(parents);
}

static void
op_names(void **state)
{
	(void)state;
	assert_string_equal(ac_op_name(AC_OP_IMPORT), "import");
	assert_string_equal(ac_op_name(AC_OP_CONTRIBUTE), "contribute");
	assert_string_equal(ac_op_name(AC_OP_UNDO), "revert");
	assert_string_equal(ac_op_name((enum ac_op)99), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(safety_table),
		cmocka_unit_test(unites),
		cmocka_unit_test(one_head_is_itself),
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(crisscross),
		cmocka_unit_test(revert_is_a_write),
		cmocka_unit_test(descendants_beat_times),
		cmocka_unit_test(import_again),
		cmocka_unit_test(bookkeeping),
		cmocka_unit_test(two_roots),
		cmocka_unit_test(deletions),
		cmocka_unit_test(deleted_in_conflict),
		cmocka_unit_test(incomplete),
		cmocka_unit_test(bad_graphs),
		cmocka_unit_test(guest_proposes),
		cmocka_unit_test(guest_deletes),
		cmocka_unit_test(guest_against_deletion),
		cmocka_unit_test(guest_own),
		cmocka_unit_test(guest_ordinary),
		cmocka_unit_test(problems_unite),
		cmocka_unit_test(problems_path),
		cmocka_unit_test(unmatched),
		cmocka_unit_test(activities),
		cmocka_unit_test(misshapen),
		cmocka_unit_test(key_order),
		cmocka_unit_test(diffs),
		cmocka_unit_test(take_deleted),
		cmocka_unit_test(real_records),
		cmocka_unit_test(many_versions),
		cmocka_unit_test(op_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
