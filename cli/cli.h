/* SPDX-License-Identifier: ISC */
/*
 * cli.h: what the files of the command line share. Nothing here is a rule of
 * the formats: every command is a few calls of <aftercare/...> and the words
 * around them.
 *
 * A command is a function that checks its words, opens what it needs, answers
 * into the out buffer and returns its exit code. The out buffer reaches standard
 * output only when the code is DONE or NOTED, so that a command that fails has
 * printed nothing.
 */
#ifndef CLI_H
#define CLI_H

#include <aftercare/sync.h>
#include <aftercare/store.h>
#include <aftercare/schema.h>

#include <limits.h>

/* A sentence or pattern that a person reads, whole, so that it can be said in another
 * language: said in it, marked only, or chosen by a number. What goes to ac_fault, fail_with,
 * note, prompt_confirm or table_new is said in it there. Tests read these names in the source. */
#define _(s) ac_words(s)
#define N_(s) (s)
#define P_(one, many, n) ac_words_plural(one, many, (unsigned long)(n))

enum exit_code { DONE = 0, FAILED = 1, USAGE = 2, NOTED = 3, LOCKED = 4 };

struct cli;

/* ---------------------------------------------------------------- commands.c */

struct command {
	const char *name;    /* "list", "remote add" */
	const char *usage;   /* what follows the name */
	const char *help;    /* one line */
	const char *options; /* "name" a flag, "name:" with a value; see args.c */
	int min, max;        /* words after the name; max -1: any number */
	int (*run)(struct cli *c);
};
extern const struct command commands[]; /* ended by a NULL name */
extern const struct command later[];    /* known, not here yet: never listed */

const char *usage_words(struct cli *c, const char *usage); /* FILE, NAME and the like in one's own language */
bool command_homeless(const struct command *k); /* it needs no home and no passphrase */
/* The command that the first one or two words name; *used says how many. NULL:
 * none, and *group is true when the first word begins a family of commands. */
const struct command *command_find(const struct command *table, const char *one,
	const char *two, int *used, bool *group);

/* ------------------------------------------------------------------- words.c */

/* Chooses the language by LC_ALL, LC_MESSAGES or LANG; English where it is for a program:
 * with --json among the arguments. Once, before anything is said. */
void words_begin(int argc, char **argv);

/* -------------------------------------------------------------------- args.c */

struct arg_option { const char *name, *value; };
struct args {
	const char **words; int n;        /* what is no option, the name left out */
	struct arg_option *options; int noptions;
};

struct cli {
	char home_path[PATH_MAX];
	const char *home_option, *patient, *passphrase_file;
	bool passphrase_option;  /* --passphrase-file was given, not the environment's */
	bool json, quiet, yes, no_color, help, version;
	const struct command *command;
	struct args args;
	struct ac_home *home;    /* opened by home_open */
	struct ac_space *space;  /* set by home_space */
	struct ac_arena arena;   /* for what lives as long as the command */
	struct ac_fault fault;
	const char *stdin_for;   /* what reads standard input; NULL: nobody yet */
	struct ac_buf passphrase;/* the home's, when it was given; wiped at the end */
};

/* Splits argv into options and words and finds the command. 0, or an exit code
 * after one sentence. */
int args_read(struct cli *c, int argc, char **argv);
void args_free(struct cli *c);
const char *args_value(const struct cli *c, const char *name); /* the last; NULL: not given */
bool args_flag(const struct cli *c, const char *name);
/* FHIR types by their look: letters, the first a capital. 0 or USAGE; NULL: none. */
int args_types(struct cli *c, const char *const *types);
/* Every value of a repeatable option, each also split at commas; NULL-ended, NULL when not
 * given. 0, or an exit code after one sentence: one that is given names something. */
int args_list(struct cli *c, const char *name, bool split, const char ***out, size_t *n);
int args_limit(struct cli *c, uint64_t *out); /* --limit: 0 or USAGE; untouched when absent */

