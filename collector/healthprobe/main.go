// Command healthprobe asks one URL and ends with 0 if the answer is 2xx, else with 1 and one line that says why.
//
// It is the health check of images that hold neither a shell nor a client of HTTP: our own Collector (from scratch)
// and Tempo 2.10, whose image lost busybox and whose binary learned `-health` in 3.0 only.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// Below the time-out that docker-compose.yml gives the whole check, so that the reason is told.
const timeout = 4 * time.Second

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: healthprobe URL")
		os.Exit(2)
	}
	if err := probe(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "healthprobe:", err)
		os.Exit(1)
	}
}

func probe(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	client := http.Client{
		// The container's own loopback: never through the proxy that HTTP_PROXY may name.
		Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true},
		// Somebody else's answer says nothing about this process.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: no answer within %s", url, timeout)
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}
