/* SPDX-License-Identifier: ISC */
/*
 * aftercare/schema.h: documents as values in memory.
 *
 * A document is one FHIR R4 (4.0.1) resource. This room reads it from JSON,
 * writes it back byte for byte, carries it as canonical msgpack, checks it,
 * names it, compares it, and computes what a person sees of a document that
 * several hands wrote. It touches no disk, no key and no network. The bytes
 * are described in schema/FORMAT.md.
 *
 * Calls are safe from several threads as long as no two share an arena,
 * buffer or fault.
 */
#ifndef AFTERCARE_SCHEMA_H
#define AFTERCARE_SCHEMA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AC_MUST __attribute__((warn_unused_result))
#define AC_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* ------------------------------------------------------------------ errors */

/* Every fallible call returns one of these; on anything but AC_OK its outputs
 * are untouched unless it says otherwise. */
enum ac_err {
	AC_OK = 0,
	AC_ENOMEM,     /* out of memory */
	AC_EUSAGE,     /* the caller's words are wrong (a path, a name, a date) */
	AC_EINVAL,     /* input is not what its format says (JSON, FHIR, age, …) */
	AC_ELIMIT,     /* input is over a ceiling of AC_MAX_… */
	AC_ENOTFOUND,  /* nothing there by that name */
	AC_EEXIST,     /* something is there by that name already */
	AC_EAMBIGUOUS, /* a beginning that fits several names */
	AC_ELOCKED,    /* passphrase missing or wrong */
	AC_ECORRUPT,   /* stored bytes are damaged */
	AC_EFORGED,    /* bytes opened but were not written by who they claim */
	AC_EVERSION,   /* written by a newer program */
	AC_EREFUSED,   /* a rule of the design forbids it (role, dispute, person) */
	AC_EBUSY,      /* another process holds it */
	AC_EIO,        /* the system refused a read or a write */
	AC_ENET,       /* a remote could not be reached or refused */
	AC_EINTERNAL   /* a bug here */
};

/* The one sentence for the person: what, where, what to do next. Every call
 * that may fail for a reason worth telling takes one, last; NULL is allowed. */
struct ac_fault {
	char text[768];
	uint32_t line, column; /* in the input text, 1-based; 0: not known */
};

/* Fills the fault and returns err, so that `return ac_fault(f, AC_EIO, …)` reads. fmt goes
 * through ac_words. */
enum ac_err ac_fault(struct ac_fault *f, enum ac_err err, const char *fmt, ...)
	AC_PRINTF(3, 4);
/* The caller goes on in spite of it: its sentence is not that of a later error. AC_OK. */
enum ac_err ac_fault_past(struct ac_fault *f);

/* ------------------------------------------------------------------- words */

/* Every sentence, pattern and word that this library and those above it have for a person
 * is in English in the source. A program that speaks another language sets once, before
 * other threads, what gives the same in that language (its argument, where it has none):
 * of one text, and of a pair that a number chooses from. NULL, NULL: English again. What is
 * stored or is for programs never passes here. What comes back lives as long as the process. */
typedef const char *(*ac_words_one)(const char *s);
typedef const char *(*ac_words_many)(const char *one, const char *many, unsigned long n);
void ac_words_set(ac_words_one one, ac_words_many many);

const char *ac_words(const char *s) __attribute__((format_arg(1)));
const char *ac_words_plural(const char *one, const char *many, unsigned long n)
	__attribute__((format_arg(1), format_arg(2)));
#define AC_WORD(s) s /* marks what goes through ac_words elsewhere */
const char *ac_words_error(int e); /* what an errno says; safe from several threads */

/* ---------------------------------------------------------------- ceilings */

#define AC_MAX_DEPTH      64u                /* nesting of a document */
#define AC_MAX_JSON       (256u << 20)       /* bytes of one JSON text held whole */
#define AC_MAX_BODY       (64u << 20)        /* bytes of one document as msgpack */
#define AC_MAX_STRING     (64u << 20)        /* bytes of one string */
#define AC_MAX_INLINE     (64u << 10)        /* inline data above this is an attachment */
#define AC_MIN_BASE64     256u               /* shorter strings stay text */
#define AC_MAX_NUMBER     1024u              /* characters of one JSON number */
#define AC_MAX_WORDS      4000u              /* characters of one text in a person's words */
#define AC_MAX_HEADS      4096u              /* heads of one document */
#define AC_MAX_VERSIONS   (1u << 20)         /* versions of one document */
#define AC_MAX_PLACES     (1u << 24)         /* of its versions times those side by side */

#define AC_MERGE_EDITION  1u                 /* the rules of ac_view_make */

/* ----------------------------------------------------------------- buffers */

/* A buffer owns its bytes and wipes them whenever it lets them go: on growth,
 * on reset, on free. `max` is its ceiling (AC_ELIMIT past it); 0: AC_MAX_BODY. */