/* --------------------------------------------------------------------- out.c */

struct ac_buf *out_buf(void);
void out_write(const void *p, size_t n);
void out_printf(const char *fmt, ...) AC_PRINTF(1, 2); /* what is foreign goes through clean() */
void out_row_end(void);     /* a whole row stands in the buffer; a large one may be let go */
void out_lost(void);        /* memory ran out while answering */
bool out_is_lost(void);     /* it did: what was made of texts has holes */
/* Writes what stands there at once, for what is told once only: 0, or FAILED after a
 * sentence that ends with `then`. */
int out_now(struct cli *c, const char *then);
/* Ends the answer: writes it when the code is DONE or NOTED, else wipes it. The
 * code, or FAILED after one sentence. */
int out_finish(struct cli *c, int code);
struct ac_sink out_sink(void);     /* into the buffer */
/* Directly to standard output, for bytes of any length. */
struct ac_sink out_direct(void);
bool out_terminal(void);
bool out_color(const struct cli *c);
int out_width(void);        /* columns; INT_MAX where standard output is no terminal */
int out_width_of(int fd);   /* the same of another */
/* A line, wrapped at the terminal's width. */
void out_line(struct cli *c, int indent, const char *line);

/* One sentence on standard error. */
int fail(struct cli *c, enum ac_err err);              /* of c->fault; the exit code of err */
int fail_with(struct cli *c, int code, const char *fmt, ...) AC_PRINTF(3, 4);
void note(struct cli *c, const char *fmt, ...) AC_PRINTF(2, 3); /* unless --quiet */
int exit_of(enum ac_err err);

/* -------------------------------------------------------------------- text.c */

/* A copy on one line, fit for a terminal: controls, marks that turn the direction
 * of writing and bytes that are no UTF-8 become U+FFFD, line ends a space. */
const char *clean(struct cli *c, const char *s);
const char *clean_lines(struct cli *c, const char *s, size_t n, const char *indent);
size_t text_decode(const char *s, size_t n, uint32_t *point); /* bytes; 0: invalid */
int text_width(const char *s);                 /* columns */
size_t text_fit(const char *s, int columns);   /* bytes of what fits */
/* Wrapped at blanks, and what is longer than a line within; a newline at its end. indent:
 * of the lines after the first. */
const char *text_wrap(struct cli *c, const char *s, int columns, int indent);
bool text_has(const char *text, const char *words); /* each of the words occurs; ASCII's case ignored */
bool text_has_whole(const char *text, const char *words); /* the same, and not within a longer word */
const char *text_of(struct cli *c, const char *fmt, ...) AC_PRINTF(2, 3); /* in the arena; "" without memory */
const char *short_version(struct cli *c, const char *version); /* first 8 digits of each head */

/* -------------------------------------------------------------------- json.c */

/* Keys and commas look after themselves: a comma is written unless the buffer
 * ends in an opening. key NULL: an item of an array. */
void json_open(struct ac_buf *b, const char *key, char bracket);
void json_close(struct ac_buf *b, char bracket);
void json_str(struct ac_buf *b, const char *key, const char *s);   /* NULL: "" */
void json_hex_list(struct ac_buf *b, const char *key, const char *const *s, size_t n);
void json_int(struct ac_buf *b, const char *key, uint64_t n);
void json_bool(struct ac_buf *b, const char *key, bool v);
void json_null(struct ac_buf *b, const char *key);
void json_number(struct ac_buf *b, const char *key, const char *s); /* as a document spells it; "": null */
void json_time(struct ac_buf *b, const char *key, int64_t ms);     /* 0: "" */
void json_row_end(struct ac_buf *b);                               /* newline *//* A value of a document; NULL: null. An attachment that is not here is fetched. */
enum ac_err json_val(struct cli *c, struct ac_buf *b, const char *key, const struct ac_val *v,
	const char *ref) AC_MUST;

/* ------------------------------------------------------------------- table.c */

