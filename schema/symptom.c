/* SPDX-License-Identifier: ISC */
/* Symptoms that people report: SNOMED CT codes, and which of them are on the list to report. */
#include <string.h>

#include "schema/form.h"

/* The list is the Canadian Cancer Society's, for survivors of ALL: fatigue, feeling unwell, weakness or
 * dizziness, breathlessness, paleness, loss of appetite, weight loss, bleeding or bruising, infections. */
static const struct ac_symptom symptoms[] = {
	{ "Fatigue", "tiredness|tired|exhaustion|exhausted", "84229001", "Fatigue (finding)", true, false },
	{ "Feeling unwell", "unwell|malaise|sick|ill", "367391008", "Malaise (finding)", true, false },
	{ "Weakness", "weak", "13791008", "Asthenia (finding)", true, false },
	{ "Dizziness", "dizzy|light-headed|lightheaded", "404640003", "Dizziness (finding)", true, false },
	{ "Breathlessness", "breathless|shortness of breath|short of breath|dyspnea|dyspnoea", "267036007", "Dyspnea (finding)", true, false },
	{ "Paleness", "pale|pallor", "398979000", "Pale complexion (finding)", true, false },
	{ "Loss of appetite", "no appetite|poor appetite|appetite loss", "79890006", "Loss of appetite (finding)", true, false },
	{ "Weight loss", "losing weight|lost weight", "89362005", "Weight loss (finding)", true, false },
	{ "Bleeding", "bleed|hemorrhage|haemorrhage|nosebleed", "131148009", "Bleeding (finding)", true, false },
	{ "Bruising", "bruise|bruises", NULL, NULL, true, false },
	{ "Infection", "infections", "40733004", "Disorder due to infection (disorder)", true, false },
	{ "Fever", "temperature|febrile|chills", "386661006", "Fever (finding)", false, true },
	{ "Night sweats", "sweats|sweating at night", "42984000", "Night sweats (finding)", false, true },
	{ "Chest pain", "pain in the chest", "29857009", "Chest pain (finding)", false, true },
	{ "Swollen glands", "swollen lymph nodes|lumps|lump", NULL, NULL, false, true },
	{ "Pain", "ache|aches", "22253000", "Pain (finding)", false, false },
	{ "Headache", "head ache", "25064002", "Headache (finding)", false, false },
	{ "Bone pain", "pain in the bones", "12584003", "Bone pain (finding)", false, false },
	{ "Joint pain", "painful joints", "57676002", "Joint pain (finding)", false, false },
	{ "Abdominal pain", "belly pain|stomach ache|stomach pain", "21522001", "Abdominal pain (finding)", false, false },
	{ "Nausea", "nauseous|feeling sick", "422587007", "Nausea (finding)", false, false },
	{ "Vomiting", "throwing up", "422400008", "Vomiting (disorder)", false, false },
	{ "Diarrhea", "diarrhoea", "62315008", "Diarrhea (finding)", false, false },
	{ "Constipation", "constipated", "14760008", "Constipation (finding)", false, false },
	{ "Cough", "coughing", "49727002", "Cough (finding)", false, false },
	{ "Numbness", "numb", "44077006", "Numbness (finding)", false, false },
	{ "Tingling", "pins and needles", "62507009", "Pins and needles (finding)", false, false },
	{ "Sleeplessness", "insomnia|no sleep|trouble sleeping", "193462001", "Insomnia (disorder)", false, false },
	{ "Anxiety", "anxious|worry", "48694002", "Anxiety (finding)", false, false },
	{ "Low mood", "sad|sadness|depressed|depression", "366979004", "Depressed mood (finding)", false, false },
	{ "Itching", "itch|itchy", "418363000", "Itching of skin (finding)", false, false },
	{ "Rash", "skin rash", "271807003", "Eruption of skin (disorder)", false, false },
	{ "Trouble with memory", "forgetful|memory|brain fog|memory loss", NULL, NULL, false, false },
	{ NULL, NULL, NULL, NULL, false, false }
};

const struct ac_symptom *
ac_symptom_list(void)
{
	return symptoms;
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

const struct ac_symptom *
ac_symptom_find(const char *word)
{
	const struct ac_symptom *s;
	const char *p;
	size_t n;

	for (s = symptoms; s->title; s++) {
		if (same(s->title, strlen(s->title), word))
			return s;
		for (p = s->names; *p; p += n + (p[n] == '|'))
			if ((n = strcspn(p, "|")) && same(p, n, word))
				return s;
	}
	return NULL;
}
