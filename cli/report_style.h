/* SPDX-License-Identifier: ISC */
/* cli/report_style.h: how a report looks: on a phone, on a desk, in the dark and on paper. */
#ifndef REPORT_STYLE_H
#define REPORT_STYLE_H

#define REPORT_LIGHT \
	"color-scheme:light;--ink:#1b232c;--soft:#4d5965;--line:#d5dbe1;--page:#fff;--card:#f5f7f9;--blue:#14527f;--red:#a3201a;" \
	"--amber:#7a4a00;--amber-page:#fff6e6;--amber-line:#e2b76a;--green:#1d6b3f;--band:#dcefe3;--grid:#e3e7eb;--thread:#8fa3b5;--dot:#1d5b8f"
#define REPORT_DARK \
	"color-scheme:dark;--ink:#e4e9ee;--soft:#aab5c0;--line:#333d47;--page:#12161b;--card:#1a2027;--blue:#8cc4f0;--red:#ff9c93;" \
	"--amber:#f3c27a;--amber-page:#2a2113;--amber-line:#7d5f2a;--green:#86d3a6;--band:#1d3a2b;--grid:#2b333b;--thread:#60717f;--dot:#7ab8ea"

/* Patterns of html(): a percent sign is written twice. */
static const char REPORT_SCREEN[] =
	":root{" REPORT_LIGHT "}\n"
	"@media (prefers-color-scheme:dark){:root{" REPORT_DARK "}}\n"
	"*{box-sizing:border-box}\n"
	"html{-webkit-text-size-adjust:100%%;text-size-adjust:100%%}\n"
	"body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif;"
	"overflow-wrap:anywhere}\n"
	"main{max-width:62rem;margin:0 auto;padding:1.5rem 1rem 3rem}\n"
	"h1{font-size:1.9rem;line-height:1.15;margin:0 0 .5rem;letter-spacing:-.01em}\n"
	"h2{font-size:1.05rem;margin:0 0 .5rem;padding-bottom:.25rem;border-bottom:2px solid var(--line);color:var(--blue)}\n"
	"h3{font-size:.95rem;margin:1rem 0 .35rem}\n"
	"p{margin:.35rem 0}small,.small{font-size:.84rem;color:var(--soft);line-height:1.4}\n"
	"a{color:var(--blue)}b{font-weight:650}bdi{unicode-bidi:isolate}\n"
	".kind{margin:0;font-size:.84rem;letter-spacing:.06em;text-transform:uppercase;color:var(--soft)}\n"
	".facts{display:flex;flex-wrap:wrap;gap:.3rem 1.6rem;margin:.3rem 0 .5rem}.facts div{display:flex;gap:.4rem}\n"
	"dt{color:var(--soft)}dd{margin:0;font-weight:600}\n"
	"header{margin-bottom:1.1rem}section{margin:0 0 1.6rem}\n"
	".glance{display:grid;gap:1.1rem 2rem;grid-template-columns:minmax(0,1fr);margin-bottom:1.6rem}.glance section{margin:0}\n"
	"ul{margin:0;padding-left:1.2rem}ul.plain,ul.dates{list-style:none;padding:0}\n"
	"ul.plain>li{padding:.28rem 0;border-bottom:1px solid var(--line)}ul.plain>li:last-child{border:0}\n"
	"ul.dates>li{display:grid;grid-template-columns:8.2rem minmax(0,1fr);gap:.15rem .8rem;padding:.3rem 0;border-bottom:1px solid var(--line)}\n"
	"ul.dates>li:last-child{border:0}.when{color:var(--soft);font-variant-numeric:tabular-nums}\n"
	".dose{font-weight:500}.off{color:var(--red);font-weight:600}\n"
	".tag{display:inline-block;font-size:.78rem;line-height:1.3;font-weight:650;padding:.05rem .45rem;border:1px solid currentColor;"
	"border-radius:1rem;color:var(--soft);white-space:nowrap}\n"
	".tag.overdue{color:var(--red)}.tag.due{color:var(--amber)}.tag.next{color:var(--blue)}.tag.done{color:var(--green)}\n"
	".main>li>.tag{color:var(--red)}\n"
	".warn,.both{border:1px solid var(--amber-line);border-left-width:.3rem;border-radius:.3rem;background:var(--amber-page);padding:.45rem .7rem;margin:.4rem 0}\n"
	".warn{margin-bottom:1.1rem}.both p{margin:0;color:var(--amber)}.both ul{padding-left:1.1rem}\n"
	"table{border-collapse:collapse;width:100%%}th,td{text-align:start;vertical-align:top;padding:.28rem .8rem .28rem 0;border-bottom:1px solid var(--line)}\n"
	"thead th{font-size:.84rem;color:var(--soft);font-weight:600}tbody th{font-weight:650;min-width:8.6rem}tbody th.light{font-weight:400}th small{font-weight:400}.day{overflow-wrap:normal;min-width:6rem}.reach{min-width:9.8rem}\n"
	".n{text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	"footer{border-top:1px solid var(--line);padding-top:.6rem}\n"
	"@media (min-width:46rem){.glance{grid-template-columns:repeat(2,minmax(0,1fr))}.glance .wide{grid-column:1/-1}\n"
	".wide ul.dates{columns:2;column-gap:2rem}.wide ul.dates>li{break-inside:avoid}}\n"
	"ol{margin:.2rem 0;padding-left:1.4rem}sup{font-size:.72rem;line-height:1}\n"
	".beside{columns:20rem 2;column-gap:2rem}.beside li{break-inside:avoid}\n"
	"@media (max-width:30rem){table{font-size:.92rem}th,td{padding-right:.5rem}ul.dates>li{grid-template-columns:minmax(0,1fr);gap:0}.when{font-size:.84rem}h1{font-size:1.6rem}}\n";