struct table;
/* titles: "Ref|Date|Title"; a leading '*' marks a column that is never cut, a '?' before
 * it one that is left out, the last first, where there is no room for all; a '~' one whose
 * text goes on below, in its column, where others are cut. */
struct table *table_new(struct cli *c, const char *titles);
void table_row(struct table *t, const char *const *cells); /* one per column; cleaned and copied */
void table_print(struct table *t, bool numbered);          /* into the out buffer */

/* -------------------------------------------------------------------- read.c */

/* What a row is about, without result or dose; foreign. */
const char *row_about(struct cli *c, const struct ac_row *r);

/* ------------------------------------------------------------------- brief.c */

int brief_print(struct cli *c); /* diagnoses, allergies, medicines in a few lines: DONE, or after a sentence its code */

/* -------------------------------------------------------------------- file.c */

/* Reads a whole file, or standard input for "-"; `what` names it in a sentence. */
enum ac_err file_read(struct cli *c, struct ac_buf *b, const char *path, const char *what) AC_MUST;
/* Claims standard input for `what`; AC_EUSAGE when something else reads it. */
enum ac_err file_stdin(struct cli *c, const char *what) AC_MUST;
struct ac_source file_stdin_source(void);
/* A file that appears whole or not at all, whatever ends us. tmp: its name until
 * then, "" where the file system lets it have none. */
struct file_out { char path[PATH_MAX], tmp[PATH_MAX + 16]; int fd; bool regular; };
enum ac_err file_out_open(struct cli *c, struct file_out *o, const char *path) AC_MUST;
struct ac_sink file_out_sink(struct file_out *o);
enum ac_err file_out_done(struct cli *c, struct file_out *o) AC_MUST;
void file_out_drop(struct file_out *o);
void file_remove_tree(const char *path);
/* A file that a command makes for people, or "-", standard output. may: 0, or an exit code
 * after one sentence; asks before one that is there is replaced. whole: mode 0600. */
int file_may(struct cli *c, const char *file);
enum ac_err file_whole(struct cli *c, const char *file, const void *p, size_t n) AC_MUST;
/* The end of a command that makes one: unless `err`, which making it gave, or no memory forbids
 * it, FILE gets what is in b, which is freed. Then the answer, none for "-": as JSON with `n`
 * under `key`, else the sentence. Its exit code. */
int file_answer(struct cli *c, enum ac_err err, const char *file, struct ac_buf *b, const char *key, uint64_t n, const char *sentence);
void file_abandon(void); /* removes what has only that other name; safe in a signal's handler */

/* ------------------------------------------------------------------ mapped.c */

void mapped_guard(void); /* a mapped file that loses its bytes ends us with a sentence */

/* ------------------------------------------------------------------ prompt.c */

bool prompt_there(void);    /* someone can be asked */
int prompt_width(void);     /* columns of where is asked */
void prompt_say(const char *text);
/* A line from the terminal; hidden: not shown while it is typed. AC_ELOCKED: there
 * is no terminal. */
enum ac_err prompt_line(struct cli *c, struct ac_buf *out, const char *question, bool hidden) AC_MUST;
/* DONE, or an exit code: USAGE without a terminal and without --yes, FAILED for no. */
int prompt_confirm(struct cli *c, const char *fmt, ...) AC_PRINTF(2, 3);
bool prompt_yes(struct cli *c, const char *question, bool preset);

/* ------------------------------------------------------------------ secret.c */

/* The home's passphrase into c->passphrase: --passphrase-file, the environment's
 * file, the terminal (twice when it is new). */