struct ac_buf {
	unsigned char *p;
	size_t len, cap, max;
};

AC_MUST enum ac_err ac_buf_add(struct ac_buf *b, const void *p, size_t n);
AC_MUST enum ac_err ac_buf_addf(struct ac_buf *b, const char *fmt, ...) AC_PRINTF(2, 3);
AC_MUST enum ac_err ac_buf_room(struct ac_buf *b, size_t n); /* cap - len >= n */
void ac_buf_reset(struct ac_buf *b);  /* empty, memory kept */
void ac_buf_free(struct ac_buf *b);   /* empty, memory returned; b stays usable */

void ac_wipe(void *p, size_t n);      /* never optimised away */

/* An arena owns what it gives out until ac_arena_free, which wipes it. A zeroed
 * struct is an empty arena. `max` bounds the sum (0: 1 GiB). */
struct ac_arena {
	struct ac_chunk *chunks;
	size_t used, max;
};

void *ac_arena_get(struct ac_arena *a, size_t n);  /* zeroed, aligned; NULL: no memory or over max */
char *ac_arena_text(struct ac_arena *a, const char *s, size_t n); /* copy, NUL-ended */
AC_PRINTF(2, 0) const char *ac_arena_printf(struct ac_arena *a, const char *fmt, va_list ap); /* NULL: no memory */
void ac_arena_reset(struct ac_arena *a); /* empty; a little memory is kept for the next use */
void ac_arena_free(struct ac_arena *a);

/* ----------------------------------------------------------------- streams */

/* read fills at most *n bytes and sets *n to how many: 0 is the end. write takes
 * all n bytes or fails. */
struct ac_source {
	enum ac_err (*read)(void *ctx, void *p, size_t *n, struct ac_fault *f);
	void *ctx;
};
struct ac_sink {
	enum ac_err (*write)(void *ctx, const void *p, size_t n, struct ac_fault *f);
	void *ctx;
};

/* ------------------------------------------------------------------ values */

enum ac_kind {
	AC_NIL, AC_BOOL,
	AC_INT,   /* int64_t */
	AC_UINT,  /* uint64_t above INT64_MAX */
	AC_DEC,   /* ext 1: mantissa x 10^exponent, exponent < 0 */
	AC_NUM,   /* ext 2: a number's ASCII text that no other kind gives back */
	AC_STR,   /* UTF-8 */
	AC_BIN,   /* bytes; in JSON canonical base64 of AC_MIN_BASE64 or more characters */
	AC_BLOB,  /* ext 3: bytes kept as an attachment: BLAKE2b-256 and size */
	AC_LATER, /* ext 4 to 127: of a later version; carried as it is, in no JSON */
	AC_ARR, AC_MAP
};

struct ac_dec { int64_t mantissa; int32_t exponent; };
struct ac_blob { unsigned char hash[32]; uint64_t size; };

/* A value borrows everything from the arena that it was made in and is not
 * changed after; the calls below that "change" return a new value sharing the
 * rest. `at` is its byte offset in the JSON text it came from plus one, or 0. */
struct ac_val {
	enum ac_kind kind;
	uint32_t n;    /* AC_STR, AC_BIN, AC_NUM, AC_LATER: bytes; AC_ARR: items; AC_MAP: pairs */
	uint32_t at;
	union {
		bool b;
		int64_t i;
		uint64_t u;
		struct ac_dec dec;
		const char *s;              /* AC_STR, AC_NUM: n bytes and a NUL */
		const unsigned char *bin;   /* AC_LATER: the ext's type, then its bytes; n counts both */
		const struct ac_blob *blob;
		const struct ac_val *items;
		const struct ac_pair *pairs;
	};
};

struct ac_pair {
	const char *key;  /* nkey bytes and a NUL */
	uint32_t nkey;
	struct ac_val val;
};

const struct ac_val *ac_val_get(const struct ac_val *map, const char *key); /* NULL: no map, no key */
const char *ac_val_str(const struct ac_val *map, const char *key);          /* NULL: not a string there */
const struct ac_val *ac_val_list(const struct ac_val *map, const char *key); /* an empty one: not an array there */
bool ac_val_equal(const struct ac_val *a, const struct ac_val *b);          /* same canonical bytes */

/* v with each value in it that pick() picks as put() makes it anew: what leads to one is copied
 * into a, the rest is shared; v itself where there is none. What becomes AC_NIL is no member of its
 * object any more. AC_ENOMEM, and what put() says. */
AC_MUST enum ac_err ac_val_replace(const struct ac_val **out, struct ac_arena *a, const struct ac_val *v,
	bool (*pick)(const struct ac_val *), enum ac_err (*put)(struct ac_val *v, void *ctx, struct ac_fault *f),
	void *ctx, struct ac_fault *f);

/* --------------------------------------------------------- JSON and msgpack */

