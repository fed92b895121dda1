/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "schema/fhir.h"

const char *
ac_fhir_name(const struct ac_r4_frame *f)
{
	return ac_r4_names + f->name;
}

const struct ac_r4_frame *
ac_fhir_base(const struct ac_r4_frame *f)
{
	return f->base == AC_R4_NONE ? NULL : &ac_r4_frames[f->base];
}

bool
ac_fhir_primitive(const struct ac_r4_frame *f)
{
	return f->kind >= AC_R4_BASE64;
}

const struct ac_r4_frame *
ac_fhir_frame(const char *path)
{
	size_t lo = 0, hi = ac_r4_nframes, mid;
	int c;

	while (path && lo < hi) {
		mid = (lo + hi) / 2;
		c = strcmp(path, ac_fhir_name(&ac_r4_frames[mid]));
		if (!c)
			return &ac_r4_frames[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

bool
ac_fhir_type_known(const char *type)
{
	const struct ac_r4_frame *f = ac_fhir_frame(type);

	return f && f->kind == AC_R4_RESOURCE;
}

bool
ac_fhir_id_ok(const char *id)
{
	size_t n = 0;

	if (!id)
		return false;
	for (; id[n]; n++)
		if (n == 64 || !((id[n] >= 'a' && id[n] <= 'z') || (id[n] >= 'A' && id[n] <= 'Z')
		    || (id[n] >= '0' && id[n] <= '9') || id[n] == '-' || id[n] == '.'))
			return false;
	return n > 0;
}

const char *
ac_fhir_elem_name(const struct ac_r4_elem *e)
{
	return ac_r4_names + e->name;
}

const struct ac_r4_frame *
ac_fhir_elem_type(const struct ac_r4_elem *e, size_t i)
{
	return i < e->ntypes ? &ac_r4_frames[ac_r4_types[e->types + i]] : NULL;
}

/* Orders a key of n bytes, none of them NUL, against a name. */
static int
order(const char *key, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n && key[i] == name[i]; i++)
		;
	if (i < n)
		return (int)(unsigned char)key[i] - (int)(unsigned char)name[i];
	return name[n] ? -1 : 0;
}

/* The frame's own element of exactly that name. */
static const struct ac_r4_elem *
own(const struct ac_r4_frame *f, const char *key, size_t n)
{
	size_t lo = f->elem, hi = lo + f->nelems, mid;
	int c;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		c = order(key, n, ac_fhir_elem_name(&ac_r4_elems[mid]));
		if (!c)
			return &ac_r4_elems[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

/* The type that the rest of a choice's name spells with a capital letter. */
static const struct ac_r4_frame *
suffix(const struct ac_r4_elem *e, const char *s, size_t n)
{
	const struct ac_r4_frame *t;
	const char *name;
	size_t i;

	for (i = 0; (t = ac_fhir_elem_type(e, i)); i++) {
		name = ac_fhir_name(t);
		if (*s == (*name >= 'a' ? *name - 'a' + 'A' : *name) && !order(s + 1, n - 1, name + 1))
			return t;
	}
	return NULL;
}

/* A choice of the frame whose name begins the key. */
static const struct ac_r4_elem *
choice(const struct ac_r4_frame **type, const struct ac_r4_frame *f, const char *key, size_t n)
{
	const struct ac_r4_elem *e = &ac_r4_elems[f->elem];
	const char *name;
	size_t i, len;

	for (i = 0; i < f->nelems; i++, e++) {
		if (!(e->flags & AC_R4_CHOICE))
			continue;
		name = ac_fhir_elem_name(e);
		len = strlen(name);
		if (len < n && !memcmp(name, key, len) && (*type = suffix(e, key + len, n - len)))
			return e;
	}
	return NULL;
}

bool
ac_fhir_find(struct ac_fhir_hit *out, const struct ac_r4_frame *f, const char *key, size_t nkey)
{
	bool under = nkey > 1 && key[0] == '_';
	const struct ac_r4_frame *type = NULL;
	const struct ac_r4_elem *e = NULL;

	if (memchr(key, 0, nkey))
		return false;
	key += under;
	nkey -= under;
	for (; f && !e; f = ac_fhir_base(f)) {
		if ((e = own(f, key, nkey)) && !(e->flags & AC_R4_CHOICE))
			type = ac_fhir_elem_type(e, 0);
		else
			e = choice(&type, f, key, nkey);
	}
	if (!e || (under && (!ac_fhir_primitive(type) || (e->flags & AC_R4_BARE))))
		return false;
	*out = (struct ac_fhir_hit){ .elem = e, .type = under ? ac_fhir_frame("Element") : type, .under = under };
	return true;
}

const char *
ac_fhir_set_system(uint16_t set)
{
	return ac_r4_codes + ac_r4_sets[set].system;
}

bool
ac_fhir_set_has(uint16_t set, const char *code)
{
	size_t lo = ac_r4_sets[set].member, hi = lo + ac_r4_sets[set].n, mid;
	int c;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		c = strcmp(code, ac_r4_codes + ac_r4_members[mid]);
		if (!c)
			return true;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

/* Follows a PATH; *many: it ends at an array that was not indexed. */
static const struct ac_r4_frame *
follow(const char *type, const char *path)
{
	const struct ac_r4_frame *f = ac_fhir_frame(type);
	struct ac_fhir_hit hit;
	size_t n;
	bool many;

	while (f && *path) {
		n = strcspn(path, ".[");
		if (!n || !ac_fhir_find(&hit, f, path, n))
			return NULL;
		f = hit.type;
		path += n;
		many = hit.elem->flags & AC_R4_MANY;
		if (*path == '[') {
			if (!many || !strspn(path + 1, "0123456789"))
				return NULL;
			path += 1 + strspn(path + 1, "0123456789");
			if (*path++ != ']')
				return NULL;
		}
		if (*path && (*path++ != '.' || !*path))
			return NULL;
	}
	return f;
}

const char *
ac_fhir_path_type(const char *type, const char *path)
{
	const struct ac_r4_frame *f;

	if (!strcmp(path, "resourceType") && ac_fhir_type_known(type))
		return "code";
	f = follow(type, path);
	if (f && f->kind == AC_R4_BACKBONE)
		f = ac_fhir_base(f);
	return f ? ac_fhir_name(f) : NULL;
}
