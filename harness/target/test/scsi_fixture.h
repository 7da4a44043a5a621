/* scsi_fixture.h - a device with logical units and two initiators, and one call that takes a command through parse and execute. For the scsi tests. */
#ifndef ASSAY_TARGET_TEST_SCSI_FIXTURE_H
#define ASSAY_TARGET_TEST_SCSI_FIXTURE_H

#include <CUnit/Basic.h>
#include <stdint.h>
#include <string.h>

#include "codec/bytes.h"
#include "target/scsi.h"

#define UNIT(n)      ((uint64_t)(n) << 48)
#define FIRST_NAME   "iqn.2026-01.net.iscsi-assay:first"
#define SECOND_NAME  "iqn.2026-01.net.iscsi-assay:second"
#define TARGET_NAME  "iqn.2026-01.net.iscsi-assay:disk"
#define FIRST_BLOCKS 2048 /* of LUNs 0, 1 and 22 */

struct fixture {
	unsigned char defects[ASSAY_DEFECT_COUNT / 8 + 1];
	struct assay_scsi_device *device;
	struct assay_scsi_nexus *first, *second;
};

/* What a command ended with. */
struct outcome {
	int parsed; /* what parse returned */
	uint8_t status;
	uint32_t code; /* 0xKKAAQQ of the sense data, 0 without */
	uint8_t sense[ASSAY_SENSE_MAX];
	size_t sense_length;
	uint32_t wanted_out, wanted_in;
	uint32_t length; /* of data-in */
	uint8_t data[1 << 16]; /* data-in, the first of it */
};

/* tid 1, IET ids: LUNs 0, 1 and 22 with 2048 blocks of 512 bytes, LUN 2 with 256 of 4096, LUN 3 read-only, LUN 300 flat. Unit attentions are taken. */
void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);
void fixture_defect(struct fixture *f, enum assay_defect defect);
/* Takes what is pending on every unit. */
void fixture_calm(struct assay_scsi_nexus *n);

/* Data-out of length bytes, which may be less than the CDB wants; the outcome is static until the next call. */
const struct outcome *command_out(struct assay_scsi_nexus *n, uint64_t lun, const uint8_t *cdb,
	size_t cdb_length, const void *data, uint32_t length);
/* A CDB as words: COMMAND(f->first, UNIT(1), 0x12, 0, 0, 0, 36, 0). */
#define CDB(...)                                   ((const uint8_t[16]){ __VA_ARGS__ })
#define COMMAND(nexus, lun, ...)                   command_out(nexus, lun, CDB(__VA_ARGS__), 16, NULL, 0)
#define COMMAND_OUT(nexus, lun, data, length, ...) command_out(nexus, lun, CDB(__VA_ARGS__), 16, data, length)

#define EXPECT_GOOD(o) CU_ASSERT_EQUAL((o)->status, 0)
#define EXPECT_SENSE(o, c)                                                                                   \
	do {                                                                                                 \
		const struct outcome *o_ = (o);                                                              \
		CU_ASSERT_EQUAL(o_->status, 0x02);                                                           \
		CU_ASSERT_EQUAL(o_->code, (uint32_t)(c));                                                    \
	} while (0)

/* One line of a table: what a CDB ends with. */
struct scsi_case {
	const char *name;
	uint64_t lun;
	uint8_t cdb[16];
	uint8_t status;
	uint32_t code; /* with status 2 */
	int32_t field_byte; /* of the field pointer; -1: not looked at */
	int32_t length; /* of data-in; -1: not looked at */
};
/* Runs each, printing the name of what fails. */
void run_cases(struct assay_scsi_nexus *n, const struct scsi_case *cases, size_t count);

#endif
