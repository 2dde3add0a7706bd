package host

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

func TestReason_IsForPeople(t *testing.T) {
	for want, err := range map[string]error{
		"does not exist on this host":               &fs.PathError{Op: "open", Path: "/x", Err: syscall.ENOENT},
		"may not be read by this user":              &fs.PathError{Op: "open", Path: "/x", Err: syscall.EACCES},
		"is switched off in this kernel":            &fs.PathError{Op: "read", Path: "/proc/pressure/io", Err: syscall.EOPNOTSUPP},
		`/proc/x has unexpected content "\x1b[31m"`: malformed("/proc/x", []byte("\x1b[31m")),
		"/proc/x is empty or cut short":             fmt.Errorf("wrapped: %w", malformed("/proc/x", nil)),
		"read /x: input/output error":               &fs.PathError{Op: "read", Path: "/x", Err: syscall.EIO},
	} {
		if got := reason(err); got != want {
			t.Errorf("reason(%v) = %q, want %q", err, got, want)
		}
	}
	if absent(&fs.PathError{Op: "read", Path: "/x", Err: syscall.EIO}) {
		t.Error("a broken source counts as absent")
	}
}

func TestRoot_NetworkFilesAreThoseOfTheHost(t *testing.T) {
	for dir, want := range map[string]string{"": "/proc/net/dev", "/": "/proc/net/dev", "/host": "/host/proc/1/net/dev", "/host/": "/host/proc/1/net/dev"} {
		r := Options{Root: dir}.root()
		if got := r.path(r.net("dev")); got != want {
			t.Errorf("root %q: %s, want %s", dir, got, want)
		}
	}
}

func TestRoot_GlobTakesItsDirectoryLiterally(t *testing.T) {
	dir := handmade{"a[b]*/sys/x1": "1", "ab/sys/x2": "2"}.write(t)
	got := root{dir: dir + "/a[b]*"}.glob("/sys/x*")
	if diff := cmp.Diff([]string{"/sys/x1"}, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

func TestPressure_LeavesOutWhatIsZeroByDefinition(t *testing.T) {
	const some = "some avg10=1.00 avg60=0.50 avg300=0.10 total=123\n"
	const full = "full avg10=0.00 avg60=0.00 avg300=0.00 total=45\n"
	got := observe(t, newPressure(Options{Root: handmade{"proc/pressure/cpu": some + full, "proc/pressure/io": some + full}.write(t)}), nil)
	want := map[string]any{"pressure.time cpu some": uint64(123), "pressure.time io some": uint64(123), "pressure.time io full": uint64(45)}
	if diff := cmp.Diff(want, got.values); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"/proc/pressure/memory": "does not exist on this host"}, got.unavailable); diff != "" {
		t.Errorf("unavailable (-want +got):\n%s", diff)
	}
}

func TestPressure_BrokenFileCostsOnlyItself(t *testing.T) {
	got := observe(t, newPressure(Options{Root: handmade{
		"proc/pressure/cpu":    "some avg10=1.00 avg60=0.50 avg300=0.10 total=123\n",
		"proc/pressure/memory": "some avg10=1.00 avg60=0.50 avg300=0.10\n",
		"proc/pressure/io":     "some avg10=1.00 avg60=0.50 avg300=0.10 total=12", // cut
	}.write(t)}), nil)
	if diff := cmp.Diff(map[string]any{"pressure.time cpu some": uint64(123)}, got.values); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
	if len(got.unavailable) != 2 {
		t.Errorf("unavailable is %v, want memory and io", got.unavailable)
	}
}

func TestLoad_OfFilesThatLie(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "two averages": "0.1 0.2\n", "no tasks": "0.1 0.2 0.3\n", "no slash": "0.1 0.2 0.3 94 8263\n", "minus": "-0.1 0.2 0.3 1/94 8263\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tryObserve(t, newLoad(Options{Root: handmade{"proc/loadavg": text}.write(t)}), nil)
			if !errors.As(err, new(malformedError)) {
				t.Errorf("error is %v, want one that quotes the content", err)
			}
		})
	}
}

