/*
 * listing.h - PDUs for people: pdus.txt, and the one line of a failure. Field names are the standard's; meanings are
 * spelled out (opcodes, stages, status, reasons, SCSI operation codes, sense). Secrets are left out: values of CHAP_R are
 * shown by length only.
 */
#ifndef ASSAY_CODEC_LISTING_H
#define ASSAY_CODEC_LISTING_H

#include "codec/pdu.h"

#define ASSAY_LISTING_DATA                                                                                   \
	64 /* bytes of a data segment that a listing looks at, but of text, sense data and the header in a Reject */

/* All work like snprintf: at most capacity bytes with NUL, returns the length that the whole would have. */

/* One line: "NOP-Out ITT=0x3 TTT=0xffffffff CmdSN=5 ExpStatSN=7". No newline. */
size_t assay_listing_brief(char *out, size_t capacity, const struct assay_pdu *pdu);

/* The whole PDU: a line a field with its meaning, text keys a line each, AHS, digests, a hex dump of the first bytes of data. */
size_t assay_listing_full(char *out, size_t capacity, const struct assay_pdu *pdu);

/* One field's value with its meaning: "0x2 (CHECK CONDITION)". field: as in struct assay_layout_entry. */
size_t assay_listing_value(char *out, size_t capacity, const struct assay_pdu *pdu, uint8_t field);

/* Meanings: never NULL ("unknown" or "reserved" where the standard gives none). */
const char *assay_login_status_name(uint8_t status_class, uint8_t status_detail);
const char *assay_reject_reason_name(uint8_t reason);
const char *assay_scsi_status_name(uint8_t status);
const char *assay_tmf_function_name(uint8_t function);
const char *assay_tmf_response_name(uint8_t response);
const char *assay_async_event_name(uint8_t event);
const char *assay_stage_name(uint8_t stage);
const char *assay_cdb_name(uint8_t operation_code);
const char *assay_sense_key_name(uint8_t key);
const char *assay_additional_sense_name(uint8_t asc, uint8_t ascq);
const char *assay_scsi_response_name(uint8_t response);
const char *assay_logout_reason_name(uint8_t reason);
const char *assay_logout_response_name(uint8_t response);
const char *assay_snack_type_name(uint8_t type);
const char *assay_attr_name(uint8_t attr);

#endif