/*
 * RFC 8259 JSON, strictly: UTF-8, no duplicate keys, no lone surrogates, depth
 * and size under the ceilings; a leading byte order mark is passed over. Any
 * root is accepted (a document's root must be an object: ac_doc_check says so).
 * AC_EINVAL and AC_ELIMIT carry line and column.
 */
AC_MUST enum ac_err ac_json_read(const struct ac_val **out, struct ac_arena *a,
	const void *text, size_t n, struct ac_fault *f);

/* Minified: no white space, keys in the value's order, strings escaped as
 * RFC 8785 writes them, numbers as they were spelled. An AC_BLOB is written
 * through `blob` (which appends its raw bytes) or fails with AC_ENOTFOUND; an
 * AC_LATER fails with AC_EVERSION. */
struct ac_blob_source {
	enum ac_err (*read)(void *ctx, struct ac_buf *raw, const struct ac_blob *blob, struct ac_fault *f);
	void *ctx;
};
AC_MUST enum ac_err ac_json_write(struct ac_buf *out, const struct ac_val *v,
	const struct ac_blob_source *blobs, struct ac_fault *f);
/* The same, indented by two spaces a level, for people. */
AC_MUST enum ac_err ac_json_write_pretty(struct ac_buf *out, const struct ac_val *v,
	const struct ac_blob_source *blobs, struct ac_fault *f);
/* A string as JSON, in the arena. NULL: no memory. */
const char *ac_json_quote(struct ac_arena *a, const char *s);

/* Line and column (1-based, column in bytes) in a text of a value's `at`, which
 * is an offset plus one; an `at` of 0 gives 0 and 0. */
void ac_json_position(const void *text, size_t n, uint32_t at, uint32_t *line, uint32_t *column);

/* Canonical msgpack: shortest forms, no duplicate keys, UTF-8 checked, no
 * float, ext 1 to 3 in their canonical form, ext 4 to 127 as they are. ac_mp_read takes exactly one
 * value that fills the n bytes; what it accepts, ac_mp_write gives back. */
AC_MUST enum ac_err ac_mp_write(struct ac_buf *out, const struct ac_val *v);
/* The same for a value that will stand `depth` deep in another: AC_MAX_DEPTH counts
 * from there. */
AC_MUST enum ac_err ac_mp_write_in(struct ac_buf *out, const struct ac_val *v, unsigned depth);
AC_MUST enum ac_err ac_mp_read(const struct ac_val **out, struct ac_arena *a,
	const void *p, size_t n, struct ac_fault *f);
/* What a document's body must be beyond that, so that one JSON text has one
 * body: the root is a map; a string is bin exactly when it is canonical base64
 * of AC_MIN_BASE64 or more characters. */
bool ac_mp_is_body(const struct ac_val *v);
/* v with each text in it that the JSON reader makes bytes as those; v itself where there is none. */
AC_MUST enum ac_err ac_mp_body(const struct ac_val **out, struct ac_arena *a, const struct ac_val *v);
/* Is there a value of a later version in it? */
bool ac_val_later(const struct ac_val *v);

/* ------------------------------------------------- building and changing values */

struct ac_val ac_val_int(int64_t i);
struct ac_val ac_val_bool(bool b);
struct ac_val ac_val_text(const char *s);                   /* borrows s */
struct ac_val ac_val_bytes(const void *p, size_t n);        /* borrows p */
/* NULL: no memory. `val` is copied shallowly. set: replaces, or appends the key. */
const struct ac_val *ac_val_set(struct ac_arena *a, const struct ac_val *map,
	const char *key, const struct ac_val *val);
const struct ac_val *ac_val_unset(struct ac_arena *a, const struct ac_val *map, const char *key);
const struct ac_val *ac_val_append(struct ac_arena *a, const struct ac_val *arr, const struct ac_val *val);
const struct ac_val *ac_val_copy(struct ac_arena *a, const struct ac_val *v); /* deep */

/* A PATH is `a.b[0].c`; of get, "" is the document. get: NULL where nothing is.
 * set: missing objects are made, an index one past the end appends, further is
 * AC_EUSAGE; a NULL value deletes (an object or array that becomes empty goes
 * too, but never the document), AC_ENOTFOUND where nothing is. The arrays X and
 * _X of a repeating primitive stay aligned: deleting X[i] takes _X[i] along,
 * deleting _X[i] leaves null there, and nulls fill up _X to the place set. */
const struct ac_val *ac_path_get(const struct ac_val *doc, const char *path);
AC_MUST enum ac_err ac_path_set(const struct ac_val **out, struct ac_arena *a,
	const struct ac_val *doc, const char *path, const struct ac_val *val, struct ac_fault *f);
/* The VALUE of `set PATH=VALUE`: takes the JSON type of what is there now, else
 * of the element's FHIR type, else string. AC_EUSAGE: it is no such value, is
 * empty, or an object or array is there; AC_ELIMIT. */