enum ac_err secret_passphrase(struct cli *c, bool fresh) AC_MUST;
const char *secret_from_stdin(const struct cli *c); /* "the passphrase" when it comes from there, else NULL */
bool secret_offered(const struct cli *c);  /* a file names it or a terminal is there */
enum ac_err secret_first_line(struct cli *c, struct ac_buf *out, const char *path, const char *what) AC_MUST;
enum ac_err secret_twice(struct cli *c, struct ac_buf *out, const char *what) AC_MUST;
/* --identity F, or typed: the text, which holds AGE-SECRET-KEY-1…; and that run alone. */
enum ac_err secret_identity(struct cli *c, struct ac_buf *out) AC_MUST;
enum ac_err secret_key_run(struct cli *c, struct ac_buf *run, const struct ac_buf *text) AC_MUST;
/* --sealed-with-file: never the home's own passphrase. Call before home_open. */
enum ac_err secret_sealing(struct cli *c, struct ac_buf *out, bool against_home) AC_MUST;
int secret_home_flags(void);

/* -------------------------------------------------------------------- home.c */

enum ac_err home_path(struct cli *c) AC_MUST;
int home_open(struct cli *c);    /* 0, or an exit code after one sentence */
int home_space(struct cli *c);   /* opens it too; the space of --patient */
int home_unborn(struct cli *c);  /* 0: nothing stands there; else FAILED and a sentence */
/* Full REF of a word: a beginning, or a number of the last list. writes: shows what
 * a number names and asks. */
int home_ref(struct cli *c, char ref[AC_REF_MAX], const char *word, bool writes);
int home_version(struct cli *c, const char *v); /* 0, or USAGE */

/* ------------------------------------------------------------------- agent.c */

bool agent_key(const struct cli *c, unsigned char key[static 32]); /* true: it gave one */
bool agent_stop(const struct cli *c);                              /* true: there was one */
/* Starts the child that will hold the key, before anything secret is in memory. */
struct agent { int fd; };
enum ac_err agent_prepare(struct cli *c, struct agent *a) AC_MUST;
enum ac_err agent_give(struct cli *c, struct agent *a, const unsigned char key[static 32],
	int64_t ms) AC_MUST;
void agent_drop(struct agent *a);

/* ------------------------------------------------------------------- dates.c */

/* A FHIR date, `today`, `-6mo`, `+30d`: as a FHIR date. */
enum ac_err date_when(struct cli *c, char out[static 40], const char *s) AC_MUST;
/* The WHEN of an option; *out is buf, or stays as it is where the option is not given. 0, or an
 * exit code after one sentence. */
int date_option(struct cli *c, const char *option, char buf[static 40], const char **out);
enum ac_err date_duration(struct cli *c, int64_t *ms, const char *s) AC_MUST;
/* A moment to come: WHEN, or a duration from now. Milliseconds since 1970. */
enum ac_err date_expiry(struct cli *c, int64_t *ms, const char *s) AC_MUST;
/* The same where only a whole day will do; NULL: today. */
enum ac_err date_day(struct cli *c, char out[static 40], const char *s) AC_MUST;
/* The same, or a day and a time by the clock here: "2026-12-03 14:30", "today 14:30". */
enum ac_err date_moment(struct cli *c, char out[static 40], const char *s) AC_MUST;
void date_local(char out[static 40], int64_t ms); /* a dateTime in the zone here */
int64_t date_now(void);
bool date_ahead(int64_t ms);                      /* more than an hour to come */
const char *date_text(struct cli *c, int64_t ms); /* for people, local; 0: "never" */
const char *date_words(struct cli *c, int64_t ms); /* "today 09:10"; 0: "" */
/* A FHIR date as people write it, as far as it is known and without the hour: "4 Mar 2021", "Mar 2021";
 * what is no date stays as it is. For people only: what a program reads, or a person is to type, is ISO's. */
const char *date_shown(struct cli *c, const char *date);

/* ----------------------------------------------------------------- numbers.c */

struct numbers;
void numbers_save(struct cli *c, const char *const *refs, size_t n);
bool numbers_find(struct cli *c, char ref[AC_REF_MAX], const char *word);

/* ------------------------------------------------------------- qr.c, kitpage.c */

