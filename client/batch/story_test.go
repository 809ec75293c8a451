package batch

import (
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
)

// The laboratory's evening: a folder is dropped, read, sent.
func TestAFolderReachesItsPatients(t *testing.T) {
	p := newPlace(t)
	p.result("a.pdf", clienttest.PatientLea)
	p.result("b.pdf", clienttest.PatientStranger)
	p.result("sub/c.pdf", clienttest.PatientClosed)
	p.write("d.pdf", pdf("rien"))
	p.write("e.pdf", []byte("no PDF"))
	e := p.engine()
	running(t, e)
	ok(t, "add", e.Add(t.Context(), p.dir))
	settled(t, e)
	stands(t, e, "a.pdf", Ready)
	stands(t, e, "b.pdf", Ready)
	stands(t, e, "sub/c.pdf", NoRecord)
	stands(t, e, "d.pdf", Fix, NoIdentity, NoType, NoDate)
	stands(t, e, "e.pdf", Refused)
	n, err := e.Send(t.Context())
	ok(t, "send", err)
	if n != 2 {
		t.Errorf("%d sent, want 2", n)
	}
	running(t, p.box)
	settled(t, e)
	r := stands(t, e, "a.pdf", Sent)
	if r.DocumentID == "" || r.Done.IsZero() {
		t.Errorf("sent without a proof: %+v", r)
	}
	stands(t, e, "b.pdf", Sent)
	d, err := p.fake.Document(t.Context(), client.Access{PatientID: clienttest.PatientLea}, r.DocumentID)
	ok(t, "document", err)
	if d.Type.Code != "11502-2" || d.Attachment.Size != r.Size {
		t.Errorf("filed as %+v", d)
	}
}
