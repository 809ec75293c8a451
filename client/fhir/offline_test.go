package fhir

import (
	"bytes"
	"reflect"
	"testing"
	"time"
)

var offlineAt = time.Date(2026, 11, 22, 11, 40, 0, 123e6, time.UTC)

// What one side writes, the other reads; and what is written is FHIR.
func TestOfflineOnTheWire(t *testing.T) {
	checks := []CopyCheck{{"l1", "s1"}, {Lease: "l2"}, {}}
	states := []CopyState{{"l1", true, offlineAt, "s2"}, {Lease: "l2"}}
	reads := []OfflineRead{{"r1", "l1", "p1", "d1", offlineAt, ModeNormal, false}, {"r2", "l1", "p1", "", offlineAt, ModeCentre15, false}, {"r3", "l1", "p1", "", offlineAt, ModeNormal, true}}
	receipts := []ReadReceipt{{"r1", true, true, ""}, {"r2", false, false, Invalid}}
	lease := OfflineLease{"l1", BasisMT, offlineAt, "s1", true}
	shared := []SharedCopy{{"p1", []string{RightRead, RightUpload}, lease}, {PatientID: "p2", OfflineLease: OfflineLease{ID: "l2", Until: offlineAt}}}
	patients := []string{"p1", "p2"}
	pool := CopyPool{"1750000002", bytes.Repeat([]byte{7}, 32), offlineAt}
	changes := CopyChanges{Documents: []Entry{{Resource: []byte(`{"resourceType":"DocumentReference","id":"d1"}`)}}, Gone: []string{"d2", "d3"}, Stamp: "s3", More: true}
	for name, c := range map[string]struct {
		data  []byte
		want  any
		parse func([]byte) (any, error)
	}{
		"checks":   {CopyChecksJSON(checks), checks, func(b []byte) (any, error) { return ParseCopyChecks(b) }},
		"states":   {CopyStatesJSON(states), states, func(b []byte) (any, error) { return ParseCopyStates(b) }},
		"reads":    {OfflineReadsJSON(reads), reads, func(b []byte) (any, error) { return ParseOfflineReads(b) }},
		"receipts": {ReadReceiptsJSON(receipts), receipts, func(b []byte) (any, error) { return ParseReadReceipts(b) }},
		"none":     {CopyChecksJSON(nil), []CopyCheck{}, func(b []byte) (any, error) { return ParseCopyChecks(b) }},
		"lease":    {lease.JSON(), lease, func(b []byte) (any, error) { return ParseOfflineLease(b) }},
		"patients": {TakeCopiesParameters(patients), patients, func(b []byte) (any, error) { return ParseTakeCopies(b) }},
		"shared":   {SharedCopiesJSON(shared), shared, func(b []byte) (any, error) { return ParseSharedCopies(b) }},
		"pool":     {pool.JSON(), pool, func(b []byte) (any, error) { return ParseCopyPool(b) }},
		"changes":  {changes.JSON(), changes, func(b []byte) (any, error) { return ParseCopyChanges(b) }},
	} {
		got, err := c.parse(c.data)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v\n%s", name, got, err, c.data)
		}
		n, err := Parse(c.data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if name != "changes" { // the document of the story is none
			if issues := Check(n); len(issues) > 0 {
				t.Errorf("%s is no FHIR: %+v", name, issues)
			}
		}
		if _, err := c.parse([]byte(`{"resourceType":"Patient"}`)); CodeOf(err) != Malformed {
			t.Errorf("%s of another resource: %v", name, err)
		}
	}
}

