/* SPDX-License-Identifier: ISC */
/*
 * What the properties of the view are tried on: resources of FHIR R4 as slots,
 * one for each atom, and a few things to say in each. Every row of the tables
 * in schema/FORMAT.md, "The tables", is here, and each element of every group;
 * test_view_properties.c reads the tables and fails where one is missing.
 * JSON is written with ' for ".
 */
#ifndef SHAPES_H
#define SHAPES_H

enum kind { DOC, OBJECT, BOX, FIELDS, ITEM, REST };

/* Which differences are safety-critical: none, each, one in the verification
 * (a value's mark tells which it has), one between entered-in-error and not. A
 * server's bookkeeping is never in dispute. */
enum rule { PLAIN, ALWAYS, VERIFIED, IN_ERROR, SILENT };

#define VALUES 6
#define SLOTS 16

/* A value is an object of the slot's elements (FIELDS), an item, or an array of
 * items (REST). Its first character is its mark and no part of it: e is
 * entered in error, a digit tells verifications apart. */
struct slot {
	enum kind kind;
	int box;               /* an earlier slot */
	const char *key;       /* of the array or object */
	const char *seed;      /* BOX: what all its items hold, so that they match */
	const char *row;       /* of the tables: type, in, first element */
	enum rule rule;
	const char *value[VALUES];
	bool unknown;          /* no element of R4 */
};

struct shape {
	const char *type;
	bool problems;         /* an allergy, a problem, or a list of such */
	struct slot slot[SLOTS];
	const char *names;     /* a row: its elements one after the other in place of "*" */
};

#define CODE(system, code, text) \
	"{'coding':[{'system':'" system "','code':'" code "','display':'" text "'}],'text':'" text "'}"
#define RX(code, text) CODE("http://www.nlm.nih.gov/research/umls/rxnorm", code, text)
#define SCT(code, text) CODE("http://snomed.info/sct", code, text)
#define LOINC(code, text) CODE("http://loinc.org", code, text)
#define REF(to) "{'reference':'" to "'}"
#define QTY(value, unit) "{'value':" value ",'unit':'" unit "','system':'http://unitsofmeasure.org','code':'" unit "'}"
#define STATE(key, system, code) "'" key "':{'coding':[{'system':'http://terminology.hl7.org/CodeSystem/" \
	system "','code':'" code "'}]}"
#define DOSE(text, route, value, unit) "{'text':'" text "','timing':{'repeat':{'frequency':1,'period':1," \
	"'periodUnit':'d'}},'route':" SCT(route, "route") ",'doseAndRate':[{'doseQuantity':" QTY(value, unit) "}]}"
#define TURNED "'modifierExtension':[{'url':'http://example.org/fhir/not','valueBoolean':true}]"

#define MP RX("103", "mercaptopurine")
#define MTX RX("6851", "methotrexate")
#define ORAL "26643006"
#define DRUG(type) .row = type " medication[x]", .rule = ALWAYS

/* What another FHIR calls things: whole here, whatever is in it. */
#define UNKNOWN(name, a, b) { FIELDS, .unknown = true, .value = { " {'" name "':" a "}", " {'" name "':" b "}", \
	" {'_" name "':{'id':'q'}}" } }

/* Items by code, by reference, by identifier, by id; what has no key; a key that two have. */
#define BY_CODE(k, system, code) { ITEM, .key = k, .value = { \
	" {'coding':[{'system':'" system "','code':'" code "'}]}", \
	" {'coding':[{'system':'" system "','code':'" code "'}],'text':'as told'}", \
	" {'coding':[{'display':'no code'},{'system':'" system "','code':'" code "'}]}" } }
#define BY_REF(k, to) { ITEM, .key = k, .value = { " " REF(to), " {'reference':'" to "','display':'as named'}" } }

