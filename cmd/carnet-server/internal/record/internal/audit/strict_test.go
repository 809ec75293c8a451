package audit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"carnet/client/fhir"
)

// Who has a genuine file cannot stop it at the entry of an earlier export: the
// head that it was signed with then is of another size.
func TestTheEndCannotBeCutOff(t *testing.T) {
	for pattern, after := range map[string]string{"t": "r", "tror": "o", "trroo": "oor", "nrtror": "rrrrr"} {
		c := newChronicle(t, pattern)
		whole := c.export(t, after)
		if e, err := CheckExport(strings.NewReader(whole), false); err != nil || !e.Whole || e.Head.Size >= c.tree.Size() {
			t.Fatalf("%s: %+v, %v", pattern, e, err)
		}
		c.late = true // the same entries and the newest head
		own := slices.IndexFunc(c.entries, func(e ExportEntry) bool { return strings.Contains(string(e.Entry), `"session":"x"`) })
		cut := c.written(t, c.entries[:own+1])
		if _, err := CheckExport(strings.NewReader(cut), false); !errors.Is(err, ErrExport) || !strings.Contains(err.Error(), "the end is missing") {
			t.Errorf("%s+%s: %v", pattern, after, err)
		}
	}
}

// The head of an export is of its moment; a server that shows what it had then
// as what it has now must lie about the time of an entry as well.
func TestTheHeadIsOfTheMomentOfTheLastEntry(t *testing.T) {
	for wait, holds := range map[time.Duration]bool{
		0: true, time.Millisecond: true, time.Minute: true, -time.Millisecond: false, time.Minute + time.Millisecond: false, 24 * time.Hour: false,
	} {
		c := newChronicle(t, "tror")
		c.waits = wait
		if _, err := CheckExport(strings.NewReader(c.export(t, "o")), false); (err == nil) != holds || err != nil && !errors.Is(err, ErrExport) {
			t.Errorf("%v: %v", wait, err)
		}
	}
}

// A larger log was not signed long before a smaller one.
func TestALogDoesNotShrinkInTime(t *testing.T) {
	c := newChronicle(t, "trror")
	newer, err := CheckExport(strings.NewReader(c.export(t, "o")), true)
	if err != nil {
		t.Fatal(err)
	}
	for later, holds := range map[time.Duration]bool{-time.Hour: true, time.Minute: true, time.Minute + time.Millisecond: false} {
		older := newer
		older.Head.Time = newer.Head.Time.Add(later)
		if err := newer.Continues(older, nil); (err == nil) != holds {
			t.Errorf("%v: %v", later, err)
		}
	}
}

// A file of before says of itself that its end is open.
func TestTheEndOfAFileOfBeforeIsOpen(t *testing.T) {
	c := newChronicle(t, "nrror")
	c.late = true
	if e, err := CheckExport(strings.NewReader(asBefore(c.export(t, "oo"))), false); err != nil || e.Whole {
		t.Errorf("%+v, %v", e, err)
	}
}

// Base64 has one form everywhere: line ends and unused bits are none of it.
func TestBase64HasOneForm(t *testing.T) {
	c := newChronicle(t, "trror")
	c.entries[1].Commitment, c.entries[1].Entry = Commit(c.entries[1].Salt, c.entries[1].Entry), nil
	text := c.export(t, "o")
	salt := base64.StdEncoding.EncodeToString(c.entries[0].Salt[:])
	record := saltOf("p1")
	key := strings.Split(strings.TrimSpace(string(c.key)), "\n")[1]
	tried := 0
	for _, value := range []string{
		salt, base64.StdEncoding.EncodeToString(record[:]), base64.StdEncoding.EncodeToString(c.entries[1].Commitment[:]), key[strings.LastIndex(key, "+")+1:],
	} {
		for _, end := range []string{`\n`, `\r`, `\r\n`} {
			for _, at := range []int{0, 4, len(value)} {
				changed := strings.Replace(text, value, value[:at]+end+value[at:], 1)
				if changed == text {
					t.Fatalf("%q is not there", value)
				}
				if _, err := CheckExport(strings.NewReader(changed), false); !errors.Is(err, ErrExport) {
					t.Errorf("%q at %d of %q: %v", end, at, value, err)
				}
				tried++
			}
		}
	}
	if tried != 36 {
		t.Errorf("%d tried", tried)
	}
	for _, loose := range []string{"AB==", "AA==\n", "A\nA==", "\rAA==", "AA="} {
		if _, err := strictBase64(loose); err == nil {
			t.Errorf("%q reads", loose)
		}
	}
}

