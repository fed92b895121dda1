/* SPDX-License-Identifier: ISC */
/*
 * aftercare/sync.h: members, invites, shares, remotes, backup and restore. The
 * exchange is described in sync/PROTOCOL.md. Nothing here prints or asks; what a
 * person must decide is a parameter.
 */
#ifndef AFTERCARE_SYNC_H
#define AFTERCARE_SYNC_H

#if __has_include("store/store.h")
#include "store/store.h"
#else
#include <aftercare/store.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ remotes */

/* Makes a bare repository for a hub, or does nothing where one stands already. */
AC_MUST enum ac_err ac_hub_init(const char *dir, struct ac_fault *f);
/* Removes the branches that owners' tombstones known to `h` name, and those of shares that
 * were closed. kept: of these, what holds something that is not on this device. */
AC_MUST enum ac_err ac_hub_prune(struct ac_home *h, const char *dir, uint64_t *removed, uint64_t *kept,
	struct ac_fault *f);

struct ac_remote_row { const char *name, *url; int64_t last_ok; uint64_t unsent; const char *error; };
AC_MUST enum ac_err ac_remote_add(struct ac_space *s, const char *name, const char *url, struct ac_fault *f);
AC_MUST enum ac_err ac_remote_remove(struct ac_space *s, const char *name, struct ac_fault *f);
/* Those of its open shares too, where they have some of their own. */
AC_MUST enum ac_err ac_remote_list(struct ac_space *s,
	int (*each)(void *ctx, const struct ac_remote_row *r), void *ctx, struct ac_fault *f);

struct ac_alert {
	const char *id;       /* short, stable */
	const char *kind;     /* rollback fork withheld corrupt forged invite-reused clock */
	const char *space, *chain, *remote;
	int64_t time;
	const char *message;
};
struct ac_synced {
	const char *name;
	bool ok;
	uint64_t received, sent;      /* versions */
	uint64_t bytes_in, bytes_out; /* packs and ref updates */
	const char *error;
	/* ac_send: attachments in the file, and their bytes; those left out of it, because
	 * everybody else in the record has said to have them */
	uint64_t files, file_bytes, spared;
};
struct ac_sync_events {
	void (*remote)(void *ctx, const struct ac_synced *r);
	void (*alert)(void *ctx, const struct ac_alert *a);   /* new in this run */
	void (*notice)(void *ctx, const char *sentence);      /* "Ben's phone joined as owner" */
	void *ctx;
	const struct ac_progress *progress;
};
struct ac_sync_result {
	uint64_t tried, failed;
	uint64_t new_conflicts;       /* arrived in this run */
	uint64_t new_alerts;
};
/* name NULL: every remote of the space (and of its shares). A remote that fails
 * is reported and counted, not returned; no remote defined: AC_ENOTFOUND. */
AC_MUST enum ac_err ac_sync(struct ac_sync_result *out, struct ac_space *s, const char *name,
	const struct ac_sync_events *e, struct ac_fault *f);

/* The same as one file, with the attachments that others may lack. share NULL: the vault
 * and all its shares' chains that the other side may need; else that share alone. */
AC_MUST enum ac_err ac_send(struct ac_space *s, const char *share, const char *path,
	struct ac_synced *out, struct ac_fault *f);
AC_MUST enum ac_err ac_receive(struct ac_sync_result *out, struct ac_space *s, const char *path,
	const struct ac_sync_events *e, struct ac_fault *f);

AC_MUST enum ac_err ac_alerts(struct ac_home *h,
	int (*each)(void *ctx, const struct ac_alert *a), void *ctx, struct ac_fault *f);
AC_MUST enum ac_err ac_alert_clear(struct ac_home *h, const char *id, struct ac_fault *f);

struct ac_backup_mark { int64_t time, verified; const char *file; }; /* 0, "": never */
AC_MUST enum ac_err ac_backup_last(struct ac_backup_mark *out, struct ac_space *s, struct ac_fault *f);

/* ------------------------------------------------------------------- devices */

struct ac_member_row {
	const char *name, *person;
	enum ac_role role;
	const char *state;    /* pending active revoked expired */
	int64_t since;
	bool here;            /* this device */
	uint64_t late;        /* versions that it wrote after its removal, kept unshown */
};
AC_MUST enum ac_err ac_device_list(struct ac_space *s,
	int (*each)(void *ctx, const struct ac_member_row *m), void *ctx, struct ac_fault *f);
/* Who joined with the recovery kit or by a backup: while it is a member, and the kit or the
 * backup's invite still stands, or for 30 days. Never this device. */
struct ac_joined { const char *device, *person; bool kit; const char *invite; int64_t since; };
AC_MUST enum ac_err ac_joined(struct ac_space *s,
	int (*each)(void *ctx, const struct ac_joined *j), void *ctx, struct ac_fault *f);
/* Who writes by a later merge edition than this program's: what is in dispute may look
 * different there. Members of the space and of its shares; this device too, if it had a
 * newer program before. */
struct ac_edition { const char *device, *person; unsigned edition, ours; bool here; };
AC_MUST enum ac_err ac_edition(struct ac_space *s,
	int (*each)(void *ctx, const struct ac_edition *n), void *ctx, struct ac_fault *f);
