package buildinfo

import (
	"runtime/debug"
	"testing"
)

func TestDescribe(t *testing.T) {
	vcs := func(revision, modified string) *debug.BuildInfo {
		return &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: revision}, {Key: "vcs.modified", Value: modified}}}
	}
	for name, c := range map[string]struct {
		linked string
		info   *debug.BuildInfo
		want   string
	}{
		"a release":          {"1.2.3", vcs("0123456789abcdef", "true"), "1.2.3"},
		"a commit":           {"", vcs("0123456789abcdef", "false"), "dev-0123456789ab"},
		"a changed copy":     {"", vcs("0123456789abcdef", "true"), "dev-0123456789ab+changed"},
		"a test or a go run": {"", &debug.BuildInfo{}, "dev"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := describe(c.linked, c.info); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if Version() == "" {
		t.Error("a program without a version")
	}
}
