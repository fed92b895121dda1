/* SPDX-License-Identifier: ISC */
/*
 * aftercare/store.h: a home on one device: keys, vaults and accepted shares,
 * their documents and histories. It talks to no remote (sync.h does) and it
 * never prints. The bytes on the disk are described in store/FORMAT.md.
 *
 * A home is opened once per process and used from one thread. Two processes may
 * have one home open; writers wait for each other. Everything a call returns
 * by pointer lives in the arena given, or until the call says.
 */
#ifndef AFTERCARE_STORE_H
#define AFTERCARE_STORE_H

#if __has_include("schema/schema.h")
#include "schema/schema.h"
#else
#include <aftercare/schema.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define AC_VERSION_HEX 64   /* characters of a version's name */
#define AC_REF_MAX     1200 /* characters of a REF with its source */

struct ac_home;   /* one open home */
struct ac_space;  /* one vault or accepted share in it; owned by the home */

/* ------------------------------------------------------------------- homes */

/* A home is a folder of mode 0700. create: the folder is absent or empty; the
 * key file's Argon2id passes are set to take about half a second here (at least
 * 3; AC_HOME_QUICK is for tests: 3 passes over 8 MiB). */
enum { AC_HOME_QUICK = 1 };
AC_MUST enum ac_err ac_home_create(struct ac_home **out, const char *path,
	const char *passphrase, size_t n, int flags, struct ac_fault *f);

/* passphrase NULL: `key` is the 32 bytes of ac_home_key (an agent's). AC_ELOCKED:
 * wrong; AC_ENOTFOUND: no home there. A home whose index is lost or damaged is
 * rebuilt from its chains before this returns. `progress` may be NULL. */
struct ac_progress {
	void (*step)(void *ctx, const char *what, uint64_t done, uint64_t of);
	void *ctx;
};
AC_MUST enum ac_err ac_home_open(struct ac_home **out, const char *path,
	const char *passphrase, size_t n, const unsigned char *key,
	const struct ac_progress *progress, struct ac_fault *f);
void ac_home_close(struct ac_home *h);
bool ac_home_there(const char *path);             /* a key file stands there */
const char *ac_home_path(const struct ac_home *h);
void ac_home_key(const struct ac_home *h, unsigned char key[static 32]); /* wipe it */
AC_MUST enum ac_err ac_home_passphrase(struct ac_home *h, const char *passphrase, size_t n,
	struct ac_fault *f);
/* Resets a forgotten passphrase: sealed copy of the key file's key for the
 * recovery kit's secret, made at init and renewed with the kit. */
AC_MUST enum ac_err ac_home_reset(const char *path, const unsigned char kit[static 32],
	const char *passphrase, size_t n, struct ac_fault *f);
/* This home's own age identity (X25519 secret). */
void ac_home_age(const struct ac_home *h, unsigned char secret[static 32]);

/* Makes a vault: genesis, a recovery kit (its 32 bytes go to `kit`; the caller
 * shows them once and wipes them). */
AC_MUST enum ac_err ac_vault_create(struct ac_space **out, struct ac_home *h,
	const char *person, const char *device, unsigned char kit[static 32], struct ac_fault *f);

/* The spaces a person sees: vaults, and shares accepted from patients. */
size_t ac_home_spaces(struct ac_home *h);
struct ac_space *ac_home_space(struct ac_home *h, size_t i);
/* By the patient's name or its unique beginning (accents and case ignored);
 * NULL: the only one, else AC_EUSAGE with the names. */
AC_MUST enum ac_err ac_home_patient(struct ac_space **out, struct ac_home *h, const char *who,
	struct ac_fault *f);

enum ac_role { AC_OWNER = 1, AC_WRITER = 2, AC_READER = 3 };
const char *ac_space_patient(const struct ac_space *s);  /* the person the records are of */
bool ac_space_shared(const struct ac_space *s);          /* accepted from a patient; else a vault */
enum ac_role ac_space_role(const struct ac_space *s);    /* this device's */
bool ac_space_closed(const struct ac_space *s);          /* revoked or expired for this device */
void ac_space_id(const struct ac_space *s, unsigned char id[static 8]);
void ac_space_root(const struct ac_space *s, unsigned char root[static 32]); /* fingerprint */

