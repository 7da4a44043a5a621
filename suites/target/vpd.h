/* vpd.h - vital product data pages as tests look at them: read one, step through the designators of page 0x83. SPC-4 sections 7.8.1 and 7.8.6. */
#ifndef ASSAY_SUITES_TARGET_VPD_H
#define ASSAY_SUITES_TARGET_VPD_H

#include "suites/target/scsi.h"

#define ASSAY_VPD_MAX  1024 /* bytes that we ask for */
#define ASSAY_LUNS_MAX 256

/* A page: a view into the task's data. */
struct assay_vpd {
	const uint8_t *bytes; /* from the page's first byte */
	uint32_t length; /* bytes with the header of four, as far as they came */
};

/* A designator of page 0x83. */
struct assay_designator {
	uint8_t protocol; /* PROTOCOL IDENTIFIER; valid with piv */
	uint8_t code_set; /* 1 binary, 2 ASCII, 3 UTF-8 */
	bool piv;
	uint8_t association; /* 0 logical unit, 1 target port, 2 target device */
	uint8_t type; /* 1 T10 vendor ID, 2 EUI-64, 3 NAA, 4 relative port, 5 port group, 8 SCSI name */
	const uint8_t *value;
	uint8_t length; /* bytes */
};

/* Reads a page of a LUN; REQUIREs GOOD, the page code asked for, and a length field that fits the data. */
struct assay_vpd assay_vpd_read(struct assay_t *t, struct assay_initiator *i, uint64_t lun, uint8_t page);

/* Does page 0x00 of a LUN list that page? Not where there is no such list. */
bool assay_vpd_offers(struct assay_t *t, struct assay_initiator *i, uint64_t lun, uint8_t page);

/* The page where the list names it; of length 0 where not. */
struct assay_vpd assay_vpd_optional(struct assay_t *t, struct assay_initiator *i, uint64_t lun, uint8_t page);

/* Steps through page 0x83: *offset starts at 0. Returns 1 with *out set, 0 at the end, -1 when a designator runs past the end. */
int assay_designator_next(struct assay_designator *out, uint32_t *offset, const struct assay_vpd *page);

/* The first designator with that association and type (0: any of the types that name a logical unit: 1, 2, 3, 8). Returns 1 or 0. */
int assay_designator_find(
	struct assay_designator *out, const struct assay_vpd *page, uint8_t association, uint8_t type);

/* The inventory by REPORT LUNS, select 0; REQUIREs GOOD. Returns how many of at most ASSAY_LUNS_MAX, in the encoding of the target. */
size_t assay_report_luns(struct assay_t *t, struct assay_initiator *i, uint64_t *out);

/* A LUN that no unit has, by the inventory; a skip where every number up to 250 has one. */
uint64_t assay_missing_lun(struct assay_t *t, struct assay_initiator *i);

#endif
