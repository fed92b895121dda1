/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <string.h>

const struct command commands[] = {
	{ "init", "--name NAME --device NAME [--kit FILE]",
	  "make a vault and its recovery kit", "name: device: kit:", 0, 0, cmd_init },
	{ "kit check", "[--identity FILE]",
	  "prove that a printed sheet is the standing kit, without using it", "identity:", 0, 0, cmd_kit_check },
	{ "kit renew", "[--kit FILE]",
	  "retire the recovery kit for a new one", "kit:", 0, 0, cmd_kit_renew },

	{ "import", "PATH... [--strict] [--source NAME] [--person REF|any]",
	  "take in FHIR JSON, NDJSON, folders, zip files, or -", "strict source: person:", 1, -1, cmd_import },
	{ "validate", "PATH...",
	  "check FHIR files without keeping them", "", 1, -1, cmd_validate },
	{ "export", "[REF...] [--types TYPES] [--format bundle|ndjson] [-o FILE]",
	  "write FHIR out", "types: format: o:", 0, -1, cmd_export },

	{ "list", "[TYPE] [--since WHEN] [--until WHEN] [--code C] [--flagged] [--limit N]",
	  "documents, newest first", "since: until: code: flagged limit:", 0, 1, cmd_list },
	{ "find", "WORDS... [--limit N]",
	  "documents in which all the words occur", "limit:", 1, -1, cmd_find },
	{ "show", "REF [--version V] [--format text|json] [--paths]",
	  "one document", "version: format: paths", 1, 1, cmd_show },

	{ "put", "FILE|- [--force]",
	  "store a whole document", "force", 1, 1, cmd_put },
	{ "edit", "REF [--force]",
	  "change a document in your editor", "force", 1, 1, cmd_edit },
	{ "set", "REF PATH=VALUE... [--force]",
	  "change single fields", "force", 2, -1, cmd_set },
	{ "rm", "REF",
	  "delete a document; its history stays", "", 1, 1, cmd_rm },

	{ "history", "REF",
	  "the versions of a document, newest first", "", 1, 1, cmd_history },
	{ "diff", "REF V1 [V2]",
	  "what changed between two versions", "", 2, 3, cmd_diff },
	{ "revert", "REF V",
	  "make an earlier version the newest again, or adopt a late one", "", 2, 2, cmd_revert },
	{ "undo", "",
	  "take back this device's last write; again: the one before", "", 0, 0, cmd_undo },
	{ "log", "[--limit N] [--late]",
	  "all that was written, newest first; or what removed devices wrote late", "limit: late", 0, 0, cmd_log },

	{ "conflicts", "[REF]",
	  "conflicts, and what clinicians propose", "", 0, 1, cmd_conflicts },
	{ "resolve", "REF [--take V | --edit | PATH=VALUE...] [--force]",
	  "settle a conflict or a proposal", "take: edit force", 1, -1, cmd_resolve },

	{ "add lab", "- | TEST VALUE [UNIT] [--on DATE] [--low N] [--high N] [--lab NAME] [--code LOINC] "
	  "[--note TEXT] [--no-input]",
	  "a result: wbc 4.2, hgb 13.5, glucose 5.4 mmol/L, bp 120/80",
	  "test: value: unit: on: low: high: lab: code: note: no-input", 0, -1, cmd_add },
	{ "add symptom", "- | SYMPTOM [GRADE] [--on DATE] [--until DATE] [--note TEXT] [--no-input]",
	  "a symptom, and how strong it is",
	  "symptom: grade: on: until: note: no-input", 0, -1, cmd_add },
	{ "add medication", "- | NAME [DOSE] [OFTEN] [--since DATE] [--until DATE] [--for WHY] [--by WHO] "
	  "[--code RXNORM] [--note TEXT] [--no-input]",
	  "what you take",
	  "name: dose: often: since: until: for: by: code: note: no-input", 0, -1, cmd_add },
	{ "add supplement", "- | NAME [DOSE] [OFTEN] [--since DATE] [--until DATE] [--for WHY] [--discussed DATE] "
	  "[--note TEXT] [--no-input]",
	  "a supplement; not yet discussed with the care team until --discussed says so",
	  "name: dose: often: since: until: for: discussed: note: no-input", 0, -1, cmd_add },
	{ "add appointment", "- | WHAT DAY TIME [--with WHO] [--where PLACE] [--minutes N] [--item ITEM] [--note TEXT] "
	  "[--no-input]",
	  "an appointment; --item says which item of the plan it is for",
	  "what: on: with: where: minutes: item: note: no-input", 0, -1, cmd_add },
	{ "add question", "- | TEXT [--to WHO] [--note TEXT] [--no-input]",
	  "a question for the care team",
	  "text: to: on: note: no-input", 0, -1, cmd_add },
	{ "add contact", "- | NAME --phone NUMBER [--role ROLE] [--call-for WHAT] [--email ADDRESS] "
	  "[--where CLINIC] [--note TEXT] [--no-input]",
	  "whom to call",
	  "name: phone: role: call-for: email: where: note: no-input", 0, -1, cmd_add },
	{ "add insurance", "- | INSURER [--number N] [--plan NAME] [--from DATE] [--until DATE] [--phone NUMBER] "
	  "[--no-input]",
	  "health insurance, and when it is renewed",
	  "insurer: number: plan: from: until: phone: no-input", 0, -1, cmd_add },
	{ "add distress", "- | SCORE [ABOUT] [--on DATE] [--note TEXT] [--no-input]",
	  "the distress thermometer: 0 none, 10 the most",
	  "score: about: on: note: no-input", 0, -1, cmd_add },
	{ "add weight", "- | VALUE [UNIT] [--on DATE] [--note TEXT] [--no-input]",
	  "your weight, in kg or lb",
	  "value: unit: on: note: no-input", 0, -1, cmd_add },
	{ "add activity", "- | WHAT MINUTES [--on DATE] [--note TEXT] [--no-input]",
	  "movement: walking 30",
	  "what: minutes: on: note: no-input", 0, -1, cmd_add },
	{ "add support", "- | NAME [--who WHO] [--phone NUMBER] [--email ADDRESS] [--group] [--no-input]",
	  "a person or a group that supports you",
	  "name: who: phone: email: group no-input", 0, -1, cmd_add },
	{ "add note", "- | TEXT [--on DATE] [--no-input]",
	  "something to remember",
	  "text: on: no-input", 0, -1, cmd_add },

	{ "attachment add", "FILE [--to REF] [--title TITLE]",
	  "keep a scan or a document", "to: title:", 1, 1, cmd_attachment_add },
	{ "attachment list", "",
	  "the attachments", "", 0, 0, cmd_attachment_list },
	{ "attachment get", "REF [-o FILE]",
	  "bring out an attachment, from a remote if it is not here", "o:", 1, 1, cmd_attachment_get },

	{ "plan templates", "",
	  "what a care plan can begin with", "", 0, 0, cmd_plan_templates },
	{ "plan new", "TEMPLATE [--stage in-treatment|off-treatment|ongoing|relapsed] [--since DATE]"
	  " [--end-of-treatment DATE] [--exposure E]...",
	  "make the care plan", "stage: since: end-of-treatment: exposure:*", 1, 1, cmd_plan_new },
	{ "plan show", "",
	  "the care plan: its stage, its items and where each comes from", "", 0, 0, cmd_plan_show },
	{ "plan due", "[--on DATE]",
	  "what is due, when and why", "on:", 0, 0, cmd_plan_due },
	{ "plan done", "ITEM [--on DATE] [--ref REF]",
	  "note that an item was done", "on: ref:", 1, 1, cmd_plan_done },
	{ "plan skip", "ITEM --why TEXT",
	  "leave an item out this time", "why:", 1, 1, cmd_plan_skip },
	{ "plan book", "ITEM --on WHEN [--with WHO]",
	  "an appointment for an item, or another time for it", "on: with:", 1, 1, cmd_plan_book },
	{ "plan stage", "STAGE [--on DATE] [--template NAME] [--end-of-treatment DATE]",
	  "a new stage of treatment", "on: template: end-of-treatment:", 1, 1, cmd_plan_stage },
	{ "plan add", "TITLE --every 4w [--code C] [--from DATE] [--until DATE] [--why TEXT]",
	  "an item of one's own", "every: code: from: until: why:", 1, 1, cmd_plan_add },
	{ "plan change", "ITEM [--title TITLE] [--every 4w] [--from DATE] [--until DATE] [--why TEXT]",
	  "change an item of the plan", "title: every: from: until: why:", 1, 1, cmd_plan_change },
	{ "plan remove", "ITEM [--why TEXT]",
	  "take an item out of the plan", "why:", 1, 1, cmd_plan_remove },
	{ "plan exposure", "[E [--remove]]",
	  "the exposures of the plan and those that the records speak of; add one, change its dose, take it out", "remove", 0, 1,
	  cmd_plan_exposure },
	{ "plan update", "[--dry-run]",
	  "newer editions of the plan's templates: what they change, and taking them", "dry-run", 0, 0, cmd_plan_update },
	{ "plan export", "--ics FILE [--titles]",
	  "the open dates as a calendar file", "ics: titles", 0, 0, cmd_plan_export },

	{ "trend", "CODE [--since WHEN] [--svg FILE|-]",
	  "a measurement over time, drawn in the terminal or as a picture", "since: svg:", 1, 1, cmd_trend },
	{ "report", "FILE|- [--since WHEN]",
	  "the record as one page to look at, to print and to give to a doctor", "since:", 1, 1, cmd_report },

	{ "handoff", "FILE.age (--to age1...|--sealed-with-file F)|--plain DIR [--attach REF]... [--attachments all|none]",
	  "the record for somebody without this program", "to:* sealed-with-file: plain: attach:* attachments:", 0, 1, cmd_handoff },
	{ "backup", "FILE|- [--to age1...]... [--sealed-with-file F] [--readable] [--read-only]",
	  "everything in one sealed file", "to:* sealed-with-file: readable read-only", 1, 1, cmd_backup },
	{ "restore", "FILE|--remote URL [--identity F] [--sealed-with-file F] [--device NAME]",
	  "a working home from a backup or from a hub",
	  "remote: identity: sealed-with-file: device:", 0, 1, cmd_restore },
	{ "verify", "[FILE] [--identity F] [--sealed-with-file F]",
	  "prove this home, or that a backup would restore", "identity: sealed-with-file:", 0, 1, cmd_verify },

	{ "hub init", "DIR",
	  "make a hub in a folder, on a stick or on a server", "", 1, 1, cmd_hub_init },
	{ "hub prune", "DIR",
	  "remove from a hub what owners have closed", "", 1, 1, cmd_hub_prune },
	{ "remote add", "NAME URL",
	  "name a hub to synchronise with", "", 2, 2, cmd_remote_add },
	{ "remote list", "",
	  "the hubs, and when each was last reached", "", 0, 0, cmd_remote_list },
	{ "remote remove", "NAME",
	  "forget a hub; what lies there stays", "", 1, 1, cmd_remote_remove },
	{ "sync", "[NAME]",
	  "exchange with every remote, or one", "", 0, 1, cmd_sync },
	{ "send", "FILE [--space NAME]",
	  "what the other side may lack, as one sealed file", "space:", 1, 1, cmd_send },
	{ "receive", "FILE...",
	  "take in what somebody sent", "", 1, -1, cmd_receive },

	{ "device list", "",
	  "the devices and carers of this vault", "", 0, 0, cmd_device_list },
	{ "device invite", "[--as NAME] [--role owner|writer|reader] [--expires 24h]",
	  "a code that lets one device join", "as: role: expires:", 0, 0, cmd_device_invite },
	{ "device remove", "NAME",
	  "end a device's membership", "", 1, 1, cmd_device_remove },
	{ "invite list", "",
	  "the codes that are not used yet", "", 0, 0, cmd_invite_list },
	{ "invite cancel", "NAME",
	  "make a code worthless", "", 1, 1, cmd_invite_cancel },

	{ "share create", "NAME (--types T | --code C | --since WHEN | --ref REF | --all) [--write]"
	  " [--no-history] [--expires WHEN] [--remote URL]",
	  "give a clinician a part of the records",
	  "types:* code:* since: ref:* all write no-history expires: remote:", 1, -1, cmd_share_create },
	{ "share list", "",
	  "the shares", "", 0, 0, cmd_share_list },
	{ "share show", "NAME",
	  "one share", "", 1, 1, cmd_share_show },
	{ "share revoke", "NAME",
	  "end a share, and list what could be read", "", 1, 1, cmd_share_revoke },
	{ "join", "--device NAME [--code-file F|-] [--name NAME] [--remote URL] [FILE...]",
	  "the other side of `device invite` and `share create`",
	  "device: code-file: name: remote:", 0, -1, cmd_join },
	{ "patients", "",
	  "the people whose records are here", "", 0, 0, cmd_patients },

	{ "status", "",
	  "what needs attention", "", 0, 0, cmd_status },
	{ "alert clear", "ID",
	  "put an alert away", "", 1, 1, cmd_alert_clear },
	{ "passphrase", "[--new-passphrase-file F] [--reset --identity F]",
	  "change the passphrase, or reset it with the recovery kit",
	  "new-passphrase-file: reset identity:", 0, 0, cmd_passphrase },
	{ "config", "[KEY [VALUE]] [--unset]",
	  "small settings, kept sealed", "unset", 0, 2, cmd_config },
	{ "unlock", "[--for 15min]",
	  "do not ask for the passphrase for a while", "for:", 0, 0, cmd_unlock },
	{ "lock", "",
	  "ask for the passphrase again", "", 0, 0, cmd_lock },
	{ "help", "[COMMAND]",
	  "what a command does", "", 0, 2, cmd_help },
	{ NULL, NULL, NULL, NULL, 0, 0, NULL }
};

const struct command later[] = {
	{ "service", "", "", "", 0, -1, NULL },
	{ "kit split", "", "", "", 0, -1, NULL },
	{ "kit join", "", "", "", 0, -1, NULL },
	{ NULL, NULL, NULL, NULL, 0, 0, NULL }
};

bool
command_homeless(const struct command *k)
{
	return k->run == cmd_validate || k->run == cmd_hub_init || k->run == cmd_help
	    || k->run == cmd_plan_templates;
}

static bool
names(const char *name, const char *one, const char *two, bool *begins)
{
	size_t n = strlen(one);

	*begins = strncmp(name, one, n) == 0 && name[n] == ' ';
	return *begins && two != NULL && strcmp(name + n + 1, two) == 0;
}

const struct command *
command_find(const struct command *table, const char *one, const char *two, int *used, bool *group)
{
	*group = false;
	for (const struct command *k = table; k->name != NULL; k++) {
		bool begins;

		if (strcmp(k->name, one) == 0) {
			*used = 1;
			return k;
		}
		if (names(k->name, one, two, &begins)) {
			*used = 2;
			return k;
		}
		*group = *group || begins;
	}
	return NULL;
}
