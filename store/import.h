/* SPDX-License-Identifier: ISC */
/*
 * store/import.h, private to the import: what its files share.
 *
 *   import.c        what a person names: files, folders, standard input
 *   import_ahead.c  the small files of a folder, read and parsed ahead by a thread
 *   import_zip.c    the members of a zip
 *   import_input.c  any input, made readable more than once
 *   import_walk.c   a text in pieces that fit into memory
 *   import_file.c   one file: is it FHIR, whose is it, then each of its documents
 *   import_take.c   one document: its key, what came before, into the chain
 */
#ifndef AC_STORE_IMPORT_H
#define AC_STORE_IMPORT_H

#include <dirent.h>

#include "store/home.h"

/* ------------------------------------------------------------------- inputs */

/* What can be read again from its beginning. A file as it is; anything else is kept as
 * it comes: the beginning in memory, the rest in a file without a name that is sealed
 * under a key which nobody else has and which goes when the input does. */
struct ac_import_input;
AC_MUST enum ac_err ac_import_input_file(struct ac_import_input **out, int fd, struct ac_fault *f); /* takes fd */
AC_MUST enum ac_err ac_import_input_spool(struct ac_import_input **out, const char *dir,
	const struct ac_source *from, struct ac_fault *f);
AC_MUST enum ac_err ac_import_input_rewind(struct ac_import_input *in, struct ac_fault *f);
AC_MUST enum ac_err ac_import_input_read(struct ac_import_input *in, void *p, size_t *n, struct ac_fault *f);
uint64_t ac_import_input_size(const struct ac_import_input *in);
void ac_import_input_free(struct ac_import_input *in);

/* -------------------------------------------------------------------- walks */

/* A piece of a text and where it stands there. */
struct ac_import_piece {
	const unsigned char *p;
	size_t n;
	uint64_t line, column;   /* of its first byte, 1-based */
	bool toolong;            /* over AC_MAX_JSON: p is its beginning */
};
typedef enum ac_err ac_import_each(void *ctx, const struct ac_import_piece *piece, struct ac_fault *f);

/* The text of an object without the items of its `entry` array. */
struct ac_import_shell {
	struct ac_buf text;      /* free it */
	bool hole;               /* there is such an array; `text` has it empty */
	bool lines;              /* another value follows the first: a line each */
	size_t at;               /* of the hole in text, and where the file goes on behind it */
	uint64_t line, column;
};
/* Calls each (NULL: passes over) for every item; free shell->text also after an error.
 * An item is delimited, not checked: ac_json_read does that, for it and for the shell. */
AC_MUST enum ac_err ac_import_walk(struct ac_import_shell *shell, struct ac_import_input *in,
	ac_import_each *each, void *ctx, struct ac_fault *f);
/* Every line that is not blank. */
AC_MUST enum ac_err ac_import_lines(struct ac_import_input *in, ac_import_each *each, void *ctx, struct ac_fault *f);

/* --------------------------------------------------------------- the import */

struct ac_import_seen { unsigned char key[16], body[16]; bool used; };

/* Of a document: source, type and id, and a name made of them. */
struct ac_import_key {
	const char *source, *type, *id;
	/* body: equal only of equal bodies; a hash of the bytes or, found ahead, of the version */
	unsigned char name[16], body[16];
};

struct ac_import_ahead;
struct ac_import {
	struct ac_space *s;
	const struct ac_import_options *o;
	struct ac_import_counts *c;
	struct ac_append batch;
	bool open;                      /* the batch is */
	size_t bytes;                   /* in the batch */
	struct ac_import_seen *seen;    /* documents in the batch, by key */
	size_t nseen, cseen;
	struct ac_arena arena;          /* of person */
	const struct ac_val *person;    /* the vault's; NULL: none yet */
	struct ac_facts facts;          /* of the document at hand */
	struct ac_arena found;          /* for one that was found ahead */
	struct ac_import_ahead *ahead;  /* NULL: no folder, or no thread */
	uint64_t taken;                 /* documents taken, or there already */
	uint64_t done, of;              /* bytes, for progress */
	enum ac_err why;                /* of the first refusal */
	char said[512];
};

