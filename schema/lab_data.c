/* SPDX-License-Identifier: ISC */
/*
 * The common laboratory tests and vital signs: names that people use, LOINC codes with their
 * names, UCUM units with what turns them into the first, what is hardly possible, and ranges.
 *
 * LOINC's codes and names: https://loinc.org. Units: https://ucum.org. Factors follow from molar
 * masses. `least` and `most` are ours: wide, and only there to question a slip. The ranges are the
 * ABIM's for its examinations; they were taken from places that cite it and not compared
 * line by line with it, so none is reviewed.
 */
#include "schema/schema.h"

#define S "Serum or Plasma"
#define ABIM "ABIM Laboratory Test Reference Ranges, January 2026", \
	"https://www.abim.org/media/e2wdwdqu/laboratory-reference-ranges.pdf", false
#define ANYONE(low, high) { { "", low, high, ABIM } }
#define BY_SEX(flow, fhigh, mlow, mhigh) { { "female", flow, fhigh, ABIM }, { "male", mlow, mhigh, ABIM } }
#define UNIT(unit, times, loinc, display) { unit, times, 0, loinc, display }
/* Cells per volume are counted in the same ways. */
#define CELLS(loinc, display) { UNIT("10*9/L", 1, loinc, display), UNIT("10*3/uL", 1, loinc, display), \
	UNIT("/uL", 0.001, loinc, display) }
#define ENZYME(loinc, display) { UNIT("U/L", 1, loinc, display), UNIT("ukat/L", 60, loinc, display) }
#define ONE(unit, loinc, display) { UNIT(unit, 1, loinc, display) }
#define SALT(loinc, display) { UNIT("mmol/L", 1, loinc, display), UNIT("meq/L", 1, loinc, display) }
#define BLOOD "laboratory"
#define VITAL "vital-signs"

