package diagnosis

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

// calmFor lets a minute of calm go by with the given processes.
func calmFor(s *scene, p ...process) {
	s.proc = p
	s.run(120)
}

var idle = []process{{name: "systemd", cpu: 0.5, memory: 20 * mib}, {name: "sshd", cpu: 0.5, memory: 10 * mib}, {name: "cron", memory: 10 * mib}}

func TestJudge_SaysWhatIsWrongAndWho(t *testing.T) {
	const disk = "disk.bytes"
	for name, c := range map[string]struct {
		make     func(s *scene)
		resource string
		text     string
		culprit  string
	}{
		"calm": {func(s *scene) { calmFor(s, idle...) }, "none", "nothing is saturated: nearest: memory 40 % in use", ""},
		"calm, a file system fills": {func(s *scene) {
			s.is(collectors.LimitFullIn, 13*3600, "filesystem", "/var")
			calmFor(s, idle...)
		}, "none", "nothing is saturated: nearest: /var full in 13 h", ""},
		"write storm of a service": {func(s *scene) {
			s.is(collectors.DiskQueue, 0.1, "sda")
			calmFor(s, idle...)
			s.badDisk("sat.disk")
			s.is(collectors.SatDisk, 72)
			s.is(collectors.DiskQueue, 9, "sda")
			s.is(collectors.DiskBytes, 175*mib, "sda", "write")
			s.is(collectors.DiskBytes, 1*mib, "sda", "read")
			s.is(collectors.DiskWait, 0.061, "sda", "write")
			s.proc = append(s.proc, process{name: "pg_dump", cgroup: "/system.slice/backup.service", write: 154 * mib, memory: 100 * mib})
			s.serv = []service{{"postgresql.service", map[string]float64{"pressureIo": 61, "io": 9 * mib}}, {"backup.service", map[string]float64{"pressureIo": 90, "io": 154 * mib}}}
			s.run(5)
		}, "disk", "disk sda saturated, some task waits 72 % of the time, since 18:02:00: pg_dump (backup.service) writes 154 of 175 MiB/s; an operation takes 61 ms; postgresql.service waits for disk 61 % of the time", "pg_dump"},
		"what was written before is written back": {func(s *scene) {
			calmFor(s, idle...)
			s.badDisk("sat.disk.queue")
			s.is(collectors.DiskQueue, 4, "vda")
			s.is(collectors.DiskBytes, 50*mib, "vda", "write")
			s.proc = append(idle, process{name: "dd", write: 200 * mib}, process{name: "logger", write: 1 * mib})
			s.run(2)
			s.proc = append(idle, process{name: "dd"}, process{name: "logger", write: 1 * mib})
			s.run(6)
		}, "disk", "disk vda saturated since 18:02:00: dd (pid 104) wrote most of it, 31 of 31 MiB/s in the last 12 s", "dd"},
		"fsync storm": {func(s *scene) {
			calmFor(s, idle...)
			s.badDisk("sat.disk.queue")
			s.is(collectors.DiskQueue, 4, "vda")
			s.is(collectors.DiskBytes, 4*mib, "vda", "write")
			s.is(collectors.DiskOperations, 1024, "vda", "write")
			s.proc = append(s.proc, process{name: "fio", write: 4 * mib})
			s.run(5)
		}, "disk", "disk vda saturated since 18:02:00: fio (pid 104) writes 4 of 4 MiB/s; 1024 small writes a second (4 KiB each)", "fio"},
		"read storm of many": {func(s *scene) {
			calmFor(s, idle...)
			s.badDisk("sat.disk")
			s.is(collectors.SatDisk, 30)
			s.is(collectors.DiskQueue, 4, "vda")
			s.is(collectors.DiskBytes, 100*mib, "vda", "read")
			for i := range 20 {
				s.proc = append(s.proc, process{name: "reader" + string(rune('a'+i)), read: 5 * mib})
			}
			s.run(5)
		}, "disk", "disk vda saturated, some task waits 30 % of the time, since 18:02:00: spread over 23 processes", ""},
		"one core": {func(s *scene) {
			calmFor(s, idle...)
			s.badCPU("cpu.busiest")
			s.is(collectors.CPUBusiest, 100)
			s.is(collectors.UseCPU, 100.0/16)
			s.proc = append(s.proc, process{name: "python3", cpu: 99})
			s.run(5)
		}, "cpu", "one core full (100 %) since 18:02:00: python3 (pid 104) takes 0.99 cores; of 16 cores 15 are idle", "python3"},
		"all cores": {func(s *scene) {
			calmFor(s, idle...)
			s.badCPU("sat.cpu")
			s.is(collectors.SatCPU, 55)
			s.is(collectors.UseCPU, 100)
			s.proc = append(s.proc, process{name: "stress-ng", cpu: 99, n: 16})
			s.run(5)
		}, "cpu", "cpu saturated, some task waits 55 % of the time, since 18:02:00: stress-ng (10 or more processes) takes 9.9 of 16 cores in use", "stress-ng"},
		"who was there before is not named": {func(s *scene) {
			s.is(collectors.UseCPU, 70)
			calmFor(s, append(idle, process{name: "java", cpu: 350}, process{name: "other", cpu: 770})...)
			s.badCPU("use.cpu")
			s.is(collectors.UseCPU, 95)
			s.proc = append(idle, process{name: "java", cpu: 360}, process{name: "otherA", cpu: 280}, process{name: "otherB", cpu: 280}, process{name: "otherC", cpu: 280}, process{name: "otherD", cpu: 280})
			s.run(5)
		}, "cpu", "cpu 95 % in use since 18:02:00: spread over 8 processes", ""},
		"a fifth and more than usual": {func(s *scene) {
			s.is(collectors.UseCPU, 70)
			calmFor(s, append(idle, process{name: "java", cpu: 100}, process{name: "other", cpu: 300}, process{name: "third", cpu: 290}, process{name: "fourth", cpu: 290})...)
			s.badCPU("use.cpu")
			s.is(collectors.UseCPU, 95)
			s.proc = append(idle, process{name: "java", cpu: 400}, process{name: "other", cpu: 300}, process{name: "third", cpu: 290}, process{name: "fourth", cpu: 290})
			s.run(5)
		}, "cpu", "cpu 95 % in use since 18:02:00: java (pid 104) takes 4 of 15 cores in use", "java"},
		"short-lived processes": {func(s *scene) {
			calmFor(s, idle...)
			s.badCPU("sat.cpu")
			s.is(collectors.SatCPU, 30)
			s.is(collectors.UseCPU, 60)
			s.is(collectors.CPUForks, 900)
			s.run(5, collectors.Event{Kind: "exec", Text: "x", Count: 700, About: collectors.About{Name: "make"}})
		}, "cpu", "cpu saturated, some task waits 30 % of the time, since 18:02:00: spread over 3 processes; 900 processes start each second, most told of is make", ""},
		"a service of many short-lived processes": {func(s *scene) {
			calmFor(s, idle...)
			s.badCPU("sat.cpu")
			s.is(collectors.SatCPU, 80)
			s.is(collectors.UseCPU, 90)
			s.proc = append(s.proc, process{name: "bash", cgroup: "/system.slice/poller.service", cpu: 60}, process{name: "date", cgroup: "/system.slice/poller.service", cpu: 20})
			s.serv = []service{{"poller.service", map[string]float64{"cpu": 1300}}, {"cron.service", map[string]float64{"cpu": 20}}}
			s.run(5)
		}, "cpu", "cpu saturated, some task waits 80 % of the time, since 18:02:00: poller.service, most of it bash, takes 13 of 14 cores in use", "poller.service"},
		"the state is held after the trouble": {func(s *scene) {
			s.is(collectors.NowCPU, 0)
			calmFor(s, idle...)
			s.badCPU("sat.cpu")
			s.is(collectors.NowCPU, 2)
			s.is(collectors.SatCPU, 80)
			s.is(collectors.UseCPU, 90)
			s.proc = append(s.proc, process{name: "hog", cpu: 1300})
			s.run(5)
			s.is(collectors.NowCPU, 0)
			s.is(collectors.SatCPU, 1)
			s.is(collectors.UseCPU, 1)
			s.proc = append(idle, process{name: "innocent", cpu: 15})
			s.run(4)
		}, "cpu", "cpu saturated, some task waits 80 % of the time, since 18:02:00: hog (pid 104) takes 13 of 14 cores in use", "hog"},
		"who takes most was seen a second before": {func(s *scene) {
			calmFor(s, idle...)
			s.badCPU("sat.cpu")
			s.is(collectors.SatCPU, 80)
			s.is(collectors.UseCPU, 90)
			s.proc = append(s.proc, process{name: "hog", cpu: 1300})
			s.run(5)
			s.proc = append(idle, process{name: "hog", cpu: 100})
			s.run(1)
		}, "cpu", "cpu saturated, some task waits 80 % of the time, since 18:02:00: hog (pid 104) takes 13 of 14 cores in use", "hog"},
		"who was there before it began is not named": {func(s *scene) {
			calmFor(s, append(idle, process{name: "builder", cpu: 1300})...)
			s.badCPU("sat.cpu")
			s.is(collectors.SatCPU, 80)
			s.is(collectors.UseCPU, 90)
			s.proc = idle
			s.run(1)
		}, "cpu", "cpu saturated, some task waits 80 % of the time, since 18:02:00: spread over 3 processes", ""},
		"steal": {func(s *scene) {
			calmFor(s, idle...)
			s.badCPU("sat.cpu.steal")
			s.is(collectors.SatCPUSteal, 25)
			s.run(5)
		}, "cpu", "the hypervisor takes 25 % of the processors for others since 18:02:00: nobody on this host does it", ""},
		"leak": {func(s *scene) {
			s.is(collectors.SwapBytes, 0, "total")
			calmFor(s, idle...)
			for i := range 240 {
				s.is(collectors.MemoryBytes, 10*gib-float64(i+1)*40*mib, "available")
				s.run(1)
			}
			s.badMemory("use.memory")
			s.is(collectors.UseMemory, 96)
			s.proc = append(s.proc, process{name: "java", cgroup: "/system.slice/tomcat.service", memory: 9 * gib})
			s.run(5)
		}, "memory", "memory 96 % full since 18:06:00: java (tomcat.service) has 9 of 15 GiB; 9.4 GiB went in 5 min, full in about 20 s at this rate, and there is no swap", "java"},
		"swap storm": {func(s *scene) {
			calmFor(s, idle...)
			s.badMemory("sat.memory.swap")
			s.is(collectors.SwapPages, 1000, "in")
			s.is(collectors.SwapPages, 4000, "out")
			s.proc = append(s.proc, process{name: "hog", memory: 5 * gib})
			s.run(5)
		}, "memory", "memory is swapped since 18:02:00: 5000 pages a second go to and from swap; hog (pid 104) has 5 of 6 GiB", "hog"},
		"out of memory": {func(s *scene) {
			calmFor(s, idle...)
			s.badMemory("memory.oom_kills")
			s.run(5, collectors.Event{Kind: "oom", Text: "java was killed", About: collectors.About{Kind: "process", Name: "java", PID: 7, Service: "tomcat.service"}})
		}, "memory", "java (tomcat.service) was killed at 18:02:00: out of memory: spread over 3 processes", ""},
		"listen overflow": {func(s *scene) {
			calmFor(s, idle...)
			s.badNetwork("sat.network.listen")
			s.is(collectors.SatNetworkListen, 40)
			s.run(5)
		}, "network", "40 connections a second are lost at a full listening queue since 18:02:00: some program accepts too slowly", ""},
		"retransmits": {func(s *scene) {
			calmFor(s, idle...)
			s.badNetwork("sat.network")
			s.is(collectors.SatNetwork, 7)
			s.is(collectors.NetBytes, 90*mib, "eth0", "out")
			s.serv = []service{{"mirror.service", map[string]float64{"netOut": 80 * mib, "cpu": 20}}}
			s.run(5)
		}, "network", "network: 7 % of the TCP segments are sent again since 18:02:00: eth0 sends 90 MiB/s; mirror.service sends 80 of 90 MiB/s", "mirror.service"},
		"a link is switched off": {func(s *scene) {
			s.is(collectors.NetLink, 0, "eth0")
			s.is(collectors.NetLink, 1, "eth1") // as it was before
			calmFor(s, idle...)
			s.is(collectors.NetLink, 1, "eth0")
			s.run(9)
		}, "network", "eth0 is down since 18:02:00", ""},
		"a link that comes and goes": {func(s *scene) {
			for range 3 {
				s.is(collectors.NetLink, 0, "eth0")
				s.run(20)
				s.is(collectors.NetLink, 1, "eth0")
				s.run(1)
			}
			s.is(collectors.NetLink, 0, "eth0")
			s.run(3)
		}, "network", "eth0 went down 3 times in 5 min, the last time at 18:01:02, and is up now", ""},
		"link down": {func(s *scene) {
			calmFor(s, idle...)
			s.badNetwork("net.carrier_changes")
			s.is(collectors.ErrNetwork, 1)
			s.run(5, collectors.Event{Kind: "link", Level: collectors.LevelWarning, Text: "eth3 is down"})
		}, "network", "1 link errors or carrier changes in the last 5 min since 18:02:00: eth3 is down at 18:02:00", ""},
		"throttled": {func(s *scene) {
			calmFor(s, idle...)
			s.badLimits("throttled")
			s.serv = []service{{"api", map[string]float64{"throttled": 43, "cpuLimit": 50}}, {"db", map[string]float64{"throttled": 1, "cpuLimit": 200}}}
			s.run(5)
		}, "service", "api is throttled 43 % of the time at its limit of 0.5 cores since 18:02:00: the host is calm", "api"},
		"the kernel counts those that a quota holds back as waiting": {func(s *scene) {
			calmFor(s, idle...)
			s.bad(collectors.StateCPU, collectors.SinceCPU, collectors.ReasonCPU, 2, "sat.cpu")
			s.is(collectors.SatCPU, 78)
			s.is(collectors.UseCPU, 4)
			s.badLimits("throttled")
			s.serv = []service{{"api", map[string]float64{"throttled": 95, "cpuLimit": 50}}}
			s.run(5)
		}, "service", "api is throttled 95 % of the time at its limit of 0.5 cores since 18:02:00: the host is calm", "api"},
		"tasks wait for each other on free processors": {func(s *scene) {
			s.is(collectors.NowCPU, 0)
			calmFor(s, idle...)
			s.badCPU("sat.cpu")
			s.is(collectors.NowCPU, 1)
			s.is(collectors.SatCPU, 25)
			s.is(collectors.UseCPU, 20)
			s.is(collectors.CPUBusiest, 40)
			s.proc = append(s.proc, process{name: "ticker", cpu: 300})
			s.run(5)
		}, "none", "nothing is saturated: nearest: memory 40 % in use; some task waits 25 % of the time for a processor, though they are 20 % in use", ""},
		"tasks wait for one processor of many": {func(s *scene) {
			s.is(collectors.NowCPU, 0)
			calmFor(s, idle...)
			s.badCPU("sat.cpu")
			s.is(collectors.NowCPU, 1)
			s.is(collectors.SatCPU, 90)
			s.is(collectors.UseCPU, 10)
			s.is(collectors.CPUBusiest, 100)
			s.proc = append(s.proc, process{name: "pinned", cpu: 100, n: 1})
			s.run(5)
		}, "cpu", "cpu saturated, some task waits 90 % of the time, since 18:02:00: pinned (pid 104) takes 1 of 1.6 cores in use", "pinned"},
		"throttled on a host without a free processor": {func(s *scene) {
			calmFor(s, idle...)
			s.bad(collectors.StateCPU, collectors.SinceCPU, collectors.ReasonCPU, 2, "sat.cpu")
			s.is(collectors.SatCPU, 78)
			s.is(collectors.UseCPU, 99)
			s.badLimits("throttled")
			s.serv = []service{{"api", map[string]float64{"throttled": 95, "cpuLimit": 50}}}
			s.proc = append(s.proc, process{name: "hog", cpu: 1500})
			s.run(5)
		}, "cpu", "cpu saturated, some task waits 78 % of the time, since 18:02:00: hog (pid 104) takes 15 of 16 cores in use", "hog"},
		"a service reclaims within its limit": {func(s *scene) {
			calmFor(s, idle...)
			s.badMemory("sat.memory")
			s.is(collectors.SatMemory, 60)
			s.badLimits("service")
			s.is(collectors.LimitUsed, 99, "service", "index.service")
			s.run(5)
		}, "service", "index.service uses 99 % of its memory limit since 18:02:00: the host is calm", "index.service"},
		"file system full": {func(s *scene) {
			calmFor(s, idle...)
			s.badLimits("filesystem")
			s.is(collectors.LimitUsed, 98, "filesystem", "/var")
			s.is(collectors.LimitUsed, 30, "filesystem", "/")
			s.is(collectors.LimitFullIn, 1200, "filesystem", "/var")
			s.is(collectors.FilesystemBytes, 3*gib, "/var", "available")
			s.proc = append(s.proc, process{name: "rsyslogd", write: 20 * mib})
			s.run(5)
		}, "limits", "/var 98 % full (3 GiB left) since 18:02:00: full in about 20 min at this rate; rsyslogd (pid 104) writes 20 of 20 MiB/s", "rsyslogd"},
		"open files": {func(s *scene) {
			calmFor(s, idle...)
			s.badLimits("files")
			s.is(collectors.LimitUsed, 91, "files", "files")
			s.run(5)
		}, "limits", "open files of the host 91 % used since 18:02:00", ""},
		"a mount hangs": {func(s *scene) {
			calmFor(s, idle...)
			s.badLimits("filesystem.stalled")
			s.is(collectors.FilesystemStalled, 34, "/mnt/nfs")
			s.is(collectors.TasksBlocked, 3)
			s.run(5)
		}, "limits", "/mnt/nfs has not answered for 34 s since 18:02:00: 3 tasks wait for a disk", ""},
		"memory before disk": {func(s *scene) {
			calmFor(s, idle...)
			s.bad(collectors.StateDisk, collectors.SinceDisk, collectors.ReasonDisk, 2, "sat.disk")
			s.badMemory("sat.memory")
			s.is(collectors.SatMemory, 60)
			s.run(5)
		}, "memory", "memory saturated, some task waits 60 % of the time, since 18:02:00: spread over 3 processes", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			c.make(s)
			v := s.verdict()
			if diff := cmp.Diff(c.text, v.Text); diff != "" || v.Resource != c.resource {
				t.Errorf("%s (-want +got)\n%s", v.Resource, diff)
			}
			named := ""
			if len(v.Culprits) > 0 {
				named = v.Culprits[0].Name
			}
			if named != c.culprit {
				t.Errorf("named is %q, want %q: %+v", named, c.culprit, v.Culprits)
			}
			if wrong := v.Resource != "none"; wrong != (v.Level != "ok") || wrong != (v.SinceMs > 0) {
				t.Errorf("%+v", v)
			}
			known := make(map[string]bool)
			for _, x := range s.set {
				known[nameOf(&x.series)] = true
			}
			for _, clause := range v.Clauses {
				if clause.At == 0 || clause.Series == nil {
					t.Errorf("%+v", clause)
				}
				for _, name := range clause.Series {
					if strings.HasPrefix(name, disk) && !known[name] {
						t.Errorf("%q names %s, which is no series", clause.Text, name)
					}
				}
			}
		})
	}
}

