package services

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// nameAgain is how often a name that was not found is looked for again.
	nameAgain = 30 * time.Second
	// rootsAgain is how often directories of Docker are looked for, and mostRoots how many
	// there may be.
	rootsAgain, mostRoots = 5 * time.Minute, 8
	// largestConfig bounds what is read of an engine's file.
	largestConfig = 1 << 20
)

// naming is what is known of a unit beside its numbers.
type naming struct {
	name, image, state string
	started            float64 // Unix seconds; 0 is unknown
	// found says that the name is the engine's or the manager's own, not made up of its
	// program and id.
	found bool
	tried time.Time
}

// names finds out what units are called, from files that are readable without rights on
// most hosts. Nothing is asked of an engine.
type names struct {
	root string
	// pods are the names that kubelet gives to log files, by container id.
	pods   map[string]string
	podsAt time.Time
	// roots are where Docker keeps its files.
	roots   []string
	rootsAt time.Time
}

// look fills in what can be known of a unit. pids are processes of it, and may be empty.
func (n *names) look(u *usage, pids []int32, booted float64, now time.Time) {
	u.named.tried = now
	if len(pids) > 0 && u.named.started == 0 {
		u.named.started = n.started(pids[0], booted)
	}
	if u.name != "" {
		u.named.name, u.named.found = u.name, true
		return
	}
	switch u.kind {
	case kindDocker:
		n.docker(u, now)
	case kindKubernetes:
		n.kubernetes(u, now)
	case kindPodman:
		n.podman(u, pids)
	}
	if !u.named.found {
		u.named.name = n.madeUp(u, pids)
	}
}

// docker reads what the engine keeps of a container; only root may, as a rule.
func (n *names) docker(u *usage, now time.Time) {
	var text []byte
	for _, dir := range n.dockerRoots(now) {
		var err error
		if text, err = readSmall(n.root + dir + "/containers/" + u.id + "/config.v2.json"); err == nil {
			break
		}
	}
	var config struct {
		Name   string
		Config struct{ Image string }
		State  struct{ StartedAt time.Time }
	}
	if json.Unmarshal(text, &config) != nil || config.Name == "" {
		return
	}
	u.named.name, u.named.image, u.named.found = strings.TrimPrefix(config.Name, "/"), config.Config.Image, true
	if !config.State.StartedAt.IsZero() {
		u.named.started = float64(config.State.StartedAt.Unix())
	}
}

// dockerRoots are the directories where a Docker keeps its files: the usual one, that of
// /etc/docker/daemon.json, and those of command lines. Processes are looked through rarely.
func (n *names) dockerRoots(now time.Time) []string {
	if n.roots != nil && now.Sub(n.rootsAt) < rootsAgain {
		return n.roots
	}
	n.rootsAt = now
	n.roots = append(n.roots[:0], "/var/lib/docker")
	add := func(dir string) {
		if strings.HasPrefix(dir, "/") && !slices.Contains(n.roots, dir) && len(n.roots) < mostRoots {
			n.roots = append(n.roots, dir)
		}
	}
	var config struct {
		DataRoot string `json:"data-root"`
		Graph    string `json:"graph"`
	}
	if text, err := readSmall(n.root + "/etc/docker/daemon.json"); err == nil && json.Unmarshal(text, &config) == nil {
		add(cmp.Or(config.DataRoot, config.Graph))
	}
	processes, err := os.ReadDir(n.root + "/proc")
	if err != nil {
		return n.roots
	}
	for _, p := range processes {
		dir := n.root + "/proc/" + p.Name()
		if p.Name()[0] < '0' || p.Name()[0] > '9' {
			continue
		}
		if name, err := readSmall(dir + "/comm"); err != nil || string(name) != "dockerd\n" {
			continue
		}
		if text, err := readSmall(dir + "/cmdline"); err == nil {
			add(dataRoot(strings.Split(string(text), "\x00")))
		}
	}
	return n.roots
}