func TestSensors_TellLikeDevicesApart(t *testing.T) {
	hwmon := func(n int, name, label, input, crit string) handmade {
		dir := fmt.Sprintf("sys/class/hwmon/hwmon%d/", n)
		files := handmade{dir + "name": name + "\n", dir + "temp1_input": input + "\n"}
		if label != "" {
			files[dir+"temp1_label"] = label + "\n"
		}
		if crit != "" {
			files[dir+"temp1_crit"] = crit + "\n"
		}
		return files
	}
	dir := t.TempDir()
	for _, files := range []handmade{
		hwmon(0, "coretemp", "Package id 0", "54000", "100000"),
		hwmon(1, "nvme", "Composite", "41850", "84850"),
		hwmon(2, "nvme", "Composite", "39850", "65261850"), // the register's largest number
		hwmon(3, "acpitz", "", "-5500", "0"),
		hwmon(4, "iwlwifi_1", "", "", ""),
		hwmon(5, "drivetemp", "", "33000", "60000"),
		{"sys/class/hwmon/hwmon5/device/block/sdb/size": "1\n"},
	} {
		files.into(t, dir)
	}
	got := observe(t, newSensors(Options{Root: dir}), nil)
	want := map[string]any{
		"sensor.temperature coretemp Package id 0":   54.0,
		"sensor.temperature nvme Composite (hwmon1)": 41.85,
		"sensor.temperature nvme Composite (hwmon2)": 39.85,
		"sensor.temperature acpitz temp1":            -5.5,
		"sensor.temperature drivetemp temp1":         33.0,
	}
	if diff := cmp.Diff(want, got.values); diff != "" {
		t.Errorf("temperatures (-want +got):\n%s", diff)
	}
	wantMax := map[string]float64{
		"sensor.temperature coretemp Package id 0":   100,
		"sensor.temperature nvme Composite (hwmon1)": 84.85,
		"sensor.temperature nvme Composite (hwmon2)": 0,
		"sensor.temperature acpitz temp1":            0,
		"sensor.temperature drivetemp temp1":         60,
	}
	if diff := cmp.Diff(wantMax, got.max); diff != "" {
		t.Errorf("critical marks (-want +got):\n%s", diff)
	}
	if got.info["sensor.temperature coretemp Package id 0"]["critical"] != "100" {
		t.Errorf("info is %v", got.info)
	}
	if device := got.info["sensor.temperature drivetemp temp1"]["device"]; device != "sdb" {
		t.Errorf("the sensor of a disk says that it is part of %q, want sdb", device)
	}
	if len(got.unavailable) != 1 {
		t.Errorf("unavailable is %v, want the radio that answers nothing", got.unavailable)
	}
}

func TestSensors_FallBackToThermalZones(t *testing.T) {
	const zone = "sys/class/thermal/thermal_zone0/"
	got := observe(t, newSensors(Options{Root: handmade{
		zone + "type": "cpu-thermal\n", zone + "temp": "48300\n",
		zone + "trip_point_0_type": "passive\n", zone + "trip_point_0_temp": "75000\n",
		zone + "trip_point_1_type": "critical\n", zone + "trip_point_1_temp": "95000\n",
	}.write(t)}), nil)
	if diff := cmp.Diff(map[string]any{"sensor.temperature cpu-thermal": 48.3}, got.values); diff != "" {
		t.Errorf("temperatures (-want +got):\n%s", diff)
	}
	if got.max["sensor.temperature cpu-thermal"] != 95 {
		t.Errorf("critical mark is %v, want 95", got.max)
	}
}