void qr_print(struct cli *c, struct ac_buf *b, const char *text); /* half blocks; too wide: nothing */
enum ac_err qr_svg(struct ac_buf *b, const char *text) AC_MUST;
/* The sheet as text into the out buffer, or as one HTML file. */
void kitpage_print(struct cli *c, const struct ac_kit *kit);
enum ac_err kitpage_html(struct cli *c, struct ac_buf *b, const struct ac_kit *kit) AC_MUST;

/* --------------------------------------------------------------- plan_text.c */

void plan_text_line(struct cli *c, int indent, const char *s);
/* The plan in force as it is on a day (NULL: today): 0, or an exit code after one sentence.
 * none: set where there is no plan; NULL: that is an error. */
int plan_text_read(struct cli *c, struct ac_careplan *p, const char *on, bool *none);
/* Says which newer editions are here; 0, or an exit code. */
int plan_text_newer(struct cli *c, struct ac_careplan_update *u, const struct ac_careplan *p);
void plan_text_notes(struct cli *c, const struct ac_plan *p);
void plan_text_aside(struct cli *c, const struct ac_plan *p); /* beside rows of JSON */
const char *plan_text_origin(struct cli *c, const struct ac_plan_row *r); /* where it comes from */
const char *plan_text_window(struct cli *c, const struct ac_plan_row *r); /* "": no date */
/* Of a row that is done: when, and by which document, its ref last. */
const char *plan_text_done(struct cli *c, const struct ac_careplan *p, const struct ac_plan_row *r);
void plan_text_row(struct ac_buf *b, const struct ac_plan_row *r); /* as JSON: title to source */

/* ----------------------------------------------------------- plan_exposure.c */

/* CODE, or CODE=NUMBERUNIT: 0, or an exit code after one sentence, as the others. */
int plan_exposure_read(struct cli *c, struct ac_careplan_exposure *out, const char *s);
int plan_exposure_note(struct cli *c, const struct ac_careplan *p); /* says what the records speak of besides */
/* Asks for each that the records speak of; there is a terminal. */
int plan_exposure_offer(struct cli *c, struct ac_careplan_options *o, size_t most);

/* --------------------------------------------------------------- plan_book.c */

/* What to ask about a row that was missed; NULL: nothing. */
const char *plan_book_question(struct cli *c, const struct ac_plan_row *r);
void plan_book_ask(struct cli *c, const struct ac_careplan *p); /* asks it, where a person sits */

/* ---------------------------------------------------------------- progress.c */

const struct ac_progress *progress(struct cli *c); /* NULL where nobody looks */
void progress_clear(void);

/* ---------------------------------------------------------------- editor.c */

/* Lets the person change the text. AC_EUSAGE: no editor. `kept`: where the text is
 * to be found after editor_leave. */
struct editor { char dir[PATH_MAX], file[PATH_MAX + 32]; };
enum ac_err editor_start(struct cli *c, struct editor *e, const void *text, size_t n) AC_MUST;
enum ac_err editor_run(struct cli *c, struct editor *e, struct ac_buf *out) AC_MUST;
void editor_end(struct editor *e);

/* ------------------------------------------------------------ shared by families */

int wrote(struct cli *c, const struct ac_wrote *w, const char *verb); /* the answer of a write */
int write_flags(const struct cli *c);
int sets_of(struct cli *c, int from, const char ***out, size_t *n); /* PATH=VALUE words, or from - */
int edit_document(struct cli *c, const char *ref, bool resolving);
enum ac_err disputes_print(struct cli *c, const char *ref) AC_MUST; /* in what its sides differ */
void alert_json(struct ac_buf *b, const char *key, const struct ac_alert *a);
void invited_print(struct cli *c, struct ac_invited *i, const char *next);
const char *role_name(enum ac_role role);
enum ac_err role_read(struct cli *c, enum ac_role *out, const char *s) AC_MUST;
const char *absolute_url(struct cli *c, const char *url);

