package seallog

import (
	"encoding/hex"
	"testing"

	"github.com/google/uuid"
)

// What lies on disks must stay readable: the bytes of a frame are these.
func TestTheFramesOnDisk(t *testing.T) {
	plain, shown := &Format{Marker: "\xC5NB\xBE"}, &Format{Marker: "\xC5NO\xBE", IDs: true}
	ids := []uuid.UUID{uuid.MustParse("0b6e3d0a-1f7c-4d0e-9a1b-2c3d4e5f6071")}
	for _, c := range []struct {
		format *Format
		ids    []uuid.UUID
		number uint64
		want   string
	}{
		{plain, nil, 7, "c54e42be0000000000000007000000000000000300000005cbb79eea636f727073"},
		{shown, ids, 7, "c54e4fbe00000000000000070000000000000003000000050001645fccee0b6e3d0a1f7c4d0e9a1b2c3d4e5f60719d1ed6ca636f727073"},
		{shown, nil, 8, "c54e4fbe000000000000000800000000000000030000000500009733b90000000000636f727073"},
	} {
		data := c.format.Append(nil, Frame{Number: c.number, Generation: 3, IDs: c.ids, Body: []byte("corps")})
		if got := hex.EncodeToString(data); got != c.want {
			t.Errorf("%s\nis not\n%s", got, c.want)
		}
		r, sound, whole := c.format.parse(data)
		if !sound || !whole || r.Number != c.number || r.Generation != 3 || string(r.Body) != "corps" || len(r.IDs) != len(c.ids) {
			t.Errorf("read back: %+v", r)
		}
	}
}