func TestUptime_CountsPeople(t *testing.T) {
	record := func(kind byte) string { return string([]byte{kind, 0}) + strings.Repeat("\x00", 382) }
	if got := parseUtmp([]byte(record(2)+record(7)+record(8)+record(7)+"half"), 384); got != 2 {
		t.Errorf("utmp has %d people, want 2", got)
	}
	got := observe(t, newHost(Options{Root: handmade{
		"proc/uptime":                "1108.88 2141.43\n",
		"run/systemd/sessions/1":     "UID=1000\nSTATE=active\nCLASS=user\n",
		"run/systemd/sessions/2":     "UID=1000\nSTATE=online\nCLASS=manager\n",
		"run/systemd/sessions/c1":    "UID=110\nSTATE=active\nCLASS=greeter\n",
		"run/systemd/sessions/4":     "UID=0\nCLASS=user\nSTATE=closing\n",
		"run/systemd/sessions/1.ref": "",
	}.write(t)}), nil)
	if diff := cmp.Diff(map[string]any{"host.uptime": 1108.88, "host.users": 1.0}, got.values); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
}

func TestSelf_AsksTheOtherParts(t *testing.T) {
	c := newSelf(Options{Self: SelfStats{
		Viewers: func() int { return 3 }, SentBytes: func() uint64 { return 1 << 40 }, RememberedBytes: func() int64 { return 48 << 20 },
		RememberedFor: func() time.Duration { return 90 * time.Minute },
		OnDisk: func() OnDisk {
			return OnDisk{Bytes: 3 << 20, Limit: 1 << 30, Written: 5 << 20, For: 2 * time.Hour, Lost: 7}
		},
	}})
	got := observe(t, c, nil)
	told := map[string]any{
		"self.viewers": 3.0, "self.sent": uint64(1 << 40), "self.memory remembered": float64(48 << 20), "self.reach": 5400.0,
		"self.disk used": float64(3 << 20), "self.disk limit": float64(1 << 30), "self.disk.written": uint64(5 << 20), "self.disk.reach": 7200.0, "self.disk.lost": 7.0,
	}
	for name, want := range told {
		if diff := cmp.Diff(want, got.values[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	alone := observe(t, newSelf(Options{}), collectors.NewBatch())
	for name := range told {
		if v, ok := alone.values[name]; ok {
			t.Errorf("%s is %v although nobody knows", name, v)
		}
	}
	empty := observe(t, newSelf(Options{Self: SelfStats{OnDisk: func() OnDisk { return OnDisk{Limit: 1 << 30} }}}), nil)
	if v, ok := empty.values["self.disk.reach"]; ok {
		t.Errorf("rows on an empty disk go back %v", v)
	}
	if v, ok := alone.values["self.memory resident"].(float64); !ok || v < 1<<20 {
		t.Errorf("resident memory is %v", alone.values["self.memory resident"])
	}
}

func FuzzParseMilli(f *testing.F) {
	f.Add([]byte("47500\n"))
	f.Add([]byte("-1250\n"))
	f.Add([]byte("\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parseMilli("temp1_input", b)
		if err == nil && (math.IsNaN(v) || math.Abs(v) > math.MaxInt64/1000) {
			t.Errorf("parseMilli(%q) = %v, want a number of thousandths", b, v)
		}
	})
}

func FuzzParsePressure(f *testing.F) {
	f.Add([]byte("some avg10=0.00 avg60=0.00 avg300=0.00 total=5\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := parsePressure("/proc/pressure/io", b); err == nil && !p.some.ok {
			t.Errorf("nothing found, and no error")
		}
	})
}

func FuzzParseLoad(f *testing.F) {
	f.Add([]byte("0.07 0.02 0.00 1/94 8263\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := parseLoad("/proc/loadavg", b)
		for _, v := range l.average {
			if err == nil && !(v >= 0) {
				t.Errorf("average %v", v)
			}
		}
	})
}

func FuzzParseUptime(f *testing.F) {
	f.Add([]byte("1108.88 2141.43\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, err := parseUptime("/proc/uptime", b); err == nil && !(v >= 0) {
			t.Errorf("up since %v s", v)
		}
	})
}

func FuzzParseUtmp(f *testing.F) {
	f.Add([]byte("\x07\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := parseUtmp(b, 384); n < 0 || n > len(b)/384 {
			t.Errorf("%d records in %d bytes", n, len(b))
		}
	})
}
