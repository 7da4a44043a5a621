/* served.c - portals, targets and logical units of the served target; see served.h. */
#include "cli/served.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codec/name.h"

#define LUN_ALLOWED "N=SIZE or N=FILE, then ,ro or ,block=4096; N is 0 to 16383, SIZE like 64M or 1G"

int assay_served_address(
	struct assay_address *out, const char *what, const char *words, struct assay_error *err)
{
	const char *colon = strrchr(words, ':');
	char with_port[ASSAY_HOST_MAX + 16];
	bool any_port = colon &&
			strcmp(colon, ":0") == 0; /* no TargetAddress has port 0, so its parser refuses it */

	snprintf(with_port, sizeof(with_port), any_port ? "%.*s:1" : "%.*s",
		any_port ? (int)(colon - words) : 300, words);
	if (assay_address_parse(out, with_port, strlen(with_port), NULL) || out->tpgt >= 0)
		return assay_error_set(
			err, ASSAY_E_SYNTAX, "%s: bad value '%.200s': HOST:PORT or [IPv6]:PORT", what, words);
	if (any_port)
		out->port = 0;
	return 0;
}

int assay_served_listen(struct assay_served *s, const char *listen, struct assay_error *err)
{
	struct assay_address address;
	struct assay_target_portal portal;
	int result = assay_served_address(&address, "listen", listen, err);

	if (result < 0)
		return result;
	portal = (struct assay_target_portal){
		.host = address.host, .port = address.port, .tpgt = (uint16_t)(s->portal_count + 1)
	};
	if (s->portal_count == ASSAY_SERVED_MAX)
		return assay_error_set(err, ASSAY_E_SYNTAX, "too many portals: %d at most", ASSAY_SERVED_MAX);
	result = assay_target_add_portal(s->target, &portal, err);
	if (result < 0)
		return result;
	snprintf(s->portals[s->portal_count].host, sizeof(s->portals[0].host),
		strchr(address.host, ':') ? "[%.200s]" : "%.200s", address.host);
	s->portal_count++;
	return 0;
}

int assay_served_target(struct assay_served *s, const struct assay_target_spec *spec, struct assay_error *err)
{
	struct assay_target_spec whole = *spec;
	int result;

	if (s->count == ASSAY_SERVED_MAX)
		return assay_error_set(err, ASSAY_E_SYNTAX, "too many targets: %d at most", ASSAY_SERVED_MAX);
	if (assay_name_check(spec->name, strlen(spec->name), NULL) < 0)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"bad target name '%.200s': an iqn., eui. or naa. name", spec->name);
	if (!whole.tid)
		whole.tid = (unsigned)s->count + 1;
	result = assay_target_add(s->target, &whole, err);
	if (result < 0)
		return result;
	snprintf(s->targets[s->count].name, sizeof(s->targets[0].name), "%s", spec->name);
	s->targets[s->count].tid = whole.tid;
	s->count++;
	return 0;
}

/* "64M" as bytes; 0 when it is no size. */
static uint64_t size_of(const char *text, size_t length)
{
	static const char units[] = "KMGT";
	uint64_t size = 0;
	size_t i;

	for (i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
		if (size > UINT64_MAX / 16 / 1024)
			return 0;
		size = size * 10 + (uint64_t)(text[i] - '0');
	}
	if (i && i + 1 == length && strchr(units, text[i])) {
		unsigned shift = 10 * (unsigned)(strchr(units, text[i]) - units + 1);

		return size > UINT64_MAX >> shift ? 0 : size << shift;
	}
	return i == length ? size : 0;
}

/* What follows the backing: ",ro", ",block=4096". */
static bool take_flags(struct assay_lun_spec *spec, const char *flags)
{
	while (*flags) {
		size_t length = strcspn(++flags, ",");

		if (length == 2 && strncmp(flags, "ro", 2) == 0)
			spec->read_only = true;
		else if (length == 10 && strncmp(flags, "block=4096", 10) == 0)
			spec->block_size = 4096;
		else if (length == 9 && strncmp(flags, "block=512", 9) == 0)
			spec->block_size = 512;
		else
			return false;
		flags += length;
	}
	return true;
}

static int take_file(struct assay_lun_spec *spec, uint64_t *size, const char *path, struct assay_error *err)
{
	struct stat status;

	if (stat(path, &status))
		return assay_error_set(
			err, ASSAY_E_SYNTAX, "lun: cannot use the file '%.150s': %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode) || status.st_size < spec->block_size)
		return assay_error_set(
			err, ASSAY_E_SYNTAX, "lun: '%.150s' must be a file of at least one block", path);
	spec->path = path;
	*size = (uint64_t)status.st_size;
	return 0;
}

int assay_served_lun_of(
	struct assay_target *target, unsigned tid, uint32_t *number, const char *lun, struct assay_error *err)
{
	struct assay_lun_spec spec = { .block_size = 512 };
	const char *backing = strchr(lun, '=');
	char path[4096];
	char *end;
	uint64_t size;
	size_t length;
	int result;

	spec.lun = (uint32_t)strtoul(lun, &end, 10);
	if (!backing || end != backing || end == lun || *lun < '0' || *lun > '9' || end - lun > 5 ||
		spec.lun > 16383)
		return assay_error_set(err, ASSAY_E_SYNTAX, "lun: bad value '%.150s': " LUN_ALLOWED, lun);
	backing++;
	length = strcspn(backing, ",");
	if (!take_flags(&spec, backing + length) || !length || length >= sizeof(path))
		return assay_error_set(err, ASSAY_E_SYNTAX, "lun: bad value '%.150s': " LUN_ALLOWED, lun);
	size = size_of(backing, length);
	snprintf(path, sizeof(path), "%.*s", (int)length, backing);
	result = size ? 0 : take_file(&spec, &size, path, err);
	if (result)
		return result;
	spec.blocks = size / spec.block_size;
	if (!spec.blocks)
		return assay_error_set(err, ASSAY_E_SYNTAX, "lun: '%.150s' is less than one block", lun);
	if (number)
		*number = spec.lun;
	result = assay_target_add_lun(target, tid, &spec, err);
	return result < 0 ? result : 0;
}

int assay_served_lun(struct assay_served *s, const char *lun, struct assay_error *err)
{
	uint32_t number;
	int result = assay_served_lun_of(s->target, s->targets[s->count - 1].tid, &number, lun, err);

	if (result)
		return result;
	if (!s->targets[s->count - 1].has_lun)
		s->targets[s->count - 1].lun = number;
	s->targets[s->count - 1].has_lun = true;
	return 0;
}
