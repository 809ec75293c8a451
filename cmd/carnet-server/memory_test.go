package main

import "testing"

func TestByteSize(t *testing.T) {
	for _, c := range []struct {
		in    string
		lists int
		out   string // "" where it is refused
	}{
		{"512MiB", 128 << 20, "512MiB"},
		{"2GiB", 512 << 20, "2048MiB"},
		{in: "2GB"},
		{in: "MiB"},
		{in: "0MiB"},
		{in: "-1GiB"},
		{in: "99999999999GiB"},
		{in: "512"},
	} {
		var b byteSize
		err := b.Set(c.in)
		if (err != nil) != (c.out == "") {
			t.Errorf("%s: %v", c.in, err)
		}
		if err == nil && (b.String() != c.out || b.lists() != c.lists) {
			t.Errorf("%s: %s, lists %d", c.in, b.String(), b.lists())
		}
	}
}