/* ----------------------------------------------------------------- reading */

struct ac_row {
	const char *ref;      /* Type/id, with ~SOURCE where two sources hold the same */
	const char *type;
	const char *date;     /* as the document writes it, or "" */
	const char *title;
	const char *version;  /* hex; several heads joined by '+' */
	bool conflict, flagged;
	const char *author;
	const struct ac_val *body;/* where the filter asks for it; NULL: withheld in a dispute */
};
struct ac_filter {
	const char *const *types; /* NULL-ended, or NULL */
	const char *since, *until;/* FHIR dates, already computed; or NULL */
	const char *code;         /* a code or system|code */
	const char *words;        /* every word must occur; accents and case ignored */
	bool flagged;
	bool bodies;              /* each row with its document */
	uint64_t limit;           /* 0: none */
};
/* Newest date first, then ref. A row is valid during the call back; a callback
 * that returns non-zero ends the listing. */
AC_MUST enum ac_err ac_list(struct ac_space *s, const struct ac_filter *f,
	int (*each)(void *ctx, const struct ac_row *row), void *ctx, struct ac_fault *fault);

/* Finds the one document that REF (or a unique beginning) names: its full REF.
 * AC_ENOTFOUND, AC_EAMBIGUOUS with some of the names. */
AC_MUST enum ac_err ac_ref(char out[static AC_REF_MAX], struct ac_space *s, const char *ref,
	struct ac_fault *f);

/* What a reference in a document leads to: the full REF and its title as it is said to a person, in the arena. "" both
 * where that is nothing here: another server's, a contained resource, what is deleted. */
AC_MUST enum ac_err ac_reference(const char **ref, const char **title, struct ac_arena *a, struct ac_space *s,
	const char *reference, struct ac_fault *f);

struct ac_author_info {
	const char *author;   /* person, as the owner knows them; or the source of an import */
	const char *device;
};
struct ac_shown_side {
	const char *version, *author, *device;
	int64_t time;         /* ms */
	const struct ac_val *body; /* NULL: deleted */
};
struct ac_shown {
	const char *ref, *type;
	const char *version;  /* heads joined by '+' */
	const char *const *parents; size_t nparents;
	int64_t time;         /* ms, of the newest head */
	const char *author, *device;
	bool conflict, safety, deleted, incomplete, flagged;
	bool late;            /* a version that its device wrote after its removal: no part of the record */
	uint64_t omitted;     /* versions left out, because all together are too many; 0: none */
	struct ac_author_info omits; /* who wrote most of those */
	const struct ac_val *body; /* NULL: deleted, or safety-critical dispute */
	/* What an editor starts from when body is withheld: the merged document with the
	 * latest side's value in each disputed atom (ac_view.body); else equal to body. */
	const struct ac_val *merged;
	const struct ac_shown_side *sides; size_t nsides; /* each head, when safety */
};
/* version NULL: the view. AC_ENOTFOUND. A deleted document without `version` is
 * AC_ENOTFOUND with a sentence that says when and by whom. */
AC_MUST enum ac_err ac_show(struct ac_shown *out, struct ac_arena *a, struct ac_space *s,
	const char *ref, const char *version, struct ac_fault *f);
/* Documents whose versions are more than is put together, so that `omitted` of them, most by
 * `by`, are as if they had not come. Deleted ones are not listed. */
struct ac_overfull { const char *ref; uint64_t omitted; struct ac_author_info by; };
AC_MUST enum ac_err ac_overfull(struct ac_space *s,
	int (*each)(void *ctx, const struct ac_overfull *o), void *ctx, struct ac_fault *f);
/* Reads the bytes of an AC_BLOB held here; for ac_json_write. AC_ENOTFOUND: not
 * on this device (sync.h fetches it). */
struct ac_blob_source ac_space_blobs(struct ac_space *s);

struct ac_past {
	const char *ref, *version;
	const char *const *parents; size_t nparents;
	int64_t time;
	const char *author, *device;
	const char *op;
	bool late;            /* written after its device was removed, and kept unshown */
};
/* Newest first. history: an owner also sees what removed devices wrote late. log: of all
 * documents; late: the same of what removed devices wrote late, for an owner. ac_revert
 * makes such a version part of the record (adopts it). */
