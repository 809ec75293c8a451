package record

import (
	"context"
	"slices"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
)

// open enters the record, in normal mode or in an emergency one.
func (p *Page) open(how client.OpenRequest) {
	p.phase, p.err, p.how = Opening, nil, how
	p.following.latest.Cancel()
	p.forget()
	p.view.refresh()
	task.RunStaged(p.opening, p.view.busyOpening, func(ctx context.Context) (client.Access, error) {
		return p.cfg.Records.Open(ctx, p.cfg.Patient.ID, how)
	}, func(a client.Access, err error) {
		p.entered(how, a, err)
	})
}

// entered takes the answer to open.
func (p *Page) entered(how client.OpenRequest, a client.Access, err error) {
	if Emergency(how.Mode) && err != nil && PhaseOf(a, err) != NoRecord {
		// the page behind stays what it was: what else is possible is still there
		p.phase = NoRight
		refused := PhaseOf(a, err) == Refused
		if refused {
			p.refusedModes[how.Mode] = true
		}
		p.view.refresh()
		p.cfg.Shell.Focus(p.view.focus())
		if refused {
			p.emergencyRefused(how.Mode)
		} else {
			p.cfg.Shell.Present(err, nil)
		}
		return
	}
	if err == nil {
		p.access = a
		p.follow()
	}
	p.phase, p.err = PhaseOf(a, err), err
	if p.phase == Reading {
		p.docs = NewDocs(p.cfg.Shell.Person().ID, a.LastVisit)
		p.list = listing{masked: true}
		p.count()
		p.load()
	}
	p.view.refresh()
	p.cfg.Shell.Focus(p.view.focus())
	p.deposit()
}

// deposit offers what came with the patient for filing, once.
func (p *Page) deposit() {
	if p.Dropped(p.cfg.Deposit) {
		p.cfg.Deposit = nil
	}
}

// count starts the countdown of an emergency access and ends the page with it.
func (p *Page) count() {
	p.tick()
	p.tick = func() {}
	if _, limited := Remaining(p.access, p.now()); !limited {
		return
	}
	p.tick = p.cfg.Scope.Every(time.Second, func() {
		if left, _ := Remaining(p.access, p.now()); left == 0 {
			p.end()
			return
		}
		p.view.showRemaining()
	})
}

// end takes everything off the screen: the emergency access is over.
func (p *Page) end() {
	p.tick()
	p.following.latest.Cancel()
	p.forget()
	p.phase = Ended
	p.view.refresh()
	p.cfg.Shell.Focus(p.view.focus())
}

// forget drops what was read, from the screen and from memory.
func (p *Page) forget() {
	p.loading.Cancel()
	p.content.Cancel()
	p.traces.latest.Cancel()
	p.docs = NewDocs(p.cfg.Shell.Person().ID, time.Time{})
	p.reader = reading{}
	p.traces = traces{latest: p.traces.latest}
	p.list = listing{masked: true}
	p.forgetParts()
	p.tab = p.home()
	p.cfg.Viewer.Clear()
}

// renewed handles an answer which says that the right to read is gone or that
// the access session has ended, as it does with the sign-in. The record is
// opened anew: with the right to read, again is called and nothing else changes
// on the screen; without it, the page shows what is possible now. It reports
// whether it did so: not twice in a row for the same fault.
func (p *Page) renewed(err error, again func()) bool {
	if !Lost(err) || p.retried {
		return false
	}
	p.retried = true
	how := client.OpenRequest{Mode: fhir.ModeNormal}
	if Emergency(p.access.Mode) {
		p.open(how)
		return true
	}
	task.Run(p.opening, func(ctx context.Context) (client.Access, error) {
		return p.cfg.Records.Open(ctx, p.cfg.Patient.ID, how)
	}, func(a client.Access, err error) {
		if PhaseOf(a, err) == Reading {
			p.access = a
			p.follow()
			p.view.refresh()
			again()
			return
		}
		p.forget()
		p.entered(how, a, err)
		if p.phase == NoRight {
			p.following.lost = fhir.ReasonConsent
			p.view.refresh()
		}
	})
	return true
}

