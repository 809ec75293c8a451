// Package layout holds the floor plan of the house: which package may import
// which. It has no part in the programs; its test reads the imports of the
// whole module and compares them with the table below, so that the plan in the
// README stays true.
//
// A package stands in the first room whose pattern fits its path. Patterns end
// in "/…" for everything below, or contain "*" for one path element. Inside the
// module a room may import only the rooms it names; libraries are open to all
// but the rooms that say otherwise.
package layout

import "strings"

const module = "carnet/"

// room is one line of the table.
type room struct {
	name     string
	patterns []string
	imports  []string // rooms
	std      bool     // standard library only
	fyne     bool     // may import Fyne
	deny     []string // libraries that this room never touches
}

// pageDeny is what a page never touches: it speaks to the contract.
var pageDeny = []string{"net/http", "github.com/go-resty/resty/v2", "github.com/dgraph-io/badger/v4", "modernc.org/sqlite"}

// rooms is the table of who imports whom.
var rooms = []room{
	{name: "assets", patterns: []string{"assets"}, std: true},
	{name: "fhir", patterns: []string{"client/fhir", "client/fhir/internal/…"}, std: true, imports: []string{"fhir"}},
	{name: "terminology", patterns: []string{"client/terminology"}, std: true},
	{name: "curve", patterns: []string{"client/curve"}, std: true},
	{name: "trend", patterns: []string{"client/trend"}, imports: []string{"fhir", "terminology"}},
	{name: "pdfium", patterns: []string{"client/pdfium", "client/pdfium/internal/…"}, imports: []string{"pdfium", "fhir", "terminology"}},
	{name: "pdfcheck", patterns: []string{"client/pdfcheck", "client/pdfcheck/internal/…"}, imports: []string{"pdfcheck", "pdfium", "fhir", "terminology"}},
	{name: "batch", patterns: []string{"client/batch"}, imports: []string{"fhir", "terminology", "pdfium", "pdfcheck", "client"}},
	{name: "session", patterns: []string{"client/session"}, imports: []string{"client", "fhir", "terminology"}},
	{name: "advice", patterns: []string{"client/advice"}, imports: []string{"fhir", "terminology"}},
	{name: "clienttest", patterns: []string{"client/clienttest"}, imports: []string{"client", "fhir", "terminology"}},
	{name: "client/sub", patterns: []string{"client/*", "client/*/internal/…"}, imports: []string{"client", "fhir", "terminology", "pdfium"}},
	{name: "client", patterns: []string{"client"}, imports: []string{"fhir", "terminology"}},
	{name: "cache", patterns: []string{"cache", "cache/…"}, imports: []string{"cache", "client", "fhir"}},
	{name: "task", patterns: []string{"ui/task", "ui/task/…"}, imports: []string{"task"}, fyne: true},
	{name: "widget", patterns: []string{"ui/widget"}, imports: []string{"assets", "task", "curve"}, fyne: true, deny: pageDeny},
	{name: "widgettest", patterns: []string{"ui/widget/widgettest"}, imports: []string{"widget", "task"}, fyne: true, deny: pageDeny},
	{name: "pdfview", patterns: []string{"ui/pdfview"}, imports: []string{"widget", "task", "pdfium"}, fyne: true, deny: pageDeny},
	{name: "choose", patterns: []string{"ui/choose"}, imports: []string{"widget", "task", "client", "fhir", "terminology", "advice"}, fyne: true, deny: pageDeny},
	{
		name: "page", patterns: []string{"ui/*"}, fyne: true, deny: pageDeny,
		imports: []string{"choose", "widget", "task", "pdfview", "client", "fhir", "terminology", "pdfcheck", "batch", "advice", "curve", "trend"},
	},
	{
		name: "ui", patterns: []string{"ui"}, fyne: true, deny: pageDeny,
		imports: []string{"advice", "page", "choose", "widget", "task", "pdfview", "assets", "client", "fhir", "terminology"},
	},
	{name: "consent", patterns: []string{serverDir + "record/internal/consent"}, imports: []string{"fhir", "terminology"}},
	{name: "audit", patterns: []string{serverDir + "record/internal/audit"}, imports: []string{"fhir", "terminology"}},
	{name: "store", patterns: []string{serverDir + "record/internal/store", serverDir + "record/internal/store/…"}, imports: []string{"store", "consent", "audit", "fhir", "terminology"}},
	{name: "record", patterns: []string{serverDir + "record"}, imports: []string{"store", "consent", "audit", "fhir", "terminology"}},
	{name: "demo", patterns: []string{serverDir + "demo", serverDir + "demo/…"}, imports: []string{"demo", "record", "fhir", "terminology", "pdfcheck", "assets"}},
	{name: "web", patterns: []string{serverDir + "web"}, imports: []string{"fhir"}},
	{
		name: "server part", patterns: []string{serverDir + "httpapi", serverDir + "idp", serverDir + "portal", serverDir + "lifecycle"},
		imports: []string{"web", "record", "fhir", "terminology", "pdfcheck", "advice", "curve", "trend"},
	},
	{name: "tour", patterns: []string{serverDir + "tour"}, imports: []string{"demo", "client", "fhir"}},
	{name: "bench", patterns: []string{serverDir + "bench"}, imports: []string{"demo", "record", "fhir", "terminology", "internal"}},
	{name: "e2e", patterns: []string{serverDir + "e2e"}, imports: []string{"record", "server part", "demo", "client", "fhir", "terminology", "clienttest", "session", "pdfcheck"}},
	{
		name: "carnet-server", patterns: []string{"cmd/carnet-server"},
		imports: []string{"record", "server part", "demo", "fhir", "terminology", "pdfcheck", "pdfium", "internal"},
	},
	{
		name: "carnet", patterns: []string{"cmd/carnet"}, fyne: true,
		imports: []string{
			"ui", "page", "widget", "task", "pdfview", "cache", "client", "client/sub", "fhir", "terminology",
			"pdfium", "pdfcheck", "batch", "session", "advice", "assets", "internal",
		},
	},
	{name: "lab part", patterns: []string{"cmd/carnet-lab/internal/…"}, imports: []string{"lab part", "fhir", "terminology", "client", "assets"}},
	{
		name: "carnet-lab", patterns: []string{"cmd/carnet-lab"},
		imports: []string{"client", "client/sub", "fhir", "terminology", "pdfium", "pdfcheck", "batch", "session", "cache", "assets", "internal", "lab part"},
	},
	{name: "internal", patterns: []string{"cmd/internal/…"}, imports: []string{"internal", "fhir"}},
}

