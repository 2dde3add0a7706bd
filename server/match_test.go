package server

import (
	"testing"

	"dashcam/collectors"
)

func TestMatch(t *testing.T) {
	two := &collectors.Family{Name: "disk.bytes", Labels: []string{"device", "op"}, Quantum: 1}
	s := &collectors.Series{Family: two, Labels: collectors.LabelsOf("sda", "read"), Info: map[string]string{"driver": "nvme"}}
	for text, want := range map[string]bool{
		"disk.bytes": true, "disk.*": true, "*": true, "*bytes": true, "d*k*s": true, "**": true, "disk.bytes*": true,
		"disk": false, "bytes": false, "disk.byte": false, "DISK.BYTES": false, "d*x": false,
		"disk.bytes{device=sda}": true, "disk.bytes{device=sd*,op=read}": true, "disk.bytes{driver=nvme}": true, "*{op=*}": true,
		"disk.bytes{device=sdb}": false, "disk.bytes{device=sda,op=write}": false, "disk.bytes{other=x}": false, "disk.bytes{other=*}": true,
		"cpu.*,disk.bytes": true, "cpu.*,disk.bytes{op=write}": false, "disk.bytes{op=write},disk.bytes{op=read}": true,
	} {
		match, err := parseMatch([]string{text})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := match(s); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	if match, err := parseMatch(nil); match != nil || err != nil {
		t.Errorf("no parameter: %v, want no selection", err)
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range []string{"a", "a{b=c}", "a{b=*},c*d", "{", "}", ",", "a{", "a{b}"} {
		f.Add(s, "name")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		match, err := parseMatch([]string{text})
		if err != nil {
			return
		}
		if match == nil {
			t.Fatalf("%q selects everything", text)
		}
		match(&collectors.Series{Family: &collectors.Family{Name: name}})
	})
}
