package diagnosis

import (
	"path"
	"slices"
	"strings"

	"dashcam/collectors"
)

// units are the rows of the table of services by their control groups.
type units map[string]unit

type unit struct {
	name string
	// person says that it is what somebody who signed in runs: such a process is called by
	// its own name.
	person bool
}

func (u units) add(services *collectors.TableData) {
	name, kind, cgroup := services.Table.Column("name"), services.Table.Column("kind"), services.Table.Column("cgroup")
	for i := range services.Rows {
		cells := services.Rows[i].Cells
		if at := cells[cgroup].Text; at != "" {
			u[at] = unit{cells[name].Text, cells[kind].Text == "session" || at == "/init.scope"}
		}
	}
}

// of returns the service of a process with that control group as people know it, "" for
// none, and what the table of services calls that of which it is part.
func (u units) of(cgroup string) (service, name string) {
	for at := cgroup; len(at) > 1; at = path.Dir(at) {
		if found, known := u[at]; known {
			if found.person {
				return "", found.name
			}
			return found.name, found.name
		}
	}
	service = serviceName(cgroup)
	return service, service
}

// serviceName is the unit in a path of a control group that people know, "" for none.
func serviceName(cgroup string) string {
	parts := strings.Split(cgroup, "/")
	for _, part := range slices.Backward(parts) {
		if strings.HasSuffix(part, ".service") || strings.HasSuffix(part, ".scope") && !strings.HasPrefix(part, "session-") && part != "init.scope" {
			return part
		}
	}
	return ""
}