AC_MUST enum ac_err ac_path_value(const struct ac_val **out, struct ac_arena *a,
	const struct ac_val *doc, const char *path, const char *text, struct ac_fault *f);

/* --------------------------------------------------------------- documents */

/* An object with a resourceType that is a name: what every store accepts.
 * AC_EINVAL with the sentence otherwise. */
AC_MUST enum ac_err ac_doc_check(const struct ac_val *doc, struct ac_fault *f);

bool ac_fhir_type_known(const char *type);      /* one of R4's 146 concrete resources */
bool ac_fhir_id_ok(const char *id);             /* [A-Za-z0-9\-\.]{1,64} */

/* One finding of validation. path is a FHIRPath from the resource. */
struct ac_issue {
	bool error;          /* else a warning */
	const char *path;
	const char *message; /* one sentence */
	uint32_t at;         /* as ac_val.at of the value found wrong */
};
/* Every structural rule of R4: names, JSON types, cardinalities, choices,
 * primitive syntax, required codes, empty objects and arrays, null misuse,
 * the Bundle and containment rules. Calls `each` per finding, in document
 * order; returns AC_OK also when there are findings. `errors` counts them. */
AC_MUST enum ac_err ac_validate(const struct ac_val *doc,
	void (*each)(void *ctx, const struct ac_issue *issue), void *ctx, size_t *errors);

/* What lists and searches show. Text lives in the arena; "" where nothing fits.
 * date: first of effective, onset, performed, authoredOn, recordedDate,
 * period.start, date, issued (a Period's start). title: a person's words. */
const char *ac_doc_date(struct ac_arena *a, const struct ac_val *doc);
const char *ac_doc_title(struct ac_arena *a, const struct ac_val *doc);
/* As it is said to a person: what forms and plans wrote goes through ac_words. Never stored. */
const char *ac_doc_said(struct ac_arena *a, const struct ac_val *doc);
const char *ac_doc_subject(struct ac_arena *a, const struct ac_val *doc); /* that without result or dose */
const char *ac_doc_result(struct ac_arena *a, const struct ac_val *doc);  /* result or dose alone */
/* Every word worth finding: strings, displays, codes and text, never base64. */
AC_MUST enum ac_err ac_doc_words(struct ac_buf *out, const struct ac_val *doc);
/* Calls `each` for each Coding.code of the document's own code elements. */
void ac_doc_codes(const struct ac_val *doc,
	void (*each)(void *ctx, const char *system, const char *code), void *ctx);

/* schema/FORMAT.md, "Whose record": true when two Patients share no identifier and
 * their names or birth dates differ. */
bool ac_person_differs(const struct ac_val *a, const struct ac_val *b);

/* "A newcomer whose key is taken but whose code and date are another record's":
 * true when both have a code and a date and neither the code nor the date is
 * the same, or the Patients differ. */
bool ac_doc_stranger(const struct ac_val *have, const struct ac_val *newcomer);

/* A moment of FHIR (instant, dateTime, date) in milliseconds since 1970 UTC,
 * at the beginning of what its precision names; false if it is none. */
bool ac_time_read(const char *s, int64_t *ms);
void ac_time_write(char out[static 32], int64_t ms); /* RFC 3339, UTC, milliseconds */

/* ------------------------------------------------------------- measurements */

/* One number that an Observation or a component of it has. Borrowed from the document or in
 * the arena; no text is NULL, "" is none. */
struct ac_measure {
	const char *date;             /* as written */
	int64_t ms;                   /* its beginning; 0 without a date */
	const char *comparator;       /* <, <=, >=, > */
	const struct ac_val *value;   /* a number */
	const char *unit;             /* UCUM's code, else as written */
	const char *shown;            /* the unit as people write it */
	const struct ac_val *low, *high; /* of its normal range, in that unit; NULL: none */
};
/* What one document has under any of the codes (a code, system|code, or the text of what has no
 * coding; NULL-ended). None of
 * what is no Observation, entered in error, cancelled, or without a number. The value
 * counts where the document's own code is among them, a component's where its own is. */
AC_MUST enum ac_err ac_measure_read(const struct ac_measure **out, size_t *n, struct ac_arena *a,
	const struct ac_val *doc, const char *const *codes);
/* Does the code of a document or of a component stand among the codes? */
bool ac_measure_coded(const struct ac_val *v, const char *const *codes);
/* A number for drawing, never for keeping: it is rounded. */
double ac_measure_number(const struct ac_val *v);

/* ------------------------------------------------- atoms, diff, and the view */

/*
 * An atom is the smallest thing that merging treats as one value; the table of
 * atoms and of the safety-critical ones is schema/atoms.c's, described in
 * schema/FORMAT.md. A path names it: FHIRPath from the resource without its
 * type ("note[0].text", "dosageInstruction"), "" for the whole document
 * (deleted against edited), and for a group the first element present.
 */
