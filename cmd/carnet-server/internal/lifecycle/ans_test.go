package lifecycle

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carnet/cmd/carnet-server/internal/record"
)

// The lot of the French national agency (testdata/ans, MIT) is carried over, as
// it is published, for another person: its class is not that of its type, which is
// put right and told; its size and hash are those of its content, and stay.
func TestThePublishedLotIsCarriedOver(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	former := t.TempDir()
	w.Former = &Former{Dir: former, Records: w.service}
	folder := filepath.Join(former, FolderOf(zoe().INS.Value))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	text := string(must(os.ReadFile("testdata/ans/Bundle-example-td2-iti65-lot-soumission.json")))
	for _, r := range [][2]string{{"123456789012345", zoe().INS.Value}, {"1.2.250.1.213.1.4.8|", "1.2.250.1.213.1.4.10|"}, {`1.2.250.1.213.1.4.8"`, `1.2.250.1.213.1.4.10"`}} {
		text = strings.ReplaceAll(text, r[0], r[1])
	}
	if err := os.WriteFile(filepath.Join(folder, "lot.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w.clock.set(day("2026-07-01 10:00")) // after the document's date
	id := w.announced(zoe())
	if _, err := w.Activate(ctx, activation(zoe(), w.codes()[0])); err != nil {
		t.Fatal(err)
	}
	w.work()
	report := string(must(os.ReadFile(filepath.Join(folder, reportFile))))
	me := record.Citizen{ID: id, Name: "Zoé LEFÈVRE", Session: "s"}
	page := must(w.service.HeldDocuments(ctx, me, id, record.HeldQuery{}))
	if len(page.Items) != 1 {
		t.Fatalf("%+v", page)
	}
	d := page.Items[0]
	if d.Attachment.Title != "Compte rendu de consultation" || d.Category.Code != "10" || d.Attachment.Size != 80 || d.Author.ID != "899700218896" {
		t.Errorf("%+v", d)
	}
	if !strings.Contains(report, "lot.json#2,filed,"+remarkClass+"\n") {
		t.Errorf("the report:\n%s", report)
	}
}