AC_MUST enum ac_err ac_history(struct ac_space *s, const char *ref,
	int (*each)(void *ctx, const struct ac_past *p), void *ctx, struct ac_fault *f);
AC_MUST enum ac_err ac_log(struct ac_space *s, uint64_t limit,
	int (*each)(void *ctx, const struct ac_past *p), void *ctx, struct ac_fault *f);
AC_MUST enum ac_err ac_late(struct ac_space *s, uint64_t limit,
	int (*each)(void *ctx, const struct ac_past *p), void *ctx, struct ac_fault *f);
/* v2 NULL: the view. */
AC_MUST enum ac_err ac_compare(const struct ac_change **out, size_t *n, struct ac_arena *a,
	struct ac_space *s, const char *ref, const char *v1, const char *v2, struct ac_fault *f);

struct ac_disputed_side {
	const char *version, *author, *device;
	int64_t time;
	const struct ac_val *value; /* NULL: absent or deleted */
	const struct ac_val *whole; /* as in ac_side: where `fields`, also what all sides agree in */
	bool proposed;              /* a guest's wish */
};
struct ac_disputed {
	const char *ref, *type, *path;
	const char *subject;        /* what the document is about, where its sides agree in it; else "" */
	bool proposal, safety;
	bool fields;                /* as in ac_dispute, of `whole` */
	const struct ac_disputed_side *sides; size_t nsides;
};
AC_MUST enum ac_err ac_conflicts(struct ac_space *s, const char *ref, /* NULL: all */
	int (*each)(void *ctx, const struct ac_disputed *d), void *ctx, struct ac_fault *f);

struct ac_counts {
	uint64_t documents, versions, conflicts, flagged, devices, shares;
};
AC_MUST enum ac_err ac_counts(struct ac_counts *out, struct ac_space *s, struct ac_fault *f);

/* ----------------------------------------------------------------- writing */

struct ac_wrote {
	char ref[AC_REF_MAX];
	char version[AC_VERSION_HEX + 1];
	bool flagged;     /* stored with validation errors (force) */
	char issue[512];  /* the first of them, or "" */
};
enum { AC_FORCE = 1 };
/* AC_EREFUSED: a dispute, a role, or a new validation error without AC_FORCE; the
 * sentence says which. put: JSON; no id: a UUID is given. Equal to what is there:
 * AC_OK, and the version is the one that stands. */
AC_MUST enum ac_err ac_put(struct ac_wrote *out, struct ac_space *s, const void *json, size_t n,
	int flags, struct ac_fault *f);
/* Whole body for an existing document (an editor's result). */
AC_MUST enum ac_err ac_edit(struct ac_wrote *out, struct ac_space *s, const char *ref,
	const void *json, size_t n, int flags, struct ac_fault *f);
/* `sets`: "PATH=VALUE", "PATH:=JSON", "PATH=". */
AC_MUST enum ac_err ac_set(struct ac_wrote *out, struct ac_space *s, const char *ref,
	const char *const *sets, size_t n, int flags, struct ac_fault *f);
AC_MUST enum ac_err ac_rm(struct ac_wrote *out, struct ac_space *s, const char *ref, struct ac_fault *f);
AC_MUST enum ac_err ac_revert(struct ac_wrote *out, struct ac_space *s, const char *ref,
	const char *version, struct ac_fault *f);
/* Takes back this device's last write that it has not taken back yet, by one more version of
 * each document that it wrote: all of them or none. What it changed is as before, what others
 * changed beside that stays. Again and again it goes further back. The first of *out is the
 * document that the write itself answered with; they live in the arena. AC_EREFUSED: others changed
 * the same since, or it was an import or settled a dispute; AC_ENOTFOUND: nothing is left. */
AC_MUST enum ac_err ac_undo(const struct ac_wrote **out, size_t *n, struct ac_arena *a, struct ac_space *s,
	struct ac_fault *f);
/* take: a version (NULL: none); sets as in ac_set; json (n bytes, NULL: none) a whole
 * body. Every disputed safety-critical atom must be named by one of them. */
AC_MUST enum ac_err ac_resolve(struct ac_wrote *out, struct ac_space *s, const char *ref,
	const char *take, const char *const *sets, size_t nsets, const void *json, size_t n,
	int flags, struct ac_fault *f);