struct ac_change {
	const char *path;
	const struct ac_val *from, *to; /* NULL: absent there */
	bool safety;
};
/* The atoms in which two bodies of one type differ, in the order of `to` then
 * `from`; NULL is a deleted body. The array lives in the arena. */
AC_MUST enum ac_err ac_diff(const struct ac_change **out, size_t *n, struct ac_arena *a,
	const struct ac_val *from, const struct ac_val *to);

enum ac_op { /* numbers are the format's */
	AC_OP_IMPORT = 0, AC_OP_PUT = 1, AC_OP_SET = 2, AC_OP_EDIT = 3, AC_OP_RM = 4,
	AC_OP_REVERT = 5, AC_OP_RESOLVE = 6, AC_OP_CONTRIBUTE = 7, AC_OP_UNDO = 8
};
const char *ac_op_name(enum ac_op op);

/* One version as the view needs it. Nodes may come in any order; parents are
 * indexes into the same array. */
struct ac_node {
	unsigned char id[32];
	const uint32_t *parents;
	uint32_t nparents;
	uint64_t time;              /* hybrid logical clock: ms << 16 | counter */
	uint32_t author;            /* equal numbers are one author */
	enum ac_op op;
	bool guest;                 /* not an owner's: its safety-critical changes are proposals */
	bool incomplete;            /* a parent has not arrived (parents then hold all it had seen) */
	bool settled;               /* an owner's, after versions left out: what they settled, it says */
	const struct ac_val *body;  /* NULL: deleted */
};

struct ac_side {
	uint32_t node;              /* who wrote it */
	const struct ac_val *value; /* NULL: absent, deleted */
};

struct ac_dispute {
	const char *path;
	bool fields;                /* values are maps of elements, the path's among them */
	bool safety;
	bool proposal;              /* a guest's wish; the view keeps the owner's value */
	const struct ac_side *sides;/* by time, then id, ascending; distinct values */
	uint32_t nsides, naccepted; /* of a proposal, the accepted ones come first; else all are */
};

struct ac_view {
	const struct ac_val *body;  /* the merged document; NULL: deleted. Where an atom is in
	                               conflict it holds the latest side's value */
	const uint32_t *heads;      /* node indexes, by id ascending */
	uint32_t nheads;
	const struct ac_dispute *disputes;
	uint32_t ndisputes;
	bool conflict;              /* a dispute that is no proposal */
	bool safety;                /* one of those is safety-critical: show no single body */
	bool incomplete;
	bool hidden;                /* what is not shown holds a dispute, which comes back with it */
};

/*
 * The view: a pure function of the set of versions (not of their order), as
 * schema/FORMAT.md defines it. Everything returned lives in the arena or
 * borrows from the nodes. AC_EINVAL: parents form a cycle or point outside. AC_ELIMIT: more
 * versions than AC_MAX_VERSIONS, or too many side by side (AC_MAX_PLACES).
 */
AC_MUST enum ac_err ac_view_make(struct ac_view *out, struct ac_arena *a, const char *type,
	const struct ac_node *nodes, uint32_t n, struct ac_fault *f);

/* The body of a resolve: `base` (a view's merged body) with each dispute's atom
 * at `path` set to the value that `from` (a whole body; NULL: deleted) has. */
AC_MUST enum ac_err ac_view_take(const struct ac_val **out, struct ac_arena *a, const char *type,
	const struct ac_val *base, const char *path, const struct ac_val *from, struct ac_fault *f);

/* --------------------------------------------------------- a person's words */

/*
 * What a value says, what an element is called, and in what values differ, as a
 * person would write it. Texts are one line each, fit for a terminal, at most
 * AC_MAX_WORDS characters (what was cut ends in an ellipsis), and live in the
 * arena. They are for reading: no program should take them apart.
 */

/* The text of a value of a FHIR type ("Quantity", "AllergyIntolerance.reaction").
 * NULL or a type that nobody knows: objects are short JSON. "" where v is NULL. */
AC_MUST enum ac_err ac_say_value(const char **out, struct ac_arena *a, const char *type,
	const struct ac_val *v);
/* What the element at a PATH of a document of that type is called. */
AC_MUST enum ac_err ac_say_label(const char **out, struct ac_arena *a, const char *type, const char *path);

/* One thing in which values differ: its name, and its text on each side; "nothing"
 * where a side has none. Two sides that differ there never have the same text. */
struct ac_part {
	const char *label;
	const char *const *text;
};
/* In what the n values (1 or more; NULL: absent) at a PATH differ, one part for each
 * thing. fields: the values are maps of elements that stand beside the path's, as in
 * ac_dispute. No part where all are the same. */