const serverDir = "cmd/carnet-server/internal/"

// Room names the room of a package of the module, "" when it has none.
func Room(importPath string) string {
	if r := find(importPath); r != nil {
		return r.name
	}
	return ""
}

// Refuse says why a package may not import another, "" when it may.
func Refuse(from, to string) string {
	r := find(from)
	if r == nil {
		return "the importer stands in no room"
	}
	if strings.HasPrefix(to, module) {
		target := find(to)
		if target == nil {
			return "the imported package stands in no room"
		}
		for _, name := range r.imports {
			if name == target.name {
				return ""
			}
		}
		return "a " + r.name + " package does not know " + target.name
	}
	return refuseLibrary(r, to)
}

// RefuseInTest is Refuse for test files, which may set the scene with more:
// any room's tests may use the fake and the demo world's neighbours, but Fyne
// and cmd stay where they are.
func RefuseInTest(from, to string) string {
	r := find(from)
	if r == nil {
		return "the importer stands in no room"
	}
	if !strings.HasPrefix(to, module) {
		if strings.HasPrefix(to, "fyne.io/") && !r.fyne {
			return "Fyne appears only under ui, assets and cmd/carnet"
		}
		return ""
	}
	fromServer := strings.HasPrefix(from, module+serverDir) || strings.HasPrefix(from, module+"cmd/carnet-server")
	if strings.HasPrefix(to, module+"cmd/carnet-server/") && !fromServer {
		return "nobody outside the server imports its parts"
	}
	if strings.HasPrefix(to, module+"ui") && !strings.HasPrefix(from, module+"ui") && r.name != "carnet" {
		return "pages are tested where they stand"
	}
	return ""
}

func refuseLibrary(r *room, to string) string {
	first, _, _ := strings.Cut(to, "/")
	standard := !strings.Contains(first, ".")
	if r.std && !standard {
		return r.name + " keeps to the standard library"
	}
	if strings.HasPrefix(to, "fyne.io/") && !r.fyne {
		return "Fyne appears only under ui, assets and cmd/carnet"
	}
	for _, d := range r.deny {
		if to == d || strings.HasPrefix(to, d+"/") {
			return "a " + r.name + " package never touches " + d
		}
	}
	return ""
}

func find(importPath string) *room {
	path := strings.TrimPrefix(importPath, module)
	for i := range rooms {
		for _, p := range rooms[i].patterns {
			if fits(p, path) {
				return &rooms[i]
			}
		}
	}
	return nil
}

func fits(pattern, path string) bool {
	pp, qq := strings.Split(pattern, "/"), strings.Split(path, "/")
	if last := len(pp) - 1; pp[last] == "…" {
		if len(qq) <= last {
			return false
		}
		pp, qq = pp[:last], qq[:last]
	}
	if len(pp) != len(qq) {
		return false
	}
	for i := range pp {
		if pp[i] != "*" && pp[i] != qq[i] {
			return false
		}
	}
	return true
}