/* What a later program wrote that this one does not read: `made` names the form of segments
 * that wait whole, wherever they are ("segment format 9"); where it is "", `entries` are
 * kept here unshown, in segments that are read. device "": nobody known yet. Members of the
 * space and of its shares. */
struct ac_later { const char *device, *person, *made; uint64_t entries; bool here; };
AC_MUST enum ac_err ac_later(struct ac_space *s,
	int (*each)(void *ctx, const struct ac_later *l), void *ctx, struct ac_fault *f);
AC_MUST enum ac_err ac_device_remove(struct ac_space *s, const char *name, struct ac_fault *f);

struct ac_invited {
	char code[2048];      /* wipe it */
	int64_t expires;
	bool published;       /* on a remote; else "on no remote yet: run sync or send" */
};
/* as: the person's name (NULL: the patient). expires in ms from now. */
AC_MUST enum ac_err ac_device_invite(struct ac_invited *out, struct ac_space *s, const char *as,
	enum ac_role role, int64_t expires, struct ac_fault *f);
AC_MUST enum ac_err ac_invite_list(struct ac_space *s,
	int (*each)(void *ctx, const struct ac_member_row *m), void *ctx, struct ac_fault *f);
AC_MUST enum ac_err ac_invite_cancel(struct ac_space *s, const char *name, struct ac_fault *f);

/* The other side. The home is made when absent (passphrase is the new one's), else
 * opened with it; on failure no new home is left. remote: instead of the code's;
 * files: what `send` made, instead of a remote. person: a clinician's own name. */
struct ac_join {
	const char *home, *passphrase; size_t npassphrase;
	const unsigned char *key;      /* an open home's key instead of a passphrase */
	int home_flags;
	const char *code;
	const char *device, *person, *remote;
	const char *const *files; size_t nfiles;
};
AC_MUST enum ac_err ac_join(struct ac_home **out, struct ac_space **space, const struct ac_join *j,
	const struct ac_sync_events *e, struct ac_fault *f);

/* ----------------------------------------------------------------------- kit */

struct ac_kit {
	char secret[80];       /* AGE-SECRET-KEY-1…; wipe it */
	char space[17], root[65];
	char person[256];
	const char *const *remotes; size_t nremotes;
};
/* The parts of the sheet for a kit just made. */
AC_MUST enum ac_err ac_kit_sheet(struct ac_kit *out, struct ac_arena *a, struct ac_space *s,
	const unsigned char kit[static 32], struct ac_fault *f);
/* True: this secret is the standing kit of the vault. AC_EREFUSED says why not. */
AC_MUST enum ac_err ac_kit_check(struct ac_space *s, const char *secret, struct ac_fault *f);
/* The 32 bytes of an AGE-SECRET-KEY-1… text, white space and case ignored (for
 * ac_home_reset). AC_EINVAL: a wrong character, or no such text. Wipe them. */
AC_MUST enum ac_err ac_kit_secret(unsigned char kit[static 32], const char *secret, struct ac_fault *f);
AC_MUST enum ac_err ac_kit_renew(struct ac_space *s, unsigned char kit[static 32], struct ac_fault *f);

/* ------------------------------------------------------------ backup, restore */

struct ac_backup_options {
	const char *const *to; size_t nto; /* age1… */
	const char *passphrase; size_t npassphrase; /* seals to it alone */
	bool readable, read_only, overwrite;
	/* told at the end of each attachment that is not in the backup; ref "": it is of an
	 * earlier version, or of a document that was deleted. NULL: only counted */
	void (*missing)(void *ctx, const struct ac_attachment *a);
	void *ctx;
};
struct ac_backup_done { uint64_t bytes, recipients, missing; };
/* path "-": the sink. Attachments that are not here are fetched; missing: how many nobody
 * gave. The backup names them, and is whole but for them. */
AC_MUST enum ac_err ac_backup(struct ac_backup_done *out, struct ac_space *s, const char *path,
	const struct ac_sink *to, const struct ac_backup_options *o, struct ac_fault *f);

/* ------------------------------------------------------------------- handoff */

/*
 * A copy for somebody without this program: pages of the caller's, the record as one FHIR
 * Bundle (by the rules of ac_export_with), files. Sealed, it is an age file of a tar, with
 * all in one folder; plain, a folder. It appears whole or not at all and replaces nothing.
 */
struct ac_handoff_part {
	const char *name;     /* in the folder; one '/' at most, and no hostile name: it is taken as it is */
	uint64_t size;
	/* exactly that many bytes. NULL: here the Bundle stands, whose size counts itself */
	enum ac_err (*write)(void *ctx, const struct ac_sink *to, struct ac_fault *f);
	void *ctx;
};
struct ac_handoff_options {
	const char *const *to; size_t nto;          /* age1…, or */
	const char *passphrase; size_t npassphrase; /* a passphrase alone; neither: plain */
	const char *folder;                         /* its name in the tar */
	const struct ac_handoff_part *parts; size_t nparts;
	const struct ac_export_choice *choice;
};
struct ac_handoff_done { uint64_t bytes, recipients; };
/* AC_EEXIST: something is at path (plain: a file, or a folder that is not empty).
 * AC_EBUSY: the record changed meanwhile. */