func TestAKeyHasOneForm(t *testing.T) {
	file, err := NewKey(constant(7), "carnet-log")
	if err != nil {
		t.Fatal(err)
	}
	key, err := PublicKey(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := strictKey(key); err != nil {
		t.Fatal(err)
	}
	cut := strings.Index(key, "+") + 1
	for _, wrong := range []string{
		key[:cut] + strings.ToUpper(key[cut:cut+8]) + key[cut+8:], key + "\n", key[:cut+12] + "\n" + key[cut+12:], " " + key, "", "+", key[:cut], key[cut:], key[:cut] + key[cut-1:],
	} {
		if _, err := strictKey(wrong); err == nil {
			t.Errorf("%q is a key", wrong)
		}
	}
	odd, err := NewKey(constant(7), "carnet\x01log")
	if err != nil {
		t.Fatal(err)
	}
	if key, err = PublicKey(odd); err != nil {
		t.Fatal(err)
	}
	if _, err := strictKey(key); err == nil {
		t.Error("a name with a control character is one")
	}
}

// A signature of somebody else says nothing, and is still written in one way.
func TestOtherSignaturesHaveOneForm(t *testing.T) {
	signer, verifier := newKey(t)
	signed, err := Sign(logOf(3).head(), signer)
	if err != nil {
		t.Fatal(err)
	}
	for line, reads := range map[string]bool{"— other AAAAAAA=\n": true, "— other AAAAAAB=\n": false, "— other AAAAAA==\n": false, "— other\n": false, "— oth\x01er AAAAAAA=\n": false} {
		if _, err := Open([]byte(string(signed)+line), verifier); (err == nil) != reads {
			t.Errorf("%q: %v", line, err)
		}
	}
	n := note.Note{Text: strings.Replace(logOf(3).head().Text(), "2026", "0000", 1)}
	if signed, err = note.Sign(&n, signer); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(signed, verifier); !errors.Is(err, ErrHead) {
		t.Error("a head of the year 0 opens")
	}
}

// What the log writes and what it reads of an entry is the same.
func TestAnEntryHasOneForm(t *testing.T) {
	const form = `{"v":1,"at":"%s","kind":"read"%s,"agent":{"id":"a"}%s,"patient":"p1"%s}`
	const at = "2026-11-20T09:15:00.12Z"
	for body, reads := range map[string]bool{
		fmt.Sprintf(form, at, "", "", ""):                                               true,
		fmt.Sprintf(form, "0001-01-01T00:00:00Z", "", "", ""):                           true,
		fmt.Sprintf(form, "0000-12-31T23:59:59Z", "", "", ""):                           false,
		fmt.Sprintf(form, "2026-11-20T09:15:00.1234Z", "", "", ""):                      false,
		fmt.Sprintf(form, "2026-11-20T09:15:00.123456789Z", "", "", ""):                 false,
		fmt.Sprintf(form, "2026-11-20T10:15:00+01:00", "", "", ""):                      false,
		fmt.Sprintf(form, "2026-11-20T09:15:00.120Z", "", "", ""):                       false,
		fmt.Sprintf(form, at, `,"step":2`, "", `,"count":3`):                            true,
		fmt.Sprintf(form, at, `,"step":-2`, "", ""):                                     false,
		fmt.Sprintf(form, at, "", "", `,"count":-3`):                                    false,
		fmt.Sprintf(form, at, "", `,"responsible":{"id":"b"}`, ""):                      true,
		fmt.Sprintf(form, at, "", `,"responsible":{}`, ""):                              false,
		fmt.Sprintf(form, at, "", "", `,"happened":"2026-11-20T10:15:00.123456+01:00"`): true,
		fmt.Sprintf(form, at, "", "", `,"happened":"0000-11-20T10:15:00Z"`):             false,
		fmt.Sprintf(form, at, "", "", `,"happened":"2026-11-20T10:15:00.50Z"`):          false,
		fmt.Sprintf(form, at, "", "", `,"happened":"2026-11-20T10:15:00+00:00"`):        false,
		fmt.Sprintf(form, at, "", "", `,"happened":"2026-11-20T10:15:00+24:00"`):        false,
		fmt.Sprintf(form, at, "", "", `,"happened":"0001-01-01T00:00:00Z"`):             false,
	} {
		if _, err := Decode([]byte(body)); (err == nil) != reads {
			t.Errorf("%s: %v", body, err)
		}
	}
	e := Entry{At: morning(), Kind: fhir.KindRead, Responsible: &Agent{}}
	if _, err := Decode(e.Encode()); err != nil {
		t.Errorf("an entry with nobody responsible: %v", err)
	}
}

// Older heads come largest first, and none twice.
func TestOlderHeadsAreInOrder(t *testing.T) {
	for _, test := range []struct {
		sizes []int64
		holds bool
	}{{nil, true}, {[]int64{3}, true}, {[]int64{5, 4, 1}, true}, {[]int64{4, 4}, false}, {[]int64{1, 4}, false}, {[]int64{5, 1, 4}, false}} {
		c := newChronicle(t, "trrorro")
		c.since = test.sizes
		if _, err := CheckExport(strings.NewReader(c.export(t, "o")), false); (err == nil) != test.holds || err != nil && !errors.Is(err, ErrExport) {
			t.Errorf("%v: %v", test.sizes, err)
		}
	}
}
