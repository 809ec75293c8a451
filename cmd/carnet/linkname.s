// This file lets dump.go declare a function that the linker finds elsewhere.