static const struct shape shapes[] = {
	{ "MedicationRequest", .slot = { { DOC },
	  { FIELDS, DRUG("MedicationRequest"), .value = {
	    " {'status':'active','intent':'order','medicationCodeableConcept':" MP ",'dosageInstruction':["
	      DOSE("50 mg once daily", ORAL, "50", "mg") "]}",
	    " {'status':'active','intent':'order','medicationCodeableConcept':" MP ",'dosageInstruction':["
	      DOSE("75 mg, Monday to Friday", ORAL, "75", "mg") "," DOSE("50 mg at the weekend", ORAL, "50", "mg") "]}",
	    " {'status':'active','intent':'order','medicationCodeableConcept':" MTX ",'dosageInstruction':["
	      DOSE("20 mg once a week", "78421000", "20", "mg") "]}",
	    " {'status':'stopped','statusReason':" SCT("165517008", "neutropenia") ",'intent':'order',"
	      "'medicationCodeableConcept':" MP ",'dosageInstruction':[" DOSE("50 mg once daily", ORAL, "50", "mg") "]}",
	    " {'intent':'order','medicationReference':{'reference':'#m'},'contained':[{'resourceType':'Medication',"
	      "'id':'m','code':" MP "}],'doNotPerform':true}",
	    "e{'status':'entered-in-error','intent':'order','_medicationCodeableConcept':{'id':'q'}," TURNED "}" } },
	  { FIELDS, .value = { " {'priority':'asap'}", " {'_priority':{'id':'q'}}",
	    " {'priority':'stat','_priority':{'id':'q'}}" } },
	  { REST, .key = "note", .value = { " [{'text':'with food'}]", " [{'text':'with food'},{'text':'not with milk'}]" } },
	  BY_REF("reasonReference", "Condition/all"),
	  BY_REF("reasonReference", "Condition/neutropenia"),
	  UNKNOWN("effectiveDosePeriod", "{'start':'2024-01-01'}", "{'start':'2024-02-01','end':'2024-03-01'}") } },
	{ "MedicationStatement", .slot = { { DOC },
	  { FIELDS, DRUG("MedicationStatement"), .value = {
	    " {'status':'active','medicationReference':" REF("Medication/mp") ",'effectivePeriod':{'start':'2023-05-01'},"
	      "'dosage':[" DOSE("50 mg at night", ORAL, "50", "mg") "]}",
	    " {'status':'active','medicationReference':" REF("Medication/mp") ",'effectivePeriod':{'start':'2023-05-01'},"
	      "'dosage':[" DOSE("25 mg at night", ORAL, "25", "mg") "]}",
	    " {'status':'completed','medicationReference':" REF("Medication/mp") ",'effectiveDateTime':'2024-05-01'}",
	    " {'status':'active','medicationCodeableConcept':" MTX ",'dosage':["
	      DOSE("20 mg on Mondays", ORAL, "20", "mg") "]}",
	    "e{'status':'entered-in-error','medicationReference':" REF("Medication/mp") "}" } },
	  { FIELDS, .value = { " {'dateAsserted':'2024-01-01'}", " {'dateAsserted':'2024-01-02'}" } },
	  BY_CODE("reasonCode", "http://snomed.info/sct", "91861009"),
	  UNKNOWN("adherence", "{'code':{'text':'taking'}}", "{'code':{'text':'not taking'},'reason':{'text':'rash'}}") } },
	{ "MedicationDispense", .slot = { { DOC },
	  { FIELDS, DRUG("MedicationDispense"), .value = {
	    " {'status':'completed','medicationCodeableConcept':" MP ",'dosageInstruction':["
	      DOSE("50 mg once daily", ORAL, "50", "mg") "]}",
	    " {'status':'completed','medicationCodeableConcept':" MTX ",'dosageInstruction':["
	      DOSE("20 mg once a week", ORAL, "20", "mg") "]}",
	    " {'status':'on-hold','statusReasonCodeableConcept':" SCT("419620001", "died") ",'medicationCodeableConcept':" MP "}",
	    " {'status':'stopped','statusReasonReference':" REF("DetectedIssue/1") ",'medicationCodeableConcept':" MP "}" } },
	  { FIELDS, .value = { " {'quantity':" QTY("28", "{tablet}") "}", " {'quantity':" QTY("56", "{pill}") "}" } },
	  BY_REF("supportingInformation", "Observation/1"),
	  UNKNOWN("recorded", "'2024-01-01'", "'2024-01-02'") } },
	{ "MedicationAdministration", .slot = { { DOC },
	  { FIELDS, DRUG("MedicationAdministration"), .value = {
	    " {'status':'completed','medicationCodeableConcept':" RX("12574", "vincristine") ",'effectiveDateTime':'2023-02-01',"
	      "'dosage':{'text':'push','route':" SCT("47625008", "intravenous") ",'dose':" QTY("1.5", "mg") "}}",
	    " {'status':'completed','medicationCodeableConcept':" RX("12574", "vincristine") ",'effectiveDateTime':'2023-02-01',"
	      "'dosage':{'text':'push','route':" SCT("47625008", "intravenous") ",'dose':" QTY("0.75", "mg") "}}",
	    " {'status':'completed','medicationCodeableConcept':" MTX ",'effectivePeriod':{'start':'2023-02-01'},"
	      "'dosage':{'route':" SCT("72607000", "intrathecal") ",'dose':" QTY("12", "mg") "}}",
	    " {'status':'not-done','statusReason':[{'text':'fever'}],'medicationCodeableConcept':" MTX "}" } },
	  BY_REF("device", "Device/pump"),
	  { REST, .key = "note", .value = { " [{'text':'flushed'}]", " [{'text':'not flushed'}]" } },
	  UNKNOWN("isSubPotent", "true", "false") } },
	{ "Medication", .slot = { { DOC },
	  { FIELDS, .row = "Medication code", .rule = ALWAYS, .value = {
	    " {'code':" MP ",'status':'active','form':" SCT("385055001", "tablet") ",'amount':{'numerator':" QTY("28", "{tablet}") "}}",
	    " {'code':" MP ",'status':'active','form':" SCT("385023001", "oral solution") ",'ingredient':[{'itemCodeableConcept':" MP
	      ",'strength':{'numerator':" QTY("20", "mg") ",'denominator':" QTY("1", "mL") "}}]}",
	    " {'code':" MTX ",'status':'active','contained':[{'resourceType':'Substance','id':'s'}]}",
	    "e{'code':" MTX ",'status':'entered-in-error'," TURNED "}" } },
	  { FIELDS, .value = { " {'batch':{'lotNumber':'A1'}}", " {'batch':{'lotNumber':'A1','expirationDate':'2026-01'}}" } },
	  UNKNOWN("totalVolume", QTY("100", "mL"), QTY("200", "mL")) } },
	{ "Observation", .slot = { { DOC },
	  { FIELDS, .row = "Observation code", .rule = ALWAYS, .value = {
	    " {'status':'final','code':" LOINC("26464-8", "white cells") ",'effectiveDateTime':'2024-03-01T08:00:00Z',"
	      "'issued':'2024-03-01T11:00:00Z','valueQuantity':" QTY("4.0", "10*9/L") ",'referenceRange':[{'low':"
	      QTY("4.5", "10*9/L") ",'high':" QTY("11", "10*9/L") "}],'interpretation':[{'text':'low'}]}",
	    " {'status':'final','code':" LOINC("26464-8", "white cells") ",'effectiveDateTime':'2024-03-01T08:00:00Z',"
	      "'valueQuantity':" QTY("4.00", "10*9/L") "}",
	    " {'status':'preliminary','code':" LOINC("85354-9", "blood pressure") ",'effectiveInstant':'2024-03-01T08:00:00Z',"
	      "'component':[{'code':" LOINC("8480-6", "systolic") ",'valueQuantity':" QTY("120", "mm[Hg]") "},{'code':"
	      LOINC("8462-4", "diastolic") ",'valueQuantity':" QTY("80", "mm[Hg]") "}],'bodySite':" SCT("368208006", "left arm") "}",
	    " {'status':'final','code':" LOINC("85354-9", "blood pressure") ",'component':[{'code':" LOINC("8480-6", "systolic")
	      ",'dataAbsentReason':{'text':'not done'}}],'method':{'text':'cuff'}}",
	    " {'status':'cancelled','code':" LOINC("8310-5", "temperature") ",'dataAbsentReason':{'text':'lost'}," TURNED "}",
	    "e{'status':'entered-in-error','code':" LOINC("8310-5", "temperature") ",'_valueString':{'id':'q'}}" } },
	  BY_CODE("category", "http://terminology.hl7.org/CodeSystem/observation-category", "laboratory"),
	  BY_CODE("category", "http://terminology.hl7.org/CodeSystem/observation-category", "exam"),
	  { REST, .key = "category", .value = { " [{'text':'blood'}]", " [{'text':'blood'},{'text':'urgent'}]" } },
	  { FIELDS, .value = { " {'subject':" REF("Patient/a") "}", " {'subject':" REF("Patient/b") "}" } },
	  UNKNOWN("triggeredBy", "[{'observation':" REF("Observation/1") ",'type':'reflex'}]",
	    "[{'observation':" REF("Observation/2") ",'type':'repeat'}]") } },
	{ "AllergyIntolerance", true, { { DOC },
	  { FIELDS, .row = "AllergyIntolerance code", .rule = ALWAYS, .value = {
	    " {'code':" RX("7980", "penicillin") "," STATE("clinicalStatus", "allergyintolerance-clinical", "active") ","
	      STATE("verificationStatus", "allergyintolerance-verification", "unconfirmed") ",'type':'allergy','criticality':'low'}",
	    " {'code':" RX("7980", "penicillin") "," STATE("clinicalStatus", "allergyintolerance-clinical", "active") ","
	      STATE("verificationStatus", "allergyintolerance-verification", "confirmed") ",'type':'allergy','criticality':'high',"
	      "'reaction':[{'manifestation':[" SCT("39579001", "anaphylaxis") "],'severity':'severe'},{'manifestation':["
	      SCT("247472004", "hives") "],'severity':'mild'}]}",
	    " {'code':" RX("1223", "asparaginase") "," STATE("clinicalStatus", "allergyintolerance-clinical", "active")
	      ",'reaction':[{'manifestation':[" SCT("39579001", "anaphylaxis") "]}]}",
	    " {'code':" RX("7980", "penicillin") "," STATE("clinicalStatus", "allergyintolerance-clinical", "resolved") "}",
	    " {'code':" RX("7980", "penicillin") "," TURNED "}",
	    "e{'code':" RX("7980", "penicillin") "," STATE("verificationStatus", "allergyintolerance-verification",
	      "entered-in-error") "}" } },
	  { FIELDS, .value = { " {'onsetString':'as a child'}", " {'onsetDateTime':'2001'}", " {'_onsetString':{'id':'q'}}" } },
	  { FIELDS, .value = { " {'category':['medication']}", " {'category':['food',null],'_category':[null,{'id':'q'}]}" } },
	  { REST, .key = "note", .value = { " [{'text':'told by the mother'}]", " [{'text':'seen on the ward'}]" } },
	  { ITEM, .key = "identifier", .row = "every identifier", .value = { " {'value':'1'}", " {'value':'1','use':'old'}" } },
	  { ITEM, .key = "identifier", .row = "every identifier", .value = { " {'system':'http://example.org/a','value':'1'}",
	    " {'system':'http://example.org/a','value':'1','use':'old'}" } },
	  UNKNOWN("participant", "[{'actor':" REF("Patient/a") "}]", "[{'actor':" REF("Patient/a") ",'function':{'text':'f'}}]") } },
	{ "Condition", true, { { DOC },
	  { FIELDS, .row = "Condition verificationStatus", .rule = VERIFIED, .value = {
	    "1{'code':" SCT("91861009", "acute leukaemia") "," STATE("verificationStatus", "condition-ver-status", "confirmed") "}",
	    "1{'code':" SCT("91857003", "acute lymphoid leukaemia") "," STATE("verificationStatus", "condition-ver-status",
	      "confirmed") ",'bodySite':[" SCT("14016003", "bone marrow") "]}",
	    "2{'code':" SCT("91861009", "acute leukaemia") "," STATE("verificationStatus", "condition-ver-status", "refuted") "}",
	    "0{'code':" SCT("91861009", "acute leukaemia") "," TURNED "}",
	    "0{'code':" SCT("22298006", "heart attack") "}",
	    "3{" STATE("verificationStatus", "condition-ver-status", "entered-in-error") "}" } },
	  { FIELDS, .row = "Condition clinicalStatus", .value = { " {" STATE("clinicalStatus", "condition-clinical", "active") "}",
	    " {" STATE("clinicalStatus", "condition-clinical", "remission") ",'abatementDateTime':'2024-06-01'}",
	    " {" STATE("clinicalStatus", "condition-clinical", "resolved") ",'abatementString':'last summer'}" } },
	  { FIELDS, .value = { " {'onsetAge':" QTY("3", "a") "}", " {'onsetDateTime':'2001'}" } },
	  BY_CODE("category", "http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item"),
	  { REST, .key = "stage", .value = { " [{'summary':{'text':'standard risk'}}]", " [{'summary':{'text':'high risk'}}]" } },
	  UNKNOWN("participant", "[{'actor':" REF("Patient/a") "}]", "[{'actor':" REF("Patient/a") ",'function':{'text':'f'}}]") } },
	{ "Procedure", .slot = { { DOC },
	  { FIELDS, .row = "Procedure status", .rule = IN_ERROR, .value = {
	    " {'status':'completed','code':" SCT("277132007", "lumbar puncture") "}",
	    " {'status':'not-done','statusReason':{'text':'platelets'},'code':" SCT("277132007", "lumbar puncture") "}",
	    " {'status':'completed','code':" SCT("234326005", "marrow aspiration") ",'bodySite':[" SCT("29850006", "iliac crest") "]}",
	    "e{'status':'entered-in-error','code':" SCT("277132007", "lumbar puncture") "," TURNED "}" } },
	  { FIELDS, .value = { " {'performedDateTime':'2024-01-01'}", " {'performedPeriod':{'start':'2024-01-01'}}" } },
	  { ITEM, .key = "performer", .row = "Procedure performer", .value = { " {'actor':" REF("Practitioner/a") "}",
	    " {'actor':" REF("Practitioner/a") ",'function':{'text':'surgeon'}}" } },
	  BY_CODE("complication", "http://snomed.info/sct", "25064002"),
	  UNKNOWN("recorded", "'2024-01-01'", "'2024-01-02'") } },
	{ "Immunization", .slot = { { DOC },
	  { FIELDS, .row = "Immunization vaccineCode", .rule = IN_ERROR, .value = {
	    " {'status':'completed','vaccineCode':" CODE("http://hl7.org/fhir/sid/cvx", "141", "influenza") ",'occurrenceDateTime':"
	      "'2024-10-01','doseQuantity':" QTY("0.5", "mL") ",'lotNumber':'L1','expirationDate':'2025-06-01'}",
	    " {'status':'completed','vaccineCode':" CODE("http://hl7.org/fhir/sid/cvx", "33", "pneumococcal") ",'occurrenceString':"
	      "'last autumn','doseQuantity':" QTY("0.25", "cL") "}",
	    " {'status':'not-done','statusReason':{'text':'immune suppressed'},'vaccineCode':"
	      CODE("http://hl7.org/fhir/sid/cvx", "03", "MMR") "}",
	    "e{'status':'entered-in-error','vaccineCode':" CODE("http://hl7.org/fhir/sid/cvx", "03", "MMR") "," TURNED "}" } },
	  { ITEM, .key = "performer", .value = { " {'id':'p','actor':" REF("Practitioner/a") "}",
	    " {'id':'p','actor':" REF("Practitioner/b") "}" } },
	  { FIELDS, .value = { " {'site':{'text':'left arm'}}", " {'site':{'text':'right arm'}}" } },
	  { FIELDS, .value = { " {'primarySource':true}", " {'primarySource':false}" } },
	  UNKNOWN("administeredProduct", "{'reference':" REF("Medication/1") "}", "{'concept':{'text':'a'}}") } },
	{ "ServiceRequest", .slot = { { DOC },
	  { FIELDS, .row = "ServiceRequest code", .value = { " {'code':" SCT("40701008", "echocardiography") "}",
	    " {'code':" SCT("40701008", "echocardiography") ",'doNotPerform':true}",
	    " {'code':" SCT("71388002", "physiotherapy") ",'orderDetail':[{'text':'knee'}],'quantityQuantity':" QTY("6", "{visit}") "}",
	    " {'code':" SCT("71388002", "physiotherapy") "," TURNED "}" } },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'active'}", " {'status':'revoked'}",
	    "e{'status':'entered-in-error'}" } },
	  BY_REF("reasonReference", "Condition/all"),
	  BY_CODE("category", "http://snomed.info/sct", "363679005"),
	  UNKNOWN("locationReference", "'ward'", "['ward',{'a':1}]") } },
	{ "DeviceRequest", .slot = { { DOC },
	  { FIELDS, .row = "DeviceRequest code[x]", .value = { " {'codeCodeableConcept':" SCT("58938008", "wheelchair") "}",
	    " {'codeCodeableConcept':" SCT("58938008", "wheelchair") ",'parameter':[{'valueQuantity':" QTY("45", "cm") "}]}",
	    " {'codeReference':" REF("Device/walker") "," TURNED "}" } },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'draft'}", " {'status':'active'}",
	    "e{'status':'entered-in-error'}" } },
	  { FIELDS, .value = { " {'occurrenceDateTime':'2024'}", " {'occurrencePeriod':{'start':'2024'}}" } },
	  BY_REF("insurance", "Coverage/1"),
	  UNKNOWN("asNeeded", "true", "{'text':'pain'}") } },
	{ "SupplyRequest", .slot = { { DOC },
	  { FIELDS, .row = "SupplyRequest item[x]", .value = { " {'itemCodeableConcept':{'text':'line dressing'},'quantity':"
	      QTY("10", "{each}") "}", " {'itemCodeableConcept':{'text':'syringe'},'quantity':" QTY("30", "{piece}") "}",
	    " {'itemReference':" REF("Device/pump") ",'parameter':[{'valueBoolean':true}]," TURNED "}" } },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'active'}", " {'status':'completed'}",
	    "e{'status':'entered-in-error'}" } },
	  BY_CODE("reasonCode", "http://snomed.info/sct", "33879002"),
	  UNKNOWN("deliverFor", "{'a':1,'b':2}", "{'a':1,'b':3}") } },
	{ "DiagnosticReport", .slot = { { DOC },
	  { FIELDS, .row = "DiagnosticReport status", .rule = IN_ERROR, .value = {
	    " {'status':'final','code':" LOINC("33721-2", "marrow report") ",'conclusion':'remission','conclusionCode':["
	      SCT("103338009", "in remission") "],'effectiveDateTime':'2024-02-01','issued':'2024-02-03T10:00:00Z'}",
	    " {'status':'amended','code':" LOINC("33721-2", "marrow report") ",'conclusion':'relapse','conclusionCode':["
	      SCT("263855007", "relapse") "],'effectivePeriod':{'start':'2024-02-01'}}",
	    " {'status':'preliminary','code':" LOINC("24627-2", "chest CT") "," TURNED "}",
	    "e{'status':'entered-in-error','code':" LOINC("24627-2", "chest CT") "}" } },
	  { ITEM, .key = "media", .row = "DiagnosticReport media", .value = { " {'link':" REF("Media/1") "}",
	    " {'comment':'smear','link':" REF("Media/1") "}" } },
	  BY_REF("result", "Observation/1"),
	  BY_REF("result", "Observation/2"),
	  UNKNOWN("composition", REF("Composition/1"), REF("Composition/2")) } },
	{ "CarePlan", true, { { DOC },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'active'}", " {'status':'revoked'}",
	    "e{'status':'entered-in-error'}" } },
	  { BOX, .key = "activity", .seed = "{'id':'echo'}", .row = "CarePlan activity", .value = { " {}" } },
	  { OBJECT, .box = 2, .key = "detail", .row = "CarePlan activity detail", .value = { " {}" } },
	  { FIELDS, .box = 3, .row = "CarePlan activity.detail status", .value = { " {'status':'scheduled'}", " {'status':'completed'}",
	    " {'status':'cancelled','statusReason':{'text':'moved away'}}" } },
	  { FIELDS, .box = 3, .row = "CarePlan activity.detail kind", .value = {
	    " {'kind':'ServiceRequest','code':" SCT("40701008", "echocardiography") "}",
	    " {'kind':'ServiceRequest','code':" SCT("40701008", "echocardiography") ",'doNotPerform':true}",
	    " {'kind':'MedicationRequest','productCodeableConcept':" MP ",'dailyAmount':" QTY("50", "mg") ",'quantity':" QTY("28", "{tablet}") "}" } },
	  { ITEM, .box = 3, .key = "goal", .row = "CarePlan activity.detail goal", .value = { " " REF("Goal/1"),
	    " {'reference':'Goal/1','display':'heart'}" } },
	  { ITEM, .box = 3, .key = "reasonCode", .row = "CarePlan activity.detail reasonCode", .value = {
	    " {'coding':[{'code':'doxorubicin'}]}", " {'coding':[{'code':'doxorubicin'}],'text':'250 mg/m2'}" } },
	  { ITEM, .box = 2, .key = "outcomeReference", .row = "CarePlan activity outcomeReference", .value = {
	    " " REF("Observation/1"), " {'reference':'Observation/1','display':'normal'}" } },
	  { ITEM, .box = 2, .key = "outcomeCodeableConcept", .row = "CarePlan activity outcomeCodeableConcept", .value = {
	    " {'coding':[{'code':'done'}]}", " {'coding':[{'code':'done'}],'text':'done'}" } },
	  { ITEM, .box = 2, .key = "progress", .row = "CarePlan activity progress", .value = { " {'id':'n','text':'booked'}",
	    " {'id':'n','text':'seen'}" } },
	  { REST, .key = "activity", .value = { " [{'reference':" REF("ServiceRequest/1") "}]",
	    " [{'reference':" REF("ServiceRequest/1") "},{'reference':" REF("ServiceRequest/2") "}]" } },
	  { BOX, .key = "activity", .seed = "{'detail':{'kind':'Appointment','code':" SCT("185389009", "visit") "}}",
	    .row = "CarePlan activity", .value = { " {}" } },
	  { ITEM, .box = 12, .key = "progress", .value = { " {'id':'n','text':'asked'}", " {'id':'n','text':'told'}" } },
	  BY_REF("addresses", "Condition/all"),
	  UNKNOWN("custodian", REF("Patient/a"), "[" REF("Patient/a") "]") } },
	{ "QuestionnaireResponse", .slot = { { DOC },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'in-progress'}", " {'status':'completed'}",
	    "e{'status':'entered-in-error'}" } },
	  { BOX, .key = "item", .seed = "{'linkId':'1'}", .row = "QuestionnaireResponse item", .value = { " {}" } },
	  { FIELDS, .box = 2, .row = "QuestionnaireResponse item answer", .value = { " {'text':'Tired?','answer':[{'valueBoolean':true}]}",
	    " {'text':'Tired?','answer':[{'valueBoolean':false}]}", " {'answer':[{'valueQuantity':" QTY("7", "h") "}]}" } },
	  { BOX, .box = 2, .key = "item", .seed = "{'linkId':'1.1'}", .value = { " {}" } },
	  { FIELDS, .box = 4, .row = "QuestionnaireResponse item answer", .value = { " {'answer':[{'valueString':'in the morning'}]}",
	    " {'text':'When?'}" } },
	  { BOX, .key = "item", .seed = "{'linkId':'2'}", .row = "QuestionnaireResponse item", .value = { " {}" } },
	  { FIELDS, .box = 6, .row = "QuestionnaireResponse item answer", .value = { " {'answer':[{'valueInteger':2}]}",
	    " {'answer':[{'valueInteger':4}]}" } },
	  { REST, .box = 6, .key = "item", .value = { " [{'text':'no link'}]" } },
	  UNKNOWN("reviewed", "{'a':[1,2]}", "{'a':[1,3]}") } },
	{ "Appointment", .slot = { { DOC },
	  { FIELDS, .row = "Appointment start", .value = { " {'start':'2024-05-01T09:00:00Z','end':'2024-05-01T09:30:00Z'}",
	    " {'start':'2024-05-02T09:00:00Z','end':'2024-05-02T09:20:00Z','minutesDuration':20}",
	    " {'start':'2024-05-03T09:00:00Z'}" } },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'booked'}", " {'status':'cancelled'}",
	    "e{'status':'entered-in-error'}" } },
	  { ITEM, .key = "participant", .row = "Appointment participant", .value = { " {'actor':" REF("Patient/a") ",'status':'accepted'}",
	    " {'actor':" REF("Patient/a") ",'status':'declined'}" } },
	  { REST, .key = "participant", .value = { " [{'type':[{'text':'interpreter'}],'status':'needs-action'}]",
	    " [{'type':[{'text':'driver'}],'status':'accepted'}]" } },
	  UNKNOWN("cancellationDate", "'2024-01-01'", "'2024-01-02'") } },
	{ "Slot", .slot = { { DOC },
	  { FIELDS, .row = "Slot start", .value = { " {'start':'2024-05-01T09:00:00Z','end':'2024-05-01T09:30:00Z'}",
	    " {'start':'2024-05-02T09:00:00Z','end':'2024-05-02T09:20:00Z'}" } },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'free'}", " {'status':'busy'}",
	    "e{'status':'entered-in-error'}" } },
	  BY_CODE("serviceType", "http://example.org/service", "57"),
	  UNKNOWN("room", "{'a':1}", "{'a':2}") } },
	{ "Goal", .slot = { { DOC },
	  { FIELDS, .row = "Goal lifecycleStatus", .value = { " {'lifecycleStatus':'active'}",
	    " {'lifecycleStatus':'completed','statusDate':'2024-02-01'}",
	    " {'lifecycleStatus':'cancelled','statusDate':'2024-02-02','statusReason':'too hard'}" } },
	  { ITEM, .key = "target", .row = "Goal target", .value = {
	    " {'measure':" LOINC("29463-7", "weight") ",'detailQuantity':" QTY("60", "kg") "}",
	    " {'measure':" LOINC("29463-7", "weight") ",'detailQuantity':" QTY("58.5", "kg") "}" } },
	  { ITEM, .key = "target", .row = "Goal target", .value = {
	    " {'measure':" LOINC("8867-4", "pulse") ",'dueDate':'2025'}", " {'measure':" LOINC("8867-4", "pulse") "}" } },
	  BY_REF("addresses", "Condition/all"),
	  UNKNOWN("acceptance", "[{'a':1}]", "[{'a':1},{'a':2}]") } },
	{ "Patient", .slot = { { DOC },
	  { OBJECT, .key = "meta", .row = "every meta", .value = { " {}" } },
	  { FIELDS, .box = 1, .row = "every meta versionId", .rule = SILENT, .value = { " {'versionId':'1','lastUpdated':'2024-01-01T00:00:00Z'}",
	    " {'versionId':'2','lastUpdated':'2024-01-02T00:00:00Z','source':'http://example.org'}", " {'lastUpdated':'2024-01-03T00:00:00Z'}" } },
	  { ITEM, .box = 1, .key = "tag", .row = "every meta tag", .value = { " {'system':'http://example.org/t','code':'c'}",
	    " {'system':'http://example.org/t','code':'c','display':'d'}" } },
	  { ITEM, .box = 1, .key = "security", .row = "every meta tag", .value = { " {'code':'R'}", " {'code':'R','display':'restricted'}" } },
	  { FIELDS, .value = { " {'birthDate':'1970-01-01'}", " {'_birthDate':{'id':'q'}}" } },
	  { FIELDS, .value = { " {'deceasedBoolean':true}", " {'deceasedDateTime':'2020'}" } },
	  { ITEM, .key = "communication", .row = "Patient communication", .value = { " {'language':" CODE("urn:ietf:bcp:47", "de", "German") "}",
	    " {'language':" CODE("urn:ietf:bcp:47", "de", "German") ",'preferred':true}" } },
	  { ITEM, .key = "link", .row = "Patient link", .value = { " {'other':" REF("Patient/b") ",'type':'seealso'}",
	    " {'other':" REF("Patient/b") ",'type':'replaces'}" } },
	  { REST, .key = "name", .value = { " [{'family':'Adler','given':['Ida']}]", " [{'family':'Berg','given':['Ida']}]" } },
	  { ITEM, .key = "contact", .value = { " {'id':'k','name':{'text':'mother'}}", " {'id':'k','name':{'text':'aunt'}}" } },
	  { ITEM, .key = "identifier", .row = "every identifier", .value = { " {'value':'1'}", " {'value':'1','use':'old'}" } },
	  { REST, .key = "identifier", .value = { " [{'value':'9'},{'value':'9','use':'old'}]", " [{'type':{'text':'a'}}]" } },
	  UNKNOWN("pronouns", "{'a':1}", "{'a':2}") } },
	{ "Encounter", true, { { DOC },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'planned'}", " {'status':'finished'}",
	    "e{'status':'entered-in-error'}" } },
	  { FIELDS, .value = { " {'class':{'code':'AMB'}}", " {'class':{'code':'IMP'}}" } },
	  { ITEM, .key = "participant", .row = "Encounter participant", .value = { " {'individual':" REF("Practitioner/a") "}",
	    " {'individual':" REF("Practitioner/a") ",'period':{'start':'2020'}}" } },
	  { ITEM, .key = "diagnosis", .row = "Encounter diagnosis", .value = { " {'condition':" REF("Condition/all") "}",
	    " {'condition':" REF("Condition/all") ",'rank':1}" } },
	  { ITEM, .key = "diagnosis", .row = "Encounter diagnosis", .value = { " {'condition':" REF("Condition/fever") "}",
	    " {'condition':" REF("Condition/fever") ",'rank':2}" } },
	  { ITEM, .key = "location", .row = "Encounter location", .value = { " {'location':" REF("Location/1") "}",
	    " {'location':" REF("Location/1") ",'status':'active'}" } },
	  UNKNOWN("actualPeriod", "{'start':'2024-01-01'}", "{'start':'2024-01-02','end':'2024-01-03'}") } },
	{ "EpisodeOfCare", true, { { DOC },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'active'}", " {'status':'finished'}",
	    "e{'status':'entered-in-error'}" } },
	  { ITEM, .key = "diagnosis", .row = "EpisodeOfCare diagnosis", .value = { " {'condition':" REF("Condition/all") "}",
	    " {'condition':" REF("Condition/all") ",'rank':1}" } },
	  { ITEM, .key = "diagnosis", .row = "EpisodeOfCare diagnosis", .value = { " {'condition':" REF("Condition/gvhd") "}",
	    " {'condition':" REF("Condition/gvhd") ",'rank':2}" } },
	  UNKNOWN("reason", "{'a':1}", "{'a':2}") } },
	{ "CareTeam", .slot = { { DOC },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'active'}", " {'status':'inactive'}",
	    "e{'status':'entered-in-error'}" } },
	  { ITEM, .key = "participant", .row = "CareTeam participant", .value = { " {'member':" REF("Practitioner/a") "}",
	    " {'member':" REF("Practitioner/a") ",'role':[{'text':'oncologist'}]}" } },
	  BY_REF("managingOrganization", "Organization/a"),
	  UNKNOWN("reason", "{'a':1}", "{'a':2}") } },
	{ "Communication", .slot = { { DOC },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'completed'}",
	    " {'status':'not-done','statusReason':{'text':'no answer'}}", "e{'status':'entered-in-error'}" } },
	  BY_REF("recipient", "Practitioner/a"),
	  { FIELDS, .value = { " {'sent':'2024-01-01T00:00:00Z'}", " {'sent':'2024-01-02T00:00:00Z'}" } },
	  UNKNOWN("about", "{'a':1}", "{'a':2}") } },
	{ "Composition", true, { { DOC },
	  { BOX, .key = "section", .seed = "{'title':'Allergies','code':" LOINC("48765-2", "Allergies") "}",
	    .row = "Composition section", .value = { " {}" } },
	  { ITEM, .box = 1, .key = "entry", .row = "Composition section entry", .value = { " " REF("AllergyIntolerance/penicillin"),
	    " {'reference':'AllergyIntolerance/penicillin','display':'penicillin'}" } },
	  { ITEM, .box = 1, .key = "entry", .row = "Composition section entry", .value = { " " REF("AllergyIntolerance/latex"),
	    " {'reference':'AllergyIntolerance/latex','display':'latex'}" } },
	  { FIELDS, .box = 1, .value = { " {'text':{'status':'generated'}}", " {'text':{'status':'additional'}}" } },
	  { BOX, .key = "section", .seed = "{'code':" LOINC("11450-4", "Problems") "}",
	    .row = "Composition section", .value = { " {}" } },
	  { ITEM, .box = 5, .key = "entry", .row = "Composition section entry", .value = { " " REF("Condition/all"),
	    " {'reference':'Condition/all','display':'leukaemia'}" } },
	  { BOX, .box = 5, .key = "section", .seed = "{'code':" LOINC("11348-0", "Past") "}", .value = { " {}" } },
	  { ITEM, .box = 7, .key = "entry", .row = "Composition section entry", .value = { " " REF("Condition/asthma"),
	    " {'reference':'Condition/asthma','display':'asthma'}" } },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'final'}", " {'status':'amended'}",
	    "e{'status':'entered-in-error'}" } },
	  UNKNOWN("useContext", "[{'a':1}]", "[{'a':2}]") } },
	{ "FamilyMemberHistory", true, { { DOC },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'partial'}", " {'status':'completed'}",
	    "e{'status':'entered-in-error'}" } },
	  { ITEM, .key = "condition", .row = "FamilyMemberHistory condition", .value = { " {'code':" SCT("254837009", "breast cancer") "}",
	    " {'code':" SCT("254837009", "breast cancer") ",'onsetAge':" QTY("41", "a") "}" } },
	  { ITEM, .key = "condition", .row = "FamilyMemberHistory condition", .value = { " {'code':" SCT("22298006", "heart attack") "}",
	    " {'code':" SCT("22298006", "heart attack") ",'contributedToDeath':true}" } },
	  { FIELDS, .value = { " {'bornDate':'1940'}", " {'bornString':'before the war'}" } },
	  UNKNOWN("participant", "[{'a':1}]", "[{'a':2}]") } },
	{ "Group", .slot = { { DOC },
	  { ITEM, .key = "member", .row = "Group member", .value = { " {'entity':" REF("Patient/a") "}",
	    " {'entity':" REF("Patient/a") ",'inactive':true}" } },
	  { FIELDS, .value = { " {'actual':true}", " {'actual':false}" } },
	  UNKNOWN("membership", "'definitional'", "'enumerated'") } },
	{ "List", true, { { DOC },
	  { FIELDS, .row = "every status", .rule = IN_ERROR, .value = { " {'status':'current'}", " {'status':'retired'}",
	    "e{'status':'entered-in-error'}" } },
	  { ITEM, .key = "entry", .row = "List entry", .value = { " {'item':" REF("AllergyIntolerance/penicillin") "}",
	    " {'deleted':true,'item':" REF("AllergyIntolerance/penicillin") "}" } },
	  { ITEM, .key = "entry", .row = "List entry", .value = { " {'item':" REF("AllergyIntolerance/latex") "}",
	    " {'date':'2020','item':" REF("AllergyIntolerance/latex") "}" } },
	  { ITEM, .key = "entry", .value = { " {'item':" REF("Condition/all") "}" } },
	  { REST, .key = "entry", .value = { " [{'item':{'display':'house dust'}}]", " [{'item':{'display':'pollen'}}]" } },
	  UNKNOWN("intent", "{'a':1}", "{'a':2}") } },
	{ "RelatedPerson", .slot = { { DOC },
	  { ITEM, .key = "communication", .row = "RelatedPerson communication", .value = { " {'language':" CODE("urn:ietf:bcp:47", "fr", "French") "}",
	    " {'language':" CODE("urn:ietf:bcp:47", "fr", "French") ",'preferred':true}" } },
	  { FIELDS, .value = { " {'gender':'female'}", " {'gender':'male'}" } },
	  UNKNOWN("role", "{'a':1}", "{'a':2}") } },
	{ "Person", .slot = { { DOC },
	  { ITEM, .key = "link", .row = "Person link", .value = { " {'target':" REF("Patient/a") "}",
	    " {'assurance':'level2','target':" REF("Patient/a") "}" } },
	  { FIELDS, .value = { " {'gender':'female'}", " {'gender':'male'}" } },
	  UNKNOWN("maritalStatus", "{'a':1}", "{'a':2}") } },
	/* types of a later FHIR, or of nobody's: one atom, but for the meta */
	{ "NutritionIntake", .slot = { { DOC },
	  { FIELDS, .row = "unknown type", .rule = IN_ERROR, .unknown = true, .value = {
	    " {'status':'completed','consumedItem':[{'nutritionProduct':{'text':'milk'},'amount':" QTY("150", "mL") "}]}",
	    " {'status':'completed','consumedItem':[{'nutritionProduct':{'text':'milk'},'amount':" QTY("0.2", "L") "}]}",
	    " {'status':'stopped','consumedItem':[{'nutritionProduct':{'text':'juice'}}]}",
	    " {'valueString':'a','value':[{'id':'q'}],'identifier':[{'value':'1'}]}",
	    "e{'status':'entered-in-error'}" } },
	  { OBJECT, .key = "meta", .value = { " {}" } },
	  { FIELDS, .box = 2, .rule = SILENT, .value = { " {'versionId':'1'}", " {'versionId':'2'}" } },
	  { FIELDS, .box = 2, .value = { " {'tag':[{'code':'a'}]}", " {'tag':[{'code':'a'},{'code':'b'}]}" } } } },
	{ "x-FutureThing", .slot = { { DOC },
	  { FIELDS, .row = "unknown type", .rule = IN_ERROR, .unknown = true, .value = { " {'drug':'a','dose':1}", " {'drug':'a','dose':2}",
	    " {'drug':'b','dose':1}", " {'drug':'b','dose':2,'entry':[{'item':" REF("a") "}]}",
	    "e{'status':'entered-in-error'}" } } } },
	/* the rules of every type: each of their elements in turn */
	{ "Basic", .names = "every category", .slot = { { DOC },
	  { ITEM, .key = "*", .row = "every category", .value = { " {'coding':[{'system':'http://a','code':'1'}]}",
	    " {'coding':[{'system':'http://a','code':'1'}],'text':'t'}" } },
	  { ITEM, .key = "*", .row = "every category", .value = { " {'coding':[{'system':'http://b','code':'1'}]}",
	    " {'coding':[{'system':'http://b','code':'1','display':'t'}]}" } },
	  { ITEM, .key = "*", .value = { " {'id':'i','coding':[{'system':'http://b','code':'1'}]}", " {'id':'i','text':'t'}" } },
	  { REST, .key = "*", .value = { " [{'text':'t'}]", " [{'coding':[{'display':'t'}]}]",
	    " [{'coding':[{'code':'2'}]},{'coding':[{'code':'2'}],'text':'t'}]" } },
	  UNKNOWN("later", "{'a':1}", "{'a':2}") } },
	{ "Basic", .names = "every account", .slot = { { DOC },
	  { ITEM, .key = "*", .row = "every account", .value = { " " REF("A/1"), " {'reference':'A/1','display':'t'}" } },
	  { ITEM, .key = "*", .row = "every account", .value = { " {'identifier':{'system':'http://a','value':'1'}}",
	    " {'identifier':{'system':'http://a','value':'1'},'display':'t'}" } },
	  { ITEM, .key = "*", .value = { " {'identifier':{'value':'1'}}", " {'identifier':{'value':'1','use':'old'}}" } },
	  { REST, .key = "*", .value = { " [{'display':'t'}]", " [{'display':'u'}]", " [" REF("A/2") "," REF("A/2") "]" } },
	  UNKNOWN("later", "{'a':1}", "{'a':2}") } },
	{ "Basic", .names = "every address", .slot = { { DOC },
	  { ITEM, .key = "*", .row = "every address", .value = { " {'id':'i','text':'t'}", " {'id':'i','text':'u'}" } },
	  { ITEM, .key = "*", .row = "every address", .value = { " {'id':'k','text':'t'}", " {'id':'k','text':'u'}" } },
	  { REST, .key = "*", .value = { " [{'text':'t'}]", " [{'value':'1'},{'value':'2'}]" } },
	  UNKNOWN("later", "{'a':1}", "{'a':2}") } },
};

#define SHAPES (sizeof shapes / sizeof *shapes)

#endif