AC_MUST enum ac_err ac_say_parts(const struct ac_part **out, size_t *nparts, struct ac_arena *a,
	const char *type, const char *path, bool fields, const struct ac_val *const *values, size_t n);
/* The same of what ac_diff found; two texts each, of `from` and `to`. */
AC_MUST enum ac_err ac_say_changes(const struct ac_part **out, size_t *nparts, struct ac_arena *a,
	const char *type, const struct ac_change *changes, size_t n);

/* What a document is, in a word ("Diagnosis", "Lab result"); doc NULL: by its type alone. */
AC_MUST enum ac_err ac_say_kind(const char **out, struct ac_arena *a, const char *type, const struct ac_val *doc);
/* How it stands ("in remission", "stopped", "high" of a result beyond its range); "" where
 * there is nothing to mention. */
AC_MUST enum ac_err ac_say_standing(const char **out, struct ac_arena *a, const struct ac_val *doc);
/* The same of what has a value and ranges: an Observation, a component. Constant. */
const char *ac_say_reading(const struct ac_val *holder);

/* A document as a sheet to read, what matters first, with everything in it; the narrative
 * stands only where there is nothing else. text and note may be foreign, of any length and
 * of several lines: they are to be made fit for where they are shown. */
struct ac_sheet_row {
	unsigned depth;       /* how far in it stands */
	const char *label;
	const char *text;     /* "": a heading of what follows deeper */
	const char *note;     /* codes behind it, who said it, where it points; "" */
	bool small;           /* about the record, not the patient: always the last rows */
};
/* What a reference leads to, in a few words; "" where nobody knows. */
struct ac_sheet_titles { const char *(*title)(void *ctx, const char *reference); void *ctx; };
AC_MUST enum ac_err ac_say_sheet(const struct ac_sheet_row **rows, size_t *n, struct ac_arena *a,
	const struct ac_val *doc, const struct ac_sheet_titles *titles);

/* "today 09:10", "yesterday 14:02", "Monday 14:02" within the last six days, else
 * "20 Nov 2026 14:02"; both as the reader's clock has them. */
struct tm;
AC_MUST enum ac_err ac_say_when(const char **out, struct ac_arena *a, const struct tm *then,
	const struct tm *now);

/* -------------------------------------------------- common laboratory tests */

/*
 * What `add lab` and `trend` know of common tests and vital signs: schema/lab_data.c. The
 * codes of a test differ by what is measured (a mass or an amount of substance), so they
 * stand with the units. Ranges are of adults, differ from one laboratory to the next, and
 * nobody compared ours with their source: a range that stands in a record always wins.
 */
struct ac_lab_unit {
	const char *unit;             /* UCUM; NULL ends a list */
	double times, plus;           /* value * times + plus is in the test's first unit */
	const char *loinc, *display;  /* NULL: LOINC has no code that we know; then the code is
	                                 the test's name in AC_LAB_SYSTEM */
};

struct ac_lab_range {             /* in the test's first unit */
	const char *sex;              /* "female", "male" (FHIR's words), "": anyone; NULL ends a list */
	const char *low, *high;       /* decimals; NULL: open */
	const char *source, *url;
	bool reviewed;
};

#define AC_LAB_SYSTEM "urn:aftercare:lab"

struct ac_lab {
	const char *name;             /* "wbc"; NULL ends the table */
	const char *title;            /* "White blood cells" */
	const char *category;         /* of observation-category: "laboratory", "vital-signs", ... */
	const char *names;            /* what else people call it, with | between */
	const char *codes;            /* LOINC codes beside those of its units, with | between */
	const char *least, *most;     /* what lies outside is questioned; in the first unit */
	struct ac_lab_unit units[7];  /* the first is what a bare number is in */
	struct ac_lab_range ranges[4];
};

const struct ac_lab *ac_lab_table(void);                /* ended by a NULL name */
/* By a name in any spelling, a title, or a LOINC code; NULL: none. */
const struct ac_lab *ac_lab_find(const char *word);
/* The test that is called most like it; NULL: nothing is near. */
const struct ac_lab *ac_lab_nearest(const char *word);
/* The unit of a test in any spelling ("10^9/L", "mcmol/l"); NULL: not one of its units. */
const struct ac_lab_unit *ac_lab_unit(const struct ac_lab *lab, const char *unit);
/* The range for a FHIR gender; NULL: none, or it is another for each sex and `sex` is neither. */
const struct ac_lab_range *ac_lab_range(const struct ac_lab *lab, const char *sex);

/* -------------------------------------------------------------------- forms */

/*
 * What a person fills in, made into one FHIR resource: schema/FORMS.md says which. A pure
 * function of the answers. Fields are told by their place in the form.
 */
#define AC_MAX_FIELDS 12u
#define AC_MAX_ANSWER 4000u           /* bytes of one answer */