/* What was added beside the plan, newest first: under the plan's item that it belongs to. */
struct beside_row { const char *item, *ref, *text; };
struct beside { struct beside_row *rows; size_t n; };
int beside_read(struct cli *c, struct beside *out, const struct ac_careplan *p);
void beside_json(struct ac_buf *b, const struct beside *rows);
void beside_text(struct cli *c, struct beside *rows, const char *item, int indent); /* each once; NULL: what is left */

/* The events of an exchange, gathered for the answer. */
struct exchange {
	struct cli *c;
	struct ac_buf remotes, alerts;   /* JSON items */
	struct ac_buf notices;           /* lines, held until the outcome is known */
	struct ac_sync_events events;
	char error[1200];                /* the first remote's that failed */
};
void exchange_start(struct exchange *x, struct cli *c);
void exchange_notices(struct exchange *x);
int exchange_answer(struct exchange *x, const struct ac_sync_result *r);
void exchange_free(struct exchange *x);

int cmd_init(struct cli *c);
int cmd_kit_check(struct cli *c);
int cmd_kit_renew(struct cli *c);
int cmd_import(struct cli *c);
int cmd_validate(struct cli *c);
int cmd_export(struct cli *c);
int cmd_list(struct cli *c);
int cmd_find(struct cli *c);
int cmd_show(struct cli *c);
int cmd_put(struct cli *c);
int cmd_edit(struct cli *c);
int cmd_set(struct cli *c);
int cmd_rm(struct cli *c);
int cmd_history(struct cli *c);
int cmd_diff(struct cli *c);
int cmd_revert(struct cli *c);
int cmd_undo(struct cli *c);
int cmd_log(struct cli *c);
int cmd_conflicts(struct cli *c);
int cmd_resolve(struct cli *c);
int cmd_add(struct cli *c);
int cmd_attachment_add(struct cli *c);
int cmd_attachment_list(struct cli *c);
int cmd_attachment_get(struct cli *c);
int cmd_plan_templates(struct cli *c);
int cmd_plan_new(struct cli *c);
int cmd_plan_show(struct cli *c);
int cmd_plan_due(struct cli *c);
int cmd_plan_done(struct cli *c);
int cmd_plan_skip(struct cli *c);
int cmd_plan_stage(struct cli *c);
int cmd_plan_add(struct cli *c);
int cmd_plan_change(struct cli *c);
int cmd_plan_remove(struct cli *c);
int cmd_plan_book(struct cli *c);
int cmd_plan_exposure(struct cli *c);
int cmd_plan_update(struct cli *c);
int cmd_plan_export(struct cli *c);
int cmd_trend(struct cli *c);
int cmd_report(struct cli *c);
int cmd_handoff(struct cli *c);
int cmd_backup(struct cli *c);
int cmd_restore(struct cli *c);
int cmd_verify(struct cli *c);
int cmd_hub_init(struct cli *c);
int cmd_hub_prune(struct cli *c);
int cmd_remote_add(struct cli *c);
int cmd_remote_list(struct cli *c);
int cmd_remote_remove(struct cli *c);
int cmd_sync(struct cli *c);
int cmd_send(struct cli *c);
int cmd_receive(struct cli *c);
int cmd_device_list(struct cli *c);
int cmd_device_invite(struct cli *c);
int cmd_device_remove(struct cli *c);
int cmd_invite_list(struct cli *c);
int cmd_invite_cancel(struct cli *c);
int cmd_share_create(struct cli *c);
int cmd_share_list(struct cli *c);
int cmd_share_show(struct cli *c);
int cmd_share_revoke(struct cli *c);
int cmd_join(struct cli *c);
int cmd_patients(struct cli *c);
int cmd_status(struct cli *c);
int cmd_alert_clear(struct cli *c);
int cmd_passphrase(struct cli *c);
int cmd_config(struct cli *c);
int cmd_unlock(struct cli *c);
int cmd_lock(struct cli *c);
int cmd_help(struct cli *c);

#endif