// Every reason that the signs can give has a rule of its own, or one for the resource.
func TestRules_SayEveryReason(t *testing.T) {
	for resource, f := range map[string]*collectors.Family{
		"cpu": collectors.ReasonCPU, "memory": collectors.ReasonMemory, "disk": collectors.ReasonDisk, "network": collectors.ReasonNetwork, "limits": collectors.ReasonLimits,
	} {
		for _, reason := range f.States[1:] {
			a := &answer{facts: &facts{}}
			found := false
			for _, r := range rules {
				if r.resource == resource && (r.reason == reason || r.reason == "") {
					r.say(a)
					found = true
					break
				}
			}
			if !found {
				t.Errorf("%s has no rule for %s", resource, reason)
			}
			if len(a.clauses) == 0 || a.clauses[0].Text == "" {
				t.Errorf("%s, %s: nothing is said where nothing is known", resource, reason)
			}
		}
	}
	if len(rules) < 30 {
		t.Errorf("%d rules", len(rules))
	}
}

func TestJudge_SaysWhenNothingIsKnown(t *testing.T) {
	s := newScene(t)
	if v := s.verdict(); v.At != 0 || v.Resource != "none" || v.Text != "nothing is known of this moment" {
		t.Errorf("%+v", v)
	}
	s.run(10)
	s.now += 60_000
	if v := s.verdict(); v.At != 0 {
		t.Errorf("a minute after the last row: %+v", v)
	}
}

// The past gives the words that it gave when it was the present.
func TestJudge_SaysTheSameLater(t *testing.T) {
	s := newScene(t)
	calmFor(s, idle...)
	s.badCPU("use.cpu")
	s.is(collectors.UseCPU, 95)
	s.proc = append(s.proc, process{name: "java", cpu: 1500})
	s.run(10)
	at := s.now
	before := s.verdict()
	s.badCPU("none")
	s.is(collectors.StateCPU, 0)
	s.proc = nil
	s.run(1000)
	s.now = at
	if diff := cmp.Diff(before, s.verdict()); diff != "" {
		t.Errorf("(-then +now)\n%s", diff)
	}
}