AC_MUST enum ac_err ac_handoff(struct ac_handoff_done *out, struct ac_space *s, const char *path,
	const struct ac_handoff_options *o, struct ac_fault *f);
/* Is that a recipient, age1…? AC_EUSAGE. */
AC_MUST enum ac_err ac_recipient_check(const char *text, struct ac_fault *f);

struct ac_restore {
	const char *home, *passphrase; size_t npassphrase; int home_flags;
	const char *file;                   /* or remote */
	const char *remote;
	const char *identity;               /* text holding AGE-SECRET-KEY-1… (a kit sheet, a key file), or NULL */
	const char *sealed; size_t nsealed; /* a sealing passphrase, or NULL */
	const char *device;
	/* remote: asked when the chains are verified, before anything is written to the hub.
	 * What it returns ends the restore, and leaves nothing. NULL: nobody is asked. */
	enum ac_err (*fresh)(void *ctx, struct ac_space *s, struct ac_fault *f);
	void *ctx;
};
struct ac_freshness { const char *device; int64_t newest; bool here; };
AC_MUST enum ac_err ac_restore(struct ac_home **out, struct ac_space **space, const struct ac_restore *r,
	const struct ac_sync_events *e, struct ac_fault *f);
/* Each device's newest date in the space, for the person to judge: as of when it was last
 * heard. */
AC_MUST enum ac_err ac_freshness(struct ac_space *s,
	int (*each)(void *ctx, const struct ac_freshness *fr), void *ctx, struct ac_fault *f);
/* False: this home was restored, or its code's hub showed too little, and nobody has borne
 * out since that what it found was the newest (PROTOCOL.md, "Freshness"). */
bool ac_freshness_proved(const struct ac_space *s, int64_t *since);
/* Proves that a backup would restore; `live` may be NULL. Without identity and
 * sealed, live's own age key opens it. home and passphrase of r are not used. */
AC_MUST enum ac_err ac_backup_verify(struct ac_verified *out, const struct ac_restore *r,
	struct ac_space *live, void (*each)(void *ctx, const struct ac_bad *bad), void *ctx, struct ac_fault *f);

/* -------------------------------------------------------------------- shares */

struct ac_share_filter {
	const char *const *types, *const *codes, *const *refs; /* NULL-ended, or NULL */
	const char *since;
	bool all;
};
struct ac_share_options {
	struct ac_share_filter filter;
	bool write, no_history;
	int64_t expires;        /* ms since 1970, 0: never */
	const char *remote;
};
AC_MUST enum ac_err ac_share_create(struct ac_invited *out, struct ac_space *s, const char *name,
	const struct ac_share_options *o, struct ac_fault *f);
struct ac_share_row {
	const char *name, *state; enum ac_role role;
	const char *const *types; /* NULL-ended */
	int64_t expires; const char *remote;
	uint64_t published;       /* versions of documents that are shared now */
	uint64_t withdrawn;       /* documents that were, and have left the filter */
	const char *own_name;     /* the clinician's own, or "" */
	const unsigned char *space; /* 8 bytes: the share's id */
};
AC_MUST enum ac_err ac_share_list(struct ac_space *s, const char *name, /* NULL: all */
	int (*each)(void *ctx, const struct ac_share_row *r), void *ctx, struct ac_fault *f);
/* What a clinician wrote that came after the share was closed: no part of the record. */
struct ac_share_late {
	const char *ref, *version, *title, *author, *device; /* author: the clinician's own name */
	int64_t time;
	const struct ac_val *body; /* NULL: a deletion */
};
AC_MUST enum ac_err ac_share_late(struct ac_space *s, const unsigned char space[static 8], /* of a row */
	int (*each)(void *ctx, const struct ac_share_late *l), void *ctx, struct ac_fault *f);
/* Lists every version that the removed reader could have opened. The events' notices say
 * what became of the share's branches on each remote. */
AC_MUST enum ac_err ac_share_revoke(struct ac_space *s, const char *name, const struct ac_sync_events *e,
	int (*each)(void *ctx, const char *ref, const char *version), void *ctx, struct ac_fault *f);

struct ac_patient_row {
	const char *patient; uint64_t fresh, overdue, conflicts; const char *state; int64_t synced;
};
/* The person has looked through the record: what it has now is no longer new. */
AC_MUST enum ac_err ac_patient_looked(struct ac_space *s, struct ac_fault *f);
/* today: YYYY-MM-DD; overdue are rows of the care plan, as they are on that day. */
AC_MUST enum ac_err ac_patients(struct ac_home *h, const char *today,
	int (*each)(void *ctx, const struct ac_patient_row *r), void *ctx, struct ac_fault *f);

/* Brings the bytes of an attachment here from a remote that has them. */
AC_MUST enum ac_err ac_attachment_fetch(struct ac_space *s, const char *ref,
	const struct ac_sync_events *e, struct ac_fault *f);

#ifdef __cplusplus
}
#endif
#endif
