package host

import (
	"context"
	"os"
	"path"
	"strings"

	"dashcam/collectors"
)

// sensors reads the temperatures of /sys/class/hwmon and, on a host that has none there,
// of /sys/class/thermal.
type sensors struct {
	files   files
	samples int
	found   []sensor
}

// sensor is one temperature.
type sensor struct {
	name     string // unique on this host
	chip     string
	device   string // what the chip belongs to: "nvme0"
	disk     string // the disk that it is part of: "nvme0", "sda"
	dir      string // hwmon3
	critical float64
	input    *file
}

func newSensors(o Options) collectors.Collector { return &sensors{files: files{root: o.root()}} }

func (c *sensors) Sample(_ context.Context, b *collectors.Batch) error {
	const rediscover = 12
	if c.samples%rediscover == 0 {
		c.found = findSensors(&c.files)
	}
	c.samples++
	if len(c.found) == 0 {
		b.Unavailable("/sys/class/hwmon", "there are no temperature sensors (usual in virtual machines)")
		return nil
	}
	for i := range c.found {
		s := &c.found[i]
		celsius, err := parsed(s.input, parseMilli)
		if err != nil {
			// A disk that sleeps or a radio that is off answers with an error.
			unavailable(b, s.input.name, err)
			continue
		}
		putTemperature(b, s.name, s.chip, s.disk, celsius, s.critical)
	}
	return nil
}

// findSensors returns every temperature with its own critical mark.
func findSensors(from *files) []sensor {
	from.begin()
	defer from.end()
	var found []sensor
	for _, input := range from.root.glob("/sys/class/hwmon/hwmon*/temp*_input") {
		found = append(found, hwmonSensor(from, input))
	}
	if len(found) == 0 {
		for _, input := range from.root.glob("/sys/class/thermal/thermal_zone*/temp") {
			found = append(found, thermalSensor(from, input))
		}
	}
	makeUnique(found)
	return found
}

// hwmonSensor follows Documentation/hwmon/sysfs-interface.rst.
func hwmonSensor(from *files, input string) sensor {
	r := from.root
	dir, base := path.Split(strings.TrimSuffix(input, "_input"))
	chip, err := r.readString(dir + "name")
	if err != nil || chip == "" {
		chip = path.Base(dir)
	}
	label, err := r.readString(dir + base + "_label")
	if err != nil || label == "" {
		label = base
	}
	s := sensor{name: chip + " " + label, chip: chip, dir: path.Base(dir), input: from.get(input)}
	if target, err := os.Readlink(r.path(dir + "device")); err == nil {
		s.device = path.Base(target)
	}
	s.disk = diskOf(r, dir, s.device)
	s.critical = critical(r, dir+base+"_crit")
	return s
}

// diskOf names the disk that a chip is part of, "" where it is part of none. The chip of an
// NVMe drive is a child of it; drivetemp's is one of the SCSI device, which knows its disk.
func diskOf(r root, dir, device string) string {
	if strings.HasPrefix(device, "nvme") {
		return device
	}
	if disks := r.glob(dir + "device/block/*"); len(disks) > 0 {
		return path.Base(disks[0])
	}
	return ""
}

// thermalSensor follows Documentation/driver-api/thermal/sysfs-api.rst.
func thermalSensor(from *files, input string) sensor {
	r := from.root
	dir, _ := path.Split(input)
	chip, err := r.readString(dir + "type")
	if err != nil || chip == "" {
		chip = path.Base(dir)
	}
	s := sensor{name: chip, chip: chip, dir: path.Base(dir), input: from.get(input)}
	for _, kind := range r.glob(dir + "trip_point_*_type") {
		if text, err := r.readString(kind); err == nil && text == "critical" {
			s.critical = critical(r, strings.TrimSuffix(kind, "_type")+"_temp")
		}
	}
	return s
}

// critical reads a mark. Drivers that know none answer 0 or the largest number of the
// register (65261.85 °C): neither is a mark.
func critical(r root, name string) float64 {
	const hottest = 250
	text, err := r.readFile(name)
	if err != nil {
		return 0
	}
	v, err := parseMilli(name, text)
	if err != nil || v <= 0 || v > hottest {
		return 0
	}
	return v
}

func parseMilli(name string, b []byte) (float64, error) {
	v, ok := parseInt(trim(b))
	if !ok {
		return 0, malformed(name, b)
	}
	return float64(v) / 1000, nil
}

// makeUnique adds to names that occur more than once (two disks, two processors) what
// tells them apart: the device, which is the same after the next boot, and where that is
// not enough the number of the chip.
func makeUnique(found []sensor) {
	for _, more := range []func(*sensor) string{
		func(s *sensor) string { return s.device },
		func(s *sensor) string { return s.dir },
		func(s *sensor) string { return path.Base(s.input.name) },
	} {
		count := make(map[string]int)
		for i := range found {
			count[found[i].name]++
		}
		for i := range found {
			if s := &found[i]; count[s.name] > 1 && more(s) != "" {
				s.name += " (" + more(s) + ")"
			}
		}
	}
}