/* One document and where it came from. */
struct ac_import_found;
struct ac_import_doc {
	const char *file;
	const char *url;                /* fullUrl, or NULL */
	const struct ac_val *body;      /* NULL: found ahead, and not read yet */
	const struct ac_import_piece *piece;
	struct ac_arena *arena;
	const struct ac_val *bare;      /* the body as it is stored */
	struct ac_facts *facts;         /* what the index keeps of it */
	const struct ac_import_found *found; /* ahead, those too; NULL: not yet */
};

/* Body and bare, as far as they are not there yet. */
AC_MUST enum ac_err ac_import_read(struct ac_import_doc *d, struct ac_fault *f);
AC_MUST enum ac_err ac_import_file(struct ac_import *im, const char *name, struct ac_import_input *in,
	struct ac_fault *f);

/* What was found of a small file that is one document. The value is not kept: it takes
 * ten times the room of all this, and a new document without findings does not need it. */
struct ac_import_found {
	bool ready;                     /* else it must be read otherwise */
	struct ac_buf path, text, words; /* path: with its NUL; words: key's and facts' */
	struct ac_facts facts;
	struct ac_import_key key;
	struct ac_name name;            /* as the first version of its document */
};
AC_MUST enum ac_err ac_import_found(struct ac_import *im, const char *name, struct ac_import_found *found,
	struct ac_fault *f);

/* A thread that walks a folder and those in it, each in the order of its names, and looks
 * at the files for which `may` is true. For each of them take, in the same order; NULL
 * means that the file must be read otherwise. What was taken is good until the next is.
 * source and path are borrowed. NULL: no thread. */
bool ac_import_ahead_may(const struct dirent *d);
struct ac_import_ahead *ac_import_ahead_new(const struct ac_space *s, const char *source, const char *path);
struct ac_import_found *ac_import_ahead_take(struct ac_import_ahead *a, const char *path);
void ac_import_ahead_free(struct ac_import_ahead *a);

#define AC_IMPORT_FOLDERS 64u /* one in another */
/* The names of a folder in the order of their bytes, whatever the language; as scandir. */
int ac_import_names(struct dirent ***list, const char *path);
bool ac_import_join(char path[static 4096], const char *dir, const char *name); /* false: too long */
bool ac_import_deep(const struct ac_val *body); /* nested deeper than is taken */
/* The key of a document, and the name of an import that is its first version: of the
 * file's bytes, the source and the space's name key alone. */
AC_MUST enum ac_err ac_import_name(struct ac_import_key *k, struct ac_name *n, const struct ac_space *s,
	const char *source, const struct ac_import_doc *d);

AC_MUST enum ac_err ac_import_zip(struct ac_import *im, const char *path, struct ac_fault *f);
bool ac_import_wanted(const char *name);      /* .json, .ndjson, .jsonl */
bool ac_import_by_line(const char *name);     /* .ndjson, .jsonl */

AC_MUST enum ac_err ac_import_take(struct ac_import *im, const struct ac_import_doc *d, struct ac_fault *f);
/* What was taken becomes durable, and the lock is let go. */
AC_MUST enum ac_err ac_import_flush(struct ac_import *im, struct ac_fault *f);
AC_MUST enum ac_err ac_import_person(struct ac_import *im, struct ac_fault *f);

/* Reports; counts a refusal. at: as ac_val.at in the piece, 0: its beginning. */
void ac_import_issue(struct ac_import *im, const char *file, const char *ref, const char *path,
	const struct ac_import_piece *piece, uint32_t at, bool error, const char *message);
void ac_import_refuse(struct ac_import *im, const char *file, const char *ref, uint64_t line, uint64_t column,
	enum ac_err why, const char *message);
void ac_import_where(uint64_t *line, uint64_t *column, const struct ac_import_piece *piece, uint32_t at);

#endif
