// Package buildinfo tells which build is running: for -version, for the
// server's metadata and for a support request.
//
// A release sets the version while linking:
//
//	go build -ldflags "-X carnet/cmd/internal/buildinfo.version=1.2.3" ./cmd/carnet
//
// Any other build says what the Go tool recorded: the commit, and whether the
// working copy was changed.
package buildinfo

import "runtime/debug"

// version is set by the linker, see above.
var version string

// Version gives the release's number, or "dev" with the short commit and a
// "+changed" mark, e.g. "dev-0a3e4239c1f2+changed".
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return describe(version, info)
}

// describe is Version as a pure function.
func describe(linked string, info *debug.BuildInfo) string {
	if linked != "" {
		return linked
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	v := "dev"
	if revision := settings["vcs.revision"]; len(revision) >= 12 {
		v += "-" + revision[:12]
	}
	if settings["vcs.modified"] == "true" {
		v += "+changed"
	}
	return v
}
