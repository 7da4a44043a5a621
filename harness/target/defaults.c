/* defaults.c - the targets that `iscsi-assay run` tests when nobody names one. */
#include "target/machine.h"
#include "target/target.h"

#define MIB    (UINT64_C(1) << 20)
#define BLOCKS (64 * MIB / 512)

static const char *const allowed[] = { ASSAY_DEFAULT_ACL_INITIATOR, NULL };
static const char *const addresses[] = { ASSAY_DEFAULT_ADDRESS, NULL };

static const struct assay_target_portal portals[] = {
	{ .host = "127.0.0.1", .port = 0, .tpgt = 1 },
	{ .host = "127.0.0.1", .port = 0, .tpgt = 2 },
};

#define USER                                                                                                 \
	{                                                                                                    \
		ASSAY_DEFAULT_USER, ASSAY_DEFAULT_SECRET                                                     \
	}

static const struct assay_target_spec specs[] = {
	{ .tid = 1, .name = ASSAY_DEFAULT_NAME, .alias = "iscsi-assay disk", .ids = ASSAY_ID_IET },
	{ .tid = 2, .name = ASSAY_DEFAULT_SECOND, .ids = ASSAY_ID_NAA },
	{ .tid = 3, .name = ASSAY_DEFAULT_CHAP, .ids = ASSAY_ID_IET, .incoming = USER },
	{ .tid = 4,
		.name = ASSAY_DEFAULT_MUTUAL,
		.ids = ASSAY_ID_IET,
		.incoming = USER,
		.outgoing = { ASSAY_DEFAULT_TARGET_USER, ASSAY_DEFAULT_TARGET_SECRET } },
	{ .tid = 5, .name = ASSAY_DEFAULT_ACL, .ids = ASSAY_ID_NAA, .acl = allowed },
	{ .tid = 6, .name = ASSAY_DEFAULT_ACL_ADDRESS, .ids = ASSAY_ID_NAA, .acl_address = addresses },
};

static const struct {
	unsigned tid;
	struct assay_lun_spec lun;
} luns[] = {
	{ 1, { .lun = 0, .blocks = BLOCKS, .block_size = 512 } },
	{ 1, { .lun = 1, .blocks = BLOCKS, .block_size = 512, .numbered = true } },
	{ 1, { .lun = 22, .blocks = BLOCKS, .block_size = 512 } },
	{ 2, { .lun = 0, .blocks = 64 * MIB / 4096, .block_size = 4096 } },
	{ 2, { .lun = 1, .blocks = BLOCKS, .block_size = 512, .read_only = true } },
	{ 3, { .lun = 0, .blocks = BLOCKS, .block_size = 512 } },
	{ 4, { .lun = 0, .blocks = BLOCKS, .block_size = 512 } },
	{ 5, { .lun = 0, .blocks = BLOCKS, .block_size = 512 } },
	{ 6, { .lun = 0, .blocks = BLOCKS, .block_size = 512 } },
	{ 5, { .lun = 7,
		     .blocks = 16 * MIB / 512,
		     .block_size = 512,
		     .initiator = ASSAY_DEFAULT_ACL_INITIATOR } },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int assay_target_add_defaults(struct assay_target *t, struct assay_error *err)
{
	bool own_portals = t->portal_count == 0;
	int rc = 0;

	for (size_t i = 0; rc >= 0 && own_portals && i < COUNT(portals); i++)
		rc = assay_target_add_portal(t, &portals[i], err);
	for (size_t i = 0; rc >= 0 && i < COUNT(specs); i++)
		rc = assay_target_add(t, &specs[i], err);
	for (size_t i = 0; rc >= 0 && i < COUNT(luns); i++)
		rc = assay_target_add_lun(t, luns[i].tid, &luns[i].lun, err);
	return rc < 0 ? rc : ASSAY_OK;
}