enum ac_field_kind {
	AC_FIELD_TEXT, AC_FIELD_NUMBER,
	AC_FIELD_DATE,                /* a FHIR date or dateTime */
	AC_FIELD_MOMENT,              /* a dateTime with its time and zone */
	AC_FIELD_FLAG                 /* "" or "yes" */
};
struct ac_form_field {
	const char *name;             /* "unit"; NULL ends a list */
	const char *ask;              /* the question; NULL: it is not asked */
	enum ac_field_kind kind;
	bool required;
	bool word;                    /* may be given by its place, in the order of fields */
};
struct ac_form {
	const char *name;             /* "lab"; NULL ends the list */
	struct ac_form_field fields[AC_MAX_FIELDS + 1];
};
/* NULL: none. They stand one behind the other, and a NULL name ends them. */
const struct ac_form *ac_form_find(const char *name);

struct ac_form_input {
	const struct ac_form *form;
	const char *answers[AC_MAX_FIELDS]; /* by field; NULL or "": none */
	const struct ac_val *subject; /* a Reference: whose record it is */
	const char *sex;              /* FHIR's gender of that person; NULL: not known */
	const char *now;              /* a dateTime with a zone; its first ten characters are today */
};

enum ac_form_call {                   /* is somebody to be called about it? */
	AC_CALL_NOBODY,
	AC_CALL_DISTRESS,             /* a high score of distress */
	AC_CALL_LISTED,               /* a symptom of the list that sources give */
	AC_CALL_TELL                  /* a severe one, or one that no source was read for */
};
struct ac_form_made {
	const struct ac_val *body;    /* without an id; valid by ac_validate */
	const char *doubt;            /* a sentence: it can hardly be meant so; NULL: nothing is odd */
	const char *meant;            /* with a doubt: the unit in which nothing would be odd; NULL: none, or
	                               * a unit was given */
	const char *about;            /* a sentence that puts it into its place; "": none */
	enum ac_form_call call;
	int field;                    /* where AC_EUSAGE: the field that is wrong */
};
/* AC_EUSAGE: an answer is missing or is no such thing; the fault says which and what to
 * write, and out->field is set. */
AC_MUST enum ac_err ac_form_make(struct ac_form_made *out, struct ac_arena *a, const struct ac_form_input *in,
	struct ac_fault *f);
/* One answer by itself, as far as the others are known: for asking one by one. */
AC_MUST enum ac_err ac_form_check(const struct ac_form_input *in, int field, struct ac_fault *f);

/* Of a document that a form made: the item of care plans that it stands beside
 * ("questions", "people", "insurance", "symptoms", "food"); NULL: none, or it is over. `line`: what
 * it says in one line. */
const char *ac_form_beside(const char **line, struct ac_arena *a, const struct ac_val *doc, const char *today);

/* The text of an Annotation as it is said to a person: through ac_words where a form wrote it, else as
 * it stands. In the arena, or borrowed from it. NULL: it has none. Never stored. */
const char *ac_form_note_text(struct ac_arena *a, const struct ac_val *annotation);

/* -------------------------------------------------------------- care plans */

/*
 * schema/PLAN.md is the contract: what a plan is in FHIR, what a template file
 * holds, and what is due when. What is returned lives in the arena or borrows
 * from what was given.
 */
#define AC_MAX_PLAN_NUMBER 4800u      /* of an interval, slack, or months of a phase */

/* Templates, read and checked against each other. */
struct ac_plan_library;

struct ac_plan_text {
	const char *name;             /* what a fault calls it */
	const void *text;
	size_t n;
};
/* AC_EINVAL with line and column: a file breaks a rule of PLAN.md, or names what
 * no file defines. */
AC_MUST enum ac_err ac_plan_library_read(const struct ac_plan_library **out, struct ac_arena *a,
	const struct ac_plan_text *texts, size_t n, struct ac_fault *f);
/* Those that the program has. */
AC_MUST enum ac_err ac_plan_library_builtin(const struct ac_plan_library **out, struct ac_arena *a,
	struct ac_fault *f);

struct ac_plan_template {
	const char *name, *title, *about;
	uint32_t edition;
	const char *stage;            /* never NULL: parts are not listed */
	const char *source, *url;     /* "": none */
	bool reviewed;                /* each line of it and of its parts */
};
/* By name, then edition; i from 0; NULL past the end. */
const struct ac_plan_template *ac_plan_library_template(const struct ac_plan_library *lib, size_t i);

struct ac_plan_exposure {
	const char *code, *title;     /* of urn:aftercare:plan */
	const char *unit;             /* of doses, UCUM; "": doses are not compared */
	/* How records speak of it: words in lower case without marks, with blanks between, all of
	 * which stand there. An offer only: a plan takes what a person says. */
	const char *const *found_by; size_t nfound_by;
};
/* By code; each once. */
const struct ac_plan_exposure *ac_plan_library_exposure(const struct ac_plan_library *lib, size_t i);
#define AC_PLAN_CODES    "urn:aftercare:plan"           /* of stages, ends of treatment and exposures */
#define AC_PLAN_ITEMS    "urn:aftercare:plan-item"
#define AC_PLAN_TEMPLATE "urn:aftercare:plan-template:" /* NAME:EDITION */
/* Calls `each` with each code by which a record can satisfy an item of a template: its own
 * of urn:aftercare:plan-item, and those of its tests. A code may come several times. */