/* Whose record it is, for what is written into it: a Reference to the Patient that is here, else
 * one with the name that the record was made for (of several persons none is taken). person: that
 * Patient, or NULL. Both live in the arena. */
AC_MUST enum ac_err ac_subject(const struct ac_val **reference, const struct ac_val **person, struct ac_arena *a,
	struct ac_space *s, struct ac_fault *f);
/* Is a document known to be another person's than that of the Patient whom `reference` names (NULL:
 * of that one)? */
AC_MUST enum ac_err ac_subject_other(bool *out, struct ac_arena *a, struct ac_space *s, const struct ac_val *doc,
	const char *reference, struct ac_fault *f);

/* -------------------------------------------------------------- care plans */

/*
 * The plan of a space is its CarePlan in force that names a template (schema/PLAN.md); of
 * several, which devices made apart, the one that was created first, then by ref. Days are
 * YYYY-MM-DD; `today` is the reader's. Every call that writes: AC_ENOTFOUND without a plan
 * or an item of that name, AC_EUSAGE for words that name nothing, AC_EREFUSED as in put; what
 * it writes is written in one step.
 */
struct ac_careplan {
	const char *ref;
	const struct ac_val *body;
	const struct ac_plan_library *lib;
	struct ac_plan_input input; /* what the plan is made of */
	struct ac_plan plan;
	size_t others;        /* further plans in force */
};
/* Documents of other persons do not count. What a clinician set is told by the versions: who
 * last changed an activity, and whether through a share. All in *out lives in the arena. AC_ENOTFOUND:
 * no plan is in force. */
AC_MUST enum ac_err ac_careplan_read(struct ac_careplan *out, struct ac_arena *a, struct ac_space *s, const char *on,
	struct ac_fault *f);

struct ac_careplan_exposure {
	const char *code;
	const char *value, *unit;              /* a JSON decimal of 0 or more, and its unit, never NULL with it;
	                                        * value NULL: no dose */
	const char *const *refs; size_t nrefs; /* of a new plan's: documents that it is known by */
};
struct ac_careplan_options {
	const char *name;     /* a template's, of the newest edition */
	const char *stage;    /* NULL: the template's, which it must equal */
	const char *since;    /* a FHIR date; NULL: the end where treatment has ended, else today */
	const char *end;      /* of treatment, a FHIR date, or NULL */
	const struct ac_careplan_exposure *exposures; size_t n;
	const char *today;
};
/* AC_EEXIST: a plan is in force. */
AC_MUST enum ac_err ac_careplan_new(struct ac_wrote *out, struct ac_space *s, const struct ac_careplan_options *o,
	struct ac_fault *f);
/* An item is named as its rows name it, or by a unique beginning. ref NULL: a Procedure of
 * that item is written, done `on` (a FHIR date); else the document gets the item's code, and an
 * appointment that was booked for a day until today is fulfilled. */
AC_MUST enum ac_err ac_careplan_done(struct ac_wrote *out, struct ac_space *s, const char *item, const char *on,
	const char *ref, const char *today, struct ac_fault *f);
/* When an item is to be: moments, as in 2026-03-02T09:30:00+01:00. */
struct ac_careplan_booking { const char *start, *end, *with; }; /* with: whom to see, or NULL */
/* An Appointment; one that is booked already moves, or gives way where it is to be with somebody.
 * One that was missed is closed as such. */
AC_MUST enum ac_err ac_careplan_book(struct ac_wrote *out, struct ac_space *s, const char *item,
	const struct ac_careplan_booking *o, const char *today, struct ac_fault *f);
/* The item's open occurrence. */
AC_MUST enum ac_err ac_careplan_skip(struct ac_wrote *out, struct ac_space *s, const char *item, const char *why,
	const char *today, struct ac_fault *f);

/* A new stage, an end of treatment, or both. */
struct ac_careplan_stage {
	const char *stage;
	const char *since;    /* a FHIR date; NULL: the end where treatment has ended, else today; of the
	                       * stage that the plan is in: as it was, and only `end` is written */
	const char *end;      /* of treatment, a FHIR date, or NULL */
	const char *name;     /* a template's; NULL: the plan's own, else the only one for the stage */
	const char *today;
};
AC_MUST enum ac_err ac_careplan_stage(struct ac_wrote *out, struct ac_space *s, const struct ac_careplan_stage *o,
	struct ac_fault *f);

