package services

import (
	"strings"
	"testing"
)

// TestIdentify_KnowsWhatPathsSay has paths as engines, kubelets and systemd write them.
func TestIdentify_KnowsWhatPathsSay(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	for path, want := range map[string]identity{
		"system.slice":                                 {role: group, kind: kindCgroup, name: "system.slice"},
		"system.slice/nginx.service":                   {role: unit, kind: kindSystemd, name: "nginx.service"},
		"system.slice/docker-" + id + ".scope":         {role: unit, kind: kindDocker, id: id},
		"docker/" + id:                                 {role: unit, kind: kindDocker, id: id},
		"machine.slice/libpod-" + id + ".scope":        {role: unit, kind: kindPodman, id: id},
		"libpod_parent/libpod-" + id:                   {role: unit, kind: kindPodman, id: id},
		"machine.slice/libpod-conmon-" + id + ".scope": {role: aside},
		"user.slice/user-1000.slice/user@1000.service": {role: group},
		"user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id + ".scope":                           {role: unit, kind: kindPodman, id: id},
		"kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12_34.slice/cri-containerd-" + id + ".scope": {role: unit, kind: kindKubernetes, id: id},
		"kubepods/burstable/pod1234/" + id:                           {role: unit, kind: kindKubernetes, id: id},
		"kubepods.slice/kubepods-pod1.slice/docker-" + id + ".scope": {role: unit, kind: kindKubernetes, id: id},
		"kubepods.slice/kubepods-pod1.slice/crio-" + id + ".scope":   {role: unit, kind: kindKubernetes, id: id},
		"default/" + id:                         {role: unit, kind: kindContainerd, id: id},
		"system.slice/nerdctl-" + id + ".scope": {role: unit, kind: kindContainerd, id: id},
		"lxc.payload.web":                       {role: unit, kind: kindLXC, name: "web"},
		"lxc/web":                               {role: unit, kind: kindLXC, name: "web"},
		"lxc.monitor.web":                       {role: aside},
		`machine.slice/machine-qemu\x2d1\x2ddb\x2d01.scope`: {role: unit, kind: kindVM, name: "db-01"},
		"machine/qemu-3-mail.libvirt-qemu":                  {role: unit, kind: kindVM, name: "mail"},
		`machine.slice/machine-web.scope`:                   {role: unit, kind: kindVM, name: "web"},
		"user.slice/user-0.slice/session-12.scope":          {role: unit, kind: kindSession, name: "session 12 of user 0"},
		"init.scope":          {role: unit, kind: kindSystemd, name: "init.scope"},
		"build":               {role: group, kind: kindCgroup, name: "build"},
		"docker/0123456789ab": {role: group, kind: kindCgroup, name: "0123456789ab"},
	} {
		if got := identify(path); got != want {
			t.Errorf("%s is %+v, want %+v", path, got, want)
		}
	}
}

func FuzzIdentify(f *testing.F) {
	for _, s := range []string{"", "/", `machine-qemu\x2d\x.scope`, "lxc/", "docker-.scope", `a\xzz.scope`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := identify(path)
		if got.role == unit && got.kind == "" {
			t.Errorf("%q is a unit of no kind", path)
		}
		if got.id != "" && !isContainerID(got.id) {
			t.Errorf("%q has the id %q", path, got.id)
		}
	})
}