// dataRoot is what the arguments of a dockerd say, "" for nothing.
func dataRoot(arguments []string) string {
	for i, a := range arguments {
		name, value, joined := strings.Cut(a, "=")
		switch strings.TrimPrefix(name, "-") {
		case "-data-root", "-graph", "g":
		default:
			continue
		}
		if !joined && i+1 < len(arguments) {
			value = arguments[i+1]
		}
		return value
	}
	return ""
}

// kubernetes takes names from the links that kubelet makes for logs:
// pod_namespace_container-id.log. The directory is readable for everyone.
func (n *names) kubernetes(u *usage, now time.Time) {
	if n.pods == nil || n.pods[u.id] == "" && now.Sub(n.podsAt) >= nameAgain {
		n.pods, n.podsAt = map[string]string{}, now
		entries, err := os.ReadDir(n.root + "/var/log/containers")
		if err != nil {
			return
		}
		for _, e := range entries {
			stem, isLog := strings.CutSuffix(e.Name(), ".log")
			cut := strings.LastIndexByte(stem, '-')
			if !isLog || cut < 0 || !isContainerID(stem[cut+1:]) {
				continue
			}
			if parts := strings.SplitN(stem[:cut], "_", 3); len(parts) == 3 {
				n.pods[stem[cut+1:]] = parts[1] + "/" + parts[0] + "/" + parts[2]
			}
		}
	}
	if name := n.pods[u.id]; name != "" {
		u.named.name, u.named.found = name, true
	}
}

// podman reads the arguments of the container's monitor, conmon, which is the parent of its
// first process: -c ID … -n NAME.
func (n *names) podman(u *usage, pids []int32) {
	if len(pids) == 0 {
		return
	}
	parent := n.statField(pids[0], 4)
	text, err := readSmall(n.root + "/proc/" + parent + "/cmdline")
	if err != nil {
		return
	}
	arguments := strings.Split(string(text), "\x00")
	if !strings.HasSuffix(arguments[0], "conmon") {
		return
	}
	for i := 1; i+1 < len(arguments); i++ {
		if arguments[i] == "-n" && arguments[i+1] != "" {
			u.named.name, u.named.found = arguments[i+1], true
			return
		}
	}
}

// madeUp is the program that the unit began with and the beginning of its id.
func (n *names) madeUp(u *usage, pids []int32) string {
	short := u.id
	if len(short) > 12 {
		short = short[:12]
	}
	if short == "" {
		short = u.path
	}
	if len(pids) == 0 {
		return short
	}
	program, err := readSmall(n.root + "/proc/" + strconv.Itoa(int(pids[0])) + "/comm")
	if err != nil {
		return short
	}
	return strings.TrimSpace(string(program)) + " " + short
}

// started is when a process began, in Unix seconds; 0 is unknown.
func (n *names) started(pid int32, booted float64) float64 {
	ticks, err := strconv.ParseUint(n.statField(pid, 22), 10, 64)
	if err != nil || booted == 0 {
		return 0
	}
	return booted + float64(ticks)/100
}

// statField is a field of /proc/PID/stat, from 1 (proc_pid_stat(5)), behind the name.
func (n *names) statField(pid int32, field int) string {
	text, err := readSmall(n.root + "/proc/" + strconv.Itoa(int(pid)) + "/stat")
	if err != nil {
		return ""
	}
	rest := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if field-3 < 0 || field-3 >= len(rest) {
		return ""
	}
	return rest[field-3]
}

// boot is when the host was started, in Unix seconds; 0 is unknown.
func (n *names) boot() float64 {
	text, err := readSmall(n.root + "/proc/stat")
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(text, []byte("\nbtime "))
	line, _, _ := bytes.Cut(after, newline)
	v, _ := number(line)
	return float64(v)
}

// members are processes of a control group, the first few of them.
func members(file string) []int32 {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close() //nolint:errcheck // only read from
	text, err := io.ReadAll(io.LimitReader(f, 256))
	if err != nil {
		return nil
	}
	var pids []int32
	for line := range bytes.Lines(text) {
		if v, ok := number(line); ok && bytes.HasSuffix(line, newline) && v < 1<<31 {
			pids = append(pids, int32(v))
		}
	}
	return pids
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	return io.ReadAll(io.LimitReader(f, largestConfig))
}
