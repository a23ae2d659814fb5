// Command admit is Admit: the server, and the command line that speaks to it.
package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // working hours are counted in time zones, also where none are installed

	"admit/internal/cli"
)

var version = "dev" // the linker sets it

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	env := map[string]string{}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	world := cli.CLI{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: env, Now: time.Now, Version: version}
	code := cli.Main(ctx, &world, os.Args[1:])
	stop()
	os.Exit(code)
}