/* What is to be of an item; NULL or 0 leaves as it is. AC_EREFUSED: the care team set it
 * through a share, and this is not a device of theirs. */
struct ac_careplan_change {
	const char *item;     /* NULL: a new one, named after its title */
	const char *title;
	uint32_t min, max;    /* the interval */
	const char *unit;     /* d, wk, mo, a */
	const char *system, *code; /* of a new one: what satisfies it */
	const char *from, *until;  /* days that it holds; from NULL: today */
	const char *why;
	bool remove;
	const char *today;
};
AC_MUST enum ac_err ac_careplan_change(struct ac_wrote *out, struct ac_space *s, const struct ac_careplan_change *o,
	struct ac_fault *f);

/* An exposure that a document speaks of, which the plan does not have and nobody took back. */
struct ac_careplan_found {
	const struct ac_plan_exposure *exposure;
	const char *ref, *title, *date;
	const char *value, *unit;              /* a cumulative dose; "": none */
};
/* By exposure, the newest documents first, a few of each. p NULL: there is no plan yet. All in
 * *out lives in the arena, or is of p. */
AC_MUST enum ac_err ac_careplan_evidence(const struct ac_careplan_found **out, size_t *n, struct ac_arena *a,
	struct ac_space *s, const struct ac_careplan *p, struct ac_fault *f);
/* The items that an exposure brings, or would bring, to the plan, one row of each. All in *out
 * lives in the arena, or is of p. */
AC_MUST enum ac_err ac_careplan_brings(const struct ac_plan_row *const **out, size_t *n, struct ac_arena *a,
	const struct ac_careplan *p, const char *exposure, struct ac_fault *f);
/* Adds one, with what it is found by; where it has no dose, a document's counts. Of one that is
 * there the dose changes. AC_EEXIST: it is there, and no dose is given. */
AC_MUST enum ac_err ac_careplan_expose(struct ac_wrote *out, struct ac_space *s, const struct ac_careplan_exposure *e,
	const char *today, struct ac_fault *f);
/* Takes one back, or says that one that is offered is none. AC_ENOTFOUND: neither is there. */
AC_MUST enum ac_err ac_careplan_unexpose(struct ac_wrote *out, struct ac_space *s, const char *exposure, const char *today,
	struct ac_fault *f);

/* What newer editions of the plan's templates would change. */
struct ac_careplan_update {
	const struct ac_plan_newer *newer; size_t n;      /* none: nothing is newer */
	const struct ac_plan_change *changes; size_t nchanges;
	const struct ac_val *body; /* the plan with them */
};
/* All in *out lives in the arena, or is of p. */
AC_MUST enum ac_err ac_careplan_newer(struct ac_careplan_update *out, struct ac_arena *a, const struct ac_careplan *p,
	struct ac_fault *f);
/* Takes them. AC_EEXIST: nothing is newer. */
AC_MUST enum ac_err ac_careplan_update(struct ac_wrote *out, struct ac_space *s, const char *today, struct ac_fault *f);

/* ------------------------------------------------------------------ import */

struct ac_import_issue {
	const char *file, *ref, *path;  /* ref "" when the document has none yet */
	uint32_t line, column;          /* 0: not known */
	bool error;
	bool refused;                   /* the document was not taken */
	const char *message;
};
struct ac_import_options {
	bool strict;
	const char *source;             /* NULL: from each fullUrl */
	const char *person;             /* NULL, a REF, or "any" */
	void (*issue)(void *ctx, const struct ac_import_issue *i);
	/* Asked once for each file whose Patient differs from the vault's person, or
	 * that holds several, when person is NULL: true takes it, false refuses it (an
	 * issue). `name` is for the terminal only. NULL: refused. */
	bool (*whose)(void *ctx, const char *file, const char *name);
	void *ctx;
	const struct ac_progress *progress;
};
struct ac_import_counts {
	uint64_t files, resources, added, changed, same, older, flagged, refused, skipped;
	struct { char type[64]; uint64_t n; } types[256]; /* taken or same, by type */
	size_t ntypes;
};
/* A file, folder or zip; "-" reads `in`. Memory does not grow with the input.
 * A file that is not FHIR JSON is refused whole (an issue, counted), the others go
 * on. All that was taken is durable when this returns. */
