package killtest

import (
	"os"
	"os/exec"
	"testing"
)

// aloneName says to a child which test it is there for.
const aloneName = "CARNET_TEST_ALONE"

// Alone tells whether this process is there for this test alone; where it is not, it
// runs the test in a process of its own, and the caller returns. It is for tests that
// change what belongs to the whole process, such as how large its files may be: the
// files of the test runner, too.
func Alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(aloneName) == t.Name() {
		return true
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1", "-test.v")
	child.Env = append(os.Environ(), aloneName+"="+t.Name())
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("in a process of its own: %v\n%s", err, out)
	}
	return false
}
