package summary

import "testing"

import "carnet/client/clienttest"

func TestX(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	t.Log(d.Screen())
}
