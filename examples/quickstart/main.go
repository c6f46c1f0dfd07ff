// Quickstart lets one image live its whole life in a few seconds: pull request, canary, ring after ring, production;
// and then the next build, which crashes, is rolled back and stays out.
//
// The registry is in memory, the ledger a file, the clock in the program's hand. Everything else is the real program,
// in the process of this one:
//
//	go run ./examples/quickstart
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run() error {
	w, err := newWorld(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	if err != nil {
		return err
	}
	defer w.close()
	for _, chapter := range []func(*world) error{pullRequest, soak, ringAfterRing, crash} {
		if err := chapter(w); err != nil {
			return err
		}
	}
	w.say("\nThe ledger, a line for each thing that happened:\n")
	return w.showLedger()
}

// pullRequest builds pull request 123, and merges it into ring 0.
func pullRequest(w *world) error {
	w.say("\nA pull request. plan names the image; the build pushes it.\n")
	first, err := w.build("123", "ring-0", "a1b2c3d437f72ccb80a373b08a177a4570281827")
	if err != nil {
		return err
	}
	w.say("\nIt is merged, and the canary ring runs it.\n")
	return w.deploy("ring-0", first)
}

// soak asks too early, and then in time.
func soak(w *world) error {
	w.say("\nNobody has to watch a clock: the policy asks for a day in ring 0.\n")
	w.wait(24*time.Hour - time.Minute)
	if err := w.expect("hold", "promote", "--ring", "ring-1"); err != nil {
		return err
	}
	w.wait(time.Minute)
	return w.promote("ring-1")
}

// ringAfterRing goes on to a release.
func ringAfterRing(w *world) error {
	w.say("\nThree days there, five in ring 2, and then everyone gets it, as a release.\n")
	w.wait(3 * 24 * time.Hour)
	if err := w.promote("ring-2"); err != nil {
		return err
	}
	w.wait(5 * 24 * time.Hour)
	return w.promote("production", "--version", "1.5.0")
}

// crash takes the next build back.
func crash(w *world) error {
	w.say("\nThe next build comes into ring 0, and crashes.\n")
	w.wait(time.Hour)
	next, err := w.build("124", "ring-0", "b2c3d4e537f72ccb80a373b08a177a4570281827")
	if err != nil {
		return err
	}
	if err := w.deploy("ring-0", next); err != nil {
		return err
	}
	w.wait(10 * time.Minute)
	if err := w.command("record", "--ring", "ring-0", "--signal", "container_crash", "--state", "failing"); err != nil {
		return err
	}
	if err := w.expect("rollback", "gate", "--ring", "ring-0", "--digest", next); err != nil {
		return err
	}
	if err := w.command("rollback", "--ring", "ring-0", "--reason", "crashes at start"); err != nil {
		return err
	}
	w.say("\nIt stays out, however long somebody waits.\n")
	w.wait(48 * time.Hour)
	return w.expect("hold", "promote", "--ring", "ring-1", "--digest", next)
}
