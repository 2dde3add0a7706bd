package events

import (
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
)

func TestParseKernelLine_TakesWhatMatters(t *testing.T) {
	for in, want := range map[string]string{
		"2,365710,37687514803,-;EXT4-fs error (device vda): ext4_lookup\n":                                   "critical kernel: EXT4-fs error (device vda): ext4_lookup",
		"3,365711,1,-;Memory cgroup out of memory: Killed process 7 (tail)\n SUBSYSTEM=memory\n DEVICE=+x\n": "warning kernel: Memory cgroup out of memory: Killed process 7 (tail)",
		"4,1,1,-;blk_update_request: I/O error, dev sdb, sector 8\n":                                         "warning kernel: blk_update_request: I/O error, dev sdb, sector 8",
		"4,1,1,c;nf_conntrack: nf_conntrack: table full, dropping packet\n":                                  "warning kernel: nf_conntrack: nf_conntrack: table full, dropping packet",
		"4,365712,37687514810,-; ? srso_return_thunk+0x5/0x5f\n":                                             "", // part of a trace
		"6,1,1,-;tail[7]: segfault at 0 ip 0 sp 0 error 4\n":                                                 "",
		"11,1,1,-;a program wrote this: I/O error\n":                                                         "", // facility user
		"3,1,1,-;\n": "", "3,1,1,-": "", "x,1,1,-;lost": "", "": "", "-3,1,1,-;lost\n": "",
	} {
		text, level, matters := parseKernelLine([]byte(in))
		got := ""
		if matters {
			got = string(level) + " " + text
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzParseKernelLine(f *testing.F) {
	f.Add([]byte("3,1,1,-;Buffer I/O error\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		text, level, matters := parseKernelLine(b)
		if matters != strings.HasPrefix(text, "kernel: ") || matters != (level != "") || strings.ContainsRune(text, '\n') {
			t.Errorf("%q: %q %q %v", b, text, level, matters)
		}
	})
}

// A disk that fails says so thousands of times, each with another sector.
func TestFolder_FoldsWhatTheKernelSaysOfEachSector(t *testing.T) {
	v := &virtual{at: time.Unix(1000, 0)}
	f := newFolder(v.post, v.now)
	for _, line := range []string{"I/O error, dev sdb, sector 8", "I/O error, dev sdb, sector 1168", "I/O error, dev sdc, sector 9"} {
		f.add(collectors.Event{Kind: KindKernel, Text: line, About: collectors.About{Kind: "host"}})
	}
	if got := v.take(); len(got) != 2 || got[1] != "I/O error, dev sdc, sector 9" {
		t.Errorf("told %q", got)
	}
}
