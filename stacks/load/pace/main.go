// Command pace offers load in an open loop: requests go out when they are due, whether or not the ones before were
// answered, and a latency counts from when its request was due. README.md says how it is called and what it prints.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"lab/pace/loop"
	"lab/pace/report"
)

const (
	failed = 1
	misuse = 2
)

func main() {
	options, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		fmt.Print(usage)
		return
	}
	exitOn(err, misuse)
	targets, err := options.targets(os.LookupEnv)
	exitOn(err, misuse)
	exitOn(offer(options, targets), failed)
}

// exitOn ends the program with one line about an error, if there is one.
func exitOn(err error, code int) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "pace: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
		os.Exit(code)
	}
}

// offer runs the load and prints what the lab reads.
func offer(options *options, targets []*loop.Target) error {
	before, err := hostCPU()
	if err != nil {
		return err
	}
	fmt.Println(before)
	result, err := loop.Run(options.settings(), targets, func(start time.Time) {
		time.Sleep(time.Until(start.Add(options.ramp)))
		fmt.Println("ramp")
		time.Sleep(time.Until(start.Add(options.plan.Length())))
		fmt.Println("over")
	})
	if err != nil {
		return err
	}
	after, err := hostCPU()
	if err != nil {
		return err
	}
	fmt.Println(after)
	for i, seen := range result.Seen {
		for j := range seen.Each {
			seen.Each[j].Target = i
		}
		if err := report.PrintEach(os.Stdout, seen.Each); err != nil {
			return err
		}
		if err := line(options, targets, i, result).Print(os.Stdout, seen.Tally); err != nil {
			return err
		}
	}
	return nil
}

func line(options *options, targets []*loop.Target, target int, result *loop.Result) report.Line {
	seen := result.Seen[target]
	var generator report.Generator
	for _, thread := range result.Threads {
		generator.CPUSeconds = append(generator.CPUSeconds, thread.Ran.Seconds())
		generator.WaitedSeconds = append(generator.WaitedSeconds, thread.Waited.Seconds())
	}
	return report.Line{
		Target:   options.urls[target].String(),
		Schedule: options.schedule,
		Arrivals: options.arrivals,
		Seed:     options.seed,
		RampS:    options.ramp.Seconds(),
		SteadyS:  (options.plan.Length() - options.ramp).Seconds(),
		ElapsedS: result.Elapsed.Seconds(),
		TimeoutS: options.timeout.Seconds(),
		Compared: targets[target].Right.Compared(),
		InFlight: report.InFlight{Cap: options.cap, Max: seen.MostInFlight},
		Connection: report.Connection{
			Kind: options.connections, Opened: seen.Opened, ClosedByServer: seen.ClosedByServer, SentAgain: seen.SentAgain,
		},
		Generator: generator,
	}
}

// hostCPU is the first line of /proc/stat.
func hostCPU() (string, error) {
	text, err := os.ReadFile("/proc/stat")
	first, _, _ := strings.Cut(string(text), "\n")
	return first, err
}
