/* page_files.h - inside report/ only: the style and the script of every page, as embed.cmake makes them of page.css and page.js. */
#ifndef ASSAY_REPORT_PAGE_FILES_H
#define ASSAY_REPORT_PAGE_FILES_H

extern const char assay_page_style[], assay_page_script[];
extern const char assay_page_style_hash[], assay_page_script_hash[]; /* "sha256-…", for the page's policy */

#endif
