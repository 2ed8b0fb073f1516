// A workload that only writes a log: numbered lines. Its first line is another one in each run.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	pause := flag.Duration("pause", 20*time.Millisecond, "between two lines")
	burst := flag.Int("burst", 0, "MiB that are written without a pause, once, after ten seconds")
	lines := flag.Int("lines", 0, "after which it fails (0: never)")
	flag.Parse()
	fmt.Println("run", time.Now().UnixNano())
	started := time.Now()
	for number := 1; *lines == 0 || number <= *lines; number++ {
		fmt.Println("line", number)
		time.Sleep(*pause)
		if *burst > 0 && time.Since(started) > 10*time.Second {
			number = writeBurst(number, *burst)
			*burst = 0
		}
	}
	os.Exit(1)
}

// writeBurst continues after a number with lines of 1 KiB, and returns the last number.
func writeBurst(number, mebibytes int) int {
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	defer out.Flush()
	padding := strings.Repeat("x", 1000)
	for range mebibytes << 10 {
		number++
		fmt.Fprintln(out, "line", number, padding)
	}
	return number
}
