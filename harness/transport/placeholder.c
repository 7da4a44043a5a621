/* Goes with the first source of this folder. */
typedef int assay_transport_placeholder;