void ac_plan_library_codes(const struct ac_plan_library *lib,
	void (*each)(void *ctx, const char *system, const char *code), void *ctx);

struct ac_plan_doc { const char *ref; const struct ac_val *body; };
struct ac_plan_author {
	const char *activity;         /* element id */
	const char *name;
	bool clinician;
};

struct ac_plan_input {
	const struct ac_plan_library *lib;
	const struct ac_val *careplan;
	/* Any of the person's documents, none of another's, in any order; a ref once.
	 * Those that count: what supportingInfo names, what was done or is booked, and Coverages. */
	const struct ac_plan_doc *docs;
	size_t ndocs;
	const struct ac_plan_author *authors; /* who wrote an activity last */
	size_t nauthors;
	const char *birth;            /* a FHIR date; NULL or "": not known */
	const char *on;               /* YYYY-MM-DD */
};

enum ac_plan_state { /* in the order of rows */
	AC_PLAN_OVERDUE, AC_PLAN_DUE, AC_PLAN_NEXT, AC_PLAN_DONE, AC_PLAN_SKIPPED
};
const char *ac_plan_state_name(enum ac_plan_state state);

struct ac_plan_row {              /* no text is NULL; "" is none */
	const char *item, *title;
	enum ac_plan_state state;
	const char *due, *from, *until; /* YYYY-MM-DD */
	const char *reason, *rule, *exposure, *source, *url;
	bool reviewed;
	bool beside;                  /* beside the schedule: advice, insurance */
	const char *satisfied_by;     /* ref */
	const char *by;               /* who set it, where no template did */
	const char *booked, *booked_on; /* ref and day of an appointment */
	const char *missed, *missed_on; /* of one whose day is over, and nothing says that it took place */
	const char *ends;             /* of the Coverage by whose end it is due: ref */
	uint32_t min, max;            /* the interval; unit "": none */
	const char *unit;             /* d, wk, mo, a */
};

struct ac_plan_note { const char *text, *about; }; /* a whole sentence; a name or "" */

struct ac_plan_had {              /* an exposure that the plan names */
	const char *code, *ref;       /* its Observation */
	const char *value, *unit;     /* the dose; "": not known */
	bool counts;                  /* false: the Observation was taken back, or never was true */
};

struct ac_plan {
	const char *stage, *since;    /* since as written; "" where not known */
	const char *anchor;           /* the date that it counts from, as written */
	const struct ac_plan_row *rows;
	size_t nrows;
	const struct ac_plan_note *notes;
	size_t nnotes;
	const struct ac_plan_had *had; /* by code, those that count first, the largest dose first */
	size_t nhad;
};

/* What is due, a pure function of its input: the order of documents, activities
 * and authors does not matter. AC_EUSAGE: `on` or `birth` is no date; AC_EINVAL: the
 * document is no CarePlan. Odd elements inside it are passed over. */
AC_MUST enum ac_err ac_plan_make(struct ac_plan *out, struct ac_arena *a,
	const struct ac_plan_input *in, struct ac_fault *f);
/* Its texts as they are said to a person: through ac_words. For what shows a plan, never for
 * what writes from one. */
AC_MUST enum ac_err ac_plan_words(struct ac_plan *p, struct ac_arena *a);
AC_MUST enum ac_err ac_plan_words_row(struct ac_plan_row *r, struct ac_arena *a);

/* A template that the plan follows, and the newest edition of it that is here. */
struct ac_plan_newer { const struct ac_plan_template *from, *to; };
/* Those of which there is a newer one, and the plan with these: *careplan is in->careplan where
 * there is none. A plan stays on its editions until somebody takes it. AC_EINVAL: no CarePlan. */
AC_MUST enum ac_err ac_plan_newest(const struct ac_val **careplan, const struct ac_plan_newer **list, size_t *n,
	struct ac_arena *a, const struct ac_plan_input *in, struct ac_fault *f);

struct ac_plan_change {
	const struct ac_plan_row *was, *becomes; /* of one item; NULL: it is not in that plan */
	size_t was_done, becomes_done;           /* records that count for it */
};
/* The items in which two plans differ, by name. AC_ENOMEM. */
AC_MUST enum ac_err ac_plan_compare(const struct ac_plan_change **out, size_t *n, struct ac_arena *a,
	const struct ac_plan *before, const struct ac_plan *after);

#ifdef __cplusplus
}
#endif
#endif
