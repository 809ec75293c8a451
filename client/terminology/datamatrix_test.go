package terminology

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	head = "IS010000000000000000000000"
	gs   = "\x1d"
	full = head + "S1279035121518989S21.2.250.1.213.1.4.10" + gs + "S3DOMINIQUE MARIE-LOUISE" + gs + "S4PAT-TROIS" + gs + "S5FS628-03-1979S751215"
)

func TestDatamatrixReadsEverySpelling(t *testing.T) {
	for name, typed := range map[string]string{
		"GS":              full,
		"typed <GS>":      strings.ReplaceAll(full, gs, "<GS>"),
		"typed ^]":        strings.ReplaceAll(full, gs, "^]"),
		"GS lost":         strings.ReplaceAll(full, gs, ""),
		"GS everywhere":   strings.NewReplacer("S5", gs+"S5", "S6", gs+"S6", "S7", gs+"S7").Replace(full),
		"newline at end":  full + "\r\n",
		"another order":   head + "S4PAT-TROIS" + gs + "S628-03-1979S5FS751215S3DOMINIQUE MARIE-LOUISE" + gs + "S21.2.250.1.213.1.4.10" + gs + "S1279035121518989",
		"order, GS lost":  head + "S751215S4PAT-TROISS628-03-1979S5FS21.2.250.1.213.1.4.10S3DOMINIQUE MARIE-LOUISES1279035121518989",
		"spaces in front": "  " + full,
	} {
		got, err := ParseINSDatamatrix(typed)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.INS != "279035121518989" || got.OID != oidTest || got.BirthName != "PAT-TROIS" || got.Sex != "F" ||
			got.BirthDate != "1979-03-28" || got.BirthPlace != "51215" || !slices.Equal(got.Given, []string{"DOMINIQUE", "MARIE-LOUISE"}) || got.KeyWarning {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestDatamatrixWithoutBirthplaceAndWithPartialDate(t *testing.T) {
	typed := head + "S1221042545611404S21.2.250.1.213.1.4.10" + gs + "S3Ruth" + gs + "S4DECOURCY" + gs + "S5FS600-00-2021"
	got, err := ParseINSDatamatrix(typed)
	if err != nil || got.BirthDate != "2021" || got.BirthPlace != "" || !got.KeyWarning {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestDatamatrixSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		typed string
		want  error
	}{
		"nothing":        {"", ErrScanNotINS},
		"a bar code":     {"3400930000000", ErrScanNotINS},
		"only IS":        {"IS", ErrScanCutShort},
		"only a header":  {head, ErrScanCutShort},
		"in the INS":     {full[:scanHeader+10], ErrScanCutShort},
		"in the name":    {full[:strings.Index(full, "PAT-TROIS")+4], ErrScanCutShort},
		"in the date":    {full[:strings.Index(full, "-1979")+3], ErrScanCutShort},
		"in the place":   {full[:len(full)-2], ErrScanCutShort},
		"after an S":     {full[:strings.Index(full, "S5F")+1], ErrScanCutShort},
		"field twice":    {full + "S5F", ErrScanField},
		"unknown field":  {full + "S9x", ErrScanField},
		"sex":            {strings.Replace(full, "S5F", "S5X", 1), ErrScanField},
		"date":           {strings.Replace(full, "28-03-1979", "31-02-1979", 1), ErrScanField},
		"date, dashes":   {strings.Replace(full, "28-03-1979", "28/03/1979", 1), ErrScanField},
		"digit in name":  {strings.Replace(full, "PAT-TROIS", "PAT-3", 1), ErrScanField},
		"production key": {strings.Replace(strings.Replace(full, "4.10", "4.8", 1), "8989", "8988", 1), ErrINSKey},
		"domain":         {strings.Replace(full, "1.213.1.4.10", "1.2", 1), ErrINSOID},
	} {
		if got, err := ParseINSDatamatrix(c.typed); !errors.Is(err, c.want) || got.INS != "" {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzParseINSDatamatrix(f *testing.F) {
	f.Add(full)
	f.Add(strings.ReplaceAll(full, gs, ""))
	f.Add(full[:60])
	f.Add(head + "S1\xff\xfe")
	f.Add(head + "S3" + gs + "S4" + gs)
	f.Fuzz(func(t *testing.T, typed string) {
		scan, err := ParseINSDatamatrix(typed)
		if err != nil {
			if scan.INS != "" || scan.BirthName != "" {
				t.Fatal("part of an identity came with an error")
			}
			return
		}
		if len(scan.INS) != 15 || scan.BirthName == "" || len(scan.Given) == 0 || len(scan.BirthDate) < 4 {
			t.Fatalf("incomplete identity accepted: %+v", scan)
		}
	})
}