// An answer that lacks what a copy cannot do without is refused.
func TestOfflineAnswersThatSayTooLittle(t *testing.T) {
	for _, data := range []string{
		`{"resourceType":"Parameters"}`,
		`{"resourceType":"Parameters","parameter":[{"name":"lease","valueString":"l1"}]}`,
		`{"resourceType":"Parameters","parameter":[{"name":"lease","valueString":"l1"},{"name":"until","valueInstant":"tomorrow"}]}`,
	} {
		if _, err := ParseOfflineLease([]byte(data)); CodeOf(err) != Malformed {
			t.Errorf("%s: %v", data, err)
		}
	}
	for _, c := range []SharedCopy{{}, {OfflineLease: OfflineLease{ID: "l1", Until: offlineAt}}, {PatientID: "p1"}} {
		if _, err := ParseSharedCopies(SharedCopiesJSON([]SharedCopy{c})); CodeOf(err) != Malformed {
			t.Errorf("a shared copy %+v: %v", c, err)
		}
	}
	for _, p := range []CopyPool{{}, {"1", []byte("short"), offlineAt}, {"", bytes.Repeat([]byte{7}, 32), offlineAt}, {OrgID: "1", Key: bytes.Repeat([]byte{7}, 32)}} {
		if _, err := ParseCopyPool(p.JSON()); CodeOf(err) != Malformed {
			t.Errorf("the key of a pool %+v: %v", p, err)
		}
	}
	if _, err := ParseCopyChanges([]byte(`{"resourceType":"Bundle","type":"collection"}`)); CodeOf(err) != Malformed {
		t.Errorf("changes without a stamp: %v", err)
	}
}

// FuzzOffline: no bytes bring a reader down, and what is read is written and read
// again as the same.
func FuzzOffline(f *testing.F) {
	f.Add(CopyChecksJSON([]CopyCheck{{"l1", "s1"}}))
	f.Add(CopyStatesJSON([]CopyState{{"l1", true, offlineAt, "s2"}}))
	f.Add(OfflineReadsJSON([]OfflineRead{{"r1", "l1", "p1", "", offlineAt, ModeNormal, true}}))
	f.Add(ReadReceiptsJSON([]ReadReceipt{{"r1", true, false, ""}}))
	f.Add(OfflineLease{"l1", BasisMT, offlineAt, "s1", true}.JSON())
	f.Add(CopyPool{"1", bytes.Repeat([]byte{7}, 32), offlineAt}.JSON())
	f.Add(CopyChanges{Gone: []string{"d2"}, Stamp: "s3", More: true}.JSON())
	f.Add([]byte(`{"resourceType":"Parameters","parameter":[{"name":"copy","part":[{"name":"copy"}]},{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := ParseCopyChecks(data); err == nil {
			if again, err := ParseCopyChecks(CopyChecksJSON(got)); err != nil || len(again) != len(got) {
				t.Errorf("%d checks, then %d, %v", len(got), len(again), err)
			}
		}
		if got, err := ParseSharedCopies(data); err == nil {
			if again, err := ParseSharedCopies(SharedCopiesJSON(got)); err != nil || len(again) != len(got) {
				t.Errorf("%d shared copies, then %d, %v", len(got), len(again), err)
			}
		}
		if got, err := ParseTakeCopies(data); err == nil {
			if again, err := ParseTakeCopies(TakeCopiesParameters(got)); err != nil || len(again) != len(got) {
				t.Errorf("%d patients, then %d, %v", len(got), len(again), err)
			}
		}
		if got, err := ParseCopyPool(data); err == nil {
			if again, err := ParseCopyPool(got.JSON()); err != nil || !bytes.Equal(again.Key, got.Key) || again.OrgID != got.OrgID {
				t.Errorf("the key of a pool, then another one, %v", err)
			}
		}
		if got, err := ParseCopyStates(data); err == nil {
			if again, err := ParseCopyStates(CopyStatesJSON(got)); err != nil || len(again) != len(got) {
				t.Errorf("%d states, then %d, %v", len(got), len(again), err)
			}
		}
		if got, err := ParseOfflineReads(data); err == nil {
			if again, err := ParseOfflineReads(OfflineReadsJSON(got)); err != nil || len(again) != len(got) {
				t.Errorf("%d reads, then %d, %v", len(got), len(again), err)
			}
		}
		if got, err := ParseReadReceipts(data); err == nil {
			if again, err := ParseReadReceipts(ReadReceiptsJSON(got)); err != nil || len(again) != len(got) {
				t.Errorf("%d receipts, then %d, %v", len(got), len(again), err)
			}
		}
		if got, err := ParseOfflineLease(data); err == nil && (got.ID == "" || got.Until.IsZero()) {
			t.Errorf("a lease that says nothing: %+v", got)
		}
		if got, err := ParseCopyChanges(data); err == nil && got.Stamp == "" {
			t.Error("changes without a stamp")
		}
	})
}
