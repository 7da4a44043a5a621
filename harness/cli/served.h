/* served.h - what `iscsi-assay target` serves, built up from options or an INI file. */
#ifndef ASSAY_CLI_SERVED_H
#define ASSAY_CLI_SERVED_H

#include "codec/name.h"
#include "target/target.h"

#define ASSAY_SERVED_MAX 64 /* targets, and portals */

struct assay_served {
	struct assay_target *target;
	struct {
		char host[256]; /* for the URL that is printed: as it was named, without its port */
	} portals[ASSAY_SERVED_MAX];
	unsigned portal_count;
	struct {
		char name[224];
		unsigned tid;
		bool has_lun;
		uint32_t lun; /* the first one: for the URL that is printed */
	} targets[ASSAY_SERVED_MAX];
	size_t count;
};

/* Each: 0 or a negative error with words in err that name the bad value and what is allowed. */

/* "host:port" or "[v6]:port", port 0 too; what: who says it, for the words. */
int assay_served_address(
	struct assay_address *out, const char *what, const char *words, struct assay_error *err);
/* The same; port 0: the system chooses. Portal groups are numbered from 1. */
int assay_served_listen(struct assay_served *s, const char *listen, struct assay_error *err);
/* Target ids are numbered from 1 unless spec->tid says one. */
int assay_served_target(
	struct assay_served *s, const struct assay_target_spec *spec, struct assay_error *err);
/* "N=SIZE|FILE[,ro][,block=4096]" for the target that was added last; or for that of any, by its id: *number (may be NULL) is N. */
int assay_served_lun(struct assay_served *s, const char *lun, struct assay_error *err);
int assay_served_lun_of(struct assay_target *target, unsigned tid, uint32_t *number, const char *lun,
	struct assay_error *err);
/*
 * An INI file:
 *   [server]      listen = 127.0.0.1:3260            may be said again
 *   [target IQN]  tid = 1   ids = naa|iet   lun = 0=64M   lun = 1=disk.img,ro   acl = IQN   acl-address = 127.0.0.2   user = …   secret-file = …
 *                 mutual-user = …   mutual-secret-file = …
 */
int assay_served_read(struct assay_served *s, const char *path, struct assay_error *err);

#endif