static const char REPORT_PLOTS[] =
	".plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%%,19rem),1fr));gap:1.1rem 1.4rem;margin:.5rem 0}\n"
	"figure{margin:0;padding:.7rem .8rem;border:1px solid var(--line);border-radius:.4rem;background:var(--card)}figcaption{font-size:.9rem;line-height:1.4}\n"
	".plot{display:block;width:100%%;height:auto;margin-top:.4rem;font:13px system-ui,sans-serif}.plot text{fill:var(--soft)}\n"
	".plot .band{fill:var(--band)}.plot .grid{stroke:var(--grid);fill:none}.plot .line{stroke:var(--thread);fill:none;stroke-width:1.2}\n"
	".plot .in{fill:var(--dot)}.plot .out{fill:var(--red)}.plot .both{fill:var(--page);stroke:var(--amber);stroke-width:1.8}\n";

static const char REPORT_PAPER[] =
	"@page{margin:13mm 14mm 15mm;@bottom-right{content:counter(page) ' / ' counter(pages);font:8pt sans-serif;color:#555}}\n"
	"@media print{:root{" REPORT_LIGHT ";font-size:9.2pt}body{line-height:1.33}header{margin-bottom:.6rem}.warn{margin-bottom:.6rem}ul.plain>li,ul.dates>li{padding:.18rem 0}main{max-width:none;padding:0}\n"
	".glance{grid-template-columns:repeat(2,minmax(0,1fr));gap:.55rem 1.6rem;margin-bottom:1rem}.glance .wide{grid-column:1/-1}.wide ul.dates{columns:2}\n"
	"ul.dates>li{grid-template-columns:6.6rem minmax(0,1fr)}h1{font-size:1.7rem}h2,h3{break-after:avoid}\n"
	"li,tr,figure,.both,.warn,header{break-inside:avoid}thead{display:table-header-group}\n"
	".plots{grid-template-columns:repeat(2,minmax(0,1fr));gap:.7rem}figure{background:none;padding:.5rem}a{color:inherit;text-decoration:none}}\n";

#endif
