// Reads a running dashcam by the client that oapi-codegen made of its description.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"dashcam/clients/client"
)

func main() {
	if err := read(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(url, token string) error {
	ctx := context.Background()
	signed := client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	})
	c, err := client.NewClientWithResponses(url, signed)
	if err != nil {
		return err
	}
	match, from, points := []string{"cpu.usage{mode=user}"}, "10m", int64(20)
	history, err := c.HistoryWithResponse(ctx, &client.HistoryParams{Match: &match, From: &from, Points: &points})
	if err != nil {
		return err
	}
	if history.JSON200 == nil || len(history.JSON200.Series) != 1 || history.JSON200.Series[0].Mean == nil {
		return fmt.Errorf("history: %s", history.Body)
	}
	series := history.JSON200.Series[0]
	for _, v := range *series.Mean {
		if v != nil && (*v < 0 || *v > 100) {
			return fmt.Errorf("%s has %v %s", series.Name, *v, *series.Unit)
		}
	}
	table, err := c.TableWithResponse(ctx, "processes", &client.TableParams{})
	if err != nil {
		return err
	}
	if table.JSON200 == nil {
		return fmt.Errorf("table: %s", table.Body)
	}
	live, err := table.JSON200.AsTableInUnits()
	if err != nil || len(live.Rows) == 0 {
		return fmt.Errorf("table: %d rows, %w", len(live.Rows), err)
	}
	cell, found := live.Rows[0].Get("pid")
	pid, err := cell.AsTableRow0()
	if !found || err != nil || pid < 1 {
		return fmt.Errorf("table: process %v, %w", pid, err)
	}
	wrong := "yesterday"
	refused, err := c.HistoryWithResponse(ctx, &client.HistoryParams{From: &wrong})
	if err != nil {
		return err
	}
	if refused.JSON400 == nil || refused.JSON400.Error.Code != "bad_parameter" {
		return fmt.Errorf("a time that is none: %s", refused.Body)
	}
	hosts, err := readHub(ctx, c, url, signed)
	if err != nil {
		return err
	}
	fmt.Printf("%s %s: %d buckets; %d processes; %d hosts of a hub\n", series.Name, *series.Unit, len(history.JSON200.T), len(live.Rows), hosts)
	return nil
}

// readHub reads what a hub has beside the routes of a host, and one of its hosts.
func readHub(ctx context.Context, c *client.ClientWithResponses, url string, signed client.ClientOption) (hosts int, err error) {
	all, err := c.FleetHostsWithResponse(ctx)
	if err != nil {
		return 0, err
	}
	if all.JSON200 == nil || len(all.JSON200.Hosts) == 0 {
		return 0, fmt.Errorf("hosts: %s", all.Body)
	}
	first := all.JSON200.Hosts[0]
	cpu := first.States["cpu"]
	if cpu.Use == nil || *cpu.Use < 0 || *cpu.Use > 100 {
		return 0, fmt.Errorf("%s uses %v %% of its processor", first.Id, cpu.Use)
	}
	one := []string{first.Id}
	strips, err := c.FleetStripsWithResponse(ctx, &client.FleetStripsParams{Host: &one})
	if err != nil {
		return 0, err
	}
	if strips.JSON200 == nil || len(strips.JSON200.Hosts[first.Id]["cpu"].Levels) != strips.JSON200.Steps {
		return 0, fmt.Errorf("strips: %s", strips.Body)
	}
	up, err := c.PromQueryWithResponse(ctx, &client.PromQueryParams{Query: "up"})
	if err != nil {
		return 0, err
	}
	if up.JSON200 == nil || up.JSON200.Data.ResultType != "vector" {
		return 0, fmt.Errorf("up: %s", up.Body)
	}
	ofHost, err := client.NewClientWithResponses(url+"/h/"+first.Id, signed)
	if err != nil {
		return 0, err
	}
	host, err := ofHost.HostWithResponse(ctx)
	if err != nil {
		return 0, err
	}
	if host.JSON200 == nil || host.JSON200.Host.Hostname != first.Name {
		return 0, fmt.Errorf("host %s: %s", first.Id, host.Body)
	}
	missing, err := c.FleetHostWithResponse(ctx, "nobody")
	if err != nil {
		return 0, err
	}
	if missing.JSON404 == nil || missing.JSON404.Error.Code != "no_host" {
		return 0, fmt.Errorf("a host that is none: %s", missing.Body)
	}
	return len(all.JSON200.Hosts), nil
}
