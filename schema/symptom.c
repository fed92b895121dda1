/* SPDX-License-Identifier: ISC */
/* Symptoms that people report: SNOMED CT codes, and which of them are on the list to report. */
#include <string.h>

#include "schema/form.h"
#include "schema/say.h"

/* The list is the Canadian Cancer Society's, for survivors of ALL: fatigue, feeling unwell, weakness or
 * dizziness, breathlessness, paleness, loss of appetite, weight loss, bleeding or bruising, infections. */
static const struct ac_symptom symptoms[] = {
	{ N_("Fatigue"), N_("tiredness|tired|exhaustion|exhausted"), "84229001", "Fatigue (finding)", true, false },
	{ N_("Feeling unwell"), N_("unwell|malaise|sick|ill"), "367391008", "Malaise (finding)", true, false },
	{ N_("Weakness"), N_("weak"), "13791008", "Asthenia (finding)", true, false },
	{ N_("Dizziness"), N_("dizzy|light-headed|lightheaded"), "404640003", "Dizziness (finding)", true, false },
	{ N_("Breathlessness"), N_("breathless|shortness of breath|short of breath|dyspnea|dyspnoea"), "267036007", "Dyspnea (finding)", true, false },
	{ N_("Paleness"), N_("pale|pallor"), "398979000", "Pale complexion (finding)", true, false },
	{ N_("Loss of appetite"), N_("no appetite|poor appetite|appetite loss"), "79890006", "Loss of appetite (finding)", true, false },
	{ N_("Weight loss"), N_("losing weight|lost weight"), "89362005", "Weight loss (finding)", true, false },
	{ N_("Bleeding"), N_("bleed|hemorrhage|haemorrhage|nosebleed"), "131148009", "Bleeding (finding)", true, false },
	{ N_("Bruising"), N_("bruise|bruises"), NULL, NULL, true, false },
	{ N_("Infection"), N_("infections"), "40733004", "Disorder due to infection (disorder)", true, false },
	{ N_("Fever"), N_("temperature|febrile|chills"), "386661006", "Fever (finding)", false, true },
	{ N_("Night sweats"), N_("sweats|sweating at night"), "42984000", "Night sweats (finding)", false, true },
	{ N_("Chest pain"), N_("pain in the chest"), "29857009", "Chest pain (finding)", false, true },
	{ N_("Swollen glands"), N_("swollen lymph nodes|lumps|lump"), NULL, NULL, false, true },
	{ N_("Pain"), N_("ache|aches"), "22253000", "Pain (finding)", false, false },
	{ N_("Headache"), N_("head ache"), "25064002", "Headache (finding)", false, false },
	{ N_("Bone pain"), N_("pain in the bones"), "12584003", "Bone pain (finding)", false, false },
	{ N_("Joint pain"), N_("painful joints"), "57676002", "Joint pain (finding)", false, false },
	{ N_("Abdominal pain"), N_("belly pain|stomach ache|stomach pain"), "21522001", "Abdominal pain (finding)", false, false },
	{ N_("Nausea"), N_("nauseous|feeling sick"), "422587007", "Nausea (finding)", false, false },
	{ N_("Vomiting"), N_("throwing up"), "422400008", "Vomiting (disorder)", false, false },
	{ N_("Diarrhea"), N_("diarrhoea"), "62315008", "Diarrhea (finding)", false, false },
	{ N_("Constipation"), N_("constipated"), "14760008", "Constipation (finding)", false, false },
	{ N_("Cough"), N_("coughing"), "49727002", "Cough (finding)", false, false },
	{ N_("Numbness"), N_("numb"), "44077006", "Numbness (finding)", false, false },
	{ N_("Tingling"), N_("pins and needles"), "62507009", "Pins and needles (finding)", false, false },
	{ N_("Sleeplessness"), N_("insomnia|no sleep|trouble sleeping"), "193462001", "Insomnia (disorder)", false, false },
	{ N_("Anxiety"), N_("anxious|worry"), "48694002", "Anxiety (finding)", false, false },
	{ N_("Low mood"), N_("sad|sadness|depressed|depression"), "366979004", "Depressed mood (finding)", false, false },
	{ N_("Itching"), N_("itch|itchy"), "418363000", "Itching of skin (finding)", false, false },
	{ N_("Rash"), N_("skin rash"), "271807003", "Eruption of skin (disorder)", false, false },
	{ N_("Trouble with memory"), N_("forgetful|memory|brain fog|memory loss"), NULL, NULL, false, false },
	{ NULL, NULL, NULL, NULL, false, false }
};

const struct ac_symptom *
ac_symptom_titled(const char *title)
{
	const struct ac_symptom *s;

	for (s = symptoms; s->title; s++)
		if (!strcmp(s->title, title))
			return s;
	return NULL;
}

/* Small letters alone, so that "Short of breath" is "short-of-breath". */
static bool
same(const char *a, size_t n, const char *b)
{
	size_t i = 0;

	for (;; b++) {
		int x, y;

		while (i < n && (a[i] == ' ' || a[i] == '-'))
			i++;
		while (*b == ' ' || *b == '-')
			b++;
		if (i == n || !*b)
			return i == n && !*b;
		x = a[i] >= 'A' && a[i] <= 'Z' ? a[i] + 32 : a[i];
		y = *b >= 'A' && *b <= 'Z' ? *b + 32 : *b;
		if (x != y)
			return false;
		i++;
	}
}

static bool
among(const char *names, const char *word)
{
	size_t n;

	for (; *names; names += n + (names[n] == '|'))
		if ((n = strcspn(names, "|")) && same(names, n, word))
			return true;
	return false;
}

/* By its names here, and those in the person's language. */
const struct ac_symptom *
ac_symptom_find(const char *word)
{
	const struct ac_symptom *s;

	for (s = symptoms; s->title; s++)
		if (among(s->title, word) || among(s->names, word) || among(_(s->title), word) || among(_(s->names), word))
			return s;
	return NULL;
}
