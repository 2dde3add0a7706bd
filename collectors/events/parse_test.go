package events

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// message is one of the process connector with the given words behind its head.
func message(what uint32, words ...uint32) []byte {
	b := make([]byte, procUnion)
	order := binary.NativeEndian
	order.PutUint32(b[procEvent:], what)
	for _, w := range words {
		b = order.AppendUint32(b, w)
	}
	order.PutUint32(b, uint32(len(b)))
	return b
}

func TestParseProcessEvent(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		want processEvent
		bad  bool
	}{
		"exec":              {in: message(procExec, 7, 7, 0, 0), want: processEvent{what: procExec, pid: 7}},
		"exec of a thread":  {in: message(procExec, 8, 7, 0, 0), want: processEvent{what: procExec, pid: 7}},
		"exit":              {in: message(procExit, 7, 7, 0x300, 17), want: processEvent{what: procExit, pid: 7, status: 0x300}},
		"exit with parent":  {in: message(procExit, 7, 7, 0, 17, 5, 4), want: processEvent{what: procExit, pid: 7, parent: 4}},
		"exit of a thread":  {in: message(procExit, 8, 7, 0x300, 17), want: processEvent{what: procExit}},
		"refused":           {in: message(procNone, 1, 0), want: processEvent{what: procNone, status: 1}},
		"fork":              {in: message(1, 7, 7, 0, 0), bad: true},
		"too short":         {in: message(procExit, 7, 7), bad: true},
		"nothing":           {bad: true},
		"a length too much": {in: append([]byte{255, 255, 0, 0}, message(procExec, 7, 7)[4:]...), bad: true},
	} {
		got, err := parseProcessEvent(c.in)
		if (err != nil) != c.bad || !c.bad && got != c.want {
			t.Errorf("%s: %+v %v, want %+v", name, got, err, c.want)
		}
	}
}

func TestEnding(t *testing.T) {
	for status, want := range map[uint32]string{
		0x0300: "ended with 3", 0x0b: "crashed by signal SEGV", 0x8b: "crashed by signal SEGV, core dumped", 0x09: "was killed by signal KILL", 0x0f: "was ended by signal TERM",
		0x22: "was ended by signal 34",
	} {
		if got, _ := ending(status); got != want {
			t.Errorf("%#x: %q, want %q", status, got, want)
		}
	}
}

func TestServiceOf(t *testing.T) {
	id := strings.Repeat("0af9", 16)
	for in, want := range map[string]string{
		"0::/system.slice/tomcat.service\n":                                 "tomcat.service",
		"0::/system.slice/tomcat.service/worker (deleted)\n":                "tomcat.service",
		"0::/user.slice/user-0.slice/session-3.scope\n":                     "session-3.scope",
		"12:memory:/docker/" + id + "\n11:cpu,cpuacct:/docker/" + id + "\n": id,
		"0::/\n":   "",
		"":         "",
		"nonsense": "",
		"0::/system.slice/docker-" + id + ".scope\n":                                    "docker-" + id + ".scope",
		"5:cpuset:/\n1:name=systemd:/system.slice/cron.service\n0::/init.scope/other\n": "cron.service",
	} {
		if got := serviceOf(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestParseMounts(t *testing.T) {
	got := parseMounts(`36 35 98:0 /mnt1 /mnt/with\040blank rw,noatime master:1 - ext4 /dev/root rw,errors=continue
37 35 98:0 / /ro ro - xfs /dev/sdb1 rw
38 35 98:0 / /failed rw shared:7 master:2 - ext4 /dev/sdc1 ro
not a line
39 35 98:0 / /no-end rw
`)
	want := []mount{
		{id: 36, at: "/mnt/with blank", kind: "ext4", device: "/dev/root"}, {id: 37, at: "/ro", kind: "xfs", device: "/dev/sdb1", readOnly: true},
		{id: 38, at: "/failed", kind: "ext4", device: "/dev/sdc1", readOnly: true},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mount{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLinks_FlapsBetweenTwoMessagesAreCounted(t *testing.T) {
	in := message(0)[:0]
	one := make([]byte, netlinkHead+linkInfo)
	order := binary.NativeEndian
	one = append(one, 9, 0, attrName, 0)
	one = append(one, "eth3\x00\x00\x00\x00"...)
	order.PutUint32(one, uint32(len(one)))
	order.PutUint16(one[4:], newLink)
	order.PutUint32(one[netlinkHead+4:], 3)
	order.PutUint32(one[netlinkHead+8:], flagUp|flagLower)
	in = append(append(in, one...), one...)
	want := link{index: 3, name: "eth3", up: true, carrier: true}
	if diff := cmp.Diff([]link{want, want}, parseLinks(in), cmp.AllowUnexported(link{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for n := range in {
		parseLinks(in[:n]) // what is cut off does no harm
	}
}

func FuzzNetlink(f *testing.F) {
	f.Add(message(procExit, 7, 7, 0x300, 17))
	f.Add(linkRequest())
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := parseProcessEvent(b); err == nil && len(b) < procUnion+8 {
			t.Errorf("%d bytes are %+v", len(b), e)
		}
		for _, l := range parseLinks(b) {
			if len(l.name) > len(b) {
				t.Errorf("a name of %d bytes", len(l.name))
			}
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add("36 35 98:0 /mnt1 /mnt/with\\040blank rw - ext4 /dev/root rw\n")
	f.Add("2026-11-29 18:02:44 upgrade libc6:amd64 2.36-9 2.36-10")
	f.Add("0::/system.slice/tomcat.service\n")
	f.Add("oom_kill 7\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range parseMounts(text) {
			if m.at == "" || m.kind == "" {
				t.Errorf("%+v", m)
			}
		}
		if e, ok := parseDpkg(text); ok && (e.Text == "" || e.About.Name == "") {
			t.Errorf("%+v", e)
		}
		if s := serviceOf(text); len(s) > len(text) {
			t.Errorf("%q", s)
		}
		if _, ok := parseCounter([]byte(text), "oom_kill"); ok && !strings.Contains(text, "oom_kill ") {
			t.Error("a counter that is not there")
		}
	})
}
