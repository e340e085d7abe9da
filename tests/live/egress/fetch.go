// What Go's client gets: the URL is the only argument.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	r, err := http.Get(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	body, _ := io.ReadAll(r.Body)
	if r.StatusCode != 200 {
		fmt.Fprintln(os.Stderr, r.Status)
		os.Exit(22)
	}
	fmt.Print(string(body))
}
