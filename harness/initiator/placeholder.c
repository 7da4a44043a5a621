/* Goes with the first source of this folder. */
typedef int assay_initiator_placeholder;