AC_MUST enum ac_err ac_import(struct ac_import_counts *out, struct ac_space *s,
	const char *const *paths, size_t n, const struct ac_source *in,
	const struct ac_import_options *o, struct ac_fault *f);

/* ------------------------------------------------------------------ export */

enum ac_export_format { AC_BUNDLE, AC_NDJSON };
/* refs NULL: all of `types` (NULL: all). Disputed documents come one per side,
 * an id, a tag and a note telling them apart; *disputed counts them. AC_EVERSION, AC_ENET: one
 * holds what no JSON can say, or bytes that are not here; the sentence names it. */
AC_MUST enum ac_err ac_export(struct ac_space *s, const char *const *refs, size_t nrefs,
	const char *const *types, enum ac_export_format format, const struct ac_sink *to,
	uint64_t *disputed, struct ac_fault *f);

/* The same where not all goes along. `with` says of each attachment, by the BLAKE2b-256 of its
 * bytes in hex, whether they do; the element of one that stays is left out. `left` is told of each
 * document that holds what a later program wrote and no JSON can say (AC_LATER), and that is left
 * out; of one in dispute, of each such side, by its version in hex, else NULL. left NULL:
 * AC_EVERSION, as of ac_export. *resources: how many were written. */
struct ac_export_choice {
	bool (*with)(void *ctx, const char hash[static 65]);
	void (*left)(void *ctx, const char *ref, const char *version, const struct ac_val *body);
	void *ctx;
};
AC_MUST enum ac_err ac_export_with(struct ac_space *s, const char *const *refs, size_t nrefs,
	const char *const *types, enum ac_export_format format, const struct ac_export_choice *choice,
	const struct ac_sink *to, uint64_t *resources, uint64_t *disputed, struct ac_fault *f);

/* ------------------------------------------------------------- attachments */

struct ac_attachment {
	const char *ref;       /* the DocumentReference (or other document) that holds it */
	const char *title, *type;
	uint64_t size;
	char hash[65];
	bool here;             /* on this device */
};
/* Makes a DocumentReference (or adds to the one that `to` names). */
AC_MUST enum ac_err ac_attachment_add(struct ac_wrote *out, struct ac_space *s, const char *path,
	const char *to, const char *title, struct ac_fault *f);
AC_MUST enum ac_err ac_attachment_list(struct ac_space *s,
	int (*each)(void *ctx, const struct ac_attachment *a), void *ctx, struct ac_fault *f);
/* AC_ENOTFOUND where no such attachment is; AC_ENET where its bytes are not here. */
AC_MUST enum ac_err ac_attachment_read(struct ac_space *s, const char *ref,
	const struct ac_sink *to, char name[static 256], struct ac_fault *f);

/* Of one attachment, by the BLAKE2b-256 of its bytes in hex (as an AC_BLOB has it): is it on
 * this device? Its bytes; errors as of ac_attachment_read. */
bool ac_attachment_here(struct ac_space *s, const char hash[static 65]);
AC_MUST enum ac_err ac_attachment_bytes(struct ac_space *s, const char hash[static 65], const struct ac_sink *to,
	struct ac_fault *f);

/* ------------------------------------------------------------------ verify */

struct ac_bad {
	const char *what, *affects, *message;
	bool listed;          /* of a backup that said itself that it lacks this: told, not bad */
};
struct ac_verified {
	uint64_t segments, versions, attachments, bad;
	char certificate[4096]; /* path of the file written, or "" */
};
AC_MUST enum ac_err ac_verify(struct ac_verified *out, struct ac_home *h,
	void (*each)(void *ctx, const struct ac_bad *bad), void *ctx,
	const struct ac_progress *progress, struct ac_fault *f);

/* ------------------------------------------------------------------ config */

/* Small settings kept sealed in the home: editor, colour, and the like. */
const char *ac_config_get(struct ac_home *h, const char *key); /* NULL: unset */
AC_MUST enum ac_err ac_config_set(struct ac_home *h, const char *key, const char *value,
	struct ac_fault *f); /* NULL: unset */
int ac_config_each(struct ac_home *h, int (*each)(void *ctx, const char *key, const char *value), void *ctx);

#ifdef __cplusplus
}
#endif
#endif