static const struct ac_lab table[] = {
	/* ------------------------------------------------------------ blood counts */
	{ "wbc", "White blood cells", BLOOD, "white cells|white cell count|white blood cell count|white count|leukocytes|leucocytes",
	  "26464-8|804-5|49498-9", "0", "1000", CELLS("6690-2", "Leukocytes [#/volume] in Blood by Automated count"), ANYONE("4.0", "11.0") },
	{ "hemoglobin", "Hemoglobin", BLOOD, "hgb|hb|haemoglobin", "20509-6|30350-3|30313-1", "1", "26",
	  { UNIT("g/dL", 1, "718-7", "Hemoglobin [Mass/volume] in Blood"), UNIT("g/L", 0.1, "718-7", "Hemoglobin [Mass/volume] in Blood"),
	    UNIT("mmol/L", 1.6114, "59260-0", "Hemoglobin [Moles/volume] in Blood") }, BY_SEX("12", "16", "14", "18") },
	{ "hematocrit", "Hematocrit", BLOOD, "hct|haematocrit|pcv|packed cell volume", "20570-8|71833-8", "5", "80",
	  { UNIT("%", 1, "4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count"),
	    UNIT("L/L", 100, "4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count") }, BY_SEX("37", "47", "42", "50") },
	{ "rbc", "Red blood cells", BLOOD, "red cells|red cell count|red blood cell count|erythrocytes", "26453-1", "0.5", "10",
	  { UNIT("10*12/L", 1, "789-8", "Erythrocytes [#/volume] in Blood by Automated count"),
	    UNIT("10*6/uL", 1, "789-8", "Erythrocytes [#/volume] in Blood by Automated count") }, ANYONE("4.2", "5.9") },
	{ "platelets", "Platelets", BLOOD, "plt|plts|platelet count|thrombocytes", "26515-7|778-1|49497-1", "0", "3000",
	  CELLS("777-3", "Platelets [#/volume] in Blood by Automated count"), ANYONE("150", "450") },
	{ "neutrophils", "Neutrophils", BLOOD, "anc|neut|neuts|absolute neutrophils|absolute neutrophil count|granulocytes",
	  "26499-4|753-4|752-6", "0", "500", CELLS("751-8", "Neutrophils [#/volume] in Blood by Automated count"), ANYONE("2.0", "8.25") },
	{ "lymphocytes", "Lymphocytes", BLOOD, "alc|lymph|lymphs|absolute lymphocytes|absolute lymphocyte count", "26474-7|732-8", "0", "1000",
	  CELLS("731-0", "Lymphocytes [#/volume] in Blood by Automated count"), ANYONE("1.2", "4.95") },
	{ "monocytes", "Monocytes", BLOOD, "mono|monos", "26484-6|743-5", "0", "500",
	  CELLS("742-7", "Monocytes [#/volume] in Blood by Automated count"), { { NULL } } },
	{ "eosinophils", "Eosinophils", BLOOD, "eos", "26449-9|712-0", "0", "200",
	  CELLS("711-2", "Eosinophils [#/volume] in Blood by Automated count"), { { NULL } } },
	{ "basophils", "Basophils", BLOOD, "baso|basos", "26444-0|705-4", "0", "200",
	  CELLS("704-7", "Basophils [#/volume] in Blood by Automated count"), { { NULL } } },
	{ "neutrophils-percent", "Neutrophils, of white cells", BLOOD, "neutrophils %|neut %|segs", "26511-6", "0", "100",
	  ONE("%", "770-8", "Neutrophils/100 leukocytes in Blood by Automated count"), ANYONE("50", "70") },
	{ "lymphocytes-percent", "Lymphocytes, of white cells", BLOOD, "lymphocytes %|lymph %", "26478-8", "0", "100",
	  ONE("%", "736-9", "Lymphocytes/100 leukocytes in Blood by Automated count"), ANYONE("30", "45") },
	{ "blasts", "Blasts, of white cells in blood", BLOOD, "blasts %|peripheral blasts", "26446-5", "0", "100",
	  ONE("%", "709-6", "Blasts/100 leukocytes in Blood by Manual count"), { { NULL } } },
	{ "mcv", "Mean cell volume", BLOOD, "mean corpuscular volume", "30428-7", "40", "160", ONE("fL", "787-2", "MCV [Entitic volume] by Automated count"),
	  ANYONE("80", "98") },
	{ "mch", "Mean cell hemoglobin", BLOOD, "mean corpuscular hemoglobin", "28539-5", "10", "60", ONE("pg", "785-6", "MCH [Entitic mass] by Automated count"),
	  ANYONE("28", "32") },
	{ "mchc", "Mean cell hemoglobin concentration", BLOOD, "mean corpuscular hemoglobin concentration", "28540-3", "15", "50",
	  { UNIT("g/dL", 1, "786-4", "MCHC [Mass/volume] by Automated count"), UNIT("g/L", 0.1, "786-4", "MCHC [Mass/volume] by Automated count") },
	  ANYONE("33", "36") },
	{ "rdw", "Red cell distribution width", BLOOD, "rdw-cv", "30385-9", "5", "50",
	  ONE("%", "788-0", "Erythrocyte distribution width [Ratio] by Automated count"), ANYONE("9.0", "14.5") },
	{ "reticulocytes", "Reticulocytes, of red cells", BLOOD, "retic|retics|reticulocyte count", "4679-7", "0", "60",
	  ONE("%", "17849-1", "Reticulocytes/100 erythrocytes in Blood by Automated count"), ANYONE("0.5", "1.5") },
	{ "mrd", "Minimal residual disease", BLOOD, "measurable residual disease|minimal residual disease", "", "0", "100", ONE("%", NULL, NULL), { { NULL } } },
	/* ------------------------------------------------------- kidneys and salts */
	{ "creatinine", "Creatinine", BLOOD, "creat|cr|scr|serum creatinine", "38483-4|59826-8", "0.1", "40",
	  { UNIT("mg/dL", 1, "2160-0", "Creatinine [Mass/volume] in " S), UNIT("umol/L", 0.011310, "14682-9", "Creatinine [Moles/volume] in " S) },
	  BY_SEX("0.50", "1.10", "0.70", "1.30") },
	{ "egfr", "Estimated filtration of the kidneys", BLOOD, "gfr|filtration rate", "98979-8|62238-1|48642-3|48643-1|69405-9", "0", "250",
	  ONE("mL/min/{1.73_m2}", "33914-3",
	  "Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in " S " by Creatinine-based formula (MDRD)"), { { NULL } } },
	{ "urea", "Urea nitrogen", BLOOD, "bun|urea nitrogen|blood urea nitrogen", "6299-2|14937-7", "1", "300",
	  { UNIT("mg/dL", 1, "3094-0", "Urea nitrogen [Mass/volume] in " S), UNIT("mmol/L", 2.8014, "22664-7", "Urea [Moles/volume] in " S) },
	  ANYONE("8", "20") },
	{ "sodium", "Sodium", BLOOD, "na|natrium", "2947-0", "90", "210", SALT("2951-2", "Sodium [Moles/volume] in " S), ANYONE("136", "145") },
	{ "potassium", "Potassium", BLOOD, "k|kalium", "6298-4", "1", "12", SALT("2823-3", "Potassium [Moles/volume] in " S), ANYONE("3.5", "5.0") },
	{ "chloride", "Chloride", BLOOD, "cl", "2069-3", "50", "170", SALT("2075-0", "Chloride [Moles/volume] in " S), ANYONE("98", "106") },
	{ "bicarbonate", "Bicarbonate", BLOOD, "co2|hco3|carbon dioxide|total co2", "1963-8|20565-8", "2", "70",
	  SALT("2028-9", "Carbon dioxide, total [Moles/volume] in " S), ANYONE("23", "30") },
	{ "calcium", "Calcium", BLOOD, "ca|total calcium", "49765-1", "2", "25",
	  { UNIT("mg/dL", 1, "17861-6", "Calcium [Mass/volume] in " S), UNIT("mmol/L", 4.0078, "2000-8", "Calcium [Moles/volume] in " S) },
	  ANYONE("8.6", "10.2") },
	{ "magnesium", "Magnesium", BLOOD, "mg", "", "0.2", "15",
	  { UNIT("mg/dL", 1, "19123-9", "Magnesium [Mass/volume] in " S), UNIT("mmol/L", 2.4305, "2601-3", "Magnesium [Moles/volume] in " S) },
	  ANYONE("1.6", "2.6") },
	{ "phosphate", "Phosphate", BLOOD, "phos|phosphorus|po4", "", "0.2", "25",
	  { UNIT("mg/dL", 1, "2777-1", "Phosphate [Mass/volume] in " S), UNIT("mmol/L", 3.0974, "14879-1", "Phosphate [Moles/volume] in " S) },
	  ANYONE("3.0", "4.5") },
	{ "urate", "Uric acid", BLOOD, "uric acid", "", "0.2", "40",
	  { UNIT("mg/dL", 1, "3084-1", "Urate [Mass/volume] in " S), UNIT("umol/L", 0.016811, "14933-6", "Urate [Moles/volume] in " S) },
	  ANYONE("3.0", "7.0") },
	/* -------------------------------------------------------------------- liver */
	{ "alt", "Alanine aminotransferase (ALT)", BLOOD, "alat|sgpt|gpt|alanine aminotransferase", "1743-4|1744-2|76625-3", "1", "30000",
	  ENZYME("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in " S), ANYONE("10", "40") },
	{ "ast", "Aspartate aminotransferase (AST)", BLOOD, "asat|sgot|got|aspartate aminotransferase", "30239-8|88112-8", "1", "30000",
	  ENZYME("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in " S), ANYONE("10", "40") },
	{ "alp", "Alkaline phosphatase", BLOOD, "alk phos|alkaline phosphatase", "", "1", "10000",
	  ENZYME("6768-6", "Alkaline phosphatase [Enzymatic activity/volume] in " S), ANYONE("30", "120") },
	{ "ggt", "Gamma-glutamyl transferase (GGT)", BLOOD, "gamma gt|gamma-gt|gamma glutamyl transferase", "", "1", "10000",
	  ENZYME("2324-2", "Gamma glutamyl transferase [Enzymatic activity/volume] in " S), BY_SEX("8", "40", "9", "50") },
	{ "bilirubin", "Bilirubin, total", BLOOD, "bili|total bilirubin|tbili|bilirubin total", "42719-5", "0", "80",
	  { UNIT("mg/dL", 1, "1975-2", "Bilirubin.total [Mass/volume] in " S),
	    UNIT("umol/L", 0.058466, "14631-6", "Bilirubin.total [Moles/volume] in " S) }, ANYONE("0.3", "1.0") },
	{ "direct-bilirubin", "Bilirubin, direct", BLOOD, "dbili|conjugated bilirubin|bilirubin direct", "15152-2", "0", "60",
	  { UNIT("mg/dL", 1, "1968-7", "Bilirubin.direct [Mass/volume] in " S),
	    UNIT("umol/L", 0.058466, "14629-0", "Bilirubin.direct [Moles/volume] in " S) }, ANYONE("0.1", "0.3") },
	{ "albumin", "Albumin", BLOOD, "alb", "61151-7|61152-5", "0.5", "8",
	  { UNIT("g/dL", 1, "1751-7", "Albumin [Mass/volume] in " S), UNIT("g/L", 0.1, "1751-7", "Albumin [Mass/volume] in " S) }, ANYONE("3.5", "5.5") },
	{ "protein", "Protein, total", BLOOD, "total protein|tp", "", "1", "16",
	  { UNIT("g/dL", 1, "2885-2", "Protein [Mass/volume] in " S), UNIT("g/L", 0.1, "2885-2", "Protein [Mass/volume] in " S) }, ANYONE("5.5", "9.0") },
	{ "ldh", "Lactate dehydrogenase (LDH)", BLOOD, "ld|lactate dehydrogenase", "14804-9|14805-6", "10", "50000",
	  ENZYME("2532-0", "Lactate dehydrogenase [Enzymatic activity/volume] in " S), ANYONE("80", "225") },
	/* ---------------------------------------------------- sugar, fats, nutrition */
	{ "glucose", "Glucose", BLOOD, "sugar|blood sugar|blood glucose|gluc", "2339-0|1558-6|14771-0|41653-7", "20", "2000",
	  { UNIT("mg/dL", 1, "2345-7", "Glucose [Mass/volume] in " S), UNIT("mmol/L", 18.016, "14749-6", "Glucose [Moles/volume] in " S) },
	  ANYONE("70", "99") },
	{ "hba1c", "Hemoglobin A1c", BLOOD, "a1c|hemoglobin a1c|glycated hemoglobin", "17856-6|41995-2", "2", "25",
	  { { "%", 1, 0, "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood" },
	    { "mmol/mol", 0.09148, 2.152, "59261-8", "Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol" } }, { { NULL } } },
	{ "cholesterol", "Cholesterol, total", BLOOD, "total cholesterol|chol", "", "20", "2000",
	  { UNIT("mg/dL", 1, "2093-3", "Cholesterol [Mass/volume] in " S), UNIT("mmol/L", 38.665, "14647-2", "Cholesterol [Moles/volume] in " S) },
	  ANYONE(NULL, "200") },
	{ "ldl", "LDL cholesterol", BLOOD, "ldl cholesterol|ldl-c", "13457-7|18262-6|39469-2", "5", "1500",
	  { UNIT("mg/dL", 1, "2089-1", "Cholesterol in LDL [Mass/volume] in " S),
	    UNIT("mmol/L", 38.665, "22748-8", "Cholesterol in LDL [Moles/volume] in " S) }, { { NULL } } },
	{ "hdl", "HDL cholesterol", BLOOD, "hdl cholesterol|hdl-c", "", "3", "300",
	  { UNIT("mg/dL", 1, "2085-9", "Cholesterol in HDL [Mass/volume] in " S),
	    UNIT("mmol/L", 38.665, "14646-4", "Cholesterol in HDL [Moles/volume] in " S) }, { { NULL } } },
	{ "triglycerides", "Triglycerides", BLOOD, "trig|trigs|tg|triglyceride", "", "10", "20000",
	  { UNIT("mg/dL", 1, "2571-8", "Triglyceride [Mass/volume] in " S), UNIT("mmol/L", 88.57, "14927-8", "Triglyceride [Moles/volume] in " S) },
	  ANYONE(NULL, "150") },
	{ "ferritin", "Ferritin", BLOOD, "ferr", "", "1", "200000",
	  { UNIT("ng/mL", 1, "2276-4", "Ferritin [Mass/volume] in " S), UNIT("ug/L", 1, "2276-4", "Ferritin [Mass/volume] in " S) },
	  BY_SEX("24", "307", "24", "336") },
	{ "iron", "Iron", BLOOD, "fe|serum iron", "", "2", "1000",
	  { UNIT("ug/dL", 1, "2498-4", "Iron [Mass/volume] in " S), UNIT("umol/L", 5.5845, "14798-3", "Iron [Moles/volume] in " S) }, ANYONE("50", "150") },
	{ "vitamin-d", "Vitamin D (25-hydroxy)", BLOOD, "vitamin d|vit d|25-oh vitamin d|25-hydroxyvitamin d|25 oh d", "62292-8|83071-1", "1", "400",
	  { UNIT("ng/mL", 1, "1989-3", "25-hydroxyvitamin D3 [Mass/volume] in " S),
	    UNIT("nmol/L", 0.40064, "14635-7", "25-hydroxyvitamin D3 [Moles/volume] in " S) }, ANYONE("30", "60") },
	{ "b12", "Vitamin B12", BLOOD, "vitamin b12|vit b12|cobalamin", "", "20", "10000",
	  { UNIT("pg/mL", 1, "2132-9", "Cobalamin (Vitamin B12) [Mass/volume] in " S), UNIT("ng/L", 1, "2132-9", "Cobalamin (Vitamin B12) [Mass/volume] in " S),
	    UNIT("pmol/L", 1.3554, "14685-2", "Cobalamin (Vitamin B12) [Moles/volume] in " S) }, ANYONE("200", "800") },
	{ "folate", "Folate", BLOOD, "folic acid|vitamin b9", "", "0.2", "200",
	  { UNIT("ng/mL", 1, "2284-8", "Folate [Mass/volume] in " S), UNIT("ug/L", 1, "2284-8", "Folate [Mass/volume] in " S),
	    UNIT("nmol/L", 0.44140, "14732-2", "Folate [Moles/volume] in " S) }, ANYONE("1.8", "9.0") },
	/* ------------------------------------------------------------------ hormones */
	{ "tsh", "Thyroid-stimulating hormone (TSH)", BLOOD, "thyrotropin|thyroid stimulating hormone", "11580-8|11579-0", "0", "1000",
	  { UNIT("m[IU]/L", 1, "3016-3", "Thyrotropin [Units/volume] in " S), UNIT("mU/L", 1, "3016-3", "Thyrotropin [Units/volume] in " S),
	    UNIT("u[IU]/mL", 1, "3016-3", "Thyrotropin [Units/volume] in " S) }, { { NULL } } },
	{ "free-t4", "Free thyroxine (T4)", BLOOD, "ft4|t4|free thyroxine", "", "0.05", "15",
	  { UNIT("ng/dL", 1, "3024-7", "Thyroxine (T4) free [Mass/volume] in " S),
	    UNIT("pmol/L", 0.077687, "14920-3", "Thyroxine (T4) free [Moles/volume] in " S) }, ANYONE("0.8", "1.8") },
	{ "fsh", "Follicle-stimulating hormone (FSH)", BLOOD, "follitropin", "", "0", "400",
	  { UNIT("m[IU]/mL", 1, "15067-2", "Follitropin [Units/volume] in " S), UNIT("[IU]/L", 1, "15067-2", "Follitropin [Units/volume] in " S) }, { { NULL } } },
	{ "lh", "Luteinizing hormone (LH)", BLOOD, "lutropin", "", "0", "400",
	  { UNIT("m[IU]/mL", 1, "10501-5", "Lutropin [Units/volume] in " S), UNIT("[IU]/L", 1, "10501-5", "Lutropin [Units/volume] in " S) }, { { NULL } } },
	{ "testosterone", "Testosterone", BLOOD, "total testosterone", "", "0", "5000",
	  { UNIT("ng/dL", 1, "2986-8", "Testosterone [Mass/volume] in " S), UNIT("nmol/L", 28.842, "14913-8", "Testosterone [Moles/volume] in " S) }, { { NULL } } },
	{ "estradiol", "Estradiol", BLOOD, "oestradiol|e2", "", "0", "10000",
	  { UNIT("pg/mL", 1, "2243-4", "Estradiol (E2) [Mass/volume] in " S), UNIT("pmol/L", 0.27239, "14715-7", "Estradiol (E2) [Moles/volume] in " S) }, { { NULL } } },
	/* ------------------------------------- inflammation, defence, blood clotting */
	{ "crp", "C-reactive protein (CRP)", BLOOD, "c reactive protein", "30522-7", "0", "1000",
	  { UNIT("mg/L", 1, "1988-5", "C reactive protein [Mass/volume] in " S), UNIT("mg/dL", 10, "1988-5", "C reactive protein [Mass/volume] in " S) },
	  ANYONE(NULL, "8") },
	{ "igg", "Immunoglobulin G (IgG)", BLOOD, "immunoglobulin g", "", "10", "15000",
	  { UNIT("mg/dL", 1, "2465-3", "IgG [Mass/volume] in " S), UNIT("g/L", 100, "2465-3", "IgG [Mass/volume] in " S) }, { { NULL } } },
	{ "inr", "INR", BLOOD, "international normalized ratio", "34714-6", "0.5", "20",
	  { UNIT("{INR}", 1, "6301-6", "INR in Platelet poor plasma by Coagulation assay"), UNIT("1", 1, "6301-6", "INR in Platelet poor plasma by Coagulation assay") },
	  { { NULL } } },
	{ "pt", "Prothrombin time", BLOOD, "prothrombin time", "5964-2", "5", "200", ONE("s", "5902-2", "Prothrombin time (PT)"), ANYONE("11", "13") },
	{ "aptt", "Partial thromboplastin time (aPTT)", BLOOD, "ptt|partial thromboplastin time", "3173-2", "10", "300",
	  ONE("s", "14979-9", "aPTT in Platelet poor plasma by Coagulation assay"), ANYONE("25", "35") },
	{ "fibrinogen", "Fibrinogen", BLOOD, "", "", "10", "2000",
	  { UNIT("mg/dL", 1, "3255-7", "Fibrinogen [Mass/volume] in Platelet poor plasma by Coagulation assay"),
	    UNIT("g/L", 100, "3255-7", "Fibrinogen [Mass/volume] in Platelet poor plasma by Coagulation assay") }, ANYONE("200", "400") },
	/* ---------------------------------------------------------- heart, vital signs */
	{ "ejection-fraction", "Ejection fraction of the left ventricle", "imaging", "lvef|ef|ejection fraction", "18043-0|8806-2", "5", "90",
	  ONE("%", "10230-1", "Left ventricular Ejection fraction"), { { NULL } } },
	{ "blood-pressure", "Blood pressure", VITAL, "bp|blood pressure", "55284-4", "20", "350",
	  ONE("mm[Hg]", "85354-9", "Blood pressure panel with all children optional"), { { NULL } } },
	{ "systolic", "Systolic blood pressure", VITAL, "sbp", "", "20", "350", ONE("mm[Hg]", "8480-6", "Systolic blood pressure"), { { NULL } } },
	{ "diastolic", "Diastolic blood pressure", VITAL, "dbp", "", "10", "250", ONE("mm[Hg]", "8462-4", "Diastolic blood pressure"), { { NULL } } },
	{ "pulse", "Heart rate", VITAL, "heart rate|hr", "", "20", "300", ONE("/min", "8867-4", "Heart rate"), { { NULL } } },
	{ "temperature", "Body temperature", VITAL, "temp|fever|body temperature", "8331-1|8328-7", "25", "45",
	  { UNIT("Cel", 1, "8310-5", "Body temperature"), { "[degF]", 0.55555555555556, -17.777777777778, "8310-5", "Body temperature" } }, { { NULL } } },
	{ "oxygen", "Oxygen saturation", VITAL, "spo2|sats|o2 sat|oxygen saturation", "59408-5", "30", "100",
	  ONE("%", "2708-6", "Oxygen saturation in Arterial blood"), { { NULL } } },
	{ "height", "Body height", VITAL, "body height", "", "30", "260",
	  { UNIT("cm", 1, "8302-2", "Body height"), UNIT("m", 100, "8302-2", "Body height"), UNIT("[in_i]", 2.54, "8302-2", "Body height") }, { { NULL } } },
	{ "weight", "Body weight", VITAL, "body weight", "3141-9", "2", "600",
	  { UNIT("kg", 1, "29463-7", "Body weight"), UNIT("[lb_av]", 0.45359237, "29463-7", "Body weight"), UNIT("g", 0.001, "29463-7", "Body weight") }, { { NULL } } },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL, { { NULL } }, { { NULL } } }
};

const struct ac_lab *
ac_lab_table(void)
{
	return table;
}
