package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestACommandLineIsRead(t *testing.T) {
	o, err := parse(strings.Fields(
		"--arrivals poisson --seed 7 --ramp 1s --timeout 500ms --cap 50 --open 5 --threads 2 --again --each 10..20:2s http://a http://b:81/x?y"))
	if err != nil {
		t.Fatal(err)
	}
	s := o.settings()
	if s.Ramp != time.Second || s.Length != 2*time.Second || s.Timeout != 500*time.Millisecond || s.Cap != 50 || s.Open != 5 || s.Threads != 2 || !s.Again || !s.Each {
		t.Errorf("%+v", s)
	}
	if o.seed != 7 || o.urls[0].RequestURI() != "/" || o.urls[1].RequestURI() != "/x?y" {
		t.Errorf("%+v", o)
	}
}

func TestACommandLineThatMakesNoSenseIsRefusedWithWhatIsWrong(t *testing.T) {
	for line, complaint := range map[string]string{
		"":                                        "SCHEDULE URL",
		"10:1s":                                   "SCHEDULE URL",
		"10:1s http://a http://b http://c":        "SCHEDULE URL",
		"10:0s http://a":                          "more than 0 s",
		"10:1 http://a":                           "a number with its unit",
		"10:1s https://a":                         "pace asks http://",
		"10:1s a/b":                               "pace asks http://",
		"10:1s http://":                           "pace asks http://",
		"10:1s http://a:0":                        "from 1 to 65535",
		"10:1s http://a:b":                        "is no URL",
		"10:1s http://name:secret@a":              "pace asks http://",
		"--arrivals random 10:1s http://a":        "constant, jittered or poisson",
		"--connections some 10:1s http://a":       "kept or new",
		"--ramp 1s 10:1s http://a":                "leaves nothing",
		"--ramp -1s 10:1s http://a":               "leaves nothing",
		"--ramp 5 10:9s http://a":                 "ramp",
		"--timeout 0s 10:1s http://a":             "--timeout",
		"--threads 0 10:1s http://a":              "--threads",
		"--cap 0 10:1s http://a":                  "--cap",
		"--cap 2000000000 10:1s http://a":         "files may be open",
		"--open 5 --cap 4 10:1s http://a":         "--open",
		"--open 1 --connections new 10:1s http:/": "pace asks",
		"--speed 5 10:1s http://a":                "speed",
	} {
		if _, err := parse(strings.Fields(line)); err == nil || !strings.Contains(err.Error(), complaint) {
			t.Errorf("%q: %v, want something with %q", line, err, complaint)
		}
	}
}

// TestMain lets the test be pace itself, to see what it prints and how it ends.
func TestMain(m *testing.M) {
	if os.Getenv("PACE_IS_TESTED") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func pace(variable string, arguments ...string) (string, int) {
	command := exec.Command(os.Args[0], arguments...)
	command.Env = append(os.Environ(), "PACE_IS_TESTED=1", variable)
	output, _ := command.CombinedOutput() // the exit code says how it ended
	return string(output), command.ProcessState.ExitCode()
}

func TestMisuseIsOneLineAndExitCode2(t *testing.T) {
	for _, one := range []struct {
		variable  string
		arguments string
	}{
		{"", "10:0s http://127.0.0.1"}, {"", "10:1s nowhere"}, {"LAB_TURNS=5", "10:1s http://127.0.0.1"}, {"", "--none"},
		{"", "10:1s http://no-such-host.invalid/"},
	} {
		output, code := pace(one.variable, strings.Fields(one.arguments)...)
		if code != misuse || strings.Count(output, "\n") != 1 || !strings.HasPrefix(output, "pace: ") {
			t.Errorf("%s: exit code %d and %q", one.arguments, code, output)
		}
	}
}

func TestHelpIsNoError(t *testing.T) {
	if output, code := pace("", "--help"); code != 0 || !strings.HasPrefix(output, "usage: pace") {
		t.Errorf("exit code %d and %q", code, output)
	}
}