// listing is what is known of the list beyond its documents.
type listing struct {
	old     bool // archived and superseded ones are listed too
	masked  bool // masked ones are shown
	total   int
	loading bool
	err     error // of the last page
	next    string
	prov    client.Provenance
}

// pageSize is how many documents are asked for at once: the first answer is
// quick, and 5,000 documents are 25 answers.
const pageSize = 200

// load asks for the list from its beginning.
func (p *Page) load() {
	p.list.err, p.list.next = nil, ""
	p.following.news, p.following.listed = 0, p.following.told.New
	p.loadPage("")
}

// loadPage asks for one page of the list and, when it has come, for the next:
// the list fills up while it is already in use.
func (p *Page) loadPage(cursor string) {
	p.list.loading = true
	query := client.DocumentQuery{Limit: pageSize, Page: cursor}
	if p.list.old {
		query.Archived, query.Statuses = true, []string{"current", "superseded"}
	}
	access := p.access
	task.RunStaged(p.loading, p.view.busyLoading, func(ctx context.Context) (client.DocumentPage, error) {
		return p.cfg.Records.Documents(ctx, access, query)
	}, func(page client.DocumentPage, err error) {
		p.arrived(cursor, page, err)
	})
}

// arrived takes a page of the list.
func (p *Page) arrived(cursor string, page client.DocumentPage, err error) {
	p.list.loading, p.list.err = false, err
	if err != nil {
		if !p.renewed(err, func() { p.loadPage(cursor) }) {
			p.list.next = cursor
			p.view.refresh()
		}
		return
	}
	p.retried = false
	if cursor == "" {
		p.docs.Clear()
	}
	p.docs.Add(page.Documents...)
	p.showWaiting()
	p.list.total, p.list.next, p.list.prov = page.Total, page.Next, page.Provenance
	if cursor == "" && p.docs.Get(p.docs.Selected) == nil {
		p.docs.Selected = p.docs.Neighbour(1)
	}
	if page.Next != "" {
		p.loadPage(page.Next)
	} else {
		p.cleanReader()
	}
	p.view.refresh()
	p.tellDocuments(nil)
	if cursor == "" {
		p.cfg.Shell.Mark("record-listed")
		if p.tab < tabOther { // a part may be in use already
			p.cfg.Shell.Focus(p.view.focus())
		}
	}
}

// showOld lists archived and superseded documents too, or no longer.
func (p *Page) showOld(on bool) {
	if p.list.old == on {
		return
	}
	p.list.old = on
	p.load()
}

// showMasked shows masked documents, or not.
func (p *Page) showMasked(on bool) {
	p.list.masked, p.docs.Masked = on, on
	p.docs.Refresh()
	p.view.refresh()
}

// settle puts a document as it is now in the list, or takes it out when it no
// longer belongs there.
func (p *Page) settle(d client.Document) {
	own := d.Author.ID == p.cfg.Shell.Person().ID
	listed := d.Status == "current" && !d.Archived || p.list.old
	if listed && StaysReadable(p.access, d, own) {
		p.docs.Add(d)
		return
	}
	if p.reader.id == d.ID {
		p.reader = reading{}
		p.cfg.Viewer.Clear()
	}
	p.docs.Remove(d.ID)
	p.list.total = max(p.list.total-1, p.docs.Len())
}

// traces is the tab of accesses.
type traces struct {
	latest  *task.Latest
	asked   bool
	loading bool
	rows    []client.Trace
	total   int
	next    string
	prov    client.Provenance
	err     error
}

// loadTraces asks for a page of this record's accesses.
func (p *Page) loadTraces(cursor string) {
	p.traces.asked, p.traces.loading = true, true
	query := client.TraceQuery{PatientID: p.cfg.Patient.ID, Limit: 100, Page: cursor}
	task.Run(p.traces.latest, func(ctx context.Context) (client.TracePage, error) {
		return p.cfg.Records.Accesses(ctx, query)
	}, func(page client.TracePage, err error) {
		p.traces.loading, p.traces.err = false, err
		if err == nil {
			if cursor == "" {
				p.traces.rows = nil
			}
			p.traces.rows = append(slices.Clip(p.traces.rows), page.Traces...)
			p.traces.total, p.traces.next, p.traces.prov = page.Total, page.Next, page.Provenance
		}
		p.view.refresh()
	})
}
